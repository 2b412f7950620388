"""What a tensor does with its memory as a whole: its storage, other sizes, Python functions."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy

from ..core import dtype as dtypes
from ..core.storage import TypedStorage, UntypedStorage
from ..core.tensor import TensorBase, unwrap, wrap
from ..core.views import apply_view
from ..core.writes import written
from .creation import empty_strided
from .dims import sizes
from .fill import check_broadcast
from .inplace import check_memory, needs_grad
from .legacy import legacy
from .slicing import Alias
from .strided import as_strided, memory_of

if TYPE_CHECKING:
    from ..tensor import Tensor
    from ..typing import Device, DType, Shape


def _memory(tensor: Any) -> Any:
    """The tensor's array itself: in a program that is being traced, the trace ends here."""
    return numpy.asarray(unwrap(tensor))


def untyped_storage(input: Tensor) -> UntypedStorage:
    """The bytes behind the tensor, which it may share with others."""
    return UntypedStorage(memory_of(_memory(input)))


def storage(input: Tensor) -> TypedStorage:
    """The memory behind the tensor, which it may share with others, as numbers of its type."""
    data = _memory(input)
    return TypedStorage(memory_of(data).reshape(-1).view(data.dtype))


def storage_type(input: Tensor) -> type[TypedStorage]:
    """The class of the tensor's storage."""
    return TypedStorage


def _replaced(input: Any, data: Any, writes: Any = None) -> Any:
    """The tensor, around another array; it is no longer a view."""
    input._data = data
    input._view = None
    if writes is None:
        written(input)
    else:
        input._writes = writes
    return input


def resize_(input: Tensor, *given: Any, size: Any = None, memory_format: Any = None) -> Tensor:
    """Give the tensor another size, in the memory it has where that is enough.

    What is new has undefined values. Tensors that shared memory which was too small keep it.
    RuntimeError for a tensor that requires grad.

    >>> arange(4).resize_(3)
    tensor([0, 1, 2])
    """
    shape = sizes(given, "resize_", "size", size)
    if needs_grad(input):
        raise RuntimeError("cannot resize variables that require grad")
    data = _memory(input)
    count = math.prod(shape)
    if min(shape, default=0) < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension in size {shape}")
    memory = memory_of(data)
    start = int(data.ctypes.data - memory.ctypes.data)
    room = memory.nbytes - start
    if count * data.itemsize <= room:
        return _replaced(input, numpy.ndarray(shape, data.dtype, memory, start))
    fresh = numpy.empty(count, data.dtype)
    kept = room // data.itemsize
    fresh[:kept] = numpy.ndarray((kept,), data.dtype, memory, start)
    return _replaced(input, fresh.reshape(shape), [0, 0])


def resize_as_(input: Tensor, the_template: Tensor, *, memory_format: Any = None) -> Tensor:
    """Give the tensor the size of another; see `Tensor.resize_`."""
    return resize_(input, unwrap(the_template).shape)


def resize(input: Tensor, *given: Any) -> Tensor:
    """A view with other sizes of the same number of elements (deprecated: `reshape`)."""
    warnings.warn("non-inplace resize is deprecated", stacklevel=2)
    return input.reshape(sizes(given, "resize"))


def resize_as(input: Tensor, tensor: Tensor) -> Tensor:
    """A view with the sizes of another tensor (deprecated: `reshape_as`)."""
    warnings.warn("non-inplace resize_as is deprecated", stacklevel=2)
    return input.reshape(unwrap(tensor).shape)


def set_(
    input: Tensor,
    source: Tensor | UntypedStorage | None = None,
    storage_offset: int = 0,
    size: Shape | None = None,
    stride: Shape | None = None,
) -> Tensor:
    """Make the tensor share the memory of another, or of a storage; without one, make it empty.

    >>> a, b = zeros(2), ones(3)
    >>> a.set_(b)
    tensor([1., 1., 1.])
    """
    kind = _memory(input).dtype
    if source is None:
        return _replaced(input, numpy.empty(0, kind), [0, 0])
    if isinstance(source, TensorBase):
        if source._data.dtype != kind:
            own, other = dtypes.of_array(input._data), dtypes.of_array(source._data)
            raise RuntimeError(f"Could not set tensor of type {other} to a tensor of type {own}")
        part = source.detach() if size is None else _part(source, storage_offset, size, stride)
        return _replaced(input, part._data, source._writes)
    line = source.memory.view(numpy.uint8).view(kind)
    flat = wrap(line)
    whole = (line.size - storage_offset,) if size is None else size
    return _replaced(input, _part(flat, storage_offset, whole, stride)._data, [0, 0])


