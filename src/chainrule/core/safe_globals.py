"""The names that a saved file may use, and what each stands for here.

A file refers to everything that is not plain data by name. Only names in this table, and those the
user adds, are ever looked up, so that loading executes nothing that the file brings.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict
from typing import Any

from .device import device
from .dtype import ALL
from .size import Size

SAFE_GLOBALS: dict[str, Any] = {
    "collections.OrderedDict": OrderedDict,
    "collections.Counter": Counter,
    "collections.defaultdict": defaultdict,
    "torch.Size": Size,
    "torch.device": device,
    **{f"torch.{kind.name}": kind for kind in ALL},
    **{
        f"{module}.{kind.__name__}": kind
        for module in ("builtins", "__builtin__")
        for kind in (set, frozenset, complex, bytearray, dict, list, int, float, bool, str)
    },
}
