"""SparseAdam, for gradients that are sparse tensors, which there are none of here."""

from __future__ import annotations

from ..errors import hint
from ..typing import TensorOrNumber
from .checks import check_betas, check_lr
from .optimizer import Group, Optimizer, Params


class SparseAdam(Optimizer):
    """Adam for gradients that are sparse tensors: there are none here, so a step raises.

    It can be made, saved and loaded. RuntimeError for a dense gradient, as in PyTorch; ValueError
    for settings out of range.

    >>> import chainrule as torch
    >>> optimizer = torch.optim.SparseAdam([torch.ones(2, requires_grad=True)])
    >>> optimizer.param_groups[0]["lr"]
    0.001
    """

    def __init__(
        self,
        params: Params,
        lr: TensorOrNumber = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        maximize: bool = False,
    ) -> None:
        check_lr(lr)
        if lr == 0:
            raise ValueError(f"Invalid learning rate: {lr}")
        if not eps > 0:
            raise ValueError(f"Invalid epsilon value: {eps}")
        check_betas(betas)
        defaults = {"lr": lr, "betas": betas, "eps": eps, "maximize": maximize}
        super().__init__(params, defaults)
        places = [
            [i, j]
            for i, group in enumerate(self.param_groups)
            for j, p in enumerate(group["params"])
            if p.is_complex()
        ]
        if places:
            raise ValueError(
                f"Complex params at indices {places}: SparseAdam does not support complex "
                "parameters"
            )

    def _update(self, group: Group) -> None:
        if any(p._grad is not None for p in group["params"]):
            raise RuntimeError(
                hint(
                    "SparseAdam does not support dense gradients, please consider Adam instead",
                    "all tensors are dense here: torch.optim.Adam computes the same steps",
                )
            )
