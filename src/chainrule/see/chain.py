"""The chain rule over a graph: which factors and terms a derivative is made of, and their numbers.

Everything comes from the operations' own gradient rules, run on symbols.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy

from ..core.apply import current_node
from ..core.primitive import Leaf, Output, Primitive
from ..core.tensor import TensorBase
from ..errors import hint
from . import expressions as e
from .expressions import Expr
from .forward import Formulas, Graph, end_of
from .symbols import Symbol, named_rule, real_gradients, run_rule
from .typeset import written

Edge = tuple[Any, int]  # a node and the number of one of its inputs
Arrow = tuple[Any, tuple[int, ...]]  # a node and the numbers of all inputs that are one thing

PATHS = 6
"""Up to so many paths are written one by one; of more, the gradients are added up on the way."""
WHOLE = 30
"""How many names a formula written out in full may show."""
INLINE = 5
"""How many names the gradient of a nameless result may show that is written in place."""


class Derivations:
    """The derivatives of one root, written out for as many tensors as are asked for.

    `root` is a tensor or a node; `names` and `values` are as in `derivation.derive`.
    """

    def __init__(
        self,
        root: Any,
        names: dict[Any, str] | None = None,
        values: dict[Any, Any] | None = None,
    ) -> None:
        self.root = edge_of(root)
        if not isinstance(self.root, (Primitive, Output)):
            raise RuntimeError(
                hint(
                    "there is no graph behind this tensor: nothing that requires grad led to it",
                    "set requires_grad=True on what you want gradients of before computing with it",
                )
            )
        names = dict(names or {})
        names[id(self.root)] = names.get(id(self.root)) or names.get(id(root)) or "loss"
        self.graph = Graph(self.root)
        self.consumers: dict[Any, list[Edge]] = {}  # by what is consumed
        self.real: dict[Edge, Any] = {}  # the gradients that edges carry
        self._check_freed()
        self._run_back(root._data if isinstance(root, TensorBase) else (values or {}).get(id(root)))
        known = {id(end_of(k)): self.arrived(k) for k in self.consumers if type(k) is not tuple}
        self.formulas = Formulas(self.graph, names, {**known, **(values or {})})
        self.loss = self.formulas.of(self.root)
        self._written: dict[Edge, tuple[Expr, Expr | None]] = {}
        self._factors: dict[Arrow, Symbol] = {}

    # Numbers

    def _check_freed(self) -> None:
        if any(node.versions is None for node in self.graph.nodes):
            raise RuntimeError(
                hint(
                    "the graph was freed by backward(), and with it what the derivatives need",
                    "explain before loss.backward(), or keep it: loss.backward(retain_graph=True)",
                )
            )

    def _run_back(self, start: Any) -> None:
        """The engine's loop, which keeps the gradient on every edge."""
        self._start = numpy.ones(()) if start is None else numpy.ones_like(start)
        for node in reversed(self.graph.nodes):
            arrived = [self.arrived(key) for key in keys_of(node)]
            if all(g is None for g in arrived):
                continue
            for index, g in enumerate(real_gradients(node, arrived)):
                if g is not None:
                    self.real[node, index] = g
                    self.consumers.setdefault(key_of(node.sources[index]), []).append((node, index))

    def _is_root(self, key: Any) -> bool:
        root = key_of(self.root)
        return key is root or (type(key) is type(root) is tuple and key == root)

    def arrived(self, key: Any) -> Any:
        """The gradient of the root with respect to a leaf, a node or an output; None if none."""
        total = self._start if self._is_root(key) else None
        for edge in self.consumers.get(key, ()):
            total = self.real[edge] if total is None else total + self.real[edge]
        return total

    # Formulas

    def contribution(self, edge: Edge) -> tuple[Expr, Expr | None]:
        """What an edge carries: in terms of the next named gradients, and written out in full.

        The second is None if that would be too long.
        """
        if edge not in self._written:
            node, index = edge
            given = [self._pair(key) for key in keys_of(node)]
            short = self._run(node, index, [each and each[0] for each in given])
            whole: Any = None
            if all(each is None or each[1] is not None for each in given):
                whole = self._run(node, index, [each and each[1] for each in given])
            self._written[edge] = short, whole if whole and e.size(whole) <= WHOLE else None
        return self._written[edge]

    def _run(self, node: Any, index: int, exprs: list[Any]) -> Expr:
        arrived = (self.arrived(key) for key in keys_of(node))
        pairs = zip(exprs, arrived, strict=True)
        grads = [None if expr is None else Symbol(expr, g) for expr, g in pairs]
        inputs, outputs = self.formulas.inputs(node), self.formulas.outputs(node)
        found = run_rule(node, index, inputs, outputs, grads)
        if found is not None:
            return found.expr
        total = e.add(*(expr for expr in exprs if expr is not None))
        return e.mul(total, named_rule(node, index))

    def _pair(self, key: Any) -> Any:
        """The gradient of a result as rules get it: a symbol where it has one, and in full."""
        if self._is_root(key):
            return e.ONE, e.ONE
        if not self.consumers.get(key):
            return None
        short, whole = self.total(key)
        return short if self._is_inline(key, short) else self.symbol(key), whole

    def _is_inline(self, key: Any, short: Expr) -> bool:
        return not self.formulas.is_named(self._source(key)) and e.size(short) <= INLINE

    def total(self, key: Any) -> tuple[Expr, Expr | None]:
        """The sum of what all edges carry to a leaf or result."""
        pairs = [self.contribution(edge) for edge in self.consumers[key]]
        whole = [each for _, each in pairs if each is not None]
        full = e.add(*whole) if len(whole) == len(pairs) else None
        return e.add(*(short for short, _ in pairs)), full

    def symbol(self, key: Any) -> Expr:
        """The gradient of the root as a symbol: dloss/dw."""
        symbol = e.gradient(self.loss, self.formulas.of(self._source(key)))
        return Expr(symbol.head, symbol.args, numpy.size(self.arrived(key)) == 1)

    def _source(self, key: Any) -> Any:
        if type(key) is not tuple:
            return key
        edges = self.graph.edges.get(key[0], ())
        return next((edge for edge in edges if edge.index == key[1]), Output(*key))

    # Derivations

    def of(self, leaf: Any) -> dict[str, Any]:
        """The chain rule from the root to this tensor; see `derive`."""
        key = key_of(edge_of(leaf))
        if self._is_root(key) or not self.consumers.get(key):
            raise RuntimeError(
                hint(
                    "no path leads from the root to this tensor: the gradient is not defined",
                    "check that it requires grad, and that the loss was computed from it",
                )
            )
        path = self.graph.path_to(end_of(edge_of(leaf)))
        for node in path:  # newest first, so that no recursion is deep
            for each in keys_of(node):
                if not self._is_root(each) and self.consumers.get(each):
                    self.total(each)
        edges = self.edges_to(key)
        numbers = all(self.real[edge].size == 1 for edge in edges) and self._start.size == 1
        paths = self.paths_to(key) if numbers else []
        sides, steps = self._chains(key, paths) if paths else self._sum(key, edges)
        known = {node: (made, expr) for made, (expr, node) in self.formulas.defined.items()}
        shown = e.equal(*sides)
        first = [
            {"math": written(e.equal(made, expr)), "op": id(node)}
            for node, (made, expr) in known.items()
            if any(e.mentions(x, made) for x in (shown, *(x for x, _ in steps)))
        ]
        return {
            "math": written(shown),
            "steps": first + [{"math": written(x), "op": id(node)} for x, node in steps],
        }

    def edges_to(self, key: Any) -> list[Edge]:
        """All edges between the root and a key, nearest to the root first."""
        found: dict[Edge, None] = {}
        seen: set[Any] = set()
        stack = [key]
        while stack:
            for edge in self.consumers.get(stack.pop(), ()):
                found[edge] = None
                for each in keys_of(edge[0]):
                    if each not in seen:
                        seen.add(each)
                        stack.append(each)
        return sorted(found, key=lambda edge: edge[0].seq)

    def _number(self, value: Any) -> Expr:
        return e.decimal(numpy.asarray(value).reshape(-1)[0])

    # Of tensors: by the gradients of the named results on the way

    def _sum(self, key: Any, edges: list[Edge]) -> tuple[list[Expr], list[tuple[Expr, Any]]]:
        steps = []
        for each in dict.fromkeys(key_of(node.sources[index]) for node, index in edges):
            short, _ = self.total(each)
            if each is key or not self._is_inline(each, short):
                total = self.arrived(each)
                number = [self._number(total)] if total.size == 1 else []
                step = e.equal(self.symbol(each), short, *number)
                steps.append((step, self.consumers[each][0][0]))
        short, whole = self.total(key)
        sides = [self.symbol(key), short] + ([] if whole in (None, short) else [whole])
        total = self.arrived(key)
        if total.size == 1:
            return [*sides, self._number(total)], steps
        return [*sides[:-1], e.shaped(sides[-1], total.shape)], steps

    # Of numbers: as products along paths

    def paths_to(self, key: Any) -> list[list[Arrow]]:
        """All paths from the root; none if there are too many of them."""
        found: list[list[Arrow]] = []
        stack: list[tuple[Any, list[Arrow]]] = [(key, [])]
        while stack:
            key, path = stack.pop()
            if self._is_root(key):
                found.append(path)
            together: dict[Any, tuple[int, ...]] = {}
            for node, index in self.consumers.get(key, ()):
                together[node] = (*together.get(node, ()), index)
            if any(node.several for node in together):
                return []
            stack += [(node, [(node, indices), *path]) for node, indices in together.items()]
            if len(found) + len(stack) > PATHS:
                return []
        return found

    def factor(self, arrow: Arrow) -> Symbol:
        """The derivative of a node's output with respect to an input, both of them numbers."""
        if arrow not in self._factors:
            each = [self._factor(arrow[0], index) for index in arrow[1]]
            value = numpy.sum([part.value.reshape(-1)[0] for part in each])
            self._factors[arrow] = Symbol(e.add(*(part.expr for part in each)), value)
        return self._factors[arrow]

    def _factor(self, node: Any, index: int) -> Symbol:
        ones = numpy.ones_like(self.arrived(node))
        inputs, outputs = self.formulas.inputs(node), self.formulas.outputs(node)
        found = run_rule(node, index, inputs, outputs, [Symbol(e.ONE, ones)])
        if found is None:
            return Symbol(named_rule(node, index), real_gradients(node, [ones])[index])
        return found

    def _chains(
        self, key: Any, paths: list[list[Arrow]]
    ) -> tuple[list[Expr], list[tuple[Expr, Any]]]:
        chains = [
            [self._link(group, whole=len(paths) == 1 or len(groups) > 1) for group in groups]
            for groups in (list(self._groups(path)) for path in paths)
        ]
        steps = {e.equal(*link[:3]): link[3] for chain in chains for link in chain}
        sides = [
            e.paths(*(e.chain(*(link[side] for link in chain)) for chain in chains))
            for side in range(3)
        ]
        return [self.symbol(key), *sides, self._number(self.arrived(key))], [*steps.items()]

    def _link(self, group: list[Arrow], whole: bool) -> tuple[Expr, Expr, Expr, Any]:
        """A factor of a chain: as a symbol, as a formula, as a number; and the node it is of.

        Where it is one of several paths from the root to the target it is no `whole` derivative:
        then the symbol is that of the term which the path goes through.
        """
        heavy = [arrow for arrow in group if not self._is_sign(arrow)]
        signs = [self.factor(arrow).expr for arrow in group if arrow not in heavy]
        above = group[0][0] if whole or not heavy else heavy[0][0]
        symbol = e.gradient(self.formulas.of(above), self.formulas.of(source_of(group[-1])))
        if not whole:
            symbol = e.mul(*signs, symbol) if heavy else e.mul(*signs)
        parts = [self.factor(arrow) for arrow in group]
        value = numpy.prod([part.value for part in parts])
        expr = e.mul(*(part.expr for part in parts))
        return symbol, expr, self._number(value), (heavy or group)[0][0]

    def _groups(self, path: list[Arrow]) -> Iterator[list[Arrow]]:
        """A path cut at named results, and where the inner function of a composition begins.

        Sums and differences are no functions of their own: their derivative is a sign.
        """
        group: list[Arrow] = []
        for place, arrow in enumerate(path):
            group.append(arrow)
            rest = self._until_named(path[place + 1 :])
            more = any(not self._is_sign(each) for each in rest)
            named = self.formulas.is_named(source_of(arrow))
            if named or (more and not self._is_sign(arrow)):
                yield group
                group = []
        if group:
            yield group

    def _until_named(self, path: list[Arrow]) -> list[Arrow]:
        found = []
        for arrow in path:
            found.append(arrow)
            if self.formulas.is_named(source_of(arrow)):
                break
        return found

    def _is_sign(self, arrow: Arrow) -> bool:
        expr = self.factor(arrow).expr
        return e.is_number(expr, 1) or e.is_number(expr, -1)


def source_of(arrow: Arrow) -> Any:
    """What an arrow leads to."""
    node, indices = arrow
    return node.sources[indices[0]]


def edge_of(tensor: Any) -> Any:
    """Where a tensor is in the graph: itself if it is a leaf, else its node."""
    if isinstance(tensor, Primitive):
        return Output(tensor, 0) if tensor.several else tensor
    if not isinstance(tensor, TensorBase):
        return tensor
    node = current_node(tensor)
    return tensor if node is None or type(node) is Leaf else node


def key_of(edge: Any) -> Any:
    """What two edges to the same thing share: the leaf, the node, or node and output."""
    return (edge.node, edge.index) if isinstance(edge, Output) else edge


def keys_of(node: Any) -> list[Any]:
    """The keys of all outputs of a node."""
    return [(node, index) for index in range(node.arity)] if node.several else [node]
