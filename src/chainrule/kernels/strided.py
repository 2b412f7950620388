"""Views that are given by strides in bytes, of arrays of any kind."""

from __future__ import annotations

from typing import Any

from ..typing import Array


def as_strided(xp: Any, x: Array, shape: tuple[int, ...], strides: Any) -> Array:
    """The memory of x in another shape; arrays that are no memory have a method for it.

    >>> import numpy
    >>> as_strided(numpy, numpy.arange(3), (2, 2), (8, 8))
    array([[0, 1],
           [1, 2]])
    """
    method = getattr(x, "as_strided", None)
    if method is None:
        return xp.lib.stride_tricks.as_strided(x, shape, strides)
    return method(shape, strides)
