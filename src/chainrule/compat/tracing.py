"""`chainrule trace`: a run that leaves a picture of what was computed, in one HTML file."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from .. import see
from ..see import document as document  # now: the program's folder may have an html.py, too
from ..see import page as page
from . import runner


def trace(
    target: str,
    args: Sequence[str] = (),
    module: bool = False,
    seed: int | None = None,
    output: str = "trace.html",
    steps: Sequence[int | str] = (0, 1, 2, "last"),
) -> int:
    """Run a program as `run` does, and write its trace to `output`, whatever becomes of it.

    One line on stderr says where the file is, after the program's own last word.
    """
    tracing = see.trace(output, steps=steps, program=target)
    before = os.getcwd()
    try:
        with tracing:
            status = runner.run(target, args, module, seed)
            if status:  # there is no such program
                tracing.path = None
    except SystemExit:
        say(tracing.path, before)
        raise
    except BaseException:
        sys.excepthook = reporting(tracing.path, before)
        raise
    say(tracing.path, before)
    return status


def say(path: str | None, folder: str) -> None:
    """Tell where the file is, if there is one."""
    if path is None:
        return
    inside = os.path.relpath(path, folder)
    place = path if inside.startswith(os.pardir) else inside
    print(f"chainrule trace: {place}", file=sys.stderr)


def reporting(path: str | None, folder: str) -> Callable[..., None]:
    """The hook that prints an error as now, and then where the file is."""
    shown = sys.excepthook

    def hook(kind: type[BaseException], error: BaseException, frames: Any) -> None:
        shown(kind, error, frames)
        say(path, folder)

    return hook
