"""`torch.jit`: programs that script or trace run as they are; there is no second language here.

What is scripted or traced is handed back unchanged, with a warning that says so once. The compiler
is `torch.compile`.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any, TypeVar

from .errors import hint
from .nn.modules.module import Module as ScriptModule

T = TypeVar("T")

__all__ = [
    "ScriptModule",
    "annotate",
    "export",
    "freeze",
    "ignore",
    "is_scripting",
    "is_tracing",
    "load",
    "optimize_for_inference",
    "save",
    "script",
    "script_method",
    "trace",
    "trace_module",
    "unused",
]


@functools.cache
def _say(name: str) -> None:
    warnings.warn(
        f"torch.jit.{name} returns what it is given: it runs as Python; "
        "torch.compile makes native code of a function or module",
        stacklevel=3,
    )


def script(obj: T, *args: Any, **kwargs: Any) -> T:
    """The function, class or module itself.

    >>> import warnings
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     script(abs) is abs
    True
    """
    _say("script")
    return obj


def trace(func: T, example_inputs: Any = None, **kwargs: Any) -> T:
    """The function or module itself: branches in it are taken anew at each call."""
    _say("trace")
    return func


def trace_module(mod: T, inputs: Any = None, **kwargs: Any) -> T:
    """The module itself."""
    _say("trace_module")
    return mod


def freeze(mod: T, *args: Any, **kwargs: Any) -> T:
    """The module itself."""
    return mod


def optimize_for_inference(mod: T, *args: Any, **kwargs: Any) -> T:
    """The module itself."""
    return mod


def script_method(fn: T) -> T:
    """The method itself."""
    return fn


def export(fn: T) -> T:
    """The function itself."""
    return fn


def unused(fn: T) -> T:
    """The function itself."""
    return fn


def ignore(drop: Any = False, **kwargs: Any) -> Any:
    """A decorator that changes nothing, with or without arguments."""
    return drop if callable(drop) else lambda fn: fn


def annotate(the_type: Any, the_value: T) -> T:
    """The value itself."""
    return the_value


def is_scripting() -> bool:
    """False: code always runs as Python."""
    return False


def is_tracing() -> bool:
    """False: see `trace`."""
    return False


def save(m: Any, f: Any, *args: Any, **kwargs: Any) -> None:
    """NotImplementedError: there are no TorchScript files here."""
    raise _no_files("torch.jit.save")


def load(f: Any, *args: Any, **kwargs: Any) -> Callable[..., Any]:
    """NotImplementedError: there are no TorchScript files here."""
    raise _no_files("torch.jit.load")


def _no_files(name: str) -> NotImplementedError:
    message = f"{name}: TorchScript files are not supported"
    return NotImplementedError(hint(message, "save the module's state_dict() with torch.save"))
