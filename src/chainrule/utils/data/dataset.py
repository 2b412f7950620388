"""Datasets: samples by index or in a stream, and datasets made of others.

A dataset has `__getitem__` and `__len__`. Two more methods are optional:

`__getitems__(indices)`
    PyTorch's protocol: the samples at a list of indices, as a list.
`__getbatch__(indices)`
    A shortcut for a :class:`DataLoader` with the default collation: what `default_collate` would
    make of the samples at an int64 array of indices, made at once; or None where there is no
    shortcut. A subclass that overrides `__getitem__` or `__getitems__` loses it, unless it has
    its own.
"""

from __future__ import annotations

import math
import warnings
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, chain
from typing import Any, Generic, TypeVar

import numpy

from ...core.generator import Generator, default_generator
from ...core.tensor import wrap
from ...errors import hint
from ...kernels.random import permutation
from ...typing import Array

T = TypeVar("T", covariant=True)


class Dataset(Generic[T]):
    """A collection of samples: a subclass has `__getitem__(index)` and usually `__len__`.

    >>> class Squares(Dataset):
    ...     def __len__(self):
    ...         return 3
    ...
    ...     def __getitem__(self, i):
    ...         return i * i
    >>> [*Squares() + Squares()]
    [0, 1, 4, 0, 1, 4]
    """

    def __getitem__(self, index: Any) -> T:
        raise NotImplementedError("Subclasses of Dataset should implement __getitem__.")

    def __add__(self, other: Dataset[Any]) -> ConcatDataset:
        return ConcatDataset([self, other])


def shortcut(owner: Any, name: str, *ordinary: str) -> Callable[..., Any] | None:
    """The method `name`, unless a subclass overrode one of the ordinary methods it stands for."""
    for cls in type(owner).__mro__:
        if name in cls.__dict__:
            method: Callable[..., Any] = getattr(owner, name)
            return method
        if any(each in cls.__dict__ for each in ordinary):
            return None
    return None


def whole_batches(dataset: Any) -> Callable[[Array], Any] | None:
    """The dataset's `__getbatch__`, if it has one that counts."""
    return shortcut(dataset, "__getbatch__", "__getitem__", "__getitems__")


class IterableDataset(Dataset[T], ABC):
    """A stream of samples: a subclass has `__iter__`.

    With several workers each goes through the whole stream, unless `__iter__` asks
    `get_worker_info` which part is its own.

    >>> class Count(IterableDataset):
    ...     def __iter__(self):
    ...         return iter(range(3))
    >>> [*Count() + Count()]
    [0, 1, 2, 0, 1, 2]
    """

    @abstractmethod
    def __iter__(self) -> Iterator[T]:
        """The samples, one by one."""

    def __add__(self, other: Dataset[Any]) -> ChainDataset:  # type: ignore[override]
        return ChainDataset([self, other])


class TensorDataset(Dataset[tuple[Any, ...]]):
    """Tensors with the same first dimension: a sample is a tuple of one element of each.

    AssertionError if the sizes differ.

    >>> TensorDataset(torch.zeros(3, 2), torch.arange(3))[1]
    (tensor([0., 0.]), tensor(1))
    """

    def __init__(self, *tensors: Any) -> None:
        if any(tensors[0].size(0) != tensor.size(0) for tensor in tensors):
            sizes = ", ".join(str(tensor.size(0)) for tensor in tensors)
            raise AssertionError(
                hint("Size mismatch between tensors", f"the first dimensions are {sizes}")
            )
        self.tensors = tensors

    def __getitem__(self, index: Any) -> tuple[Any, ...]:
        return tuple(tensor[index] for tensor in self.tensors)

    def __len__(self) -> int:
        size: int = self.tensors[0].size(0)
        return size

    def __getbatch__(self, indices: Array) -> list[Any] | None:
        """The rows of each tensor; None where gradients must flow back to one."""
        batch = []
        for tensor in self.tensors:
            if tensor._node is not None or (tensor._view is not None and tensor.requires_grad):
                return None
            try:
                batch.append(wrap(tensor._data.take(indices, 0)))
            except IndexError:
                return None  # taking the samples one by one says which is wrong
        return batch


class StackDataset(Dataset[Any]):
    """Datasets of one length side by side: a sample is a tuple, or a dict, of a sample of each.

    ValueError if the lengths differ, there is none, or both forms are mixed.

    >>> StackDataset(range(3), "abc")[1], StackDataset(number=range(3), letter="abc")[1]
    ((1, 'b'), {'number': 1, 'letter': 'b'})
    """

    datasets: tuple[Any, ...] | dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if args and kwargs:
            raise ValueError(
                "Supported either ``tuple``- (via ``args``) or``dict``- (via ``kwargs``) like "
                "input/output, but both types are given."
            )
        if not args and not kwargs:
            raise ValueError("At least one dataset should be passed")
        self.datasets = args or kwargs
        if len({len(dataset) for dataset in self._each()}) > 1:
            raise ValueError("Size mismatch between datasets")

    def _each(self) -> list[Any]:
        return list(self.datasets.values() if isinstance(self.datasets, dict) else self.datasets)

    def _sample(self, parts: Iterable[Any]) -> Any:
        if isinstance(self.datasets, dict):
            return dict(zip(self.datasets, parts, strict=True))
        return tuple(parts)

    def __getitem__(self, index: Any) -> Any:
        return self._sample(dataset[index] for dataset in self._each())

    def __getitems__(self, indices: list[int]) -> list[Any]:
        """The samples at several indices."""
        columns = [samples_at(dataset, indices) for dataset in self._each()]
        if any(len(column) != len(indices) for column in columns):
            raise ValueError("Nested dataset's output size mismatch.")
        return [self._sample(parts) for parts in zip(*columns, strict=True)]

    def __len__(self) -> int:
        return len(self._each()[0])


