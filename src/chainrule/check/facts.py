"""What the rules share: the report, counts, optimizers, models and where things were made."""

from __future__ import annotations

import weakref
from dataclasses import dataclass, field
from typing import Any

import numpy

from ..core.primitive import Output, Primitive
from ..core.sites import user_frame, user_line
from ..core.tensor import TensorBase, unwrap
from ..watch import Watcher
from .findings import Line, Report


class Births:
    """The line on which each object was made, for as long as it lives."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Any, Line | None, int]] = {}

    def note(self, thing: Any, time: int) -> None:
        """Remember that `thing` was made now, by the user's line that is running."""
        self._known[id(thing)] = (weakref.ref(thing), user_line(), time)

    def _entry(self, thing: Any) -> tuple[Any, Line | None, int]:
        entry = self._known.get(id(thing))
        return entry if entry is not None and entry[0]() is thing else (None, None, 0)

    def line(self, thing: Any) -> Line | None:
        """Where it was made, if that was seen."""
        return self._entry(thing)[1]

    def time(self, thing: Any) -> int:
        """When it was made, counted in things made."""
        return self._entry(thing)[2]


@dataclass
class Facts:
    """What has happened so far."""

    report: Report
    passes: int = 0  # backward passes that ended
    births: Births = field(default_factory=Births)
    made: int = 0  # things whose birth was noted
    optimizers: list[Any] = field(default_factory=list)
    held: list[Any] = field(default_factory=list)  # the parameters of the step that is made
    steps: dict[int, int] = field(default_factory=dict)  # by id of the optimizer
    models: dict[int, Any] = field(default_factory=dict)  # called from outside, with parameters

    def note(self, thing: Any) -> None:
        """Remember the line that made something."""
        self.made += 1
        self.births.note(thing, self.made)

    def stepped(self, optimizer: Any) -> int:
        """How many steps an optimizer has made."""
        return self.steps.get(id(optimizer), 0)

    def optimized(self) -> set[int]:
        """The ids of the parameters of all optimizers that have made a step."""
        return {id(p) for o in self.optimizers if self.stepped(o) for p in parameters(o)}

    def name(self, tensor: Any) -> str:
        """A parameter's name: in its model, or in the user's code that is running."""
        for model in self.models.values():
            for name, parameter in model.named_parameters():
                if parameter is tensor:
                    return name
        frame = user_frame()
        for names in (frame.f_locals, frame.f_globals) if frame is not None else ():
            for name, value in list(names.items()):
                if value is tensor:
                    return name
        return f"of shape {tuple(unwrap(tensor).shape)}"


class Rule(Watcher):
    """A family of checks: a watcher that is told of the operations in `ops` only."""

    ops: dict[type[Primitive], str] = {}
    """By primitive, the name of the method that gets (node, inputs, results)."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.found = facts.report.add

    def finish(self) -> None:
        """The program has ended."""


def parameters(optimizer: Any) -> list[Any]:
    """All parameters of an optimizer."""
    return [p for group in optimizer.param_groups for p in group["params"]]


def node_of(source: Any) -> Primitive | None:
    """The node behind an edge or a tensor, if there is one."""
    if isinstance(source, TensorBase):
        source = source._node
    if type(source) is Output:
        return source.node
    return source if isinstance(source, Primitive) else None


def parents(node: Primitive) -> list[Primitive]:
    """The nodes that a node passes gradients to."""
    found = [node_of(s) for s in node.sources if s is not None and not isinstance(s, TensorBase)]
    return [each for each in found if each is not None]


def before_views(node: Primitive | None) -> Primitive | None:
    """The first node on the way back that is more than another shape."""
    while node is not None and node.kind == "view":
        above = parents(node)
        node = above[0] if above else None
    return node


def line_of(node: Primitive | None) -> Line | None:
    """The user's line that recorded a node."""
    return getattr(node, "user_line", None)


def sample(data: Any, count: int = 256) -> Any:
    """A copy of a few elements, evenly spread."""
    flat = data.reshape(-1)
    return numpy.array(flat[:: max(1, flat.size // count)], dtype=numpy.float64)


def rms(data: Any) -> float:
    """The root of the mean square."""
    if not data.size:
        return 0.0
    flat = data.reshape(-1)
    return float(numpy.sqrt(abs(numpy.vdot(flat, flat)) / flat.size))
