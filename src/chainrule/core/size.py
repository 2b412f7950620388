"""`torch.Size`: the shape of a tensor, a tuple of integers that stays one under slicing and `+`."""

from __future__ import annotations

import math
from collections.abc import Iterable
from operator import index
from typing import Any, SupportsIndex, overload

LIMIT = 2**63  # dimensions are 64-bit integers


class Size(tuple[int, ...]):
    """A shape: a tuple of integers that can count its elements.

    Code that already holds a tuple of ints may skip the check of the elements with
    ``tuple.__new__(Size, shape)``.

    Raises:
        TypeError: if `dims` is not iterable or one of its items is no integer.
        ValueError: if an item does not fit 64 bits.

    >>> Size([2, 3, 4])[1:] + (5,)
    torch.Size([3, 4, 5])
    """

    __slots__ = ()

    def __new__(cls, dims: Iterable[SupportsIndex] = (), /) -> Size:
        return tuple.__new__(cls, (_as_int(item, i) for i, item in enumerate(dims)))

    def numel(self) -> int:
        """The number of elements of a tensor with this shape.

        >>> Size([2, 3]).numel(), Size([]).numel()
        (6, 1)
        """
        return math.prod(self)

    @overload
    def __getitem__(self, key: SupportsIndex, /) -> int: ...
    @overload
    def __getitem__(self, key: slice, /) -> Size: ...
    def __getitem__(self, key: SupportsIndex | slice, /) -> int | Size:
        if isinstance(key, slice):
            return tuple.__new__(Size, tuple.__getitem__(self, key))
        return tuple.__getitem__(self, key)

    # The operators are those of plain tuples, so that their errors, and other classes that answer
    # to a tuple on their left (NumPy's arrays), stay as they are; only a tuple becomes a Size.
    def __add__(self, other: Any, /) -> Any:
        result = tuple(self) + other
        return Size(result) if type(result) is tuple else result

    def __radd__(self, other: Any, /) -> Any:
        result = other + tuple(self)
        return Size(result) if type(result) is tuple else result

    def __mul__(self, times: Any, /) -> Any:
        result = tuple(self) * times
        return Size(result) if type(result) is tuple else result

    __rmul__ = __mul__

    def __repr__(self) -> str:
        return f"torch.Size([{', '.join(map(str, self))}])"

    def __reduce__(self) -> tuple[type[Size], tuple[tuple[int, ...]]]:
        return Size, (tuple(self),)


def _as_int(item: SupportsIndex, position: int) -> int:
    """One dimension as a plain int, or PyTorch's complaint about it."""
    try:
        dim = int(index(item))
    except TypeError:
        kind = type(item).__name__
        message = f"torch.Size() takes an iterable of 'int' (item {position} is '{kind}')"
        raise TypeError(message) from None
    if not -LIMIT <= dim < LIMIT:
        raise ValueError("Overflow when unpacking long long")
    return dim
