"""`torch.utils.data.distributed`: a dataset shared out among processes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from ...core.generator import Generator
from ...kernels.random import permutation
from .sampler import Sampler


class DistributedSampler(Sampler[int]):
    """Every `num_replicas`-th index from `rank` on, in an order that is new each epoch.

    All processes draw the same order, from `seed` and the epoch. What is missing to equal parts is
    taken from the beginning again, or left out with `drop_last`.

    >>> list(DistributedSampler("abcd", num_replicas=2, rank=1, shuffle=False))
    [1, 3]
    """

    def __init__(
        self,
        dataset: Any,
        num_replicas: int | None = None,
        rank: int | None = None,
        shuffle: bool = True,
        seed: int = 0,
        drop_last: bool = False,
    ) -> None:
        if num_replicas is None or rank is None:
            raise ValueError(
                "Default process group has not been initialized, please make sure to call "
                "init_process_group.\nhint: give num_replicas= and rank="
            )
        if not 0 <= rank < num_replicas:
            raise ValueError(
                f"Invalid rank {rank}, rank should be in the interval [0, {num_replicas - 1}]"
            )
        self.dataset, self.num_replicas, self.rank = dataset, num_replicas, rank
        self.shuffle, self.seed, self.drop_last, self.epoch = shuffle, seed, drop_last, 0
        whole = len(dataset)
        if drop_last and whole % num_replicas:
            self.num_samples = math.ceil((whole - num_replicas) / num_replicas)
        else:
            self.num_samples = math.ceil(whole / num_replicas)
        self.total_size = self.num_samples * num_replicas

    def __iter__(self) -> Iterator[int]:
        indices = list(range(len(self.dataset)))
        if self.shuffle:
            generator = Generator().manual_seed(self.seed + self.epoch)
            indices = permutation(generator, len(self.dataset)).tolist()
        while len(indices) < self.total_size:
            indices += indices[: self.total_size - len(indices)]
        return iter(indices[self.rank : self.total_size : self.num_replicas])

    def __len__(self) -> int:
        return self.num_samples

    def set_epoch(self, epoch: int) -> None:
        """Say which epoch begins: without it every epoch has the same order."""
        self.epoch = epoch
