"""`torch.cuda`: GPUs through CuPy (extra `cuda`); without it, none is available."""

from __future__ import annotations

from typing import Any

from ..backend import cuda_is_available, cuda_namespace
from ..core.device import device as _device
from ..ops.random import default_generator


def is_available() -> bool:
    """Whether CuPy is installed and finds a GPU."""
    return cuda_is_available()


def device_count() -> int:
    """The number of GPUs."""
    return int(cuda_namespace().cuda.runtime.getDeviceCount()) if cuda_is_available() else 0


def is_initialized() -> bool:
    """Whether a GPU can be used."""
    return cuda_is_available()


def is_bf16_supported(including_emulation: bool = True) -> bool:
    """Whether bfloat16 runs on the GPU: not through CuPy."""
    return False


def init() -> None:
    """Nothing to do: CuPy starts on first use."""


def _runtime() -> Any:
    try:
        return cuda_namespace().cuda
    except ImportError as error:
        raise AssertionError(f"Torch not compiled with CUDA enabled\nhint: {error}") from None


def current_device() -> int:
    """The index of the GPU in use."""
    return int(_runtime().Device().id)


def set_device(device: Any) -> None:
    """Use this GPU from now on."""
    _runtime().Device(_index(device)).use()


def get_device_name(device: Any = None) -> str:
    """The name of a GPU."""
    properties = _runtime().runtime.getDeviceProperties(_index(device))
    return str(properties["name"].decode())


def get_device_capability(device: Any = None) -> tuple[int, int]:
    """The compute capability of a GPU."""
    number = str(_runtime().Device(_index(device)).compute_capability)
    return int(number[:-1]), int(number[-1])


def _index(device: Any) -> int:
    if device is None:
        return current_device()
    return device if isinstance(device, int) else (_device(device).index or 0)


def synchronize(device: Any = None) -> None:
    """Wait until the GPU has finished; without one there is nothing to wait for."""
    if cuda_is_available():
        _runtime().Device(_index(device)).synchronize()


def empty_cache() -> None:
    """Give unused GPU memory back."""
    if cuda_is_available():
        cuda_namespace().get_default_memory_pool().free_all_blocks()


def memory_allocated(device: Any = None) -> int:
    """Bytes of GPU memory in use."""
    return int(cuda_namespace().get_default_memory_pool().used_bytes()) if is_available() else 0


def max_memory_allocated(device: Any = None) -> int:
    """Bytes of GPU memory taken so far."""
    return int(cuda_namespace().get_default_memory_pool().total_bytes()) if is_available() else 0


def reset_peak_memory_stats(device: Any = None) -> None:
    """Accepted; CuPy keeps no peak."""


def manual_seed(seed: int) -> None:
    """Random numbers are drawn on the CPU: seeding them is `torch.manual_seed`'s work."""


def manual_seed_all(seed: int) -> None:
    """See `manual_seed`."""


def initial_seed() -> int:
    """The seed of the stream that random numbers come from."""
    return default_generator.initial_seed()
