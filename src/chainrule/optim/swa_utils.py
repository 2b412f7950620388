"""Averages of models over training. The names of `torch.optim.swa_utils`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from copy import deepcopy
from itertools import chain
from typing import Any

from ..autograd.grad_mode import no_grad
from ..nn.modules.batchnorm import _BatchNorm
from ..nn.modules.module import Module
from ..ops.data import tensor
from .lr_scheduler.base import LRScheduler
from .optimizer import Optimizer

__all__ = (
    "SWALR",
    "AveragedModel",
    "get_ema_avg_fn",
    "get_ema_multi_avg_fn",
    "get_swa_avg_fn",
    "get_swa_multi_avg_fn",
    "update_bn",
)

One = Callable[[Any, Any, Any], Any]
Many = Callable[[list[Any], list[Any], Any], None]


def get_ema_avg_fn(decay: float = 0.999) -> One:
    """The exponential moving average of one tensor: decay mean + (1 - decay) p.

    ValueError unless decay is in [0, 1].

    >>> get_ema_avg_fn(0.5)(torch.tensor(1.0), torch.tensor(2.0), 1)
    tensor(1.5000)
    """
    _check_decay(decay)

    @no_grad()
    def ema_update(mean: Any, p: Any, count: Any) -> Any:
        return decay * mean + (1 - decay) * p

    return ema_update


def get_swa_avg_fn() -> One:
    """The equally weighted average of one tensor: mean + (p - mean) / (count + 1).

    >>> get_swa_avg_fn()(torch.tensor(1.0), torch.tensor(2.0), 1)
    tensor(1.5000)
    """

    @no_grad()
    def swa_update(mean: Any, p: Any, count: Any) -> Any:
        return mean + (p - mean) / (count + 1)

    return swa_update


def get_ema_multi_avg_fn(decay: float = 0.999) -> Many:
    """The exponential moving average of a list of tensors, in place.

    ValueError unless decay is in [0, 1].

    >>> means = [torch.tensor([1.0])]
    >>> get_ema_multi_avg_fn(0.5)(means, [torch.tensor([2.0])], 1)
    >>> means
    [tensor([1.5000])]
    """
    _check_decay(decay)
    return _in_place(lambda count: 1 - decay, get_ema_avg_fn(decay))


def get_swa_multi_avg_fn() -> Many:
    """The equally weighted average of a list of tensors, in place.

    >>> means = [torch.tensor([1.0])]
    >>> get_swa_multi_avg_fn()(means, [torch.tensor([2.0])], 1)
    >>> means
    [tensor([1.5000])]
    """
    return _in_place(lambda count: 1 / (int(count) + 1), get_swa_avg_fn())


def _check_decay(decay: float) -> None:
    if not 0 <= decay <= 1:
        raise ValueError(
            f"Invalid decay value {decay} provided. Please provide a value in [0,1] range."
        )


def _in_place(share: Callable[[Any], float], one: One) -> Many:
    @no_grad()
    def update(means: list[Any], params: list[Any], count: Any) -> None:
        for mean, p in zip(means, params, strict=True):
            if mean.is_floating_point() or mean.is_complex():
                mean.lerp_(p.to(mean.device), share(count))
            else:
                mean.copy_(one(mean, p.to(mean.device), count))

    return update


class AveragedModel(Module):
    """A copy of a model whose parameters are averages of those that it had over training.

    `update_parameters(model)` takes the model's present ones into the average: equally weighted,
    or by `avg_fn(mean, p, count)` for each, or `multi_avg_fn(means, ps, count)` for all at once.
    With `use_buffers` buffers are averaged, too, else they are copied.

    Izmailov, Podoprikhin, Garipov, Vetrov and Wilson, "Averaging weights leads to wider optima and
    better generalization", UAI 2018.

    >>> model = torch.nn.Linear(1, 1)
    >>> average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.9))
    >>> average.update_parameters(model)
    >>> average.n_averaged
    tensor(1)
    """

    n_averaged: Any

    def __init__(
        self,
        model: Module,
        device: Any = None,
        avg_fn: One | None = None,
        multi_avg_fn: Many | None = None,
        use_buffers: bool = False,
    ) -> None:
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise AssertionError("Only one of avg_fn and multi_avg_fn should be provided")
        self.module = deepcopy(model)
        if device is not None:
            self.module = self.module.to(device)
        self.register_buffer("n_averaged", tensor(0, device=device))
        self.avg_fn, self.multi_avg_fn = avg_fn, multi_avg_fn
        self.use_buffers = use_buffers

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the averaged model computes."""
        return self.module(*args, **kwargs)

    def update_parameters(self, model: Module) -> None:
        """Take the parameters of `model` into the average; the first time, copy them."""
        kept: Iterable[Any] = self.module.parameters()
        given: Iterable[Any] = model.parameters()
        if self.use_buffers:
            kept = chain(kept, self.module.buffers())
            given = chain(given, model.buffers())
        means = [mean.detach() for mean in kept]
        params = [p.detach().to(mean.device) for p, mean in zip(given, means, strict=True)]
        if not self.n_averaged:
            for mean, p in zip(means, params, strict=True):
                mean.copy_(p)
        elif self.avg_fn is not None:
            for mean, p in zip(means, params, strict=True):
                mean.copy_(self.avg_fn(mean, p, self.n_averaged))
        else:
            (self.multi_avg_fn or get_swa_multi_avg_fn())(means, params, self.n_averaged)
        if not self.use_buffers:
            for mine, theirs in zip(self.module.buffers(), model.buffers(), strict=True):
                mine.detach().copy_(theirs.detach().to(mine.device))
        self.n_averaged += 1


