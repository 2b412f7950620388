"""`DataLoader`: batches of a dataset, made in this process; with workers, see `pool`."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Iterator
from itertools import islice, repeat
from typing import Any

import numpy

from ...backend import cuda_is_available
from ...core.generator import Generator
from ...errors import hint
from .collate import default_collate, default_convert
from .dataset import IterableDataset, samples_at, whole_batches
from .sampler import BatchSampler, RandomSampler, SequentialSampler, batches_of, random_seed

_FIXED = frozenset(
    {"batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers"}
)


class DataLoader:
    """Iterates over a dataset in batches.

    Shuffling draws the same random numbers as in PyTorch, so that a seeded program sees the same
    batches. `batch_size=None` gives single samples. With `num_workers` > 0, batches are made ahead
    in so many processes. With the default collation, a dataset that has `__getbatch__` (such as
    :class:`TensorDataset`) makes a batch at once. ValueError for arguments that do not go
    together.

    >>> data = TensorDataset(torch.arange(5))
    >>> [batch for (batch,) in DataLoader(data, batch_size=2)]
    [tensor([0, 1]), tensor([2, 3]), tensor([4])]
    """

    _iterator: Any = None
    _fixed = False

    def __init__(
        self,
        dataset: Any,
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Iterable[Any] | None = None,
        batch_sampler: Iterable[Any] | None = None,
        num_workers: int = 0,
        collate_fn: Callable[[list[Any]], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], Any] | None = None,
        multiprocessing_context: Any = None,
        generator: Generator | None = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None:
        _check_workers(num_workers, timeout, prefetch_factor, persistent_workers)
        self._streams = isinstance(dataset, IterableDataset)
        _check_order(self._streams, batch_size, shuffle, sampler, batch_sampler, drop_last)
        self.dataset = dataset
        self.num_workers = num_workers
        self.prefetch_factor = 2 if num_workers and prefetch_factor is None else prefetch_factor
        self.pin_memory, self.pin_memory_device = pin_memory, pin_memory_device
        self.timeout = timeout
        self.worker_init_fn = worker_init_fn
        self.multiprocessing_context = multiprocessing_context
        self.in_order = in_order
        self.generator = generator
        self.persistent_workers = persistent_workers
        order: Any = sampler
        if order is None:
            order = _Endless() if self._streams else self._order(shuffle)
        if batch_sampler is not None:
            batch_size, drop_last = None, False
        elif batch_size is not None:
            batch_sampler = BatchSampler(order, batch_size, drop_last)
        self.batch_size, self.drop_last = batch_size, drop_last
        self.sampler, self.batch_sampler = order, batch_sampler
        if collate_fn is None:
            collate_fn = default_convert if batch_sampler is None else default_collate
        self.collate_fn = collate_fn
        self._reported: int | None = None  # the length of a stream, as it says
        self._warn_of_many_workers()
        self._fixed = True

    def _order(self, shuffle: bool | None) -> Iterable[int]:
        if shuffle:
            return RandomSampler(self.dataset, generator=self.generator)
        return SequentialSampler(self.dataset)

    def __setattr__(self, name: str, value: Any) -> None:
        if self._fixed and name in _FIXED:
            raise ValueError(f"{name} attribute should not be set after DataLoader is initialized")
        super().__setattr__(name, value)

    @property
    def multiprocessing_context(self) -> Any:
        """The context that processes are started in; None for Python's default."""
        return self._context

    @multiprocessing_context.setter
    def multiprocessing_context(self, context: Any) -> None:
        if context is not None:
            context = _checked_context(context, self.num_workers)
        self._context = context

    @property
    def _auto_collation(self) -> bool:
        return self.batch_sampler is not None

    @property
    def _index_sampler(self) -> Any:
        return self.batch_sampler if self._auto_collation else self.sampler

    def __iter__(self) -> _BaseDataLoaderIter:
        if not self.num_workers:
            return _SingleProcessDataLoaderIter(self)
        from .pool import _MultiProcessingDataLoaderIter  # processes only where they are wanted

        self._warn_of_many_workers()
        if not self.persistent_workers:
            return _MultiProcessingDataLoaderIter(self)
        if self._iterator is None:
            self._iterator = _MultiProcessingDataLoaderIter(self)
        else:
            self._iterator.restart()
        return self._iterator

    def _fetcher(self) -> Fetcher:
        return Fetcher(self)

    def __len__(self) -> int:
        if not self._streams:
            return len(self._index_sampler)
        n = self._reported = len(self.dataset)
        if self.batch_size is None:
            return n
        return n // self.batch_size if self.drop_last else -(-n // self.batch_size)

    def _warn_of_many_workers(self) -> None:
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
        cores = cores or os.cpu_count()
        if self.num_workers and cores and self.num_workers > cores:
            warnings.warn(
                f"This DataLoader will create {self.num_workers} worker processes in total. Our "
                f"suggested max number of worker in current system is {cores}, which is smaller "
                "than what this DataLoader is going to create. Please be aware that excessive "
                "worker creation might get DataLoader running slow or even freeze, lower the "
                "worker number to avoid potential slowness/freeze if necessary.",
                UserWarning,
                stacklevel=3,
            )


class _Endless:
    """The order of a stream: no indices, only the next one."""

    def __iter__(self) -> Iterator[None]:
        return repeat(None)


