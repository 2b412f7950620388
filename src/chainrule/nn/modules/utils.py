"""Small helpers of the layers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def each_axis(value: Any, axes: int) -> tuple[Any, ...]:
    """A setting for each axis: one number stands for all.

    >>> each_axis(3, 2), each_axis((1, 2), 2)
    ((3, 3), (1, 2))
    """
    return tuple(value) if isinstance(value, Iterable) else (value,) * axes
