"""ln(x) and the functions made of it, of f32 and f64.

x = 2^n (1 + f) with 1/sqrt(2) <= 1 + f < sqrt(2), and ln(1 + f) = 2 artanh(s) with s = f / (2 + f)
is an odd polynomial of s, of which f, which is exact, is split off (Muller, Elementary Functions,
2016, chapter 11).
"""

from __future__ import annotations

import math

from ..loops import F32, F64, I32, Block, Const, Expr, bitcast, cast, op, select
from .coefficients import LN2, LOG, LOG2_E, LOG10_2, LOG10_E
from .exponential import exp, exp2
from .floats import FORMATS, magnitude, number, polynomial, power_of_two

# The bits of 1 and of 1 / sqrt(2).
_ONE = {F32: 0x3F800000, F64: 0x3FF0000000000000}
_ROOT = {F32: 0x3F3504F3, F64: 0x3FE6A09E667F3BCD}


def log(b: Block, x: Expr) -> Expr:
    """ln(x); NaN below 0."""
    n, f = split(b, *_normal(b, x))
    return _with_limits(b, x, _ln(b, cast(n, x.kind), f))


def log2(b: Block, x: Expr) -> Expr:
    """log2(x); NaN below 0."""
    return _to_base(b, x, LOG2_E[x.kind], (1.0, 0.0))


def log10(b: Block, x: Expr) -> Expr:
    """log10(x); NaN below 0."""
    return _to_base(b, x, LOG10_E[x.kind], LOG10_2[x.kind])


def log1p(b: Block, x: Expr) -> Expr:
    """ln(1 + x), of u = 1 + x as it is rounded, and of c, what was rounded away."""
    u = b.let(x + 1.0)
    c = select(u > 2.0, 1.0 - (u - x), x - (u - 1.0))
    n, f = split(b, u, 0)
    f = b.let(op("fma", c, power_of_two(b, -op("minimum", n, 64), x.kind), f))
    result = _with_limits(b, u, _ln(b, cast(n, x.kind), f))
    tiny = magnitude(b, x) < 2.0 ** -(FORMATS[x.kind].digits + 2)
    return b.let(select(tiny, x, result))


def log_expit(b: Block, x: Expr) -> Expr:
    """ln(1 / (1 + e^-x)) = min(x, 0) - ln(1 + e^-|x|)."""
    return select(x > 0.0, -0.0, x) - log1p(b, exp(b, -magnitude(b, x)))


def _normal(b: Block, x: Expr) -> tuple[Expr, Expr]:
    """x times a power of two that makes a normal number of a denormal one, and its exponent."""
    form = FORMATS[x.kind]
    denormal = b.let(x < 2.0 ** (1 - form.bias))
    shift = form.digits + 2
    scale = b.let(select(denormal, x * 2.0**shift, x))
    return scale, b.let(select(denormal, shift, Const(0, I32)))


def split(b: Block, x: Expr, shift: Expr | int) -> tuple[Expr, Expr]:
    """n and f of x 2^-shift for a normal number x > 0."""
    form, root = FORMATS[x.kind], _ROOT[x.kind]
    bits = b.let(bitcast(x, form.bits) + (_ONE[x.kind] - root))
    n = cast(bits >> form.digits, I32) - (shift + form.bias)
    fraction = (bits & ((1 << form.digits) - 1)) + root
    return b.let(n), b.let(bitcast(fraction, x.kind) - 1.0)


def _parts(b: Block, f: Expr) -> tuple[Expr, Expr]:
    """f^2 / 2 =: h and t for ln(1 + f) = f - h + t."""
    s = b.let(f / (f + 2.0))
    z, h = b.let(s * s), b.let(f * 0.5 * f)
    return h, b.let(s * op("fma", z, polynomial(b, LOG[f.kind], z), h))


def _ln(b: Block, n: Expr, f: Expr) -> Expr:
    """n ln 2 + ln(1 + f)."""
    high, low = LN2[f.kind]
    h, t = _parts(b, f)
    return op("fma", n, high, f - (h - op("fma", n, low, t)))


def _to_base(b: Block, x: Expr, e: tuple[float, float], two: tuple[float, float]) -> Expr:
    """The logarithm to a base, given those of e and 2 as sums of two numbers.

    ln(1 + f) is such a sum too, the first of half the digits, whose products are exact.
    """
    n, f = split(b, *_normal(b, x))
    n = b.let(cast(n, x.kind))
    form = FORMATS[x.kind]
    h, t = _parts(b, f)
    mask = 2 * form.sign - (1 << form.digits // 2 + 1)
    high = b.let(bitcast(bitcast(f - h, form.bits) & mask, x.kind))
    low = b.let(f - high - h + t)
    whole, first = b.let(n * two[0]), b.let(high * e[0])
    rest = op("fma", n, two[1], op("fma", low + high, e[1], low * e[0]))
    total = b.let(whole + first)
    return _with_limits(b, x, total + (rest + ((whole - total) + first)))


def _with_limits(b: Block, x: Expr, y: Expr) -> Expr:
    """The logarithm y of x where x is positive and finite, else what it is there."""
    limit = select(x > 0.0, x, select(x.equals(0.0), -math.inf, number(math.nan, x)))
    return b.let(select((x > 0.0) & (x < math.inf), y, limit))


def logaddexp(b: Block, x: Expr, y: Expr) -> Expr:
    """ln(e^x + e^y) = max(x, y) + ln(1 + e^-|x - y|)."""
    gap = b.let(select(x.equals(y), 0.0, -op("abs", x - y)))
    return op("maximum", x, y) + log1p(b, exp(b, gap))


def logaddexp2(b: Block, x: Expr, y: Expr) -> Expr:
    """log2(2^x + 2^y)."""
    gap = b.let(select(x.equals(y), 0.0, -op("abs", x - y)))
    return op("maximum", x, y) + log1p(b, exp2(b, gap)) * math.log2(math.e)


def xlogy(b: Block, x: Expr, y: Expr) -> Expr:
    """x ln(y), and 0 where x is 0 and y a number."""
    return b.let(select(x.equals(0.0) & y.equals(y), 0.0, x * log(b, y)))


def xlog1py(b: Block, x: Expr, y: Expr) -> Expr:
    """x ln(1 + y), and 0 where x is 0 and y a number."""
    return b.let(select(x.equals(0.0) & y.equals(y), 0.0, x * log1p(b, y)))
