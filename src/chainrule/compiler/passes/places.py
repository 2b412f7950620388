"""Places: regions of memory, strided, and the arithmetic of them. Knows neither values nor graphs.

A `Place` in memory that is numbered one way can often be found again where it is numbered another
way: the second row of a transposed copy is the second column of what was copied. See `compose`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy

from ...typing import Array
from ..graph import Shape

SMALL = 4096  # elements of which lists are compared where formulas do not decide


class Place(NamedTuple):
    """Where the elements of a region are: at offset + strides . index, in elements."""

    shape: Shape
    strides: Shape
    offset: int = 0

    @property
    def size(self) -> int:
        """The number of elements."""
        return int(numpy.prod(self.shape, dtype=numpy.int64))

    def params(self) -> dict[str, Any]:
        """The parameters of the `view` or `update` that mean this place."""
        return self._asdict()

    def same(self, other: Place) -> bool:
        """Whether both are the same elements in the same order."""
        return (
            self.shape == other.shape
            and self.offset == other.offset
            and same_strides(self.shape, self.strides, other.strides)
        )

    def expanded(self, shape: Shape) -> Place:
        """Broadcast to a shape: new axes, and those of one element, get stride 0."""
        new = len(shape) - len(self.shape)
        pairs = zip(self.shape, self.strides, shape[new:], strict=True)
        strides = (s if n == m else 0 for n, s, m in pairs)
        return Place(shape, (0,) * new + tuple(strides), self.offset)

    def without(self, axes: Any) -> Place:
        """The same at index 0 of some axes."""
        kept = [i for i in range(len(self.shape)) if i not in axes]
        shape = tuple(self.shape[i] for i in kept)
        return Place(shape, tuple(self.strides[i] for i in kept), self.offset)

    def indices(self) -> Array:
        """The index in memory of every element."""
        found = numpy.array(self.offset, numpy.int64)
        for n, s in zip(self.shape, self.strides, strict=True):
            found = found[..., None] + s * numpy.arange(n)
        return found


def same_strides(shape: Shape, one: Shape, other: Shape) -> bool:
    """Whether two strides of a shape mean the same: they may differ where there is no next one."""
    return one == other or all(a == b or n < 2 for n, a, b in zip(shape, one, other, strict=True))


def disjoint(one: Place, other: Place) -> bool:
    """Whether two places of one memory surely share no element."""
    if 0 in one.shape or 0 in other.shape:
        return True
    (low, high), (bottom, top) = _range(one), _range(other)
    if high < bottom or top < low:
        return True
    if one.size > SMALL or other.size > SMALL:
        return False
    return not numpy.isin(one.indices(), other.indices()).any()


def _range(place: Place) -> tuple[int, int]:
    """The first and the last index in memory."""
    low, high = _reach(place.strides, place.shape)
    return place.offset + low, place.offset + high


def _reach(steps: Iterable[int], sizes: Iterable[int]) -> tuple[int, int]:
    """How far one gets to either side."""
    ends = [s * (n - 1) for s, n in zip(steps, sizes, strict=True)]
    return sum(end for end in ends if end < 0), sum(end for end in ends if end > 0)


def compose(place: Place, grid: Place, onto: Place) -> Place | None:
    """The elements of `place`, of which `grid` numbers the memory, where `onto` numbers them.

    `grid` and `onto` have one shape, the numbers of the elements: what is at grid.offset +
    grid.strides . k is also at onto.offset + onto.strides . k. None if `place` has elements outside
    of `grid`, or its elements are not strided in `onto`.

    >>> rows = Place((2, 3), (3, 1))  # a copy, row-major,
    >>> columns = Place((2, 3), (1, 2))  # of a matrix that is column-major
    >>> compose(Place((3,), (1,), 3), rows, columns)  # the second row of the copy
    Place(shape=(3,), strides=(2,), offset=1)
    """
    if 0 in place.shape:
        return Place(place.shape, (0,) * len(place.shape), 0)
    found = _axes(grid, onto)
    if found is None:
        return None
    axes, first, offset = found
    steps = [s if n > 1 else 0 for n, s in zip(place.shape, place.strides, strict=True)]
    tried = [_digits(d, axes) for d in (place.offset - first, *steps)]
    digits = [each for each in tried if each is not None]
    if len(digits) < len(tried):
        return None
    start, *along = digits
    for i, (n, _, _) in enumerate(axes):
        low, high = _reach([step[i] for step in along], place.shape)
        if start[i] + low < 0 or start[i] + high >= n:
            return None
    strides = tuple(_distance(step, axes) for step in along)
    return Place(place.shape, strides, offset + _distance(start, axes))


Axis = tuple[int, int, int]  # size, stride in the grid, stride in what it is mapped onto


def _axes(grid: Place, onto: Place) -> tuple[list[Axis], int, int] | None:
    """The axes of a grid, largest stride first, and both offsets; None if it overlaps itself."""
    first, offset = grid.offset, onto.offset
    axes: list[Axis] = []
    for n, d, s in zip(grid.shape, grid.strides, onto.strides, strict=True):
        if n == 0 or (d == 0 and n > 1):
            return None
        if d < 0:  # count from the other end
            first, offset, d, s = first + d * (n - 1), offset + s * (n - 1), -d, -s
        if n > 1:
            axes.append((n, d, s))
    axes.sort(key=lambda axis: -axis[1])
    merged: list[Axis] = []
    for n, d, s in axes:
        if merged and merged[-1][1] == n * d and merged[-1][2] == n * s:
            n *= merged.pop()[0]
        merged.append((n, d, s))
    inside = 0
    for n, d, _ in reversed(merged):
        if d <= inside:
            return None
        inside += d * (n - 1)
    return merged, first, offset


def _digits(distance: int, axes: list[Axis]) -> list[int] | None:
    """How many steps along each axis a distance in the grid is; None if it leads between them."""
    sign, rest = (-1, -distance) if distance < 0 else (1, distance)
    digits = []
    for _, d, _ in axes:
        k, rest = divmod(rest, d)
        digits.append(sign * k)
    return None if rest else digits


def _distance(digits: Any, axes: list[Axis]) -> int:
    """How far steps along each axis lead where the grid is mapped onto."""
    return sum(k * s for k, (_, _, s) in zip(digits, axes, strict=True))


def blas_ready(shape: Shape, strides: Shape) -> bool:
    """Whether NumPy hands such an operand of a matmul to BLAS as it is, without a copy."""
    if len(shape) < 2 or 0 in shape:
        return all(s > 0 for s in strides)
    (n, m), (s, t) = shape[-2:], strides[-2:]
    return (t == 1 and (s >= m or n == 1)) or (s == 1 and (t >= n or m == 1))
