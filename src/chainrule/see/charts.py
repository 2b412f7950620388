"""Charts: curves in a plane, drawn as text in braille dots, as SVG, and by Matplotlib into files.

Knows nothing of tensors: curves are lists of floats.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy

from ..errors import missing_extra

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""Of curves, in turn (Okabe and Ito, distinguishable by colour-blind people)."""
ANSI = (34, 31, 32, 35, 33, 36)
"""The colours of a terminal nearest to them."""
DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""The bit of each dot of a braille character, four rows of two."""
FRAMES = 60
HUGE = 1e300
"""What is larger is drawn as little as what is infinite."""

Box = tuple[float, float, float, float]
"""Least and largest x, least and largest y."""


@dataclass
class Chart:
    """Curves with axes. `str` draws braille, a notebook shows SVG, `save` asks Matplotlib.

    >>> chart = Chart("x", "y", {"square": ([0, 1, 2, 3, 4], [0, 1, 4, 9, 16])})
    >>> print(chart.text(16, 4))
     y
    16 ┤              ⡠⠊ square 16
       │           ⢀⠔⠉
       │       ⢀⡠⠔⠊⠁
     0 ┤⣀⣀⠤⠤⠤⠒⠉⠁
       └────────────────
        0      x       4
    """

    xlabel: str = ""
    ylabel: str = ""
    curves: dict[str, tuple[list[float], list[float]]] = field(default_factory=dict)
    xlim: Sequence[float] | None = None
    ylim: Sequence[float] | None = None
    xscale: str = "linear"
    yscale: str = "linear"

    def add(self, name: str, x: float, y: float) -> None:
        """One more point of a curve."""
        xs, ys = self.curves.setdefault(name, ([], []))
        xs.append(x)
        ys.append(y)

    def points(self, name: str) -> tuple[Any, Any]:
        """The coordinates of a curve on the scales of the axes."""
        xs, ys = self.curves[name]
        return scaled(xs, self.xscale), scaled(ys, self.yscale)

    def box(self) -> Box:
        """What the axes span, on their scales."""
        every = [self.points(name) for name in self.curves]
        x = span([xs for xs, _ in every], self.xlim, self.xscale)
        y = span([ys for _, ys in every], self.ylim, self.yscale)
        return *x, *y

    def text(self, width: int = 60, height: int = 12, colour: bool = False) -> str:
        """The chart in characters; `width` and `height` are those of the plane of the curves."""
        return _as_text(self, width, height, colour)

    def __str__(self) -> str:
        return self.text()

    __repr__ = __str__

    def svg(self, width: int = 460, height: int = 280) -> str:
        """The chart as an SVG element."""
        return _as_svg(self, width, height)

    _repr_svg_ = svg

    def draw_on(self, axes: Any, formats: Sequence[str] = (), part: float = 1.0) -> None:
        """Draw on the axes of a Matplotlib figure; `part` takes only the first of the points."""
        for number, (name, (xs, ys)) in enumerate(self.curves.items()):
            count = math.ceil(part * len(xs))
            given = formats[number % len(formats)] if formats else "-"
            extra = {} if formats else {"color": COLOURS[number % len(COLOURS)]}
            axes.plot(xs[:count], ys[:count], given, label=name, **extra)
        axes.set(xlabel=self.xlabel, ylabel=self.ylabel, xscale=self.xscale, yscale=self.yscale)
        axes.set_xlim(self.xlim)
        axes.set_ylim(self.ylim)
        if any(self.curves):
            axes.legend()
        axes.grid(alpha=0.3)

    def save(self, path: str | Path) -> None:
        """Write a picture (.png, .svg, .pdf ...), or with .gif a film of how the curves grew."""
        if Path(path).suffix == ".svg":
            Path(path).write_text(self.svg(), encoding="utf-8")
            return
        figure = new_figure("saving a chart")
        axes = figure.subplots()
        if Path(path).suffix != ".gif":
            self.draw_on(axes)
            figure.savefig(path)
            return
        from matplotlib.animation import FuncAnimation

        self.draw_on(axes)
        limits = axes.get_xlim(), axes.get_ylim()
        longest = max((len(xs) for xs, _ in self.curves.values()), default=1)
        count = max(1, min(longest, FRAMES))

        def frame(number: int) -> None:
            axes.clear()
            self.draw_on(axes, part=(number + 1) / count)
            axes.set(xlim=limits[0], ylim=limits[1])

        FuncAnimation(figure, frame, frames=count).save(path, writer="pillow", fps=12)


def new_figure(purpose: str, size: tuple[float, float] = (5, 3.5)) -> Any:
    """A figure of Matplotlib's that no window shows; ImportError saying how to install it."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ModuleNotFoundError as error:
        if error.name != "matplotlib":
            raise
        raise missing_extra("matplotlib", "plot", purpose) from None
    figure = Figure(size, 120, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


# ---- scales


def scaled(values: Sequence[float], scale: str) -> Any:
    """Values as they stand on an axis: logarithms on a "log" one, NaN where there is none."""
    array = numpy.asarray(values, numpy.float64)
    array = numpy.where(numpy.abs(array) <= HUGE, array, numpy.nan)
    if scale == "log":
        array = numpy.log10(numpy.where(array > 0, array, numpy.nan))
    return array


def span(columns: Sequence[Any], limits: Sequence[float] | None, scale: str) -> tuple[float, float]:
    """The ends of an axis: the limits given, else the least and the largest value."""
    if limits is not None:
        low, high = scaled(limits, scale).tolist()
        if math.isfinite(low) and low < high < math.inf:
            return low, high
    values = numpy.concatenate([*columns, numpy.empty(0)])
    values = values[numpy.isfinite(values)]
    if not values.size:
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    if high - low > max(1e-12 * max(abs(low), abs(high)), 1 / HUGE):
        return low, high
    margin = 0.5 if scale == "log" else max(abs(low), 1.0) / 2
    return low - margin, high + margin


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Round numbers from low to high, about as many as asked for.

    >>> ticks(0, 97)
    [0.0, 20.0, 40.0, 60.0, 80.0]
    """
    rough = (high - low) / count
    unit = 10.0 ** math.floor(math.log10(rough))
    step = unit * min((1, 2, 5, 10), key=lambda factor: abs(factor - rough / unit))
    first = math.ceil(low / step - 1e-9)
    return [number * step for number in range(first, math.floor(high / step + 1e-9) + 1)]


def label(value: float, scale: str = "linear") -> str:
    """A number as it stands at an axis."""
    number = 10.0**value if scale == "log" else value
    return f"{0.0 if abs(number) < 1e-300 else number:.4g}"


def thinned(xs: Any, ys: Any, count: int) -> tuple[Any, Any]:
    """At most about 2 `count` points, of each stretch the least and the largest."""
    if len(xs) <= 2 * count:
        return xs, ys
    stretches = numpy.array_split(numpy.arange(len(xs)), count)
    kept = {0, len(xs) - 1}
    for stretch in stretches:
        if not numpy.isnan(ys[stretch]).all():
            kept |= {int(stretch[numpy.nanargmin(ys[stretch])])}
            kept |= {int(stretch[numpy.nanargmax(ys[stretch])])}
    order = sorted(kept)
    return xs[order], ys[order]


# ---- braille


class Canvas:
    """A plane of dots, 2 by 4 in each character, with the number of the curve that drew last.

    >>> canvas = Canvas(4, 1)
    >>> canvas.line(0, 3, 7, 0, 0)
    >>> canvas.row(0)
    '⣀⠤⠒⠉'
    """

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.bits = [[0] * width for _ in range(height)]
        self.owner = [[0] * width for _ in range(height)]
        self.signs: dict[tuple[int, int], str] = {}  # characters in place of dots

    def dot(self, x: int, y: int, owner: int) -> None:
        """Set the dot in column x and row y from the top; outside of the plane none."""
        column, row = x // 2, y // 4
        if 0 <= column < self.width and 0 <= row < self.height:
            self.bits[row][column] |= DOTS[y % 4][x % 2]
            self.owner[row][column] = owner

    def sign(self, x: int, y: int, owner: int) -> None:
        """A bullet where the dot would be."""
        self.dot(x, y, owner)
        self.signs[y // 4, x // 2] = "●"

    def line(self, x0: int, y0: int, x1: int, y1: int, owner: int) -> None:
        """Dots from one to another."""
        steps = max(abs(x1 - x0), abs(y1 - y0), 1)
        for step in range(steps + 1):
            x, y = x0 + (x1 - x0) * step / steps, y0 + (y1 - y0) * step / steps
            self.dot(round(x), round(y), owner)

    def row(self, number: int, colour: bool = False) -> str:
        """A line of characters."""
        cells = []
        pairs = zip(self.bits[number], self.owner[number], strict=True)
        for column, (bits, owner) in enumerate(pairs):
            cell = self.signs.get((number, column)) or (chr(0x2800 + bits) if bits else " ")
            cells.append(painted(cell, owner) if colour and bits else cell)
        return "".join(cells)


def painted(text: str, curve: int) -> str:
    """A text in the colour of a curve, for a terminal."""
    return f"\033[{ANSI[curve % len(ANSI)]}m{text}\033[0m"


def _as_text(chart: Chart, width: int, height: int, colour: bool) -> str:
    box = chart.box()
    canvas = Canvas(width, height)
    ends: dict[int, tuple[str, int]] = {}
    for number, (name, (_, raw)) in enumerate(chart.curves.items()):
        xs, ys = thinned(*chart.points(name), 4 * width)
        columns, rows = _dots(xs, ys, box, (2 * width - 1, 4 * height - 1))
        for line in _unbroken(columns, rows):
            if len(line) == 1:
                canvas.sign(*line[0], number)
            for (x0, y0), (x1, y1) in pairwise(line):
                canvas.line(x0, y0, x1, y1, number)
        if raw:
            last = next((int(y) for y in rows[::-1] if not math.isnan(y)), 0) // 4
            _place(ends, last, (f"{name} {raw[-1]:.4g}".strip(), number), height)
    low, high = label(box[2], chart.yscale), label(box[3], chart.yscale)
    margin = max(len(low), len(high))
    lines = [" " * max(0, margin - len(chart.ylabel)) + chart.ylabel] if chart.ylabel else []
    for row in range(height):
        mark = {0: high, height - 1: low}.get(row)
        start = f"{mark:>{margin}} ┤" if mark is not None else " " * margin + " │"
        end, number = ends.get(row, ("", 0))
        end = painted(end, number) if colour and end else end
        lines.append(f"{start}{canvas.row(row, colour)} {end}".rstrip())
    lines.append(" " * margin + " └" + "─" * width)
    left, right = label(box[0], chart.xscale), label(box[1], chart.xscale)
    room = max(1, width - len(left) - len(right))
    lines.append(" " * (margin + 2) + left + chart.xlabel.center(room) + right)
    return "\n".join(lines)


def _dots(xs: Any, ys: Any, box: Box, size: tuple[int, int]) -> tuple[Any, Any]:
    """Columns and rows (from the top) of points in a plane of so many dots less one; or NaN."""
    columns = numpy.rint((xs - box[0]) / (box[1] - box[0]) * size[0])
    rows = numpy.rint((box[3] - ys) / (box[3] - box[2]) * size[1])
    limit = 10 * max(size)  # far outside: what a line to there would show does not matter
    return columns.clip(-limit, limit), rows.clip(-limit, limit)


def _unbroken(columns: Any, rows: Any) -> Iterator[list[tuple[int, int]]]:
    """The stretches between points that are not numbers."""
    line: list[tuple[int, int]] = []
    for x, y in zip(columns.tolist(), rows.tolist(), strict=True):
        if math.isnan(x) or math.isnan(y):
            if line:
                yield line
            line = []
        else:
            line.append((int(x), int(y)))
    if line:
        yield line


def _place(ends: dict[int, tuple[str, int]], row: int, end: tuple[str, int], height: int) -> None:
    """Write a label in the free row nearest to the one wanted."""
    free = [each for each in range(height) if each not in ends]
    if free:
        ends[min(free, key=lambda each: abs(each - row))] = end


# ---- SVG


def _as_svg(chart: Chart, width: int, height: int) -> str:
    box = chart.box()
    left, right, top, bottom = 58, 14, 34, 42
    wide, high = width - left - right, height - top - bottom

    def at_x(x: float) -> float:
        return round(left + (x - box[0]) / (box[1] - box[0]) * wide, 1)

    def at_y(y: float) -> float:
        return round(top + (box[3] - y) / (box[3] - box[2]) * high, 1)

    parts = [svg_start(width, height)]
    for x in ticks(box[0], box[1]):
        parts.append(f'<path d="M{at_x(x)} {top}v{high}" stroke="#ddd"/>')
        parts.append(svg_text(at_x(x), top + high + 16, label(x, chart.xscale)))
    for y in ticks(box[2], box[3]):
        parts.append(f'<path d="M{left} {at_y(y)}h{wide}" stroke="#ddd"/>')
        parts.append(svg_text(left - 6, at_y(y) + 4, label(y, chart.yscale), "end"))
    parts.append(f'<svg x="{left}" y="{top}" width="{wide}" height="{high}">')
    for number, name in enumerate(chart.curves):
        xs, ys = thinned(*chart.points(name), wide)
        colour = COLOURS[number % len(COLOURS)]
        columns, rows = _dots(xs, ys, box, (10 * wide, 10 * high))
        for line in _unbroken(columns, rows):
            path = " ".join(f"{x / 10:g},{y / 10:g}" for x, y in line)
            if len(line) == 1:
                x, y = line[0]
                where = f'cx="{x / 10:g}" cy="{y / 10:g}"'
                parts.append(f'<circle {where} r="3" fill="{colour}"/>')
            else:
                drawn = f'points="{path}" fill="none" stroke="{colour}" stroke-width="1.8"'
                parts.append(f"<polyline {drawn}/>")
    parts.append("</svg>")
    parts.append(f'<path d="M{left} {top}v{high}h{wide}" fill="none" stroke="#444"/>')
    parts.append(svg_text(left + wide / 2, height - 8, chart.xlabel))
    parts.append(svg_text(8, 20, chart.ylabel, "start"))
    place = float(width - right)
    for number, name in reversed(list(enumerate(chart.curves))):
        if name:
            parts.append(svg_text(place, 22, name, "end", COLOURS[number % len(COLOURS)]))
            place -= 7 * len(name) + 16
    return "".join(parts) + "</svg>"


def svg_start(width: float, height: float) -> str:
    """The opening of a picture on white ground."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}" font-family="sans-serif" font-size="12">'
        '<rect width="100%" height="100%" fill="#fff"/>'
    )


def svg_text(x: float, y: float, text: str, anchor: str = "middle", colour: str = "#222") -> str:
    """A text at a place."""
    if not text:
        return ""
    where = f'x="{x:g}" y="{y:g}" text-anchor="{anchor}" fill="{colour}"'
    return f"<text {where}>{escape(text)}</text>"
