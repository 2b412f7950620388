"""IPython's own syntax as Python: `%magic`, `!command` and `name?` become calls of get_ipython().

Knows the text of programs, not what the magics do. Every line keeps its number.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize

ASSIGNED = r"(?P<target>[\w.,\s\[\]()*]+=\s*)?"
MAGIC = re.compile(rf"\s*{ASSIGNED}%(?P<name>[^\W\d][\w.]*)\s*(?P<rest>.*)", re.DOTALL)
SHELL = re.compile(rf"\s*{ASSIGNED}!{{1,2}}(?P<rest>.*)", re.DOTALL)
HELP = re.compile(r"\s*(\?{1,2}\s*(?P<before>[\w.*]+)|(?P<after>%{0,2}[\w.*]+)\?{1,2})\s*;?\s*")
CELL_MAGIC = re.compile(r"\s*%%(?P<name>\w+)[ \t]*(?P<rest>[^\n]*)\n?(?P<body>.*)", re.DOTALL)
RUNS_ITS_CELL = {"capture", "prun", "time", "timeit"}
"""Cell magics whose cell is Python of the program; it runs as if the magic were not there."""


def parse(source: str, filename: str) -> ast.Module:
    """The syntax tree of a program that may hold IPython's own syntax; else SyntaxError."""
    try:
        return ast.parse(source, filename)
    except SyntaxError:
        python = to_python(source)
        if python == source:
            raise
    return ast.parse(python, filename)


def to_python(source: str) -> str:
    """The source with IPython's syntax rewritten; Python comes back as it is.

    >>> print(to_python("%matplotlib inline\\nfiles = !ls\\nx = 7 \\\\\\n  % 4"))
    get_ipython().run_line_magic('matplotlib', 'inline')
    files = get_ipython().getoutput('ls')
    x = 7 \\
      % 4
    """
    cell = CELL_MAGIC.fullmatch(source)
    return cell_magic(**cell.groupdict()) if cell else rewrite_lines(source)


def cell_magic(name: str, rest: str, body: str) -> str:
    """A cell that begins with `%%name`: its body, or one call that is given the body as text."""
    if name in RUNS_ITS_CELL:
        return "\n" + to_python(body)
    return f"get_ipython().run_cell_magic({name!r}, {rest!r}, {body!r})" + "\n" * body.count("\n")


def rewrite_lines(source: str) -> str:
    """Rewrite the statements in IPython's syntax, each a line or several joined by backslashes."""
    done: list[str] = []
    statement: list[str] = []
    for line in source.splitlines(keepends=True):
        statement.append(line)
        if not continues("".join(statement)):
            done.append(rewrite("".join(statement)))
            statement = []
    return "".join(done + statement)


def continues(statement: str) -> bool:
    """Whether a statement goes on: an open bracket, an open string or a backslash at its end."""
    if MAGIC.match(statement) or SHELL.match(statement):
        return statement.endswith("\\\n")
    try:
        for _ in tokenize.generate_tokens(io.StringIO(statement).readline):
            pass
    except tokenize.TokenError as error:
        return "EOF in" in str(error)
    except SyntaxError:
        pass
    return False


def rewrite(statement: str) -> str:
    """One statement as Python, followed by as many line breaks as it had."""
    if match := MAGIC.fullmatch(statement.rstrip("\n")):
        call = f"run_line_magic({match['name']!r}, {joined(match['rest'])!r})"
    elif match := SHELL.fullmatch(statement.rstrip("\n")):
        method = "getoutput" if match["target"] else "system"
        call = f"{method}({joined(match['rest'])!r})"
    elif match := HELP.fullmatch(statement):
        call = f"run_line_magic('pinfo', {match['before'] or match['after']!r})"
    else:
        return statement
    indent = statement[: len(statement) - len(statement.lstrip())]
    target = match.groupdict().get("target") or ""
    return f"{indent}{target}get_ipython().{call}" + "\n" * statement.count("\n")


def joined(text: str) -> str:
    """The text of a command on one line."""
    return " ".join(part.strip() for part in text.split("\\\n"))
