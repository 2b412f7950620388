"""`Tensor.to` and its short forms: another dtype, another device."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..core import device as devices
from ..core import dtype as dtypes
from ..core.apply import apply
from ..core.primitive import Primitive
from ..core.tensor import TensorBase
from .convert import clone, to_dtype
from .creation import to_device
from .legacy import TensorType, named_type

if TYPE_CHECKING:
    from ..tensor import Tensor


class ToDevice(Primitive):
    """A copy on another device; the gradient comes back to the input's own."""

    label = "ToCopyBackward0"

    def kernel(xp, x, *, place, origin):
        return to_device(x, place)

    def grad_x(ctx, g):
        return apply(ToDevice, g, place=ctx.origin, origin=ctx.place)


def to(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    """The tensor in another dtype or on another device; itself if nothing changes.

    `to(dtype)`, `to(device)`, `to(device, dtype)`, `to(other)`, with `copy=True` always a copy.

    >>> tensor([1.5, 2.5]).to(int64)
    tensor([1, 2])
    """
    place, kind, copy = destination(*args, **kwargs)
    result = self
    if place is not None:
        here = devices.of_array(self._data)
        if (place.type, place.index or 0) != (here.type, here.index or 0):
            result = apply(ToDevice, result, place=place, origin=here)
    if kind is not None:
        result = to_dtype(result, kind.numpy)
    return clone(result) if copy and result is self else result


def destination(
    *args: Any,
    device: Any = None,
    dtype: Any = None,
    non_blocking: bool = False,
    copy: bool = False,
    memory_format: Any = None,
    other: Any = None,
) -> tuple[devices.device | None, dtypes.dtype | None, bool]:
    """Device, dtype and copy flag that the arguments of `to` name; None where they do not."""
    rest = list(args)
    if other is not None or (rest and isinstance(rest[0], TensorBase)):
        like: Any = other if other is not None else rest.pop(0)
        device, dtype = like.device, like.dtype
    elif rest and not _is_dtype(rest[0]):
        given = rest.pop(0)
        device = given if device is None else device
    if rest and _is_dtype(rest[0]):
        dtype = rest.pop(0)
    if len(rest) > 1:
        copy = bool(rest[1])
    place = None if device is None else devices.device(device)
    return place, None if dtype is None else dtypes.as_dtype(dtype), copy


def _is_dtype(value: Any) -> bool:
    return isinstance(value, dtypes.dtype) or value in (float, int, bool, complex)


def type_(self: Tensor, dtype: Any = None, non_blocking: bool = False) -> Any:
    """The name of the tensor's type, or the tensor in the type given.

    >>> tensor([1.0]).type()
    'torch.FloatTensor'
    >>> tensor([1.7]).type(int64)
    tensor([1])
    """
    if dtype is None:
        where = "cuda." if self.is_cuda else ""
        return f"torch.{where}{self.dtype.short}Tensor"
    if isinstance(dtype, str):
        dtype = named_type(dtype)
    elif isinstance(dtype, TensorType):
        dtype = dtype.dtype
    elif not _is_dtype(dtype):
        dtype = named_type(f"torch.{getattr(dtype, '__name__', dtype)}")
    return to_dtype(self, dtypes.as_dtype(dtype).numpy)


def short_form(kind: dtypes.dtype) -> Callable[..., Any]:
    """A method like `float` or `long`: the tensor in one fixed dtype."""

    def method(self: Any, memory_format: Any = None) -> Any:
        return to_dtype(self, kind.numpy)

    method.__doc__ = f"The tensor as {kind}; itself if it is that already."
    return method


def cpu(self: Tensor, memory_format: Any = None) -> Tensor:
    """The tensor on the CPU; itself if it is there already."""
    return to(self, devices.CPU)


def cuda(
    self: Tensor, device: Any = None, non_blocking: Any = False, memory_format: Any = None
) -> Tensor:
    """The tensor on a GPU. AssertionError without CuPy."""
    return to(self, devices.device("cuda" if device is None else device))
