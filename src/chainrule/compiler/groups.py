"""Which equations become one loop nest: the partition of a graph into kernels and single steps.

Starts with every equation on its own and joins neighbours as long as the estimate of the time
falls. Knows no operation but by its kind (pointwise, reduction, view, other).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from . import elementwise
from .graph import Eqn, Graph, Var
from .lower import may_overwrite
from .nests import Nest, best_nest, tiled
from .spaces import Space, join, space_of
from .vocabulary import REDUCTIONS, is_pointwise

_LARGEST = 200  # equations in a group
_PATIENCE = 1.4  # a join may cost so much more at first: most pay when the next ones follow
_WORTH = 150_000.0  # nanoseconds of work that is worth several threads


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Equations that become one loop nest, the values it reads and those it stores in memory."""

    space: Space
    nest: Nest
    inputs: tuple[Var, ...]
    outputs: tuple[Var, ...]

    @property
    def eqns(self) -> list[Eqn]:
        """The equations, in order."""
        return [m.eqn for m in self.space.members]

    def may_overwrite(self, source: Var, output: Var) -> bool:
        """Whether an output may be put into the memory of an input that nobody needs any more."""
        if source not in self.inputs or output not in self.outputs or source.dtype != output.dtype:
            return False
        return may_overwrite(self, source, output)


def worth_splitting(group: Group) -> bool:
    """Whether several threads would finish it notably earlier than one."""
    split = (group.nest.outer or group.nest.rows)[:1]
    return group.nest.cost > _WORTH and group.space.volume(split) >= 16


def schedule(graph: Graph) -> list[Group | Eqn]:
    """All that is needed of a graph, in an order in which it can be executed.

    Views that only groups read are no steps: the groups read the memory of their base.
    """
    return _Partition(graph).joined().steps()


def _is_loop(eqn: Eqn) -> bool:
    """Whether the equation can be part of a group."""
    if any(v.size == 0 for v in (*eqn.ins, *eqn.outs)):
        return False
    if eqn.op in REDUCTIONS:
        kinds = [elementwise.kind_of(v.dtype) for v in (*eqn.ins, *eqn.outs)]
        return None not in kinds
    return is_pointwise(eqn.op) and elementwise.lowers(eqn)


def _needed(graph: Graph) -> list[Eqn]:
    """The equations that a result or an effect depends on."""
    wanted = set(graph.results())
    found = []
    for eqn in reversed(graph.eqns):
        if eqn.has_effect or not wanted.isdisjoint(eqn.outs):
            found.append(eqn)
            wanted.update(eqn.ins)
    return found[::-1]


@dataclass(slots=True, eq=False)
class _Node:
    """A group in the making, or a single step. The sets of nodes are bits of an int."""

    index: int
    space: Space | None
    eqns: list[Eqn]
    nest: Nest | None
    own: int
    before: int = 0
    apart: float = 0.0  # what the best partition of its equations that was seen costs


