"""Adagrad: steps in units of the root of the sum of all squared gradients."""

from __future__ import annotations

from typing import Any

from ..typing import TensorOrNumber
from .checks import check_fused, check_lr, check_way, not_negative
from .elementwise import Elementwise, full_like, number, real
from .optimizer import Group, Params
from .update import direction


def adagrad(
    xp: Any,
    maximize: bool,
    decay: float | None,
    eps: float,
    rate: float,
    p: Any,
    g: Any,
    total: Any,
) -> tuple[Any, ...]:
    """total += g**2;  p -= rate g / (sqrt(total) + eps)."""
    g = direction(p, g, maximize, decay)
    total += g * g
    root = xp.sqrt(total)
    root += eps
    step = g / root
    step *= rate
    p -= step
    return p, total


class Adagrad(Elementwise):
    """Adaptive gradients: p = p - r g / (sqrt(s) + eps), where s is the sum of all g**2 so far.

    The rate at step t is r = lr / (1 + (t - 1) lr_decay). ValueError for negative settings.

    Duchi, Hazan and Singer, "Adaptive subgradient methods for online learning and stochastic
    optimization", JMLR 12 (2011).

    >>> import chainrule as torch
    >>> w = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> optimizer = torch.optim.Adagrad([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.9000, 1.9000], requires_grad=True)
    """

    formula = staticmethod(adagrad)
    _added = {"foreach": None, "maximize": False, "differentiable": False, "fused": None}

    def __init__(
        self,
        params: Params,
        lr: TensorOrNumber = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_lr(lr)
        not_negative(lr_decay, "Invalid lr_decay value")
        not_negative(weight_decay, "Invalid weight_decay value")
        not_negative(initial_accumulator_value, "Invalid initial_accumulator_value value")
        not_negative(eps, "Invalid epsilon value")
        defaults = {
            "lr": lr,
            "lr_decay": lr_decay,
            "eps": eps,
            "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, defaults)
        check_way(foreach, fused, differentiable)
        check_fused(fused, self.param_groups)
        for group in self.param_groups:
            for p in group["params"]:
                self._begin(self.state[p], p, group)

    def _begin(self, state: dict[str, Any], p: Any, group: Group) -> None:
        start = group["initial_accumulator_value"]
        state["step"] = number(0.0)
        state["sum"] = full_like(p, complex(start, start) if p.is_complex() else start)

    def share_memory(self) -> None:
        """Do nothing: every process has a state of its own."""

    def _names(self, group: Group) -> tuple[str, ...]:
        return ("sum",)

    def _settings(self, group: Group, step: float, state: dict[str, Any]) -> tuple[Any, ...]:
        return (
            group["maximize"],
            float(group["weight_decay"]) or None,
            float(group["eps"]),
            real(group["lr"]) / (1 + (step - 1) * float(group["lr_decay"])),
        )
