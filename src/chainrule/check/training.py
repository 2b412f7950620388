"""The learning rate: a loss that grows with every step, parameters that do not move."""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from ..core.sites import user_line
from .facts import Facts, Rule, line_of, node_of, parameters, rms, sample
from .findings import Line

GROWTH = 1e3  # how much larger than at first a loss must be
RISES = 4  # and how often in a row it must have grown
PATIENCE = 20  # steps before something must have moved
STILL = 1e-5  # what counts as no movement, relative to the parameters
FLAT = 1e-3  # and as no gradient


@dataclass
class Curve:
    """The losses from which the backward passes of one line began."""

    first: list[float] = field(default_factory=list)
    last: deque[float] = field(default_factory=lambda: deque(maxlen=RISES + 1))

    floor: float = math.inf  # a loss below this is not large

    def add(self, value: float) -> None:
        """One more loss."""
        if len(self.first) < 2:
            self.first.append(value)
            self.floor = max(GROWTH * max(map(abs, self.first)), 10.0)
        self.last.append(value)

    def explodes(self) -> bool:
        """Whether it has grown all the way from small to very large."""
        finite = [value for value in self.last if math.isfinite(value)]
        if len(self.last) <= RISES or not finite or finite[-1] <= self.floor:
            return False
        return all(later > earlier for earlier, later in pairwise(self.last))

    def text(self) -> str:
        """The losses, for a person."""
        return " -> ".join(f"{value:.3g}" for value in (self.first[0], *self.last))


class Training(Rule):
    """Losses by line, and how far each optimizer has come."""

    def __init__(self, facts: Facts) -> None:
        super().__init__(facts)
        self.curves: dict[Line | None, Curve] = defaultdict(Curve)
        self.starts: dict[int, list[Any]] = {}
        self.pushes: dict[int, float] = {}  # the largest gradient at any step

    def began(self, sources: Sequence[Any], grads: Sequence[Any]) -> None:
        """A backward pass begins: note its loss."""
        if len(sources) != 1 or (node := node_of(sources[0])) is None:
            return
        value = getattr(node, "loss_value", None)
        if value is None:
            return
        curve = self.curves[line_of(node)]
        if math.isnan(value):
            return
        curve.add(value)
        if (
            value > curve.floor
            and curve.explodes()
            and not self.facts.report.has("lr-too-large", "exploding-gradients")
        ):
            self.found("lr-too-large", self._place(), f"the loss grows: {curve.text()}")

    def _place(self) -> Line | None:
        """Where the learning rate is set: with the optimizer, else where backward is called."""
        stepped = [o for o in self.facts.optimizers if self.facts.stepped(o)]
        return self.facts.births.line(stepped[-1]) if stepped else user_line()

    def stepping(self, optimizer: Any) -> None:
        """Remember where the parameters started, and how hard they are pushed."""
        held = self.facts.held
        if id(optimizer) not in self.starts:
            self.starts[id(optimizer)] = [sample(p._data) for p in held]
        if self.facts.stepped(optimizer) % PATIENCE < 2:
            push = max((rms(p._grad._data) for p in held if p._grad is not None), default=0.0)
            self.pushes[id(optimizer)] = max(push, self.pushes.get(id(optimizer), 0.0))

    def finish(self) -> None:
        """Whether the parameters of an optimizer are where they were."""
        for optimizer in self.facts.optimizers:
            start = self.starts.get(id(optimizer))
            if start is None or self.facts.stepped(optimizer) < PATIENCE:
                continue
            held = parameters(optimizer)
            if len(held) != len(start) or any(g["lr"] == 0 for g in optimizer.param_groups):
                continue
            scale = max(rms(each) for each in start) or 1.0
            moved = max(rms(sample(p._data) - s) for p, s in zip(held, start, strict=True))
            if moved < STILL * scale and self.pushes[id(optimizer)] > FLAT * scale:
                rates = ", ".join(f"{group['lr']:g}" for group in optimizer.param_groups)
                steps = self.facts.stepped(optimizer)
                what = (
                    f"{steps} steps with learning rate {rates} moved the parameters by "
                    f"{moved / scale:.1e} of their size, though there are gradients."
                )
                self.found("lr-too-small", self.facts.births.line(optimizer), what)
