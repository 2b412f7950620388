"""`torch.accelerator`: the GPU, if there is one, whatever its make."""

from __future__ import annotations

from . import cuda
from .core.device import device


def is_available() -> bool:
    """Whether there is an accelerator."""
    return cuda.is_available()


def device_count() -> int:
    """The number of accelerators."""
    return cuda.device_count()


def current_accelerator(check_available: bool = False) -> device | None:
    """The device type of the accelerator; None if there is none."""
    return device("cuda") if cuda.is_available() else None


def synchronize(device: object = None) -> None:
    """Wait until the accelerator has finished."""
    cuda.synchronize()
