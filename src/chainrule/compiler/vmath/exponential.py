"""e^x and the functions made of it, of f32 and f64.

x is reduced to r = x - n ln 2 with |r| <= ln(2) / 2, where ln 2 has two parts so that r is as good
as exact, and e^r is a polynomial (Cody and Waite, Software Manual for the Elementary Functions,
1980).
"""

from __future__ import annotations

import math

from ..loops import F32, F64, I32, Block, Expr, cast, op, select
from .coefficients import EXP, EXP2, LN2, SINH
from .floats import (
    FORMATS,
    clamped,
    magnitude,
    number,
    polynomial,
    power_of_two,
    scaled,
    with_sign,
)

# Beyond these e^x / 2 and 2^x are 0 or infinite in rounding, and tanh(x) is 1.
_EXP_RANGE = {F32: (-105.0, 90.0), F64: (-747.0, 711.0)}
_EXP2_RANGE = {F32: (-151.0, 129.0), F64: (-1076.0, 1025.0)}
_TANH_ONE = {F32: 10.0, F64: 20.0}


def exp(b: Block, x: Expr) -> Expr:
    """e^x."""
    return exp_scaled(b, x, 0)


def exp_scaled(b: Block, x: Expr, shift: int) -> Expr:
    """e^x 2^shift, for a shift of 0 or -1."""
    n, t = reduced_expm1(b, clamped(b, x, *_EXP_RANGE[x.kind]))
    return scaled(b, b.let(t + 1.0), b.let(n + shift))


def reduced_expm1(
    b: Block, x: Expr, coefficients: tuple[float, ...] | None = None
) -> tuple[Expr, Expr]:
    """n and e^r - 1 for x = n ln 2 + r; the coefficients may be those of f32 for an f64."""
    high, low = LN2[x.kind]
    n = b.let(op("rint", x * math.log2(math.e)))
    r = b.let(op("fma", n, -low, op("fma", n, -high, x)))
    tail = polynomial(b, coefficients or EXP[x.kind], r)
    return b.let(cast(n, I32)), b.let(op("fma", b.let(r * r), tail, r))


def exp2(b: Block, x: Expr) -> Expr:
    """2^x."""
    x = clamped(b, x, *_EXP2_RANGE[x.kind])
    n = b.let(op("rint", x))
    r = b.let(x - n)
    power = op("fma", r, polynomial(b, EXP2[x.kind], r), 1.0)
    return scaled(b, b.let(power), b.let(cast(n, I32)))


def expm1(b: Block, x: Expr) -> Expr:
    """e^x - 1 = 2 (2^(n-1) (e^r - 1) + 2^(n-1) - 1/2), where 2^n itself could overflow."""
    digits = FORMATS[x.kind].digits
    low, high = -(digits + 2) * math.log(2), _EXP_RANGE[x.kind][1] - 1.0
    n, t = reduced_expm1(b, clamped(b, x, low, high))
    power = power_of_two(b, n - 1, x.kind)
    result = op("fma", t, power, power - 0.5) * 2.0
    return b.let(select(magnitude(b, x) < 2.0 ** -(digits + 2), x, result))


def tanh(b: Block, x: Expr) -> Expr:
    """tanh |x| = t / (t + 2) with t = e^(2 |x|) - 1, and the sign of x.

    For small t that is t / 2 - (t / 2) t / (t + 2), whose rounding errors are smaller.
    """
    size = magnitude(b, x)
    n, t = reduced_expm1(b, clamped(b, size + size, 0.0, 2 * _TANH_ONE[x.kind]))
    power = power_of_two(b, n, x.kind)
    t = b.let(op("fma", t, power, power - 1.0))
    ratio, half = b.let(t / (t + 2.0)), b.let(t * 0.5)
    return with_sign(select(t < 1.0, op("fma", -half, ratio, half), ratio), x)


def sinh(b: Block, x: Expr) -> Expr:
    """sinh |x| = e^|x| / 2 - 1 / (2 e^|x|), a polynomial below 1; and the sign of x."""
    size = magnitude(b, x)
    z = b.let(x * x)
    near = op("fma", b.let(size * z), polynomial(b, SINH[x.kind], z), size)
    half = exp_scaled(b, size, -1)
    return with_sign(b.let(select(size < 1.0, near, half - 0.25 / half)), x)


def cosh(b: Block, x: Expr) -> Expr:
    """e^|x| / 2 + 1 / (2 e^|x|)."""
    half = exp_scaled(b, magnitude(b, x), -1)
    return half + 0.25 / half


def expit(b: Block, x: Expr) -> Expr:
    """1 / (1 + e^-x), the sigmoid, of e = e^-|x|, which cannot overflow.

    For x < 0 it is e / (1 + e) = e - e e / (1 + e), whose rounding errors are smaller.
    """
    e = exp(b, -magnitude(b, x))
    ratio = b.let(select(x < 0.0, e, number(1.0, x)) / (e + 1.0))
    return b.let(select(x < 0.0, op("fma", -e, ratio, e), ratio))
