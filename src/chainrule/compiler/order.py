"""The order of a program's steps: checks first, and writes in place after the last reader."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from itertools import pairwise

from .graph import Eqn, Graph, Shape, Var
from .groups import Group, schedule
from .layout import dense
from .lower import may_overwrite

Step = Group | Eqn


def distinct(graph: Graph) -> Graph:
    """Results that are inputs, constants, views or one another are copied, so that none shares."""
    made = {v: e.op for e in graph.eqns for v in e.outs}
    eqns, taken = list(graph.eqns), set()

    def own(v: Var, strides: Shape) -> Var:
        if made.get(v, "view") != "view" and v not in taken and v.strides == strides:
            taken.add(v)
            return v
        copy = Var(v.shape, v.dtype, strides)
        eqns.append(Eqn("copy", (v,), (copy,)))
        return copy

    writes = tuple((target, own(v, target.strides)) for target, v in graph.writes)
    outputs = tuple(own(v, dense(v)) for v in graph.outputs)
    return Graph(graph.inputs, eqns, outputs, writes)


def root_of(v: Var, views: dict[Var, Eqn]) -> Var:
    """The value in whose memory a view lies; other values themselves."""
    return views[v].ins[0] if v in views else v


def reads(step: Step, views: dict[Var, Eqn]) -> set[Var]:
    """The values whose memory a step reads."""
    return {root_of(v, views) for v in (step.inputs if isinstance(step, Group) else step.ins)}


def makes(step: Step) -> tuple[Var, ...]:
    """The values that a step puts into memory."""
    return tuple(step.outputs) if isinstance(step, Group) else step.outs


def ordered(graph: Graph) -> tuple[list[Step], dict[Var, Var]]:
    """The steps of a graph in order, and which inputs are overwritten by which of its results."""
    views = {e.out: e for e in graph.eqns if e.op == "view"}
    steps = [s for s in _checks_first(graph, views) if not isinstance(s, Eqn) or s.op != "view"]
    before = _dependencies(steps, views)
    inplace: dict[Var, Var] = {}
    for target, value in graph.writes:
        maker = next((i for i, s in enumerate(steps) if value in makes(s)), None)
        if maker is None or not _may_overwrite(steps[maker], target, value):
            continue
        readers = {i for i, s in enumerate(steps) if target in reads(s, views)} - {maker}
        later = {i for i, s in enumerate(steps) if isinstance(s, Eqn) and s.op in ("call", "draw")}
        extended = [set(b) for b in before]
        extended[maker] |= (readers | later) - {maker}
        if _sorted(extended) is not None:
            before, inplace[target] = extended, value
    order = _sorted(before)
    assert order is not None
    return [steps[i] for i in order], inplace


def _may_overwrite(step: Step, target: Var, value: Var) -> bool:
    return (
        isinstance(step, Group)
        and value.strides == target.strides
        and (target not in step.inputs or may_overwrite(step, target, value))
    )


def _checks_first(graph: Graph, views: dict[Var, Eqn]) -> list[Step]:
    """The steps, with those that a check needs, and the check, in front."""
    makers = {v: e for e in graph.eqns for v in e.outs}
    early: set[int] = set()
    waiting = [e for e in graph.eqns if e.op == "check"]
    if not waiting:
        return schedule(graph)
    while waiting:  # draws keep their order
        early |= _behind(waiting, makers)
        last = max(i for i, e in enumerate(graph.eqns) if id(e) in early)
        waiting = [e for e in graph.eqns[:last] if e.op == "draw" and id(e) not in early]
    first = [e for e in graph.eqns if id(e) in early]
    rest = [e for e in graph.eqns if id(e) not in early or e.op == "view"]
    made = {v for e in first if e.op != "view" for v in e.outs}
    needed = {root_of(v, views) for e in rest for v in e.ins} | set(graph.results())
    crossing = tuple(v for v in made if v in needed)
    head = Graph(graph.inputs, first, crossing)
    tail = Graph((*graph.inputs, *crossing), rest, graph.outputs, graph.writes)
    return [*schedule(head), *schedule(tail)]


def _behind(eqns: Iterable[Eqn], makers: dict[Var, Eqn]) -> set[int]:
    """The ids of equations and of all that they are computed from."""
    found: set[int] = set()
    stack = list(eqns)
    while stack:
        eqn = stack.pop()
        if id(eqn) not in found:
            found.add(id(eqn))
            stack.extend(makers[v] for v in eqn.ins if v in makers)
    return found


def _dependencies(steps: list[Step], views: dict[Var, Eqn]) -> list[set[int]]:
    """For each step, those that must run before it. Effects keep their order."""
    maker = {v: i for i, s in enumerate(steps) for v in makes(s)}
    before = [{maker[v] for v in reads(s, views) if v in maker} - {i} for i, s in enumerate(steps)]
    effects = [i for i, s in enumerate(steps) if isinstance(s, Eqn) and s.has_effect]
    for earlier, later in pairwise(effects):
        before[later].add(earlier)
    return before


def _sorted(before: list[set[int]]) -> list[int] | None:
    """An order in which every step comes after those before it; None if there is none."""
    waiting = [len(b) for b in before]
    after: list[list[int]] = [[] for _ in before]
    for i, earlier in enumerate(before):
        for j in earlier:
            after[j].append(i)
    ready = [i for i, n in enumerate(waiting) if not n]
    order = []
    while ready:
        i = heapq.heappop(ready)
        order.append(i)
        for j in after[i]:
            waiting[j] -= 1
            if not waiting[j]:
                heapq.heappush(ready, j)
    return order if len(order) == len(before) else None
