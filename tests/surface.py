"""The table of all public names of PyTorch, `surface.tsv`, and whether chainrule has a name.

The columns: the name; how many of a few hundred programs use it; `done`, `to do` or `never`; why.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any, NamedTuple

import chainrule

TABLE = Path(__file__).with_name("surface.tsv")
HOMES = {"torch": "chainrule", "torchvision": "chainrule.vision"}


class Row(NamedTuple):
    """A line of the table."""

    name: str
    programs: int
    status: str
    why: str


def rows() -> list[Row]:
    """The table, without its first line."""
    lines = TABLE.read_text(encoding="utf-8").splitlines()[1:]
    cells = (line.split("\t") for line in lines)
    return [Row(name, int(programs), status, why) for name, programs, status, why in cells]


def objects() -> dict[str, Any]:
    """Instances, for what classes do not show."""
    weight = chainrule.ones(1, requires_grad=True)
    optimizer = chainrule.optim.SGD([weight], lr=0.1)
    return {
        "torch.nn.Module": chainrule.nn.Module(),
        "torch.optim.Optimizer": optimizer,
        "torch.optim.lr_scheduler.LRScheduler": chainrule.optim.lr_scheduler.StepLR(optimizer, 1),
    }


def exists(name: str, known: dict[str, Any]) -> bool:
    """Whether there is something under a dotted name of PyTorch's."""
    owner, _, last = name.rpartition(".")
    if owner in known:
        return hasattr(known[owner], last)
    top, *parts = name.split(".")
    here: Any = importlib.import_module(HOMES[top])
    for part in parts:
        try:
            here = getattr(here, part)
        except (AttributeError, ImportError, NotImplementedError):
            try:
                here = importlib.import_module(f"{here.__name__}.{part}")
            except (ImportError, AttributeError):
                return False
    return True
