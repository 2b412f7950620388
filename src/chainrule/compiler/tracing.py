"""Tracing a call: it runs, really and once, under the recorder; then it becomes a program."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

import numpy

from . import guards, state
from .backward import BackwardProgram
from .graph import Graph, Var
from .outcome import Outcome, outcome
from .partition import split
from .passes import optimise
from .plan import Plan
from .recorder import Recorder, Refusal
from .runner import Runner
from .traced import Scalar
from .witness import Witness


@dataclass
class Source:
    """How an input of the graph is fetched at a call: by an expression, or it stays `value`."""

    var: Var
    expression: str
    value: Any = None
    is_number: bool = False


@dataclass
class TracedCall:
    """One traced call: its result, and the program it can become, or why it cannot."""

    result: Any = None
    refusal: Refusal | None = None
    unsteady: str | None = None
    outcome: Outcome | None = None
    sources: list[Source] = field(default_factory=list)
    externals: list[Any] = field(default_factory=list)
    guard: Any = None
    runner: Runner | None = None
    stages: list[tuple[str, Graph]] = field(default_factory=list)  # the graph after each pass
    backward_stages: list[tuple[str, Graph]] = field(default_factory=list)

    def build(self) -> Runner:
        """Compile what was traced."""
        assert self.outcome is not None
        found, graph = self.outcome, self.outcome.graph
        backward, kept, outputs = None, [], graph.outputs
        if found.differentiable:
            graph, later, residuals = split(
                graph, found.forward, found.cotangents, graph.outputs, found.gradients
            )
            backward, kept = self._backward(graph, later, residuals)
            outputs = graph.outputs
        graph = self._optimised(graph, self.stages)
        plan = Plan(graph)
        now = dict(zip(outputs, plan.graph.outputs, strict=True))
        kept = [(now.get(v, v), tensor) for v, tensor in kept]
        self.runner = Runner(found, plan, self.sources, self.guard, backward, kept)
        return self.runner

    def _backward(
        self, forward: Graph, later: Graph, residuals: tuple[Var, ...]
    ) -> tuple[BackwardProgram, list[tuple[Var | int, Any]]]:
        """The program of the backward pass, and what the forward pass keeps for it."""
        assert self.outcome is not None
        by_var = {e.var: e.tensor for e in self.externals}
        arity = len(self.outcome.cotangents)
        given = later.inputs[: len(later.inputs) - arity]
        later = self._optimised(later, self.backward_stages)
        places = {v: i for i, v in enumerate(forward.outputs)}
        return BackwardProgram(later, arity), [(places.get(v, v), by_var.get(v)) for v in given]

    def _optimised(self, graph: Graph, stages: list[tuple[str, Graph]]) -> Graph:
        stages.append(("traced", graph))
        return optimise(graph, lambda name, g: stages.append((name, g)))

    def why_not(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        """Why this program did not fit a call."""
        found: str = self.guard.explain(args, kwargs)
        return found or "a value that is checked has changed"


def trace(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> TracedCall:
    """Run the function under the recorder."""
    run = TracedCall()
    recorder = Recorder()
    snapshot = state.walk(function, args, kwargs)
    witness = Witness(recorder.refuse)
    numbers = _Numbers(recorder)
    try:
        with recorder:
            given = numbers.replace(args, None, ()), numbers.replace(kwargs, None, ())
            with witness:
                run.result = function(*given[0], **given[1])
            if recorder.live:
                run.outcome = outcome(recorder, run.result)
    except Refusal as refusal:
        recorder.refusal = refusal
    run.result = _without_scalars(run.result)
    run.refusal = recorder.refusal
    if run.refusal is None:
        _guard(run, recorder, snapshot, witness.codes, numbers.places)
        if not run.refusal:
            run.unsteady = run.guard.changed(args, kwargs) or None
    return run


def _guard(
    run: TracedCall, recorder: Recorder, snapshot: Any, codes: set[CodeType], places: Any
) -> None:
    """The guard of a traced call, and how its program fetches its inputs."""
    places = {**places, **{k: (id(d), *keys) for k, (d, keys) in recorder.setting_places.items()}}
    free = {key: place for key, place in places.items() if key not in recorder.looked}
    used = {*recorder.externals, *(set(recorder.grads_set) - set(recorder.born))}
    names = {name for code in codes for name in _names(code)}
    try:
        selection = snapshot.select(used, names, codes, set(free.values()), recorder.grads_read)
    except state.Refused as refused:
        run.refusal = Refusal(str(refused))
        return
    run.guard = guard = guards.build(selection)
    run.externals = list(recorder.externals.values())
    for e in run.externals:
        expression = guard.arrays[id(e.tensor)]
        run.sources.append(Source(e.var, expression, guard.names.get(expression)))
    for key, scalar in recorder.numbers.items():
        fixed = numpy.array(scalar.value) if key in recorder.looked else None
        expression = "" if key in recorder.looked else guard.numbers[places[key]]
        run.sources.append(Source(scalar.var, expression, fixed, is_number=True))
    seen: set[Var] = set()
    run.sources = [s for s in run.sources if not (s.var in seen or seen.add(s.var))]


def _names(code: CodeType) -> list[str]:
    """The identifiers and strings in code."""
    strings = [each for each in code.co_consts if isinstance(each, str)]
    return [*code.co_names, *code.co_varnames, *code.co_freevars, *strings]


class _Numbers:
    """Floats among the arguments become inputs of the graph."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.places: dict[int, tuple[Any, ...]] = {}  # by id of the Var

    def replace(self, value: Any, holder: Any, place: tuple[Any, ...]) -> Any:
        """The value with floats in it replaced; `place` is where it stands."""
        if type(value) is float:
            scalar = self.recorder.float_input(value)
            self.places[id(scalar.var)] = place
            return scalar
        if type(value) is dict:
            return {k: self.replace(each, value, (id(value), k)) for k, each in value.items()}
        if type(value) in (list, tuple):
            inside = type(value) is tuple and len(place) == 2
            return type(value)(
                self.replace(each, value, (*place, i) if inside else (id(value), i))
                for i, each in enumerate(value)
            )
        return value


def _without_scalars(value: Any) -> Any:
    if type(value) is Scalar:
        return value.value
    if type(value) in (list, tuple):
        return type(value)(_without_scalars(each) for each in value)
    if type(value) is dict:
        return {key: _without_scalars(each) for key, each in value.items()}
    return value
