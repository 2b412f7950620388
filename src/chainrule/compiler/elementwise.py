"""Pointwise operations in the loop language, with NumPy's meaning for every element.

Only the functions that `vmath` approximates may differ from NumPy, in the last place. Knows scalars
alone, neither shapes nor memory.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy

from . import vmath
from .graph import Eqn
from .loops import (
    BOOL,
    F32,
    F64,
    LIBRARY,
    TYPES,
    Block,
    Const,
    Expr,
    Op,
    bitcast,
    cast,
    is_float,
    select,
)
from .loops import op as operation
from .vocabulary import REDUCTIONS, is_pointwise, pointwise

Rule = Callable[..., Expr]

_DEAR = ("divide", "true_divide", "sqrt", "reciprocal", "floor_divide", "remainder", "fmod")
_RULES: dict[str, Rule] = {}


@functools.cache
def kind_of(dtype: numpy.dtype[Any]) -> str | None:
    """The scalar type of the elements of an array; None if the loop language has none."""
    if not dtype.isnative:
        return None
    name = BOOL if dtype.kind == "b" else f"{dtype.kind}{8 * dtype.itemsize}"
    return name if name in TYPES else None


def lowers(eqn: Eqn) -> bool:
    """Whether a pointwise equation can be written in the loop language."""
    return is_pointwise(eqn.op) and _found(eqn) is not None


def cost(eqn: Eqn) -> float:
    """About how many simple operations an element takes."""
    found = _found(eqn)
    if eqn.op in _RULES and found is not None and _is_direct(eqn.op, found[0]):
        dear = eqn.op in _DEAR and is_float(found[0][0])
        return 30.0 if dear else 1.0
    return 1.0 if eqn.op in REDUCTIONS else 80.0


def compute(eqn: Eqn, block: Block, args: Sequence[Expr]) -> Expr:
    """One element of the equation's output from one of each of its inputs."""
    found = _found(eqn)
    assert found is not None
    kinds, made, rule = found
    met = [cast(a, k) for a, k in zip(args, kinds, strict=True)]
    result = cast(rule(block, *met), made)
    kind = kind_of(eqn.out.dtype)
    assert kind is not None
    return block.let(cast(result, kind))


def _found(eqn: Eqn) -> tuple[tuple[str, ...], str, Rule] | None:
    """The types of a pointwise equation's operands and result, and its rule."""
    return _look_up(eqn.op, tuple(v.dtype for v in eqn.ins), eqn.out.dtype)


@functools.cache
def _look_up(
    name: str, ins: tuple[numpy.dtype[Any], ...], out: numpy.dtype[Any]
) -> tuple[tuple[str, ...], str, Rule] | None:
    if any(kind_of(d) is None for d in (*ins, out)):
        return None
    if name in ("cast", "copy") or name in REDUCTIONS:  # a reduction over no axis
        met, made = ins, out
    elif name == "where":
        met, made = (numpy.dtype(bool), out, out), out
    else:
        function: Any = pointwise(name)
        try:
            *met, made = function.resolve_dtypes((*ins, *[None] * function.nout))
        except TypeError:
            return None
        if function.nout != 1:
            return None
    kinds = tuple(kind_of(d) for d in (*met, made))
    if None in kinds:
        return None
    rule = _rule(name, kinds[:-1])  # type: ignore[arg-type]
    return None if rule is None else (kinds[:-1], kinds[-1], rule)  # type: ignore[return-value]


def _rule(name: str, kinds: tuple[str, ...]) -> Rule | None:
    if name in REDUCTIONS:
        return _same
    if name in _RULES and _is_direct(name, kinds):
        return _RULES[name]
    if not kinds or not is_float(kinds[0]):
        return None
    if name in vmath.FUNCTIONS:
        return vmath.FUNCTIONS[name]
    known = {"power": "pow"}.get(name, name)
    return functools.partial(_library, known) if known in LIBRARY else None


def _is_direct(name: str, kinds: tuple[str, ...]) -> bool:
    """Whether the table's rule holds for operands of these types."""
    if name in ("subtract", "negative", "reciprocal", "sign"):
        return kinds[0] != BOOL and (name != "reciprocal" or is_float(kinds[0]))
    return True


def _library(name: str, block: Block, *args: Expr) -> Expr:
    """A function of the C library, in double precision."""
    return cast(Op(name, tuple(cast(a, F64) for a in args), F64), args[0].kind)


def rule(*names: str) -> Callable[[Rule], Rule]:
    """Enter a function of (block, *operands) for pointwise operations."""

    def enter(function: Rule) -> Rule:
        for name in names:
            _RULES[name] = function
        return function

    return enter


