"""Addition to powers: the operations behind the operators of a tensor."""

from __future__ import annotations

import cmath
import math
import warnings
from typing import TYPE_CHECKING, Any

import numpy

from ..core import dtype as dtypes
from ..core.apply import apply, binary, unary
from ..core.promotion import NUMBERS, constant, is_bool, is_number
from ..core.tensor import unwrap
from ..errors import hint
from .conj import conj
from .convert import to_dtype
from .division import rounded_div
from .inplace import into
from .kinds import Pointwise
from .mask import masked, zeros
from .math import log
from .support import Limited, need_tensor, number_like

if TYPE_CHECKING:
    from ..tensor import Tensor
    from ..typing import Number


class Add(Pointwise):
    """x + y"""

    numbers = "both"
    ufunc = "add"

    def grad_x(ctx, g):
        return g

    def grad_y(ctx, g):
        return g


class AddScaled(Pointwise):
    """x + alpha * y"""

    numbers = "both"
    label = "AddBackward0"

    def kernel(xp, x, y, *, alpha):
        return x + y * scale(xp, alpha, x)

    def grad_x(ctx, g):
        return g

    def grad_y(ctx, g):
        return g * ctx.alpha.conjugate()


class Signed(Pointwise):
    """What has no bool form: PyTorch has `^` and `~` for that."""

    promotes = "signed"

    @classmethod
    def explain(
        cls, error: Exception, arrays: tuple[Any, ...], params: dict[str, Any]
    ) -> Exception:
        """PyTorch's error for bools."""
        if not isinstance(error, TypeError):
            return super().explain(error, arrays, params)
        if len(arrays) == 1:
            return RuntimeError(
                "Negation, the `-` operator, on a bool tensor is not supported. If you are trying "
                "to invert a mask, use the `~` or `logical_not()` operator instead."
            )
        if all(is_bool(a) for a in arrays):
            return RuntimeError(
                "Subtraction, the `-` operator, with two bool tensors is not supported. Use the "
                "`^` or `logical_xor()` operator instead."
            )
        return RuntimeError(
            "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying "
            "to invert a mask, use the `~` or `logical_not()` operator instead."
        )


class Sub(Signed):
    """x - y"""

    numbers = "both"
    ufunc = "subtract"

    def grad_x(ctx, g):
        return g

    def grad_y(ctx, g):
        return -g


class SubScaled(Signed):
    """x - alpha * y"""

    numbers = "both"
    label = "SubBackward0"

    def kernel(xp, x, y, *, alpha):
        return xp.subtract(x, y * scale(xp, alpha, x))

    def grad_x(ctx, g):
        return g

    def grad_y(ctx, g):
        return -g * ctx.alpha.conjugate()


class Rsub(Signed):
    """y - x, for a number y"""

    label = "RsubBackward1"

    def kernel(xp, x, y):
        return xp.subtract(y, x)

    def grad_x(ctx, g):
        return -g

    def grad_y(ctx, g):
        return g


class Mul(Pointwise):
    """x * y"""

    numbers = "both"
    ufunc = "multiply"
    saves = ("x", "y")

    def grad_x(ctx, g):
        return g * conj(ctx.y)

    def grad_y(ctx, g):
        return g * conj(ctx.x)


class Div(Pointwise):
    """x / y"""

    numbers = "both"
    ufunc = "divide"
    promotes = "float"
    saves = ("x", "y")

    def grad_x(ctx, g):
        return g / conj(ctx.y)

    def grad_y(ctx, g):
        return -g * conj(ctx.x / ctx.y / ctx.y)


class Reciprocal(Pointwise):
    """1 / x"""

    ufunc = "reciprocal"
    promotes = "float"
    saves = ("out",)

    def grad_x(ctx, g):
        return -g * conj(ctx.out * ctx.out)


class Neg(Signed):
    """-x"""

    ufunc = "negative"

    def grad_x(ctx, g):
        return -g


class Power(Limited):
    """Powers of integers have integer exponents, and those must not be negative."""

    cpu = "pow"

    @classmethod
    def explain(
        cls, error: Exception, arrays: tuple[Any, ...], params: dict[str, Any]
    ) -> Exception:
        """PyTorch's error for a negative exponent."""
        if isinstance(error, ValueError) and "negative integer powers" in str(error):
            return RuntimeError("Integers to negative integer powers are not allowed.")
        return super().explain(error, arrays, params)


