"""Division that rounds, its remainders, and common divisors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.apply import apply, binary
from ..core.promotion import is_number
from .inplace import into
from .mask import zeros
from .support import Limited, need_tensor, no_derivative, refuse

if TYPE_CHECKING:
    from ..tensor import Tensor
    from ..typing import Number


def _floor_divide(xp: Any, x: Any, y: Any) -> Any:
    _check_divisor(x, y)
    return xp.floor_divide(x, y)


def _trunc_divide(xp: Any, x: Any, y: Any) -> Any:
    _check_divisor(x, y)
    if x.dtype.kind not in "iu":
        return xp.trunc(x / y)
    down = xp.floor_divide(x, y)
    return down + ((down * y != x) & ((x < 0) != (y < 0)))


def _check_divisor(x: Any, y: Any) -> None:
    """What PyTorch refuses: bools, complex numbers, and integers over zero."""
    refuse(x, "bc")
    if x.dtype.kind in "iu" and not y.all():
        raise RuntimeError("ZeroDivisionError")


class RoundedDiv(Limited):
    """floor(x / y) or trunc(x / y)"""

    label = "DivBackward2"
    cpu = "div_floor_cpu"

    def kernel(xp, x, y, *, mode):
        return (_floor_divide if mode == "floor" else _trunc_divide)(xp, x, y)

    def grad_x(ctx, g):
        return zeros(g)

    def grad_y(ctx, g):
        return zeros(g)


class FloorDivide(Limited):
    """floor(x / y)"""

    numbers = "both"
    label = "torch::autograd::NotImplemented"
    cpu = "div_floor_cpu"
    kernel = _floor_divide
    grad_x = grad_y = no_derivative("floor_divide")


class Remainder(Limited):
    """x - y * floor(x / y): the sign of y"""

    label = "RemainderBackward1"
    cpu = "remainder_cpu"
    saves = ("x", "y")

    def kernel(xp, x, y):
        _check_divisor(x, y)
        return xp.remainder(x, y)

    def grad_x(ctx, g):
        return g

    def grad_y(ctx, g):
        return -g * rounded_div(ctx.x, ctx.y, "floor")


class RemainderByNumber(Remainder):
    """x - y * floor(x / y), for a number y"""

    label = "RemainderBackward0"


class Fmod(Limited):
    """x - y * trunc(x / y): the sign of x"""

    label = "FmodBackward1"
    cpu = "fmod_cpu"
    saves = ("x", "y")

    def kernel(xp, x, y):
        _check_divisor(x, y)
        return xp.fmod(x, y)

    def grad_x(ctx, g):
        return g

    def grad_y(ctx, g):
        return -g * rounded_div(ctx.x, ctx.y, "trunc")


class FmodByNumber(Fmod):
    """x - y * trunc(x / y), for a number y"""

    label = "FmodBackward0"


class Gcd(Limited):
    """The greatest common divisor."""

    numbers = "second"
    ufunc = "gcd"
    cpu = "gcd_cpu"
    nondiff = ("x", "y")


class Lcm(Limited):
    """The least common multiple."""

    numbers = "second"
    ufunc = "lcm"
    cpu = "lcm_cpu"
    nondiff = ("x", "y")


def rounded_div(x: Any, y: Any, mode: str) -> Any:
    """x / y rounded down ("floor") or towards zero ("trunc")."""
    if mode not in ("floor", "trunc"):
        raise RuntimeError(
            f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{mode}'"
        )
    return apply(RoundedDiv, x, y, mode=mode)


def floor_divide(
    input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None
) -> Tensor:
    """floor(input / other), broadcast; it has no gradient.

    Shape: input (*), other (*) broadcastable, output (*). RuntimeError for integers over zero.

    >>> floor_divide(tensor([7, -7]), 2)
    tensor([ 3, -4])
    """
    result = binary(FloorDivide, input, other)
    return result if out is None else into(out, result)


def remainder(
    input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None
) -> Tensor:
    """input - other * floor(input / other), with the sign of other, as Python's `%`.

    Shape: input (*), other (*) broadcastable, output (*). RuntimeError for integers over zero.

    >>> remainder(tensor([7, -7]), 3)
    tensor([1, 2])
    """
    result = binary(RemainderByNumber if is_number(other) else Remainder, input, other)
    return result if out is None else into(out, result)


def fmod(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """input - other * trunc(input / other), with the sign of input, as C's `fmod`.

    Shape: input (*), other (*) broadcastable, output (*). RuntimeError for integers over zero.

    >>> fmod(tensor([7, -7]), 3)
    tensor([ 1, -1])
    """
    need_tensor("fmod", "input", 1, input)
    result = binary(FmodByNumber if is_number(other) else Fmod, input, other)
    return result if out is None else into(out, result)


def gcd(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The greatest common divisor of each pair of integers; gcd(0, 0) = 0.

    Shape: input (*), other (*) broadcastable, output (*).

    >>> gcd(tensor([12, 18]), tensor([8]))
    tensor([4, 2])
    """
    need_tensor("gcd", "other", 2, other)
    result = binary(Gcd, input, other)
    return result if out is None else into(out, result)


def lcm(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The least common multiple of each pair of integers; 0 if one of them is 0.

    Shape: input (*), other (*) broadcastable, output (*).

    >>> lcm(tensor([4, 6]), tensor([10]))
    tensor([20, 30])
    """
    need_tensor("lcm", "other", 2, other)
    result = binary(Lcm, input, other)
    return result if out is None else into(out, result)
