"""Messages: what went wrong in PyTorch's words, then one line saying what to do."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any


def hint(message: str, advice: str) -> str:
    """The message followed by a line of advice.

    >>> print(hint("bad shape", "call y.unsqueeze(1)"))
    bad shape
    hint: call y.unsqueeze(1)
    """
    return f"{message}\nhint: {advice}"


def missing_extra(package: str, extra: str, purpose: str) -> ImportError:
    """The error for an optional dependency that is not installed."""
    return ImportError(
        f"{purpose} needs {package}, which is not installed. "
        f"Install it with: pip install 'chainrule[{extra}]'"
    )


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like a mistyped one, if any is like it at all.

    >>> nearest("one", ["zeros", "ones"])
    'ones'
    """
    from difflib import get_close_matches  # only a mistake pays for this import

    spelled = {candidate.lower(): candidate for candidate in known}
    close = get_close_matches(name.lower(), spelled, n=1)
    return spelled[close[0]] if close else None


def unknown(module: str, name: str, known: Iterable[str]) -> AttributeError:
    """The error of a module's `__getattr__` for a name it does not have, with the nearest it has.

    >>> print(unknown("torch", "one", ["zeros", "ones"]))
    module 'torch' has no attribute 'one'
    hint: did you mean 'ones'?
    """
    message = f"module {module!r} has no attribute {name!r}"
    close = None if name.startswith("__") else nearest(name, known)
    # A name of our own keeps Python from adding its own guess to the printed error.
    return AttributeError(
        hint(message, f"did you mean {close!r}?") if close else message, name=name
    )


def wrong_argument(value: Any, wanted: str = "Tensor", operation: str = "operation") -> TypeError:
    """The error for an argument of the wrong type.

    It names the argument and its function, as PyTorch does; they are read off the stack, so that
    a call that is right pays nothing for it.
    """
    function, argument, position = _given_to(value) or (operation, "other", 2)
    return TypeError(
        f"{function}(): argument {argument!r} (position {position}) must be {wanted}, "
        f"not {type(value).__name__}"
    )


def _given_to(value: Any) -> tuple[str, str, int] | None:
    """The public operation nearest to the user that has this value, alone or among others."""
    found = None
    frame: Any = sys._getframe(2)
    while frame is not None and frame.f_globals.get("__name__", "").startswith("chainrule."):
        code = frame.f_code
        names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        inside = frame.f_globals["__name__"].startswith("chainrule.core.")
        if not inside and not code.co_name.startswith(("_", "<")):
            for position, name in enumerate(names, 1):
                if frame.f_locals.get(name) is value:
                    found = (code.co_name, name, position)
                    break
        frame = frame.f_back
    return found


class LinAlgError(RuntimeError):
    """A decomposition or solution that does not exist: `torch.linalg.LinAlgError`."""


LinAlgError.__module__, LinAlgError.__qualname__ = "torch._C", "_LinAlgError"
