"""The command line: `chainrule run program.py` and what else there is to type."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from . import version

EXAMPLES = """\
examples:
  chainrule run train.py --epochs 5    run a program written for PyTorch
  chainrule run --seed 0 lesson.ipynb  the same for a notebook, with all random numbers seeded
  chainrule run -m package.train       the same for a module
  chainrule trace -o t.html train.py   run it, and see what it computed in t.html
  chainrule check train.py             run it, and see what is wrong with it
  chainrule doctor train.py            only read it, and see which names are not here
"""

PROGRAM = (
    "a Python file, a folder with a __main__.py, a notebook, a log of IPython, "
    "or - for standard input."
)


def seed(text: str) -> int:
    """A seed that random, NumPy and torch all accept."""
    value = int(text)
    if not 0 <= value < 2**32:
        raise argparse.ArgumentTypeError(f"{value} is not from 0 to 2**32 - 1")
    return value


def steps(text: str) -> tuple[int | str, ...]:
    """Numbers of steps from 0, and "last"."""
    words = text.split(",")
    if not all(word == "last" or word.isdecimal() for word in words):
        raise argparse.ArgumentTypeError(f"steps are numbers from 0, and last: {text!r}")
    return tuple(word if word == "last" else int(word) for word in words)


def of_program(command: argparse.ArgumentParser) -> None:
    """The arguments that say what is run."""
    command.add_argument(
        "--seed", type=seed, metavar="N", help="seed random, numpy.random and torch first"
    )
    command.add_argument(
        "-m", dest="module", action="store_true", help="PROGRAM is a module's name"
    )
    command.add_argument("program", metavar="PROGRAM")
    command.add_argument(
        "args", nargs=argparse.REMAINDER, metavar="...", help="arguments for the program"
    )


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
        description=f"Run a program written for PyTorch, unmodified: {PROGRAM}",
        allow_abbrev=False,
    )
    of_program(run)
    trace = commands.add_parser(
        "trace",
        help="run a program and show its graph, values and gradients in one HTML file",
        description="Run a program as run does, and write what it computed into one HTML file: "
        f"every value, gradient and local derivative with its line. The program is {PROGRAM}",
        allow_abbrev=False,
    )
    trace.add_argument("-o", dest="output", default="trace.html", metavar="FILE")
    trace.add_argument(
        "--steps",
        type=steps,
        default=(0, 1, 2, "last"),
        metavar="0,1,2,last",
        help="the backward passes that are shown in full, from 0 (default: 0,1,2,last)",
    )
    of_program(trace)
    check = commands.add_parser(
        "check",
        help="run a program and report the mistakes that raise nothing",
        description="Run a program as run does, and report mistakes of training with their line, "
        f"on standard error; the status is 1 if there are any. The program is {PROGRAM}",
        allow_abbrev=False,
    )
    check.add_argument(
        "--json", action="store_true", help="the report as JSON, on standard output at the end"
    )
    check.add_argument("-o", dest="output", metavar="FILE", help="write the JSON into a file")
    of_program(check)
    doctor = commands.add_parser(
        "doctor",
        help="read a program, and list which names of PyTorch it uses that are not here",
        description="Read a program without running it, and list with their lines the names of "
        "PyTorch that it uses and that are not here; the status is 1 if there are any. The program "
        f"is {PROGRAM}",
        allow_abbrev=False,
    )
    doctor.add_argument("--json", action="store_true", help="the list as JSON")
    doctor.add_argument("program", metavar="PROGRAM")
    return top


def _take_back(options: argparse.Namespace) -> None:
    """Our own options after the program's arguments, as in `trace train.py -o train.html`.

    After `--` all of them are the program's.
    """
    rest: list[str] = options.args
    while rest[-1:] == ["--json"] and options.command == "check":
        options.json = bool(rest.pop())
    while len(rest) > 1 and rest[-2] in ("-o", "--steps"):
        if rest[-2] == "-o":
            options.output = rest[-1]
        elif options.command == "trace":
            options.steps = steps(rest[-1])
        else:
            return
        del rest[-2:]


def unwritable(path: str) -> str | None:
    """Why no file can be written there, if none can; asked before a long run, not after it."""
    folder = os.path.dirname(path) or "."
    if os.path.isdir(path):
        return f"{path} is a folder"
    if not os.path.isdir(folder):
        return f"there is no folder {folder}"
    writable = os.access(path if os.path.exists(path) else folder, os.W_OK)
    return None if writable else f"{path} may not be written"


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line says; returns the exit status."""
    given = sys.argv[1:] if argv is None else argv
    options = parser().parse_args(given)
    if options.command in ("trace", "check") and "--" not in given:
        _take_back(options)
    if options.version:
        print(
            f"chainrule {version.chainrule}, following PyTorch {version.__version__.split('+')[0]}"
        )
        return 0
    if options.command is None:
        parser().print_help(sys.stderr)
        return 2
    output = getattr(options, "output", None)
    refused = None if output is None else unwritable(output)
    if refused is not None:
        parser().error(f"-o: {refused}")
    if options.command == "doctor":
        from .compat.doctor import doctor

        return doctor(options.program, options.json)
    what = options.program, options.args, options.module, options.seed
    if options.command == "trace":
        from .compat.tracing import trace

        return trace(*what, options.output, options.steps)
    if options.command == "check":
        from .compat.checking import check

        return check(*what, options.json, options.output)
    from .compat.runner import run  # only a run needs it

    return run(*what)
