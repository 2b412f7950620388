"""Passes keep the meaning of every graph, and find what they are there for."""

import pytest
from compiler.random_graphs import graphs, run, same
from hypothesis import given, settings

from chainrule.compiler.passes import PASSES, optimise

ROUNDING = ("expand_powers", "simplify_reductions", "expand_small_products")


@pytest.mark.parametrize("each", PASSES, ids=lambda each: each.__name__)
@given(made=graphs())
def test_each_pass_keeps_values(each, made):
    graph, arrays = made
    if each.__name__ in ROUNDING:
        return
    after = each(graph).verify()
    assert same(run(graph, arrays), run(after, arrays)), f"{graph}\n\n{after}"


@pytest.mark.parametrize("each", PASSES, ids=lambda each: each.__name__)
@given(made=graphs(calm=True))
def test_each_pass_keeps_calm_values(each, made):
    graph, arrays = made
    after = each(graph).verify()
    exact = each.__name__ not in ROUNDING
    assert same(run(graph, arrays), run(after, arrays), exact), f"{graph}\n\n{after}"


@settings(max_examples=200)
@given(graphs(calm=True))
def test_all_passes_keep_calm_values(made):
    graph, arrays = made
    after = optimise(graph)
    assert same(run(graph, arrays), run(after, arrays), exact=False), f"{graph}\n\n{after}"


@given(graphs())
def test_a_second_time_changes_nothing(made):
    graph, _ = made
    once = optimise(graph)
    assert optimise(once) is once
