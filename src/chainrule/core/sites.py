"""Which line of the user's program is running."""

from __future__ import annotations

import os
import sys
import traceback
from types import FrameType
from typing import Any

from .modes import modes

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


def user_frame() -> FrameType | None:
    """The innermost frame outside this package."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(PACKAGE):
        frame = frame.f_back
    return frame


def user_line() -> tuple[str, int] | None:
    """File and line number of the user's code that is running."""
    frame = user_frame()
    return None if frame is None else (frame.f_code.co_filename, frame.f_lineno)


def user_stack() -> list[str]:
    """The user's stack, formatted, outermost first."""
    return traceback.format_stack(user_frame())


def note(node: Any, inputs: Any, results: Any) -> None:
    """What is kept of a recorded operation for those who ask: its lines, and the watcher's own."""
    if modes.anomaly:
        node.site = user_stack()
    if modes.watcher is not None:
        modes.watcher.recorded(node, inputs, results)
    for listener in modes.told:
        listener(node, inputs, results)


def describe(line: tuple[str, int] | None) -> str:
    """`file.py, line 3` for a message."""
    return "an unknown line" if line is None else f"{os.path.basename(line[0])}, line {line[1]}"
