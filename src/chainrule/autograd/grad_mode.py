"""Contexts and decorators that switch recording on and off."""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeVar

from ..core.modes import modes

F = TypeVar("F", bound=Callable[..., Any])
_GENERATOR = 0x20  # CO_GENERATOR


class _GradMode:
    """A context that sets the grad mode; applied to a function, the mode of its calls."""

    mode = True

    def __enter__(self) -> None:
        self._before = modes.grad
        if modes.tangents:
            self._before_silent = modes.silent
            _set(self.mode)
        else:
            modes.grad = self.mode

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        modes.grad = self._before
        if modes.tangents:
            modes.silent = self._before_silent

    def clone(self) -> _GradMode:
        """A fresh context of the same kind: contexts are not re-entrant."""
        return type(self)()

    def __call__(self, function: F) -> F:
        make = self.clone
        code = getattr(function, "__code__", None)
        if code is not None and code.co_flags & _GENERATOR:
            return _generator_under(make, function)

        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            with make():
                return function(*args, **kwargs)

        return wrapper  # type: ignore[return-value]


def _set(mode: bool) -> None:
    """Set the mode; for tangents all is recorded, and what else would not be is marked."""
    if modes.tangents:
        modes.grad, modes.silent = True, not mode
    else:
        modes.grad = mode


def _generator_under(make: Callable[[], _GradMode], function: F) -> F:
    """A generator whose body, and only its body, runs in the mode."""

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        generator = function(*args, **kwargs)
        send: Any = None
        try:
            while True:
                with make():
                    value = generator.send(send)
                send = yield value
        except StopIteration as stop:
            return stop.value
        finally:
            generator.close()

    return wrapper  # type: ignore[return-value]


class no_grad(_GradMode):
    """Context or decorator in which nothing is recorded.

    >>> import chainrule as torch
    >>> w = torch.ones(1, requires_grad=True)
    >>> with torch.no_grad():
    ...     (w * 2).requires_grad
    False
    """

    mode = False

    def __new__(cls, function: Any = None) -> Any:
        self = super().__new__(cls)
        return self if function is None else self(function)


class enable_grad(_GradMode):
    """Context or decorator in which operations are recorded, also inside `no_grad`."""

    def __new__(cls, function: Any = None) -> Any:
        self = super().__new__(cls)
        return self if function is None else self(function)


class set_grad_enabled(_GradMode):
    """Set the grad mode at once; as a context, until its end.

    >>> with set_grad_enabled(False):
    ...     pass
    """

    def __init__(self, mode: bool) -> None:
        self.mode = bool(mode)
        self._before = modes.grad
        if modes.tangents:
            self._before_silent = modes.silent
        _set(self.mode)

    def __enter__(self) -> None:
        _set(self.mode)

    def __call__(self, function: F) -> F:
        modes.grad = self._before
        if modes.tangents:
            modes.silent = self._before_silent
        return super().__call__(function)

    def clone(self) -> _GradMode:
        """A fresh context of the same mode."""
        return set_grad_enabled(self.mode)


class inference_mode(_GradMode):
    """Context or decorator for code that will never need gradients."""

    def __new__(cls, mode: Any = True) -> Any:
        self = super().__new__(cls)
        if isinstance(mode, bool):
            return self
        self.__init__()  # type: ignore[misc]
        return self(mode)

    def __init__(self, mode: bool = True) -> None:
        self.on = mode
        self.mode = not mode

    def __enter__(self) -> None:
        super().__enter__()
        self._inference, modes.inference = modes.inference, self.on

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        super().__exit__(kind, error, trace)
        modes.inference = self._inference

    def clone(self) -> _GradMode:
        """A fresh context of the same mode."""
        found: _GradMode = inference_mode(self.on)
        return found


class _Switch:
    """A setting that changes nothing here: set at once; as a context, until its end."""

    value = True

    def __init__(self, mode: bool = True) -> None:
        self._before, type(self).value = type(self).value, bool(mode)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        type(self).value = self._before

    def __call__(self, function: F) -> F:
        type(self).value = self._before
        return function


class set_multithreading_enabled(_Switch):
    """Whether backward may use several threads; here it runs on the caller's."""


class enforce_grad_layout_policy(_Switch):
    """Whether gradients get the layout of their tensors, which they have here anyway."""


def is_multithreading_enabled() -> bool:
    """What `set_multithreading_enabled` was given last."""
    return set_multithreading_enabled.value


def is_view_replay_enabled() -> bool:
    """Whether views of what was written are replayed rather than strided: always here."""
    return True


def is_grad_enabled() -> bool:
    """Whether operations on tensors that require grad are recorded."""
    return modes.grad and not modes.silent


def is_inference_mode_enabled() -> bool:
    """Whether inference mode is on."""
    return modes.inference
