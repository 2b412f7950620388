"""`LRScheduler`: sets the learning rates of an optimizer's groups, epoch by epoch."""

from __future__ import annotations

import warnings
from typing import Any

from ...core.tensor import TensorBase
from ...errors import hint
from ..optimizer import Group, Optimizer

_SEE = "See more details at https://pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate"
EPOCH_WARNING = (
    "The epoch parameter in `scheduler.step()` was not necessary and is being deprecated where "
    "possible. Please use `scheduler.step()` to step the scheduler. During the deprecation, if "
    "epoch is different from None, the closed form is used instead of the new chainable form, "
    "where available. Please open an issue if you are unable to replicate your use case: "
    "https://github.com/pytorch/pytorch/issues/new/choose."
)


class LRScheduler:
    """The base of schedules: a subclass gives `get_lr()`, the rates at `self.last_epoch`.

    A schedule computes the next rate from the present one, so that several schedules of one
    optimizer combine. The rate that a group starts with is kept in it as `initial_lr`.
    TypeError for what is no optimizer, KeyError for `last_epoch` >= 0 without `initial_lr`.

    >>> class Halving(LRScheduler):
    ...     def get_lr(self):
    ...         factor = 0.5 if self.last_epoch else 1.0
    ...         return [group["lr"] * factor for group in self.optimizer.param_groups]
    >>> optimizer = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=0.1)
    >>> scheduler = Halving(optimizer)
    >>> optimizer.step()
    >>> scheduler.step()
    >>> scheduler.get_last_lr()
    [0.05]
    """

    _is_initial = False
    _get_lr_called_within_step = False

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        self.optimizer = checked(optimizer)
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", copied(group["lr"]))
            elif "initial_lr" not in group:
                raise KeyError(
                    hint(
                        f"param 'initial_lr' is not specified in param_groups[{i}] when resuming "
                        "scheduler with last_epoch >= 0.",
                        "load the optimizer's state first, or leave last_epoch out",
                    )
                )
        self.base_lrs = [copied(group["initial_lr"]) for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        if not hasattr(optimizer, "_scheduled"):
            optimizer._scheduled = True  # type: ignore[attr-defined]
            optimizer._opt_called = False  # type: ignore[attr-defined]
        self._initial_step()

    def _initial_step(self) -> None:
        """Set the first rates."""
        self._step_count = 0
        self._is_initial = True
        try:
            self._advance(None)
        finally:
            self._is_initial = False

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer."""
        return {key: value for key, value in self.__dict__.items() if key != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continue from a `state_dict`; the optimizer's rates are loaded with the optimizer."""
        self.__dict__.update(state_dict)

    def get_last_lr(self) -> list[Any]:
        """The rates that were set last, one for each group."""
        return self._last_lr

    def get_lr(self) -> list[Any]:
        """The rates at this epoch, one for each group."""
        raise NotImplementedError(
            hint(f"{type(self).__name__} has no get_lr", "define it: a rate for each group")
        )

    @property
    def _groups(self) -> list[Group]:
        return self.optimizer.param_groups

    def _rates(self) -> list[Any]:
        """The present rates; for `get_lr` of subclasses."""
        if not self._get_lr_called_within_step:
            warnings.warn(
                "To get the last learning rate computed by the scheduler, please use "
                "`get_last_lr()`.",
                UserWarning,
                stacklevel=3,
            )
        return [group["lr"] for group in self._groups]

    def step(self, epoch: int | None = None) -> None:
        """Set the rates of the next epoch. Call it after `optimizer.step()`."""
        if self._step_count == 1:
            self._warn_of_order()
        if epoch is not None:
            warnings.warn(EPOCH_WARNING, UserWarning, stacklevel=2)
        self._advance(epoch)

    def _advance(self, epoch: int | None) -> None:
        self._step_count += 1
        self._get_lr_called_within_step = True
        try:
            if epoch is None:
                self.last_epoch += 1
                rates = self.get_lr()
            else:
                self.last_epoch = epoch
                rates = getattr(self, "_get_closed_form_lr", self.get_lr)()
        finally:
            self._get_lr_called_within_step = False
        self._set(rates)

    def _set(self, rates: list[Any]) -> None:
        for group, rate in zip(self._groups, rates, strict=False):
            set_rate(group, rate)
        self._last_lr: list[Any] = [copied(group["lr"]) for group in self._groups]

    def _warn_of_order(self) -> None:
        if "step" in vars(self.optimizer):
            message = (
                "Seems like `optimizer.step()` has been overridden after learning rate scheduler "
                "initialization. Please, make sure to call `optimizer.step()` before "
                f"`lr_scheduler.step()`. {_SEE}"
            )
        elif not self.optimizer._opt_called:  # type: ignore[attr-defined]
            message = (
                "Detected call of `lr_scheduler.step()` before `optimizer.step()`. In PyTorch "
                "1.1.0 and later, you should call them in the opposite order: `optimizer.step()` "
                "before `lr_scheduler.step()`.  Failure to do this will result in PyTorch "
                f"skipping the first value of the learning rate schedule. {_SEE}"
            )
        else:
            return
        warnings.warn(message, UserWarning, stacklevel=3)


class _LRScheduler(LRScheduler):
    """The old name of the base."""


def checked(optimizer: Any) -> Optimizer:
    """The optimizer; TypeError if it is none."""
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")
    return optimizer


def copied(rate: Any) -> Any:
    """A rate that does not change with that of the group."""
    return rate.clone() if isinstance(rate, TensorBase) else rate  # type: ignore[attr-defined]


def set_rate(group: Group, rate: Any) -> None:
    """Give a group a learning rate; one that is a tensor is written into."""
    if isinstance(group["lr"], TensorBase):
        group["lr"]._data[...] = float(rate)
    else:
        group["lr"] = rate


def for_each_group(optimizer: Optimizer, name: str, value: Any) -> list[Any]:
    """A setting given for all groups or as a list of one for each; ValueError if too few."""
    count = len(optimizer.param_groups)
    if not isinstance(value, (list, tuple)):
        return [value] * count
    if len(value) != count:
        raise ValueError(
            f"{name} must have the same length as optimizer.param_groups. "
            f"{name} has {len(value)} values, param_groups has {count}."
        )
    return list(value)
