"""Copies: values never change, so a copy of one is the value itself, if nobody sees the memory.

    %0 = copy x0; %1 = exp %0; -> %1        becomes        %0 = exp x0; -> %0

So is a cast to the dtype that it has, and the view of a whole value. `Scope.allows` knows when the
memory is seen: a result has memory of its own, and strides that the user asked for.
"""

from __future__ import annotations

from ..graph import Eqn, Graph
from .places import Place
from .rewriting import Found, Scope, rewrite


def remove_copies(graph: Graph) -> Graph:
    """The graph without copies that only move values."""
    return rewrite(graph, _source, ("copy", "cast", "view"))


def _source(eqn: Eqn, scope: Scope) -> Found:
    if eqn.op == "copy" or (eqn.op == "cast" and eqn.out.dtype == eqn.ins[0].dtype):
        return eqn.ins[0]
    if eqn.op == "view":
        (root,) = eqn.ins
        if Place(**eqn.params).same(Place(root.shape, root.strides)):
            return eqn.ins[0]
    return None
