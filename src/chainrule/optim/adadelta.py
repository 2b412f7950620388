"""Adadelta: steps in units of earlier steps."""

from __future__ import annotations

from typing import Any

from ..typing import TensorOrNumber
from .checks import check_lr, check_way, not_negative
from .elementwise import Elementwise, real
from .optimizer import Group, Params
from .update import direction


def adadelta(
    xp: Any,
    maximize: bool,
    decay: float | None,
    rho: float,
    share: float,
    eps: float,
    rate: float,
    p: Any,
    g: Any,
    square: Any,
    steps: Any,
) -> tuple[Any, ...]:
    """p -= rate d,  d = g sqrt(steps + eps) / sqrt(square + eps),  with means of g**2 and d**2."""
    g = direction(p, g, maximize, decay)
    square *= rho
    square += g * g * share
    step = xp.sqrt(steps + eps)
    step /= xp.sqrt(square + eps)
    step *= g
    steps *= rho
    steps += step * step * share
    step *= rate
    p -= step
    return p, square, steps


class Adadelta(Elementwise):
    """p = p - lr d with d = g sqrt(u + eps) / sqrt(v + eps).

    v and u are running means of g**2 and d**2 with the weight `rho`. ValueError for settings out
    of range.

    Zeiler, "ADADELTA: an adaptive learning rate method", 2012.

    >>> import chainrule as torch
    >>> w = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> optimizer = torch.optim.Adadelta([w])
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.9968, 1.9968], requires_grad=True)
    """

    formula = staticmethod(adadelta)
    _added = {"foreach": None, "maximize": False, "differentiable": False, "capturable": False}

    def __init__(
        self,
        params: Params,
        lr: TensorOrNumber = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_lr(lr)
        if not 0 <= rho <= 1:
            raise ValueError(f"Invalid rho value: {rho}")
        not_negative(eps, "Invalid epsilon value")
        not_negative(weight_decay, "Invalid weight_decay value")
        defaults = {
            "lr": lr,
            "rho": rho,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "capturable": capturable,
            "foreach": foreach,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)
        check_way(foreach, differentiable=differentiable)

    def _names(self, group: Group) -> tuple[str, ...]:
        return ("square_avg", "acc_delta")

    def _settings(self, group: Group, step: float, state: dict[str, Any]) -> tuple[Any, ...]:
        rho = float(group["rho"])
        return (
            group["maximize"],
            float(group["weight_decay"]) or None,
            rho,
            1 - rho,
            float(group["eps"]),
            real(group["lr"]),
        )
