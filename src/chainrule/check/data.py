"""Data: the same order in every epoch, another normalisation for training than for testing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy

from ..core.modes import modes
from ..core.sites import user_line
from ..core.tensor import TensorBase
from ..utils.data import DataLoader, SequentialSampler
from .facts import Facts, Rule
from .findings import Line

BATCHES = 8  # batches whose numbers are looked at, on each side
SAMPLES, ELEMENTS = 32, 256  # fewer tell nothing about a distribution
SHIFT, STRETCH = 2.0, 3.0  # in deviations of the training data


@dataclass
class Loader:
    """What is known of a loader."""

    said: bool  # whether its order was chosen by the program
    epochs: int = 0  # in which the model was trained on two batches or more
    passes: int = 0  # backward passes when the current epoch began


@dataclass
class Sums:
    """Count, sum and sum of squares of what a model was given."""

    batches: int = 0
    samples: int = 0
    count: int = 0
    total: float = 0.0
    squares: float = 0.0
    where: Line | None = None

    def add(self, data: Any) -> None:
        """One more batch."""
        wide = numpy.asarray(data, numpy.float64)
        self.batches += 1
        self.samples += len(wide)
        self.count += wide.size
        self.total += float(wide.sum())
        self.squares += float((wide * wide).sum())

    @property
    def enough(self) -> bool:
        """Whether this is a distribution, not a few points."""
        several = self.count >= 2 * self.samples  # of one feature, it may be a grid to draw on
        return several and self.samples >= SAMPLES and self.count >= ELEMENTS

    def moments(self) -> tuple[float, float]:
        """Mean and deviation."""
        mean = self.total / self.count
        return mean, float(max(self.squares / self.count - mean * mean, 0.0) ** 0.5)


class Data(Rule):
    """Watches the loaders, and the numbers that models are given."""

    def __init__(self, facts: Facts) -> None:
        super().__init__(facts)
        self.loaders: WeakKeyDictionary[Any, Loader] = WeakKeyDictionary()
        self.current: Any = None
        self.train: dict[int, Sums] = {}
        self.test: dict[int, Sums] = {}

    # Order

    def made_loader(self, loader: Any, *args: Any, **given: Any) -> None:
        """A loader was made: did the program say something about the order?"""
        self.facts.note(loader)
        said = len(args) > 2 or any(given.get(k) is not None for k in ORDER)
        self.loaders[loader] = Loader(said)

    def iterated(self, loader: Any) -> None:
        """An epoch begins: how was the last one used?"""
        self._close()
        self.current = loader
        if (known := self.loaders.get(loader)) is not None:
            known.passes = self.facts.passes

    def _close(self) -> None:
        loader, self.current = self.current, None
        known = None if loader is None else self.loaders.get(loader)
        if known is None or self.facts.passes - known.passes < 2:
            return
        known.epochs += 1
        if known.epochs == 2 and not known.said and _sequential(loader):
            where = self.facts.births.line(loader)
            what = "the loader was used for training in two epochs, each in the same order."
            self.found("same-order", where, what)

    # Normalisation

    def left(self, module: Any, args: tuple[Any, ...], result: Any) -> None:
        """A model was called from outside: for training, or to evaluate it?"""
        data = args[0]._data if args and isinstance(args[0], TensorBase) else None
        if data is None or data.ndim < 2 or data.dtype.kind != "f":
            return
        evaluates = not modes.grad
        side = (self.test if evaluates else self.train).setdefault(id(module), Sums())
        if side.batches < BATCHES:
            side.where = side.where or user_line()
            side.add(data)

    def finish(self) -> None:
        """Compare the numbers of training and of evaluation."""
        self._close()
        optimized = self.facts.optimized()
        for key, test in self.test.items():
            model, train = self.facts.models[key], self.train.get(key)
            if train is None or not (train.enough and test.enough):
                continue
            if not any(id(p) in optimized for p in model.parameters()):
                continue
            self._distance(train, test)

    def _distance(self, train: Sums, test: Sums) -> None:
        (mean, deviation), (other_mean, other_deviation) = train.moments(), test.moments()
        small = min(deviation, other_deviation)
        if not small > 0:
            return
        far = abs(mean - other_mean) > SHIFT * deviation
        if far or max(deviation, other_deviation) > STRETCH * small:
            what = (
                f"the model trained on numbers of mean {mean:.3g} and deviation {deviation:.3g}, "
                f"and is evaluated on mean {other_mean:.3g} and deviation {other_deviation:.3g}."
            )
            self.found("normalised-otherwise", test.where, what)


ORDER = ("shuffle", "sampler", "batch_sampler")


def _sequential(loader: DataLoader) -> bool:
    return isinstance(loader.sampler, SequentialSampler)
