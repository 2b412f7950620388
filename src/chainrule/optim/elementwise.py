"""The base of optimizers whose rule is one formula over a parameter, its gradient and its state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy

from ..backend import namespace
from ..core.dtype import float32, float64, get_default_dtype
from ..core.tensor import wrap
from ..core.writes import written
from .checks import check_capturable
from .differentiable import Recorded, recorded, update_recorded
from .optimizer import Group, Optimizer
from .update import update


class Elementwise(Optimizer):
    """An optimizer that counts the steps of each parameter and keeps arrays of its shape.

    A subclass gives the formula (see `update`), its settings at a step, and the names of the
    arrays that it changes.
    """

    formula: ClassVar[Callable[..., tuple[Any, ...]]]
    same_for_all: ClassVar[bool] = True  # settings depend on the step alone, not on the state

    def _names(self, group: Group) -> tuple[str, ...]:
        raise NotImplementedError

    def _settings(self, group: Group, step: float, state: dict[str, Any]) -> tuple[Any, ...]:
        raise NotImplementedError

    def _begin(self, state: dict[str, Any], p: Any, group: Group) -> None:
        state["step"] = number(0.0)
        self._begin_arrays(state, p, group)

    def _begin_arrays(self, state: dict[str, Any], p: Any, group: Group) -> None:
        for name in self._names(group):
            state[name] = full_like(p, 0)

    def _update(self, group: Group) -> None:
        formula, names = type(self).formula, self._names(group)
        settings: tuple[Any, ...] = ()
        last = 0.0
        differentiable = group["differentiable"]
        if differentiable:
            group = recorded(group)
        for p in group["params"]:
            if p._grad is None:
                continue
            state = self.state[p]
            if not state:
                check_capturable(group)
                self._begin(state, p, group)
            count = state["step"]._data
            step = count.item() + 1.0
            count.fill(step)
            if type(step) is not float or step != last or not self.same_for_all:
                settings, last = self._settings(group, step, state), step
            if differentiable:
                update_recorded(formula, settings, p, [state[name] for name in names])
                continue
            kept = [state[name]._data for name in names]
            update(formula, settings, (p._data, p._grad._data, *kept))
            written(p)


def real(value: Any) -> Any:
    """A setting (a number or a tensor of one element) as a float; a traced float as it is."""
    return value if isinstance(value, (float, Recorded)) else float(value)


def number(value: float) -> Any:
    """A number in the state: a 0-d tensor of the type that PyTorch keeps them in."""
    kind = float64 if get_default_dtype() is float64 else float32
    return wrap(numpy.array(value, kind.numpy))


def full_like(p: Any, value: complex) -> Any:
    """A tensor filled with a value, laid out in memory as a parameter is."""
    return wrap(namespace(p._data).full_like(p._data, value))
