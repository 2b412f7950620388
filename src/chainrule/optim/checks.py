"""What the constructors of optimizers refuse."""

from __future__ import annotations

from typing import Any

from ..core.tensor import TensorBase
from ..errors import hint


def check_lr(lr: Any, by_group: bool | None = False) -> None:
    """ValueError unless the learning rate is one number that is not negative."""
    if isinstance(lr, TensorBase):
        if by_group:
            raise ValueError(
                "lr as a Tensor is not supported for capturable=False and foreach=True"
            )
        if lr._data.size != 1:
            raise ValueError("Tensor lr must be 1-element")
    if not lr >= 0:
        raise ValueError(hint(f"Invalid learning rate: {lr}", "a learning rate is at least 0"))


def not_negative(value: Any, message: str) -> None:
    """ValueError with this message if the value is negative or NaN."""
    if not value >= 0:
        raise ValueError(f"{message}: {value}")


def check_betas(betas: Any) -> None:
    """ValueError unless both betas are in [0, 1)."""
    if len({isinstance(beta, TensorBase) for beta in betas}) > 1:
        raise ValueError("betas must be either both floats or both Tensors")
    for i, beta in enumerate(betas):
        if not 0 <= beta < 1:
            raise ValueError(f"Invalid beta parameter at index {i}: {beta}")


def check_way(
    foreach: bool | None, fused: bool | None = None, differentiable: bool = False
) -> None:
    """Refuse the ways to compute a step that exclude each other, or that there are not here."""
    if fused and differentiable:
        raise RuntimeError("`fused` does not support `differentiable`")
    if fused and foreach:
        raise RuntimeError("`fused` and `foreach` cannot be `True` together.")
    if differentiable:
        raise NotImplementedError(
            hint(
                "differentiable=True is not supported",
                "write the update out of place, w = w - lr * grad, with create_graph=True",
            )
        )
