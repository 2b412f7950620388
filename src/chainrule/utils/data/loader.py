"""DataLoader: batches of a data set, in order, in this process or from workers."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

from ...core.generator import Generator
from .collate import default_collate, default_convert
from .dataset import IterableDataset
from .sampler import BatchSampler, RandomSampler, SequentialSampler, draw_seed


class DataLoader:
    """Iterates over a data set in batches.

    Shuffling draws PyTorch's random numbers, so a seeded program sees the same batches in the same
    order. Over tensors in memory a batch is one indexing call instead of samples collated one by
    one. With `num_workers` processes, batches are made ahead of their use.

    >>> data = TensorDataset(arange(5))
    >>> [batch for (batch,) in DataLoader(data, batch_size=2)]
    [tensor([0, 1]), tensor([2, 3]), tensor([4])]
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Any = None,
        batch_sampler: Any = None,
        num_workers: int = 0,
        collate_fn: Callable[[list[Any]], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], None] | None = None,
        multiprocessing_context: Any = None,
        generator: Generator | None = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None:
        _check_workers(num_workers, timeout, prefetch_factor, persistent_workers)
        self.dataset = dataset
        self.num_workers = num_workers
        self.prefetch_factor = 2 if num_workers and prefetch_factor is None else prefetch_factor
        self.pin_memory, self.pin_memory_device = pin_memory, pin_memory_device
        self.timeout = timeout
        self.worker_init_fn = worker_init_fn
        self.multiprocessing_context = multiprocessing_context
        self.generator = generator
        self.persistent_workers = persistent_workers
        self.in_order = in_order
        self._streams = isinstance(dataset, IterableDataset)
        _check_sampling(self._streams, batch_size, shuffle, sampler, batch_sampler, drop_last)
        if batch_sampler is not None:
            batch_size, drop_last = None, False
        self.sampler = self._order(bool(shuffle)) if sampler is None else sampler
        if batch_size is not None:
            batch_sampler = BatchSampler(self.sampler, batch_size, drop_last)
        self.batch_size, self.drop_last = batch_size, drop_last
        self.batch_sampler = batch_sampler
        if collate_fn is None:
            collate_fn = default_convert if batch_sampler is None else default_collate
        self.collate_fn = collate_fn
        self._workers: Any = None  # persistent ones

    def _order(self, shuffle: bool) -> Any:
        if self._streams:
            return _Endless()
        if shuffle:
            return RandomSampler(self.dataset, generator=self.generator)
        return SequentialSampler(self.dataset)

    @property
    def _index_sampler(self) -> Any:
        return self.sampler if self.batch_sampler is None else self.batch_sampler

    def __iter__(self) -> Iterator[Any]:
        seed = None
        if self._workers is None or not self.persistent_workers:
            seed = draw_seed(self.generator)
        if not self.num_workers:
            return self._batches(Fetcher(self))
        from .worker import Workers

        if not self.persistent_workers:
            return Workers(self, int(seed or 0)).batches(iter(self._index_sampler))
        if self._workers is None:
            self._workers = Workers(self, int(seed or 0), keep=True)
        return self._workers.batches(iter(self._index_sampler))  # type: ignore[no-any-return]

    def _batches(self, fetcher: Fetcher) -> Iterator[Any]:
        for index in self._index_sampler:
            try:
                batch = fetcher.fetch(index)
            except StopIteration:
                return
            yield batch

    def __len__(self) -> int:
        if self._streams:
            n = len(self.dataset)
            if self.batch_size is None:
                return n
            return n // self.batch_size if self.drop_last else -(-n // self.batch_size)
        return len(self._index_sampler)


class _Endless:
    """The order of a stream: there are no indices, only a next one."""

    def __iter__(self) -> Iterator[None]:
        return itertools.repeat(None)


class Fetcher:
    """Makes the batch that belongs to indices, in this process or in a worker."""

    def __init__(self, loader: DataLoader) -> None:
        self.dataset = loader.dataset
        self.collate = loader.collate_fn
        self.batched = loader.batch_sampler is not None
        self.drop_last = loader.drop_last
        self.stream: Iterator[Any] | None = iter(self.dataset) if loader._streams else None
        whole = self.collate is default_collate and self.batched
        self.get_batch = getattr(self.dataset, "get_batch", None) if whole else None

    def fetch(self, index: Any) -> Any:
        """The batch (or, without batching, the sample); StopIteration at the end of a stream."""
        if self.stream is not None:
            return self._from_stream(self.stream, index)
        if not self.batched:
            return self.collate(self.dataset[index])
        if self.get_batch is not None:
            batch = self.get_batch(index)
            if batch is not None:
                return batch
        if callable(getattr(self.dataset, "__getitems__", None)):
            return self.collate(self.dataset.__getitems__(index))
        return self.collate([self.dataset[i] for i in index])

    def _from_stream(self, stream: Iterator[Any], index: Any) -> Any:
        if not self.batched:
            return self.collate(next(stream))
        samples = list(itertools.islice(stream, len(index)))
        if not samples or (self.drop_last and len(samples) < len(index)):
            raise StopIteration
        return self.collate(samples)


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


def _check_sampling(
    streams: bool,
    batch_size: Any,
    shuffle: bool | None,
    sampler: Any,
    batch_sampler: Any,
    drop_last: bool,
) -> None:
    if streams:
        for name, given in (("sampler", sampler), ("batch_sampler", batch_sampler)):
            if given is not None:
                raise ValueError(
                    f"DataLoader with IterableDataset: expected unspecified {name} option, but got "
                    f"{name}={given}"
                )
        if shuffle:
            raise ValueError(
                "DataLoader with IterableDataset: expected unspecified shuffle option, but got "
                f"shuffle={shuffle}"
            )
    if sampler is not None and shuffle:
        raise ValueError("sampler option is mutually exclusive with shuffle")
    if batch_sampler is not None:
        if batch_size != 1 or shuffle or sampler is not None or drop_last:
            raise ValueError(
                "batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and "
                "drop_last"
            )
    elif batch_size is None and drop_last:
        raise ValueError(
            "batch_size=None option disables auto-batching and is mutually exclusive with drop_last"
        )
