"""Loss surfaces: the user's own loss on a grid around where the parameters are.

With one number the picture is a curve, with two a map of the surface from above.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy

from ..autograd.grad_mode import no_grad
from ..core.sites import user_frame
from ..errors import hint
from ..random import get_rng_state, set_rng_state
from .charts import Chart, label, new_figure, svg_start, svg_text, ticks

SHADES = "@%#*+=-:. "
"""Of the text, from low to high."""
COLOURS = (
    "#08306b", "#0b4d94", "#1c6bb0", "#3787c0", "#57a0ce", "#7fb9da",
    "#a6cde4", "#c6dbef", "#deebf7", "#f2f7fd",
)  # fmt: skip
"""Of the map, from low to high."""
FINE = 121
"""Rows and columns to which the map is interpolated."""


@dataclass
class Curve:
    """A loss over one number. `str` draws characters, a notebook shows SVG."""

    name: str
    x: list[float]
    loss: list[float]
    here: tuple[float, float]
    path: list[tuple[float, float]] = field(default_factory=list)

    def chart(self) -> Chart:
        """The curve, with the path and the present value as further ones."""
        chart = Chart(self.name, "loss", {"loss": (self.x, self.loss)})
        if self.path:
            chart.curves["path"] = ([x for x, _ in self.path], [y for _, y in self.path])
        chart.curves[f"{self.name} = {self.here[0]:.4g}, loss"] = ([self.here[0]], [self.here[1]])
        return chart

    def __str__(self) -> str:
        return str(self.chart())

    __repr__ = __str__

    def _repr_svg_(self) -> str:
        return self.chart().svg()

    def save(self, path: str | Path) -> None:
        """Write a picture (.png, .svg, .pdf ...) by Matplotlib."""
        if Path(path).suffix == ".svg":
            Path(path).write_text(self._repr_svg_(), encoding="utf-8")
            return
        figure = new_figure("saving a curve")
        axes = figure.subplots()
        axes.plot(self.x, self.loss)
        axes.plot(*zip(*self.path, self.here, strict=True), "o-", color="#d55e00", markersize=4)
        axes.set(xlabel=self.name, ylabel="loss")
        axes.grid(alpha=0.3)
        figure.savefig(path)


@dataclass
class Surface:
    """A loss over two numbers: `loss[j][i]` is at `x[i]`, `y[j]`.

    `str` draws a map in characters, a notebook shows SVG, `save` asks Matplotlib.
    """

    names: tuple[str, str]
    x: list[float]
    y: list[float]
    loss: list[list[float]]
    here: tuple[float, float, float]
    path: list[tuple[float, float, float]] = field(default_factory=list)

    def lowest(self) -> tuple[float, float, float]:
        """Where the grid is lowest, and how low; NaN where the loss is nowhere a number."""
        grid = numpy.asarray(self.loss)
        if numpy.isnan(grid).all():
            return math.nan, math.nan, math.nan
        row, column = numpy.unravel_index(numpy.nanargmin(grid), grid.shape)
        return self.x[column], self.y[row], float(grid[row, column])

    def levels(self) -> list[float]:
        """Heights between the shades: as much of the map is in each."""
        finite = _finite(self.loss)
        if not finite.size:
            return []
        parts = numpy.arange(1, len(SHADES)) / len(SHADES)
        return sorted(set(numpy.quantile(finite, parts).tolist()))

    def text(self, width: int = 41, height: int = 17) -> str:
        """The map in characters, dark where the loss is low: o here, • the path, X the lowest."""
        grid = resampled(numpy.asarray(self.loss), height, width)[::-1]
        levels = self.levels()
        rows = [[_shade(value, levels) for value in row] for row in grid.tolist()]

        def mark(x: float, y: float, sign: str) -> None:
            column = round((x - self.x[0]) / (self.x[-1] - self.x[0]) * (width - 1))
            row = round((self.y[-1] - y) / (self.y[-1] - self.y[0]) * (height - 1))
            if 0 <= column < width and 0 <= row < height:
                rows[row][column] = sign

        lowest = self.lowest()
        for x, y, sign in [
            *((x, y, "•") for x, y, _ in self.path),
            *([] if math.isnan(lowest[2]) else [(*lowest[:2], "X")]),
            (*self.here[:2], "o"),
        ]:
            mark(x, y, sign)
        low, high = label(self.y[0]), label(self.y[-1])
        margin = max(len(low), len(high), len(self.names[1]))
        words = {0: high, height // 2: self.names[1], height - 1: low}
        lines = [f"{words.get(i, ''):>{margin}} │{''.join(row)}│" for i, row in enumerate(rows)]
        left, right = label(self.x[0]), label(self.x[-1])
        middle = self.names[0].center(max(1, width - len(left) - len(right)))
        lines.append(" " * (margin + 2) + left + middle + right)
        return "\n".join([*lines, f"o {self._words(self.here)}", f"X {self._words(lowest)}"])

    def _words(self, point: tuple[float, float, float]) -> str:
        x, y = self.names
        return f"{x} = {point[0]:.4g}, {y} = {point[1]:.4g}, loss {point[2]:.4g}"

    def __str__(self) -> str:
        return self.text()

    __repr__ = __str__

    def svg(self, width: int = 460, height: int = 380) -> str:
        """The map as an SVG element."""
        return _map(self, width, height)

    _repr_svg_ = svg

    def save(self, path: str | Path, kind: str = "contour") -> None:
        """Write a picture by Matplotlib: of the "contour" lines, or in "3d".

        Raises ImportError without Matplotlib, ValueError for another kind.
        """
        if kind not in ("contour", "3d"):
            raise ValueError(f"a surface is drawn as 'contour' or '3d', not {kind!r}")
        if Path(path).suffix == ".svg" and kind == "contour":
            Path(path).write_text(self.svg(), encoding="utf-8")
            return
        figure = new_figure("saving a surface", (5.5, 4.5))
        grid = numpy.ma.masked_invalid(self.loss)
        points = [*self.path, self.here]
        x, y, z = (list(column) for column in zip(*points, strict=True))
        if kind == "3d":
            axes = figure.add_subplot(projection="3d")
            axes.plot_surface(*numpy.meshgrid(self.x, self.y), grid, cmap="Blues_r", alpha=0.8)
            axes.plot(x, y, z, "o-", color="#d55e00", markersize=4, zorder=9)
            axes.set_zlabel("loss")
        else:
            axes = figure.subplots()
            if self.levels():
                shown = axes.contourf(self.x, self.y, grid, 20, cmap="Blues_r")
                axes.contour(self.x, self.y, grid, self.levels(), colors="#444", linewidths=0.6)
                figure.colorbar(shown, label="loss")
            axes.plot(x, y, "o-", color="#d55e00", markersize=4)
        axes.set(xlabel=self.names[0], ylabel=self.names[1])
        figure.savefig(path)


def surface(
    loss_fn: Callable[[], Any],
    *parameters: Any,
    span: float | None = None,
    points: int = 41,
    names: Sequence[str] | None = None,
    path: Sequence[Sequence[float]] = (),
) -> Curve | Surface:
    """The loss around the present values of one or two parameters of one number each.

    `loss_fn` is called without arguments while the parameters have the values of the grid, and
    always sees the same random numbers; afterwards everything is as it was. An element of a larger
    parameter may stand for it: ``surface(loss_fn, w[0, 0], w[0, 1])``.

    Args:
        loss_fn: computes the loss, a number or a tensor of one number.
        parameters: the tensors that it reads, or elements of them.
        span: how far the grid goes to each side; by default 2 max(1, abs(value)) of each.
        points: how many values of each parameter.
        names: words at the axes; by default the variables that hold the parameters.
        path: values that the parameters had before, such as those of a descent.

    Raises ValueError for no parameter, for more than two, and for larger ones.

    >>> x, y = tensor([1.0, 2.0]), tensor([2.0, 4.0])
    >>> w = tensor(0.5, requires_grad=True)
    >>> found = surface(lambda: ((w * x - y) ** 2).mean(), w, points=5)
    >>> found.x, found.loss
    ([-1.5, -0.5, 0.5, 1.5, 2.5], [30.625, 15.625, 5.625, 0.625, 0.625])
    """
    _check(parameters, points)
    words: Any = tuple(names) if names is not None else _names(parameters)
    tensors = [parameter.data for parameter in parameters]
    center = [float(tensor.item()) for tensor in tensors]
    grids = []
    for value in center:
        reach = 2 * max(1.0, abs(value)) if span is None else span
        grids.append([value + reach * (2 * i / (points - 1) - 1) for i in range(points)])
    with unchanged(tensors) as at, no_grad():

        def loss(*values: float) -> float:
            at(values)
            return float(loss_fn())

        here = loss(*center)
        visited: Any = [(*_row(values), loss(*_row(values))) for values in path]
        if len(center) == 1:
            curve = [loss(value) for value in grids[0]]
            return Curve(words[0], grids[0], curve, (center[0], here), visited)
        table = [[loss(x, y) for x in grids[0]] for y in grids[1]]
    return Surface(words, grids[0], grids[1], table, (center[0], center[1], here), visited)


def _check(parameters: Sequence[Any], points: int) -> None:
    sizes = [getattr(getattr(parameter, "data", None), "shape", None) for parameter in parameters]
    if not 1 <= len(sizes) <= 2 or any(size is None or math.prod(size) != 1 for size in sizes):
        shapes = ", ".join("no tensor" if size is None else str(tuple(size)) for size in sizes)
        message = f"surface() needs one or two parameters of one number, not ({shapes})"
        raise ValueError(hint(message, "choose elements: surface(loss_fn, w[0, 0], w[0, 1])"))
    if points < 2:
        raise ValueError(f"surface() needs at least 2 points, not {points}")


def _row(values: Any) -> list[float]:
    return [float(v) for v in values] if hasattr(values, "__len__") else [float(values)]


@contextmanager
def unchanged(tensors: Sequence[Any]) -> Iterator[Callable[[Sequence[float]], None]]:
    """A function that sets the tensors; all is put back in the end, random numbers too."""
    before = [tensor.clone() for tensor in tensors]
    state = get_rng_state()

    def at(values: Sequence[float]) -> None:
        set_rng_state(state)
        for tensor, value in zip(tensors, values, strict=True):
            tensor.fill_(value)

    try:
        yield at
    finally:
        set_rng_state(state)
        for tensor, value in zip(tensors, before, strict=True):
            tensor.copy_(value)


def _names(parameters: Sequence[Any]) -> tuple[str, ...]:
    """The variables of the user that hold the parameters, else w and b."""
    frame = user_frame()
    spaces = (frame.f_locals, frame.f_globals) if frame is not None else ()
    pairs = [pair for space in reversed(spaces) for pair in list(space.items())]
    held = {id(value): name for name, value in pairs if name.isidentifier()}
    return tuple(
        held.get(id(parameter), other)
        for parameter, other in zip(parameters, ("w", "b"), strict=False)
    )


# ---- the map


def _finite(values: Any) -> Any:
    array = numpy.asarray(values, numpy.float64)
    return array[numpy.isfinite(array)]


def _shade(value: float, levels: Sequence[float]) -> str:
    if math.isnan(value):
        return "?"
    return SHADES[sum(level < value for level in levels)]


def resampled(grid: Any, rows: int, columns: int) -> Any:
    """A grid with another number of rows and columns, interpolated linearly; inf is NaN."""
    grid = numpy.where(numpy.isfinite(grid), grid, numpy.nan)
    for axis, count in ((0, rows), (1, columns)):
        places = numpy.linspace(0, grid.shape[axis] - 1, count)
        below = numpy.minimum(places.astype(int), grid.shape[axis] - 2)
        part = (places - below).reshape((-1, 1) if axis == 0 else (1, -1))
        low, high = numpy.take(grid, below, axis), numpy.take(grid, below + 1, axis)
        between = low * (1 - part) + high * part
        grid = numpy.where(part == 0, low, numpy.where(part == 1, high, between))
    return grid


def _map(surface: Surface, width: int, height: int) -> str:
    left, right, top, bottom = 58, 96, 14, 42
    wide, high = width - left - right, height - top - bottom
    x0, x1, y0, y1 = surface.x[0], surface.x[-1], surface.y[0], surface.y[-1]

    def at(x: float, y: float) -> tuple[float, float]:
        return (
            round(left + (x - x0) / (x1 - x0) * wide, 1),
            round(top + (y1 - y) / (y1 - y0) * high, 1),
        )

    levels = surface.levels()
    parts = [svg_start(width, height), *_bands(surface, levels, left, top, wide, high)]
    points = [at(x, y) for x, y, _ in [*surface.path, surface.here]]
    places = " ".join(f"{x:g},{y:g}" for x, y in points)
    parts.append(f'<polyline points="{places}" fill="none" stroke="#d55e00" stroke-width="1.5"/>')
    for x, y in points:
        parts.append(f'<circle cx="{x:g}" cy="{y:g}" r="3.5" fill="#d55e00" stroke="#fff"/>')
    parts.append(
        f'<rect x="{left}" y="{top}" width="{wide}" height="{high}" fill="none" stroke="#444"/>'
    )
    for x in ticks(x0, x1):
        parts.append(svg_text(at(x, y0)[0], top + high + 16, label(x)))
    for y in ticks(y0, y1):
        parts.append(svg_text(left - 6, at(x0, y)[1] + 4, label(y), "end"))
    parts.append(svg_text(left + wide / 2, height - 8, surface.names[0]))
    parts.append(svg_text(16, top + high / 2, surface.names[1]))
    parts += _legend(levels, left + wide + 12, top, high)
    return "".join(parts) + "</svg>"


def _bands(
    surface: Surface, levels: Sequence[float], left: float, top: float, wide: float, high: float
) -> Iterator[str]:
    """The area of each shade, as one path of horizontal strips."""
    grid = resampled(numpy.asarray(surface.loss), FINE, FINE)[::-1]
    shade = numpy.where(numpy.isnan(grid), -1, numpy.searchsorted(levels, grid))
    strips: dict[int, list[str]] = {}
    step_x, step_y = wide / FINE, high / FINE
    for row in range(FINE):
        edges = [0, *(numpy.flatnonzero(numpy.diff(shade[row])) + 1).tolist(), FINE]
        for start, stop in pairwise(edges):
            x, y = left + start * step_x, top + row * step_y
            size = f"h{(stop - start) * step_x + 0.4:.1f}v{step_y + 0.4:.1f}"
            strip = f"M{x:.1f} {y:.1f}{size}h-{(stop - start) * step_x + 0.4:.1f}z"
            strips.setdefault(int(shade[row, start]), []).append(strip)
    for number, found in sorted(strips.items()):
        colour = COLOURS[number] if number >= 0 else "#ccc"
        yield f'<path d="{"".join(found)}" fill="{colour}"/>'


def _legend(levels: Sequence[float], x: float, top: float, high: float) -> Iterator[str]:
    """The shades and the heights between them, the lowest at the bottom."""
    size = high / (len(levels) + 1)
    for number in range(len(levels) + 1):
        y = top + high - (number + 1) * size
        where = f'x="{x:g}" y="{y:.1f}" width="16" height="{size:.1f}"'
        yield f'<rect {where} fill="{COLOURS[number]}"/>'
        if number < len(levels):
            yield svg_text(x + 22, y + 4, label(levels[number]), "start")
