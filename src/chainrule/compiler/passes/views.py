"""Views: of a copy or an update they become views of what was there before.

    %0 = update x0 %v (row 1); %1 = view %0 (row 2)        becomes        %1 = view x0 (row 2)

A view of the updated region is a view of the new value; an update of everything is a copy of it;
an update of what was just updated forgets the first. What is not read any more then is dead code.
"""

from __future__ import annotations

from ..graph import Eqn, Graph, Var
from .places import Place, compose, disjoint
from .rewriting import Found, Scope, rewrite, step, view_of


def resolve_views(graph: Graph) -> Graph:
    """The graph with views of the earliest values, and without updates of everything."""
    return rewrite(graph, _resolved, ("view", "update"))


def _resolved(eqn: Eqn, scope: Scope) -> Found:
    if eqn.op == "update":
        return _update(eqn, scope)
    base, place = eqn.ins[0], Place(**eqn.params)
    if scope.op(base) == "copy":
        root, before = scope.place(scope.made_by[base].ins[0])
        found = compose(place, Place(base.shape, base.strides), before)
        return [view_of(eqn, root, found)] if found else None
    if scope.op(base) == "update":
        before_update, value = scope.made_by[base].ins
        region = Place(**scope.made_by[base].params)
        if disjoint(place, region):
            return [view_of(eqn, before_update, place)]
        return _of_value(eqn, scope, place, region, value)
    return None


def _of_value(eqn: Eqn, scope: Scope, place: Place, region: Place, value: Var) -> Found:
    """The view of a place within a region that holds a value."""
    casts = []
    if value.dtype != eqn.out.dtype:
        casts = [step(eqn, "cast", (value,), Var(value.shape, eqn.out.dtype))]
        value = casts[0].out
    root, old = scope.place(value)
    if len(old.shape) > len(region.shape):
        return None
    found = compose(place, region, old.expanded(region.shape))
    return [*casts, view_of(eqn, root, found)] if found else None


def _update(eqn: Eqn, scope: Scope) -> Found:
    base, value = eqn.ins
    whole, region = Place(base.shape, base.strides), Place(**eqn.params)
    root, old = scope.place(value)
    if 0 in region.shape or (root is base and old.same(region)):
        return base
    views = _of_value(eqn, scope, whole, region, value)
    if isinstance(views, list):
        return [*views, step(eqn, "copy", views[-1].outs, eqn.out)]
    if scope.op(base) == "update":
        first = scope.made_by[base]
        hidden = Place(**first.params)
        if compose(hidden, region, region):
            return [step(eqn, "update", (first.ins[0], value), eqn.out, **eqn.params)]
    return None
