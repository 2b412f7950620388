"""Adam, and AdamW with decoupled weight decay."""

from __future__ import annotations

from typing import Any

from ..typing import TensorOrNumber
from .checks import check_betas, check_fused, check_lr, check_way, not_negative
from .elementwise import Elementwise, real
from .optimizer import Group, Params
from .update import direction

Betas = tuple[TensorOrNumber, TensorOrNumber]


def adam(
    xp: Any,
    maximize: bool,
    shrink: float | None,
    decay: float | None,
    share1: float,
    beta2: float,
    share2: float,
    eps: float,
    rate: float,
    p: Any,
    g: Any,
    m: Any,
    v: Any,
    largest: Any = None,
) -> tuple[Any, ...]:
    """m += share1 (g - m);  v = beta2 v + share2 g**2;  p -= rate m / (sqrt(v) + eps)."""
    if shrink is not None:
        p *= shrink
    g = direction(p, g, maximize, decay)
    change = g - m
    change *= share1
    m += change
    square = g * share2
    square *= g
    v *= beta2
    v += square
    if largest is not None:
        largest = xp.maximum(largest, v, out=largest)
    root = xp.sqrt(v if largest is None else largest)
    root += eps
    change = m / root
    change *= rate
    p -= change
    return p, m, v, largest


class Adam(Elementwise):
    """Adaptive moment estimation: p = p - lr m' / (sqrt(v') + eps).

    m and v are running means of g and g**2 with the weights `betas`; m' and v' are corrected for
    their start at zero: m' = m / (1 - beta1**t). With `amsgrad`, the largest v so far is used. g
    includes weight_decay p, unless `decoupled_weight_decay`: then p = (1 - lr weight_decay) p
    first. ValueError for settings out of range.

    Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015; Reddi, Kale and Kumar,
    "On the convergence of Adam and beyond", ICLR 2018.

    >>> import chainrule as torch
    >>> w = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> optimizer = torch.optim.Adam([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.9000, 1.9000], requires_grad=True)
    """

    formula = staticmethod(adam)
    _added = {
        "amsgrad": False,
        "maximize": False,
        "foreach": None,
        "capturable": False,
        "differentiable": False,
        "decoupled_weight_decay": False,
        "fused": None,
    }

    def __init__(
        self,
        params: Params,
        lr: TensorOrNumber = 1e-3,
        betas: Betas = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        check_lr(lr, foreach and not capturable)
        not_negative(eps, "Invalid epsilon value")
        check_betas(betas, foreach and not capturable)
        not_negative(weight_decay, "Invalid weight_decay value")
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
            "fused": fused,
            "decoupled_weight_decay": decoupled_weight_decay,
        }
        super().__init__(params, defaults)
        check_way(foreach, fused, differentiable)
        check_fused(fused, self.param_groups)

    def _names(self, group: Group) -> tuple[str, ...]:
        names = ("exp_avg", "exp_avg_sq", "max_exp_avg_sq")
        return names if group["amsgrad"] else names[:2]

    def _settings(self, group: Group, step: float, state: dict[str, Any]) -> tuple[Any, ...]:
        """With the corrections for the start at zero: rate m' / (sqrt(v') + eps) in m and v."""
        beta1, beta2 = map(real, group["betas"])
        rate, decay = real(group["lr"]), float(group["weight_decay"])
        decoupled = group["decoupled_weight_decay"]
        root = (1 - beta2**step) ** 0.5
        return (
            group["maximize"],
            1 - rate * decay if decay and decoupled else None,
            decay if decay and not decoupled else None,
            1 - beta1,
            beta2,
            1 - beta2,
            float(group["eps"]) * root,
            rate * root / (1 - beta1**step),
        )


class AdamW(Adam):
    """Adam with decoupled weight decay: p = (1 - lr weight_decay) p before each step.

    Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR 2019.

    >>> import chainrule as torch
    >>> w = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> torch.optim.AdamW([w]).param_groups[0]["weight_decay"]
    0.01
    """

    _added = {**Adam._added, "decoupled_weight_decay": True}

    def __init__(
        self,
        params: Params,
        lr: TensorOrNumber = 1e-3,
        betas: Betas = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        super().__init__(
            params,
            lr,
            betas,
            eps,
            weight_decay,
            amsgrad,
            foreach=foreach,
            maximize=maximize,
            capturable=capturable,
            differentiable=differentiable,
            fused=fused,
            decoupled_weight_decay=True,
        )
