"""Tracing a call: it runs, really and once, under the recorder; then it becomes a program."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

import numpy

from ..core.size import Size
from . import guards, state
from .backward import BackwardProgram
from .graph import Graph, Var
from .kinds import kind_of, same
from .leftovers import make_plain
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
    failure: Exception | None = None  # of the compiler itself
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
        backward: BackwardProgram | None = None
        kept: list[tuple[Var | int, Any]] = []
        if found.differentiable:
            graph, later, _ = split(
                graph, found.forward, found.cotangents, graph.outputs, found.gradients
            )
            backward, kept = self._backward(graph, later)
        plan = Plan(self._optimised(graph, self.stages))
        self.runner = Runner(found, plan, self.sources, self.guard, backward, kept)
        for external in self.externals:
            external.let_go()
        return self.runner

    def _backward(
        self, forward: Graph, later: Graph
    ) -> tuple[BackwardProgram, list[tuple[Var | int, Any]]]:
        """The program of the backward pass, and what the forward pass keeps for it."""
        assert self.outcome is not None
        by_var = {e.var: e.tensor for e in self.externals}
        arity = len(self.outcome.cotangents)
        given = later.inputs[: len(later.inputs) - arity]
        later = self._optimised(later, self.backward_stages)
        places = {v: i for i, v in enumerate(forward.outputs)}
        kept: list[tuple[Var | int, Any]] = []
        for v in given:
            kept.append((places[v], None) if v in places else (v, by_var[v]))
        return BackwardProgram(later, arity), kept

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
    try:
        snapshot = state.walk(function, args, kwargs)
    except Exception as error:
        run.failure, run.result = error, function(*args, **kwargs)
        return run
    witness = Witness(recorder.refuse)
    numbers = _Numbers(recorder)
    try:
        with recorder:
            given = numbers.given(args, kwargs)
            with witness:
                run.result = function(*given[0], **given[1])
            run.failure = recorder.failure
            _settle(run, lambda: _outcome(run, recorder))
    finally:
        numbers.restore()
    run.result = _without_scalars(run.result)
    _settle(run, lambda: _guard(run, recorder, snapshot, witness.codes, numbers.places))
    _settle(run, lambda: _steadiness(run, args, kwargs))
    if run.guard is None or run.unsteady is not None:
        make_plain(recorder.scalars)
    recorder.let_go()
    return run


def _settle(run: TracedCall, step: Callable[[], None]) -> None:
    """One step of what follows the run: the call has been made, nothing may undo that."""
    if run.refusal is not None or run.failure is not None:
        return
    try:
        step()
    except Refusal as refusal:
        run.refusal = refusal
    except state.Refused as refused:
        run.refusal = Refusal(str(refused))
    except Exception as error:
        run.failure = error


def _outcome(run: TracedCall, recorder: Recorder) -> None:
    run.refusal = recorder.refusal
    if run.refusal is None:
        run.outcome = outcome(recorder, run.result)


def _steadiness(run: TracedCall, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    run.unsteady = run.unsteady or run.guard.changed(args, kwargs) or None


def _guard(
    run: TracedCall, recorder: Recorder, snapshot: Any, codes: set[CodeType], places: Any
) -> None:
    """The guard of a traced call, and how its program fetches its inputs."""
    places = {**places, **{k: (id(d), *keys) for k, (d, keys) in recorder.setting_places.items()}}
    free = {key: place for key, place in places.items() if key not in recorder.looked}
    used = {*recorder.externals, *(set(recorder.grads_set) - set(recorder.born))}
    names = {name for code in codes for name in _names(code)}
    selection = snapshot.select(used, names, codes, set(free.values()), recorder.grads_read)
    run.guard = guard = guards.build(selection)
    numbers = {place[:2] for place in free.values()}
    changed = selection.gained() or _changed_number(selection.edges, numbers)
    run.unsteady = f"it changes `{changed}`" if changed else None
    run.externals = list(recorder.externals.values())
    for e in run.externals:
        expression = guard.arrays[id(e.tensor)]
        run.sources.append(Source(e.var, expression, guard.names.get(expression)))
    for key, scalar in recorder.numbers.items():
        fixed = numpy.array(scalar.value) if key in recorder.looked else None
        expression = "" if key in recorder.looked else guard.numbers[places[key]]
        run.sources.append(Source(scalar.var, expression, fixed, is_number=True))
    run.sources = list({s.var: s for s in run.sources}.values())


def _changed_number(edges: Any, places: set[tuple[Any, ...]]) -> str:
    """Which of the numbers that are read anew the run itself has changed; or ""."""
    for edge in edges:
        if (id(edge.parent.value), edge.key) in places:
            try:
                now = edge.parent.value[edge.key]
            except LookupError:
                now = None
            if not same(now, edge.child.value):
                return str(edge.path)
    return ""


def _names(code: CodeType) -> list[str]:
    """The identifiers and strings in code."""
    strings = [each for each in code.co_consts if isinstance(each, str)]
    return [*code.co_names, *code.co_varnames, *code.co_freevars, *strings]


class _Numbers:
    """Floats among the arguments become inputs of the graph."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.places: dict[int, tuple[Any, ...]] = {}  # by id of the Var
        self._holders: list[Any] = []  # lists and dicts that hold traced numbers meanwhile
        self._were: dict[int, Any] = {}  # what was there before, by id

    def given(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any]:
        """The arguments with floats in them replaced."""
        return (
            tuple([self.replace(each, (id(args), i)) for i, each in enumerate(args)]),
            {key: self.replace(each, (id(kwargs), key)) for key, each in kwargs.items()},
        )

    def replace(self, value: Any, place: tuple[Any, ...]) -> Any:
        """The value with floats in it replaced; `place` is where it stands."""
        new = value
        if type(value) is float:
            new = self.recorder.float_input(value)
            self.places[id(new.var)] = place
        elif type(value) in (list, dict):
            self._inside(value)
        elif type(value) is tuple:
            new = self._tuple(value, place)
        if new is not value:
            self._were[id(new)] = (value, new)
        return new

    def _inside(self, holder: Any) -> None:
        """Replace floats in a list or dict itself: the function may change it."""
        for key, each in list(_entries(holder)):
            new = self.replace(each, (id(holder), key))
            if new is not each:
                holder[key] = new
                self._holders.append(holder)

    def _tuple(self, value: tuple[Any, ...], place: tuple[Any, ...]) -> tuple[Any, ...]:
        whole = kind_of(value) == "atom"  # it is one value to the guard, and its numbers are parts
        new = [
            each if whole and type(each) is tuple
            else self.replace(each, (*place, i) if whole else (id(value), i))
            for i, each in enumerate(value)
        ]  # fmt: skip
        changed = any(a is not b for a, b in zip(new, value, strict=True))
        return tuple(new) if changed else value

    def restore(self) -> None:
        """Put the numbers back."""
        for holder in self._holders:
            for key, each in list(_entries(holder)):
                was, new = self._were.get(id(each), (None, None))
                if new is not None:
                    holder[key] = was


def _entries(holder: Any) -> Any:
    return holder.items() if isinstance(holder, dict) else enumerate(holder)


def _without_scalars(value: Any) -> Any:
    """The value with plain numbers in it; lists and dicts stay the same ones."""
    if type(value) is Scalar:
        return value.value
    if isinstance(value, tuple) and not isinstance(value, Size):
        new = [_without_scalars(each) for each in value]
        if any(a is not b for a, b in zip(new, value, strict=True)):
            return getattr(type(value), "_make", type(value))(new)
    elif isinstance(value, (list, dict)):
        for key, each in list(_entries(value)):
            new = _without_scalars(each)
            if new is not each:
                value[key] = new
    return value
