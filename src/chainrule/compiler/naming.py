"""What the values of a traced call are called in the user's program: `net.weight`, `lr`, `x.grad`.

Names come from the guard, which knows by what path each input is reached.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .formulas import constant, with_views
from .graph import Eqn, Graph, Var
from .outcome import Made, Nest, Number
from .tracing import Source, TracedCall

_SUBJECT = re.compile(r"(?:argument )?`(.+?)`(.*)")
_SETTING = re.compile(r".*\.param_groups\[\d+\]\['(\w+)'\](.*)")


@dataclass(frozen=True, slots=True)
class Input:
    """An input of a graph: its name, the path to it, and how a call finds it, if it does."""

    var: Var
    name: str
    path: str
    use: str


def inputs_of(run: TracedCall) -> list[Input]:
    """The inputs of a traced call, in the order of its graph."""
    paths = {s.var: _path(run, s) for s in run.sources}
    states = _states(run, {id(e.tensor): paths[e.var] for e in run.externals})
    short = {v: states.get(v) or _short(path) for v, path in paths.items()}
    count = Counter(short.values())
    return [
        Input(s.var, short[s.var] if count[short[s.var]] == 1 else paths[s.var], paths[s.var],
              _use(s))
        for s in run.sources
    ]  # fmt: skip


def _path(run: TracedCall, source: Source) -> str:
    """The user's expression for an input: the subject of the condition that found it."""
    if not source.expression:
        return f"{source.value.item():.6g}"
    expression = source.expression
    for e in run.externals:
        if e.var is source.var:
            expression = run.guard.tensors[id(e.tensor)]
    word, rest = re.match(r"(\w+)(.*)", expression).groups()  # type: ignore[union-attr]
    mentioned = re.compile(rf"\b{word}\b")
    for check in run.guard.checks:
        subject = _SUBJECT.match(check.subject)
        if subject and mentioned.search(check.source):
            return f"{subject[1]}{rest}"
    return expression


def _short(path: str) -> str:
    """`lr` for a setting of an optimizer."""
    setting = _SETTING.fullmatch(path)
    return f"{setting[1]}{setting[2]}" if setting else path


def _states(run: TracedCall, paths: dict[int, str]) -> dict[Var, str]:
    """`exp_avg[net.weight]` for what an optimizer keeps for a parameter."""
    tensors = {id(e.tensor): e.var for e in run.externals}
    found = {}
    for each in run.guard.names.values():
        held = getattr(each, "__dict__", {})
        if not (isinstance(held, dict) and "param_groups" in held and "state" in held):
            continue
        for parameter, state in held["state"].items():
            name = paths.get(id(parameter))
            for key, value in state.items() if name else ():
                if id(value) in tensors:
                    found[tensors[id(value)]] = f"{key}[{name}]"
    return found


def _use(source: Source) -> str:
    if source.is_number:
        return "a number read at each call" if source.expression else ""
    return "always this tensor" if source.value is not None else "any tensor like it"


def results_of(run: TracedCall, graph: Graph, inputs: dict[Var, str]) -> dict[Var, str]:
    """Names for what a call leaves behind; `net.weight'` is what is written to `net.weight`."""
    assert run.outcome is not None
    by_tensor = {id(e.tensor): inputs.get(e.var, "?") for e in run.externals}
    named = {target: f"{inputs[target]}'" for target, _ in graph.writes}
    found = {value: named[target] for target, value in graph.writes}
    for tensor, made in run.outcome.grads:
        if isinstance(made, Made):
            name = by_tensor.get(id(tensor)) or _path_of(run, tensor)
            found.setdefault(graph.outputs[made.index], f"{name}.grad")
    for external, made in run.outcome.data:
        if isinstance(made, Made):
            found.setdefault(graph.outputs[made.index], f"{by_tensor[id(external.tensor)]}.data")
    for index, name in _indices(run.outcome.result, "result"):
        found.setdefault(graph.outputs[index], name)
    for i, v in enumerate(graph.outputs[len(run.outcome.graph.outputs) :]):
        found.setdefault(v, f"kept_{i}")
    return found


def _path_of(run: TracedCall, tensor: Any) -> str:
    expression = run.guard.tensors.get(id(tensor), "?")
    return _path(run, Source(Var((), tensor._data.dtype), expression))


def _indices(found: Any, name: str) -> Iterator[tuple[int, str]]:
    """The outputs of the graph that a result is made of."""
    if isinstance(found, (Made, Number)):
        yield found.index, name
    elif isinstance(found, Nest):
        keys = found.keys if found.keys is not None else range(len(found.parts))
        for key, part in zip(keys, found.parts, strict=True):
            yield from _indices(part, f"{name}[{key!r}]")


def backward_inputs(run: TracedCall, later: Graph, inputs: dict[Var, str]) -> dict[Var, str]:
    """Names for what the backward pass reads: what was kept, and the gradients of the results."""
    assert run.outcome is not None
    joint = run.outcome.graph
    arity = len(run.outcome.cotangents)
    written = {target for target, _ in joint.writes}
    results = dict.fromkeys(joint.outputs)
    labels = results_of(run, joint, inputs)
    found, kept = {}, 0
    for v in later.inputs[: len(later.inputs) - arity]:
        if v in results:
            found[v] = labels.get(v, "?")
        elif v in inputs and v not in written:
            found[v] = inputs[v]
        else:
            found[v] = f"{inputs[v]} as it was" if v in inputs else f"kept_{kept}"
            kept += 1
    for v, index in zip(later.inputs[len(found) :], run.outcome.differentiable, strict=True):
        found[v] = f"grad({labels.get(joint.outputs[index], 'result')})"
    return found


class ValueNames:
    """Names for all values: those of inputs and results, and numbers for what is in between.

    A value has one number, in whatever graphs it is.
    """

    def __init__(self, given: dict[Var, str]) -> None:
        self.given = given
        self._numbers: dict[Var, int] = {}

    def __call__(self, v: Var) -> str:
        if v.value is not None:
            return constant(v)
        if v in self.given:
            return self.given[v]
        return f"%{self._numbers.setdefault(v, len(self._numbers) + 1)}"

    def read(self, eqns: list[Eqn]) -> Any:
        """The same, but a view of a value is called as that is, with an index."""
        return with_views(self, {e.out: e for e in eqns if e.op == "view"})
