"""Tensors from data: numbers, sequences, arrays, buffers."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy

from ..core import dtype as dtypes
from ..core.modes import modes
from ..core.tensor import TensorBase, unwrap, wrap
from ..errors import hint
from .creation import finish, numpy_dtype

if TYPE_CHECKING:
    from ..tensor import Tensor
    from ..typing import Array, Device, DType


def tensor(
    data: Any,
    *,
    dtype: DType = None,
    device: Device = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """A new leaf with a copy of `data`: numbers, nested sequences of them, arrays or tensors.

    Without `dtype`, floats become the default type, integers int64; arrays keep their own.
    ValueError for ragged sequences, TypeError for what is no number.

    >>> tensor([[1, 2], [3, 4]])
    tensor([[1, 2],
            [3, 4]])
    >>> tensor([1.0, 2.5], requires_grad=True)
    tensor([1.0000, 2.5000], requires_grad=True)
    """
    if isinstance(data, TensorBase):
        warnings.warn(
            "To copy construct from a tensor, it is recommended to use "
            "sourceTensor.detach().clone() or sourceTensor.detach().clone().requires_grad_(True), "
            "rather than torch.tensor(sourceTensor).",
            UserWarning,
            stacklevel=2,
        )
    return finish(array_from(data, dtype), device, requires_grad)


def array_from(data: Any, dtype: DType = None) -> Array:
    """A new array with the values of `data`, in the dtype PyTorch would choose."""
    kind = None if dtype is None else dtypes.as_dtype(dtype).numpy
    if isinstance(data, TensorBase):
        array: Any = unwrap(data)
        return array.astype(array.dtype if kind is None else kind)
    if isinstance(data, (numpy.ndarray, numpy.generic)):
        _from_outside()
        own = dtypes.from_numpy_dtype(data.dtype).numpy
        return numpy.array(data, own if kind is None else kind)
    if hasattr(data, "__array_interface__") or hasattr(data, "__array__"):
        return array_from(numpy.asarray(data), dtype)
    return _from_python(data, kind)


def _from_python(data: Any, kind: Any) -> Array:
    try:
        found = numpy.array(data)
    except (ValueError, TypeError):
        raise _data_error(data) from None
    if found.dtype == object or found.dtype.kind not in "biufcV":
        data = _plain(data)
        found = numpy.array(data)
        if found.dtype.kind not in "biufc":
            raise _data_error(data)
    if found.dtype.kind == "u":
        raise ValueError("Overflow when unpacking long long")
    if kind is None:
        kind = _inferred(data, found)
    elif found.dtype.kind in "iu" and kind.kind == "u" and found.size:
        if found.max() > numpy.iinfo(kind).max:
            raise RuntimeError(
                f"value cannot be converted to type {dtypes.OF_NUMPY[kind].name} without overflow"
            )
    elif found.dtype.kind == "c" and kind.kind != "c":
        raise RuntimeError(
            f"value cannot be converted to type {dtypes.OF_NUMPY[kind].name} without overflow"
        )
    return found.astype(kind, copy=False)


def _inferred(data: Any, found: Array) -> Any:
    """The dtype of nested Python numbers: floats are of the default type, NumPy's of their own."""
    if found.dtype.kind == "f" and found.size:
        first = data
        while isinstance(first, (list, tuple)) and first:
            first = first[0]
        if isinstance(first, (numpy.generic, numpy.ndarray)):
            return found.dtype
    if found.dtype.kind == "f":
        return dtypes.get_default_dtype().numpy
    if found.dtype.kind == "c":
        return dtypes.get_default_dtype().to_complex().numpy
    return found.dtype


def _plain(data: Any) -> Any:
    """Nested sequences with the one-element tensors in them turned into numbers."""
    if isinstance(data, TensorBase):
        if data._data.size != 1:
            raise ValueError("only one element tensors can be converted to Python scalars")
        return data._data.item()
    if isinstance(data, (list, tuple)):
        return [_plain(each) for each in data]
    return data


def _data_error(data: Any) -> Exception:
    """Why `data` cannot become a tensor, in PyTorch's words."""
    lengths: list[int] = []
    first = data
    while isinstance(first, (list, tuple)) and first:
        lengths.append(len(first))
        first = first[0]
    if isinstance(first, str):
        if not lengths:
            return TypeError(f"new(): invalid data type '{type(first).__name__}'")
        return ValueError(f"too many dimensions '{type(first).__name__}'")
    ragged = _ragged(data, lengths, 0)
    if ragged is not None:
        return ragged
    odd = _not_a_number(data)
    if isinstance(odd, int):
        return ValueError("Overflow when unpacking long long")
    if isinstance(odd, str):
        return TypeError(f"new(): invalid data type '{type(odd).__name__}'")
    return RuntimeError(f"Could not infer dtype of {type(odd).__name__}")


