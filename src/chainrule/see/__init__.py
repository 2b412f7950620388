"""Seeing what a program computes: its graph with values and gradients, the chain rule, the run."""

from __future__ import annotations

import importlib
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .board import Board as Board
    from .derivation import explain as explain
    from .drawing import draw as draw
    from .drawing import to_dot as to_dot
    from .drawing import to_mermaid as to_mermaid
    from .recording import Recorder, Steps
    from .summaries import summary as summary
    from .surfaces import surface as surface

__all__ = [
    "Board",
    "draw",
    "explain",
    "summary",
    "surface",
    "to_dot",
    "to_mermaid",
    "trace",
]

_PLACES = {
    "Board": "board",
    "draw": "drawing",
    "explain": "derivation",
    "summary": "summaries",
    "surface": "surfaces",
    "to_dot": "drawing",
    "to_mermaid": "drawing",
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(importlib.import_module(f"{__name__}.{_PLACES[name]}"), name)
    globals()[name] = found
    return found


class trace:
    """Write what happens inside of the `with` into one HTML file.

    A step is one backward pass; `steps` are the numbers of those that are kept whole, from 0, and
    "last". With None for `path` nothing is written; either way `.document` holds what the file
    shows. `program` is the name in the title, by default that of the file that runs. An exception
    is raised as it is, after the file was written.

    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "trace.html")
    >>> w = tensor(1.0, requires_grad=True)
    >>> with trace(path) as recorder:
    ...     ((2.0 * w - 4.0) ** 2).backward()
    >>> os.path.exists(path)
    True
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | None = "trace.html",
        *,
        steps: Steps = (0, 1, 2, "last"),
        program: str | None = None,
    ) -> None:
        from .recording import Recorder

        self.path = None if path is None else os.path.abspath(path)
        self.recorder = Recorder(steps)
        self.program = program

    def __enter__(self) -> Recorder:
        from ..core.sites import user_line
        from ..watch import watching

        line = user_line()
        if self.program is None:
            self.program = line[0] if line is not None else "program"
        self._watching = watching(self.recorder)
        self._watching.__enter__()
        return self.recorder

    def __exit__(self, kind: Any, error: BaseException | None, frames: Any) -> None:
        from .document import document
        from .failure import status_of
        from .page import page
        from .recording import spaces

        self._watching.__exit__(kind, error, frames)
        recorder = self.recorder
        recorder.finish()
        status = status_of(error, recorder) if error is not None else None
        if not recorder.count and status is None:
            recorder.keep_unfinished([*spaces(), vars(sys.modules["__main__"])])
        self.document = document(recorder, str(self.program), status)
        if self.path is not None:
            with open(self.path, "w", encoding="utf-8") as file:
                file.write(page(self.document))
