"""`torch.utils.benchmark`: how long a statement takes, by Python's `timeit`."""

from __future__ import annotations

import statistics
import timeit
from dataclasses import dataclass
from typing import Any

from ..threads import get_num_threads, set_num_threads

UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "us"), (1e-9, "ns"))


def select_unit(t: float) -> tuple[str, float]:
    """The unit for a time, and its seconds.

    >>> select_unit(0.002)
    ('ms', 0.001)
    """
    size, name = next((u for u in UNITS if t >= u[0]), UNITS[-1])
    return name, size


@dataclass
class Measurement:
    """Times of one statement, in seconds: `raw_times` of blocks of `number_per_run` runs."""

    number_per_run: int
    raw_times: list[float]
    stmt: str
    label: str | None = None
    sub_label: str | None = None
    description: str | None = None
    num_threads: int = 1

    @property
    def times(self) -> list[float]:
        """Of one run, by block."""
        return [each / self.number_per_run for each in self.raw_times]

    @property
    def mean(self) -> float:
        """The mean over the blocks."""
        return statistics.fmean(self.times)

    @property
    def median(self) -> float:
        """The median over the blocks."""
        return statistics.median(self.times)

    @property
    def iqr(self) -> float:
        """The distance of the quartiles, of two blocks or more."""
        if len(self.times) < 2:
            return 0.0
        first, _, third = statistics.quantiles(self.times, n=4, method="inclusive")
        return third - first

    def __repr__(self) -> str:
        unit, size = select_unit(self.median)
        count = len(self.times)
        kind = "Median" if count > 1 else ""
        title = self.label or self.stmt
        title += f": {self.sub_label}" if self.sub_label else ""
        lines = [f"{type(self).__module__}.Measurement", title]
        lines += [self.description] if self.description else []
        lines.append(f"  {kind + ': ' if kind else ''}{self.median / size:.2f} {unit}")
        if count > 1:
            lines.append(f"  IQR:    {self.iqr / size:.2f} {unit}")
        runs = f"{self.number_per_run} runs {'per measurement ' if count > 1 else ''}"
        threads = f"{self.num_threads} thread{'s' if self.num_threads > 1 else ''}"
        lines.append(f"  {count} measurement{'s' if count > 1 else ''}, {runs}, {threads}")
        return "\n".join(lines)


class Timer:
    """Times a statement, in the number of threads asked for.

    >>> Timer("x + x", globals={"x": torch.ones(3)}).timeit(10).number_per_run
    10
    """

    def __init__(
        self,
        stmt: str = "pass",
        setup: str = "pass",
        global_setup: str = "",
        timer: Any = timeit.default_timer,
        globals: dict[str, Any] | None = None,
        label: str | None = None,
        sub_label: str | None = None,
        description: str | None = None,
        env: str | None = None,
        num_threads: int = 1,
        language: str = "python",
    ) -> None:
        if str(language).lower() not in ("python", "py"):
            raise NotImplementedError(f"Timer: language {language!r} is not supported, only Python")
        self.names = {"stmt": stmt, "label": label, "sub_label": sub_label}
        self.names |= {"description": description}
        self.num_threads = num_threads
        self._timer = timeit.Timer(stmt, setup, timer, globals)

    def _measured(self, number: int, times: list[float]) -> Measurement:
        names: dict[str, Any] = self.names
        return Measurement(number, times, num_threads=self.num_threads, **names)

    def _times(self, number: int, repeat: int) -> list[float]:
        before = get_num_threads()
        set_num_threads(self.num_threads)
        try:
            return self._timer.repeat(repeat, number)
        finally:
            set_num_threads(before)

    def timeit(self, number: int = 1_000_000) -> Measurement:
        """The time of `number` runs, after a short warm-up."""
        self._times(max(number // 100, 2), 1)
        return self._measured(number, self._times(number, 1))

    def repeat(self, repeat: int = -1, number: int = -1) -> None:
        """NotImplementedError, as in PyTorch: use `blocked_autorange`."""
        raise NotImplementedError("See `Timer.blocked_autorange.`")

    def blocked_autorange(self, callback: Any = None, min_run_time: float = 0.2) -> Measurement:
        """Times of many blocks, long enough for the clock, for `min_run_time` seconds in all."""
        number, spent = 1, self._times(1, 1)[0]
        while spent < min_run_time / 1000 or spent < 1e-5:
            number *= 10
            spent = self._times(number, 1)[0]
        blocks = max(1, int(min_run_time / spent))
        return self._measured(number, self._times(number, blocks))

    def adaptive_autorange(
        self,
        threshold: float = 0.1,
        *,
        min_run_time: float = 0.01,
        max_run_time: float = 10.0,
        callback: Any = None,
    ) -> Measurement:
        """As `blocked_autorange`, until the quartiles are near each other or time is over."""
        found = self.blocked_autorange(min_run_time=min_run_time)
        spent = sum(found.raw_times)
        while spent < max_run_time and (
            len(found.times) < 4 or found.iqr > threshold * found.median
        ):
            found.raw_times += self._times(found.number_per_run, 4)
            spent = sum(found.raw_times)
        return found
