"""What the constructors of optimizers refuse."""

from __future__ import annotations

from typing import Any

from ..core.tensor import TensorBase
from ..errors import hint


def check_lr(
    lr: Any, by_group: bool | None = False, message: str = "Invalid learning rate"
) -> None:
    """ValueError unless the learning rate is one number that is not negative."""
    if isinstance(lr, TensorBase):
        if by_group:
            raise ValueError(
                "lr as a Tensor is not supported for capturable=False and foreach=True"
            )
        if lr._data.size != 1:
            raise ValueError("Tensor lr must be 1-element")
    if not lr >= 0:
        raise ValueError(hint(f"{message}: {lr}", "a learning rate is at least 0"))


def not_negative(value: Any, message: str) -> None:
    """ValueError with this message if the value is negative or NaN."""
    if not value >= 0:
        raise ValueError(f"{message}: {value}")


def check_betas(betas: Any, by_group: bool | None = False) -> None:
    """ValueError unless both betas are in [0, 1)."""
    if len({isinstance(beta, TensorBase) for beta in betas}) > 1:
        raise ValueError("betas must be either both floats or both Tensors")
    for i, beta in enumerate(betas):
        if isinstance(beta, TensorBase) and by_group:
            raise ValueError(
                f"betas[{i}] as a Tensor is not supported for capturable=False and foreach=True"
            )
        if isinstance(beta, TensorBase) and beta._data.size != 1:
            raise ValueError(f"Tensor betas[{i}] must be 1-element")
        if not 0 <= beta < 1:
            raise ValueError(f"Invalid beta parameter at index {i}: {beta}")


def check_way(
    foreach: bool | None, fused: bool | None = None, differentiable: bool = False
) -> None:
    """RuntimeError for ways to compute a step that exclude each other."""
    if fused and differentiable:
        raise RuntimeError("`fused` does not support `differentiable`")
    if fused and foreach:
        raise RuntimeError("`fused` and `foreach` cannot be `True` together.")


def check_fused(fused: bool | None, groups: list[dict[str, Any]]) -> None:
    """RuntimeError for a fused step of parameters that are not real numbers."""
    for p in (p for group in groups for p in group["params"] if fused):
        if not p.is_floating_point():
            raise RuntimeError(
                hint(
                    "`fused=True` requires all the params to be floating point Tensors of "
                    f"supported devices: ['cuda', 'cpu'] but {p.dtype} and {p.device.type}",
                    "leave fused out",
                )
            )


def check_capturable(group: dict[str, Any]) -> None:
    """AssertionError for capturable steps, which only a graph of CUDA calls needs."""
    if group.get("capturable"):
        raise AssertionError(
            hint(
                "If capturable=True, params and state_steps must be on supported devices: "
                "['cuda', 'xpu', 'hpu', 'privateuseone', 'xla'].",
                "leave capturable out",
            )
        )
