"""Exponentials, logarithms and what is built of them, element by element."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ..core.apply import binary, unary
from ..core.promotion import is_number
from ..kernels import elementwise
from .compare import where
from .conj import conj
from .inplace import into
from .kinds import Pointwise
from .mask import masked
from .support import Composite, Limited, need_tensor, on_numpy, refuse

if TYPE_CHECKING:
    from ..tensor import Tensor
    from ..typing import Number

LN2, LN10 = math.log(2), math.log(10)


class Exp(Pointwise):
    """e^x"""

    ufunc = "exp"
    promotes = "float"
    saves = ("out",)

    def grad_x(ctx, g):
        return g * conj(ctx.out)


class Exp2(Pointwise):
    """2^x"""

    promotes = "float"
    saves = ("out",)

    def kernel(xp, x):
        return xp.exp(x * LN2) if x.dtype.kind == "c" else xp.exp2(x)

    def grad_x(ctx, g):
        return g * conj(ctx.out * LN2)


class Expm1(Pointwise):
    """e^x - 1"""

    ufunc = "expm1"
    promotes = "float"
    saves = ("out",)

    def grad_x(ctx, g):
        return g * conj(ctx.out + 1)


on_numpy(Expm1)(elementwise.expm1)


class Log(Pointwise):
    """ln x"""

    ufunc = "log"
    promotes = "float"
    saves = ("x",)

    def grad_x(ctx, g):
        return g / conj(ctx.x)


class Log2(Pointwise):
    """ln x / ln 2"""

    ufunc = "log2"
    promotes = "float"
    saves = ("x",)

    def grad_x(ctx, g):
        return g / conj(ctx.x * LN2)


class Log10(Pointwise):
    """ln x / ln 10"""

    ufunc = "log10"
    promotes = "float"
    saves = ("x",)

    def grad_x(ctx, g):
        return g / conj(ctx.x * LN10)


class Log1p(Pointwise):
    """ln(1 + x)"""

    label = "Log1PBackward0"
    ufunc = "log1p"
    promotes = "float"
    saves = ("x",)

    def grad_x(ctx, g):
        return g / conj(ctx.x + 1)


on_numpy(Log1p)(elementwise.log1p)


class Sigmoid(Composite):
    """1 / (1 + e^-x)"""

    promotes = "float"
    saves = ("out",)

    def kernel(xp, x):
        return xp.reciprocal(xp.exp(-x) + 1)

    def grad_x(ctx, g):
        return g * conj((1 - ctx.out) * ctx.out)


class Logit(Composite):
    """ln(z / (1 - z)) of z = x, kept in [eps, 1 - eps]"""

    cpu = "logit_cpu"
    promotes = "float"
    saves = ("x",)

    def kernel(xp, x, *, eps):
        refuse(x, "c")
        if eps is not None:
            x = xp.minimum(xp.maximum(x, eps), 1 - eps)
        return xp.log(x / (1 - x))

    def grad_x(ctx, g):
        slope = g / (ctx.x * (1 - ctx.x))
        if ctx.eps is None:
            return where((ctx.x >= 0) & (ctx.x <= 1), slope, math.nan)
        return masked(slope, (ctx.x >= ctx.eps) & (ctx.x <= 1 - ctx.eps))


class LogAddExp(Limited):
    """ln(e^x + e^y)"""

    numbers = "second"
    label = "LogaddexpBackward0"
    cpu = "logaddexp_cpu"
    saves = ("x", "y", "out")

    def kernel(xp, x, y):
        refuse(x, "biu")
        return xp.logaddexp(x, y)

    def grad_x(ctx, g):
        return g * exp(ctx.x - ctx.out)

    def grad_y(ctx, g):
        return g * exp(ctx.y - ctx.out)


class LogAddExp2(Limited):
    """log2(2^x + 2^y)"""

    numbers = "second"
    label = "Logaddexp2Backward0"
    cpu = "logaddexp2_cpu"
    saves = ("x", "y", "out")

    def kernel(xp, x, y):
        refuse(x, "biu")
        return xp.logaddexp2(x, y)

    def grad_x(ctx, g):
        return g * exp2(ctx.x - ctx.out)

    def grad_y(ctx, g):
        return g * exp2(ctx.y - ctx.out)


class XLogY(Composite):
    """x ln y, and 0 where x is 0 and y is a number"""

    label = "XlogyBackward0"
    cpu = "xlogy_cpu"
    promotes = "float"
    saves = ("x", "y")

    def kernel(xp, x, y):
        refuse(x, "c")
        return xp.where((x == 0) & (y == y), 0, x * xp.log(y))

    def grad_x(ctx, g):
        return masked(g * log(ctx.y), ~((ctx.x == 0) & (ctx.y <= 0)))

    def grad_y(ctx, g):
        return g * (ctx.x / ctx.y)


class XLogOfNumber(XLogY):
    """x ln y, for a number y"""

    label = "XlogyBackward2"


class NumberLogY(XLogY):
    """x ln y, for a number x"""

    label = "XlogyBackward1"


class Ldexp(Composite):
    """x 2^y"""

    numbers = "second"
    promotes = "float"
    saves = ("x", "y", "out")

    def kernel(xp, x, y):
        return x * xp.exp2(y)

    def grad_x(ctx, g):
        return g * conj(exp2(ctx.y))

    def grad_y(ctx, g):
        return g * conj(ctx.out * LN2)


def exp(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The exponential of each element: e^x.

    Shape: input (*), output (*).

    >>> exp(tensor([0.0, 1.0]))
    tensor([1.0000, 2.7183])
    """
    result = unary(Exp, input)
    return result if out is None else into(out, result)


