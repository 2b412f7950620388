"""What `get_ipython()` returns in a run: a shell without a terminal.

Magics that only set up a notebook are accepted in silence. Those that run Python run it, in the
program's own names. Commands for the operating system are not run, and a note says so.
"""

from __future__ import annotations

import os
import pprint
import re
import sys
import time
import timeit
from collections.abc import Callable
from typing import Any

from .magics import RUNS_ITS_CELL, parse

TIMEIT_OPTIONS = re.compile(r"\s*(-[nrpv]\s*\S+\s+|-[cotq]\s+)*")
CONTAINERS = (list, tuple, dict, set, frozenset)


class Events:
    """Moments at which a shell would call functions; here none of them comes."""

    def register(self, event: str, function: Callable[..., Any]) -> None:
        """Have a function called at a moment."""

    def unregister(self, event: str, function: Callable[..., Any]) -> None:
        """Have it called no longer."""


class Shell:
    """The part of IPython's InteractiveShell that programs and Matplotlib call."""

    config: dict[str, Any] = {}
    events = Events()

    @property
    def user_ns(self) -> dict[str, Any]:
        """The names of the running program."""
        return vars(sys.modules["__main__"])

    def run_line_magic(self, name: str, line: str, _stack_depth: int = 1) -> Any:
        """Run `%name line`."""
        if name in MAGICS:
            return MAGICS[name](self, line)
        return None if name in SILENT else note(f"%{name} {line}")

    def run_cell_magic(self, name: str, line: str, cell: str) -> Any:
        """Run `%%name line` on the text of a cell."""
        return self.execute(cell) if name in RUNS_ITS_CELL else note(f"%%{name} {line}")

    def magic(self, line: str) -> Any:
        """The old form of run_line_magic: name and line in one text."""
        name, _, rest = line.lstrip("%").partition(" ")
        return self.run_line_magic(name, rest)

    def system(self, command: str) -> None:
        """Do not run `!command`."""
        note(f"!{command}")

    def getoutput(self, command: str, split: bool = True) -> list[str] | str:
        """Do not run `!command`, whose output is then empty."""
        note(f"!{command}")
        return [] if split else ""

    def execute(self, source: str, filename: str = "<cell>") -> None:
        """Run Python in the names of the program."""
        exec(compile(parse(source, filename), filename, "exec"), self.user_ns)


def note(line: str) -> None:
    """Say what of IPython was not done."""
    print(f"chainrule run: skipped {line.strip()}", file=sys.stderr)


def timed(shell: Shell, statement: str) -> None:
    """`%time statement`: run it once and print how long it took."""
    start, cpu = time.perf_counter(), time.process_time()
    shell.execute(statement)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - start
    print(f"CPU times: total: {cpu:.3g} s\nWall time: {wall:.3g} s")


def timed_often(shell: Shell, line: str) -> None:
    """`%timeit statement`: run it until the time is measurable, print the time of one run."""
    statement = TIMEIT_OPTIONS.sub("", line, count=1) or "pass"
    loops, seconds = timeit.Timer(statement, globals=shell.user_ns).autorange()
    print(f"{seconds / loops:.3g} s per loop ({loops} loops)")


def set_variable(shell: Shell, line: str) -> None:
    """`%env NAME=value`."""
    name, equals, value = line.partition("=")
    if equals:
        os.environ[name.strip()] = value.strip()


def run_file(shell: Shell, line: str) -> None:
    """`%run file.py`: run another program among the names of this one."""
    path = line.split()[-1]
    with open(path, encoding="utf-8") as file:
        shell.execute(file.read(), path)


MAGICS: dict[str, Callable[[Shell, str], Any]] = {
    "env": set_variable,
    "run": run_file,
    "set_env": set_variable,
    "time": timed,
    "timeit": timed_often,
}
SILENT = {
    "autoreload",
    "config",
    "history",
    "load_ext",
    "logoff",
    "logon",
    "logstart",
    "logstop",
    "matplotlib",
    "pinfo",
    "reload_ext",
    "save",
}
SHELL = Shell()


def get_ipython() -> Shell:
    """The shell of this run."""
    return SHELL


def show(value: Any) -> None:
    """Print the value of a cell's last expression as a notebook shows text; None is not shown."""
    if value is None:
        return
    SHELL.user_ns["_"] = value
    if type(value) in CONTAINERS:
        print(pprint.pformat(value, sort_dicts=False))
    else:
        print(repr(value))
