"""The tables of cases, one file for each file of chainrule/ops."""

from __future__ import annotations

import importlib
import pkgutil

from .case import Case


def all_cases() -> list[Case]:
    """Every row of every table."""
    found: list[Case] = []
    for module in pkgutil.iter_modules(__path__):
        if module.name != "case":
            found += importlib.import_module(f"{__name__}.{module.name}").CASES
    return found
