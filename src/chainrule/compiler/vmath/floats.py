"""Floats as bits, and polynomials: what the elementary functions are made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..loops import F32, F64, U32, U64, Block, Const, Expr, bitcast, cast, op, select

Function = Callable[..., Expr]
"""A function of a block and of operands of one float type."""


@dataclass(frozen=True)
class Format:
    """How a float lies in memory: its sign, its exponent plus `bias`, `digits` of its fraction."""

    bits: str  # the integers of its size
    sign: int  # their first bit
    digits: int
    bias: int


FORMATS = {F32: Format(U32, 1 << 31, 23, 127), F64: Format(U64, 1 << 63, 52, 1023)}


def polynomial(b: Block, coefficients: Sequence[float], z: Expr) -> Expr:
    """c[0] + c[1] z + c[2] z^2 + ... by Horner's rule."""
    total: Expr = Const(coefficients[-1], z.kind)
    for c in reversed(coefficients[:-1]):
        total = op("fma", total, z, c)
    return b.let(total)


def number(value: float, like: Expr) -> Expr:
    """A number of the type of another."""
    return Const(value, like.kind)


def magnitude(b: Block, x: Expr) -> Expr:
    """|x|."""
    return b.let(op("abs", x))


def with_sign(x: Expr, sign: Expr) -> Expr:
    """x >= 0, or -x where the sign of another float is -, be that a zero."""
    form = FORMATS[x.kind]
    return bitcast(bitcast(x, form.bits) | (bitcast(sign, form.bits) & form.sign), x.kind)


def clamped(b: Block, x: Expr, low: float, high: float) -> Expr:
    """The number of [low, high] that is nearest to x; NaN stays."""
    return b.let(select(x > high, high, b.let(select(x < low, low, x))))


def power_of_two(b: Block, n: Expr, kind: str) -> Expr:
    """2^n for an integer n, -bias < n <= bias."""
    form = FORMATS[kind]
    return b.let(bitcast(cast(n + form.bias, form.bits) << form.digits, kind))


def scaled(b: Block, x: Expr, n: Expr) -> Expr:
    """x 2^n in two steps: either power can be written, and a denormal result is rounded once."""
    half = b.let(n >> 1)
    return b.let(x * power_of_two(b, half, x.kind) * power_of_two(b, n - half, x.kind))
