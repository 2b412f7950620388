"""Constants: what depends on constants only is computed while compiling.

    %0 = multiply 2 3; %1 = add x0 %0        becomes        %0 = add x0 6

Only small results are: a large one would be read from memory where it could be computed. A constant
that is one number everywhere becomes that number, where the shape of the result allows it. A check
of a constant that is as expected goes.
"""

from __future__ import annotations

from typing import Any

import numpy

from ..graph import Eqn, Graph, Var, extent
from ..vocabulary import evaluate, is_pointwise, laid_out
from .places import SMALL
from .rewriting import Found, Scope, constant, number, rewrite, step


def fold_constants(graph: Graph) -> Graph:
    """The graph with the constants it computes from others as constants of their own."""
    return rewrite(graph, _folded)


def _folded(eqn: Eqn, scope: Scope) -> Found:
    if eqn.op == "check" and "fn" not in eqn.params:
        value = eqn.ins[0].value
        return [] if value is not None and bool(value) == eqn.params["expected"] else None
    if eqn.op in ("call", "draw", "check") or all(v.value is None for v in eqn.ins):
        return None
    if any(v.value is None for v in eqn.ins):
        return _with_numbers(eqn) if is_pointwise(eqn.op) else None
    out = eqn.out
    if out.size and extent(out.shape, out.strides) < SMALL:
        return constant(_value(eqn, [v.value for v in eqn.ins]))
    if is_pointwise(eqn.op):
        numbers = [number(v) for v in eqn.ins]
        if all(each is not None for each in numbers):
            scalar = Eqn(eqn.op, eqn.ins, (Var((), out.dtype),), eqn.params)
            return constant(numpy.broadcast_to(_value(scalar, numbers), out.shape))
    return None


def _value(eqn: Eqn, arrays: list[Any]) -> Any:
    with numpy.errstate(all="ignore"):
        found = evaluate(eqn, arrays)[0]
    return found if eqn.op == "view" else laid_out(found, eqn.out)


def _with_numbers(eqn: Eqn) -> Found:
    """With numbers for constants that are one number everywhere."""
    ins = list(eqn.ins)
    for i, v in enumerate(ins):
        if v.shape and (one := _number_for(eqn.op, v)) is not None:
            others = [x.shape for k, x in enumerate(ins) if k != i]
            if numpy.broadcast_shapes(*others) == eqn.out.shape:
                ins[i] = constant(one)
    if ins == list(eqn.ins):
        return None
    return [step(eqn, eqn.op, tuple(ins), eqn.out)]


def _number_for(op: str, v: Var) -> Any:
    """The number, but for a power: NumPy takes other ways for one exponent than for many."""
    many = op == "power" and v.value is not None and any(v.value.strides)
    return None if many else number(v)