class ConcatDataset(Dataset[Any]):
    """Datasets one after the other.

    AssertionError if there is none, or one that is a stream.

    >>> both = ConcatDataset([range(2), range(5, 8)])
    >>> len(both), both[3], both[-1]
    (5, 6, 7)
    """

    def __init__(self, datasets: Iterable[Any]) -> None:
        self.datasets = list(datasets)
        if not self.datasets:
            raise AssertionError("datasets should not be an empty iterable")
        if any(isinstance(dataset, IterableDataset) for dataset in self.datasets):
            raise AssertionError("ConcatDataset does not support IterableDataset")
        self.cumulative_sizes = list(accumulate(len(dataset) for dataset in self.datasets))

    def __len__(self) -> int:
        return self.cumulative_sizes[-1]

    def __getitem__(self, idx: int) -> Any:
        if idx < 0:
            if -idx > len(self):
                raise ValueError("absolute value of index should not exceed dataset length")
            idx += len(self)
        which = bisect_right(self.cumulative_sizes, idx)
        before = self.cumulative_sizes[which - 1] if which else 0
        return self.datasets[which][idx - before]


class ChainDataset(IterableDataset[Any]):
    """Streams one after the other. AssertionError when it meets what is no stream."""

    def __init__(self, datasets: Iterable[Any]) -> None:
        super().__init__()
        self.datasets = datasets

    def _streams(self) -> Iterator[Any]:
        for dataset in self.datasets:
            if not isinstance(dataset, IterableDataset):
                raise AssertionError("ChainDataset only supports IterableDataset")
            yield dataset

    def __iter__(self) -> Iterator[Any]:
        return chain.from_iterable(self._streams())

    def __len__(self) -> int:
        return sum(len(stream) for stream in self._streams())


class Subset(Dataset[T]):
    """The samples of a dataset at some indices.

    >>> letters = Subset("abcd", [3, 1])
    >>> len(letters), letters[0]
    (2, 'd')
    """

    def __init__(self, dataset: Any, indices: Sequence[int]) -> None:
        self.dataset = dataset
        self.indices = indices

    def __getitem__(self, idx: Any) -> Any:
        if isinstance(idx, list):
            return self.dataset[[self.indices[i] for i in idx]]
        return self.dataset[self.indices[idx]]

    def __getitems__(self, indices: list[int]) -> list[Any]:
        """The samples at several indices."""
        return samples_at(self.dataset, [self.indices[i] for i in indices])

    def __getbatch__(self, indices: Array) -> Any:
        """A batch of the dataset, where it has a shortcut."""
        get = whole_batches(self.dataset)
        if get is None:
            return None
        chosen = self.indices
        return get(numpy.array([chosen[i] for i in indices.tolist()], numpy.int64))

    def __len__(self) -> int:
        return len(self.indices)


def samples_at(dataset: Any, indices: list[int]) -> list[Any]:
    """The samples at several indices, at once where the dataset can do that."""
    several = getattr(dataset, "__getitems__", None)
    if callable(several):
        found: list[Any] = several(indices)
        return found
    return [dataset[i] for i in indices]


def random_split(
    dataset: Any, lengths: Sequence[int | float], generator: Generator = default_generator
) -> list[Subset[Any]]:
    """Parts of a dataset, of these lengths (or fractions), chosen at random without overlap.

    What remains after rounding fractions down goes to the parts in turn. ValueError unless the
    lengths add up to that of the dataset, or the fractions to 1.

    >>> [len(part) for part in random_split(range(10), [0.33, 0.33, 0.34])]
    [4, 3, 3]
    """
    total = sum(lengths)
    if math.isclose(total, 1) and total <= 1:
        lengths = _from_fractions(len(dataset), lengths)
    if sum(lengths) != len(dataset):
        raise ValueError(
            hint(
                "Sum of input lengths does not equal the length of the input dataset!",
                f"the lengths {list(lengths)} add up to {sum(lengths)}, the dataset has "
                f"{len(dataset)} samples",
            )
        )
    order = permutation(generator, len(dataset)).tolist()
    ends = list(accumulate(int(length) for length in lengths))
    return [
        Subset(dataset, order[end - int(length) : end])
        for end, length in zip(ends, lengths, strict=True)
    ]


def _from_fractions(size: int, fractions: Sequence[float]) -> list[int]:
    for i, fraction in enumerate(fractions):
        if not 0 <= fraction <= 1:
            raise ValueError(f"Fraction at index {i} is not between 0 and 1")
    lengths = [math.floor(size * fraction) for fraction in fractions]
    for i in range(size - sum(lengths)):
        lengths[i % len(lengths)] += 1
    for i, length in enumerate(lengths):
        if length == 0:
            warnings.warn(
                f"Length of split at index {i} is 0. This might result in an empty dataset.",
                UserWarning,
                stacklevel=3,
            )
    return lengths
