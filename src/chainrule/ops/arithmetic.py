"""Addition to powers: the operations behind the operators of a tensor."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..core import dtype as dtypes
from ..core.apply import apply, binary, unary
from ..core.primitive import Primitive
from ..core.promotion import is_number
from ..core.tensor import TensorBase, unwrap
from .inplace import into
from .kinds import Pointwise

if TYPE_CHECKING:
    from ..tensor import Tensor
    from ..typing import Number


class Add(Pointwise):
    """x + y"""

    ufunc = "add"

    def grad_x(ctx, g):
        return g

    def grad_y(ctx, g):
        return g


class Sub(Pointwise):
    """x - y"""

    ufunc = "subtract"

    def grad_x(ctx, g):
        return g

    def grad_y(ctx, g):
        return -g


class Mul(Pointwise):
    """x * y"""

    ufunc = "multiply"
    saves = ("x", "y")

    def grad_x(ctx, g):
        return g * conj(ctx.y)

    def grad_y(ctx, g):
        return g * conj(ctx.x)


class Div(Pointwise):
    """x / y"""

    ufunc = "divide"
    promotes = "float"
    saves = ("y", "out")

    def grad_x(ctx, g):
        return g / conj(ctx.y)

    def grad_y(ctx, g):
        return -g * conj(ctx.out / ctx.y)


class Rsub(Pointwise):
    """y - x, for a number y"""

    label = "RsubBackward1"

    def kernel(xp, x, y):
        return xp.subtract(y, x)

    def grad_x(ctx, g):
        return -g

    def grad_y(ctx, g):
        return g


class Neg(Pointwise):
    """-x"""

    ufunc = "negative"

    def grad_x(ctx, g):
        return -g


class PowScalar(Pointwise):
    """x ** exponent, for a number"""

    label = "PowBackward0"
    saves = ("x",)
    promotes = None

    def kernel(xp, x, *, exponent):
        if exponent == 2:
            return xp.multiply(x, x)
        if exponent == 3:
            return x * x * x
        if exponent == 0.5:
            return xp.sqrt(x)
        return xp.power(x, exponent)

    def grad_x(ctx, g):
        n = ctx.exponent
        if n == 2:
            return g * conj(ctx.x + ctx.x)
        if n == 0:
            return g * 0
        return g * conj(n * pow(ctx.x, n - 1))


def conj(input: Tensor) -> Tensor:
    """The complex conjugate; a real tensor is returned as it is."""
    data = input._data if isinstance(input, TensorBase) else input
    return input if data.dtype.kind != "c" else apply(Conj, input)


class Conj(Pointwise):
    """Re x - i Im x"""

    ufunc = "conjugate"

    def grad_x(ctx, g):
        return conj(g)


def add(
    input: Tensor, other: Tensor | Number, *, alpha: Number = 1, out: Tensor | None = None
) -> Tensor:
    """input + alpha * other, broadcast.

    Shape: input (*), other (*) broadcastable, output (*).

    >>> tensor([1.0, 2.0]).add(tensor([10.0, 20.0]), alpha=0.5)
    tensor([ 6., 12.])
    """
    result = binary(Add, input, other if alpha == 1 else other * alpha)
    return result if out is None else into(out, result)


def sub(
    input: Tensor, other: Tensor | Number, *, alpha: Number = 1, out: Tensor | None = None
) -> Tensor:
    """input - alpha * other, broadcast.

    Shape: input (*), other (*) broadcastable, output (*).
    """
    result = binary(Sub, input, other if alpha == 1 else other * alpha)
    return result if out is None else into(out, result)


def mul(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """input * other, broadcast.

    Shape: input (*), other (*) broadcastable, output (*).
    """
    result = binary(Mul, input, other)
    return result if out is None else into(out, result)


def div(
    input: Tensor,
    other: Tensor | Number,
    *,
    rounding_mode: str | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """input / other, broadcast; integers divide to the default float type.

    Shape: input (*), other (*) broadcastable, output (*).
    """
    result = binary(Div, input, other)
    return result if out is None else into(out, result)


def neg(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """-input.

    Shape: input (*), output (*).
    """
    result = unary(Neg, input)
    return result if out is None else into(out, result)


def pow(input: Tensor | Number, exponent: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """input ** exponent, broadcast.

    Shape: input (*), exponent (*) broadcastable, output (*).
    """
    result = apply(PowScalar, input, exponent=exponent)
    return result if out is None else into(out, result)
