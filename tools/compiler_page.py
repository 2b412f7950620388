"""Put what the compiler prints today into docs/compiler.md; run this with ``--write``.

The page's Python blocks are run in order, in one namespace. A text block after ``<!-- prints -->``
is what the block before it printed, one after ``<!-- shows: expression -->`` is the text of that
expression.
"""

import argparse
import contextlib
import io
import linecache
import re
import warnings
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parent.parent / "docs" / "compiler.md"
_PIECE = re.compile(
    r"```python\n(?P<code>.*?)```"
    r"|<!-- (?P<what>prints|shows: .*?) -->\n\n```(?P<language>\w+)\n(?P<text>.*?)```",
    re.DOTALL,
)


def filled(page: str) -> str:
    """The page with its text blocks as they are today."""
    names: dict[str, Any] = {"__name__": "page", "between": between, "inner_loop": inner_loop}
    printed = ""

    def fill(piece: re.Match[str]) -> str:
        nonlocal printed
        if piece["code"] is not None:
            printed = run(piece["code"], names)
            return piece[0]
        what = piece["what"]
        found = printed if what == "prints" else str(eval(what.removeprefix("shows: "), names))
        text = "\n".join(line.rstrip() for line in found.strip("\n").splitlines())
        return f"<!-- {what} -->\n\n```{piece['language']}\n{text}\n```"

    return _PIECE.sub(fill, page)


def run(code: str, names: dict[str, Any]) -> str:
    """Run a program, named by its first line if that is a comment; what it printed and warned."""
    named = re.match(r"# (\w+\.py)\n", code)
    name = named[1] if named else "example.py"
    linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)
    out = io.StringIO()
    with warnings.catch_warnings(record=True) as caught, contextlib.redirect_stdout(out):
        warnings.simplefilter("always")
        exec(compile(code, name, "exec"), names)
    return out.getvalue() + "".join(f"{w.category.__name__}: {w.message}\n" for w in caught)


def between(text: str, first: str, last: str = "") -> str:
    """The lines from the one that begins with `first` up to the next that begins with `last`."""
    lines = text.splitlines()
    start = next(i for i, line in enumerate(lines) if line.lstrip().startswith(first))
    later = (i for i in range(start + 1, len(lines)) if lines[i].lstrip().startswith(last))
    return "\n".join(lines[start : next(later) if last else None])


def inner_loop(llvm: str) -> str:
    """The body of the last loop that begins in a text of LLVM's language."""
    start = [*re.finditer(r"^body(\d+):$", llvm, re.MULTILINE)][-1]
    stop = llvm.index(f"exit{start[1]}:", start.start())
    return llvm[start.start() : stop]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="change the page")
    options = parser.parse_args()
    page = PAGE.read_text(encoding="utf-8")
    found = filled(page)
    if options.write:
        PAGE.write_text(found, encoding="utf-8")
    else:
        print("up to date" if found == page else "out of date: run with --write")


if __name__ == "__main__":
    main()
