"""Kernels of groups, compiled and run, compared with the interpreter of graphs."""

from __future__ import annotations

import warnings
from typing import Any

import numpy
import pytest
from compiler import patterns
from compiler.building import Tape
from compiler.random_graphs import Outcome, graphs, run, same
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chainrule.compiler import levels
from chainrule.compiler.graph import Eqn, Graph, Var
from chainrule.compiler.groups import Group, schedule
from chainrule.compiler.lower import bounds, lower
from chainrule.compiler.vocabulary import CheckFailed, interpret

pytest.importorskip("llvmlite")
from compiler.execute import Program

CASES = {
    "chain": lambda: patterns.chain(1001),
    "linear regression": lambda: patterns.linear_regression(10_001),
    "linear regression, few rows": lambda: patterns.linear_regression(3),
    "cross entropy, few classes": lambda: patterns.cross_entropy(64, 10),
    "cross entropy": lambda: patterns.cross_entropy(20, 300),
    "cross entropy, few rows": lambda: patterns.cross_entropy(5, 3),
    "cross entropy, many rows": lambda: patterns.cross_entropy(5000, 17),
    "layer norm": lambda: patterns.layer_norm(64, 100),
    "layer norm, narrow": lambda: patterns.layer_norm(640, 7),
    "layer norm, wide": lambda: patterns.layer_norm(3, 5000),
    "batch norm of images": lambda: patterns.batch_norm_images(8, 5, 6),
    "batch norm of large images": lambda: patterns.batch_norm_images(3, 2, 70),
    "batch norm of rows": lambda: patterns.batch_norm_rows(256, 64),
    "batch norm of many rows": lambda: patterns.batch_norm_rows(6000, 20),
    "adam": lambda: patterns.adam(2000),
    "normalised": lambda: patterns.normalised(3000),
    "normalised, large": lambda: patterns.normalised(40_000),
    "middle sum": lambda: patterns.middle_sum(8, 30, 64),
    "long middle sum": lambda: patterns.middle_sum(3, 5000, 33),
    "column sums": lambda: patterns.column_sums(50, 33),
    "pairs": lambda: patterns.middle_sum(300, 2, 1),
    "two rows": lambda: patterns.column_sums(2, 3000),
    "transposed": lambda: patterns.transposed(30, 40),
    "transposed, in tiles": lambda: patterns.transposed(100, 192),
    "reshaped": lambda: patterns.reshaped(6, 5, 8),
    "matmul": lambda: patterns.through_matmul(32, 16),
}


def compare(graph: Graph, arrays: list[Any], parts: int = 1, inplace: bool = False) -> None:
    """The compiled program gives what the interpreter gives, to rounding."""
    found = Program(graph, parts, inplace)([a.copy() for a in arrays])
    wanted = interpret(graph, arrays)
    for x, y in zip([*found[0], *found[1]], [*wanted[0], *wanted[1]], strict=True):
        assert x.dtype == y.dtype
        numpy.testing.assert_allclose(x, y, rtol=2e-5, atol=2e-5)


@pytest.mark.parametrize(("parts", "inplace"), [(1, False), (1, True), (3, False), (3, True)])
@pytest.mark.parametrize("name", CASES)
def test_patterns(name: str, parts: int, inplace: bool) -> None:
    compare(*CASES[name](), parts, inplace)


def test_sums_of_many_numbers_are_precise() -> None:
    tape = Tape()
    x = tape.input(1_000_000)
    graph = tape.graph(tape.add("sum", x, axes=(0,)))
    array = numpy.full(1_000_000, 0.1, "float32")
    for parts in (1, 3):
        (found,), _ = Program(graph, parts)([array])
        assert abs(found - array.astype("float64").sum()) < 0.2  # NumPy's naive sum: 958


def test_not_a_number_wins() -> None:
    tape = Tape()
    x = tape.input(40, 50)
    graph = tape.graph(
        tape.add("max", x, axes=(1,)),
        tape.add("min", x, axes=(0,)),
        tape.add("max", x, axes=(0, 1)),
    )
    array = numpy.random.default_rng(0).standard_normal((40, 50)).astype("float32")
    array[3, 49] = array[17, 0] = numpy.nan
    compare(graph, [array])
    compare(graph, [numpy.full((40, 50), -numpy.inf, "float32")])


def test_a_result_in_the_memory_of_an_input() -> None:
    graph, arrays = patterns.cross_entropy(32, 10)
    (group,) = schedule(graph)
    assert isinstance(group, Group)
    (target, value) = graph.writes[0]
    assert group.may_overwrite(target, value)
    kernel, operands = lower(group, "f", {value: target})
    assert value not in operands
    assert operands.count(target) == 1
    assert kernel.buffers[operands.index(target)].written
    assert arrays[1].shape == target.shape


