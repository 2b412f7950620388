"""What mixed precision makes of the inputs of products and losses; `torch.autocast` switches it on.

A function of the family asks `modes.autocast` first: off, nothing here runs.
"""

from __future__ import annotations

from typing import Any

from ..core import dtype as dtypes
from ..core.modes import modes
from ..core.tensor import TensorBase
from .to import to

SHORT = (dtypes.bfloat16, dtypes.float16)


def short(*inputs: Any) -> tuple[Any, ...]:
    """The inputs of a product, in the short type that autocast is set to."""
    return _converted(inputs, modes.autocast, (dtypes.float32, *SHORT))


def single(*inputs: Any) -> tuple[Any, ...]:
    """The inputs of a loss, in float32 if they are of a short type."""
    return _converted(inputs, dtypes.float32, SHORT)


def _converted(inputs: tuple[Any, ...], kind: dtypes.dtype, of: Any) -> tuple[Any, ...]:
    return tuple(to(x, kind) if _dtype(x) in of else x for x in inputs)


def _dtype(x: Any) -> dtypes.dtype | None:
    return dtypes.of_array(x._data) if isinstance(x, TensorBase) else None
