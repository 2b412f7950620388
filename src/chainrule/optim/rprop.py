"""Resilient backpropagation: steps by the sign of the gradient alone."""

from __future__ import annotations

from typing import Any

from ..typing import TensorOrNumber
from .checks import check_lr, check_way
from .elementwise import Elementwise, full_like
from .optimizer import Group, Params
from .update import direction


def rprop(
    xp: Any,
    maximize: bool,
    shrink: float,
    grow: float,
    smallest: float,
    largest: float,
    p: Any,
    g: Any,
    last: Any,
    size: Any,
) -> tuple[Any, ...]:
    """p -= sign(g) size; size grows where the sign stays, shrinks where it changes (p rests)."""
    g = direction(p, g, maximize, None)
    same = g * last
    turned = same < 0
    size *= xp.where(turned, shrink, xp.where(same > 0, grow, 1.0))
    size = xp.positive(xp.minimum(xp.maximum(size, smallest), largest), out=size)
    last = xp.positive(xp.where(turned, 0.0, g), out=last)
    p -= xp.sign(last) * size
    return p, last, size


class Rprop(Elementwise):
    """p = p - sign(g) s, with a step size s for each element that starts at `lr`.

    s grows by etas[1] while the sign of g stays, shrinks by etas[0] when it changes, and lies
    within `step_sizes`. ValueError for settings out of range.

    Riedmiller and Braun, "A direct adaptive method for faster backpropagation learning: the RPROP
    algorithm", IEEE International Conference on Neural Networks (1993).

    >>> import chainrule as torch
    >>> w = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> optimizer = torch.optim.Rprop([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.9000, 1.9000], requires_grad=True)
    """

    formula = staticmethod(rprop)
    _added = {"foreach": None, "maximize": False, "differentiable": False, "capturable": False}

    def __init__(
        self,
        params: Params,
        lr: TensorOrNumber = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_lr(lr)
        if not 0 < etas[0] < 1 < etas[1]:
            raise ValueError(f"Invalid eta values: {etas[0]}, {etas[1]}")
        defaults = {
            "lr": lr,
            "etas": etas,
            "step_sizes": step_sizes,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)
        check_way(foreach, differentiable=differentiable)

    def _begin(self, state: dict[str, Any], p: Any, group: Group) -> None:
        super()._begin(state, p, group)
        start = float(group["lr"])
        state["step_size"] = full_like(p, complex(start, start) if p.is_complex() else start)

    def _names(self, group: Group) -> tuple[str, ...]:
        return ("prev", "step_size")

    def _settings(self, group: Group, step: float, state: dict[str, Any]) -> tuple[Any, ...]:
        return (group["maximize"], *map(float, (*group["etas"], *group["step_sizes"])))