class PowScalar(Power):
    """x ** exponent, for a number"""

    label = "PowBackward0"
    saves = ("x",)

    def kernel(xp, x, *, exponent):
        if exponent == 2:
            return xp.square(x)
        if exponent == 3:
            return x * x * x
        if exponent == 0.5:
            return xp.sqrt(x)
        return (x**exponent).astype(x.dtype, copy=False)  # NumPy widens bfloat16

    def grad_x(ctx, g):
        n = ctx.exponent
        if n == 2:
            return g * conj(ctx.x + ctx.x)
        if n == 0:
            return zeros(g)
        return g * conj(n * pow(ctx.x, n - 1))


class PowOfNumber(Power):
    """base ** x, for a number"""

    label = "PowBackward2"
    saves = ("x", "out")

    def kernel(xp, x, *, base):
        return _power(xp, number_like(xp, base, x), x)

    def grad_x(ctx, g):
        if ctx.base == 0 and unwrap(ctx.x).dtype.kind != "c":
            return masked(g * conj(ctx.out * -math.inf), ctx.x < 0)
        return g * conj(ctx.out * _log(ctx.base, unwrap(ctx.x).dtype.kind == "c"))


class Pow(Power):
    """x ** y"""

    label = "PowBackward1"
    saves = ("x", "y", "out")

    def kernel(xp, x, y):
        return _power(xp, x, y)

    def grad_x(ctx, g):
        return masked(g * conj(ctx.y * pow(ctx.x, ctx.y - 1)), ctx.y != 0)

    def grad_y(ctx, g):
        flat = ctx.x == 0  # there the power is 0 for all exponents that are not negative
        if unwrap(ctx.y).dtype.kind != "c":
            flat = flat & (ctx.y >= 0)
        return masked(g * conj(ctx.out * log(ctx.x)), ~flat)


def _power(xp: Any, x: Any, y: Any) -> Any:
    """x ** y; for integers a negative power is rounded towards zero."""
    if x.dtype.kind == "b":
        raise TypeError("no power of bools")
    if x.dtype.kind == "i" and (y < 0).any():
        odd = xp.where(y & 1, x, 1)
        return xp.where(y < 0, xp.where(xp.absolute(x) == 1, odd, 0), x ** xp.maximum(y, 0))
    return xp.power(x, y)


def _log(base: Any, of_complex: bool) -> Any:
    """The logarithm of a number, NaN where there is none among the numbers it meets."""
    if base == 0:
        return math.nan
    if isinstance(base, complex) or (of_complex and base < 0):
        return cmath.log(base)
    return math.log(base) if base > 0 else math.nan


def scale(xp: Any, alpha: Any, x: Any) -> Any:
    """The factor `alpha` in the dtype of x; RuntimeError if it is of a higher category."""
    if x.dtype.kind == "b" and isinstance(alpha, int):
        alpha = bool(alpha)
    elif isinstance(alpha, bool):
        raise RuntimeError("Boolean alpha only supported for Boolean results.")
    if isinstance(alpha, complex) and x.dtype.kind != "c":
        raise RuntimeError(
            "For non-complex input tensors, argument alpha must not be a complex number."
        )
    if isinstance(alpha, float) and x.dtype.kind in "biu":
        raise RuntimeError(
            "For integral input tensors, argument alpha must not be a floating point number."
        )
    return number_like(xp, alpha, x)


def deprecated_order(name: str, argument: str, given: tuple[Any, ...]) -> None:
    """Check and warn about `name(input, number, tensors)`, an order that PyTorch deprecated."""
    if len(given) != 1 or is_number(given[0]):
        message = f"{name}(): too many positional arguments"
        raise TypeError(hint(message, f"give the factor by name: {argument}="))
    warnings.warn(
        f"This overload of {name} is deprecated: give the factor by name, as {argument}=",
        UserWarning,
        stacklevel=3,
    )


def add(
    input: Tensor | Number,
    other: Tensor | Number,
    *deprecated: Any,
    alpha: Any = 1,
    out: Tensor | None = None,
) -> Tensor:
    """input + alpha * other, broadcast.

    Shape: input (*), other (*) broadcastable, output (*).

    >>> tensor([1.0, 2.0]).add(tensor([10.0, 20.0]), alpha=0.5)
    tensor([ 6., 12.])
    """
    if deprecated:
        deprecated_order("add", "alpha", deprecated)
        alpha, other = other, deprecated[0]
    if alpha == 1 and alpha is not True:
        result = binary(Add, input, other)
    else:
        result = apply(AddScaled, input, other, alpha=alpha)
    return result if out is None else into(out, result)


