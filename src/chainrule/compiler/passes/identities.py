"""Identities of algebra that hold to the last bit, for NaN, infinities and signed zeros too.

    %0 = multiply x0 1; %1 = negative %0; %2 = add x1 %1        becomes        %0 = subtract x1 x0

What is not one stays: x + 0.0 is 0.0 where x is -0.0.
"""

from __future__ import annotations

import math
from typing import Any

import numpy

from ..graph import Eqn, Graph, Var
from .rewriting import Found, Scope, constant, number, rewrite, step

# Operation: kinds of dtypes, the number that changes nothing, whether also on the left.
NEUTRAL: dict[str, tuple[tuple[str, float, bool], ...]] = {
    "add": (("f", -0.0, True), ("iu", 0, True)),
    "subtract": (("f", 0.0, False), ("iu", 0, False)),
    "multiply": (("fiub", 1, True),),
    "divide": (("f", 1, False),),
    "floor_divide": (("iu", 1, False),),
    "power": (("fiu", 1, False),),
    "maximum": (("f", -math.inf, True), ("b", False, True)),
    "minimum": (("f", math.inf, True), ("b", True, True)),
    "logical_and": (("b", True, True),),
    "logical_or": (("b", False, True),),
    "logical_xor": (("b", False, True),),
    "bitwise_and": (("iu", -1, True), ("b", True, True)),
    "bitwise_or": (("iub", 0, True),),
    "bitwise_xor": (("iub", 0, True),),
}
INVOLUTIONS = ("negative", "invert", "conjugate")  # twice is nothing
IDEMPOTENT = ("maximum", "minimum", "logical_and", "logical_or", "bitwise_and", "bitwise_or")
SIGNLESS = ("square", "absolute", "fabs", "exp", "exp2", "cosh")  # never negative nor -0.0


def simplify(graph: Graph) -> Graph:
    """The graph with simpler equations for those that an identity makes so."""
    return rewrite(graph, _simpler, RULES.keys() | NEUTRAL.keys())


def _simpler(eqn: Eqn, scope: Scope) -> Found:
    rule = RULES.get(eqn.op)
    found = rule(eqn, scope) if rule else None
    if found is not None or eqn.op not in NEUTRAL:
        return found
    x, y = eqn.ins
    if eqn.op in IDEMPOTENT and x is y:
        return x
    if _is_neutral(eqn.op, y, right=True):
        return x
    return y if _is_neutral(eqn.op, x, right=False) else None


def _is_neutral(op: str, v: Var, right: bool) -> bool:
    one = number(v)
    if one is None:
        return False
    return any(
        v.dtype.kind in kinds and _is(one, neutral) and (right or left)
        for kinds, neutral, left in NEUTRAL[op]
    )


def _is(one: Any, value: float) -> bool:
    """Whether a constant is a number, with its sign."""
    return bool(one == value) and math.copysign(1, one) == math.copysign(1, value)


# One rule an operation


def _add(eqn: Eqn, scope: Scope) -> Found:
    """x + -y is x - y; x + 0.0 is x if x is never -0.0."""
    for x, y in (eqn.ins, eqn.ins[::-1]):
        if scope.op(y) == "negative":
            return [step(eqn, "subtract", (x, scope.made_by[y].ins[0]), eqn.out)]
        if _is_plus_zero(y) and _never_minus_zero(x, scope):
            return x
    return None


def _subtract(eqn: Eqn, scope: Scope) -> Found:
    """x - -y is x + y."""
    x, y = eqn.ins
    if scope.op(y) == "negative":
        return [step(eqn, "add", (x, scope.made_by[y].ins[0]), eqn.out)]
    return None


def _never_minus_zero(v: Var, scope: Scope) -> bool:
    op = scope.op(v)
    if op in ("multiply", "add"):
        x, y = scope.made_by[v].ins
        return x is y if op == "multiply" else any(_is_plus_zero(each) for each in (x, y))
    return op in SIGNLESS


def _is_plus_zero(v: Var) -> bool:
    one = number(v) if v.dtype.kind == "f" else None
    return one is not None and _is(one, 0.0)


def _divide(eqn: Eqn, scope: Scope) -> Found:
    """Division by a power of two is multiplication with its reciprocal."""
    x, y = eqn.ins
    one = number(y)
    if y.dtype.kind != "f" or one is None or abs(math.frexp(one)[0]) != 0.5 or _is(one, 1):
        return None
    limits = numpy.finfo(y.dtype)
    inverse = 1 / float(one)
    if not float(limits.tiny) <= abs(inverse) <= float(limits.max):
        return None
    factor = constant(numpy.broadcast_to(numpy.array(inverse, y.dtype), y.shape))
    return [step(eqn, "multiply", (x, factor), eqn.out)]


def _twice(eqn: Eqn, scope: Scope) -> Found:
    """- -x, and the like."""
    (x,) = eqn.ins
    return scope.made_by[x].ins[0] if scope.op(x) == eqn.op else None


def _absolute(eqn: Eqn, scope: Scope) -> Found:
    """abs of what is never negative; abs(-x)."""
    (x,) = eqn.ins
    if x.dtype.kind == "f" and (scope.op(x) in SIGNLESS):
        return x
    if scope.op(x) == "negative":
        return [step(eqn, eqn.op, scope.made_by[x].ins, eqn.out)]
    return None


def _same(eqn: Eqn, scope: Scope) -> Found:
    return eqn.ins[0] if eqn.ins[0].dtype.kind in "fiu" else None


def _where(eqn: Eqn, scope: Scope) -> Found:
    """A mask that is known, or two values that are one."""
    mask, x, y = eqn.ins
    known = number(mask)
    if known is not None:
        return x if known else y
    return x if x is y else None


def _cast(eqn: Eqn, scope: Scope) -> Found:
    """A cast to a wider dtype and on: only the second matters, and not even that if it is back."""
    (x,) = eqn.ins
    if scope.op(x) != "cast":
        return None
    (first,) = scope.made_by[x].ins
    if not _is_wider(first.dtype, x.dtype):
        return None
    return first if eqn.out.dtype == first.dtype else [step(eqn, "cast", (first,), eqn.out)]


def _is_wider(one: numpy.dtype[Any], other: numpy.dtype[Any]) -> bool:
    """Whether the second has all numbers of the first."""
    rounded = one.kind in "iu" and one.itemsize == 8 and other.kind == "f"  # safe for NumPy
    known = one.kind in "biuf" and other.kind in "biuf"
    return known and not rounded and numpy.can_cast(one, other, "safe")


RULES = {
    "add": _add,
    "subtract": _subtract,
    "divide": _divide,
    "absolute": _absolute,
    "fabs": _absolute,
    "positive": _same,
    "where": _where,
    "cast": _cast,
    **dict.fromkeys(INVOLUTIONS, _twice),
}
