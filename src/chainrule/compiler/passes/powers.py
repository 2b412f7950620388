"""Powers with a small constant exponent, as the multiplications that they are.

    %0 = power x0 2        becomes        %0 = multiply x0 x0

Exponents 2, -1 and 0.5 give what NumPy gives, 3 and 4 are within 2 units in the last place of it.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy

from ..graph import Eqn, Graph, Var
from .rewriting import Found, Scope, constant, number, rewrite, step


def expand_powers(graph: Graph) -> Graph:
    """The graph without powers that a few multiplications are."""
    return rewrite(graph, _multiplied, ("power",))


def _multiplied(eqn: Eqn, scope: Scope) -> Found:
    x, y = eqn.ins
    exponent = number(y)
    if exponent is None or x.shape != eqn.out.shape or y.dtype.kind not in "fiu":
        return None
    if exponent in (2, 3, 4):
        return _product(eqn, x, int(exponent))
    if exponent == -1 and y.dtype.kind == "f":
        return [step(eqn, "divide", (constant(numpy.ones((), x.dtype)), x), eqn.out)]
    if exponent == 0.5 and _is_one(y) and _root_is_power(y.dtype):
        return [step(eqn, "sqrt", (x,), eqn.out)]
    return None


def _product(eqn: Eqn, x: Var, exponent: int) -> list[Eqn]:
    if exponent == 2:
        return [step(eqn, "multiply", (x, x), eqn.out)]
    square = Var(eqn.out.shape, eqn.out.dtype, eqn.out.strides)
    other = x if exponent == 3 else square
    return [
        step(eqn, "multiply", (x, x), square),
        step(eqn, "multiply", (square, other), eqn.out),
    ]


def _is_one(v: Var) -> bool:
    """Whether a constant is one number in memory: of many exponents NumPy asks C's pow."""
    return v.value is not None and not any(v.value.strides)


@functools.cache
def _root_is_power(kind: numpy.dtype[Any]) -> bool:
    """Whether this NumPy's x ** 0.5 is sqrt(x) also where C's pow differs, at -0.0 and -inf."""
    x = numpy.array([-0.0, -numpy.inf, 2.0], kind)
    with numpy.errstate(all="ignore"):
        power, root = numpy.power(x, numpy.array(0.5, kind)), numpy.sqrt(x)
    same = numpy.array_equal(power, root, equal_nan=True)
    return same and bool(numpy.signbit(power[0]) == numpy.signbit(root[0]))
