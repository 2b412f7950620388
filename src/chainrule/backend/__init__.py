"""The array namespace of a device: NumPy on the CPU, CuPy on a GPU (imported on first use).

Nothing above this floor imports CuPy. A namespace is what a primitive's kernel gets as `xp`.
"""

from __future__ import annotations

import sys
import warnings
from types import ModuleType
from typing import Any

import numpy

from ..errors import missing_extra

# PyTorch's arithmetic is silent about overflow, division by zero and NaN, and a context manager
# around every operation would cost more than a small operation itself.
numpy.seterr(all="ignore")
# NumPy keeps that setting for each thread; in new threads its warnings are filtered instead.
warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"chainrule\.")


def namespace(array: Any) -> ModuleType:
    """The module whose functions work on this array (or what stands for it inside of vmap)."""
    if type(array) is numpy.ndarray:
        return numpy
    own: Any = getattr(type(array), "namespace", None)
    if own is not None:
        return own(array)
    cupy = sys.modules.get("cupy")
    if cupy is not None and isinstance(array, cupy.ndarray):
        return cupy
    return numpy


def _on_gpu(array: Any) -> bool:
    return namespace(array).__name__ == "cupy"


def cuda_namespace() -> ModuleType:
    """CuPy, or a sentence saying how to get it."""
    try:
        import cupy
    except ImportError:
        raise missing_extra("cupy", "cuda", "device='cuda'") from None
    module: ModuleType = cupy
    return module


def cuda_is_available() -> bool:
    """Whether CuPy is installed and finds a GPU."""
    try:
        return int(cuda_namespace().cuda.runtime.getDeviceCount()) > 0
    except Exception:
        return False


def device_of(array: Any) -> tuple[str, int | None]:
    """Type and index of the device that holds this array."""
    if type(array) is numpy.ndarray:
        return "cpu", None
    return ("cuda", int(array.device.id)) if _on_gpu(array) else ("cpu", None)


def move(array: Any, kind: str, index: int | None) -> Any:
    """The array on the given device: itself if it is there already."""
    if kind == "cpu":
        return array.get() if _on_gpu(array) else numpy.asarray(array)
    cupy = cuda_namespace()
    with cupy.cuda.Device(index or 0):
        return cupy.asarray(array)
