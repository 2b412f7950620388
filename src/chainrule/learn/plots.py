"""Figures of the lessons. Matplotlib is imported when the first one is drawn."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType
from typing import Any

from chainrule import Tensor

from ..errors import missing_extra
from ..see.board import Board, Log, Notebook, Quiet, screen_of

FORMATS = ("-", "m--", "g-.", "r:")
"""How the lines of a figure differ, for Matplotlib."""


def pyplot() -> ModuleType:
    """matplotlib.pyplot; ImportError saying how to install it."""
    try:
        from matplotlib import pyplot as plt
    except ModuleNotFoundError as error:
        if error.name != "matplotlib":
            raise
        raise missing_extra("matplotlib", "plot", "drawing") from None
    return plt


def use_svg_display() -> None:
    """Draw sharp figures in a notebook; elsewhere nothing is to be done."""
    if "ipykernel" in sys.modules:
        import_module("matplotlib_inline.backend_inline").set_matplotlib_formats("svg")


def set_figsize(figsize: tuple[float, float] = (3.5, 2.5)) -> None:
    """The size of the next figures, in inches."""
    use_svg_display()
    pyplot().rcParams["figure.figsize"] = figsize


def set_axes(
    axes: Any,
    xlabel: str | None,
    ylabel: str | None,
    xlim: Sequence[float] | None,
    ylim: Sequence[float] | None,
    xscale: str,
    yscale: str,
    legend: Sequence[str] | None,
) -> None:
    """Labels, limits, scales, legend and grid of a figure."""
    axes.set(xlabel=xlabel, ylabel=ylabel, xscale=xscale, yscale=yscale)
    axes.set_xlim(xlim)
    axes.set_ylim(ylim)
    if legend:
        axes.legend(legend)
    axes.grid()


def plot(
    X: Any,
    Y: Any = None,
    xlabel: str | None = None,
    ylabel: str | None = None,
    legend: Sequence[str] | None = None,
    xlim: Sequence[float] | None = None,
    ylim: Sequence[float] | None = None,
    xscale: str = "linear",
    yscale: str = "linear",
    fmts: Sequence[str] = FORMATS,
    figsize: tuple[float, float] = (3.5, 2.5),
    axes: Any = None,
) -> None:
    """Draw one line or several: Y over X, or X over 0, 1, 2, ... where there is no Y."""
    set_figsize(figsize)
    axes = axes if axes is not None else pyplot().gca()
    lines_x, lines_y = ([[]], lines(X)) if Y is None else (lines(X), lines(Y))
    if len(lines_x) != len(lines_y):
        lines_x = lines_x * len(lines_y)
    axes.cla()
    for x, y, fmt in zip(lines_x, lines_y, fmts, strict=False):
        axes.plot(x, y, fmt) if len(x) else axes.plot(y, fmt)
    set_axes(axes, xlabel, ylabel, xlim, ylim, xscale, yscale, legend or [])


def lines(values: Any) -> list[Any]:
    """A list of lines: of one line if `values` is one."""
    single = getattr(values, "ndim", None) == 1
    single |= isinstance(values, list) and not hasattr(values[0], "__len__")
    return [values] if single else list(values)


def show_images(
    imgs: Any,
    num_rows: int,
    num_cols: int,
    titles: Sequence[str] | None = None,
    scale: float = 1.5,
) -> Any:
    """Draw images in rows and columns; returns their axes."""
    figsize = (num_cols * scale, num_rows * scale)
    _, axes = pyplot().subplots(num_rows, num_cols, figsize=figsize)
    axes = axes.flatten()
    for place, (axis, image) in enumerate(zip(axes, imgs, strict=False)):
        axis.imshow(image.numpy() if isinstance(image, Tensor) else image)
        axis.axes.get_xaxis().set_visible(False)
        axis.axes.get_yaxis().set_visible(False)
        if titles:
            axis.set_title(titles[place])
    return axes


class Animator:
    """Curves that grow while a model is trained: a `see.Board` in the figure of the book.

    A notebook shows the figure, a terminal the curves in characters, and other outputs nothing.
    """

    def __init__(
        self,
        xlabel: str | None = None,
        ylabel: str | None = None,
        legend: Sequence[str] | None = None,
        xlim: Sequence[float] | None = None,
        ylim: Sequence[float] | None = None,
        xscale: str = "linear",
        yscale: str = "linear",
        fmts: Sequence[str] = FORMATS,
        nrows: int = 1,
        ncols: int = 1,
        figsize: tuple[float, float] = (3.5, 2.5),
    ) -> None:
        use_svg_display()
        self.fig, axes = pyplot().subplots(nrows, ncols, figsize=figsize)
        self.axes = [axes] if nrows * ncols == 1 else axes
        self.look = (xlabel, ylabel, xlim, ylim, xscale, yscale, legend or [])
        self.fmts = fmts
        self.names = list(dict.fromkeys(legend or []))
        self.board = Board(
            xlabel, ylabel, xlim=xlim, ylim=ylim, xscale=xscale, yscale=yscale, pause=0
        )
        screen = screen_of(None)
        self.board.screen = Quiet() if isinstance(screen, Log) else screen
        if isinstance(screen, Notebook):
            self.board.shown = self.fig
            pyplot().close(self.fig)  # or the notebook shows it once more

    def add(self, x: Any, y: Any) -> None:
        """One more point of every curve; None leaves a curve as it is."""
        points_y = list(y) if hasattr(y, "__len__") else [y]
        points_x = list(x) if hasattr(x, "__len__") else [x] * len(points_y)
        while len(self.names) < len(points_y):
            self.names.append(f"curve {len(self.names) + 1}")
        for name, a, b in zip(self.names, points_x, points_y, strict=False):
            if a is not None and b is not None:
                self.board.chart.add(name, float(a), float(b))
        self.draw()

    def draw(self) -> None:
        """Draw the curves over those before."""
        axes = self.axes[0]
        axes.cla()
        curves = self.board.chart.curves
        for name, fmt in zip(self.names, self.fmts, strict=False):
            axes.plot(*curves.get(name, ((), ())), fmt)
        set_axes(axes, *self.look)
        self.board.live.point("")
