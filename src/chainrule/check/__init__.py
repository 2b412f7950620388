"""The silent mistakes of training, found while a program runs: `chainrule.check()`.

Each finding has its line, what happens, why it hurts and what to change; the rules are listed in
docs/check.md. The module can be called: it is the context manager.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import TextIO

from ..core.sites import user_line
from . import crash, static
from .facts import Facts
from .findings import Finding as Finding
from .findings import Report as Report
from .monitor import Monitor


@contextmanager
def check(file: TextIO | None = None) -> Iterator[Report]:
    """Watch what runs inside of the `with`, and print the findings at its end.

    `file` gets the report, standard error if it is None. The text of the caller's file is read,
    too, for mistakes that show there.

    >>> import chainrule as torch, io
    >>> with torch.check(file=io.StringIO()) as report:
    ...     x = torch.tensor([0.0, 1.0], requires_grad=True)
    ...     x.sqrt().sum().backward()
    >>> [finding.rule for finding in report.findings]
    ['nan-backward']
    """
    caller = user_line()
    report = Report()
    try:
        with watched(report, lambda: [caller[0]] if caller else []):
            yield report
    finally:
        print(report, file=file or sys.stderr)


@contextmanager
def watched(report: Report, files: Callable[[], Sequence[str]]) -> Iterator[None]:
    """Fill a report with the findings of what runs inside of the `with`; print nothing.

    `files` is asked at the end which texts belong to the program.
    """
    monitor = Monitor(Facts(report))
    error: BaseException | None = None
    try:
        with monitor.running():
            yield
    except BaseException as raised:
        error = raised
        raise
    finally:
        for file in files():
            static.look(file, report)
        if error is not None:
            crash.explain(error, report)
        for rule in monitor.rules:
            rule.finish()


def of_program(target: str) -> list[str]:
    """The files of a program that has run: its own, and the modules imported from its folder."""
    folder = os.path.dirname(os.path.abspath(target)) + os.sep
    files = [getattr(m, "__file__", None) for m in list(sys.modules.values())]
    beside = [f for f in files if f and f.startswith(folder) and "site-packages" not in f]
    return list(dict.fromkeys([os.path.abspath(target), *beside]))


class _Callable(ModuleType):
    """This module: `chainrule.check` is both its name and the function that everyone calls."""

    __call__ = staticmethod(check)


sys.modules[__name__].__class__ = _Callable
