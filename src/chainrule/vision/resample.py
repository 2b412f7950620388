"""Resampling as Pillow does it: a weight matrix along the rows, then one along the columns.

An output pixel is a mean of the input pixels around it, weighted by a filter that widens when the
image shrinks. Knows planes (..., H, W), not images.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

BITS = 22
"""Pillow rounds the weights for 8-bit pixels to this many binary digits."""


def triangle(x: np.ndarray) -> np.ndarray:
    """The filter of bilinear interpolation: 1 - |x|."""
    return np.clip(1 - abs(x), 0, None)


def cubic(x: np.ndarray) -> np.ndarray:
    """The filter of bicubic interpolation with a = -1/2 (Keys, 1981)."""
    x = abs(x)
    near = (1.5 * x - 2.5) * x * x + 1
    far = -0.5 * (((x - 5) * x + 8) * x - 4)
    return np.where(x < 1, near, np.where(x < 2, far, 0))


FILTERS: dict[str, tuple[Callable[[np.ndarray], np.ndarray], float]] = {
    "bicubic": (cubic, 2.0),
    "bilinear": (triangle, 1.0),
}
"""The filters by name, each with the distance from which it is zero."""


@lru_cache(maxsize=64)
def weights(old: int, new: int, name: str, antialias: bool) -> np.ndarray:
    """The matrix (new, old) that resamples a line of pixels."""
    scale = old / new
    if name == "nearest":  # Pillow goes from pixel to pixel, which rounds in its own way
        places = np.cumsum([0.5 * scale] + [scale] * (new - 1))
        return np.eye(old)[places.astype(int)]
    function, support = FILTERS[name]
    stretch = max(scale, 1.0) if antialias else 1.0
    matrix = np.zeros((new, old))
    for row, center in enumerate((np.arange(new) + 0.5) * scale):
        first = max(int(center - support * stretch + 0.5), 0)
        last = min(int(center + support * stretch + 0.5), old)
        line = function((np.arange(first, last) - center + 0.5) / stretch)
        matrix[row, first:last] = line / line.sum()
    return matrix


def resample(
    planes: np.ndarray, height: int, width: int, name: str, antialias: bool = True
) -> np.ndarray:
    """Planes (..., H, W) at another size; bytes are rounded after each direction, as in Pillow."""
    exact = planes.dtype == np.uint8 and name != "nearest"
    for axis, new in ((-1, width), (-2, height)):
        old = planes.shape[axis]
        if old == new:
            continue
        matrix = weights(old, new, name, antialias)
        if exact:
            matrix = np.trunc(matrix * 2**BITS + np.copysign(0.5, matrix))
        # Products and sums of whole numbers this small are exact in float64.
        wide = planes.astype(np.float64)
        mixed = wide @ matrix.T if axis == -1 else matrix @ wide
        if exact:
            mixed = np.clip(np.floor(mixed / 2**BITS + 0.5), 0, 255)
        planes = mixed.astype(planes.dtype)
    return planes


def resized(height: int, width: int, size: int, longest: int | None = None) -> tuple[int, int]:
    """Height and width after the shorter side became `size`, the longer one at most `longest`.

    >>> resized(20, 40, 10)
    (10, 20)
    """
    short, long = sorted((height, width))
    short, long = size, int(size * long / short)
    if longest is not None:
        if longest <= size:
            raise ValueError(
                f"max_size = {longest} must be strictly greater than the requested size for the "
                f"smaller edge size = {size}"
            )
        if long > longest:
            short, long = int(longest * short / long), longest
    return (short, long) if height <= width else (long, short)