class _Partition:
    """The nodes that the equations of a graph are in, and who reads what."""

    def __init__(self, graph: Graph) -> None:
        eqns = _needed(graph)
        results = set(graph.results())
        self.views = {e.out: e for e in eqns if e.op == "view"}
        loops = [_is_loop(e) for e in eqns]
        outside = [e for e, loop in zip(eqns, loops, strict=True) if not loop and e.op != "view"]
        self.kept_views = {v for e in outside for v in e.ins} | results
        self.pinned = self.kept_views | {e.ins[0] for v, e in self.views.items() if self._kept(v)}
        self.node_of: dict[Var, _Node] = {}
        self.readers: dict[Var, list[_Node]] = {}
        self.nodes: list[_Node] = []
        last_effect = 0
        for index, (eqn, loop) in enumerate(zip(eqns, loops, strict=True)):
            if eqn.op == "view" and not self._kept(eqn.out):
                continue
            space = space_of(eqn, index, self.views) if loop else None
            node = _Node(index, space, [eqn], None, 1 << index)
            self._enter(node, last_effect if eqn.has_effect else 0)
            if eqn.has_effect:
                last_effect = node.before | node.own
        for node in self.nodes:
            if node.space is not None:
                node.nest = best_nest(node.space, self._stored(node.space, node.own))
                assert node.nest is not None
                node.apart = node.nest.cost

    def _kept(self, view: Var) -> bool:
        return view in self.kept_views

    def _enter(self, node: _Node, before: int) -> None:
        node.before = before
        for v in self._roots(node):
            self.readers.setdefault(v, []).append(node)
            if v in self.node_of:
                made = self.node_of[v]
                node.before |= made.before | made.own
        for v in node.eqns[0].outs:
            self.node_of[v] = node
        self.nodes.append(node)

    def _roots(self, node: _Node) -> Iterable[Var]:
        """The values that a node reads, in order."""
        if node.space is None:
            return dict.fromkeys(v for e in node.eqns for v in e.ins)
        return dict.fromkeys(a.root for m in node.space.members for a in m.reads)

    def _stored(self, space: Space, own: int) -> list[Var]:
        """The values of a nest that must be in memory, given the nodes that it consists of."""
        return [
            v
            for v in (m.eqn.out for m in space.members)
            if v in self.pinned or any(not r.own & own for r in self.readers.get(v, ()))
        ]

    def joined(self) -> _Partition:
        """Join nodes until no pair of them is worth it."""
        tried: set[tuple[int, int]] = set()
        changed = True
        while changed:
            changed = False
            for node in list(self.nodes):
                while node.own and self._grow(node, tried):
                    changed = True
        return self

    def _grow(self, node: _Node, tried: set[tuple[int, int]]) -> bool:
        """Join a node with the first of its neighbours that is worth it."""
        if node.space is None:
            return False
        for other, vertical in self._neighbours(node).items():
            key = (min(node.own, other.own), max(node.own, other.own))
            if key in tried or self._between(node, other) or self._between(other, node):
                continue
            tried.add(key)
            if self._join(node, other, vertical):
                return True
        return False

    def _neighbours(self, node: _Node) -> dict[_Node, bool]:
        """Nodes that share memory with this one, those whose values it reads first."""
        roots = list(self._roots(node))
        made = [self.node_of[v] for v in roots if v in self.node_of]
        found = dict.fromkeys(sorted(made, key=lambda n: -n.index), True)
        for v in roots:
            for n in self.readers[v] if v.shape else ():
                found.setdefault(n, False)
        found.pop(node, None)
        return {n: vertical for n, vertical in found.items() if n.own and n.space is not None}

    def _join(self, a: _Node, b: _Node, vertical: bool) -> bool:
        """Join two nodes if that is possible and saves time."""
        if len(a.eqns) + len(b.eqns) > _LARGEST:
            return False
        assert a.space is not None
        assert b.space is not None
        vertical = vertical or bool(a.own & b.before or b.own & a.before)
        space = join(a.space, b.space, vertical)
        if space is None:
            return False
        nest = best_nest(space, self._stored(space, a.own | b.own))
        apart = a.apart + b.apart
        if nest is None or nest.cost > apart * (_PATIENCE if vertical else 1.0):
            return False
        self._replace(a, b, space, nest)
        a.apart = min(nest.cost, apart)
        return True

    def _between(self, a: _Node, b: _Node) -> bool:
        """Whether b depends on a through a third node."""
        if not b.before & a.own:
            return False
        thirds = {self.node_of[v] for v in self._roots(b) if v in self.node_of} - {a, b}
        return any(n.before & a.own for n in thirds)

    def _replace(self, a: _Node, b: _Node, space: Space, nest: Nest) -> None:
        """Make a the node of both."""
        a.space, a.nest, a.index = space, nest, min(a.index, b.index)
        a.eqns = [m.eqn for m in space.members]
        a.own |= b.own
        a.before = (a.before | b.before) & ~a.own
        b.own = 0
        for m in space.members:
            self.node_of[m.eqn.out] = a
        for v in self._roots(a):
            self.readers[v] = list(dict.fromkeys(a if n is b else n for n in self.readers[v]))
        for n in self.nodes:
            if n.own and n.before & a.own:
                n.before |= a.before | a.own
        self.nodes.remove(b)

    def steps(self) -> list[Group | Eqn]:
        """The nodes in an order in which each comes after those that it depends on."""
        done, found = 0, []
        waiting = sorted(self.nodes, key=lambda n: n.index)
        while waiting:
            node = next(n for n in waiting if not n.before & ~done)
            done |= node.own
            found.append(self._step(node))
            waiting.remove(node)
        return found

    def _step(self, node: _Node) -> Group | Eqn:
        if node.space is None:
            return node.eqns[0]
        assert node.nest is not None
        made = node.space.made()
        inputs = [v for v in self._roots(node) if v not in made and not _is_number(v)]
        outputs = self._stored(node.space, node.own)
        return Group(*tiled(node.space, node.nest), tuple(inputs), tuple(outputs))


def _is_number(v: Var) -> bool:
    """Whether the value is written into the code."""
    return v.value is not None and v.size == 1
