"""RAdam: Adam that waits until the variance of its steps is known."""

from __future__ import annotations

import math
from typing import Any

from ..typing import TensorOrNumber
from .checks import check_betas, check_lr, check_way, not_negative
from .elementwise import Elementwise, real
from .optimizer import Group, Params
from .update import direction


def radam(
    xp: Any,
    maximize: bool,
    shrink: float | None,
    decay: float | None,
    share1: float,
    beta2: float,
    share2: float,
    eps: float,
    rate: float,
    rectified: bool,
    p: Any,
    g: Any,
    m: Any,
    v: Any,
) -> tuple[Any, ...]:
    """m and v as in Adam;  p -= rate m, divided by sqrt(v) + eps once rectified."""
    if shrink is not None:
        p *= shrink
    g = direction(p, g, maximize, decay)
    change = g - m
    change *= share1
    m += change
    v *= beta2
    v += g * share2 * g
    step = m * rate
    if rectified:
        root = xp.sqrt(v)
        root += eps
        step /= root
    p -= step
    return p, m, v


class RAdam(Elementwise):
    """Rectified Adam: p = p - lr m' until v has seen enough, then p = p - lr r m' / sqrt(v').

    With n = 2 / (1 - beta2) - 1 and n(t) = n - 2 t beta2**t / (1 - beta2**t), enough is n(t) > 5,
    and r**2 = (n(t) - 4) (n(t) - 2) n / ((n - 4) (n - 2) n(t)). ValueError for settings out of
    range.

    Liu et al., "On the variance of the adaptive learning rate and beyond", ICLR 2020.

    >>> import chainrule as torch
    >>> w = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> optimizer = torch.optim.RAdam([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.8000, 1.6000], requires_grad=True)
    """

    formula = staticmethod(radam)
    _added = {
        "maximize": False,
        "foreach": None,
        "capturable": False,
        "differentiable": False,
        "decoupled_weight_decay": False,
    }

    def __init__(
        self,
        params: Params,
        lr: TensorOrNumber = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_lr(lr)
        not_negative(eps, "Invalid epsilon value")
        check_betas(betas)
        not_negative(weight_decay, "Invalid weight_decay value")
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "decoupled_weight_decay": decoupled_weight_decay,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)
        check_way(foreach, differentiable=differentiable)

    def _names(self, group: Group) -> tuple[str, ...]:
        return ("exp_avg", "exp_avg_sq")

    def _settings(self, group: Group, step: float, state: dict[str, Any]) -> tuple[Any, ...]:
        beta1, beta2 = map(real, group["betas"])
        rate, decay = real(group["lr"]), float(group["weight_decay"])
        decoupled = group["decoupled_weight_decay"]
        bias = 1 - beta2**step
        most = 2 / (1 - beta2) - 1
        seen = most - 2 * step * beta2**step / bias
        size = rate / (1 - beta1**step)
        if seen > 5:
            ratio = (seen - 4) * (seen - 2) * most / ((most - 4) * (most - 2) * seen)
            size *= math.sqrt(ratio * bias)
        return (
            group["maximize"],
            1 - rate * decay if decay and decoupled else None,
            decay if decay and not decoupled else None,
            1 - beta1,
            beta2,
            1 - beta2,
            float(group["eps"]),
            size,
            seen > 5,
        )
