"""The state that operations read: whether they are recorded, and how closely errors are traced.

Each thread has its own, as in PyTorch. Only context managers in `autograd` change it.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


class Modes(threading.local):
    """Per-thread switches, read by every operation that could be recorded."""

    grad = True  # record operations on tensors that require grad
    inference = False  # tensors made now can never take part in autograd
    notes = False  # whether any of the next three is on: all that a hot path asks
    anomaly = False  # remember the user's line of every recorded operation
    watcher: Any = None  # is told of every recorded operation and of every backward pass
    recorder: Any = None  # the compiler's, while it traces a function
    autocast: Any = None  # the short dtype of products, in mixed precision
    check_nan = True  # in anomaly mode: stop at the first NaN that backward makes

    def switch(self, **changes: Any) -> None:
        """Change modes."""
        for name, value in changes.items():
            setattr(self, name, value)
        self.notes = bool(self.anomaly or self.watcher or self.recorder)


modes = Modes()


def decides(function: F) -> F:
    """A function of arrays whose answer, a value of Python's, decides what the program does next.

    While a program is traced, that the answer is the same becomes a condition of what is compiled.
    """

    @functools.wraps(function)
    def answer(*args: Any) -> Any:
        recorder = modes.recorder
        return function(*args) if recorder is None else recorder.decision(function, args)

    return answer  # type: ignore[return-value]
