"""Schedules by functions of the user's."""

from __future__ import annotations

import types
from collections.abc import Callable, Sequence
from typing import Any

from ..optimizer import Optimizer
from .base import LRScheduler

Rule = Callable[[int], float]


class _Given(LRScheduler):
    """A schedule with one function for all groups, or one for each."""

    def __init__(
        self, optimizer: Optimizer, lr_lambda: Rule | Sequence[Rule], last_epoch: int = -1
    ) -> None:
        count = len(optimizer.param_groups)
        rules = list(lr_lambda) if isinstance(lr_lambda, (list, tuple)) else [lr_lambda] * count
        if len(rules) != count:
            raise ValueError(f"Expected {count} lr_lambdas, but got {len(rules)}")
        for rule in rules:
            if not callable(rule):
                raise TypeError(f"lr_lambda should be a function, but got {type(rule).__name__}")
        self.lr_lambdas: list[Any] = rules
        super().__init__(optimizer, last_epoch)

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer and functions; of callable objects, what they hold."""
        state = super().state_dict()
        del state["lr_lambdas"]
        state["lr_lambdas"] = [
            None if isinstance(rule, types.FunctionType) else dict(rule.__dict__)
            for rule in self.lr_lambdas
        ]
        return state

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continue from a `state_dict`; the functions stay."""
        saved = dict(state_dict)
        for rule, state in zip(self.lr_lambdas, saved.pop("lr_lambdas"), strict=True):
            if state is not None:
                rule.__dict__.update(state)
        self.__dict__.update(saved)


class LambdaLR(_Given):
    """lr = initial_lr lr_lambda(epoch).

    >>> optimizer = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=1.0)
    >>> scheduler = LambdaLR(optimizer, lambda epoch: 1 / (1 + epoch))
    >>> optimizer.step()
    >>> scheduler.step()
    >>> scheduler.get_last_lr()
    [0.5]
    """

    def get_lr(self) -> list[Any]:
        """The first rates, times what the functions say."""
        self._rates()
        rules = zip(self.lr_lambdas, self.base_lrs, strict=True)
        return [base * rule(self.last_epoch) for rule, base in rules]


class MultiplicativeLR(_Given):
    """lr = lr lr_lambda(epoch) at each epoch after the first."""

    def get_lr(self) -> list[Any]:
        """The rates, times what the functions say."""
        rates = self._rates()
        if self._is_initial:
            return rates
        return [
            rate * rule(self.last_epoch) for rule, rate in zip(self.lr_lambdas, rates, strict=True)
        ]
