"""Every planted mistake is found at its line, and nothing else; its twin raises nothing."""

from __future__ import annotations

import contextlib
import warnings

import pytest

import chainrule
from chainrule.check import Report, watched

from .mistakes import GRADIENTS, LOSSES, NUMBERS
from .more_mistakes import DATA, MODULES, PARAMETERS

TABLE = GRADIENTS + LOSSES + NUMBERS + PARAMETERS + MODULES + DATA
NAMES = [f"{number}-{mistake.rule}" for number, mistake in enumerate(TABLE)]


MAY_STOP = (RuntimeError, IndexError, ValueError, TypeError, AttributeError)


def findings(text, path, errors=()):
    """The rules and lines of what is found in a program that may end with one of the errors."""
    path.write_text(text)
    report = Report()
    chainrule.manual_seed(0)
    with (
        warnings.catch_warnings(),
        contextlib.suppress(*errors),
        watched(report, lambda: [str(path)]),
    ):
        exec(compile(text, str(path), "exec"), {"__name__": "__main__"})
    return [(finding.rule, finding.line) for finding in report.findings]


def marked(text):
    """The line of a program that has the mark."""
    return next(n for n, line in enumerate(text.splitlines(), 1) if "!" in line.split("#")[-1])


@pytest.mark.parametrize("mistake", TABLE, ids=NAMES)
def test_found(mistake, tmp_path):
    text = mistake.planted()
    assert findings(text, tmp_path / "planted.py", MAY_STOP) == [(mistake.rule, marked(text))]


@pytest.mark.parametrize("mistake", TABLE, ids=NAMES)
def test_twin(mistake, tmp_path):
    assert findings(mistake.corrected(), tmp_path / "corrected.py") == []