def _part(source: Any, offset: int, size: Shape, stride: Shape | None) -> Any:
    steps = stride or [math.prod(size[i + 1 :]) for i in range(len(size))]
    return as_strided(source.detach(), size, steps, offset)


def is_set_to(input: Tensor, tensor: Tensor) -> bool:
    """Whether two tensors are the same window on the same memory."""
    a, b = _memory(input), _memory(tensor)
    same = a.shape == b.shape and a.strides == b.strides and a.dtype == b.dtype
    return bool(same and a.ctypes.data == b.ctypes.data)


def dim_order(input: Tensor, ambiguity_check: bool = False) -> tuple[int, ...]:
    """The axes from the one with the largest steps in memory to that with the smallest.

    >>> zeros(2, 3).t().dim_order()
    (1, 0)
    """
    data = _memory(input)
    return tuple(sorted(range(data.ndim), key=lambda axis: (-data.strides[axis], axis)))


def to_dense(input: Tensor, dtype: DType = None, *, masked_grad: bool | None = None) -> Tensor:
    """The tensor itself, as all tensors are dense; in another dtype, a copy."""
    return input if dtype is None else input.to(dtype)


# Made from this tensor


def legacy_new(self: Any, *args: Any, device: Device = None) -> Tensor:
    """A tensor of this one's type: of sizes, of data, or empty (deprecated: `new_tensor`)."""
    if args and isinstance(args[0], TensorBase) and args[0]._data.dtype != self._data.dtype:
        raise TypeError(
            f"expected a tensor of dtype {self.dtype} (got {dtypes.of_array(args[0]._data)})"
        )
    return legacy(args, self.dtype, device or self.device)


def new_empty_strided(
    self: Tensor, size: Shape, stride: Shape, *, dtype: DType = None, device: Device = None
) -> Tensor:
    """`empty_strided` with the dtype and device of this tensor."""
    return empty_strided(size, stride, dtype=dtype or self.dtype, device=device or self.device)


def as_subclass(input: Tensor, cls: type[Any]) -> Any:
    """A view of the tensor as an object of a subclass of Tensor."""
    if not issubclass(cls, TensorBase):
        raise TypeError(
            "Creating a Tensor subclass from a class that does not inherit from Tensor is not "
            "possible. Make sure your class inherits from Tensor."
        )
    view = apply_view(Alias, input, index=(...,))
    view.__class__ = cls
    return view


# Python functions on each element


def apply_(input: Tensor, callable: Callable[[Any], Any]) -> Tensor:
    """Replace each element by what a Python function makes of it; slow.

    >>> tensor([1.0, 2.0]).apply_(lambda x: x * x)
    tensor([1., 4.])
    """
    return _each("apply_", input, (), callable)


def map_(input: Tensor, tensor: Tensor, callable: Callable[[Any, Any], Any]) -> Tensor:
    """Replace each element by what a Python function makes of it and of another tensor's."""
    return _each("map_", input, (tensor,), callable)


def map2_(input: Tensor, x: Tensor, y: Tensor, callable: Callable[[Any, Any, Any], Any]) -> Tensor:
    """Replace each element by what a Python function makes of it and of two other tensors'."""
    return _each("map2_", input, (x, y), callable)


def _each(name: str, input: Any, others: tuple[Any, ...], function: Callable[..., Any]) -> Any:
    if any(needs_grad(x) for x in (input, *others)):
        raise RuntimeError(
            f"Can't call {name}() on Variable that requires grad. Use var.detach().{name}() "
            "instead."
        )
    data = _memory(input)
    check_memory(data)
    columns = [data.reshape(-1).tolist()]
    for other in others:
        if other._data.dtype != data.dtype:
            raise TypeError(f"{name}: expected {input.type()} for 'other' (got {other.type()})")
        check_broadcast(data.shape, other._data.shape)
        columns.append(numpy.broadcast_to(other._data, data.shape).reshape(-1).tolist())
    values = [function(*row) for row in zip(*columns, strict=True)]
    data[...] = numpy.array(values).astype(data.dtype).reshape(data.shape)
    return input
