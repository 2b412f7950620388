"""Going through a graph with a rule that says of each equation what else it may be.

Knows what may not change: the memory of results is their own, views are of roots, and strides stay
where somebody sees them.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Collection
from typing import Any

import numpy

from ..graph import Eqn, Graph, Var
from .places import SMALL, Place, blas_ready, same_strides

Found = Var | tuple[Var, ...] | list[Eqn] | None
"""What a rule says: None to keep the equation; values that stand for its outputs, if that is
allowed (else a copy of the value does); or equations in its place. If the last of these does not
make the same values, its outputs stand for them, if that is allowed."""

Rule = Callable[[Eqn, "Scope"], Found]


class Sight:
    """Who sees which memory, and so which values may stand for others."""

    def __init__(self, graph: Graph) -> None:
        roots = {e.out: e.ins[0] for e in graph.eqns if e.op == "view"}
        self.results = set(graph.results())
        self.shown = self.results | {roots[v] for v in self.results if v in roots}
        self.based = {e.ins[0] for e in graph.eqns if e.op in ("view", "update")}
        self.passed = {v for e in graph.eqns if e.op in ("call", "draw") for v in e.ins}
        self.multiplied = {v for e in graph.eqns if e.op == "matmul" for v in e.ins}

    def allows(self, old: Var, new: Var, op: str) -> bool:
        """Whether a value that `op` makes may stand for another, equal one."""
        if new.shape != old.shape or new.dtype != old.dtype:
            return False
        same = same_strides(old.shape, new.strides, old.strides)
        if old in self.shown and (op in ("", "view", "call") or new in self.shown):
            return False  # its memory is somebody else's
        if old in self.results and new.strides != old.strides:
            return False
        if old in self.based and (op == "view" or not same):
            return False
        if old in self.passed and not same:
            return False
        fast = old in self.multiplied and blas_ready(old.shape, old.strides)
        return not fast or blas_ready(new.shape, new.strides)

    def stand_for(self, old: Var, new: Var) -> None:
        """Who sees the old value sees the new one from here on."""
        for seen in (self.results, self.shown, self.based, self.passed, self.multiplied):
            if old in seen:
                seen.add(new)


class Scope:
    """What is known on the way through a graph: the new equations so far."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.eqns: list[Eqn] = []
        self.made_by: dict[Var, Eqn] = {}
        self.replaced: dict[Var, Var] = {}
        self.changed = False

    @functools.cached_property
    def sight(self) -> Sight:
        """Who sees which memory."""
        return Sight(self.graph)

    @functools.cached_property
    def uses(self) -> Counter[Var]:
        """How often each value is read."""
        return Counter((*(v for e in self.graph.eqns for v in e.ins), *self.graph.results()))

    def op(self, v: Var) -> str:
        """The operation that makes a value; empty for inputs and constants."""
        eqn = self.made_by.get(v)
        return eqn.op if eqn else ""

    def place(self, v: Var) -> tuple[Var, Place]:
        """Where a value is: its root, which is no view, and the place in that root's memory."""
        if self.op(v) == "view":
            eqn = self.made_by[v]
            return eqn.ins[0], Place(**eqn.params)
        return v, Place(v.shape, v.strides)

    def visit(self, eqn: Eqn, rule: Rule) -> None:
        """Append what a rule makes of an equation."""
        found = rule(eqn, self)
        if found is None:
            return self.append(eqn)
        if isinstance(found, list):
            eqns, outs = found, found[-1].outs if found else ()
            op = found[-1].op if found else ""
        else:
            eqns, outs = [], (found,) if isinstance(found, Var) else found
            op = self.op(outs[0])
        pairs = [(a, b) for a, b in zip(eqn.outs, outs, strict=True) if a is not b]
        if not all(self.sight.allows(old, new, op) for old, new in pairs):
            if not _may_be_copy(eqn, found):
                return self.append(eqn)
            eqns, pairs = [Eqn("copy", outs, eqn.outs, {}, eqn.of, eqn.line)], []
        self.changed = True
        for each in eqns:
            self.append(each)
        for old, new in pairs:
            self.replaced[old] = new
            self.sight.stand_for(old, new)

    def append(self, eqn: Eqn) -> None:
        """Take an equation as it is."""
        self.eqns.append(eqn)
        for v in eqn.outs:
            self.made_by[v] = eqn


def rewrite(graph: Graph, rule: Rule, ops: Collection[str] = ()) -> Graph:
    """The graph with a rule applied to each equation; the same object if nothing changed.

    Only equations of the operations `ops` are shown to the rule, if there are any.
    """
    if ops and not any(eqn.op in ops for eqn in graph.eqns):
        return graph
    scope = Scope(graph)
    replaced = scope.replaced
    for eqn in graph.eqns:
        if replaced and not replaced.keys().isdisjoint(eqn.ins):
            ins = tuple(replaced.get(v, v) for v in eqn.ins)
            eqn = Eqn(eqn.op, ins, eqn.outs, eqn.params, eqn.of, eqn.line)
        if not ops or eqn.op in ops:
            scope.visit(eqn, rule)
        else:
            scope.append(eqn)
    return graph.with_eqns(scope.eqns, replaced) if scope.changed else graph


def _may_be_copy(eqn: Eqn, found: Found) -> bool:
    """Whether a copy of the value that was found is simpler than the equation."""
    if not isinstance(found, Var) or eqn.op in ("copy", "view"):
        return False
    return found.shape == eqn.out.shape and found.dtype == eqn.out.dtype


def step(eqn: Eqn, op: str, ins: tuple[Var, ...], out: Var, **params: Any) -> Eqn:
    """An equation in the place of another, from the same line of the user's."""
    return Eqn(op, ins, (out,), params, eqn.of, eqn.line)


def view_of(eqn: Eqn, root: Var, place: Place, out: Var | None = None) -> Eqn:
    """The view of a place."""
    out = out or Var(place.shape, root.dtype, place.strides)
    return step(eqn, "view", (root,), out, **place.params())


def number(v: Var) -> Any:
    """The number that every element of a constant is, as a 0-d array of its dtype, else None."""
    if v.value is None or v.value.size == 0:
        return None
    first = v.value[(0,) * v.value.ndim]
    if all(s == 0 or n == 1 for s, n in zip(v.value.strides, v.shape, strict=True)):
        return numpy.asarray(first)
    if v.value.size > SMALL or not (v.value == first).all():
        return None
    signs = v.dtype.kind == "f" and not (numpy.signbit(v.value) == numpy.signbit(first)).all()
    return None if signs else numpy.asarray(first)


def constant(value: Any) -> Var:
    """A constant of an array."""
    array = numpy.asarray(value)
    strides = tuple(s // array.itemsize for s in array.strides)
    if any(s < 0 for s in strides):
        return constant(array.copy())
    return Var(array.shape, array.dtype, strides, array)
