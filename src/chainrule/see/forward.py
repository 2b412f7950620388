"""What the tensors of a graph are called: the user's names for them, or how they were computed."""

from __future__ import annotations

from typing import Any

import numpy

from ..core.primitive import Output, Primitive
from ..core.tensor import TensorBase
from . import expressions as e
from . import vocabulary
from .expressions import Expr
from .symbols import formula

LONGEST = 12
"""How many names a formula of an unnamed intermediate result may show; a longer one gets a name."""


class Extent:
    """What a writer of formulas may know of an array: its shape."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = tuple(shape)
        self.ndim = len(self.shape)
        self.size = int(numpy.prod(self.shape))


class Graph:
    """The nodes behind an edge, and those of them from which a target is reached."""

    def __init__(self, root: Any, depth: int | None = None) -> None:
        self.nodes: list[Any] = []  # oldest first: inputs before what is made of them
        self.edges: dict[Any, set[Any]] = {}  # by node with several outputs: the edges to it
        seen: set[Any] = set()
        level = [root]
        while level and depth != 0:
            depth = None if depth is None else depth - 1
            further: list[Any] = []
            for edge in level:
                node = end_of(edge)
                if edge is not node:
                    self.edges.setdefault(node, set()).add(edge)
                if node not in seen and isinstance(node, Primitive):
                    seen.add(node)
                    self.nodes.append(node)
                    further.extend(source for source in node.sources if source is not None)
            level = further
        self.nodes.sort(key=lambda node: -node.seq)

    def path_to(self, target: Any) -> list[Any]:
        """The nodes between the root and the target, newest first."""
        found = {target}
        for node in self.nodes:
            if any(end_of(s) in found or s in found for s in node.sources if s is not None):
                found.add(node)
        return [node for node in reversed(self.nodes) if node in found and node is not target]


def end_of(edge: Any) -> Any:
    """The node (or leaf) that an edge leads to."""
    return edge.node if isinstance(edge, Output) else edge


class Formulas:
    """The formulas of a graph's tensors: of leaves, of constants, and of what nodes give.

    `names` has the user's names: by `id` of a node (or of its `Output`, where it has several), by
    `id` of a leaf tensor, or by `(id(node), index)` for an input that is not in the graph. `values`
    has arrays under the same keys, of which the shapes and the numbers are used.
    """

    def __init__(self, graph: Graph, names: dict[Any, str], values: dict[Any, Any]) -> None:
        self.graph = graph
        self.names = names
        self.values = values
        self.shapes: dict[Any, tuple[int, ...] | None] = {}
        self.defined: dict[Expr, tuple[Expr, Any]] = {}  # by made-up name: what it is, and its node
        self._constants: dict[Any, Expr] = {}
        self._inputs: dict[Any, list[Expr]] = {}
        self._outputs: dict[Any, list[Expr]] = {}
        for node in graph.nodes:
            self._read(node)

    def inputs(self, node: Any) -> list[Expr]:
        """The formulas of a node's inputs."""
        return self._inputs[node]

    def outputs(self, node: Any) -> list[Expr]:
        """The formulas of a node's outputs."""
        return self._outputs[node]

    def of(self, source: Any) -> Expr:
        """The formula of what an edge leads to."""
        node = end_of(source)
        if node in self._outputs:
            return self._outputs[node][source.index if isinstance(source, Output) else 0]
        text = self.names.get(id(source))
        leaf = isinstance(source, TensorBase)
        scalar = leaf and source._data.size == 1
        if text is not None:
            return e.from_source(text, scalar)
        if source not in self._constants:
            letter = "p" if leaf else "u"
            self._constants[source] = e.name(f"{letter}{len(self._constants) + 1}", scalar)
        return self._constants[source]

    def is_named(self, source: Any) -> bool:
        """Whether the user has a name for it."""
        return id(source) in self.names or isinstance(source, TensorBase)

    def _read(self, node: Any) -> None:
        shapes = [self._shape_of_input(node, i) for i in range(len(node.sources))]
        shape = self._shape_of_output(node, shapes)
        if shape is not None and Extent(shape).size == 1 and node.kind == "pointwise":
            shapes = [shape if each is None else each for each in shapes]
        inputs = [self._input(node, i, shapes[i]) for i in range(len(node.sources))]
        self._inputs[node] = inputs
        outputs = []
        for index in range(node.arity if node.several else 1):
            expr = self._written(node, index, inputs, shapes, shape)
            outputs.append(self._named(node, index, expr, shape))
        self.shapes[node] = shape
        self._outputs[node] = outputs

    def _shape_of_input(self, node: Any, index: int) -> tuple[int, ...] | None:
        source = node.sources[index]
        if isinstance(source, TensorBase):
            return tuple(source._data.shape)
        value = self.values.get((id(node), index), _saved(node, index))
        if value is not None:
            return numpy.shape(value)
        if node.metas is not None:
            return () if node.metas[index] is None else node.metas[index][0]
        shapes: Any = getattr(node, "shapes", None) or (getattr(node, "shape", None),)
        if index < len(shapes) and shapes[index] is not None:
            return tuple(shapes[index])
        return self.shapes.get(source) if isinstance(source, Primitive) else None

    def _shape_of_output(self, node: Any, shapes: list[Any]) -> tuple[int, ...] | None:
        for value in (self.values.get(id(node)), getattr(node, "out", None)):
            if value is not None:
                return numpy.shape(value)
        if hasattr(node, "infer") and None not in shapes:
            found: tuple[int, ...] = node.infer(*shapes, **parameters(node))
            return found
        size = getattr(node, "size", None)
        known = isinstance(size, tuple) and all(isinstance(n, int) and n >= 0 for n in size)
        return tuple(size) if size is not None and known else None

    def _input(self, node: Any, index: int, shape: Any) -> Expr:
        source = node.sources[index]
        if source is not None:
            return self.of(source)
        scalar = is_scalar(shape)
        value = self.values.get((id(node), index), _saved(node, index))
        given = self.names.get((id(node), index)) or self.names.get(id(value))
        if given is not None:
            return e.from_source(given, scalar)
        found = formula(value)
        if found.head == "number":
            return found
        if value is None and getattr(node, "shapes", {index: ()})[index] is None:
            return found  # an input that may be left out, and was
        key = (id(node), index) if value is None else id(value)
        known = self._constants.get(key)
        if known is None:
            text = f"c{len(self._constants) + 1}"
            known = self._constants[key] = e.name(text, scalar)
        return known

    def _written(
        self, node: Any, index: int, inputs: list[Expr], shapes: list[Any], shape: Any
    ) -> Expr:
        name = node.outputs[index] if index < len(node.outputs) else ""
        hidden = vocabulary.HIDDEN.get((type(node).__name__, name))
        if hidden is not None:
            text = self.names.get(id(getattr(node, name, None)))
            return hidden(inputs) if text is None else e.name(text, is_scalar(shape))
        try:
            values = [None if each is None else Extent(each) for each in shapes]
            out: Any = None if shape is None else Extent(shape)
            otherwise = vocabulary.FORWARD.get(type(node).__name__)
            if otherwise is not None:
                return otherwise(inputs, values, parameters(node), out)
            return vocabulary.write(type(node), inputs, values, parameters(node), out, index)
        except AttributeError:  # a shape that the formula needs is not known
            return e.call(vocabulary.spoken(type(node)), *inputs, scalar=False)

    def _named(self, node: Any, index: int, expr: Expr, shape: Any) -> Expr:
        given = self.names.get(id(node)) if not node.several else None
        for edge in self.graph.edges.get(node, ()):
            given = self.names.get(id(edge), given) if edge.index == index else given
        if given is not None:
            return e.from_source(given, is_scalar(shape))
        if e.size(expr) <= LONGEST:
            return expr
        made = e.name(f"t{len(self.defined) + 1}", expr.scalar)
        self.defined[made] = (expr, node)
        return made


def is_scalar(shape: tuple[int, ...] | None) -> bool:
    """Whether an array of this shape is one number."""
    return shape is not None and Extent(shape).size == 1


def _saved(node: Any, index: int) -> Any:
    """What a node kept of an input."""
    if node.variadic:
        kept = getattr(node, node.inputs[0], None)
        return None if kept is None else kept[index]
    return getattr(node, node.inputs[index], None)


def parameters(node: Any) -> dict[str, Any]:
    """The parameters that a node was applied with."""
    code = node.kernel.__code__
    end = code.co_argcount + code.co_kwonlyargcount
    names = code.co_varnames[code.co_argcount : end]
    return {name: getattr(node, name) for name in names if hasattr(node, name)}
