"""The generator of random graphs makes every kind of equation, and runs of one graph agree."""

from collections import Counter

from compiler.random_graphs import graphs, run, same
from hypothesis import given, settings


def test_every_kind_of_equation_occurs():
    seen: Counter[str] = Counter()

    @settings(max_examples=300)
    @given(graphs())
    def collect(made):
        graph, arrays = made
        seen.update(eqn.op for eqn in graph.eqns)
        seen["write"] += len(graph.writes)
        seen["failed"] += run(graph, arrays).results is None

    collect()
    wanted = "view update sum max any matmul cast copy call draw check where power write failed"
    assert not set(wanted.split()) - set(seen)


@given(graphs(calm=True))
def test_runs_agree(made):
    graph, arrays = made
    assert same(run(graph, arrays), run(graph, arrays))
