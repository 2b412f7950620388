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


def current_device_index() -> int:
    """The index of the accelerator in use. RuntimeError if there is none."""
    _check()
    return cuda.current_device()


current_device_idx = current_device_index


def set_device_index(device: object) -> None:
    """Use this accelerator from now on. RuntimeError if there is none."""
    _check()
    cuda.set_device(device)


set_device_idx = set_device_index


def current_stream(device: object = None) -> cuda.Stream:
    """The stream that work goes to. RuntimeError if there is no accelerator."""
    _check()
    return cuda.current_stream(device)


def empty_cache() -> None:
    """Give unused memory back. RuntimeError if there is no accelerator."""
    _check()
    cuda.empty_cache()


def memory_allocated(device: object = None) -> int:
    """Bytes of memory in use. RuntimeError if there is no accelerator."""
    _check()
    return cuda.memory_allocated(device)


def max_memory_allocated(device: object = None) -> int:
    """Bytes of memory taken so far. RuntimeError if there is no accelerator."""
    _check()
    return cuda.max_memory_allocated(device)


def _check() -> None:
    if not cuda.is_available():
        raise RuntimeError("Cannot access accelerator device when none is available.")
