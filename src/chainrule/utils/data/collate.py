"""Collating: a list of samples made into one batch of tensors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy

from ...core import dtype as dtypes
from ...core.tensor import TensorBase
from ...ops.data import as_tensor, tensor
from ...ops.join import stack


def default_collate(batch: list[Any]) -> Any:
    """Samples stacked along a new first dimension, in the structure of one sample.

    Tensors and arrays are stacked, numbers become a tensor, strings stay, and containers are
    collated element by element. TypeError for anything else.

    >>> default_collate([(1.0, "a"), (2.0, "b")])
    [tensor([1., 2.], dtype=torch.float64), ('a', 'b')]
    """
    first = batch[0]
    if isinstance(first, TensorBase):
        return stack(batch)
    if isinstance(first, (str, bytes)):
        return batch
    if isinstance(first, (numpy.ndarray, numpy.generic)):
        return _arrays(batch)
    if isinstance(first, float):
        return tensor(batch, dtype=dtypes.float64)
    if isinstance(first, int):
        return tensor(batch)
    if isinstance(first, Mapping):
        collated = {key: default_collate([sample[key] for sample in batch]) for key in first}
        return _rebuilt(first, collated)
    if isinstance(first, tuple) and hasattr(first, "_fields"):
        return type(first)(*(default_collate(list(part)) for part in zip(*batch, strict=True)))
    if isinstance(first, Sequence):
        if any(len(sample) != len(first) for sample in batch):
            raise RuntimeError("each element in list of batch should be of equal size")
        parts = [_column(part) for part in zip(*batch, strict=True)]
        return parts if isinstance(first, tuple) else _rebuilt(first, parts)
    raise TypeError(
        "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; "
        f"found {type(first)}"
    )


def _column(part: tuple[Any, ...]) -> Any:
    return part if isinstance(part[0], (str, bytes)) else default_collate(list(part))


def _arrays(batch: list[Any]) -> Any:
    if isinstance(batch[0], numpy.ndarray) and batch[0].dtype.kind in "SUO":
        raise TypeError(
            "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; "
            f"found {batch[0].dtype}"
        )
    return stack([as_tensor(numpy.asarray(each)) for each in batch])


def _rebuilt(like: Any, value: Any) -> Any:
    """The value in the container class of a sample, where that can be built from it."""
    try:
        return type(like)(value)
    except TypeError:
        return value


def default_convert(data: Any) -> Any:
    """A sample with its arrays turned into tensors, for loaders that do not batch."""
    if isinstance(data, (numpy.ndarray, numpy.generic)):
        if isinstance(data, numpy.ndarray) and data.dtype.kind in "SUO":
            return data
        return as_tensor(numpy.asarray(data))
    if isinstance(data, Mapping):
        return _rebuilt(data, {key: default_convert(value) for key, value in data.items()})
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return type(data)(*(default_convert(each) for each in data))
    if isinstance(data, tuple):
        return [default_convert(each) for each in data]
    if isinstance(data, Sequence) and not isinstance(data, (str, bytes)):
        return _rebuilt(data, [default_convert(each) for each in data])
    return data
