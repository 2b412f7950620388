"""Board: curves that grow while a model is trained, in a notebook, a terminal, a log or a file.

One code draws in all of them; where it runs is found out when the first point comes.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, TextIO
from weakref import WeakMethod, finalize

from .charts import Chart

COLUMNS, ROWS = 60, 12
BESIDE = 32
"""Columns of a terminal that axes and labels take beside the curves."""
BELOW = 4


class Screen(Protocol):
    """Where a board is seen."""

    every_point: bool  # whether it is told of each point, or now and then

    def show(self, chart: Any, line: str) -> None:
        """Show the chart as it is now; `line` tells the newest point."""


class Log:
    """A stream that is no terminal: one line for each point."""

    every_point = True

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def show(self, chart: Any, line: str) -> None:
        """Write the line."""
        print(line, file=self.stream, flush=True)


class Terminal:
    """A terminal, in which the chart is drawn over the one before."""

    every_point = False

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.height = 0  # lines of the drawing before

    def show(self, chart: Any, line: str) -> None:
        """Go back up to where the chart began and draw."""
        if self.stream.closed:
            return
        room = shutil.get_terminal_size()
        width = max(10, min(COLUMNS, room.columns - BESIDE))
        height = max(2, min(ROWS, room.lines - BELOW))
        rows = chart.text(width, height, colour=True).splitlines()
        back = f"\033[{self.height}F" if self.height else ""
        self.stream.write(back + "".join(f"{row}\033[K\n" for row in rows) + "\033[J")
        self.stream.flush()
        self.height = len(rows)


class Notebook:
    """The output of a cell, in which one picture changes."""

    every_point = False

    def __init__(self) -> None:
        self.handle: Any = None

    def show(self, chart: Any, line: str) -> None:
        """Put the picture in the place of the one before."""
        if self.handle is None:
            self.handle = import_module("IPython.display").display(chart, display_id=True)
        else:
            self.handle.update(chart)


class Quiet:
    """Nowhere."""

    every_point = False

    def show(self, chart: Any, line: str) -> None:
        """Nothing."""


def screen_of(stream: TextIO | None) -> Screen:
    """The notebook that runs, else what the stream (standard output) is."""
    if stream is None and "ipykernel" in sys.modules:
        return Notebook()
    stream = sys.stdout if stream is None else stream
    return Terminal(stream) if stream.isatty() else Log(stream)


class Live:
    """A chart on a screen: not redrawn more often than every `pause` seconds, but up to date in
    the end.
    """

    def __init__(self, chart: Any, screen: Screen, pause: float) -> None:
        self.chart, self.screen, self.pause = chart, screen, pause
        self.line = ""
        self.late = False  # whether points are there that the screen does not show
        self.next = 0.0
        if isinstance(screen, Notebook):
            _after_each_cell(self.catch_up)

    def point(self, line: str) -> None:
        """There is one more point."""
        self.line, self.late = line, True
        if self.screen.every_point or time.monotonic() >= self.next:
            self.catch_up()
            self.next = time.monotonic() + self.pause

    def catch_up(self, *_: Any) -> None:
        """Show what is not shown yet."""
        if self.late:
            self.late = False
            self.screen.show(self.chart, self.line)


def _after_each_cell(method: Any) -> None:
    """Call a method when a cell of the notebook ends, as long as its object is there."""
    shell = import_module("IPython").get_ipython()
    if shell is None:
        return
    known = WeakMethod(method)

    def ended(*args: Any) -> None:
        found = known()
        if found is None:
            shell.events.unregister("post_run_cell", ended)
        else:
            found()

    shell.events.register("post_run_cell", ended)


class Board:
    """Live curves: `add` a point to each, and the board shows them where the program runs.

    A notebook changes one picture, a terminal draws in place, any other output gets one line for
    each point. Nothing else should be printed between the points in a terminal. `save` writes a
    picture, or with ``.gif`` a film.

    Args:
        xlabel, ylabel: words at the axes.
        xlim, ylim: ends of the axes; by default what the curves need.
        xscale, yscale: "linear" or "log".
        pause: seconds between two drawings, at least; the last state is always drawn.
        stream: where to print, instead of standard output or the notebook.

    >>> board = Board(xlabel="epoch")
    >>> for epoch in range(1, 4):
    ...     board.add(epoch, loss=2**-epoch, accuracy=1 - 2**-epoch)
    epoch 1: loss 0.5, accuracy 0.5
    epoch 2: loss 0.25, accuracy 0.75
    epoch 3: loss 0.125, accuracy 0.875
    >>> print(board.chart.text(20, 4))
    0.875 ┤        ⣀⡠⠤⠤⠔⠒⠒⠒⠒⠊⠉⠉ accuracy 0.875
          │ ⣀⡠⠤⠔⠒⠉⠉
          │⠉⠑⠒⠒⠤⠤⢄⣀⣀
    0.125 ┤         ⠉⠉⠉⠒⠒⠒⠤⠤⠤⣀⣀ loss 0.125
          └────────────────────
           1      epoch       3
    """

    def __init__(
        self,
        xlabel: str | None = None,
        ylabel: str | None = None,
        *,
        xlim: Sequence[float] | None = None,
        ylim: Sequence[float] | None = None,
        xscale: str = "linear",
        yscale: str = "linear",
        pause: float = 0.1,
        stream: TextIO | None = None,
    ) -> None:
        for scale in (xscale, yscale):
            if scale not in ("linear", "log"):
                raise ValueError(f"a scale is 'linear' or 'log', not {scale!r}")
        self.chart = Chart(xlabel or "", ylabel or "", {}, xlim, ylim, xscale, yscale)
        self.pause = pause
        self.stream = stream
        self.screen: Screen | None = None  # the one that fits, unless another is put here
        self.shown: Any = self.chart  # what a notebook shows
        self._live: Live | None = None

    def add(self, x: Any, values: Mapping[str, Any] | None = None, **named: Any) -> None:
        """One more point at x of each curve that is named; None leaves a curve as it is."""
        points = {**(values or {}), **named}
        found = {name: float(y) for name, y in points.items() if y is not None}
        for name, y in found.items():
            self.chart.add(name, float(x), y)
        words = ", ".join(f"{name} {y:.4g}" for name, y in found.items())
        self.live.point(f"{self.chart.xlabel or 'x'} {float(x):g}: {words}")

    @property
    def live(self) -> Live:
        """What keeps the screen up to date."""
        if self._live is None:
            screen = self.screen or screen_of(self.stream)
            self._live = Live(self.shown, screen, self.pause)
            finalize(self, Live.catch_up, self._live)
        return self._live

    def save(self, path: str | Path) -> None:
        """Write the curves as a picture (.png, .svg, .pdf ...) or film (.gif)."""
        self.chart.save(path)

    def __enter__(self) -> Board:
        return self

    def __exit__(self, *_: object) -> None:
        self.live.catch_up()

    def __str__(self) -> str:
        return str(self.chart)

    __repr__ = __str__

    def _repr_svg_(self) -> str:
        return self.chart.svg()