def _ragged(data: Any, lengths: Sequence[int], depth: int) -> Exception | None:
    if depth == len(lengths):
        return None
    if not isinstance(data, (list, tuple)):
        return TypeError(f"not a sequence: {data!r}")
    if len(data) != lengths[depth]:
        return ValueError(
            hint(
                f"expected sequence of length {lengths[depth]} at dim {depth} (got {len(data)})",
                "the rows of a tensor all have the same length",
            )
        )
    found = (_ragged(each, lengths, depth + 1) for each in data)
    return next((error for error in found if error is not None), None)


def _not_a_number(data: Any) -> Any:
    """The first element that kept `data` from becoming an array."""
    if isinstance(data, (list, tuple)):
        for each in data:
            found = _not_a_number(each)
            if found is not None or each is None:
                return found
        return None
    if isinstance(data, int) and not -(2**63) <= data < 2**63:
        return data
    return None if isinstance(data, (bool, int, float, complex)) else data


def as_tensor(data: Any, dtype: DType = None, device: Device = None) -> Tensor:
    """A tensor of `data`, sharing its memory where it can.

    >>> as_tensor([1, 2])
    tensor([1, 2])
    """
    if isinstance(data, TensorBase):
        return data.to(device=device, dtype=dtype)  # type: ignore[attr-defined]
    if isinstance(data, numpy.ndarray) and data.dtype.isnative:
        _from_outside()
        kind = dtypes.from_numpy_dtype(data.dtype).numpy if dtype is None else numpy_dtype(dtype)
        return finish(data.astype(kind, copy=False), device)
    return finish(array_from(data, dtype), device)


def asarray(
    obj: Any,
    *,
    dtype: DType = None,
    device: Device = None,
    copy: bool | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """A tensor of `obj`, sharing its memory unless `copy` says otherwise."""
    found: Any = tensor(obj, dtype=dtype, device=device) if copy else as_tensor(obj, dtype, device)
    return found.requires_grad_(True) if requires_grad else found


def _from_outside() -> None:
    """Values of NumPy's are not followed while a program is traced."""
    if modes.recorder is not None:
        modes.recorder.refuse("makes a tensor of a NumPy array")


def from_numpy(ndarray: Array) -> Tensor:
    """A tensor that shares the memory of a NumPy array.

    TypeError for what is no array or has no PyTorch dtype.

    >>> import numpy
    >>> a = numpy.zeros(2)
    >>> t = from_numpy(a)
    >>> t[0] = 1
    >>> a
    array([1., 0.])
    """
    if not isinstance(ndarray, numpy.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(ndarray).__name__})")
    _from_outside()
    dtypes.from_numpy_dtype(ndarray.dtype)
    if not ndarray.dtype.isnative:
        raise ValueError(
            "given numpy array has byte order different from the native byte order. "
            "Conversion between byte orders is currently not supported."
        )
    if any(stride < 0 for stride in ndarray.strides):
        raise ValueError(
            "At least one stride in the given numpy array is negative, and tensors with negative "
            "strides are not currently supported. (You can probably work around this by making a "
            "copy of your array  with array.copy().) "
        )
    return wrap(dtypes.canonical(ndarray))


def from_dlpack(ext_tensor: Any) -> Tensor:
    """A tensor that shares the memory of another library's array."""
    return wrap(dtypes.canonical(numpy.from_dlpack(ext_tensor)))


def array_wrap(
    self: Tensor, array: Any, context: Any = None, return_scalar: bool = False
) -> Tensor:
    """What NumPy's functions return of a tensor: a tensor again, truth as uint8."""
    found = numpy.asarray(array)
    return from_numpy(found.astype(numpy.uint8) if found.dtype == bool else found)


def frombuffer(
    buffer: Any,
    *,
    dtype: dtypes.dtype,
    count: int = -1,
    offset: int = 0,
    requires_grad: bool = False,
) -> Tensor:
    """A one-dimensional tensor that shares the memory of a bytes-like object."""
    return finish(numpy.frombuffer(buffer, dtype.numpy, count, offset), None, requires_grad)


def from_file(
    filename: str,
    shared: bool | None = None,
    size: int = 0,
    *,
    dtype: DType = None,
    requires_grad: bool = False,
) -> Tensor:
    """A one-dimensional tensor in the memory of a file; if `shared`, writes change the file."""
    memory: Any = numpy.memmap(filename, numpy_dtype(dtype), "r+" if shared else "c", 0, (size,))
    return finish(memory.view(numpy.ndarray), None, requires_grad)


def new_tensor(
    self: Tensor,
    data: Any,
    *,
    dtype: DType = None,
    device: Device = None,
    requires_grad: bool = False,
) -> Tensor:
    """`tensor(data)` with the dtype and device of `self`."""
    return finish(array_from(data, dtype or self.dtype), device or self.device, requires_grad)
