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
    notes = False  # whether any of the next five is on: all that a hot path asks
    anomaly = False  # remember the user's line of every recorded operation
    watcher: Any = None  # is told of every recorded operation and of every backward pass
    recorder: Any = None  # the compiler's, while it traces a function
    autocast: Any = None  # the short dtype of products, in mixed precision
    told: tuple[Callable[..., None], ...] = ()  # are told of each recorded operation, as a watcher
    starting: tuple[Callable[..., None], ...] = ()  # are told of each backward pass that begins
    tangents = 0  # how many computations of tangents are running; then grad stays on, and
    silent = False  # says whether only they need what is recorded
    dual: Any = None  # the level of forward_ad that is running
    transforms = 0  # how many transforms of `func` are running
    vmaps: tuple[Any, ...] = ()  # the vmaps that are running, outermost first
    saving_refused: str | None = None  # why hooks on saved tensors are not allowed, if so
    draws: Any = None  # who draws random numbers in the place of a sampler
    check_nan = True  # in anomaly mode: stop at the first NaN that backward makes

    def switch(self, **changes: Any) -> None:
        """Change modes."""
        for name, value in changes.items():
            setattr(self, name, value)
        self.notes = bool(
            self.anomaly or self.watcher or self.recorder or self.told or self.starting
        )

    def tell(self, listener: Callable[..., None], on: bool = True) -> None:
        """Tell a listener `(node, inputs, results)` of each recorded operation, or no longer."""
        others = tuple(each for each in self.told if each != listener)
        self.switch(told=(*others, listener) if on else others)

    def refuse_in_transforms(self, method: str) -> None:
        """Raise inside of the transforms of `func`, which have gradients of their own."""
        if not self.transforms and not self.vmaps:
            return
        also = " (or perhaps using torch.autograd.functional.* APIs)" * (method != "retain_grad")
        raise RuntimeError(
            f"You are attempting to call Tensor.{method}(){also} inside of a function being "
            "transformed by a functorch transform. This is unsupported, please attempt to use the "
            "functorch transforms (e.g. grad, vjp, jacrev, jacfwd, hessian) or call "
            f"{method}() outside of a function being transformed instead."
        )


modes = Modes()


def decides(function: F) -> F:
    """A function of arrays whose answer, a value of Python's, decides what the program does next.

    While a program is traced, that the answer is the same becomes a condition of what is compiled.
    """

    @functools.wraps(function)
    def answer(*args: Any) -> Any:
        recorder = modes.recorder
        # Inside of vmap one answer is for all examples.
        args = tuple([a.value if hasattr(type(a), "levels") else a for a in args])
        return function(*args) if recorder is None else recorder.decision(function, args)

    return answer  # type: ignore[return-value]
