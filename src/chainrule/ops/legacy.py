"""PyTorch's old tensor types: `torch.FloatTensor(...)`, `t.type()`, `torch.Tensor(2, 3)`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy

from ..core import dtype as dtypes
from ..core.size import Size
from ..core.tensor import TensorBase, wrap
from .creation import finish, sizes
from .data import array_from

if TYPE_CHECKING:
    from ..tensor import Tensor
    from ..typing import Device


def legacy(args: tuple[Any, ...], dtype: dtypes.dtype, device: Device = None) -> Tensor:
    """What `torch.Tensor(...)` makes: of sizes, of one piece of data, or empty."""
    if not args:
        return finish(numpy.empty(0, dtype.numpy), device)
    data = args[0]
    if isinstance(data, (Size, int, numpy.integer)):
        return finish(numpy.empty(sizes("new", args), dtype.numpy), device)
    if isinstance(data, TensorBase):
        return wrap(data._data)
    if isinstance(data, (bool, float, complex)):
        raise TypeError(f"new(): data must be a sequence (got {type(data).__name__})")
    if not isinstance(data, (Sequence, numpy.ndarray)) and not hasattr(data, "__array__"):
        raise TypeError(f"new(): data must be a sequence (got {type(data).__name__})")
    if isinstance(data, str):
        raise TypeError("new(): invalid data type 'str'")
    return finish(array_from(data, dtype), device)


class TensorType:
    """One of the old type objects: callable, and good for `isinstance`.

    >>> FloatTensor([1, 2])
    tensor([1., 2.])
    >>> isinstance(FloatTensor([1, 2]), LongTensor)
    False
    """

    def __init__(self, dtype: dtypes.dtype) -> None:
        self.dtype = dtype
        self.__name__ = f"{dtype.short}Tensor"

    def __call__(self, *args: Any, device: Device = None) -> Tensor:
        return legacy(args, self.dtype, device)

    def __instancecheck__(self, value: Any) -> bool:
        return isinstance(value, TensorBase) and value._data.dtype == self.dtype.numpy

    def __repr__(self) -> str:
        return f"<class 'torch.{self.__name__}'>"

    def __reduce__(self) -> str:
        return self.__name__


TYPES = {
    kind.name: TensorType(kind)
    for kind in dtypes.ALL
    if (kind.category < dtypes.COMPLEX and not kind.name.startswith("uint")) or kind is dtypes.uint8
}
FloatTensor, DoubleTensor, HalfTensor = TYPES["float32"], TYPES["float64"], TYPES["float16"]
BFloat16Tensor = TYPES["bfloat16"]
ByteTensor, CharTensor, ShortTensor = TYPES["uint8"], TYPES["int8"], TYPES["int16"]
IntTensor, LongTensor, BoolTensor = TYPES["int32"], TYPES["int64"], TYPES["bool"]


def named_type(name: str) -> dtypes.dtype:
    """The dtype of a type string such as 'torch.FloatTensor'; ValueError for another string."""
    found = {f"torch.{kind.short}Tensor": kind for kind in dtypes.ALL}
    found["torch.Tensor"] = dtypes.get_default_dtype()
    if name not in found:
        raise ValueError(f"invalid type: '{name}'")
    return found[name]


def set_default_tensor_type(t: TensorType | str) -> None:
    """Set the default float type by an old type object or its name."""
    kind = named_type(t) if isinstance(t, str) else t.dtype
    if not kind.is_floating_point:
        raise TypeError("only floating-point types are supported as the default type")
    dtypes.set_default_dtype(kind)
