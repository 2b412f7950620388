"""Circular and hyperbolic functions, element by element."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ..core.apply import binary, unary
from ..core.tensor import unwrap
from .conj import conj
from .inplace import into
from .kinds import Pointwise
from .mask import masked
from .roots import rsqrt
from .support import Composite, Limited, need_tensor, refuse

if TYPE_CHECKING:
    from ..tensor import Tensor

DEGREE = math.pi / 180


class Trigonometric(Pointwise):
    """A function of one number, real or complex; integers become floats."""

    promotes = "float"
    saves = ("x",)


class Sin(Trigonometric):
    """sin x"""

    ufunc = "sin"

    def grad_x(ctx, g):
        return g * conj(cos(ctx.x))


class Cos(Trigonometric):
    """cos x"""

    ufunc = "cos"

    def grad_x(ctx, g):
        return -g * conj(sin(ctx.x))


class Tan(Trigonometric):
    """tan x"""

    ufunc = "tan"
    saves = ("out",)

    def grad_x(ctx, g):
        return g * conj(1 + ctx.out * ctx.out)


class Asin(Trigonometric):
    """arcsin x"""

    ufunc = "arcsin"

    def grad_x(ctx, g):
        return g * conj(rsqrt(1 - ctx.x * ctx.x))


class Acos(Trigonometric):
    """arccos x"""

    ufunc = "arccos"

    def grad_x(ctx, g):
        return -g * conj(rsqrt(1 - ctx.x * ctx.x))


class Atan(Trigonometric):
    """arctan x"""

    ufunc = "arctan"

    def grad_x(ctx, g):
        return g / conj(ctx.x * ctx.x + 1)


class Sinh(Trigonometric):
    """sinh x"""

    ufunc = "sinh"

    def grad_x(ctx, g):
        return g * conj(cosh(ctx.x))


class Cosh(Trigonometric):
    """cosh x"""

    ufunc = "cosh"

    def grad_x(ctx, g):
        return g * conj(sinh(ctx.x))


class Tanh(Trigonometric):
    """tanh x"""

    ufunc = "tanh"
    saves = ("out",)

    def grad_x(ctx, g):
        return g * conj(1 - ctx.out * ctx.out)


class Asinh(Trigonometric):
    """arsinh x"""

    ufunc = "arcsinh"

    def grad_x(ctx, g):
        return g * conj(rsqrt(ctx.x * ctx.x + 1))


class Acosh(Trigonometric):
    """arcosh x"""

    ufunc = "arccosh"

    def grad_x(ctx, g):
        if unwrap(ctx.x).dtype.kind != "c":
            return g * rsqrt(ctx.x * ctx.x - 1)
        return g * conj(rsqrt(ctx.x - 1) * rsqrt(ctx.x + 1))


class Atanh(Trigonometric):
    """artanh x"""

    ufunc = "arctanh"

    def grad_x(ctx, g):
        return g / conj(1 - ctx.x * ctx.x)


class Atan2(Limited):
    """the angle of the point (y, x), where x is the height"""

    numbers = "second"
    cpu = "atan2_cpu"
    ufunc = "arctan2"
    promotes = "float"
    saves = ("x", "y")

    def grad_x(ctx, g):
        return g * _turn(ctx.y, ctx)

    def grad_y(ctx, g):
        return -g * _turn(ctx.x, ctx)


def _turn(side, ctx):
    """side / (x^2 + y^2), and 0 at the origin."""
    square = ctx.x * ctx.x + ctx.y * ctx.y
    return masked(side / square, square != 0)


class Sinc(Composite):
    """sin(pi x) / (pi x), and 1 at 0"""

    promotes = "float"
    saves = ("x",)

    def kernel(xp, x):
        t = x * math.pi
        return xp.where(x == 0, 1, xp.sin(t) / t)

    def grad_x(ctx, g):
        t = ctx.x * math.pi
        slope = (cos(t) * t - sin(t)) / (t * ctx.x)
        return masked(g * conj(slope), ctx.x != 0)


class Deg2Rad(Composite):
    """x pi / 180"""

    cpu = "deg2rad_cpu"
    promotes = "float"

    def kernel(xp, x):
        refuse(x, "c")
        return x * DEGREE

    def grad_x(ctx, g):
        return g * DEGREE


class Rad2Deg(Composite):
    """x 180 / pi"""

    cpu = "rad2deg_cpu"
    promotes = "float"

    def kernel(xp, x):
        refuse(x, "c")
        return x * (1 / DEGREE)

    def grad_x(ctx, g):
        return g * (1 / DEGREE)


def sin(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The sine of each element.

    Shape: input (*), output (*).

    >>> sin(tensor([0.0, 1.0]))
    tensor([0.0000, 0.8415])
    """
    result = unary(Sin, input)
    return result if out is None else into(out, result)


