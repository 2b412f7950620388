"""Adamax: Adam with the infinity norm."""

from __future__ import annotations

from typing import Any

from ..typing import TensorOrNumber
from .checks import check_betas, check_lr, check_way, not_negative
from .elementwise import Elementwise, real
from .optimizer import Group, Params
from .update import direction


def adamax(
    xp: Any,
    maximize: bool,
    decay: float | None,
    share1: float,
    beta2: float,
    eps: float,
    rate: float,
    p: Any,
    g: Any,
    m: Any,
    norm: Any,
) -> tuple[Any, ...]:
    """m += share1 (g - m);  norm = max(beta2 norm, |g| + eps);  p -= rate m / norm."""
    g = direction(p, g, maximize, decay)
    change = g - m
    change *= share1
    m += change
    size = xp.abs(g)
    size += eps
    norm *= beta2
    norm = xp.maximum(norm, size, out=norm)
    step = m / norm
    step *= rate
    p -= step
    return p, m, norm


class Adamax(Elementwise):
    """p = p - lr m' / n with n = max(beta2 n, |g| + eps) and m as in Adam.

    ValueError for settings out of range.

    Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015, section 7.

    >>> import chainrule as torch
    >>> w = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> optimizer = torch.optim.Adamax([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.9000, 1.9000], requires_grad=True)
    """

    formula = staticmethod(adamax)
    _added = {"foreach": None, "maximize": False, "differentiable": False, "capturable": False}

    def __init__(
        self,
        params: Params,
        lr: TensorOrNumber = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
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
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)
        check_way(foreach, differentiable=differentiable)

    def _names(self, group: Group) -> tuple[str, ...]:
        return ("exp_avg", "exp_inf")

    def _settings(self, group: Group, step: float, state: dict[str, Any]) -> tuple[Any, ...]:
        beta1, beta2 = map(real, group["betas"])
        return (
            group["maximize"],
            float(group["weight_decay"]) or None,
            1 - beta1,
            beta2,
            float(group["eps"]),
            real(group["lr"]) / (1 - beta1**step),
        )
