"""Averaged stochastic gradient descent."""

from __future__ import annotations

from typing import Any

from ..typing import TensorOrNumber
from .checks import check_lr, check_way, not_negative
from .elementwise import Elementwise, number, real
from .optimizer import Group, Params
from .update import direction


def asgd(
    xp: Any,
    maximize: bool,
    decay: float | None,
    shrink: float,
    rate: float,
    share: float | None,
    p: Any,
    g: Any,
    mean: Any,
) -> tuple[Any, ...]:
    """p = shrink p - rate g;  mean += share (p - mean)."""
    g = direction(p, g, maximize, decay)
    p *= shrink
    p -= g * rate
    if share is None:
        mean = xp.positive(p, out=mean)
    else:
        change = p - mean
        change *= share
        mean += change
    return p, mean


class ASGD(Elementwise):
    """p = (1 - lambd r) p - r g, with the mean of p kept in the state as `ax`.

    The rate at step t is r = lr / (1 + lambd lr t)**alpha; the mean is that since step `t0`.
    ValueError for negative lr or weight_decay.

    Polyak and Juditsky, "Acceleration of stochastic approximation by averaging", SIAM Journal on
    Control and Optimization 30 (1992).

    >>> import chainrule as torch
    >>> w = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> optimizer = torch.optim.ASGD([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.8000, 1.6000], requires_grad=True)
    """

    formula = staticmethod(asgd)
    same_for_all = False
    _added = {"foreach": None, "maximize": False, "differentiable": False, "capturable": False}

    def __init__(
        self,
        params: Params,
        lr: TensorOrNumber = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_lr(lr)
        not_negative(weight_decay, "Invalid weight_decay value")
        defaults = {
            "lr": lr,
            "lambd": lambd,
            "alpha": alpha,
            "t0": t0,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)
        check_way(foreach, differentiable=differentiable)

    def _begin(self, state: dict[str, Any], p: Any, group: Group) -> None:
        state.update(step=number(0.0), eta=number(real(group["lr"])), mu=number(1.0))
        self._begin_arrays(state, p, group)

    def _names(self, group: Group) -> tuple[str, ...]:
        return ("ax",)

    def _settings(self, group: Group, step: float, state: dict[str, Any]) -> tuple[Any, ...]:
        lambd, rate = float(group["lambd"]), real(group["lr"])
        now, share = state["eta"]._data.item(), state["mu"]._data.item()
        state["eta"]._data.fill(rate / (1 + lambd * rate * step) ** float(group["alpha"]))
        state["mu"]._data.fill(1 / max(1.0, step - float(group["t0"])))
        return (
            group["maximize"],
            float(group["weight_decay"]) or None,
            1 - lambd * now,
            now,
            None if share == 1 else share,
        )
