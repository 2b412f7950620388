"""A plan computes what its graph means: random graphs, run as programs and by the interpreter."""

import numpy
from compiler.random_graphs import Outcome, graphs, same
from compiler.random_graphs import run as interpreted
from hypothesis import HealthCheck, given, settings

from chainrule.compiler.plan import Missed, Plan
from chainrule.compiler.vocabulary import laid_out


def program(plan, inputs):
    """The program of a plan as a function of arrays: its outputs, and the inputs after it."""
    lines = []
    names = dict(plan.names)
    for v, array in zip(plan.graph.inputs, inputs, strict=True):
        names[plan.name(v)] = laid_out(array.copy(), v)
        lines += plan.bind(v)
    for v in plan.allocated:
        names[plan.name(v)] = laid_out(numpy.empty(v.shape, v.dtype), v)
        lines += plan.bind(v)
    shared = {*names, *(plan.name(v) for v in plan.graph.outputs)}
    text = [f"global {', '.join(shared)}", *plan.lines, "return None"]
    exec("\n".join(lines), names)
    exec("def program():\n" + "".join(f"    {line}\n" for line in text), names)
    try:
        names["program"]()
    except Missed:
        return None
    return [names[plan.name(v)] for v in (*plan.graph.outputs, *(v for v, _ in plan.graph.writes))]


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(graphs(calm=True))
def test_a_plan_computes_its_graph(drawn):
    graph, inputs = drawn
    expected = interpreted(graph, inputs)
    plan = Plan(graph)
    streams = {e.params["fn"].stream for e in graph.eqns if e.op == "draw"}
    for _ in range(2):
        for stream in streams:
            stream.log = []
        found = Outcome(program(plan, inputs), [line for s in streams for line in s.log])
        if expected.results is None:
            assert found.results is None
        else:
            assert same(expected, found, exact=False), f"{graph}\n{plan.lines}"