def _plain(name: str, symbol: str) -> None:
    _RULES[name] = lambda block, *args: operation(symbol, *args)


for _name, _symbol in {
    "subtract": "sub", "less": "lt", "less_equal": "le", "greater": "gt", "greater_equal": "ge",
    "equal": "eq", "not_equal": "ne", "bitwise_and": "and", "bitwise_or": "or",
    "bitwise_xor": "xor", "invert": "not", "bitwise_not": "not", "bitwise_invert": "not",
    "negative": "neg", "sqrt": "sqrt",
}.items():  # fmt: skip
    _plain(_name, _symbol)


@rule("cast", "copy", "positive", "conjugate", "conj")
def _same(block: Block, x: Expr) -> Expr:
    return x


@rule("where")
def _where(block: Block, condition: Expr, yes: Expr, no: Expr) -> Expr:
    return select(condition, yes, no)


@rule("add")
def add(block: Block, x: Expr, y: Expr) -> Expr:
    """x + y; of bools whether one is true."""
    return x | y if x.kind == BOOL else x + y


@rule("multiply")
def multiply(block: Block, x: Expr, y: Expr) -> Expr:
    """x * y; of bools whether both are true."""
    return x & y if x.kind == BOOL else x * y


@rule("maximum")
def maximum(block: Block, x: Expr, y: Expr) -> Expr:
    """The larger one; NaN if one is."""
    return x | y if x.kind == BOOL else operation("maximum", x, y)


@rule("minimum")
def minimum(block: Block, x: Expr, y: Expr) -> Expr:
    """The smaller one; NaN if one is."""
    return x & y if x.kind == BOOL else operation("minimum", x, y)


@rule("fmax")
def _fmax(block: Block, x: Expr, y: Expr) -> Expr:
    if not is_float(x.kind):
        return maximum(block, x, y)
    return select((x >= y) | y.differs(y), x, y)


@rule("fmin")
def _fmin(block: Block, x: Expr, y: Expr) -> Expr:
    if not is_float(x.kind):
        return minimum(block, x, y)
    return select((x <= y) | y.differs(y), x, y)


@rule("absolute", "fabs")
def _absolute(block: Block, x: Expr) -> Expr:
    return x if x.kind == BOOL or x.kind[0] == "u" else operation("abs", x)


@rule("square")
def _square(block: Block, x: Expr) -> Expr:
    return multiply(block, x, x)


@rule("reciprocal")
def _reciprocal(block: Block, x: Expr) -> Expr:
    return 1.0 / x


@rule("sign")
def _sign(block: Block, x: Expr) -> Expr:
    one, zero = _number(1, x), _number(0, x)
    if x.kind[0] == "u":
        return select(x > 0, one, zero)
    if not is_float(x.kind):
        return select(x > 0, one, select(x < 0, _number(-1, x), zero))
    rest = select(x.equals(0.0), zero, x)  # NaN stays
    return select(x > 0.0, one, select(x < 0.0, _number(-1, x), rest))


def _rounding(symbol: str, block: Block, x: Expr) -> Expr:
    return operation(symbol, x) if is_float(x.kind) else x


for _name in ("floor", "ceil", "rint", "trunc"):
    _RULES[_name] = functools.partial(_rounding, _name)


@rule("divide", "true_divide")
def _divide(block: Block, x: Expr, y: Expr) -> Expr:
    return x / y


@rule("floor_divide")
def _floor_divide(block: Block, x: Expr, y: Expr) -> Expr:
    divmod_of = _float_division if is_float(x.kind) else _integer_division
    return divmod_of(block, x, y)[0]


@rule("remainder", "mod")
def _remainder(block: Block, x: Expr, y: Expr) -> Expr:
    divmod_of = _float_division if is_float(x.kind) else _integer_division
    return divmod_of(block, x, y)[1]


@rule("fmod")
def _fmod(block: Block, x: Expr, y: Expr) -> Expr:
    if is_float(x.kind):
        return _library("fmod", block, x, y)
    safe, special = _divisor(block, y)
    return select(special, _number(0, x), operation("rem", x, safe))


