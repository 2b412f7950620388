"""sin, cos and tan of f32, exact for all of its range.

|x| = q pi / 2 + r with |r| <= pi / 4, or |x| = r below 1. |x| is a 24-bit integer m times 2^e, so
that digits of 2^e 2 / pi which make multiples of 4 of the product do not count, and the 96 behind
them do (Payne and Hanek, Radian reduction for trigonometric functions, 1983).
"""

from __future__ import annotations

import math

from ..loops import F32, F64, I32, U32, U64, Block, Const, Expr, bitcast, cast, op, select
from .coefficients import COS, SIN
from .floats import magnitude, number, polynomial

_TWO_OVER_PI = (
    0x00000051, 0x7CC1B727, 0x220A94FE, 0x13ABE8FA, 0x9A6EE06D, 0xB14ACC9E, 0x21C820FF,
)  # fmt: skip
"""Of 2^-25 2 / pi, 32 binary digits behind the point in each word."""

_SIGN = 1 << 31
_QUARTER = (1.5707963705062866, -4.371139000186243e-08)  # pi / 2, as a sum of two f32


def sin(b: Block, x: Expr) -> Expr:
    """sin(x)."""
    q, r = _reduced(b, x, F32)
    return _wave(b, q, r, x, bitcast(x, U32) & _SIGN)


def cos(b: Block, x: Expr) -> Expr:
    """cos(x), a quarter of a turn ahead of sin(|x|)."""
    q, r = _reduced(b, x, F32)
    return _wave(b, b.let(q + 1), r, x, Const(0, U32))


def tan(b: Block, x: Expr) -> Expr:
    """tan(x): sin(r) / cos(r) or -cos(r) / sin(r), in f64."""
    q, r = _reduced(b, x, F64)
    sine, cosine = _kernel(b, r)
    even = (q & 1).equals(0)
    ratio = select(even, sine, cosine) / select(even, cosine, -sine)
    value = cast(b.let(ratio), F32)
    return _finite(b, x, bitcast(bitcast(value, U32) ^ (bitcast(x, U32) & _SIGN), F32))


def _wave(b: Block, q: Expr, r: Expr, x: Expr, sign: Expr) -> Expr:
    """sin(q pi / 2 + r), negated where the bit of the sign is set; NaN for infinite x."""
    sine, cosine = _kernel(b, r)
    value = b.let(select((q & 1).equals(0), sine, cosine))
    return _finite(b, x, bitcast(bitcast(value, U32) ^ ((q & 2) << 30) ^ sign, F32))


def _kernel(b: Block, r: Expr) -> tuple[Expr, Expr]:
    """sin(r) and cos(r)."""
    z = b.let(r * r)
    sine = op("fma", b.let(r * z), polynomial(b, SIN[F32], z), r)
    half = op("fma", z, -0.5, 1.0)
    return b.let(sine), b.let(op("fma", b.let(z * z), polynomial(b, COS[F32], z), half))


def _finite(b: Block, x: Expr, y: Expr) -> Expr:
    """y, or NaN where x is infinite or NaN."""
    return b.let(select(magnitude(b, x) < math.inf, y, number(math.nan, x)))


def _reduced(b: Block, x: Expr, kind: str) -> tuple[Expr, Expr]:
    """q mod 4, an u32, and r, of a float type."""
    size = magnitude(b, x)
    bits = b.let(bitcast(size, U32))
    m = b.let((bits & 0x7FFFFF) | 0x800000)
    first, second, third = _digits(b, b.let((bits >> 23) - 127))
    more = b.let(_upper(m, third))
    low = b.let(m * second + more)
    carry = select(low < more, 1, Const(0, U32))
    high = b.let(m * first + _upper(m, second) + carry)
    q = b.let((high + (1 << 29)) >> 30)
    near = b.let(size < 1.0)
    rest = _angle(b, b.let(bitcast(high - (q << 30), I32)), low, kind)
    return b.let(select(near, 0, q)), b.let(select(near, cast(size, kind), rest))


def _upper(x: Expr, y: Expr) -> Expr:
    """The upper half of the product of two u32."""
    return cast((cast(x, U64) * cast(y, U64)) >> 32, U32)


def _angle(b: Block, high: Expr, low: Expr, kind: str) -> Expr:
    """(high + low 2^-32) 2^-30 pi / 2, of the first 22 bits and of what they leave."""
    coarse = b.let((high + 64) & -128)
    fine = ((high - coarse) << 24) + bitcast(low >> 8, I32)
    first, second = (b.let(cast(part, kind)) for part in (coarse, fine))
    rest = op("fma", first, _QUARTER[1] * 2.0**-30, second * (_QUARTER[0] * 2.0**-54))
    return b.let(op("fma", first, _QUARTER[0] * 2.0**-30, rest))


def _digits(b: Block, start: Expr) -> tuple[Expr, Expr, Expr]:
    """96 binary digits of 2 / pi from one of them on, in words of 32."""
    block, shift = b.let(start >> 5), b.let(start & 31)
    words = [_word(b, block, i) for i in range(4)]
    first, second, third = (
        b.let((words[i] << shift) | ((words[i + 1] >> 1) >> (31 - shift))) for i in range(3)
    )
    return first, second, third


def _word(b: Block, block: Expr, offset: int) -> Expr:
    """The word of a block from 0 to 3, or one behind it."""
    words = [Const(word, U32) for word in _TWO_OVER_PI[offset : offset + 4]]
    odd = b.let((block & 1).differs(0))
    first, second = select(odd, words[1], words[0]), select(odd, words[3], words[2])
    return b.let(select((block & 2).differs(0), second, first))
