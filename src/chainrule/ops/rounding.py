"""Rounding, fractions, and the parts of floating-point numbers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ..core import dtype as dtypes
from ..core.apply import apply, binary, unary
from ..core.tensor import unwrap
from . import return_types
from .extrema import into_each
from .inplace import into
from .mask import masked, zeros
from .math import exp2
from .support import Composite, Limited, need_tensor, number_like, refuse

if TYPE_CHECKING:
    from ..tensor import Tensor


class Step(Limited):
    """A rounding: its gradient is zero. Integers are whole already."""

    def grad_x(ctx, g):
        return zeros(g)


class Ceil(Step):
    """the smallest whole number that is not below x"""

    cpu = "ceil_vml_cpu"

    def kernel(xp, x):
        refuse(x, "bc")
        return xp.ceil(x)


class Floor(Step):
    """the largest whole number that is not above x"""

    cpu = "floor_vml_cpu"

    def kernel(xp, x):
        refuse(x, "bc")
        return xp.floor(x)


class Trunc(Step):
    """x without its fraction"""

    cpu = "trunc_vml_cpu"

    def kernel(xp, x):
        refuse(x, "bc")
        return xp.trunc(x)


class Round(Step):
    """the nearest whole number, the even one of two"""

    cpu = "round_vml_cpu"

    def kernel(xp, x):
        refuse(x, "bc")
        return xp.rint(x) if x.dtype.kind not in "iu" else x.copy()


class RoundDecimals(Composite):
    """the nearest multiple of 10^-decimals"""

    label = "RoundBackward1"
    cpu = "round_cpu"

    def kernel(xp, x, *, decimals):
        refuse(x, "biuc")
        factor = 10.0 ** abs(decimals)
        return xp.rint(x * factor) / factor if decimals > 0 else xp.rint(x / factor) * factor

    def grad_x(ctx, g):
        return zeros(g)


class Frac(Limited):
    """x - trunc(x)"""

    cpu = "frac_cpu"

    def kernel(xp, x):
        refuse(x, "biuc")
        return x - xp.trunc(x)

    def grad_x(ctx, g):
        return g


class NanToNum(Limited):
    """x with NaN and the infinities replaced"""

    saves = ("x",)

    def kernel(xp, x, *, nan, posinf, neginf):
        if x.dtype.kind in "biu":
            return x.copy()
        limits = dtypes.finfo(dtypes.of_array(x))
        posinf = limits.max if posinf is None else posinf
        neginf = limits.min if neginf is None else neginf
        if x.dtype.kind == "c":
            return xp.nan_to_num(x, nan=nan, posinf=posinf, neginf=neginf)
        bounded = xp.where(x == math.inf, number_like(xp, posinf, x), x)
        bounded = xp.where(x == -math.inf, number_like(xp, neginf, x), bounded)
        return xp.where(x != x, number_like(xp, nan, x), bounded)

    def grad_x(ctx, g):
        difference = ctx.x - ctx.x  # NaN where x is not finite
        return masked(g, difference == 0)


class Nextafter(Limited):
    """the floating-point number after x on the way to y"""

    numbers = "second"
    cpu = "nextafter_cpu"
    saves = ("x", "y")

    def kernel(xp, x, y):
        refuse(x, "biu")
        return xp.nextafter(x, y)

    def grad_x(ctx, g):
        return masked(g, ctx.x != ctx.y)

    def grad_y(ctx, g):
        return zeros(g)


class Frexp(Limited):
    """x = mantissa 2^exponent with a mantissa in [1/2, 1)"""

    outputs = ("mantissa", "exponent")
    saves = ("exponent",)
    promotes = None

    def kernel(xp, x):
        return xp.frexp(x)

    def grad_x(ctx, g_mantissa, g_exponent):
        return None if g_mantissa is None else g_mantissa / exp2(ctx.exponent)


def ceil(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Each element rounded up.

    Shape: input (*), output (*).

    >>> ceil(tensor([-0.5, 1.2]))
    tensor([-0.,  2.])
    """
    result = unary(Ceil, input)
    return result if out is None else into(out, result, exact=True)


def floor(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Each element rounded down.

    Shape: input (*), output (*).

    >>> floor(tensor([-0.5, 1.2]))
    tensor([-1.,  1.])
    """
    result = unary(Floor, input)
    return result if out is None else into(out, result, exact=True)


def trunc(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Each element rounded towards zero.

    Shape: input (*), output (*).
    """
    result = unary(Trunc, input)
    return result if out is None else into(out, result, exact=True)


def round(input: Tensor, *, decimals: int = 0, out: Tensor | None = None) -> Tensor:
    """Each element rounded to `decimals` places, halves to the even neighbour.

    Shape: input (*), output (*).

    >>> round(tensor([0.5, 1.5, -2.5]))
    tensor([ 0.,  2., -2.])
    """
    if decimals == 0:
        result = unary(Round, input)
    else:
        result = unary(RoundDecimals, input, decimals=decimals)
    return result if out is None else into(out, result, exact=True)


def frac(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The fraction of each element, with its sign.

    Shape: input (*), output (*).

    >>> frac(tensor([1.25, -1.25]))
    tensor([ 0.2500, -0.2500])
    """
    result = unary(Frac, input)
    return result if out is None else into(out, result, exact=True)


def nan_to_num(
    input: Tensor,
    nan: float | None = None,
    posinf: float | None = None,
    neginf: float | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """NaN replaced by `nan` (0), the infinities by `posinf` and `neginf` (the largest numbers).

    Shape: input (*), output (*).

    >>> nan_to_num(tensor([nan, 1.0, inf]), posinf=9.0)
    tensor([0., 1., 9.])
    """
    result = unary(NanToNum, input, nan=0.0 if nan is None else nan, posinf=posinf, neginf=neginf)
    return result if out is None else into(out, result, exact=True)


def nextafter(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The floating-point number after input on the way to other, broadcast.

    Shape: input (*), other (*) broadcastable, output (*).
    """
    need_tensor("nextafter", "other", 2, other)
    result = binary(Nextafter, input, other)
    return result if out is None else into(out, result)


def frexp(input: Tensor, *, out: tuple[Tensor, Tensor] | None = None) -> return_types.ReturnType:
    """Mantissa in [1/2, 1) and exponent of each element: input = mantissa * 2^exponent.

    Shape: input (*), outputs (*), the exponent int32. RuntimeError for integers.

    >>> frexp(tensor([6.0])).exponent
    tensor([3], dtype=torch.int32)
    """
    if not dtypes.of_array(unwrap(input)).is_floating_point:
        raise RuntimeError("torch.frexp() only supports floating-point dtypes")
    found = apply(Frexp, input)
    return return_types.frexp(found if out is None else into_each(out, found))


fix = trunc
