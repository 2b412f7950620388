"""Passes keep the meaning of every graph, and find what they are there for."""

import numpy
import pytest
from compiler.building import Tape, ops
from compiler.random_graphs import BOOL, graphs, run, same
from hypothesis import given, settings

from chainrule.compiler.graph import Eqn, Graph, Var
from chainrule.compiler.passes import PASSES, optimise
from chainrule.compiler.passes.common import merge_common

ROUNDING = ("expand_powers", "simplify_reductions", "expand_small_products")
EXACT = [each for each in PASSES if each.__name__ not in ROUNDING]


def memory(graph):
    """Which memory each result is in: that of an input, or of which result first."""
    roots = {e.out: e.ins[0] for e in graph.eqns if e.op == "view"}
    found = [roots.get(v, v) for v in graph.results()]
    return [graph.inputs.index(v) if v in graph.inputs else (found.index(v),) for v in found]


def look(graph):
    """What is seen of the results but their values; a view knows only roots."""
    views = {e.out for e in graph.eqns if e.op == "view"}
    assert not any(e.ins[0] in views for e in graph.eqns if e.op in ("view", "update"))
    strides = [v.strides for v in graph.results()]
    return memory(graph), strides, [v.value is None for v in graph.results()]


@pytest.mark.parametrize("each", EXACT, ids=lambda each: each.__name__)
@given(made=graphs())
def test_exact_passes_keep_every_bit(each, made):
    graph, arrays = made
    after = each(graph).verify()
    assert same(run(graph, arrays), run(after, arrays)), f"{graph}\n\n{after}"


@pytest.mark.parametrize("each", PASSES, ids=lambda each: each.__name__)
@given(made=graphs(calm=True))
def test_all_passes_keep_calm_values(each, made):
    graph, arrays = made
    after = each(graph).verify()
    assert same(run(graph, arrays), run(after, arrays), exact=False), f"{graph}\n\n{after}"


@settings(max_examples=100)
@given(graphs(calm=True))
def test_together_they_keep_calm_values(made):
    graph, arrays = made
    after = optimise(graph)
    assert same(run(graph, arrays), run(after, arrays), exact=False), f"{graph}\n\n{after}"


@given(graphs())
def test_a_second_time_changes_nothing(made):
    once = optimise(made[0])
    assert optimise(once) is once


@given(graphs())
def test_memory_of_results_is_as_it_was(made):
    graph, _ = made
    after = optimise(graph)
    assert look(after) == look(graph), f"{graph}\n\n{after}"


def test_passes_are_watched():
    tape = Tape()
    x = tape.input(3)
    y = tape.add("multiply", tape.add("copy", x), tape.number(1.0))
    seen = []
    optimise(tape.graph(tape.add("exp", y)), lambda name, graph: seen.append((name, ops(graph))))
    assert seen == [
        ("remove_copies", ["multiply", "exp"]),
        ("simplify", ["exp"]),
    ]


def test_a_wrong_pass_is_found(monkeypatch):
    def wrong(graph):
        return Graph(graph.inputs, [], graph.outputs)

    monkeypatch.setattr("chainrule.compiler.passes.PASSES", (wrong,))
    tape = Tape()
    with pytest.raises(ValueError, match="never computed"):
        optimise(tape.graph(tape.add("exp", tape.input(3))))


# Examples: what is built, and the operations that are left. x is (2, 3), y is (3,).


def example(build, dtype="float32"):
    """The operations left of what `build(tape, x, y, number)` computes."""
    tape = Tape(dtype)
    graph = tape.graph(build(tape, tape.input(2, 3), tape.input(3), tape.number))
    after = optimise(graph)
    rng = numpy.random.default_rng(0)
    arrays = [numpy.asarray(rng.integers(-4, 5, v.shape), v.dtype) for v in graph.inputs]
    assert same(run(graph, arrays), run(after, arrays), exact=False)
    return ops(after)


