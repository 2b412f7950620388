"""Writing into a tensor's memory: the version counts it, and remembers who did it last."""

from __future__ import annotations

from sys import getrefcount
from typing import Any

from .sites import user_line
from .tensor import COUNT

_WRITE = 2  # index, in a version, of the line that wrote last
_UNSHARED = 3  # references to the version of a tensor without views that no node has saved


def written(tensor: Any) -> None:
    """Count a write to the tensor's memory; if someone may notice, remember the line."""
    version = tensor._writes
    version[COUNT] += 1
    if getrefcount(version) > _UNSHARED:
        version[_WRITE:] = [user_line()]


def last_write(version: list[Any]) -> tuple[str, int] | None:
    """The line that wrote last, where it was remembered."""
    return version[_WRITE] if len(version) > _WRITE else None
