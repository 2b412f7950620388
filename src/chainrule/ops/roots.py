"""Squares, roots and the length of a vector of two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core import dtype as dtypes
from ..core.apply import binary, unary
from ..core.promotion import is_number
from ..core.tensor import unwrap
from .arithmetic import pow
from .conj import conj
from .convert import to_dtype
from .inplace import into
from .kinds import Pointwise
from .support import Composite, Limited, need_tensor, refuse

if TYPE_CHECKING:
    from ..tensor import Tensor
    from ..typing import Number


class Sqrt(Pointwise):
    """x^(1/2)"""

    ufunc = "sqrt"
    promotes = "float"
    saves = ("out",)

    def grad_x(ctx, g):
        return g / (conj(ctx.out) * 2)


class Rsqrt(Composite):
    """x^(-1/2)"""

    promotes = "float"
    saves = ("out",)

    def kernel(xp, x):
        return xp.reciprocal(xp.sqrt(x))

    def grad_x(ctx, g):
        return g * conj(ctx.out * ctx.out * ctx.out) * -0.5


class Hypot(Limited):
    """sqrt(x^2 + y^2)"""

    numbers = "second"
    cpu = "hypot_cpu"
    saves = ("x", "y", "out")

    def kernel(xp, x, y):
        refuse(x, "biu")
        return xp.hypot(x, y)

    def grad_x(ctx, g):
        return g * (ctx.x / ctx.out)

    def grad_y(ctx, g):
        return g * (ctx.y / ctx.out)


def square(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """x^2 of each element.

    Shape: input (*), output (*).

    >>> square(tensor([1.0, -2.0]))
    tensor([1., 4.])
    """
    return pow(input, 2, out=out)


def sqrt(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The square root of each element; NaN where it is negative. The slope at 0 is infinite.

    Shape: input (*), output (*).

    >>> sqrt(tensor([4.0, 2.0, -1.0]))
    tensor([2.0000, 1.4142,    nan])
    """
    result = unary(Sqrt, input)
    return result if out is None else into(out, result)


def rsqrt(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """1 / sqrt(x) of each element.

    Shape: input (*), output (*).
    """
    result = unary(Rsqrt, input)
    return result if out is None else into(out, result)


def float_power(
    input: Tensor | Number, exponent: Tensor | Number, *, out: Tensor | None = None
) -> Tensor:
    """input ** exponent in double precision, broadcast.

    Shape: input (*), exponent (*) broadcastable, output (*), float64 or complex128.

    >>> float_power(tensor([2, 4]), 0.5)
    tensor([1.4142, 2.0000], dtype=torch.float64)
    """
    operands = (input, exponent)
    of_complex = any(
        isinstance(x, complex) if is_number(x) else unwrap(x).dtype.kind == "c" for x in operands
    )
    kind = (dtypes.complex128 if of_complex else dtypes.float64).numpy
    return pow(*(x if is_number(x) else to_dtype(x, kind) for x in operands), out=out)


def hypot(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """sqrt(input^2 + other^2), broadcast, without overflow.

    Shape: input (*), other (*) broadcastable, output (*).

    >>> hypot(tensor([3.0]), tensor([4.0]))
    tensor([5.])
    """
    need_tensor("hypot", "other", 2, other)
    result = binary(Hypot, input, other)
    return result if out is None else into(out, result)
