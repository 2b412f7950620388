"""The slots of tensors while a recorder is live: who reads or replaces their arrays and gradients.

Properties stand in the place of the two slots then. At other times they cost nothing.
"""

from __future__ import annotations

from typing import Any

from numpy import ndarray

from ..core.modes import modes
from ..core.tensor import TensorBase

DATA: Any = TensorBase.__dict__["_data"]
GRAD: Any = TensorBase.__dict__["_grad"]


def _get_data(tensor: Any) -> Any:
    data = DATA.__get__(tensor)
    recorder = modes.recorder
    if type(data) is not ndarray or recorder is None or not recorder.live:
        return data
    lifted = recorder.lift(tensor, data)
    if lifted is not data:
        DATA.__set__(tensor, lifted)
    return lifted


def _set_data(tensor: Any, data: Any) -> None:
    recorder = modes.recorder
    if recorder is not None and recorder.live:
        recorder.bound(tensor, data)
    DATA.__set__(tensor, data)


def _get_grad(tensor: Any) -> Any:
    recorder = modes.recorder
    if recorder is not None and recorder.live:
        recorder.grad_read(tensor)
    return GRAD.__get__(tensor)


def _set_grad(tensor: Any, grad: Any) -> None:
    recorder = modes.recorder
    if recorder is not None and recorder.live:
        recorder.grad_bound(tensor)
    GRAD.__set__(tensor, grad)


def watch(on: bool) -> None:
    """Put a property in the place of the slots while a recorder is live; it costs nothing else."""
    tensor: Any = TensorBase
    tensor._data = property(_get_data, _set_data) if on else DATA
    tensor._grad = property(_get_grad, _set_grad) if on else GRAD