def sub(
    input: Tensor | Number,
    other: Tensor | Number,
    *deprecated: Any,
    alpha: Any = 1,
    out: Tensor | None = None,
) -> Tensor:
    """input - alpha * other, broadcast.

    Shape: input (*), other (*) broadcastable, output (*). RuntimeError for bools.

    >>> tensor([1.0, 2.0]).sub(tensor([10.0, 20.0]), alpha=0.5)
    tensor([-4., -8.])
    """
    if deprecated:
        deprecated_order("sub", "alpha", deprecated)
        alpha, other = other, deprecated[0]
    if alpha == 1 and alpha is not True:
        result = binary(Sub, input, other)
    else:
        result = apply(SubScaled, input, other, alpha=alpha)
    return result if out is None else into(out, result)


def rsub(input: Tensor, other: Tensor | Number, *, alpha: Number = 1) -> Tensor:
    """other - alpha * input, broadcast.

    Shape: input (*), other (*) broadcastable, output (*). RuntimeError for bools.
    """
    need_tensor("rsub", "input", 1, input)
    if alpha == 1 and is_number(other):
        return binary(Rsub, input, other)
    return sub(other, input, alpha=alpha)


def mul(input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """input * other, broadcast.

    Shape: input (*), other (*) broadcastable, output (*).

    >>> mul(tensor([[1.0], [2.0]]), tensor([3.0, 4.0]))
    tensor([[3., 4.],
            [6., 8.]])
    """
    result = binary(Mul, input, other)
    return result if out is None else into(out, result)


def div(
    input: Tensor | Number,
    other: Tensor | Number,
    *,
    rounding_mode: str | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """input / other, broadcast; rounded if `rounding_mode` is "floor" or "trunc".

    Integers divide to the default float type, unless the quotient is rounded.
    Shape: input (*), other (*) broadcastable, output (*). RuntimeError for rounded integers over
    zero.

    >>> div(tensor([7, -7]), 2), div(tensor([7, -7]), 2, rounding_mode="trunc")
    (tensor([ 3.5000, -3.5000]), tensor([ 3, -3]))
    """
    if rounding_mode is None:
        result = binary(Div, input, other)
    else:
        result = rounded_div(input, other, rounding_mode)
    return result if out is None else into(out, result)


def divided_by(input: Tensor, other: Number) -> Tensor:
    """other / input: the reflected operator, which PyTorch records as a reciprocal and a product.

    Shape: input (*), output (*).
    """
    return binary(Mul, unary(Reciprocal, input), other)


def reciprocal(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """1 / input.

    Shape: input (*), output (*).

    >>> reciprocal(tensor([2.0, 4.0]))
    tensor([0.5000, 0.2500])
    """
    result = unary(Reciprocal, input)
    return result if out is None else into(out, result)


def neg(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """-input.

    Shape: input (*), output (*). RuntimeError for bools.
    """
    result = unary(Neg, input)
    return result if out is None else into(out, result, exact=True)


def positive(input: Tensor) -> Tensor:
    """The tensor itself.

    Shape: input (*), output (*). RuntimeError for bools.
    """
    if unwrap(input).dtype == bool:
        raise RuntimeError("The `+` operator, on a bool tensor is not supported.")
    return input


def pow(input: Tensor | Number, exponent: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """input ** exponent, broadcast.

    Shape: input (*), exponent (*) broadcastable, output (*). RuntimeError for integers with a
    negative exponent.

    >>> pow(tensor([1.0, 2.0, 3.0]), 2)
    tensor([1., 4., 9.])
    >>> pow(2, tensor([1.0, 2.0, 3.0]))
    tensor([2., 4., 8.])
    """
    if type(exponent) in NUMBERS:
        result = unary(PowScalar, _wide_enough(input, exponent), exponent=exponent)
    elif isinstance(exponent, numpy.generic):
        return pow(input, exponent.item(), out=out)
    elif is_number(input):
        base = input.item() if isinstance(input, numpy.generic) else input
        result = unary(PowOfNumber, _wide_enough(exponent, base), base=base)
    else:
        result = binary(Pow, input, exponent)
    return result if out is None else into(out, result)


def _wide_enough(x: Any, number: Any) -> Any:
    """x in the dtype in which it meets the number."""
    data = unwrap(x)
    if constant(number, data.dtype) is not None:
        return x
    return to_dtype(x, dtypes.result_of([data], [number]).numpy)


subtract, multiply, divide, true_divide, negative = sub, mul, div, div, neg
