"""Common subexpressions: what is computed twice from the same values is computed once.

    %0 = exp x0; %1 = exp x0; %2 = add %0 %1        becomes        %0 = exp x0; %1 = add %0 %0

Draws and checks stay, and calls of which nobody says that they are pure.
"""

from __future__ import annotations

from typing import Any

from ..graph import Eqn, Graph, Var
from .places import SMALL
from .rewriting import Found, Scope, number, rewrite

COMMUTATIVE = ("add", "multiply")  # to the last bit, which maximum(0.0, -0.0) is not


def merge_common(graph: Graph) -> Graph:
    """The graph with each subexpression once."""
    known: dict[Any, tuple[Var, ...]] = {}

    def first(eqn: Eqn, scope: Scope) -> Found:
        if eqn.has_effect or (eqn.op == "call" and not eqn.params.get("pure")):
            return None
        outs = known.setdefault(_key(eqn), eqn.outs)
        if outs is eqn.outs:
            return None
        return outs[0] if len(outs) == 1 else outs

    return rewrite(graph, first)


def _key(eqn: Eqn) -> Any:
    ins: Any = map(_identity, eqn.ins)
    if eqn.op in COMMUTATIVE:
        ins = sorted(ins, key=hash)
    params = ((k, id(v) if k == "fn" else v) for k, v in eqn.params.items())
    return eqn.op, tuple(ins), tuple(params), tuple((v.shape, v.dtype) for v in eqn.outs)


def _identity(v: Var) -> Any:
    """Equal for values that are the same: of a constant its elements, else the value itself."""
    if v.value is None:
        return v
    one = number(v)
    if one is None and v.value.size > SMALL:
        return v
    return v.shape, v.strides, v.dtype, (v.value if one is None else one).tobytes()
