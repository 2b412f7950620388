"""Values as they were: copies of arrays, and what of them is shown to a person.

Knows nothing of graphs.
"""

from __future__ import annotations

import math
from typing import Any

import numpy

from ..core.tensor import COUNT

WHOLE = 64
"""Up to so many elements an array is shown in full."""
COPIED = 2**20
"""Up to so many elements an array is copied; of larger ones only the description is kept."""
SMALL = 1024
"""Up to so many elements an array is always copied."""
SIDE = 16
"""Rows and columns of a heat map."""


class Snapshot:
    """A value at one moment: a copy of an array, or the description of one too large to copy.

    With a `version` (of the tensor whose array it is), an array that is not small is not copied
    but kept: written to, its version counts on, and the value is lost.
    """

    __slots__ = ("_described", "_kept", "_version", "dtype", "shape")

    def __init__(self, value: Any, version: list[int] | None = None) -> None:
        array = numpy.asarray(value)
        self.shape, self.dtype = array.shape, array.dtype
        self._described: dict[str, Any] | None = None
        self._version: tuple[list[int], int] | None = None
        self._kept: Any = value
        if not hasattr(value, "dtype"):
            return
        if array.size > COPIED:
            self._kept, self._described = None, describe(array)
        elif version is not None and array.size > SMALL:
            self._version = version, version[COUNT]
        else:
            self._kept = array.copy()

    @property
    def array(self) -> Any:
        """The array or number; None if it was too large or was overwritten."""
        if self._version is not None and self._version[0][COUNT] != self._version[1]:
            self._kept = None
        return self._kept

    def describe(self) -> dict[str, Any]:
        """Text, statistics and heat map, as the document has them."""
        if self._described is None and self.array is None:
            shape = " × ".join(map(str, self.shape))
            return {"text": f"{shape} {self.dtype}, overwritten", "stats": None, "heat": None}
        if self._described is None:
            self._described = describe(self.array)
        return self._described


def describe(value: Any) -> dict[str, Any]:
    """What is shown of a number or an array: its text, statistics and a heat map of large ones.

    >>> describe(2.0)
    {'text': '2.0', 'stats': None, 'heat': None}
    """
    if not hasattr(value, "dtype"):
        return {"text": repr(value), "stats": None, "heat": None}
    array = numpy.asarray(value)
    if array.size <= WHOLE:
        text = str(array[()]) if array.ndim == 0 else numpy.array2string(array, separator=", ")
        return {"text": text, "stats": None, "heat": None}
    shape = " × ".join(map(str, array.shape))
    return {"text": f"{shape} {array.dtype}", "stats": statistics(array), "heat": heat(array)}


def statistics(array: Any) -> dict[str, Any]:
    """Mean, standard deviation, least and largest of the finite elements; how many are not."""
    reals = _reals(array).reshape(-1)
    good = numpy.isfinite(reals)
    finite = reals if good.all() else reals[good]
    nan = int(numpy.isnan(reals).sum()) if finite is not reals else 0
    counts = {"nan": nan, "inf": int(reals.size - finite.size) - nan}
    if not finite.size:
        return dict.fromkeys(("mean", "std", "min", "max")) | counts
    with numpy.errstate(over="ignore", invalid="ignore"):
        mean = float(finite.mean(dtype=numpy.float64))
        std = math.sqrt(max(norm(finite) ** 2 / finite.size - mean * mean, 0.0))
        if std < 1e-3 * abs(mean):  # too much was cancelled
            std = float(finite.std(dtype=numpy.float64))
    numbers = (mean, std, finite.min(), finite.max())
    return dict(zip(("mean", "std", "min", "max"), map(short, numbers), strict=True)) | counts


def heat(array: Any) -> list[list[float | None]]:
    """At most 16 × 16 means of blocks, from 0 (least) to 1 (largest); None where there is none."""
    reals = _reals(array)
    table = reals.reshape(-1, array.shape[-1]) if array.ndim > 1 else reals.reshape(1, -1)
    if array.ndim == 1:  # a vector fills the map row by row
        rows = min(SIDE, math.isqrt(array.size))
        table = reals[: reals.size // rows * rows].reshape(rows, -1)
    for axis in (0, 1):
        starts = numpy.linspace(0, table.shape[axis], min(SIDE, table.shape[axis]), endpoint=False)
        edges = starts.astype(int)
        lengths = numpy.diff([*edges, table.shape[axis]])
        sums = numpy.add.reduceat(table, edges, axis=axis, dtype=numpy.float64)
        table = sums / (lengths[:, None] if axis == 0 else lengths)
    finite = table[numpy.isfinite(table)]
    low, high = (finite.min(), finite.max()) if finite.size else (0.0, 0.0)
    scaled = (table - low) / (high - low if high > low else 1.0)
    return [[round(float(v), 3) if math.isfinite(v) else None for v in row] for row in scaled]


def short(number: Any) -> float | None:
    """A number in six digits; None if it is not finite, which JSON cannot say."""
    value = float(number)
    return float(f"{value:.6g}") if math.isfinite(value) else None


def norm(array: Any) -> float:
    """The Euclidean norm of all elements."""
    flat = _reals(array).reshape(-1)
    with numpy.errstate(over="ignore", invalid="ignore"):
        return math.sqrt(float(numpy.einsum("i,i->", flat, flat, dtype=numpy.float64)))


def _reals(array: Any) -> Any:
    """The elements as numbers of a kind that statistics can be made of; magnitudes of complex."""
    array = numpy.asarray(array)
    if array.dtype.kind == "c":
        return numpy.abs(array)
    return array if array.dtype in (numpy.float32, numpy.float64) else array.astype(numpy.float64)
