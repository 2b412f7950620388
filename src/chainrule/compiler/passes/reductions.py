"""Reductions that need no loop: over axes of one element, and over broadcast ones.

    %0 = view x0 (3,4) strides (0,1); %1 = sum %0 axes=(0)        becomes        %1 = multiply x0 3

The sum of n equal numbers is n times the number: the same for integers and for n that is a power of
two, and else rounded once where the sum is rounded often. A sum of a sum becomes one sum; that is
the same up to the order of its terms. The largest and the smallest are the same in any order.
"""

from __future__ import annotations

from typing import Any

import numpy

from ..graph import Eqn, Graph, Var
from ..vocabulary import REDUCTIONS
from .places import Place
from .rewriting import Found, Scope, constant, rewrite, step, view_of


def simplify_reductions(graph: Graph) -> Graph:
    """The graph with fewer and smaller reductions."""
    return rewrite(graph, _simpler, REDUCTIONS)


def _simpler(eqn: Eqn, scope: Scope) -> Found:
    (x,), axes = eqn.ins, eqn.params["axes"]
    if all(x.shape[i] == 1 for i in axes):
        return _of_one(eqn, scope)
    root, place = scope.place(x)
    same = {i for i in axes if place.strides[i] == 0 and x.shape[i] > 1}
    if same and eqn.op != "prod":
        return _of_equal(eqn, root, place, same)
    if scope.op(x) == eqn.op and eqn.out.dtype == x.dtype and scope.uses[x] == 1:
        return _of_reduced(eqn, scope.made_by[x])
    return None


def _of_one(eqn: Eqn, scope: Scope) -> Found:
    """Over axes of one element: the elements. NumPy's sum of -0.0 is 0.0, as that of -0.0 and 0."""
    root, place = scope.place(eqn.ins[0])
    view = view_of(eqn, root, place.without(eqn.params["axes"]))
    if view.out.dtype != eqn.out.dtype:
        return [view, step(eqn, "cast", view.outs, eqn.out)]
    if eqn.op == "sum" and eqn.out.dtype.kind == "f":
        return [view, step(eqn, "add", (view.out, _number(0.0, eqn.out)), eqn.out)]
    return [view, step(eqn, "copy", view.outs, eqn.out)]


def _of_equal(eqn: Eqn, root: Var, place: Place, same: set[int]) -> Found:
    """Over axes along which all elements are equal: one of them, a sum times their number."""
    left = [i for i in range(len(place.shape)) if i not in same]
    axes = tuple(left.index(i) for i in eqn.params["axes"] if i not in same)
    view = view_of(eqn, root, place.without(same))
    if eqn.op != "sum":
        return [view, step(eqn, eqn.op, view.outs, eqn.out, axes=axes)]
    count = int(numpy.prod([place.shape[i] for i in same]))
    total = Var(eqn.out.shape, eqn.out.dtype, eqn.out.strides)
    return [
        view,
        step(eqn, "sum", view.outs, total, axes=axes),
        step(eqn, "multiply", (total, _number(count, total)), eqn.out),
    ]


def _of_reduced(eqn: Eqn, inner: Eqn) -> Found:
    """Of a reduction of the same kind: both at once."""
    (x,), first = inner.ins, inner.params["axes"]
    left = [i for i in range(len(x.shape)) if i not in first]
    axes = tuple(sorted((*first, *(left[i] for i in eqn.params["axes"]))))
    return [step(eqn, eqn.op, (x,), eqn.out, axes=axes)]


def _number(value: Any, like: Var) -> Var:
    return constant(numpy.array(value, like.dtype))