IDENTITIES = {
    "times one": lambda t, x, y, n: t.add("multiply", n(1), x),
    "over one": lambda t, x, y, n: t.add("divide", x, n(1)),
    "plus minus zero": lambda t, x, y, n: t.add("add", x, n(-0.0)),
    "minus zero": lambda t, x, y, n: t.add("subtract", x, n(0.0)),
    "to the first": lambda t, x, y, n: t.add("power", x, n(1)),
    "ones": lambda t, x, y, n: t.add("multiply", x, n([1, 1, 1])),
    "twice negative": lambda t, x, y, n: t.add("negative", t.add("negative", x)),
    "of itself": lambda t, x, y, n: t.add("maximum", x, x),
    "known mask": lambda t, x, y, n: t.add(
        "where", n([True, True, True], bool), x, y, dtype="float32"
    ),
    "wider and back": lambda t, x, y, n: t.add(
        "cast", t.add("cast", x, dtype="float64"), dtype="float32"
    ),
    "own dtype": lambda t, x, y, n: t.add("cast", x, dtype="float32"),
    "whole view": lambda t, x, y, n: t.view(x, (2, 3), (3, 1)),
}


@pytest.mark.parametrize("name", IDENTITIES)
def test_identities(name):
    build = IDENTITIES[name]
    assert example(lambda *given: given[0].add("exp", build(*given))) == ["exp"]