class Fetcher:
    """Makes the batch (without batching, the sample) that belongs to what a sampler gave."""

    def __init__(self, loader: DataLoader) -> None:
        self.dataset = loader.dataset
        self.collate = loader.collate_fn
        self.batched = loader._auto_collation
        self.drop_last = loader.drop_last
        self.stream = iter(self.dataset) if loader._streams else None
        direct = self.batched and self.stream is None and self.collate is default_collate
        self.at_once = whole_batches(self.dataset) if direct else None
        self.ended = False

    def batches(self, loader: DataLoader) -> Iterator[Any]:
        """What the loader's sampler gives, as arrays of indices where they are of use."""
        if self.at_once is None:
            return iter(loader._index_sampler)
        return batches_of(loader.batch_sampler)

    def fetch(self, index: Any) -> Any:
        """The batch; StopIteration at the end of a stream."""
        if self.at_once is not None:
            indices = index if type(index) is numpy.ndarray else numpy.array(index)
            if indices.dtype.kind == "i" and indices.ndim == 1:
                batch = self.at_once(indices)
                if batch is not None:
                    return batch
            index = indices.tolist() if indices is index else index
        if self.stream is not None:
            return self.collate(self._next(self.stream, index))
        return self.collate(
            samples_at(self.dataset, index) if self.batched else self.dataset[index]
        )

    def _next(self, stream: Iterator[Any], index: Any) -> Any:
        if not self.batched:
            return next(stream)
        if self.ended:
            raise StopIteration
        samples = list(islice(stream, len(index)))
        self.ended = len(samples) < len(index)
        if not samples or (self.drop_last and self.ended):
            raise StopIteration
        return samples


class _BaseDataLoaderIter:
    """An iteration over a loader: counts the batches, and warns of streams of a wrong length."""

    def __init__(self, loader: DataLoader) -> None:
        self._loader = loader
        self._base_seed = random_seed(loader.generator)
        self._fetched = 0
        self._reported = loader._reported
        if loader.pin_memory and not cuda_is_available():
            warnings.warn(
                "'pin_memory' argument is set as true but no accelerator is found, then device "
                "pinned memory won't be used.",
                UserWarning,
                stacklevel=4,
            )

    def __iter__(self) -> _BaseDataLoaderIter:
        return self

    def __len__(self) -> int:
        return len(self._loader._index_sampler)

    def _warn_of_length(self) -> None:
        """A stream gave more than its `len`, which `len(loader)` was computed from."""
        loader = self._loader
        self._fetched += 1
        if self._reported is None or self._fetched <= self._reported:
            return
        advice = (
            "For multiprocessing data-loading, this could be caused by not properly configuring "
            "the IterableDataset replica at each worker. Please see "
            "https://pytorch.org/docs/stable/data.html#torch.utils.data.IterableDataset for "
            "examples."
        )
        warnings.warn(
            f"Length of IterableDataset {loader.dataset} was reported to be {self._reported}"
            f"(when accessing len(dataloader)), but {self._fetched} samples have been fetched. "
            f"{advice if loader.num_workers else ''}",
            UserWarning,
            stacklevel=3,
        )


class _SingleProcessDataLoaderIter(_BaseDataLoaderIter):
    """Makes each batch when it is asked for."""

    def __init__(self, loader: DataLoader) -> None:
        super().__init__(loader)
        fetcher = loader._fetcher()
        self._batches = fetcher.batches(loader)
        self._fetch = fetcher.fetch
        self._counts = loader._streams

    def __next__(self) -> Any:
        data = self._fetch(next(self._batches))
        if self._counts:
            self._warn_of_length()
        return data


def _checked_context(context: Any, num_workers: int) -> Any:
    import multiprocessing
    from multiprocessing.context import BaseContext

    if num_workers == 0:
        raise ValueError(
            "multiprocessing_context can only be used with multi-process loading "
            f"(num_workers > 0), but got num_workers={num_workers}"
        )
    if isinstance(context, str):
        methods = multiprocessing.get_all_start_methods()
        if context not in methods:
            raise ValueError(
                "multiprocessing_context option should specify a valid start method in "
                f"{methods!r}, but got multiprocessing_context={context!r}"
            )
        return multiprocessing.get_context(context)
    if not isinstance(context, BaseContext):
        raise TypeError(
            "multiprocessing_context option should be a valid context object or a string "
            f"specifying the start method, but got multiprocessing_context={context}"
        )
    return context


def _check_workers(
    num_workers: int, timeout: float, prefetch_factor: int | None, persistent: bool
) -> None:
    if num_workers < 0:
        raise ValueError(
            "num_workers option should be non-negative; use num_workers=0 to disable "
            "multiprocessing."
        )
    if timeout < 0:
        raise ValueError("timeout option should be non-negative")
    if num_workers == 0 and prefetch_factor is not None:
        raise ValueError(
            "prefetch_factor option could only be specified in multiprocessing."
            "let num_workers > 0 to enable multiprocessing, otherwise set prefetch_factor to None."
        )
    if prefetch_factor is not None and prefetch_factor < 0:
        raise ValueError("prefetch_factor option should be non-negative")
    if persistent and num_workers == 0:
        raise ValueError("persistent_workers option needs num_workers > 0")


def _check_order(
    streams: bool,
    batch_size: int | None,
    shuffle: bool | None,
    sampler: Any,
    batch_sampler: Any,
    drop_last: bool,
) -> None:
    if streams:
        given = {"shuffle": shuffle or None, "sampler": sampler, "batch_sampler": batch_sampler}
        for name, value in given.items():
            if value is not None:
                raise ValueError(
                    f"DataLoader with IterableDataset: expected unspecified {name} option, "
                    f"but got {name}={value}"
                )
    if sampler is not None and shuffle:
        raise ValueError(
            hint("sampler option is mutually exclusive with shuffle", "the sampler is the order")
        )
    if batch_sampler is not None and (
        batch_size != 1 or shuffle or sampler is not None or drop_last
    ):
        raise ValueError(
            "batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and "
            "drop_last"
        )
    if batch_size is None and drop_last:
        raise ValueError(
            "batch_size=None option disables auto-batching and is mutually exclusive with drop_last"
        )
