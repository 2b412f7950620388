"""The tables of cases, one file for each file of chainrule/ops."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

from .case import Case


def all_cases() -> list[Case]:
    """Every row of every table."""
    found: list[Case] = []
    for module in pkgutil.iter_modules(__path__):
        if module.name != "case":
            found += importlib.import_module(f"{__name__}.{module.name}").CASES
    return found


def sample_by_name(cases: list[Case], every: int) -> pytest.MarkDecorator:
    """Parametrises a test over cases: every so-manieth is quick, all of them are `make slow`'s."""
    rows = [
        pytest.param(case, id=case.name, marks=[] if i % every == 0 else pytest.mark.slow)
        for i, case in enumerate(cases)
    ]
    return pytest.mark.parametrize("case", rows)