def exp2(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """2^x of each element.

    Shape: input (*), output (*).
    """
    result = unary(Exp2, input)
    return result if out is None else into(out, result)


def expm1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """e^x - 1 of each element, exact for small x.

    Shape: input (*), output (*).
    """
    result = unary(Expm1, input)
    return result if out is None else into(out, result)


def log(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The natural logarithm of each element.

    Shape: input (*), output (*).

    >>> log(tensor([1.0, 0.0, -1.0]))
    tensor([0., -inf, nan])
    """
    result = unary(Log, input)
    return result if out is None else into(out, result)


def log2(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The logarithm to base 2 of each element.

    Shape: input (*), output (*).
    """
    result = unary(Log2, input)
    return result if out is None else into(out, result)


def log10(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The logarithm to base 10 of each element.

    Shape: input (*), output (*).
    """
    result = unary(Log10, input)
    return result if out is None else into(out, result)


def log1p(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """ln(1 + x) of each element, exact for small x.

    Shape: input (*), output (*).
    """
    result = unary(Log1p, input)
    return result if out is None else into(out, result)


def sigmoid(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The logistic function of each element: 1 / (1 + e^-x).

    Shape: input (*), output (*).

    >>> sigmoid(tensor([0.0, 100.0]))
    tensor([0.5000, 1.0000])
    """
    result = unary(Sigmoid, input)
    return result if out is None else into(out, result)


def logit(input: Tensor, eps: float | None = None, *, out: Tensor | None = None) -> Tensor:
    """The inverse of the logistic function, ln(x / (1 - x)), of x kept in [eps, 1 - eps].

    Shape: input (*), output (*).
    """
    result = unary(Logit, input, eps=eps)
    return result if out is None else into(out, result)


def logaddexp(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """ln(e^input + e^other), broadcast, without overflow.

    Shape: input (*), other (*) broadcastable, output (*).
    """
    need_tensor("logaddexp", "other", 2, other)
    result = binary(LogAddExp, input, other)
    return result if out is None else into(out, result)


def logaddexp2(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """log2(2^input + 2^other), broadcast, without overflow.

    Shape: input (*), other (*) broadcastable, output (*).
    """
    need_tensor("logaddexp2", "other", 2, other)
    result = binary(LogAddExp2, input, other)
    return result if out is None else into(out, result)


def xlogy(input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """input * ln(other), broadcast; 0 where input is 0, unless other is NaN.

    Shape: input (*), other (*) broadcastable, output (*).

    >>> xlogy(tensor([0.0, 2.0]), tensor([0.0, 1.0]))
    tensor([0., 0.])
    """
    op = XLogOfNumber if is_number(other) else NumberLogY if is_number(input) else XLogY
    result = binary(op, input, other)
    return result if out is None else into(out, result)


def ldexp(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """input * 2^other, broadcast.

    Shape: input (*), other (*) broadcastable, output (*).
    """
    need_tensor("ldexp", "other", 2, other)
    result = binary(Ldexp, input, other)
    return result if out is None else into(out, result)
