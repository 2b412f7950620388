"""Random graphs for property tests: every kind of equation, several outputs and writes.

`graphs()` is the strategy; `run` interprets one and keeps the log of its draws; `same` compares.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy
from hypothesis import strategies as st

from chainrule.compiler.graph import Eqn, Graph, Shape, Var, row_major
from chainrule.compiler.vocabulary import CheckFailed, evaluate, interpret, laid_out

F32, F64, I64, BOOL = (numpy.dtype(name) for name in ("float32", "float64", "int64", "bool"))
FLOATS = (F32, F64)
# What NumPy does the same everywhere; NaN as an integer it does not.
CASTS = {F32: (F32, F64), F64: (F64, F32), I64: (I64, F64, F32), BOOL: (BOOL, F32, F64, I64)}
SPECIAL = (0.0, -0.0, numpy.inf, -numpy.inf, numpy.nan)
NUMBERS = (1.0, 0.0, -0.0, 2.0, 0.5, -1.0, 4.0, 3.0)

# Calm graphs have only arithmetic that is exact on small integers, in whatever order.
CALM_UNARY = ("negative", "absolute", "square", "positive")
UNARY = (*CALM_UNARY, "sqrt", "exp", "tanh", "reciprocal", "sign")
BINARY = ("add", "subtract", "multiply", "maximum", "minimum")
COMPARE = ("less", "equal", "greater_equal")
KINDS = ("unary", "binary", "binary", "constant", "view", "view", "update", "reduction", "where")
RARE = ("cast", "compare", "matmul", "copy", "again", "call", "draw", "check")
LARGEST = 1000.0  # what a calm graph computes stays below, so that sums and products are exact


class Stream:
    """A random stream that is none: its nth draw depends on n, and it keeps a log."""

    def __init__(self) -> None:
        self.log: list[tuple[str, Shape]] = []


class Draw:
    """What a `draw` calls: an array of a shape, the next one of the stream."""

    def __init__(self, stream: Stream, shape: Shape, dtype: numpy.dtype[Any]) -> None:
        self.stream, self.shape, self.dtype = stream, shape, dtype

    def __call__(self, *arrays: Any) -> Any:
        self.stream.log.append((self.dtype.name, self.shape))
        return numpy.full(self.shape, len(self.stream.log), self.dtype)


def backwards(x: Any) -> Any:
    """A function for `call`: the elements in reverse order."""
    return x[::-1].copy() if x.ndim else x.copy()


class Builder:
    """A graph in the making, with the array of every value."""

    def __init__(self, draw: Any, calm: bool) -> None:
        self.draw, self.calm = draw, calm
        self.stream = Stream()
        self.rng = numpy.random.default_rng(draw(st.integers(0, 2**20)))
        self.inputs: list[Var] = []
        self.eqns: list[Eqn] = []
        self.arrays: dict[Var, Any] = {}
        self.views: set[Var] = set()

    # Choices

    def pick(self, options: Any) -> Any:
        """One of several."""
        return self.draw(st.sampled_from(list(options)))

    def values(self, *kinds: numpy.dtype[Any]) -> list[Var]:
        """What there is, of some dtypes; the newest last."""
        return [v for v in self.arrays if not kinds or v.dtype in kinds]

    def shape(self) -> Shape:
        """A small shape, rarely without elements."""
        return tuple(self.draw(st.lists(self.sizes, max_size=3)))

    sizes = st.sampled_from([1, 2, 3, 2, 3, 1, 4, 0])

    def layout(self, shape: Shape) -> Shape:
        """Strides of a dense array, mostly row-major."""
        if len(shape) < 2 or self.rng.integers(3):
            return row_major(shape)
        order = list(self.rng.permutation(len(shape)))
        strides = row_major(tuple(shape[i] for i in order))
        return tuple(strides[order.index(i)] for i in range(len(shape)))

    def random(self, shape: Shape, kind: numpy.dtype[Any]) -> Any:
        """Small integers of either sign, in floats also special values (but not in calm graphs)."""
        found = numpy.asarray(self.rng.integers(-3, 4, shape)).astype(kind)
        if kind in FLOATS and not self.calm:
            found = numpy.asarray(found * self.rng.choice([1.0, 0.3], shape), dtype=kind)
            special = self.rng.choice(SPECIAL, shape)
            found = numpy.where(self.rng.random(shape) < 0.1, special, found)
        return numpy.asarray(found, dtype=kind)

    # Values

    def new(self, shape: Shape, kind: numpy.dtype[Any]) -> Var:
        """A value to compute, in a random layout."""
        return Var(shape, kind, self.layout(shape))

    def input(self) -> None:
        """One more input."""
        v = self.new(self.shape(), self.pick([F32, F32, F64, I64, BOOL]))
        self.arrays[v] = laid_out(self.random(v.shape, v.dtype), v)
        self.inputs.append(v)

    def constant(self, shape: Shape | None = None, kind: numpy.dtype[Any] | None = None) -> Var:
        """A constant: a number, one number everywhere, or an array."""
        how = self.pick(["number", "everywhere", "array"])
        shape = shape if shape is not None else () if how == "number" else self.shape()
        kind = kind or self.pick([F32, F64, I64])
        if how == "array":
            value = self.random(shape, kind)
        else:
            number = numpy.array(self.pick(NUMBERS), kind)
            value = number.reshape(()) if shape == () else numpy.broadcast_to(number, shape)
        strides = tuple(s // kind.itemsize for s in value.strides)
        v = Var(shape, kind, strides, value)
        self.arrays[v] = value
        return v

    def add(self, op: str, ins: tuple[Var, ...], out: Var, **params: Any) -> Var | None:
        """Append an equation, unless a calm graph would not be calm any more."""
        eqn = Eqn(op, ins, (out,), params)
        found = evaluate(eqn, [self.arrays[v] for v in ins])
        array = found[0] if op == "view" else laid_out(found[0], out)
        assert array.shape == out.shape
        assert array.dtype == out.dtype, (op, array.dtype, out.dtype)
        if self.calm and array.size and numpy.nanmax(numpy.abs(array.astype(F64))) > LARGEST:
            return None
        self.eqns.append(eqn)
        self.arrays[out] = array
        if op == "view":
            self.views.add(out)
        return out

    def partner(self, x: Var, kind: numpy.dtype[Any], grows: bool = True) -> Var:
        """A value that broadcasts with x: one there is, or a new constant."""
        fitting = [v for v in self.values(kind) if fits(v.shape, x.shape, grows)]
        if not fitting or not self.draw(st.integers(0, 3)):
            return self.constant(self.pick([(), x.shape, x.shape[1:]]), kind)
        return self.pick(fitting)

    # Equations, one method a kind

    def unary(self) -> None:
        x = self.pick(self.values(*FLOATS, I64) or [self.constant()])
        names = CALM_UNARY if self.calm or x.dtype == I64 else UNARY
        self.add(self.pick(names), (x,), self.new(x.shape, x.dtype))

    def binary(self) -> None:
        x = self.pick(self.values(*FLOATS, I64) or [self.constant()])
        y = self.partner(x, x.dtype)
        wild = not self.calm and x.dtype in FLOATS
        op = self.pick((*BINARY, "divide", "power") if wild else BINARY)
        if op == "power":
            y = self.constant((), x.dtype)
        out = self.new(numpy.broadcast_shapes(x.shape, y.shape), x.dtype)
        self.add(op, (y, x) if op != "power" and self.pick([0, 1]) else (x, y), out)

    def compare(self) -> None:
        x = self.pick(self.values())
        y = self.partner(x, x.dtype)
        out = self.new(numpy.broadcast_shapes(x.shape, y.shape), BOOL)
        self.add(self.pick(COMPARE), (x, y), out)

    def where(self) -> None:
        x = self.pick(self.values(*FLOATS, I64) or [self.constant()])
        y = self.partner(x, x.dtype)
        shape = numpy.broadcast_shapes(x.shape, y.shape)
        mask = self.partner(Var(shape, BOOL), BOOL)
        out = self.new(numpy.broadcast_shapes(mask.shape, shape), x.dtype)
        self.add("where", (mask, x, y), out)

    def cast(self) -> None:
        x = self.pick(self.values())
        self.add("cast", (x,), self.new(x.shape, self.pick(CASTS[x.dtype])))

    def copy(self) -> None:
        x = self.pick(self.values())
        self.add("copy", (x,), self.new(x.shape, x.dtype))

    def again(self) -> None:
        """An equation a second time."""
        found = [e for e in self.eqns if len(e.outs) == 1 and e.op not in ("call", "draw")]
        if found:
            eqn = self.pick(found)
            out = Var(eqn.out.shape, eqn.out.dtype, eqn.out.strides)
            self.add(eqn.op, eqn.ins, out, **eqn.params)

    def reduction(self) -> None:
        op = self.pick(["sum", "sum", "max", "min", "prod", "any", "all"])
        x = self.pick(self.values())
        axes = tuple(i for i in range(len(x.shape)) if self.pick([0, 1, 1]))
        if op in ("max", "min") and 0 in x.shape:
            return
        kind = BOOL if op in ("any", "all") else x.dtype
        if op in ("sum", "prod") and kind == BOOL:
            kind = I64
        shape = tuple(n for i, n in enumerate(x.shape) if i not in axes)
        self.add(op, (x,), self.new(shape, kind), axes=axes)

    def matmul(self) -> None:
        found = [v for v in self.values(*FLOATS) if v.shape]
        if not found:
            return
        x = self.pick(found)
        inner, columns = x.shape[-1], self.pick([1, 2, 3])
        shapes = [(inner,), (inner, columns), (*x.shape[:-2], inner, columns)]
        partners = [v for v in self.values(x.dtype) if v.shape in shapes]
        y = self.pick([*partners, self.constant(self.pick(shapes), x.dtype)])
        shape = numpy.matmul(self.arrays[x], self.arrays[y]).shape
        self.add("matmul", (x, y), self.new(shape, x.dtype))

    def view(self) -> None:
        root = self.pick([v for v in self.values() if v not in self.views])
        place = (root.shape, root.strides, 0)
        for _ in range(self.draw(st.integers(0, 2))):
            place = self.moved(place, expand=True)
        shape, strides, offset = place
        out = Var(shape, root.dtype, strides)
        self.add("view", (root,), out, shape=shape, strides=strides, offset=offset)

    def update(self) -> None:
        roots = [v for v in self.values() if v not in self.views and dense(v)]
        if not roots:
            return
        root = self.pick(roots)
        place = (root.shape, root.strides, 0)
        for _ in range(self.draw(st.integers(0, 2))):
            place = self.moved(place, expand=False)
        shape, strides, offset = place
        kinds = [kind for kind, into in CASTS.items() if root.dtype in into]
        value = self.partner(Var(shape, root.dtype), self.pick(kinds), grows=False)
        out = Var(root.shape, root.dtype, root.strides)
        self.add("update", (root, value), out, shape=shape, strides=strides, offset=offset)

    def moved(self, place: tuple[Shape, Shape, int], expand: bool) -> tuple[Shape, Shape, int]:
        """A view of a view: transposed, sliced, flipped, picked from, expanded or flattened."""
        shape, strides, offset = place
        how = self.pick(["transpose", "slice", "flip", "pick", "flatten", *["expand"] * expand])
        if how == "expand":
            return (self.pick([2, 3]), *shape), (0, *strides), offset
        if not shape or 0 in shape:
            return place
        i = int(self.rng.integers(len(shape)))
        n, s = shape[i], strides[i]
        if how == "transpose":
            return shape[::-1], strides[::-1], offset
        if how == "flatten":
            whole = numpy.prod(shape, dtype=int).item()
            return ((whole,), (1,), offset) if strides == row_major(shape) else place
        if how == "pick":
            k = int(self.rng.integers(n))
            return (*shape[:i], *shape[i + 1 :]), (*strides[:i], *strides[i + 1 :]), offset + k * s
        start, step = (n - 1, -1) if how == "flip" else (int(self.rng.integers(n)), 1)
        size = n if how == "flip" else n - start
        if how == "slice" and self.rng.integers(2):
            step, size = 2, (size + 1) // 2
        shape = (*shape[:i], size, *shape[i + 1 :])
        return shape, (*strides[:i], s * step, *strides[i + 1 :]), offset + start * s

    def call(self) -> None:
        x = self.pick(self.values())
        out = self.new(x.shape, x.dtype)
        self.add("call", (x,), out, fn=backwards, label="backwards", pure=self.pick([True, False]))

    def draw_(self) -> None:
        shape, kind = self.shape(), self.pick(FLOATS)
        fn = Draw(self.stream, shape, kind)
        self.add("draw", (), self.new(shape, kind), fn=fn, label="draw")

    def check(self) -> None:
        x = self.pick(self.values())
        found = Var((), BOOL)
        if self.add("any", (x,), found, axes=tuple(range(len(x.shape)))) is not None:
            wrong = self.rng.integers(8) == 0
            expected = bool(self.arrays[found]) != wrong
            self.eqns.append(Eqn("check", (found,), (), {"expected": expected}))

    def finish(self) -> tuple[Graph, list[Any]]:
        """The graph, with random results, and arrays for its inputs."""
        made = [v for v in self.values() if v.value is None]
        outputs = [self.pick(made[-6:]) for _ in range(self.draw(st.integers(1, 3)))]
        writes = []
        for target in self.inputs:
            fitting = [
                v
                for v in made
                if (v.shape, v.dtype) == (target.shape, target.dtype) and v != target
            ]
            if fitting and self.pick([True, False]):
                writes.append((target, self.pick(fitting)))
        graph = Graph(tuple(self.inputs), self.eqns, tuple(outputs), tuple(writes))
        return graph.verify(), [self.arrays[v] for v in self.inputs]


def fits(shape: Shape, other: Shape, grows: bool) -> bool:
    """Whether two shapes broadcast; unless `grows`, to the second."""
    try:
        found = numpy.broadcast_shapes(shape, other)
    except ValueError:
        return False
    return grows or found == other


def dense(v: Var) -> bool:
    """Whether the elements fill their memory."""
    order = sorted(range(len(v.shape)), key=lambda i: -v.strides[i])
    packed = row_major(tuple(v.shape[i] for i in order))
    return tuple(v.strides[i] for i in order) == packed


@st.composite
def graphs(draw: Any, calm: bool = False, most: int = 14) -> tuple[Graph, list[Any]]:
    """A random graph of up to `most` equations and arrays for its inputs.

    A calm one is exact in whatever order it adds and multiplies: passes that are right up to
    rounding must keep all of its values, but for the sign of zeros.
    """
    builder = Builder(draw, calm)
    for _ in range(draw(st.integers(1, 3))):
        builder.input()
    with numpy.errstate(all="ignore"):
        for _ in range(draw(st.integers(min(4, most), most))):
            kind = builder.pick((*KINDS, *RARE))
            getattr(builder, {"draw": "draw_"}.get(kind, kind))()
    return builder.finish()


@dataclass
class Outcome:
    """What a run of a graph gave; `results` is None where a check failed."""

    results: list[Any] | None
    log: list[tuple[str, Shape]]


def run(graph: Graph, arrays: list[Any]) -> Outcome:
    """Interpret a graph, its draws from their beginning."""
    streams = {eqn.params["fn"].stream for eqn in graph.eqns if eqn.op == "draw"}
    for stream in streams:
        stream.log = []
    try:
        with numpy.errstate(all="ignore"):
            outputs, writes = interpret(graph, [array.copy(order="K") for array in arrays])
        results: list[Any] | None = [numpy.array(found) for found in (*outputs, *writes)]
    except CheckFailed:
        results = None
    return Outcome(results, [line for stream in streams for line in stream.log])


def same(one: Outcome, other: Outcome, exact: bool = True) -> bool:
    """Whether two runs gave the same, to the sign of zeros if `exact`, else to rounding."""
    if one.log != other.log or (one.results is None) != (other.results is None):
        return False
    pairs = zip(one.results or [], other.results or [], strict=True)
    return all(_alike(a, b, exact) for a, b in pairs)


def _alike(a: Any, b: Any, exact: bool) -> bool:
    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    if exact or a.dtype not in FLOATS:
        floats = a.dtype in FLOATS
        signs = not floats or bool(numpy.all((numpy.signbit(a) == numpy.signbit(b)) | (a != a)))
        return signs and bool(numpy.array_equal(a, b, equal_nan=floats))
    rough = 1e-4 if a.dtype == F32 else 1e-9
    return bool(numpy.allclose(a, b, rtol=rough, atol=rough, equal_nan=True))
