"""IPython.display without a notebook: rich objects have a name and their data, and are printed."""

from __future__ import annotations

import sys
from typing import Any


class DisplayObject:
    """Something a notebook would render."""

    def __init__(
        self, data: Any = None, url: str | None = None, filename: str | None = None, **options: Any
    ) -> None:
        self.data, self.url, self.filename, self.options = data, url, filename, options

    def __repr__(self) -> str:
        return f"<IPython.core.display.{type(self).__name__} object>"


class Audio(DisplayObject):
    """Sound."""


class HTML(DisplayObject):
    """A piece of a web page."""


class IFrame(DisplayObject):
    """Another web page inside this one."""


class Image(DisplayObject):
    """A picture of pixels."""


class JSON(DisplayObject):
    """A tree of data."""


class Javascript(DisplayObject):
    """A script of a web page."""


class Latex(DisplayObject):
    """Text in LaTeX."""


class Markdown(DisplayObject):
    """Text in Markdown."""


class Math(DisplayObject):
    """A formula in LaTeX."""


class SVG(DisplayObject):
    """A picture of lines."""


class Video(DisplayObject):
    """A film."""


def display(*objs: Any, **options: Any) -> None:
    """Print the objects, as IPython does outside its shell."""
    print(*objs)


def clear_output(wait: bool = False) -> None:
    """Erase the current line of a terminal."""
    if sys.stdout.isatty():
        print("\033[2K\r", end="", flush=True)


def set_matplotlib_formats(*formats: str, **options: Any) -> None:
    """Choose how a notebook draws figures, of which there are none here."""


def set_matplotlib_close(close: bool = True) -> None:
    """Choose whether a notebook closes figures after each cell."""
