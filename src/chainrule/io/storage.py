"""The memory behind tensors as a file knows it: numbered storages that tensors are views of."""

from __future__ import annotations

from typing import Any

import numpy

from ..backend import move
from ..core import dtype as dtypes

# The storage class that names a dtype in a file; the types without one are stored as bytes.
NAMED = {
    kind.name: f"{kind.short}Storage"
    for kind in dtypes.ALL
    if kind.name not in ("uint16", "uint32", "uint64")
}
BY_STORAGE = {storage: dtypes.BY_NAME[name] for name, storage in NAMED.items()}


class Storage:
    """One piece of memory, to be written once however many tensors share it."""

    def __init__(self, key: str, array: Any, dtype: dtypes.dtype) -> None:
        self.key = key
        self.array = array
        self.dtype = dtype

    @property
    def type_name(self) -> tuple[str, str]:
        """Module and name of the class that stands for this storage in a file."""
        if self.dtype.name in NAMED:
            return "torch", NAMED[self.dtype.name]
        return "torch.storage", "UntypedStorage"

    @property
    def count(self) -> int:
        """The number of elements; of bytes for an untyped storage."""
        return self.array.size if self.dtype.name in NAMED else self.array.nbytes


class Storages:
    """The storages of the tensors met so far, numbered in that order."""

    def __init__(self) -> None:
        self.by_owner: dict[tuple[int, Any], Storage] = {}
        self._alive: list[Any] = []  # so that no id is used twice

    def of(self, array: Any) -> tuple[Storage, int, tuple[int, ...]]:
        """The storage of an array, and its offset and strides in elements."""
        array = move(array, "cpu", None)
        owner = array
        while isinstance(owner.base, numpy.ndarray):
            owner = owner.base
        if owner.dtype != array.dtype or not _is_dense(owner):
            owner = array = numpy.ascontiguousarray(array).reshape(array.shape)
        self._alive.append(owner)
        key = (id(owner), array.dtype)
        if key not in self.by_owner:
            kind = dtypes.of_array(array)
            self.by_owner[key] = Storage(str(len(self.by_owner)), owner, kind)
        size = array.itemsize
        offset = (array.ctypes.data - owner.ctypes.data) // size
        return self.by_owner[key], offset, tuple(s // size for s in array.strides)


def _is_dense(array: Any) -> bool:
    return bool(array.flags.c_contiguous or array.flags.f_contiguous)


def in_memory_order(array: Any) -> bytes:
    """The bytes of a dense array, as they lie in memory."""
    data: bytes = array.tobytes("C" if array.flags.c_contiguous else "F")
    return data
