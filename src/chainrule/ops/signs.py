"""Absolute values and signs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.apply import binary, unary
from ..core.promotion import is_number
from ..core.tensor import unwrap
from .conj import conj
from .inplace import into
from .kinds import Pointwise
from .mask import masked, zeros
from .support import Limited, need_tensor, no_derivative, refuse

if TYPE_CHECKING:
    from ..tensor import Tensor
    from ..typing import Number


class Abs(Limited):
    """|x|"""

    cpu = "abs_cpu"
    saves = ("x",)

    def kernel(xp, x):
        refuse(x, "b")
        return xp.absolute(x)

    def grad_x(ctx, g):
        return g * sgn(ctx.x)


def _sign(xp, x):
    """-1, 0 or 1; 0 for NaN, as in PyTorch and unlike NumPy."""
    if x.dtype.kind in "biu":
        return x.copy() if x.dtype.kind == "b" else xp.sign(x)
    return xp.subtract(x > 0, x < 0, dtype="int8").astype(x.dtype)


class Sign(Limited):
    """-1, 0 or 1"""

    cpu = "sign_cpu"

    def kernel(xp, x):
        refuse(x, "c")
        return _sign(xp, x)

    def grad_x(ctx, g):
        return zeros(g)


class Sgn(Pointwise):
    """x / |x|, and 0 for 0"""

    saves = ("x", "out")

    def kernel(xp, x):
        return xp.sign(x) if x.dtype.kind == "c" else _sign(xp, x)

    def grad_x(ctx, g):
        if unwrap(ctx.x).dtype.kind != "c":
            return zeros(g)
        along = g * conj(ctx.out)  # only what turns x changes its sign, not what lengthens it
        turn = g - (along + conj(along)) * ctx.out / 2
        return masked(turn / abs(ctx.x), ctx.x != 0)


class Signbit(Limited):
    """Whether x has a minus sign, as -0.0 has"""

    cpu = "signbit_cpu"
    nondiff = ("x",)

    def kernel(xp, x):
        refuse(x, "c")
        return x < 0 if x.dtype.kind in "biu" else xp.signbit(x)


class Copysign(Limited):
    """|x| with the sign of y"""

    ufunc = "copysign"
    promotes = "float"
    cpu = "copysign_cpu"
    saves = ("x", "out")

    def grad_x(ctx, g):
        return g * (sgn(ctx.x) * sgn(ctx.out))

    def grad_y(ctx, g):
        return zeros(g)


class CopysignOfNumber(Copysign):
    """|x| with the sign of a number y"""

    label = "CopysignBackward1"


class Heaviside(Limited):
    """0 where x < 0, y where x = 0, else 1"""

    numbers = "second"
    label = "torch::autograd::NotImplemented"
    cpu = "heaviside_cpu"
    grad_x = grad_y = no_derivative("heaviside")

    def kernel(xp, x, y):
        refuse(x, "c")
        return xp.where(x == 0, y, xp.where(x != x, x, (x > 0).astype(x.dtype)))


def abs(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The absolute value of each element; of a complex one, its length. The slope at 0 is 0.

    Shape: input (*), output (*); real for complex input.

    >>> abs(tensor([-1.0, 3.0]))
    tensor([1., 3.])
    """
    result = unary(Abs, input)
    return result if out is None else into(out, result, exact=True)


def sign(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """-1, 0 or 1 for each element; 0 for NaN.

    Shape: input (*), output (*).

    >>> sign(tensor([-2.0, 0.0, 5.0]))
    tensor([-1.,  0.,  1.])
    """
    result = unary(Sign, input)
    return result if out is None else into(out, result, exact=True)


def sgn(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The sign of each element: for complex numbers x / |x|, and 0 for 0.

    Shape: input (*), output (*).

    >>> sgn(tensor([3 + 4j]))
    tensor([0.6000+0.8000j])
    """
    result = unary(Sgn, input)
    return result if out is None else into(out, result, exact=True)


def signbit(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Whether each element has a minus sign, as -0.0 has.

    Shape: input (*), output (*), bool.
    """
    result = unary(Signbit, input)
    return result if out is None else into(out, result, exact=True)


def copysign(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """The size of input with the sign of other, broadcast.

    Shape: input (*), other (*) broadcastable, output (*).

    >>> copysign(tensor([1.0, 2.0]), -0.0)
    tensor([-1., -2.])
    """
    need_tensor("copysign", "input", 1, input)
    result = binary(CopysignOfNumber if is_number(other) else Copysign, input, other)
    return result if out is None else into(out, result)


def heaviside(input: Tensor, values: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The step function: 0 below zero, 1 above it, and `values` at zero; it has no gradient.

    Shape: input (*), values (*) broadcastable, output (*). RuntimeError for different dtypes.

    >>> heaviside(tensor([-1.0, 0.0, 2.0]), tensor([0.5]))
    tensor([0.0000, 0.5000, 1.0000])
    """
    need_tensor("heaviside", "values", 2, values)
    if unwrap(input).dtype != unwrap(values).dtype:
        raise RuntimeError("heaviside is not yet implemented for tensors with different dtypes.")
    result = binary(Heaviside, input, values)
    return result if out is None else into(out, result, exact=True)


absolute = abs
