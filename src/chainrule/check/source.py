"""The program's text: trees of its files, and the statements of a line."""

from __future__ import annotations

import ast
import linecache
from functools import lru_cache

from .findings import Line


@lru_cache(maxsize=64)
def _parsed(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):  # a log of IPython, a part of a file
        return None


def tree(file: str) -> ast.Module | None:
    """The syntax tree of a file or of a notebook's cell; None where there is none."""
    return _parsed("".join(linecache.getlines(file)))


def statements(where: Line | None) -> list[ast.stmt]:
    """The statements that a line belongs to, the innermost last."""
    if where is None or (top := tree(where[0])) is None:
        return []
    return [
        node
        for node in ast.walk(top)
        if isinstance(node, ast.stmt) and node.lineno <= where[1] <= (node.end_lineno or 0)
    ]
