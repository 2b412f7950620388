"""What a profile found: calls with their times, the same by name, and the table of it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

COLUMNS = (
    "Name",
    "Self CPU %",
    "Self CPU",
    "CPU total %",
    "CPU total",
    "CPU time avg",
    "# of Calls",
)
NAME, NUMBER = 55, 12


@dataclass
class FunctionEvent:
    """One call, or all calls of one name; times in microseconds."""

    name: str
    start: float = 0.0
    cpu_time_total: float = 0.0
    self_cpu_time_total: float = 0.0
    count: int = 1
    thread: int = 0

    @property
    def key(self) -> str:
        """The name."""
        return self.name

    @property
    def cpu_time(self) -> float:
        """The mean time of a call."""
        return self.cpu_time_total / max(self.count, 1)

    @property
    def self_cpu_time(self) -> float:
        """The mean time of a call, less that of the operations inside of it."""
        return self.self_cpu_time_total / max(self.count, 1)


@dataclass
class EventList(list[FunctionEvent]):
    """Events, and what can be said of all of them."""

    found: Iterable[FunctionEvent] = field(default=())

    def __post_init__(self) -> None:
        self.extend(self.found)

    @property
    def self_cpu_time_total(self) -> float:
        """The time of all of them."""
        return sum(event.self_cpu_time_total for event in self)

    def key_averages(self, *_: Any, **__: Any) -> EventList:
        """The events by name, the most expensive first."""
        sums: dict[str, FunctionEvent] = {}
        for event in self:
            total = sums.setdefault(event.name, FunctionEvent(event.name, count=0))
            total.count += event.count
            total.cpu_time_total += event.cpu_time_total
            total.self_cpu_time_total += event.self_cpu_time_total
        return EventList(sorted(sums.values(), key=lambda e: -e.self_cpu_time_total))

    total_average = key_averages

    def table(
        self,
        sort_by: str | None = None,
        row_limit: int = 100,
        max_src_column_width: int = 75,
        max_name_column_width: int = NAME,
        header: str | None = None,
        top_level_events_only: bool = False,
    ) -> str:
        """The events as text; `sort_by` is one of cpu_time, cpu_time_total, self_cpu_time_total,
        count."""
        events = list(self)
        if sort_by is not None:
            key = sort_by.replace("cuda", "cpu").replace("device", "cpu")
            if not hasattr(FunctionEvent("", 0.0), key):
                raise ValueError(f"sort_by={sort_by!r} is no column; try 'cpu_time_total'")
            events.sort(key=lambda event: -float(getattr(event, key)))
        whole = self.self_cpu_time_total or 1.0
        rows = [
            (
                event.name[:max_name_column_width],
                f"{100 * event.self_cpu_time_total / whole:.2f}%",
                duration(event.self_cpu_time_total),
                f"{100 * event.cpu_time_total / whole:.2f}%",
                duration(event.cpu_time_total),
                duration(event.cpu_time),
                str(event.count),
            )
            for event in (events if row_limit < 0 else events[:row_limit])
        ]
        width = max([len("Name"), *(len(row[0]) for row in rows)]) + 2
        rule = "  ".join(["-" * width] + ["-" * NUMBER] * (len(COLUMNS) - 1))
        text = [line(row, width) for row in rows]
        top = [] if header is None else [header]
        end = f"Self CPU time total: {duration(self.self_cpu_time_total)}"
        return "\n".join([*top, rule, line(COLUMNS, width), rule, *text, rule, end, ""])

    def export_chrome_trace(self, path: str) -> None:
        """Write the calls as JSON for chrome://tracing or ui.perfetto.dev."""
        calls = [
            {"name": e.name, "ph": "X", "ts": e.start, "dur": e.cpu_time_total, "pid": 0}
            | {"tid": e.thread, "cat": "cpu_op"}
            for e in self
        ]
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"traceEvents": calls, "displayTimeUnit": "ms"}, file)


def line(cells: Iterable[str], width: int) -> str:
    """A row of the table."""
    first, *rest = cells
    return "  ".join([first.rjust(width), *(cell.rjust(NUMBER) for cell in rest)])


def duration(microseconds: float) -> str:
    """A time for people.

    >>> duration(1500.0)
    '1.500ms'
    """
    for unit, size in (("s", 1e6), ("ms", 1e3)):
        if microseconds >= size:
            return f"{microseconds / size:.3f}{unit}"
    return f"{microseconds:.3f}us"
