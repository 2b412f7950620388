"""Messages: what went wrong in PyTorch's words, then one line saying what to do."""

from __future__ import annotations

from collections.abc import Iterable


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
