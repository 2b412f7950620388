"""A few numbers of every step: loss, learning rate, norms of gradients and updates, small paths."""

from __future__ import annotations

from typing import Any

import numpy

from .values import norm

FEW = 4
"""Parameters of up to so many numbers have their path kept."""

Series = dict[str, list[Any]]


class History:
    """Numbers by step and, where they are of a parameter, by its name.

    >>> history = History()
    >>> history.begin(3.0)
    >>> history.loss
    [3.0]
    """

    def __init__(self) -> None:
        self.loss: list[float | None] = []
        self.lr: list[float | None] = []
        self.grad_norm: Series = {}
        self.update_norm: Series = {}
        self.params: Series = {}
        self.leaves: dict[str, Any] = {}
        self._before: dict[str, tuple[int, Any]] = {}

    def begin(self, loss: float | None) -> None:
        """One more step."""
        self.loss.append(loss)
        self.lr.append(None)

    def rate(self, lr: float) -> None:
        """The learning rate with which the newest step moved."""
        if self.lr:
            self.lr[-1] = lr

    def gradient(self, step: int, name: str, leaf: Any, g: Any) -> None:
        """A gradient arrived at a parameter."""
        self._moved(name, leaf)
        _put(self.grad_norm, name, step, norm(g))
        self.leaves[name] = leaf
        self._before[name] = step, leaf._data.copy()
        if leaf._data.size <= FEW and leaf._data.dtype.kind == "f":
            _put(self.params, name, step, leaf._data.astype(float).ravel().tolist())

    def finish(self) -> None:
        """The last updates, and where the parameters are in the end."""
        for name, leaf in self.leaves.items():
            self._moved(name, leaf)
            if name in self.params and self._before[name][0] == len(self.loss) - 1:
                values = leaf._data.astype(float).ravel().tolist()
                _put(self.params, name, len(self.loss), values)

    def unused(self, name: str) -> str:
        """The name, or the first of name_2, name_3 ... that no parameter has."""
        count, found = 1, name
        while found in self.leaves:
            count += 1
            found = f"{name}_{count}"
        return found

    def _moved(self, name: str, leaf: Any) -> None:
        if name in self._before:
            step, before = self._before[name]
            if before.shape == leaf._data.shape:
                with numpy.errstate(over="ignore", invalid="ignore"):
                    _put(self.update_norm, name, step, norm(leaf._data - before))


def _put(series: Series, name: str, step: int, value: Any) -> None:
    """Write at a step, with None for the steps before it that had nothing."""
    values = series.setdefault(name, [])
    values += [None] * (step - len(values) + 1)
    values[step] = value
