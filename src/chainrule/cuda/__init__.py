"""`torch.cuda`: GPUs through CuPy (extra `cuda`); without it, none is available."""

from __future__ import annotations

from importlib import import_module
from types import SimpleNamespace
from typing import Any

from ..backend import cuda_is_available, cuda_namespace
from ..core.device import device as _device
from ..ops.random import default_generator
from .streams import Event as Event
from .streams import Stream as Stream
from .streams import current_stream as current_stream
from .streams import stream as stream


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


reset_max_memory_allocated = reset_max_memory_cached = reset_peak_memory_stats


def memory_reserved(device: Any = None) -> int:
    """Bytes of GPU memory that CuPy's pool holds."""
    return max_memory_allocated(device)


max_memory_reserved = memory_cached = max_memory_cached = memory_reserved


def mem_get_info(device: Any = None) -> tuple[int, int]:
    """Bytes of GPU memory that are free, and all."""
    free, total = _runtime().runtime.memGetInfo()
    return int(free), int(total)


def get_device_properties(device: Any = None) -> Any:
    """What the driver says of a GPU: name, total_memory, major, minor, multi_processor_count."""
    found = _runtime().runtime.getDeviceProperties(_index(device))
    return SimpleNamespace(
        name=found["name"].decode(),
        total_memory=found["totalGlobalMem"],
        major=found["major"],
        minor=found["minor"],
        multi_processor_count=found["multiProcessorCount"],
    )


def ipc_collect() -> None:
    """Accepted: memory is not shared between processes."""


class device:
    """Context in which a GPU is the current one; without a GPU it changes nothing."""

    def __init__(self, device: Any) -> None:
        self.idx = -1 if device is None or not cuda_is_available() else _index(device)

    def __enter__(self) -> None:
        self._before = current_device() if self.idx >= 0 else -1
        if self.idx >= 0:
            set_device(self.idx)

    def __exit__(self, *_: Any) -> None:
        if self.idx >= 0:
            set_device(self._before)


class OutOfMemoryError(RuntimeError):
    """Too little memory on the GPU."""


def manual_seed(seed: int) -> None:
    """Random numbers are drawn on the CPU: seeding them is `torch.manual_seed`'s work."""


def manual_seed_all(seed: int) -> None:
    """See `manual_seed`."""


def initial_seed() -> int:
    """The seed of the stream that random numbers come from."""
    return default_generator.initial_seed()


def __getattr__(name: str) -> Any:
    if name == "amp":  # imported when it is first asked for
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
