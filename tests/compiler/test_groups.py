"""The partition of a graph into groups: how many there are for the computations that matter."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
from compiler import patterns
from compiler.building import Tape
from compiler.random_graphs import graphs
from hypothesis import given, settings

from chainrule.compiler.graph import Eqn, Graph, Var
from chainrule.compiler.groups import Group, schedule, worth_splitting

ONE_GROUP = {
    "chain": patterns.chain(1000),
    "linear regression": patterns.linear_regression(1000),
    "linear regression, large": patterns.linear_regression(100_000),
    "cross entropy, few classes": patterns.cross_entropy(64, 10),
    "cross entropy": patterns.cross_entropy(64, 300),
    "layer norm": patterns.layer_norm(64, 100),
    "layer norm, narrow": patterns.layer_norm(640, 7),
    "batch norm of images": patterns.batch_norm_images(8, 5, 6),
    "adam": patterns.adam(2000),
    "normalised": patterns.normalised(3000),
    "transposed": patterns.transposed(30, 40),
    "reshaped": patterns.reshaped(6, 5, 8),
}


@pytest.mark.parametrize("name", ONE_GROUP)
def test_one_group(name: str) -> None:
    steps = schedule(ONE_GROUP[name][0])
    assert len(steps) == 1
    assert isinstance(steps[0], Group)


def test_totals_of_columns_end_a_group() -> None:
    steps = schedule(patterns.batch_norm_rows(256, 64)[0])
    assert len(steps) == 3
    assert all(isinstance(step, Group) for step in steps)


def test_a_large_vector_is_not_read_twice_in_one_group() -> None:
    assert len(schedule(patterns.normalised(100_000)[0])) == 2


def test_what_is_read_across_rows_is_walked_in_tiles() -> None:
    (group,) = schedule(patterns.transposed(100, 192)[0])
    assert isinstance(group, Group)
    sizes = [[group.space.sizes[d] for d in dims] for dims in (group.nest.rows, group.nest.cols)]
    assert sizes == [[4, 192], [25]]


def test_a_matrix_product_separates() -> None:
    steps = schedule(patterns.through_matmul(32, 16)[0])
    before, product, behind = steps
    assert isinstance(before, Group)
    assert isinstance(product, Eqn)
    assert isinstance(behind, Group)
    assert set(product.ins) & set(before.outputs)
    assert {e.op for e in behind.eqns} >= {"add", "multiply"}


def test_parameters_may_be_overwritten() -> None:
    graph, _ = patterns.linear_regression(1000)
    (group,) = schedule(graph)
    assert isinstance(group, Group)
    for target, value in graph.writes:
        assert group.may_overwrite(target, value)
    x, t = graph.inputs[:2]
    assert not group.may_overwrite(x, graph.outputs[0])
    assert not group.may_overwrite(t, graph.writes[0][1])


def test_what_another_element_needs_is_not_overwritten() -> None:
    tape = Tape()
    x = tape.input(8)
    flipped = tape.view(x, (8,), (-1,), 7)
    y, z = tape.add("add", x, flipped), tape.add("negative", x)
    (group,) = schedule(tape.graph(y, z))
    assert isinstance(group, Group)
    assert not group.may_overwrite(x, y)
    assert not group.may_overwrite(x, z)


def test_what_a_later_loop_reads_is_not_overwritten() -> None:
    tape = Tape()
    x = tape.input(4, 100)
    y = tape.add("negative", x)
    total = tape.add("max", y, axes=(1,))
    z = tape.add("add", x, tape.view(total, (4, 1), (1, 0)))
    (group,) = schedule(tape.graph(y, z))
    assert isinstance(group, Group)
    assert not group.may_overwrite(x, y)
    assert group.may_overwrite(x, z)


def test_what_has_no_lowering_stays_single() -> None:
    tape = Tape("complex64")
    x = tape.input(3)
    half = tape.input(3, dtype="float16")
    steps = schedule(tape.graph(tape.add("exp", x), tape.add("negative", half)))
    assert [step.op for step in steps if isinstance(step, Eqn)] == ["exp", "negative"]


def test_integer_powers_are_left_to_numpy() -> None:
    tape = Tape("int64")
    x = tape.input(3)
    (step,) = schedule(tape.graph(tape.add("power", x, x)))
    assert isinstance(step, Eqn)


def test_without_elements_nothing_is_a_loop() -> None:
    tape = Tape()
    x = tape.input(0, 3)
    steps = schedule(tape.graph(tape.add("sum", tape.add("exp", x), axes=(0,))))
    assert [type(step) for step in steps] == [Eqn, Eqn]


def test_views_are_steps_only_where_they_must_be() -> None:
    tape = Tape()
    x, w = tape.input(4, 6), tape.input(4, 3)
    y = tape.add("exp", x)
    view = tape.view(y, (6, 4), (1, 6))
    inside = tape.view(y, (24,), (1,))
    out = tape.add("matmul", view, w)
    steps = schedule(tape.graph(out, tape.add("negative", inside)))
    assert [step.outs[0] for step in steps if isinstance(step, Eqn)] == [view, out]


def test_what_nobody_needs_is_dropped() -> None:
    tape = Tape()
    x = tape.input(4)
    tape.add("exp", x)
    assert schedule(tape.graph(x)) == []


def test_work_that_is_worth_threads() -> None:
    (large,) = schedule(patterns.chain(1_000_000)[0])
    (small,) = schedule(patterns.chain(1000)[0])
    assert isinstance(large, Group)
    assert isinstance(small, Group)
    assert worth_splitting(large)
    assert not worth_splitting(small)


@settings(max_examples=100, deadline=None)
@given(graphs())
def test_every_value_is_there_before_it_is_read(case: tuple[Graph, list[Any]]) -> None:
    graph, _ = case
    views = {e.out: e.ins[0] for e in graph.eqns if e.op == "view"}
    known: set[Var] = {*graph.inputs}
    steps = schedule(graph)
    for step in steps:
        reads = step.inputs if isinstance(step, Group) else step.ins
        assert all(v in known or v.value is not None for v in reads)
        known.update(step.outputs if isinstance(step, Group) else step.outs)
    assert all(v in known or v.value is not None for v in graph.results())
    effects = [e for e in graph.eqns if e.has_effect]
    assert [s for s in steps if isinstance(s, Eqn) and s.has_effect] == effects
    assert all(v not in views for s in steps if isinstance(s, Group) for v in s.inputs)


def test_a_long_chain_is_scheduled_in_time() -> None:
    tape = Tape()
    x = tape.input(10, 10)
    for _ in range(150):
        x = tape.add("negative", x)
    (group,) = schedule(tape.graph(x))
    assert isinstance(group, Group)
    assert len(group.eqns) == 150
    assert numpy.prod([group.space.sizes[d] for d in group.space.sizes]) == 100