@no_grad()
def update_bn(loader: Iterable[Any], model: Module, device: Any = None) -> None:
    """Compute the running statistics of a model's batch normalisations anew, over a loader.

    A batch is a tensor, or a sequence that begins with it.

    >>> model = torch.nn.Sequential(torch.nn.BatchNorm1d(1))
    >>> update_bn([torch.tensor([[1.0], [3.0]])], model)
    >>> model[0].running_mean
    tensor([2.])
    """
    momenta = {}
    for module in model.modules():
        if isinstance(module, _BatchNorm):
            module.reset_running_stats()
            momenta[module] = module.momentum
    if not momenta:
        return
    was_training = model.training
    model.train()
    for module in momenta:
        module.momentum = None  # the plain mean over all batches
    for batch in loader:
        given = batch[0] if isinstance(batch, list | tuple) else batch
        model(given if device is None else given.to(device))
    for module, momentum in momenta.items():
        module.momentum = momentum
    model.train(was_training)


class SWALR(LRScheduler):
    """Moves the rates to `swa_lr` within `anneal_epochs`, and keeps them there.

    The way is half a cosine, or with anneal_strategy="linear" a line. ValueError for another
    strategy, negative epochs, and a list of rates that does not fit the groups.

    >>> optimizer = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=0.5)
    >>> scheduler = SWALR(optimizer, swa_lr=0.1, anneal_epochs=2, anneal_strategy="linear")
    >>> for _ in range(2):
    ...     optimizer.step()
    ...     scheduler.step()
    >>> scheduler.get_last_lr()
    [0.1]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        swa_lr: Any,
        anneal_epochs: int = 10,
        anneal_strategy: str = "cos",
        last_epoch: int = -1,
    ) -> None:
        groups = optimizer.param_groups
        rates = swa_lr if isinstance(swa_lr, list | tuple) else [swa_lr] * len(groups)
        if len(rates) != len(groups):
            raise ValueError(
                "swa_lr must have the same length as optimizer.param_groups. swa_lr has "
                f"{len(rates)} values, param_groups has {len(groups)}."
            )
        for group, rate in zip(groups, rates, strict=True):
            group["swa_lr"] = rate
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(
                f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}"
            )
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise ValueError(f"anneal_epochs must be equal or greater than 0, got {anneal_epochs}")
        self._anneal_strategy, self.anneal_epochs = anneal_strategy, anneal_epochs
        super().__init__(optimizer, last_epoch)

    def _share(self, step: int) -> float:
        """How far on the way a step is, from 0 to 1."""
        t = max(0.0, min(1.0, step / max(1, self.anneal_epochs)))
        return t if self._anneal_strategy == "linear" else (1 - math.cos(math.pi * t)) / 2

    def get_lr(self) -> list[Any]:
        """The rates, moved from the last step's place on the way to this one's."""
        step = self._step_count - 1
        if self.anneal_epochs == 0:
            step = max(1, step)
        before, now = self._share(step - 1), self._share(step)
        found = []
        for rate, group in zip(self._rates(), self._groups, strict=True):
            end = group["swa_lr"]
            start = end if before == 1 else (rate - before * end) / (1 - before)
            found.append(end * now + start * (1 - now))
        return found