def _float_division(block: Block, x: Expr, y: Expr) -> tuple[Expr, Expr]:
    """Quotient rounded down, and the remainder with the divisor's sign, rounded as NumPy does."""
    rest = block.let(_library("fmod", block, x, y))
    other = block.let(rest.differs(0.0) & ((y < 0.0) ^ (rest < 0.0)))
    quotient = (x - rest) / y
    raw = block.let(select(other, quotient - 1.0, quotient))
    floor = block.let(operation("floor", raw))
    near = select((raw - floor) > 0.5, floor + 1.0, floor)
    zero = _number(0.0, x)
    whole = select(raw.equals(0.0), _with_sign(zero, x / y), near)
    moved = select(other, rest + y, rest)
    by_zero = block.let(y.equals(0.0))
    signed = select(rest.equals(0.0), _with_sign(zero, y), moved)
    return select(by_zero, x / y, whole), select(by_zero, rest, signed)


def _divisor(block: Block, y: Expr) -> tuple[Expr, Expr]:
    """A divisor that the machine can divide by, and whether y was no such (0 or -1)."""
    special = y.equals(0)
    if y.kind[0] == "i":
        special = special | y.equals(-1)
    special = block.let(special)
    return block.let(select(special, _number(1, y), y)), special


def _integer_division(block: Block, x: Expr, y: Expr) -> tuple[Expr, Expr]:
    """Quotient rounded down and remainder; both 0 for a division by zero."""
    safe, special = _divisor(block, y)
    quotient, rest = block.let(x / safe), block.let(operation("rem", x, safe))
    zero = _number(0, x)
    if y.kind[0] == "u":
        return select(special, zero, quotient), select(special, zero, rest)
    down = block.let(rest.differs(0) & ((rest < 0) ^ (safe < 0)))
    lower, moved = select(down, quotient - 1, quotient), select(down, rest + safe, rest)
    by_special = select(y.equals(0), zero, -x)
    return select(special, by_special, lower), select(special, zero, moved)


@rule("isnan")
def _isnan(block: Block, x: Expr) -> Expr:
    return x.differs(x) if is_float(x.kind) else Const(False, BOOL)


@rule("isinf")
def _isinf(block: Block, x: Expr) -> Expr:
    return operation("abs", x).equals(float("inf")) if is_float(x.kind) else Const(False, BOOL)


@rule("isfinite")
def _isfinite(block: Block, x: Expr) -> Expr:
    return operation("abs", x) < float("inf") if is_float(x.kind) else Const(True, BOOL)


@rule("signbit")
def _signbit(block: Block, x: Expr) -> Expr:
    return _bits(x) < 0


@rule("copysign")
def _copysign(block: Block, x: Expr, y: Expr) -> Expr:
    return _with_sign(operation("abs", x), y)


@rule("heaviside")
def _heaviside(block: Block, x: Expr, at_zero: Expr) -> Expr:
    step = select(x < 0.0, _number(0.0, x), _number(1.0, x))
    return select(x.differs(x), x, select(x.equals(0.0), at_zero, step))


@rule("logical_not")
def _logical_not(block: Block, x: Expr) -> Expr:
    return ~cast(x, BOOL)


@rule("logical_and")
def _logical_and(block: Block, x: Expr, y: Expr) -> Expr:
    return cast(x, BOOL) & cast(y, BOOL)


@rule("logical_or")
def _logical_or(block: Block, x: Expr, y: Expr) -> Expr:
    return cast(x, BOOL) | cast(y, BOOL)


@rule("logical_xor")
def _logical_xor(block: Block, x: Expr, y: Expr) -> Expr:
    return cast(x, BOOL) ^ cast(y, BOOL)


@rule("left_shift", "bitwise_left_shift")
def _left_shift(block: Block, x: Expr, by: Expr) -> Expr:
    inside, safe = _shift(block, x, by)
    return select(inside, x << safe, _number(0, x))


@rule("right_shift", "bitwise_right_shift")
def _right_shift(block: Block, x: Expr, by: Expr) -> Expr:
    inside, safe = _shift(block, x, by)
    beyond = _number(0, x) if x.kind[0] == "u" else select(x < 0, _number(-1, x), _number(0, x))
    return select(inside, x >> safe, beyond)


def _shift(block: Block, x: Expr, by: Expr) -> tuple[Expr, Expr]:
    """Whether the count is one that the machine can shift by, and one that is."""
    inside = by < int(x.kind[1:])
    if by.kind[0] == "i":
        inside = inside & (by >= 0)
    inside = block.let(inside)
    return inside, block.let(select(inside, by, _number(0, by)))


def _bits(x: Expr) -> Expr:
    """The bits of a float as an integer."""
    return bitcast(x, "i32" if x.kind == F32 else "i64")


def _with_sign(magnitude: Expr, sign: Expr) -> Expr:
    """A number that is not negative, with the sign of another."""
    return select(_bits(sign) < 0, -magnitude, magnitude)


def _number(value: Any, like: Expr) -> Const:
    return Const(value, like.kind)
