"""Messages: what went wrong in PyTorch's words, then one line saying what to do."""

from __future__ import annotations


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
