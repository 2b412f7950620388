"""Samplers: in which order, and in which batches, the indices of a dataset are visited.

A sampler that knows its indices ahead has `_chunks`: the same indices as `__iter__`, as arrays,
drawn from the generator exactly when iteration would draw them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Generic, TypeVar

import numpy

from ...core.generator import Generator, default_generator
from ...core.tensor import TensorBase
from ...errors import hint
from ...kernels.random import integers, multinomial, permutation
from ...typing import Array
from .dataset import shortcut

T = TypeVar("T", covariant=True)
_AT_ONCE = 32  # indices that are drawn together, with replacement

_spare: list[Generator] = []  # making a generator takes fifty times as long as seeding one


class Sampler(Generic[T]):
    """An order of indices: a subclass has `__iter__`, and `__len__` if the length is known."""

    def __iter__(self) -> Iterator[T]:
        raise NotImplementedError(
            hint(f"{type(self).__name__} has no __iter__", "define it: it yields indices")
        )


class SequentialSampler(Sampler[int]):
    """The indices 0, 1, 2, ... of a dataset.

    >>> list(SequentialSampler("abc"))
    [0, 1, 2]
    """

    def __init__(self, data_source: Any) -> None:
        self.data_source = data_source

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self.data_source)))

    def _chunks(self) -> Iterator[Array]:
        yield numpy.arange(len(self.data_source))

    def __len__(self) -> int:
        return len(self.data_source)


class RandomSampler(Sampler[int]):
    """The indices of a dataset in random order; `num_samples` of them, by default all.

    Without `replacement`, each once before any comes again. Without `generator`, a seed is drawn
    from the default one. TypeError and ValueError for wrong arguments.

    >>> _ = torch.manual_seed(0)
    >>> list(RandomSampler(range(5)))
    [1, 3, 4, 2, 0]
    """

    def __init__(
        self,
        data_source: Any,
        replacement: bool = False,
        num_samples: int | None = None,
        generator: Generator | None = None,
    ) -> None:
        self.data_source = data_source
        self.replacement = replacement
        self._num_samples = num_samples
        self.generator = generator
        if not isinstance(replacement, bool):
            raise TypeError(
                f"replacement should be a boolean value, but got replacement={replacement}"
            )
        _check_count("num_samples", self.num_samples)

    @property
    def num_samples(self) -> int:
        """How many indices are drawn: the size of the dataset, which may change, unless given."""
        return len(self.data_source) if self._num_samples is None else self._num_samples

    def __iter__(self) -> Iterator[int]:
        for chunk in self._chunks():
            yield from chunk.tolist()

    def _chunks(self) -> Iterator[Array]:
        if self.generator is not None:
            yield from self._draw(self.generator)
            return
        generator = _spare.pop() if _spare else Generator()
        generator.manual_seed(random_seed())
        chunks = list(self._draw(generator))
        _spare.append(generator)
        yield from chunks

    def _draw(self, generator: Generator) -> Iterator[Array]:
        n, wanted = len(self.data_source), self.num_samples
        if self.replacement:
            for done in range(0, wanted, _AT_ONCE):
                yield integers(generator, (min(_AT_ONCE, wanted - done),), low=0, high=n)
            return
        for _ in range(wanted // n):
            yield permutation(generator, n)
        if self.generator is not None or wanted % n:  # PyTorch draws the last one in any case
            yield permutation(generator, n)[: wanted % n]

    def __len__(self) -> int:
        return self.num_samples


class SubsetRandomSampler(Sampler[int]):
    """Given indices, each once, in random order.

    >>> sorted(SubsetRandomSampler([3, 5, 7]))
    [3, 5, 7]
    """

    def __init__(self, indices: Sequence[int], generator: Generator | None = None) -> None:
        self.indices = indices
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        for i in permutation(self.generator or default_generator, len(self.indices)).tolist():
            yield self.indices[i]

    def __len__(self) -> int:
        return len(self.indices)


class WeightedRandomSampler(Sampler[int]):
    """Indices drawn with probabilities proportional to the weights, which need not sum to 1.

    ValueError for wrong arguments; RuntimeError, when iterated, if there are too few weights to
    draw without replacement.

    >>> list(WeightedRandomSampler([0.0, 1.0, 0.0], 3))
    [1, 1, 1]
    """

    def __init__(
        self,
        weights: Sequence[float],
        num_samples: int,
        replacement: bool = True,
        generator: Generator | None = None,
    ) -> None:
        _check_count("num_samples", num_samples)
        if not isinstance(replacement, bool):
            raise ValueError(
                f"replacement should be a boolean value, but got replacement={replacement}"
            )
        values = weights._data if isinstance(weights, TensorBase) else weights
        self.weights = numpy.array(values, numpy.float64)
        if self.weights.ndim != 1:
            raise ValueError(
                f"weights should be a 1d sequence but given weights have shape {self.weights.shape}"
            )
        self.num_samples = num_samples
        self.replacement = replacement
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        generator = self.generator or default_generator
        drawn = multinomial(generator, self.weights, self.num_samples, self.replacement)
        yield from drawn.tolist()

    def __len__(self) -> int:
        return self.num_samples


class BatchSampler(Sampler[list[int]]):
    """Lists of `batch_size` indices of another sampler; a shorter last one unless `drop_last`.

    ValueError for wrong arguments.

    >>> list(BatchSampler(range(5), 2, drop_last=False))
    [[0, 1], [2, 3], [4]]
    """

    def __init__(
        self, sampler: Sampler[int] | Iterable[int], batch_size: int, drop_last: bool
    ) -> None:
        _check_count("batch_size", batch_size)
        if not isinstance(drop_last, bool):
            raise ValueError(f"drop_last should be a boolean value, but got drop_last={drop_last}")
        self.sampler = sampler
        self.batch_size = batch_size
        self.drop_last = drop_last

    def __iter__(self) -> Iterator[list[int]]:
        indices = iter(self.sampler)
        while batch := list(islice(indices, self.batch_size)):
            if self.drop_last and len(batch) < self.batch_size:
                return
            yield batch

    def _arrays(self) -> Iterator[Any]:
        """The batches as arrays, where the sampler has chunks; else as lists."""
        chunks = shortcut(self.sampler, "_chunks", "__iter__")
        if chunks is None:
            yield from self
            return
        size = self.batch_size
        rest: Array = numpy.empty(0, numpy.int64)
        for chunk in chunks():
            if len(rest):
                chunk = numpy.concatenate((rest, chunk))
            full = len(chunk) - len(chunk) % size
            for start in range(0, full, size):
                yield chunk[start : start + size]
            rest = chunk[full:]
        if len(rest) and not self.drop_last:
            yield rest

    def __len__(self) -> int:
        count = len(self.sampler)  # type: ignore[arg-type]
        return count // self.batch_size if self.drop_last else -(-count // self.batch_size)


def batches_of(batch_sampler: Any) -> Iterator[Any]:
    """The batches of any batch sampler, as arrays where it can give them."""
    arrays = shortcut(batch_sampler, "_arrays", "__iter__")
    return iter(batch_sampler) if arrays is None else arrays()


def random_seed(generator: Generator | None = None) -> int:
    """A seed drawn as PyTorch draws one: an int64 of `random_()`."""
    return int(integers(generator or default_generator, ()).item())


def _check_count(name: str, value: Any) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        raise ValueError(f"{name} should be a positive integer value, but got {name}={value}")
