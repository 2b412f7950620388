"""Drawings of a live graph: what a tensor was computed from, as SVG, text, DOT and Mermaid.

Reads the graph that autograd keeps and the caller's variables; runs and changes nothing.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from html import escape
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy

from ..core.primitive import Output, Primitive
from ..core.sites import user_frame
from ..core.tensor import TensorBase
from .callers import names_for
from .charts import svg_start, svg_text
from .document import symbol
from .layout import layered

MOST = 500
"""So many operations of a graph are drawn, the newest ones."""
FAN = 4
"""A leaf that more operations read is drawn at each of them."""
LOOKS = {
    "op": ("#e8f0fb", "#0072b2", 12),
    "leaf": ("#fdf0e0", "#d55e00", 3),
    "data": ("#f4f4f4", "#999999", 3),
}
"""Ground, border and roundness of the boxes."""
LINE, GAP_X, GAP_Y, LETTER = 16, 22, 30, 7.2


@dataclass
class Vertex:
    """A box: an operation, a leaf that requires grad, or other data that an operation read."""

    id: str
    kind: str
    sign: str = ""  # of an operation
    name: str = ""
    value: str = ""
    grad: str = ""

    def words(self) -> list[str]:
        """The lines in the box."""
        sign = " " if self.value.startswith("(") else " = "
        said = sign.join(text for text in (self.name, self.value) if text)
        return [text for text in (self.sign, said, self.grad and f"grad {self.grad}") if text]


@dataclass
class Drawing:
    """The graph behind a tensor. `str` is a tree from the result down, a notebook shows SVG."""

    root: str
    vertices: dict[str, Vertex] = field(default_factory=dict)
    inputs: dict[str, list[str]] = field(default_factory=dict)  # of each operation, in order

    def edges(self) -> list[tuple[str, str]]:
        """From each input to the operation."""
        return [(x, op) for op, inputs in self.inputs.items() for x in inputs]

    def __str__(self) -> str:
        return "\n".join(_tree(self))

    __repr__ = __str__

    def svg(self) -> str:
        """The graph as an SVG element, inputs above and the result below."""
        return _as_svg(self)

    _repr_svg_ = svg

    def dot(self) -> str:
        """The graph in the language of Graphviz."""
        lines = ["digraph {", "  node [shape=box, style=rounded]"]
        for vertex in self.vertices.values():
            words = "\\n".join(w.replace("\\", "\\\\").replace('"', '\\"') for w in vertex.words())
            lines.append(f'  {vertex.id} [label="{words}"]')
        lines += [f"  {x} -> {op}" for x, op in self.edges()]
        return "\n".join([*lines, "}"])

    def mermaid(self) -> str:
        """The graph in the language of Mermaid."""
        lines = ["flowchart TD"]
        for vertex in self.vertices.values():
            words = "<br>".join(escape(w).replace("&#x27;", "#39;") for w in vertex.words())
            words = words.replace("&lt;", "#lt;").replace("&gt;", "#gt;")
            words = words.replace("&quot;", "#quot;").replace("&amp;", "#amp;")
            ends = ('(["', '"])') if vertex.kind == "op" else ('["', '"]')
            lines.append(f"  {vertex.id}{ends[0]}{words}{ends[1]}")
        lines += [f"  {x} --> {op}" for x, op in self.edges()]
        return "\n".join(lines)


def draw(loss: Any) -> Drawing:
    """The graph that `loss` was computed by, with the names of the caller's variables.

    Values are those of variables that are still there and of what the graph saved; after
    ``backward()`` the leaves show their gradients. TypeError for what is no tensor.

    >>> x = tensor(2.0)
    >>> w = tensor(1.0, requires_grad=True)
    >>> y_hat = x * w
    >>> loss = (y_hat - 4.0) ** 2
    >>> draw(loss)
    x²  loss = 4
    −
    ×  y_hat = 2
    ├─ x = 2
    └─ w = 1
    """
    return _drawing(loss)


def to_dot(loss: Any) -> str:
    """The graph behind a tensor in the language of Graphviz; see `draw`.

    >>> w = tensor(1.0, requires_grad=True)
    >>> print(to_dot(w.exp()))
    digraph {
      node [shape=box, style=rounded]
      n0 [label="eˣ\\n2.718"]
      n1 [label="w = 1"]
      n1 -> n0
    }
    """
    return _drawing(loss).dot()


def to_mermaid(loss: Any) -> str:
    """The graph behind a tensor in the language of Mermaid; see `draw`.

    >>> w = tensor(1.0, requires_grad=True)
    >>> print(to_mermaid(w.exp()))
    flowchart TD
      n0(["eˣ<br>2.718"])
      n1["w = 1"]
      n1 --> n0
    """
    return _drawing(loss).mermaid()


def _drawing(loss: Any) -> Drawing:
    if not isinstance(loss, TensorBase):
        raise TypeError(f"a graph is drawn of a tensor, not of {type(loss).__name__}")
    frame = user_frame()
    spaces = [] if frame is None else [frame.f_locals, frame.f_globals]
    names = names_for(loss, frame) if _node(loss) is not None else {}
    return Walk(loss, names, spaces).drawing


class Walk:
    """Makes the drawing, newest operation first."""

    def __init__(self, loss: Any, names: dict[Any, str], spaces: list[dict[str, Any]]) -> None:
        self.names, self.spaces = names, spaces
        self.values = {id(_node(loss)): loss}
        for space in spaces:
            for value in list(space.values()):
                if isinstance(value, TensorBase):
                    self.values.setdefault(id(_node(value)), value)
        self.ids: dict[int, str] = {}
        self.waiting: list[Primitive] = []
        node = _node(loss)
        root = loss if not isinstance(node, Primitive) else node
        self.drawing = Drawing("")
        self.drawing.root = self.meet(root)
        for node in self.waiting:  # grows while it is read
            self.open(node)

    def meet(self, source: Any) -> str:
        """The vertex of a node or a tensor, made when it is met first."""
        source = source.node if isinstance(source, Output) else source
        found = self.ids.get(id(source))
        if found is None:
            found = self.ids[id(source)] = f"n{len(self.drawing.vertices)}"
            self.drawing.vertices[found] = self.vertex(found, source)
            if isinstance(source, Primitive):
                self.waiting.append(source)
        return found

    def vertex(self, key: str, source: Any) -> Vertex:
        """What is known of a node, a leaf or an array."""
        if isinstance(source, Primitive):
            made = self.values.get(id(source))
            value = "" if made is None else shown(made._data)
            operation: Any = SimpleNamespace(kind=type(source), saved=source)
            sign = symbol(operation)
            return Vertex(key, "op", sign, self.names.get(id(source), ""), value)
        if not isinstance(source, TensorBase):
            return Vertex(key, "data", "", self.names.get(id(source), ""), shown(source))
        grad = "" if source._grad is None else shown(source._grad._data)
        name = self.names.get(id(source), "")
        kind = "leaf" if source._node is not None else "data"
        return Vertex(key, kind, "", name, shown(source._data), grad)

    def open(self, node: Any) -> None:
        """Draw the inputs of a node."""
        inputs = self.drawing.inputs.setdefault(self.ids[id(node)], [])
        if len(self.drawing.inputs) > MOST:
            key = f"{self.ids[id(node)]}_more"
            self.drawing.vertices[key] = Vertex(key, "data", "", "", "…")
            inputs.append(key)
            return
        slots = type(node).inputs if not type(node).variadic else ()
        for index, source in enumerate(node.sources):
            saved = getattr(node, slots[index], None) if index < len(slots) else None
            if source is not None:
                inputs.append(self.meet(source))
            elif isinstance(saved, numpy.ndarray):
                inputs.append(self.meet(saved))
            elif (name := self.names.get((id(node), index))) is not None:
                key = f"{self.ids[id(node)]}_{index}"
                value = next((space[name] for space in self.spaces if name in space), None)
                value = shown(value._data) if isinstance(value, TensorBase) else ""
                self.drawing.vertices[key] = Vertex(key, "data", "", name, value)
                inputs.append(key)


def _node(tensor: Any) -> Any:
    node = tensor._node
    return node.node if isinstance(node, Output) else node


def shown(array: Any) -> str:
    """A few numbers, or the shape (and dtype, if it is not float32) of more.

    >>> shown(numpy.float32([1, 2.5])), shown(numpy.zeros((3, 4)))
    ('[1, 2.5]', '(3, 4) float64')
    """
    array = numpy.asarray(array)
    if array.size == 1 and array.dtype.kind in "biufc":
        return _number(array.item())
    if array.ndim == 1 and 0 < array.size <= 4 and array.dtype.kind in "biuf":
        return f"[{', '.join(map(_number, array.tolist()))}]"
    kind = "" if array.dtype == numpy.float32 else f" {array.dtype}"
    return f"{tuple(array.shape)}{kind}"


def _number(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


# ---- text


def _tree(drawing: Drawing) -> Iterator[str]:
    """The lines of a tree; an only input stands below its operation, several branch off."""
    seen: set[str] = set()
    stack = [(drawing.root, "", "")]
    while stack:
        key, start, indent = stack.pop()
        vertex = drawing.vertices[key]
        inputs = drawing.inputs.get(key, [])
        again = " (above)" if key in seen and inputs else ""
        yield start + "  ".join(vertex.words()) + again
        if key in seen:
            continue
        seen.add(key)
        if len(inputs) == 1 and inputs[0] in drawing.inputs:
            stack.append((inputs[0], indent, indent))
            continue
        for number, x in reversed(list(enumerate(inputs))):
            last = number == len(inputs) - 1
            branch, below = ("└─ ", "   ") if last else ("├─ ", "│  ")
            stack.append((x, indent + branch, indent + below))


# ---- SVG


def _spread(drawing: Drawing) -> Drawing:
    """The same, where a leaf that many operations read stands at each of them."""
    count = Counter(x for inputs in drawing.inputs.values() for x in set(inputs))
    found = Drawing(drawing.root, dict(drawing.vertices))
    for op, inputs in drawing.inputs.items():
        found.inputs[op] = []
        for x in inputs:
            key = x
            if count[x] > FAN and x not in drawing.inputs:
                key = f"{x}_at_{op}"
                found.vertices[key] = replace(drawing.vertices[x], id=key)
                found.vertices.pop(x, None)
            found.inputs[op].append(key)
    return found


def _as_svg(drawing: Drawing) -> str:
    drawing = _spread(drawing)
    vertices = drawing.vertices
    newest_last = list(reversed(vertices))
    placed = layered(newest_last, drawing.edges())
    wide = {key: 0.0 for layer in placed.layers for key in layer}
    high = dict.fromkeys(wide, 0.0)
    for key, vertex in vertices.items():
        words = vertex.words()
        wide[key] = max([len(word) * LETTER for word in words], default=0.0) + 20
        high[key] = len(words) * LINE + 10
    x = _columns(placed.layers, wide, _neighbours(drawing, placed.routes))
    y: dict[str, float] = {}
    top = 12.0
    for layer in placed.layers:
        tallest = max((high[key] for key in layer), default=0.0)
        y.update(dict.fromkeys(layer, top + tallest / 2))
        top += tallest + GAP_Y
    width = max((x[key] + wide[key] / 2 for key in x), default=0.0) + 12
    parts = [svg_start(math.ceil(width), math.ceil(top - GAP_Y + 12))]
    for u, v in drawing.edges():
        stops = [u, *placed.routes.get((u, v), ()), v]
        points = [(x[key], y[key]) for key in stops]
        points[0] = points[0][0], points[0][1] + high[u] / 2
        points[-1] = points[-1][0], points[-1][1] - high[v] / 2
        parts.append(f'<path d="{_bent(points)}" fill="none" stroke="#888"/>')
        tip_x, tip_y = points[-1]
        arrow = f"M{tip_x - 4:.1f} {tip_y - 7:.1f}L{tip_x:.1f} {tip_y:.1f}L{tip_x + 4:.1f}"
        parts.append(f'<path d="{arrow} {tip_y - 7:.1f}z" fill="#888"/>')
    for key, vertex in vertices.items():
        parts.append(_box(vertex, x[key], y[key], wide[key], high[key]))
    return "".join(parts) + "</svg>"


def _box(vertex: Vertex, x: float, y: float, wide: float, high: float) -> str:
    ground, border, round_ = LOOKS[vertex.kind]
    where = f'x="{x - wide / 2:.1f}" y="{y - high / 2:.1f}" width="{wide:.1f}" height="{high:.1f}"'
    parts = [f'<rect {where} rx="{round_}" fill="{ground}" stroke="{border}"/>']
    first = y - high / 2 + 5 + LINE * 0.75
    for number, word in enumerate(vertex.words()):
        parts.append(svg_text(round(x, 1), round(first + number * LINE, 1), word))
    return "".join(parts)


def _bent(points: list[tuple[float, float]]) -> str:
    """A smooth line that leaves and enters each point straight down."""
    parts = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
    for (x0, y0), (x1, y1) in pairwise(points):
        half = (y0 + y1) / 2
        parts.append(f"C{x0:.1f} {half:.1f} {x1:.1f} {half:.1f} {x1:.1f} {y1:.1f}")
    return "".join(parts)


def _neighbours(drawing: Drawing, routes: dict[tuple[str, str], list[str]]) -> dict[str, list[str]]:
    """What each box and each bend of an edge is joined to."""
    found: dict[str, list[str]] = {}
    for edge in drawing.edges():
        for u, v in pairwise([edge[0], *routes.get(edge, ()), edge[1]]):
            found.setdefault(u, []).append(v)
            found.setdefault(v, []).append(u)
    return found


def _columns(
    layers: list[list[str]], wide: dict[str, float], joined: dict[str, list[str]]
) -> dict[str, float]:
    """The middle of each box: near its neighbours, in the order of its layer, none over another."""
    x: dict[str, float] = {}
    for layer in layers:
        x.update(zip(layer, _apart([0.0] * len(layer), [wide[key] for key in layer]), strict=True))
    for sweep in range(8):
        for layer in layers if sweep % 2 else layers[::-1]:
            wanted = []
            for key in layer:
                around = [x[other] for other in joined.get(key, ())]
                wanted.append(sum(around) / len(around) if around else x[key])
            found = _apart(wanted, [wide[key] for key in layer])
            x.update(zip(layer, found, strict=True))
    left = min((x[key] - wide[key] / 2 for key in x), default=0.0) - 12
    return {key: place - left for key, place in x.items()}


def _apart(wanted: list[float], wide: list[float]) -> list[float]:
    """Places in the same order near those wanted, moved apart as far as boxes need."""
    places: list[float] = []
    edge = -math.inf
    for place, width in zip(wanted, wide, strict=True):
        places.append(max(place, edge + width / 2))
        edge = places[-1] + width / 2 + GAP_X
    shift = sum(w - p for w, p in zip(wanted, places, strict=True)) / max(1, len(places))
    return [place + shift for place in places]
