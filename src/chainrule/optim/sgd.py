"""Stochastic gradient descent, with momentum."""

from __future__ import annotations

from typing import Any

from ..core.writes import written
from ..typing import TensorOrNumber
from .checks import check_fused, check_lr, check_way, not_negative
from .differentiable import recorded, update_recorded
from .elementwise import full_like, real
from .optimizer import Group, Optimizer, Params
from .update import direction, update


def sgd(
    xp: Any,
    maximize: bool,
    rate: float,
    decay: float | None,
    momentum: float | None,
    nesterov: bool,
    share: float | None,
    p: Any,
    g: Any,
    buffer: Any = None,
) -> tuple[Any, ...]:
    """g += decay p;  buffer = momentum buffer + share g;  p -= rate (buffer, or g without one)."""
    g = direction(p, g, maximize, decay)
    if buffer is None:
        p -= g * rate
        return (p,)
    buffer *= momentum
    buffer += g if share is None else g * share
    p -= (g + buffer * momentum if nesterov else buffer) * rate
    return p, buffer


def started(
    xp: Any,
    maximize: bool,
    rate: float,
    decay: float | None,
    momentum: float,
    nesterov: bool,
    share: float | None,
    p: Any,
    g: Any,
    buffer: Any,
) -> tuple[Any, ...]:
    """p by a buffer that has the first gradient already: it counts as a constant, as in PyTorch."""
    if nesterov:
        buffer = direction(p, g, maximize, decay) + buffer * momentum
    p -= buffer * rate
    return (p,)


class SGD(Optimizer):
    """Stochastic gradient descent: p = p - lr g, with momentum p = p - lr b.

    b = momentum b + (1 - dampening) g, and g includes weight_decay p. With `nesterov`, p goes by
    g + momentum b. ValueError for negative settings.

    Sutskever, Martens, Dahl and Hinton, "On the importance of initialization and momentum in deep
    learning", ICML 2013.

    >>> import chainrule as torch
    >>> w = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> optimizer = torch.optim.SGD([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.8000, 1.6000], requires_grad=True)
    """

    _added = {
        "nesterov": False,
        "maximize": False,
        "foreach": None,
        "differentiable": False,
        "fused": None,
    }

    def __init__(
        self,
        params: Params,
        lr: TensorOrNumber = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: TensorOrNumber = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_lr(lr)
        not_negative(momentum, "Invalid momentum value")
        not_negative(weight_decay, "Invalid weight_decay value")
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
            "foreach": foreach,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, defaults)
        check_way(foreach, fused, differentiable)
        check_fused(fused, self.param_groups)

    def _update(self, group: Group) -> None:
        differentiable = group["differentiable"]
        if differentiable:
            group = recorded(group)
        momentum = float(group["momentum"]) or None
        decay = float(group["weight_decay"]) or None
        settings = (group["maximize"], real(group["lr"]), decay, momentum, group["nesterov"])
        share = 1 - float(group["dampening"])
        first, later = (*settings, None), (*settings, None if share == 1 else share)
        for p in group["params"]:
            if p._grad is None:
                continue
            if differentiable and momentum is None:
                update_recorded(sgd, first, p, ())
            elif momentum is None:
                update(sgd, first, (p._data, p._grad._data))
            else:
                state = self.state[p]
                buffer = state.get("momentum_buffer")
                when = later
                if buffer is None:  # the first gradient counts in full
                    buffer = state["momentum_buffer"] = full_like(p, 0)
                    when = first
                if differentiable and when is first:
                    g = p.grad.detach()
                    buffer.copy_(direction(p.detach(), g, group["maximize"], decay))
                    update_recorded(started, when, p, (buffer,))
                    continue
                if differentiable:
                    update_recorded(sgd, when, p, (buffer,))
                    continue
                update(sgd, when, (p._data, p._grad._data, buffer._data))
            written(p)