def test_equal_structure_gives_equal_kernels() -> None:
    from chainrule.compiler.llvm import module_text

    texts = set()
    for _ in range(2):
        (group,) = schedule(patterns.layer_norm(64, 100)[0])
        assert isinstance(group, Group)
        texts.add(module_text([lower(group, "f").kernel]))
    assert len(texts) == 1


def test_bounds_cover_everything() -> None:
    for rows in (1, 2, 5, 16, 17):
        (group,) = schedule(patterns.layer_norm(rows, 100)[0])
        assert isinstance(group, Group)
        for parts in (1, 2, 4, 100):
            found = bounds(group, parts)
            assert [i for low, high in found for i in range(low, high)] == list(range(rows))


FLOATS = numpy.array(
    [0.0, -0.0, 0.5, -0.5, 1.0, -1.5, 2.5, 7.25, -3.0, 1e30, -1e-30, numpy.inf, -numpy.inf,
     numpy.nan]
)  # fmt: skip
INTEGERS = numpy.array([0, 1, -1, 2, -3, 5, 7, -8, 63, 64, 65, 100])
UNARY = (
    *("negative", "absolute", "sign", "square", "sqrt", "reciprocal", "positive", "conjugate"),
    *("floor", "ceil", "rint", "trunc", "isnan", "isinf", "isfinite", "signbit"),
    *("logical_not", "invert", "copy"),
)
BINARY = (
    *("add", "subtract", "multiply", "divide", "floor_divide", "remainder", "fmod"),
    *("maximum", "minimum", "fmax", "fmin", "copysign", "heaviside"),
    *("less", "less_equal", "greater", "greater_equal", "equal", "not_equal"),
    *("logical_and", "logical_or", "logical_xor", "bitwise_and", "bitwise_or", "bitwise_xor"),
    *("left_shift", "right_shift"),
)
FLOATING = ("sqrt", "rint", "signbit", "copysign", "heaviside")  # of bytes: in float16


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "int32", "uint8", "bool"])
def test_pointwise_operations_are_numpys(dtype: str) -> None:
    """Every operation, on all pairs of special values; all in one graph for each dtype."""
    kind = numpy.dtype(dtype)
    values = (FLOATS if kind.kind == "f" else INTEGERS).astype(kind)
    tape = Tape(dtype)
    x, y = tape.input(len(values), 1), tape.input(len(values))
    outs, names = [], []
    for name in (*UNARY, *BINARY):
        if kind.kind != "f" and (name == "reciprocal" or (kind.itemsize == 1 and name in FLOATING)):
            continue
        ins = (x,) if name in UNARY else (x, y)
        try:
            with warnings.catch_warnings(), numpy.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                outs.append(tape.add(name, *ins))
        except TypeError:
            continue
        names.append(name)
    graph = tape.graph(*outs)
    assert not any(isinstance(step, Eqn) for step in schedule(graph))
    arrays = [values[:, None], values]
    with numpy.errstate(all="ignore"):
        wanted, _ = interpret(graph, arrays)
    found, _ = Program(graph)(arrays)
    for name, a, b in zip(names, found, wanted, strict=True):
        assert a.dtype == b.dtype, name
        numpy.testing.assert_array_equal(a, b, err_msg=name)
        if a.dtype.kind == "f" and name not in ("maximum", "minimum", "fmax", "fmin"):
            signs = numpy.isnan(a) | (numpy.signbit(a) == numpy.signbit(b))
            assert signs.all(), name


def test_casts_are_numpys() -> None:
    values = numpy.array([0.0, -0.0, 0.9, -0.9, 1.5, -2.5, 100.25])
    kinds = ["float32", "float64", "int64", "int32", "int8", "bool"]
    for start in kinds:
        tape = Tape(start)
        x = tape.input(len(values))
        graph = tape.graph(*[tape.add("cast", x, dtype=kind) for kind in kinds])
        array = values.astype(start)
        found, _ = Program(graph)([array])
        for kind, result in zip(kinds, found, strict=True):
            numpy.testing.assert_array_equal(result, array.astype(kind))
            assert result.dtype == kind


