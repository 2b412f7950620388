"""The memory behind tensors, as programs see it: bytes, or numbers of one type.

Knows arrays only. A storage keeps the memory alive and is never larger or smaller than it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy

from . import device as devices
from . import dtype as dtypes


class UntypedStorage:
    """The bytes behind a tensor; writes to it are seen by all tensors that share the memory.

    >>> storage = tensor([1, 2], dtype=int8).untyped_storage()
    >>> storage.tolist(), storage.nbytes()
    ([1, 2], 2)
    """

    def __init__(self, source: Any = 0) -> None:
        """So many bytes of new memory, or those of an array."""
        if isinstance(source, numpy.ndarray):
            self.memory = source.reshape(-1).view(numpy.uint8)
        else:
            self.memory = numpy.array(source if isinstance(source, list) else [0] * source, "u1")

    def data_ptr(self) -> int:
        """The address of the first byte."""
        return int(self.memory.ctypes.data)

    _cdata = property(data_ptr)

    def nbytes(self) -> int:
        """The number of bytes."""
        return self.memory.nbytes

    def size(self) -> int:
        """The number of elements."""
        return self.memory.size

    __len__ = size

    def element_size(self) -> int:
        """Bytes of an element."""
        return self.memory.itemsize

    @property
    def device(self) -> devices.device:
        """The device that holds the memory."""
        return devices.of_array(self.memory)

    def is_shared(self) -> bool:
        """Whether the memory is shared between processes."""
        return False

    is_pinned = is_shared

    def tolist(self) -> list[Any]:
        """The elements as Python numbers."""
        values: list[Any] = self.memory.tolist()
        return values

    def clone(self) -> Any:
        """A storage with a copy of the memory."""
        return type(self)(self.memory.copy())

    def copy_(self, source: UntypedStorage) -> Any:
        """Copy the elements of another storage of the same size."""
        self.memory[:] = source.memory
        return self

    def fill_(self, value: Any) -> Any:
        """Set all elements to a number."""
        self.memory[:] = value
        return self

    def resize_(self, size: int) -> Any:
        """NotImplementedError: the memory of a storage keeps its size."""
        raise NotImplementedError("resize_ of a storage: use Tensor.resize_")

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return type(self)(self.memory[index])
        return self.memory[index].item()

    def __setitem__(self, index: Any, value: Any) -> None:
        self.memory[index] = value

    def __iter__(self) -> Iterator[Any]:
        return iter(self.tolist())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, UntypedStorage):
            return NotImplemented
        return self.data_ptr() == other.data_ptr() and self.nbytes() == other.nbytes()

    def __hash__(self) -> int:
        return hash((self.data_ptr(), self.nbytes()))

    def _kind(self) -> str:
        return f"device={self.device}"

    def __repr__(self) -> str:
        lines = "".join(f" {value}\n" for value in self.tolist())
        name = type(self).__name__
        return f"{lines}[torch.storage.{name}({self._kind()}) of size {self.size()}]"


class TypedStorage(UntypedStorage):
    """The memory behind a tensor as numbers of its type.

    >>> tensor([[1.0, 2.0], [3.0, 4.0]])[1].storage().tolist()
    [1.0, 2.0, 3.0, 4.0]
    """

    def __init__(self, source: Any = 0, *, dtype: dtypes.dtype | None = None) -> None:
        """So many numbers, those of a list, or those of an array."""
        if isinstance(source, numpy.ndarray):
            self.memory = source.reshape(-1)
        else:
            kind = (dtypes.get_default_dtype() if dtype is None else dtype).numpy
            values = source if isinstance(source, list) else [0] * source
            self.memory = numpy.array(values).astype(kind)

    @property
    def dtype(self) -> dtypes.dtype:
        """The type of the elements."""
        return dtypes.of_array(self.memory)

    def untyped(self) -> UntypedStorage:
        """The same memory as bytes."""
        return UntypedStorage(self.memory)

    def _kind(self) -> str:
        return f"dtype={self.dtype}, device={self.device}"
