"""Inverses of trigonometric and hyperbolic functions, of f32 but reckoned in f64."""

from __future__ import annotations

import math

from ..loops import F32, F64, Block, Expr, bitcast, cast, op, select
from .coefficients import ASIN, ATAN
from .floats import FORMATS, clamped, magnitude, number, polynomial, with_sign
from .logarithm import log1p


def arctan(b: Block, x: Expr) -> Expr:
    """arctan(x)."""
    size = _size(b, x, 0.0)
    return with_sign(cast(_angle(b, size, number(1.0, size)), F32), x)


def arctan2(b: Block, y: Expr, x: Expr) -> Expr:
    """The angle of the point (x, y), of -pi to pi."""
    angle = _angle(b, _size(b, y, 0.0), _size(b, x, 1e-300))
    form = FORMATS[F32]
    left = (bitcast(x, form.bits) & form.sign).differs(0)
    return with_sign(cast(select(left, math.pi - angle, angle), F32), y)


def _size(b: Block, x: Expr, least: float) -> Expr:
    """|x| as an f64, but a finite one, and not less than another number."""
    return clamped(b, magnitude(b, cast(x, F64)), least, 1e300)


def _angle(b: Block, y: Expr, x: Expr) -> Expr:
    """The angle of (x, y) in the first quadrant, to the axes or the diagonal the nearest."""
    steep = b.let(y > x)
    low, high = b.let(select(steep, x, y)), b.let(select(steep, y, x))
    slanted = b.let(low > high * math.tan(math.pi / 8))
    t = select(slanted, low - high, low) / select(slanted, low + high, high)
    angle = b.let(_odd(b, ATAN[F32], b.let(t)) + select(slanted, math.pi / 4, number(0.0, x)))
    return b.let(select(steep, math.pi / 2 - angle, angle))


def _odd(b: Block, coefficients: tuple[float, ...], t: Expr) -> Expr:
    """t + t z p(z) with z = t^2."""
    z = b.let(t * t)
    return b.let(op("fma", b.let(t * z), polynomial(b, coefficients, z), t))


def arcsin(b: Block, x: Expr) -> Expr:
    """arcsin(x); NaN beyond 1."""
    size = magnitude(b, cast(x, F64))
    far, v = _half_arc(b, size)
    return with_sign(cast(select(far, math.pi / 2 - v, v), F32), x)


def arccos(b: Block, x: Expr) -> Expr:
    """arccos(x); NaN beyond 1."""
    wide = b.let(cast(x, F64))
    far, v = _half_arc(b, magnitude(b, wide))
    left = b.let(wide < 0.0)
    near = select(left, math.pi / 2 + v, math.pi / 2 - v)
    return cast(select(far, select(left, math.pi - v, v), near), F32)


def _half_arc(b: Block, size: Expr) -> tuple[Expr, Expr]:
    """Whether 1/2 < |x|, and then arccos |x| = 2 arcsin(sqrt((1 - |x|) / 2)), else arcsin |x|."""
    far = b.let(size > 0.5)
    root = op("sqrt", (1.0 - size) * 0.5)
    v = _odd(b, ASIN[F32], b.let(select(far, root, size)))
    return far, b.let(select(far, v + v, v))


def arcsinh(b: Block, x: Expr) -> Expr:
    """arcsinh |x| = ln(1 + |x| + x^2 / (1 + sqrt(1 + x^2))), and the sign of x."""
    size = magnitude(b, cast(x, F64))
    square = b.let(size * size)
    more = square / (op("sqrt", square + 1.0) + 1.0)
    result = log1p(b, b.let(size + more))
    return with_sign(cast(select(size < math.inf, result, size), F32), x)


def arccosh(b: Block, x: Expr) -> Expr:
    """arccosh(1 + t) = ln(1 + t + sqrt(t (t + 2))); NaN below 1."""
    t = b.let(cast(x, F64) - 1.0)
    result = log1p(b, b.let(t + op("sqrt", t * (t + 2.0))))
    return cast(select(t >= 0.0, result, number(math.nan, t)), F32)


def arctanh(b: Block, x: Expr) -> Expr:
    """arctanh |x| = ln(1 + 2 |x| / (1 - |x|)) / 2, and the sign of x; NaN beyond 1."""
    size = magnitude(b, cast(x, F64))
    return with_sign(cast(log1p(b, b.let((size + size) / (1.0 - size))) * 0.5, F32), x)
