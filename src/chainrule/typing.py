"""Aliases used in public signatures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy

if TYPE_CHECKING:
    from .core.device import device
    from .core.dtype import dtype
    from .tensor import Tensor as Tensor

Array: TypeAlias = numpy.ndarray[Any, Any]
"""What a tensor wraps: a numpy.ndarray, or the same thing on another device."""

Number: TypeAlias = bool | int | float | complex
Scalar: TypeAlias = Number
Shape: TypeAlias = Sequence[int]
Dim: TypeAlias = int | Sequence[int] | None
TensorOrNumber: TypeAlias = "Tensor | Number"
DType: TypeAlias = "dtype | None"
Device: TypeAlias = "device | str | int | None"