def run_compiled(graph: Graph, arrays: list[Any], parts: int, inplace: bool) -> Outcome:
    """As `random_graphs.run`, by kernels."""
    program = Program(graph, parts, inplace)
    streams = {eqn.params["fn"].stream for eqn in graph.eqns if eqn.op == "draw"}
    for stream in streams:
        stream.log = []
    try:
        with numpy.errstate(all="ignore"):
            outputs, writes = program([array.copy(order="K") for array in arrays])
        results: list[Any] | None = [numpy.array(found) for found in (*outputs, *writes)]
    except CheckFailed:
        results = None
    return Outcome(results, [line for stream in streams for line in stream.log])


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(graphs(), st.sampled_from([1, 3]), st.booleans())
def test_random_graphs(case: tuple[Graph, list[Any]], parts: int, inplace: bool) -> None:
    graph, arrays = case
    found = run_compiled(graph, arrays, parts, inplace)
    assert same(run(graph, arrays), found, exact=False), str(graph)


@st.composite
def loop_graphs(draw: Any) -> tuple[Graph, list[Any]]:
    """Graphs of pointwise operations and reductions alone, on arrays of a few common sizes.

    All values are small integers, so that sums are exact in any order.
    """
    sizes = draw(st.lists(st.sampled_from([1, 2, 3, 5, 17, 40]), min_size=1, max_size=3))
    rng = numpy.random.default_rng(draw(st.integers(0, 1 << 20)))
    kind = draw(st.sampled_from(["float32", "float64", "int64", "int32"]))
    tape = Tape(kind)
    known: list[Var] = []
    for _ in range(draw(st.integers(1, 3))):
        kept = [n if draw(st.integers(0, 3)) else 1 for n in sizes]
        known.append(tape.input(*kept[draw(st.integers(0, len(sizes) - 1)) :]))
    roots = list(known)

    def operand() -> Var:
        v = draw(st.sampled_from(known))
        if v not in roots or len(v.shape) < 2 or draw(st.integers(0, 3)):
            return v
        order = draw(st.permutations(range(len(v.shape))))
        shape, strides = [v.shape[i] for i in order], [v.strides[i] for i in order]
        if draw(st.booleans()):
            offset, strides[0] = (shape[0] - 1) * strides[0], -strides[0]
            return tape.view(v, tuple(shape), tuple(strides), offset)
        return tape.view(v, tuple(shape), tuple(strides))

    def keepdims(v: Var, axes: tuple[int, ...], shape: tuple[int, ...]) -> Var:
        strides, steps = iter(v.strides), []
        for i in range(len(shape)):
            steps.append(0 if i in axes else next(strides))
        return tape.view(v, tuple(1 if i in axes else n for i, n in enumerate(shape)), tuple(steps))

    for _ in range(draw(st.integers(2, 12))):
        x = operand()
        if draw(st.integers(0, 2)):
            partners = [v for v in (*known, tape.number(2)) if _broadcasts(v.shape, x.shape)]
            op = draw(st.sampled_from(["add", "subtract", "maximum", "minimum"]))
            out = tape.add(op, x, draw(st.sampled_from(partners)))
        else:
            axes = tuple(i for i in range(len(x.shape)) if draw(st.booleans()))
            op = draw(st.sampled_from(["sum", "max", "min"]))
            out = tape.add(op, x, dtype=kind, axes=axes)
            roots.append(out)
            if axes and draw(st.integers(0, 2)):
                out = keepdims(out, axes, x.shape)
        known.append(out)
        if out not in roots and not any(e.op == "view" and e.out is out for e in tape.eqns):
            roots.append(out)
    made = [v for v in known if v not in tape.inputs]
    outputs = [made[-1], *draw(st.lists(st.sampled_from(made), max_size=2))]
    arrays = [rng.integers(-3, 4, v.shape).astype(kind) for v in tape.inputs]
    return tape.graph(*outputs), arrays


def _broadcasts(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    return all(m == n or 1 in (m, n) for m, n in zip(a[::-1], b[::-1], strict=False))


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(loop_graphs(), st.sampled_from([1, 3]), st.booleans(), st.integers(0, 10), st.booleans())
def test_random_loops(
    case: tuple[Graph, list[Any]], parts: int, inplace: bool, choice: int, keep: bool
) -> None:
    """Also in walks that are not the cheapest, and keeping values that are cheap to compute."""
    graph, arrays = case
    assert not any(isinstance(s, Eqn) and s.op != "view" for s in schedule(graph))
    with pytest.MonkeyPatch.context() as patch:
        if keep:
            patch.setattr(levels, "CHEAP", 0.0)
        program = Program(graph, parts, inplace, lambda legal: legal[choice % len(legal)])
    found, _ = program([a.copy() for a in arrays])
    wanted, _ = interpret(graph, arrays)
    for a, b in zip(found, wanted, strict=True):
        assert a.dtype == b.dtype
        numpy.testing.assert_array_equal(a, b, err_msg=str(graph))
