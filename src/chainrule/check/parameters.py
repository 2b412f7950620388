"""Parameters and their optimizers: without gradients, left out, listed twice, replaced, equal."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import numpy

from ..core.tensor import TensorBase
from ..nn.parameter import is_lazy
from .facts import Facts, Rule, parameters
from .findings import Line

STEPS = 2  # before anything is said about an optimizer
SYMMETRIC = 3  # steps after which equal units will stay equal


class Parameters(Rule):
    """Counts the gradients that arrive at each leaf; compares models with optimizers at the end."""

    def __init__(self, facts: Facts) -> None:
        super().__init__(facts)
        self.arrivals: Counter[int] = Counter()
        self.leaves: dict[int, Any] = {}

    def ended(self, grads: dict[Any, Any]) -> None:
        """Gradients arrive at leaves."""
        for leaf in grads:
            if isinstance(leaf, TensorBase):
                self.arrivals[id(leaf)] += 1
                self.leaves[id(leaf)] = leaf

    def built(self, optimizer: Any) -> None:
        """An optimizer was made: each parameter once?"""
        counts = Counter(id(p) for p in parameters(optimizer))
        twice = next((p for p in parameters(optimizer) if counts[id(p)] > 1), None)
        if twice is not None:
            what = f"the parameter {self.facts.name(twice)} is in the optimizer's list twice."
            self.found("parameter-twice", self.facts.births.line(optimizer), what)

    def finish(self) -> None:
        """Compare what was optimized with what was learned from."""
        active = [o for o in self.facts.optimizers if self.facts.stepped(o) >= STEPS]
        optimized = self.facts.optimized()
        for optimizer in active:
            owned = {id(p) for p in parameters(optimizer)}
            for model in list(self.facts.models.values()):
                inside = [(n, p) for n, p in model.named_parameters() if not is_lazy(p)]
                self._compare(optimizer, owned, inside, optimized)
            self._forgotten(optimizer)
            if self.facts.stepped(optimizer) >= SYMMETRIC:
                self._equal(parameters(optimizer))

    def _lacking(self, optimizer: Any) -> list[Any]:
        """The parameters of an optimizer that never got a gradient."""
        return [p for p in parameters(optimizer) if p.requires_grad and not self.arrivals[id(p)]]

    def _compare(
        self, optimizer: Any, owned: set[int], inside: list[tuple[str, Any]], optimized: set[int]
    ) -> None:
        """A model whose parameters learn, but are in no optimizer."""
        outside = [
            (name, p)
            for name, p in inside
            if id(p) not in optimized and self.arrivals[id(p)] >= STEPS and p.requires_grad
        ]
        if not outside:
            return
        births = self.facts.births
        where, lacking = births.line(optimizer), self._lacking(optimizer)
        shapes = {p._data.shape for p in lacking}
        replaced = [n for n, p in outside if p._data.shape in shapes]
        if lacking and (replaced or births.time(outside[0][1]) > births.time(optimizer)):
            names = listed(replaced or [name for name, _ in outside])
            what = f"the optimizer was built before {names} became what the model uses; it holds"
            what += " tensors that never get a gradient"
            self.found("optimizer-too-early", where, f"{what}.")
        elif any(id(p) in owned for _, p in inside):
            names = listed([name for name, _ in outside])
            self.found("parameter-not-in-optimizer", where, f"not in the optimizer: {names}.")

    def _forgotten(self, optimizer: Any) -> None:
        """Parameters that are optimized, and never get a gradient."""
        if self.facts.report.has("optimizer-too-early"):
            return
        places: dict[Line | None, list[str]] = defaultdict(list)
        for p in self._lacking(optimizer):
            where = self.facts.births.line(p) or self.facts.births.line(optimizer)
            places[where].append(self.facts.name(p))
        for where, names in places.items():
            steps = self.facts.stepped(optimizer)
            what = f"no gradient ever reached {listed(names)}, in {steps} steps."
            self.found("parameter-without-gradient", where, what)

    def _equal(self, held: list[Any]) -> None:
        """Hidden layers whose units are all the same after training."""
        layers = [p for p in held if p._data.ndim == 2 and self.arrivals[id(p)] >= SYMMETRIC]
        for p in layers[:-1]:
            where = self.facts.births.line(p)
            units = p._data if where is not None else p._data.T  # scratch: inputs come first
            if len(units) < 2 or not numpy.isfinite(units).all():
                continue
            spread = numpy.abs(units - units[0]).max(initial=0)
            if spread <= 1e-6 * max(numpy.abs(units[0]).max(initial=0), 1e-30):
                what = f"all {len(units)} units of {self.facts.name(p)} have the same weights."
                self.found("equal-weights", where or self._last_optimizer(), what)

    def _last_optimizer(self) -> Line | None:
        return self.facts.births.line(self.facts.optimizers[-1])


def listed(names: list[str], most: int = 4) -> str:
    """A few names, and how many more."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
