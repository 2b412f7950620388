"""NAdam: Adam with Nesterov's momentum."""

from __future__ import annotations

from typing import Any

from ..typing import TensorOrNumber
from .checks import check_betas, check_lr, check_way, not_negative
from .elementwise import Elementwise, number, real
from .optimizer import Group, Params
from .update import direction


def nadam(
    xp: Any,
    maximize: bool,
    shrink: float | None,
    decay: float | None,
    share1: float,
    beta2: float,
    share2: float,
    eps: float,
    rate_g: float,
    rate_m: float,
    p: Any,
    g: Any,
    m: Any,
    v: Any,
) -> tuple[Any, ...]:
    """m and v as in Adam;  p -= (rate_g g + rate_m m) / (sqrt(v) + eps)."""
    if shrink is not None:
        p *= shrink
    g = direction(p, g, maximize, decay)
    change = g - m
    change *= share1
    m += change
    v *= beta2
    v += g * share2 * g
    root = xp.sqrt(v)
    root += eps
    step = g * rate_g
    step += m * rate_m
    step /= root
    p -= step
    return p, m, v


class NAdam(Elementwise):
    """Adam that looks ahead: p = p - lr (a g + b m) / (sqrt(v') + eps).

    With mu(t) = beta1 (1 - 0.96**(t momentum_decay) / 2) and M(t) the product of mu(1) to mu(t),
    a = (1 - mu(t)) / (1 - M(t)) and b = mu(t+1) / (1 - M(t+1)). ValueError for settings out of
    range.

    Dozat, "Incorporating Nesterov momentum into Adam", ICLR workshop 2016.

    >>> import chainrule as torch
    >>> w = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> optimizer = torch.optim.NAdam([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.8944, 1.8944], requires_grad=True)
    """

    formula = staticmethod(nadam)
    same_for_all = False
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
        lr: TensorOrNumber = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
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
        not_negative(momentum_decay, "Invalid momentum_decay value")
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)
        check_way(foreach, differentiable=differentiable)

    def _begin(self, state: dict[str, Any], p: Any, group: Group) -> None:
        state.update(step=number(0.0), mu_product=number(1.0))
        self._begin_arrays(state, p, group)

    def _names(self, group: Group) -> tuple[str, ...]:
        return ("exp_avg", "exp_avg_sq")

    def _settings(self, group: Group, step: float, state: dict[str, Any]) -> tuple[Any, ...]:
        beta1, beta2 = map(real, group["betas"])
        rate, decay = real(group["lr"]), float(group["weight_decay"])
        decoupled = group["decoupled_weight_decay"]
        power = float(group["momentum_decay"])
        mu, after = (beta1 * (1 - 0.5 * 0.96 ** (t * power)) for t in (step, step + 1))
        products = state["mu_product"]._data
        products *= mu
        product = products.item()
        root = (1 - beta2**step) ** 0.5
        return (
            group["maximize"],
            1 - rate * decay if decay and decoupled else None,
            decay if decay and not decoupled else None,
            1 - beta1,
            beta2,
            1 - beta2,
            float(group["eps"]) * root,
            rate * root * (1 - mu) / (1 - product),
            rate * root * after / (1 - product * after),
        )
