"""Making a batch of samples: numbers, arrays, tensors, and containers of them."""

from __future__ import annotations

import copy
from collections.abc import Mapping, MutableMapping, MutableSequence, Sequence
from typing import Any

import numpy

from ...core.dtype import float64
from ...core.tensor import TensorBase, wrap
from ...ops.data import as_tensor, tensor
from ...ops.join import stack

_ARRAYS = (numpy.ndarray, numpy.number, numpy.bool_)
_NOT_NUMBERS = "SUO"  # kinds of arrays of strings and objects


def default_collate(batch: Any) -> Any:
    """A batch of a list of samples: tensors with one dimension more, in the samples' containers.

    Tensors and arrays are stacked, numbers become a tensor, strings stay as they are; samples that
    are dicts, named tuples or sequences give one of batches. TypeError for other samples,
    RuntimeError for sequences or tensors of different sizes.

    >>> default_collate([(1, 0.5), (2, 0.25)])
    [tensor([1, 2]), tensor([0.5000, 0.2500], dtype=torch.float64)]
    >>> default_collate([{"x": 1, "name": "a"}, {"x": 2, "name": "b"}])
    {'x': tensor([1, 2]), 'name': ['a', 'b']}
    """
    first = batch[0]
    if isinstance(first, TensorBase):
        return _stacked(batch)
    if isinstance(first, _ARRAYS) and first.dtype.kind not in _NOT_NUMBERS:
        return _of_arrays([numpy.asarray(each) for each in batch])
    if isinstance(first, float):
        return tensor(batch, dtype=float64)
    if isinstance(first, int):
        return tensor(batch)
    if isinstance(first, (str, bytes)):
        return batch
    if isinstance(first, Mapping):
        columns = {key: default_collate([sample[key] for sample in batch]) for key in first}
        return _like_mapping(first, columns)
    if isinstance(first, Sequence):
        return _of_sequences(batch, first)
    found = first.dtype if isinstance(first, _ARRAYS) else type(first)
    raise TypeError(
        "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; "
        f"found {found}"
    )


def _stacked(batch: Sequence[Any]) -> Any:
    """`stack(batch)`, in one call of NumPy where nothing is to be recorded or converted."""
    arrays = [each._data for each in batch]
    kind, shape = arrays[0].dtype, arrays[0].shape
    for each, array in zip(batch, arrays, strict=True):
        if (
            each._node is not None
            or (each._view is not None and each.requires_grad)
            or array.dtype is not kind
            or array.shape != shape
            or type(array) is not numpy.ndarray
        ):
            return stack(batch)
    return wrap(numpy.array(arrays))


def _of_arrays(arrays: list[Any]) -> Any:
    kind, shape = arrays[0].dtype, arrays[0].shape
    if all(array.dtype is kind and array.shape == shape for array in arrays):
        return as_tensor(numpy.array(arrays))
    return stack([as_tensor(array) for array in arrays])


def _of_sequences(batch: Sequence[Any], first: Sequence[Any]) -> Any:
    if any(len(sample) != len(first) for sample in batch):
        raise RuntimeError("each element in list of batch should be of equal size")
    columns = [default_collate(column) for column in zip(*batch, strict=True)]
    if hasattr(first, "_fields"):  # a named tuple
        return type(first)(*columns)
    return columns if isinstance(first, tuple) else _like_sequence(first, columns)


def _like_mapping(example: Mapping[Any, Any], values: dict[Any, Any]) -> Any:
    """The values in a mapping of the same type, or in a dict where that cannot be made."""
    try:
        if isinstance(example, MutableMapping):
            clone = copy.copy(example)
            clone.update(values)
            return clone
        return type(example)(values)  # type: ignore[call-arg]
    except TypeError:
        return values


def _like_sequence(example: Sequence[Any], values: list[Any]) -> Any:
    """The values in a sequence of the same type, or in a list where that cannot be made."""
    try:
        if isinstance(example, MutableSequence):
            clone = copy.copy(example)
            for i, value in enumerate(values):
                clone[i] = value
            return clone
        return type(example)(values)  # type: ignore[call-arg]
    except TypeError:
        return values


def default_convert(data: Any) -> Any:
    """The arrays in a sample as tensors; the rest as it is. What a loader without batches does.

    >>> import numpy
    >>> default_convert({"x": numpy.ones(2), "name": "a"})
    {'x': tensor([1., 1.], dtype=torch.float64), 'name': 'a'}
    """
    if isinstance(data, _ARRAYS):
        return data if data.dtype.kind in _NOT_NUMBERS else as_tensor(numpy.asarray(data))
    if isinstance(data, Mapping):
        return _like_mapping(data, {key: default_convert(value) for key, value in data.items()})
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return type(data)(*(default_convert(each) for each in data))
    if isinstance(data, tuple):
        return [default_convert(each) for each in data]
    if isinstance(data, Sequence) and not isinstance(data, (str, bytes)):
        return _like_sequence(data, [default_convert(each) for each in data])
    return data
