"""`chainrule check`: a run with the rules of `chainrule.check` watching."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from ..check import Report, of_program, watched
from .runner import run


def check(
    target: str,
    args: Sequence[str],
    module: bool,
    seed: int | None,
    as_json: bool = False,
    output: str | None = None,
) -> int:
    """Run a program and print what is wrong with it; 1 if something was found, else its status.

    An error or an exit of the program is raised on, after the report.
    """
    report = Report()
    status = 0
    left: BaseException | None = None
    try:
        with watched(report, lambda: [] if module else of_program(target)):
            status = run(target, args, module, seed)
    except SystemExit as exit:
        left = exit
    except BaseException:
        tell(report, as_json, output)
        raise
    tell(report, as_json, output)
    if report.findings:
        return 1
    if left is not None:
        raise left
    return status


def tell(report: Report, as_json: bool, output: str | None) -> None:
    """The report on standard error; as JSON on standard output or in a file."""
    sys.stdout.flush()
    if output is not None:
        with open(output, "w", encoding="utf-8") as file:
            file.write(report.to_json() + "\n")
    if as_json and output is None:
        print(report.to_json())
    else:
        print(report, file=sys.stderr)
