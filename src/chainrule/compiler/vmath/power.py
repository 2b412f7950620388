"""Powers and roots of f32, reckoned in f64."""

from __future__ import annotations

import math

from ..loops import F32, F64, I32, U32, U64, Block, Expr, bitcast, cast, op, select
from .coefficients import EXP2, LOG2
from .floats import clamped, magnitude, number, polynomial, power_of_two, with_sign
from .logarithm import split


def power(b: Block, x: Expr, y: Expr) -> Expr:
    """|x|^y = 2^(y log2 |x|), with the sign and the special cases of C99's pow."""
    size = magnitude(b, x)
    exponent = clamped(b, b.let(cast(y, F64) * _log2(b, size)), -1000.0, 1000.0)
    n = b.let(op("rint", exponent))
    r = b.let(exponent - n)
    mantissa = op("fma", r, polynomial(b, EXP2[F32], r), 1.0)
    result = b.let(cast(mantissa * power_of_two(b, cast(n, I32), F64), F32))
    whole = b.let(op("floor", y).equals(y))
    half = b.let(y * 0.5)
    odd = whole & op("floor", half).differs(half)
    signed = b.let(select(odd, with_sign(result, x), result))
    root = (x < 0.0) & (size < math.inf) & ~whole
    signed = b.let(select(root, number(math.nan, x), signed))
    one = x.equals(1.0) | y.equals(0.0) | (x.equals(-1.0) & op("abs", y).equals(math.inf))
    return b.let(select(one, 1.0, signed))


def _log2(b: Block, size: Expr) -> Expr:
    """log2(x) in f64 for an f32 x >= 0, with the digits that a power of f32 needs."""
    n, f = split(b, b.let(cast(size, F64)), 0)
    s = b.let(f / (f + 2.0))
    found = op("fma", s, polynomial(b, LOG2[F64], b.let(s * s)), cast(n, F64))
    limit = select(size.equals(0.0), number(-math.inf, f), cast(size, F64))
    return b.let(select((size > 0.0) & (size < math.inf), found, limit))


def cbrt(b: Block, x: Expr) -> Expr:
    """The cube root, by two steps of Halley's from a third of the exponent."""
    size = magnitude(b, cast(x, F64))
    high = cast(bitcast(size, U64) >> 32, U32)
    # 2^(1023 - 1023 / 3) in place, and what makes the error of the guess least, 3 %
    root = b.let(bitcast(cast(op("div", high, 3) + 0x2A9F7893, U64) << 32, F64))
    for _ in range(2):
        cube = b.let(root * root * root)
        root = b.let(root * (cube + size + size) / (cube + cube + size))
    return with_sign(cast(select((size > 0.0) & (size < math.inf), root, size), F32), x)


def hypot(b: Block, x: Expr, y: Expr) -> Expr:
    """sqrt(x^2 + y^2); infinite if one is, even beside NaN."""
    wide_x, wide_y = b.let(cast(x, F64)), b.let(cast(y, F64))
    root = cast(op("sqrt", op("fma", wide_x, wide_x, wide_y * wide_y)), F32)
    infinite = op("abs", x).equals(math.inf) | op("abs", y).equals(math.inf)
    return b.let(select(infinite, math.inf, root))
