"""RMSprop: steps in units of the root of a running mean of squared gradients."""

from __future__ import annotations

from typing import Any

from ..typing import TensorOrNumber
from .checks import check_lr, check_way, not_negative
from .elementwise import Elementwise, real
from .optimizer import Group, Params
from .update import direction


def rmsprop(
    xp: Any,
    maximize: bool,
    decay: float | None,
    alpha: float,
    share: float,
    eps: float,
    rate: float,
    momentum: float | None,
    centered: bool,
    p: Any,
    g: Any,
    square: Any,
    *others: Any,
) -> tuple[Any, ...]:
    """square = alpha square + share g**2;  p -= rate g / (sqrt(square) + eps).

    The others are the buffer of a momentum and, when centered, the mean of g.
    """
    buffer = mean = None
    if momentum is not None:
        buffer, *others = others  # type: ignore[assignment]
    if centered:
        (mean,) = others
    g = direction(p, g, maximize, decay)
    term = g * share
    term *= g
    square *= alpha
    square += term
    variance = square
    if mean is not None:
        change = g - mean
        change *= share
        mean += change
        variance = square - mean * mean
    root = xp.sqrt(variance)
    root += eps
    step = g / root
    if buffer is not None:
        buffer *= momentum
        buffer += step
        step = buffer * rate
    else:
        step *= rate
    p -= step
    return tuple([x for x in (p, square, buffer, mean) if x is not None])


class RMSprop(Elementwise):
    """Root mean square propagation: p = p - lr g / (sqrt(v) + eps), v = alpha v + (1 - alpha) g**2.

    With `momentum`, p goes by b = momentum b + g / (sqrt(v) + eps); `centered` takes the variance
    of g instead of v. ValueError for negative settings.

    Tieleman and Hinton, "Lecture 6.5: RMSProp", Coursera (2012); Graves, "Generating sequences
    with recurrent neural networks", 2013.

    >>> import chainrule as torch
    >>> w = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> optimizer = torch.optim.RMSprop([w], lr=0.01)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.9000, 1.9000], requires_grad=True)
    """

    formula = staticmethod(rmsprop)
    _added = {
        "momentum": 0,
        "centered": False,
        "foreach": None,
        "maximize": False,
        "differentiable": False,
        "capturable": False,
    }

    def __init__(
        self,
        params: Params,
        lr: TensorOrNumber = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_lr(lr)
        not_negative(eps, "Invalid epsilon value")
        not_negative(momentum, "Invalid momentum value")
        not_negative(weight_decay, "Invalid weight_decay value")
        not_negative(alpha, "Invalid alpha value")
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "alpha": alpha,
            "eps": eps,
            "centered": centered,
            "weight_decay": weight_decay,
            "capturable": capturable,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)
        check_way(foreach, differentiable=differentiable)

    def _names(self, group: Group) -> tuple[str, ...]:
        buffer = ("momentum_buffer",) if group["momentum"] > 0 else ()
        return ("square_avg", *buffer, *(("grad_avg",) if group["centered"] else ()))

    def _settings(self, group: Group, step: float, state: dict[str, Any]) -> tuple[Any, ...]:
        alpha = float(group["alpha"])
        return (
            group["maximize"],
            float(group["weight_decay"]) or None,
            alpha,
            1 - alpha,
            float(group["eps"]),
            real(group["lr"]),
            float(group["momentum"]) if group["momentum"] > 0 else None,
            group["centered"],
        )
