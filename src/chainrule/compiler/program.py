"""A compiled function: programs, each for what held when it was traced; eager otherwise."""

from __future__ import annotations

import functools
import os
import threading
import traceback
import warnings
import weakref
from collections.abc import Callable
from typing import Any

from ..core.modes import modes
from ..core.sites import PACKAGE
from . import native
from .recorder import Refusal
from .runner import EAGER, MISS
from .tracing import TracedCall, trace

_LIMIT = 8  # programs of one function, as PyTorch's recompile_limit
_PATIENCE = 3  # runs in a row that may leave Python's state changed, before it is given up


class Program:
    """What `compile` knows of a function: the programs it has, and why it may have none."""

    def __init__(self, function: Callable[..., Any], fullgraph: bool = False) -> None:
        self.function = function
        self.fullgraph = fullgraph
        self.runs: list[Any] = []
        self.traced: list[TracedCall] = []
        self.last: TracedCall | None = None  # traced last, whatever came of it
        self.history: list[str] = []  # why it was traced again
        self.given_up: str | None = None
        self._unsteady = 0
        self._lock = threading.RLock()

    def forget(self) -> None:
        """Start anew."""
        self.runs.clear()
        self.traced.clear()
        self.history.clear()
        self.last = self.given_up = None
        self._unsteady = 0

    @property
    def name(self) -> str:
        """The function's name, for messages."""
        found = getattr(self.function, "__qualname__", None)
        return found or type(self.function).__qualname__

    def missed(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Trace a call that no program fits, or run it eagerly."""
        if self.given_up is not None or modes.recorder or modes.anomaly or modes.autocast:
            return self.function(*args, **kwargs)
        with self._lock:
            if not native.available():
                return self._eagerly(_no_llvmlite(), args, kwargs)
            if self.traced:
                self.history.append(self.traced[0].why_not(args, kwargs))
            if len(self.runs) >= _LIMIT:
                last = self.history[-1]
                return self._eagerly(
                    f"it was traced {len(self.runs)} times; last: {last}", args, kwargs
                )
            return self._trace(args, kwargs)

    def _eagerly(self, reason: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        self._give_up(reason)
        return self.function(*args, **kwargs)

    def _trace(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        run = self.last = trace(self.function, args, kwargs)
        if run.failure is not None:
            self._give_up(_report(run.failure))
        elif run.unsteady is not None:
            self._unsteady += 1
            if self._unsteady >= _PATIENCE:
                self._give_up(run.unsteady)
        elif run.refusal is not None:
            self._give_up(str(run.refusal))
        else:
            self._unsteady = 0
            self._build(run)
        result, run.result = run.result, None  # not kept alive here
        return result

    def _build(self, run: TracedCall) -> None:
        try:
            runner = run.build()
        except Refusal as refusal:
            self._give_up(str(refusal))
        except Exception as error:
            self._give_up(_report(error))
        else:
            self.runs.insert(0, runner.run)
            self.traced.insert(0, run)

    def _give_up(self, reason: str) -> None:
        """Say once why the function runs eagerly."""
        if self.given_up is not None:
            return
        self.given_up = reason
        message = f"compile: {self.name} runs eagerly: {reason}"
        if self.fullgraph:
            raise RuntimeError(f"{message}\nfullgraph=True asks for an error instead")
        warnings.warn(message, stacklevel=_user_level())


_programs: weakref.WeakSet[Program] = weakref.WeakSet()


def compiled(function: Callable[..., Any], fullgraph: bool) -> Any:
    """The function that runs a program of `function` where one fits."""
    program = Program(function, fullgraph)
    runs = program.runs
    _programs.add(program)

    def call(*args: Any, **kwargs: Any) -> Any:
        if modes.recorder is None:
            for run in runs:
                found = run(args, kwargs)
                if found is EAGER:
                    return function(*args, **kwargs)
                if found is not MISS:
                    return found
        return program.missed(args, kwargs)

    functools.update_wrapper(call, function, updated=())
    call.program = program  # type: ignore[attr-defined]
    call._torchdynamo_orig_callable = function  # type: ignore[attr-defined]
    return call


def left_out(function: Callable[..., Any], reason: str | None) -> Any:
    """A function that no compiled one may hold."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if modes.recorder is not None:
            modes.recorder.refuse(reason or f"calls {function.__qualname__}, which is disabled")
        return function(*args, **kwargs)

    return call


def forget() -> None:
    """Drop all programs."""
    for program in _programs:
        program.forget()


def _no_llvmlite() -> str:
    return "compile needs llvmlite, which is not installed: pip install 'chainrule[compile]'"


def _report(error: BaseException) -> str:
    """What to send to the authors: the error, and where it came from."""
    lines = traceback.format_exception(error)
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{os.path.basename(frames[-1].filename)}, line {frames[-1].lineno}" if frames else ""
    report = "".join(lines) if os.environ.get("CHAINRULE_DEBUG") else ""
    return (
        f"the compiler failed ({type(error).__name__}: {error}; {place}); please report it, with "
        f"what CHAINRULE_DEBUG=1 adds here\n{report}"
    ).rstrip()


def _user_level() -> int:
    """The stacklevel of the innermost frame outside of the package."""
    import sys

    level, frame = 2, sys._getframe(2)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(PACKAGE):
        frame = frame.f_back
        level += 1
    return level