def cos(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The cosine of each element.

    Shape: input (*), output (*).

    >>> cos(tensor([0.0, 1.0]))
    tensor([1.0000, 0.5403])
    """
    result = unary(Cos, input)
    return result if out is None else into(out, result)


def tan(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The tangent of each element.

    Shape: input (*), output (*).
    """
    result = unary(Tan, input)
    return result if out is None else into(out, result)


def asin(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The arc sine of each element; NaN outside [-1, 1].

    Shape: input (*), output (*).
    """
    result = unary(Asin, input)
    return result if out is None else into(out, result)


def acos(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The arc cosine of each element; NaN outside [-1, 1].

    Shape: input (*), output (*).

    >>> acos(tensor([1.0, 2.0]))
    tensor([0., nan])
    """
    result = unary(Acos, input)
    return result if out is None else into(out, result)


def atan(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The arc tangent of each element.

    Shape: input (*), output (*).
    """
    result = unary(Atan, input)
    return result if out is None else into(out, result)


def sinh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The hyperbolic sine of each element.

    Shape: input (*), output (*).
    """
    result = unary(Sinh, input)
    return result if out is None else into(out, result)


def cosh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The hyperbolic cosine of each element.

    Shape: input (*), output (*).
    """
    result = unary(Cosh, input)
    return result if out is None else into(out, result)


def tanh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The hyperbolic tangent of each element.

    Shape: input (*), output (*).

    >>> tanh(tensor([0.0, 1.0]))
    tensor([0.0000, 0.7616])
    """
    result = unary(Tanh, input)
    return result if out is None else into(out, result)


def asinh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The inverse hyperbolic sine of each element.

    Shape: input (*), output (*).
    """
    result = unary(Asinh, input)
    return result if out is None else into(out, result)


def acosh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The inverse hyperbolic cosine of each element; NaN below 1.

    Shape: input (*), output (*).
    """
    result = unary(Acosh, input)
    return result if out is None else into(out, result)


def atanh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The inverse hyperbolic tangent of each element; NaN outside [-1, 1].

    Shape: input (*), output (*).
    """
    result = unary(Atanh, input)
    return result if out is None else into(out, result)


def atan2(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The angle of the point (other, input) seen from the origin, in (-pi, pi], broadcast.

    Shape: input (*), other (*) broadcastable, output (*).

    >>> atan2(tensor([1.0, -1.0]), tensor([1.0, -1.0]))
    tensor([ 0.7854, -2.3562])
    """
    need_tensor("atan2", "other", 2, other)
    result = binary(Atan2, input, other)
    return result if out is None else into(out, result)


def sinc(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """sin(pi x) / (pi x) of each element; 1 at 0.

    Shape: input (*), output (*).
    """
    result = unary(Sinc, input)
    return result if out is None else into(out, result)


def deg2rad(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Degrees in radians.

    Shape: input (*), output (*).

    >>> deg2rad(tensor([180.0]))
    tensor([3.1416])
    """
    result = unary(Deg2Rad, input)
    return result if out is None else into(out, result)


def rad2deg(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Radians in degrees.

    Shape: input (*), output (*).
    """
    result = unary(Rad2Deg, input)
    return result if out is None else into(out, result)


arcsin, arccos, arctan, arctan2 = asin, acos, atan, atan2
arcsinh, arccosh, arctanh = asinh, acosh, atanh
