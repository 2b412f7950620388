"""Errors that end a program: those that come from a known mistake become findings."""

from __future__ import annotations

import re
import traceback

from ..core.sites import PACKAGE
from .findings import Line, Report

KNOWN = (
    (r"Target -?\d+ is out of bounds", "target-out-of-range"),
    (r"elements of target should be between 0 and 1", "target-out-of-range"),
    (r"0D or 1D target tensor expected", "one-hot-as-classes"),
    (r"floating point type for target with class probabilities", "one-hot-as-classes"),
    (r"expected target dtype to be Long", "target-dtype"),
    (r"(?s)(Double|double|Float64).*(Float|float)|(Float|float).*(Double|double)", "float64-mixed"),
    (r"Expected more than 1 value per channel when training", "batchnorm-of-one"),
    (r"before Module.__init__\(\) call", "super-init-missing"),
    (r"some parameters appear in more than one parameter group", "parameter-twice"),
)


def explain(error: BaseException, report: Report) -> None:
    """Add the mistake behind an error, where it is known."""
    text = str(error)
    for pattern, rule in KNOWN:
        if re.search(pattern, text) and not (rule == "super-init-missing" and report.has(rule)):
            report.add(rule, raised(error), f"the program stops: {text.splitlines()[0]}")
            return


def raised(error: BaseException) -> Line | None:
    """The innermost line of the program in an error's traceback."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if not f.filename.startswith(PACKAGE)]
    return (own[-1].filename, own[-1].lineno or 0) if own else None
