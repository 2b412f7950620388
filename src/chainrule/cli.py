"""The command line: `chainrule run program.py` and what else there is to type."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from . import version

EXAMPLES = """\
examples:
  chainrule run train.py --epochs 5    run a program written for PyTorch
  chainrule run --seed 0 lesson.ipynb  the same for a notebook, with all random numbers seeded
  chainrule run -m package.train       the same for a module
"""


def seed(text: str) -> int:
    """A seed that random, NumPy and torch all accept."""
    value = int(text)
    if not 0 <= value < 2**32:
        raise argparse.ArgumentTypeError(f"{value} is not from 0 to 2**32 - 1")
    return value


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    top = argparse.ArgumentParser(
        prog="chainrule",
        description="PyTorch's API in readable, pure Python on NumPy.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    top.add_argument("--version", action="store_true", help="print the version and exit")
    commands = top.add_subparsers(title="commands", dest="command", metavar="COMMAND")
    run = commands.add_parser(
        "run",
        help="run a program written for PyTorch, unmodified",
        description="Run a program written for PyTorch, unmodified: a Python file, a folder with "
        "a __main__.py, a notebook, a log of IPython, or - for standard input.",
        allow_abbrev=False,
    )
    run.add_argument(
        "--seed", type=seed, metavar="N", help="seed random, numpy.random and torch first"
    )
    run.add_argument("-m", dest="module", action="store_true", help="PROGRAM is a module's name")
    run.add_argument("program", metavar="PROGRAM")
    run.add_argument(
        "args", nargs=argparse.REMAINDER, metavar="...", help="arguments for the program"
    )
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line says; returns the exit status."""
    options = parser().parse_args(argv)
    if options.version:
        print(
            f"chainrule {version.chainrule}, following PyTorch {version.__version__.split('+')[0]}"
        )
        return 0
    if options.command != "run":
        parser().print_help(sys.stderr)
        return 2
    from .compat.runner import run  # only a run needs it

    return run(options.program, options.args, options.module, options.seed)
