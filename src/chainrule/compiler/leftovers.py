"""Traced numbers that a run has put into Python's state become plain ones afterwards."""

from __future__ import annotations

import gc
from collections.abc import Iterable
from types import CellType
from typing import Any

from .traced import Scalar


def make_plain(scalars: Iterable[Scalar]) -> None:
    """Replace the numbers in the lists, dicts, closures and objects that hold them."""
    left = list(scalars)
    for holder in gc.get_referrers(*left) if left else ():
        if holder is left:
            continue
        if isinstance(holder, list):
            _replace(holder, enumerate(holder))
        elif isinstance(holder, dict):
            _replace(holder, holder.items())
        elif type(holder) is CellType:
            holder.cell_contents = holder.cell_contents.value
        elif isinstance(getattr(holder, "__dict__", None), dict):
            _replace(vars(holder), vars(holder).items())


def _replace(holder: Any, entries: Iterable[tuple[Any, Any]]) -> None:
    for key, each in list(entries):
        if type(each) is Scalar:
            holder[key] = each.value
