"""What lessons count and time."""

from __future__ import annotations

import time
from typing import Any

import numpy as np


class Timer:
    """Adds up stretches of time, in seconds; the first one begins at once."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.start()

    def start(self) -> None:
        """Begin a stretch."""
        self.tik = time.time()

    def stop(self) -> float:
        """End the stretch and return how long it was."""
        self.times.append(time.time() - self.tik)
        return self.times[-1]

    def avg(self) -> float:
        """The mean of all stretches."""
        return sum(self.times) / len(self.times)

    def sum(self) -> float:
        """The sum of all stretches."""
        return sum(self.times)

    def cumsum(self) -> list[float]:
        """The sums of the first, the first two, the first three, ... stretches."""
        return np.array(self.times).cumsum().tolist()


class Accumulator:
    """`n` sums.

    >>> sums = Accumulator(2)
    >>> sums.add(1, 2.5)
    >>> sums.add(1, 2.5)
    >>> sums[0], sums[1]
    (2.0, 5.0)
    """

    def __init__(self, n: int) -> None:
        self.data = [0.0] * n

    def add(self, *args: Any) -> None:
        """Add one number to each sum."""
        self.data = [total + float(value) for total, value in zip(self.data, args, strict=False)]

    def reset(self) -> None:
        """Begin again from zero."""
        self.data = [0.0] * len(self.data)

    def __getitem__(self, idx: int) -> float:
        return self.data[idx]
