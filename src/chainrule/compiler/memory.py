"""The memory of intermediate values: those that do not live at the same time share it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy
from numpy.lib.stride_tricks import as_strided

from ..typing import Array
from .graph import Var
from .vocabulary import region

_LOOSE = 4  # a block may be this many times larger than what moves in


class Memory:
    """Blocks of memory, given to values for the steps from their birth to their death."""

    def __init__(self) -> None:
        self._sizes: list[int] = []
        self._free: list[int] = []
        self._of: dict[Any, int] = {}
        self._blocks: list[Array] = []

    def plan(self, lives: Iterable[tuple[int, int, Any, int]]) -> None:
        """Give blocks to (birth, death, key, bytes), in the order of birth."""
        dying: list[tuple[int, int]] = []
        for birth, death, key, size in sorted(lives, key=lambda life: life[0]):
            self._free += [block for end, block in dying if end < birth]
            dying = [(end, block) for end, block in dying if end >= birth]
            block = self._take(size)
            self._of[key] = block
            dying.append((death, block))
        self._blocks = [numpy.empty(size, numpy.uint8) for size in self._sizes]

    def _take(self, size: int) -> int:
        fitting = [b for b in self._free if size <= self._sizes[b] <= _LOOSE * size]
        if fitting:
            block = min(fitting, key=lambda b: self._sizes[b])
            self._free.remove(block)
            return block
        self._sizes.append(max(size, 1))
        return len(self._sizes) - 1

    @property
    def nbytes(self) -> int:
        """All of it."""
        return sum(self._sizes)

    def array(self, v: Var) -> Array:
        """The array of a value, in its block."""
        block = self._blocks[self._of[v]]
        flat = block[: v.nbytes].view(v.dtype)
        return as_strided(flat, v.shape, tuple(s * v.dtype.itemsize for s in v.strides))

    def scratch(self, key: Any, kind: numpy.dtype[Any], size: int) -> Array:
        """An array for what a kernel keeps while it runs."""
        return self._blocks[self._of[key]][: size * kind.itemsize].view(kind)


def view_text(name: str, base: Var, params: dict[str, Any]) -> str:
    """Python source for a view of the array in a variable; the quickest that does it."""
    shape, strides, offset = params["shape"], params["strides"], params["offset"]
    if not offset and sorted(zip(shape, strides, strict=True)) == sorted(
        zip(base.shape, base.strides, strict=True)
    ):
        axes = _permutation(base, shape, strides)
        if axes == (1, 0):
            return f"{name}.T"
        return f"{name}.transpose({axes})"
    return f"region({name}, {params!r})"


def _permutation(base: Var, shape: Any, strides: Any) -> tuple[int, ...]:
    left = list(zip(base.shape, base.strides, strict=True))
    axes = []
    for pair in zip(shape, strides, strict=True):
        axis = left.index(pair)
        left[axis] = (-1, -1)
        axes.append(axis)
    return tuple(axes)


__all__ = ["Memory", "region", "view_text"]
