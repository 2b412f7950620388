"""The partition of a joint graph into a forward and a backward graph, and what is kept in between.

Knows nothing of derivatives: a joint graph is equations that run now and equations that run later,
when the cotangents have come. The smaller what is kept, the better: see `split`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .graph import Eqn, Graph, Var

CHEAP = frozenset({
    *("add", "subtract", "multiply", "divide", "negative", "positive", "absolute", "square"),
    *("reciprocal", "sqrt", "sign", "maximum", "minimum", "where", "cast", "copy", "view"),
    *("equal", "not_equal", "less", "less_equal", "greater", "greater_equal"),
    *("logical_and", "logical_or", "logical_not", "logical_xor", "isnan", "isinf", "isfinite"),
})  # fmt: skip
"""Operations that take no longer than reading their result from memory would."""


def split(
    graph: Graph,
    forward_count: int,
    cotangents: Sequence[Var],
    forward_outputs: Sequence[Var],
    gradients: Sequence[Var],
) -> tuple[Graph, Graph, tuple[Var, ...]]:
    """The forward graph, the backward graph, and what the first keeps for the second: residuals.

    The first `forward_count` equations of `graph` are the forward pass, and all of its writes. The
    others read its values and the cotangents, which may be among the inputs. The forward graph has
    the inputs of the joint one but the cotangents, and the outputs (*forward_outputs, *residuals);
    a residual that is among forward_outputs is not repeated. The backward graph has the inputs
    (*residuals, *inputs of the joint graph that it reads, *cotangents), the outputs `gradients`.

    What the backward equations read is kept, or computed again from what is kept if that is cheap
    and does not take more memory. Of a view its root is kept; an input that the forward pass
    overwrites is a residual too.
    """
    forward, later = graph.eqns[:forward_count], graph.eqns[forward_count:]
    wanted = _read(later, gradients) - {v for e in later for v in e.outs} - set(cotangents)
    inputs = tuple(v for v in graph.inputs if v not in cotangents)
    kept = _kept(inputs, forward, wanted, set(forward_outputs))
    backward = [*_again(forward, wanted, kept), *later]

    read, overwritten = _read(backward, gradients), {target for target, _ in graph.writes}
    made = (*(v for v in inputs if v in overwritten), *(v for e in forward for v in e.outs))
    residuals = tuple(v for v in made if v in kept and v in read)
    plain = tuple(v for v in inputs if v in read and v not in overwritten)
    extra = tuple(v for v in residuals if v not in forward_outputs)
    return (
        Graph(inputs, forward, (*forward_outputs, *extra), graph.writes),
        Graph((*residuals, *plain, *cotangents), backward, tuple(gradients)),
        residuals,
    )


def _read(eqns: Iterable[Eqn], results: Iterable[Var]) -> set[Var]:
    """What equations and results read, but for constants."""
    found = {v for e in eqns for v in e.ins}
    found.update(results)
    return {v for v in found if v.value is None}


def _kept(
    inputs: Sequence[Var], forward: Sequence[Eqn], wanted: set[Var], outputs: set[Var]
) -> set[Var]:
    """Values from which all wanted ones are computed cheaply, not larger than these together."""
    makers = {v: e for e in forward for v in e.outs}
    kept = {v for v in wanted if v not in makers or makers[v].op not in CHEAP}
    kept |= {v for v in wanted & outputs if makers.get(v) and makers[v].op != "view"}
    sources = {v: {v} for v in inputs}  # what each value is computed from
    for eqn in forward:
        cheap = eqn.op in CHEAP
        origin = set().union(*(sources.get(v, ()) for v in eqn.ins)) if cheap else set()
        for v in eqn.outs:
            sources[v] = {v} if v in kept or not cheap else origin
            if v not in wanted or sources[v] <= kept:
                continue
            more = sum(x.nbytes for x in origin - kept)
            root = eqn.ins[0] if eqn.op == "view" else v
            if more <= root.nbytes:
                kept |= origin
            else:
                kept.add(root)
                sources[root] = sources[v] = {root}
    return kept


def _again(forward: Sequence[Eqn], wanted: set[Var], kept: set[Var]) -> list[Eqn]:
    """The forward equations that compute from kept values what is wanted."""
    missing, found = wanted - kept, []
    for eqn in reversed(forward):
        if not missing.isdisjoint(eqn.outs):
            found.append(eqn)
            missing |= {v for v in eqn.ins if v.value is None and v not in kept}
    return found[::-1]
