"""A joint graph and its two halves compute the same; what is kept in between is little."""

from compiler.building import Tape, ops
from compiler.random_graphs import graphs, run, same
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.compiler.graph import Graph
from chainrule.compiler.partition import split
from chainrule.compiler.vocabulary import laid_out


@st.composite
def joints(draw):
    """A random graph, cut somewhere; inputs that only its second part reads are the cotangents."""
    graph, arrays = draw(graphs())
    count = draw(st.integers(0, len(graph.eqns)))
    first, later = graph.eqns[:count], graph.eqns[count:]
    made_later = {v for e in later for v in e.outs}
    writes = tuple(w for w in graph.writes if w[1] not in made_later)
    early = {v for e in first for v in e.ins} | {v for write in writes for v in write}
    cotangents = [v for v in graph.inputs if v not in early]
    made = [v for e in first for v in e.outs]
    outputs = draw(st.lists(st.sampled_from(made), max_size=2, unique=True)) if made else []
    joint = Graph(graph.inputs, graph.eqns, (*outputs, *graph.outputs), writes)
    return joint, arrays, (count, cotangents, outputs, list(graph.outputs))


def run_halves(joint, arrays, halves, outputs):
    """The outcome of both, one after the other, in the form of the joint one's."""
    forward, backward, residuals = halves
    known = dict(zip(joint.inputs, arrays, strict=True))
    first = run(forward, [known[v] for v in forward.inputs])
    if first.results is None:
        return first
    for target, _ in forward.writes:
        del known[target]  # it is overwritten
    found = dict(zip(forward.outputs, first.results, strict=False))
    known.update((v, laid_out(found[v], v)) for v in residuals)
    second = run(backward, [known[v] for v in backward.inputs])
    if second.results is not None:
        written = first.results[len(forward.outputs) :]
        second.results = [*first.results[: len(outputs)], *second.results, *written]
    return second


@settings(max_examples=100)
@given(joints())
def test_the_halves_compute_the_whole(made):
    joint, arrays, cut = made
    halves = split(joint, *cut)
    for half in halves[:2]:
        half.verify()
    if any(e.op == "draw" for e in joint.eqns):
        return  # the stream of the second half would begin again
    found = run_halves(joint, arrays, halves, cut[2])
    assert same(run(joint, arrays), found), f"{joint}\n\n{halves[0]}\n\n{halves[1]}"


@given(joints())
def test_no_more_is_kept_than_what_is_read(made):
    joint, _, cut = made
    count, cotangents, outputs, gradients = cut
    _, backward, residuals = split(joint, *cut)
    first, later = joint.eqns[:count], joint.eqns[count:]
    roots = {e.out: e.ins[0] for e in first if e.op == "view"}
    read = {v for e in later for v in e.ins} | set(gradients)
    read -= {v for e in later for v in e.outs}
    read = {roots.get(v, v) for v in read if v.value is None} - set(cotangents)
    given_on = set(backward.inputs) - set(cotangents)
    free = sum(v.nbytes for v in outputs)  # in memory anyway
    assert sum(v.nbytes for v in given_on) <= sum(v.nbytes for v in read) + free
    assert backward.inputs[: len(residuals)] == residuals


def test_cheap_values_are_computed_again():
    tape = Tape()
    x, w = tape.input(4, 3), tape.input(3, 2)
    h = tape.add("matmul", x, w)
    a = tape.add("maximum", h, tape.number(0.0))
    b = tape.add("exp", a)
    g = tape.input(4, 2)
    later = tape.add("multiply", tape.add("multiply", g, b), a)
    forward, backward, residuals = split(tape.graph(later), 3, [g], [b], [later])
    assert residuals == (h, b)  # exp is not cheap, and an output anyway; the maximum is
    assert ops(forward) == ["matmul", "maximum", "exp"]
    assert ops(backward) == ["maximum", "multiply", "multiply"]
    assert backward.inputs == (h, b, g)
    assert forward.inputs == (x, w)
    assert forward.outputs == (b, h)


def test_the_smaller_is_kept():
    tape = Tape()
    x, y = tape.input(100), tape.input(100)
    mask = tape.add("less", x, y)  # a bool each
    g = tape.input(100)
    later = tape.add("where", mask, g, tape.number(0.0))
    _, backward, residuals = split(tape.graph(later), 1, [g], [], [later])
    assert (residuals, backward.inputs) == ((mask,), (mask, g))


def test_an_overwritten_input_is_kept():
    tape = Tape()
    x, y, g = tape.input(3), tape.input(3), tape.input(3)
    new = tape.add("add", x, y)
    later = tape.add("multiply", g, x)
    joint = tape.graph(later, writes=[(x, new)])
    forward, backward, residuals = split(joint, 1, [g], [], [later])
    assert residuals == (x,)
    assert forward.outputs == (x,)
    assert backward.inputs == (x, g)


def test_of_a_view_the_root_is_kept():
    tape = Tape()
    x, g = tape.input(2, 3), tape.input(2)
    h = tape.add("exp", x)
    v = tape.view(h, (2,), (3,), 1)
    later = tape.add("multiply", g, v)
    _, backward, residuals = split(tape.graph(later), 2, [g], [], [later])
    assert residuals == (h,)
    assert ops(backward) == ["view", "multiply"]
