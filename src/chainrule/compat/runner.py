"""`chainrule run`: a program for PyTorch in a process like its own, with chainrule as its torch."""

from __future__ import annotations

import builtins
import os
import random
import sys
from collections.abc import Sequence
from types import ModuleType

import numpy

import chainrule

from . import repair, report
from .hook import install
from .program import Program, Unstartable, find, find_module
from .shell import get_ipython

RESUME = "CHAINRULE_RUN"
"""The environment variable that tells new processes what is run: a path or `-m module`."""


def run(
    target: str, args: Sequence[str] = (), module: bool = False, seed: int | None = None
) -> int:
    """Run a program; what it raises is raised here. The exit status is 0 if it ran, as Python's.

    `seed` seeds random, numpy.random and torch before the first line.
    """
    prepare()
    here = os.getcwd()
    if not sys.flags.safe_path:
        sys.path[0] = here
    try:
        program = find_module(target) if module else find(target)
    except Unstartable as error:
        print(f"chainrule: {error}", file=sys.stderr)
        return error.status
    if seed is not None:
        random.seed(seed)
        numpy.random.seed(seed)
        chainrule.manual_seed(seed)
    if not sys.flags.safe_path:
        sys.path[0] = program.folder
    sys.argv = [program.name, *args]
    os.environ[RESUME] = f"-m {target}" if module else resumable(program)
    sys.modules["__main__"] = main = ModuleType("__main__")
    program.run(main)
    return 0


def prepare() -> None:
    """What is different in a run: torch's names, old spellings, IPython's shell, tracebacks."""
    install()
    repair.install()
    builtins.get_ipython = get_ipython  # type: ignore[attr-defined]
    sys.excepthook = report.excepthook


def resumable(program: Program) -> str:
    """The path that a new process imports; none where it imports nothing, as from a notebook."""
    return "" if program.is_notebook else program.file or ""


def resumed() -> Program | None:
    """The program of the run that started this process."""
    target = os.environ.get(RESUME)
    if not target:
        return None
    return find_module(target.removeprefix("-m ")) if target.startswith("-m ") else find(target)
