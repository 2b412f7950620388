"""Tracebacks of a run: the program's own lines, and one line for each stretch inside chainrule.

CHAINRULE_TRACEBACK=full in the environment shows everything.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from traceback import FrameSummary, StackSummary, TracebackException
from types import TracebackType
from typing import Any

from ..errors import hint, nearest
from .hook import TORCH_WORLD

PACKAGE = str(Path(__file__).parent.parent) + os.sep
STARTER = str(Path(__file__).with_name("program.py"))
CANNOT_IMPORT = re.compile(r"cannot import name '(\w+)' from '(chainrule[\w.]*)'")
EXTRAS = {"matplotlib": "plot", "ml_dtypes": "bf16"}


class ProgramStack(StackSummary):
    """A stack in which one frame inside chainrule stands for as many as its line number says."""

    def format_frame_summary(self, frame_summary: FrameSummary, **options: Any) -> str:
        """The text of one frame."""
        if not inside(frame_summary):
            return super().format_frame_summary(frame_summary, **options)
        hidden = f"{frame_summary.lineno} more inside chainrule"
        return f"  ... {hidden} (CHAINRULE_TRACEBACK=full shows all)\n"


def inside(frame: FrameSummary) -> bool:
    """Whether a frame runs code of chainrule."""
    return frame.filename.startswith(PACKAGE)


def of_program(stack: StackSummary) -> StackSummary:
    """The frames of the program, without those that started it; all frames if none started it."""
    starters = [place for place, frame in enumerate(stack) if frame.filename == STARTER]
    frames = stack[starters[-1] + 1 :] if starters else stack
    kept = ProgramStack()
    for hidden, group in groupby(frames, inside):
        stretch = list(group)
        kept += [FrameSummary(PACKAGE, len(stretch), "")] if hidden else stretch
    return kept


def chain(error: TracebackException | None) -> Iterator[TracebackException]:
    """An error and all those that it came from or gathers."""
    if error is not None:
        yield error
        yield from chain(error.__cause__)
        yield from chain(error.__context__)
        for member in error.exceptions or ():
            yield from chain(member)


def explain(error: BaseException) -> None:
    """Put PyTorch's names and advice into errors that Python words itself."""
    if isinstance(error, ModuleNotFoundError):
        if error.name in EXTRAS:
            error.add_note(f"hint: pip install 'chainrule[{EXTRAS[error.name]}]'")
    elif isinstance(error, ImportError) and (found := CANNOT_IMPORT.match(str(error))):
        name, module = found.groups()
        theirs = max((own, theirs) for theirs, own in TORCH_WORLD.items() if module.startswith(own))
        error.msg = f"cannot import name {name!r} from {module.replace(*theirs, 1)!r}"
        error.name = None  # or Python adds a guess of its own
        if close := nearest(name, dir(sys.modules[module])):
            error.msg = hint(error.msg, f"did you mean {close!r}?")


def excepthook(
    kind: type[BaseException], error: BaseException, frames: TracebackType | None
) -> None:
    """Print an error that ends a run."""
    explain(error)
    report = TracebackException(kind, error, frames, compact=True)
    if os.environ.get("CHAINRULE_TRACEBACK") != "full":
        for part in chain(report):
            part.stack = of_program(part.stack)
    print("".join(report.format()), end="", file=sys.stderr)