EXAMPLES = {
    "x + 0.0 is not x": (lambda t, x, y, n: t.add("add", x, n(0.0)), "add"),
    "but x * x + 0.0 is": (
        lambda t, x, y, n: t.add("add", t.add("multiply", x, x), n(0.0)),
        "multiply",
    ),
    "x - -0.0 is not x": (lambda t, x, y, n: t.add("subtract", x, n(-0.0)), "subtract"),
    "x * 1 grows": (lambda t, x, y, n: t.add("multiply", y, n([[1], [1]])), "multiply"),
    "plus negative": (lambda t, x, y, n: t.add("add", t.add("negative", y), x), "subtract"),
    "over 4": (lambda t, x, y, n: t.add("divide", x, n(4)), "multiply"),
    "over 3": (lambda t, x, y, n: t.add("divide", x, n(3)), "divide"),
    "over 1e-45": (lambda t, x, y, n: t.add("divide", x, n(2**-149)), "divide"),
    "square": (lambda t, x, y, n: t.add("power", x, n(2)), "multiply"),
    "square that grows": (lambda t, x, y, n: t.add("power", y, n([[2]] * 2)), "power"),
    "cube": (lambda t, x, y, n: t.add("power", x, n(3)), "multiply multiply"),
    "inverse": (lambda t, x, y, n: t.add("power", x, n(-1)), "divide"),
    "folded": (lambda t, x, y, n: t.add("add", x, t.add("exp", n([1, 2, 3]))), "add"),
    "narrower and back": (
        lambda t, x, y, n: t.add("cast", t.add("cast", x, dtype="int8"), dtype="float32"),
        "cast cast",
    ),
    "common": (
        lambda t, x, y, n: t.add("divide", t.add("add", x, y), t.add("add", y, x)),
        "add divide",
    ),
    "equal constants": (
        lambda t, x, y, n: t.add("divide", t.add("add", x, n(3)), t.add("add", x, n(3))),
        "add divide",
    ),
    "dead": (lambda t, x, y, n: (t.add("exp", x), t.add("sin", x))[1], "sin"),
    "copy": (lambda t, x, y, n: t.add("copy", t.add("exp", x)), "exp"),
    "copy of an input": (lambda t, x, y, n: t.add("copy", x), "copy"),
    "copy in other strides": (
        lambda t, x, y, n: t.add("copy", t.add("exp", x), strides=(1, 2)),
        "exp copy",
    ),
    "view of a copy": (
        lambda t, x, y, n: t.add("exp", t.view(t.add("copy", x, strides=(1, 2)), (2,), (1,), 2)),
        "view exp",
    ),
    "updated and read": (
        lambda t, x, y, n: t.add("exp", t.view(t.update(x, y, (3,), (1,), 3), (3,), (1,), 3)),
        "exp",
    ),
    "a part read": (
        lambda t, x, y, n: t.add("exp", t.view(t.update(x, y, (3,), (1,), 3), (2,), (1,), 4)),
        "view exp",
    ),
    "another part read": (
        lambda t, x, y, n: t.add("exp", t.view(t.update(x, y, (3,), (1,), 3), (3,), (1,), 0)),
        "view exp",
    ),
    "part of it read": (
        lambda t, x, y, n: t.add("exp", t.view(t.update(x, y, (3,), (1,), 3), (3,), (2,), 0)),
        "update view exp",
    ),
    "everything updated": (
        lambda t, x, y, n: t.add("exp", t.update(x, t.add("sin", x), (2, 3), (3, 1))),
        "sin exp",
    ),
    "everything updated, broadcast": (
        lambda t, x, y, n: t.add("exp", t.update(x, y, (2, 3), (3, 1))),
        "view exp",
    ),
    "twice updated": (
        lambda t, x, y, n: t.update(t.update(x, n(1.0), (), (), 1), y, (3,), (1,), 0),
        "update",
    ),
    "updated by itself": (
        lambda t, x, y, n: t.add("exp", t.update(x, t.view(x, (3,), (1,), 3), (3,), (1,), 3)),
        "exp",
    ),
    "two rows updated": (
        lambda t, x, y, n: t.update(t.update(x, n(1.0), (3,), (1,), 0), y, (3,), (1,), 3),
        "update update",
    ),
    "updated by another row": (
        lambda t, x, y, n: t.update(x, t.view(x, (3,), (1,), 0), (3,), (1,), 3),
        "view update",
    ),
    "updated in another dtype": (
        lambda t, x, y, n: t.update(x, t.add("cast", y, dtype="float64"), (2, 3), (3, 1)),
        "view copy",
    ),
    "read in another dtype": (
        lambda t, x, y, n: t.add(
            "exp", t.view(t.update(x, t.add("less", y, y), (3,), (1,), 3), (3,), (1,), 3)
        ),
        "less cast exp",
    ),
    "copied row updated": (
        lambda t, x, y, n: t.update(t.add("copy", t.view(x, (3,), (1,), 3)), n(1.0), (), (), 1),
        "view copy update",
    ),
    "sum of one": (
        lambda t, x, y, n: t.add("sum", t.view(y, (1, 3), (3, 1)), axes=(0,)),
        "add",
    ),
    "sum of equals": (
        lambda t, x, y, n: t.add("sum", t.view(t.add("square", y), (4, 3), (0, 1)), axes=(0,)),
        "square multiply",
    ),
    "sum of all of equals": (
        lambda t, x, y, n: t.add("sum", t.view(y, (4, 3), (0, 1)), axes=(0, 1)),
        "sum multiply",
    ),
    "product of equals": (
        lambda t, x, y, n: t.add("prod", t.view(y, (4, 3), (0, 1)), axes=(0,)),
        "view prod",
    ),
    "max of equals": (
        lambda t, x, y, n: t.add("max", t.view(y, (4, 3), (0, 1)), axes=(0, 1)),
        "max",
    ),
    "sum of sum": (lambda t, x, y, n: t.add("sum", t.add("sum", x, axes=(1,)), axes=(0,)), "sum"),
    "dot": (lambda t, x, y, n: t.add("matmul", y, y), "multiply sum"),
    "rows": (lambda t, x, y, n: t.add("matmul", x, y), "view multiply sum"),
    "outer": (
        lambda t, x, y, n: t.add("matmul", t.view(y, (3, 1), (1, 1)), t.view(y, (1, 3), (3, 1))),
        "view view multiply",
    ),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples(name):
    build, left = EXAMPLES[name]
    assert example(build) == left.split()


def test_a_broadcast_number_stays_a_number():
    tape = Tape()
    x = tape.input(1000, 1000)
    ones = tape.view(tape.number(2.0), (1000, 1000), (0, 0))
    six = tape.add("multiply", ones, tape.number(3.0))
    after = optimise(tape.graph(tape.add("add", x, six)))
    (eqn,) = after.eqns
    assert eqn.ins[1].shape == ()
    assert eqn.ins[1].value == 6


def test_folding_gives_no_warnings():
    tape = Tape()
    inverse = tape.add("reciprocal", tape.number(0.0))
    graph = tape.graph(tape.add("add", tape.input(3), inverse))
    with numpy.errstate(all="raise"):
        assert ops(optimise(graph)) == ["add"]


def test_large_constants_are_computed_where_they_are_read():
    tape = Tape()
    many = tape.number(numpy.arange(5000))
    assert ops(optimise(tape.graph(tape.add("add", tape.input(5000), tape.add("exp", many))))) == [
        "exp",
        "add",
    ]


def test_a_result_is_no_constant():
    tape = Tape()
    assert ops(optimise(tape.graph(tape.add("exp", tape.number(1.0))))) == ["copy"]


def test_two_results_stay_two():
    tape = Tape()
    x = tape.input(3)
    after = optimise(tape.graph(tape.add("exp", x), tape.add("exp", x)))
    assert ops(after) == ["exp", "copy"]


def test_two_results_of_one_copied():
    tape = Tape()
    y = tape.add("exp", tape.input(3))
    after = optimise(tape.graph(tape.add("copy", y), tape.add("copy", y)))
    assert ops(after) == ["exp", "copy"]


def test_swapped_inputs_are_copied():
    tape = Tape()
    x, y = tape.input(3), tape.input(3)
    a, b = tape.add("copy", x), tape.add("copy", y)
    assert ops(optimise(tape.graph(writes=[(x, b), (y, a)]))) == ["copy", "copy"]


def test_a_view_of_a_copy_shares_no_input():
    tape = Tape()
    row = tape.view(tape.add("copy", tape.input(2, 3)), (3,), (1,), 3)
    assert ops(optimise(tape.graph(row))) == ["copy", "view"]


def test_a_sum_that_is_read_twice_is_not_summed_again():
    tape = Tape()
    inner = tape.add("sum", tape.input(2, 3), axes=(1,))
    after = optimise(tape.graph(inner, tape.add("sum", inner, axes=(0,))))
    assert [e.ins for e in after.eqns] == [tuple(tape.inputs), (inner,)]


def test_a_narrow_sum_wraps_before_a_wide_one():
    tape = Tape("int8")
    x = tape.input(2, 3)
    inner = Var((2,), x.dtype)
    tape.eqns.append(Eqn("sum", (x,), (inner,), {"axes": (1,)}))
    graph = tape.graph(tape.add("sum", inner, dtype="int64", axes=(0,)))
    arrays = [numpy.full((2, 3), 100, numpy.int8)]
    assert same(run(graph, arrays), run(optimise(graph), arrays))


def test_large_integers_do_not_fit_into_floats():
    tape = Tape("int64")
    wide = tape.add("cast", tape.input(1), dtype="float64")
    graph = tape.graph(tape.add("cast", wide, dtype="int64"))
    arrays = [numpy.array([2**53 + 1])]
    assert same(run(graph, arrays), run(optimise(graph), arrays))


def test_draws_of_one_stream_are_two():
    tape = Tape()
    fn = numpy.cumsum
    a, b = (tape.add("draw", tape.number([1, 2]), fn=fn, label="draw") for _ in range(2))
    assert ops(optimise(tape.graph(tape.add("add", a, b)))) == ["draw", "draw", "add"]


def test_numbers_of_other_shapes_are_other_constants():
    tape = Tape()
    totals = []
    for n in (3, 4):
        value = numpy.broadcast_to(numpy.float32(1), (n,))
        totals.append(tape.add("sum", Var((n,), value.dtype, (0,), value), axes=(0,)))
    graph = tape.graph(tape.add("subtract", *totals))
    assert same(run(graph, []), run(merge_common(graph), []))


def test_checks_of_constants():
    tape = Tape()
    tape.check(tape.number(True, bool))
    assert ops(optimise(tape.graph())) == []
    tape.check(tape.number(False, bool))
    assert ops(optimise(tape.graph())) == ["check"]


@pytest.mark.parametrize(("pure", "left"), [(True, 1), (False, 2)])
def test_calls_are_merged_if_pure(pure, left):
    tape = Tape()
    x = tape.input(3)
    params = {"fn": numpy.cumsum, "label": "cumsum", "pure": pure}
    a, b = tape.add("call", x, **params), tape.add("call", x, **params)
    assert ops(optimise(tape.graph(tape.add("add", a, b)))) == ["call"] * left + ["add"]


def test_calls_see_strides():
    tape = Tape()
    x = tape.add("copy", tape.input(2, 3), strides=(1, 2))
    call = tape.add("call", x, fn=numpy.cumsum, label="cumsum")
    assert ops(optimise(tape.graph(call))) == ["copy", "call"]


def test_a_slow_operand_is_copied_for_blas():
    tape = Tape()
    x, w = tape.input(64, 128), tape.input(32, 32)
    every_second = tape.view(x, (32, 32), (256, 2))
    after = tape.add("matmul", tape.add("copy", every_second), w)
    transposed = tape.add("matmul", tape.add("copy", tape.view(w, (32, 32), (1, 32))), w)
    left = optimise(tape.graph(after, transposed))
    assert ops(left) == ["view", "copy", "matmul", "view", "matmul"]


MATRICES = [
    ((3,), (3,)),
    ((3,), (3, 2)),
    ((2, 3), (3,)),
    ((4, 3), (3, 5)),
    ((4, 1), (1, 5)),
    ((20, 1), (1, 50)),
    ((1, 700), (700, 2)),
    ((5, 2, 3), (3, 2)),
    ((2, 3), (5, 3, 2)),
    ((5, 1, 2, 3), (4, 3, 2)),
    ((3,), (5, 3, 2)),
    ((5, 2, 3), (3,)),
    ((0, 3), (3, 2)),
    ((2, 0), (0, 2)),
]


@pytest.mark.parametrize(("left", "right"), MATRICES, ids=str)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_small_products(left, right, dtype):
    tape = Tape(dtype)
    x, y = tape.input(*left), tape.input(*right)
    graph = tape.graph(tape.add("matmul", x, y))
    after = optimise(graph)
    assert "matmul" not in ops(after)
    rng = numpy.random.default_rng(0)
    arrays = [rng.standard_normal(shape).astype(dtype) for shape in (left, right)]
    assert same(run(graph, arrays), run(after, arrays), exact=False)


def test_large_and_integer_products_stay():
    for dtype, n in (("float32", 17), ("int64", 2)):
        tape = Tape(dtype)
        x = tape.input(n, n)
        assert ops(optimise(tape.graph(tape.add("matmul", x, x)))) == ["matmul"]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("exponent", [-1, 0.5, 1, 2, 3, 4])
def test_powers(dtype, exponent):
    tape = Tape(dtype)
    x = tape.input(10_006)
    graph = tape.graph(tape.add("power", x, tape.number(exponent)))
    after = optimise(graph)
    special = [0.0, -0.0, numpy.inf, -numpy.inf, numpy.nan, 1e-30]
    rng = numpy.random.default_rng(0)
    numbers = numpy.exp(rng.uniform(-20, 20, 10_000)) * rng.choice([-1, 1], 10_000)
    array = numpy.concatenate([special, numbers]).astype(dtype)
    before, found = run(graph, [array]), run(after, [array])
    if exponent in (3, 4):
        numpy.testing.assert_array_max_ulp(before.results[0], found.results[0], 2)
    else:
        assert same(before, found)
    assert ("power" in ops(after)) == (exponent == 0.5 and "sqrt" not in ops(after))


def test_many_roots_are_a_power():
    tape = Tape()
    x = tape.input(2)
    assert ops(optimise(tape.graph(tape.add("power", x, tape.number([0.5, 0.5]))))) == ["power"]


def test_masks_of_bools():
    tape = Tape(bool)
    x = tape.input(3)
    kept = tape.add("logical_and", tape.add("logical_or", x, tape.number(False)), tape.number(True))
    after = optimise(tape.graph(tape.add("logical_not", kept)))
    assert ops(after) == ["logical_not"]
    assert after.outputs[0].dtype == BOOL


def test_unread_constants_go():
    v = Var((), numpy.dtype("float32"), None, numpy.array(1, "float32"))
    tape = Tape()
    x = tape.input(3)
    tape.add("exp", v)
    assert ops(optimise(tape.graph(tape.add("exp", x)))) == ["exp"]
