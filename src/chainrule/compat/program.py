"""A program as Python would start it: a file, a folder, a notebook, standard input or a module.

Knows where code comes from and what `__main__` must hold, not what is different inside a run.
"""

from __future__ import annotations

import ast
import builtins
import importlib.util
import io
import json
import linecache
import os
import sys
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import CodeType, ModuleType
from typing import Any

from .ipython.display import display
from .magics import parse
from .shell import show


class Unstartable(Exception):
    """There is no such program. `status` is the exit status Python gives."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


@dataclass
class Program:
    """What is run: `name` is its sys.argv[0], `folder` its sys.path[0], `spec` that of a module.

    `texts` is the source, for a notebook that of every cell, and `file` where it stands on disk.
    """

    name: str
    folder: str
    texts: list[str]
    file: str | None = None
    spec: ModuleSpec | None = None

    @property
    def is_notebook(self) -> bool:
        """Whether the texts are cells."""
        return self.name.endswith(".ipynb")

    def run(self, main: ModuleType) -> None:
        """Run the texts in order among the names of the module `main`."""
        vars(main).update(self.first_names())
        if not self.is_notebook:
            execute(self.texts[0], self.file or "<stdin>", vars(main))
            return
        for number, text in enumerate(self.texts, 1):
            run_cell(text, f"{self.name}[cell {number}]", vars(main))

    def first_names(self) -> dict[str, Any]:
        """What a module holds before its first line."""
        names: dict[str, Any] = {"__builtins__": builtins, "__spec__": self.spec}
        if self.is_notebook:
            names["display"] = display
        if self.spec is not None:
            names |= {"__package__": self.spec.parent, "__loader__": self.spec.loader}
        elif self.file is not None:
            names["__loader__"] = SourceFileLoader("__main__", self.file)
        if self.file is not None:
            names |= {"__file__": self.file, "__cached__": self.spec and self.spec.cached}
        return names


def compiled(tree: ast.Module | ast.Expression, filename: str, mode: str = "exec") -> CodeType:
    """The code of a tree, without the __future__ of this file."""
    return compile(tree, filename, mode, dont_inherit=True)


def parsed(text: str, filename: str) -> ast.Module:
    """The tree of a text; a SyntaxError shows the text only, as Python does for a program."""
    try:
        return parse(text, filename)
    except SyntaxError as error:
        raise error.with_traceback(None) from None


def execute(text: str, filename: str, names: dict[str, Any]) -> None:
    """Run a text among these names."""
    exec(compiled(parsed(text, filename), filename), names)


def run_cell(text: str, filename: str, names: dict[str, Any]) -> None:
    """Run one cell; a last expression is shown unless a semicolon ends it."""
    linecache.cache[filename] = len(text), None, text.splitlines(keepends=True), filename
    tree = parsed(text, filename)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compiled(tree, filename), names)
    if isinstance(last, ast.Expr):
        value = eval(compiled(ast.Expression(last.value), filename, "eval"), names)
        if not text.rstrip().endswith(";"):
            show(value)
    if "matplotlib.pyplot" in sys.modules:  # a notebook shows the figures of a cell and forgets it
        sys.modules["matplotlib.pyplot"].close("all")


def find(target: str) -> Program:
    """The program at a path; `-` is standard input. Unstartable if there is none."""
    if target == "-":
        return Program("-", "", [sys.stdin.read()])
    path = target
    if os.path.isdir(target):
        path = os.path.join(target, "__main__.py")
        if not os.path.exists(path):
            raise Unstartable(f"can't find '__main__' module in {target!r}", 1)
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError as error:
        reason = f"[Errno {error.errno}] {error.strerror}"
        raise Unstartable(f"can't open file {os.path.abspath(path)!r}: {reason}", 2) from None
    folder = os.path.dirname(os.path.realpath(path))
    if path.endswith(".ipynb"):
        return Program(target, folder, list(cells(data, path)))
    return Program(target, folder, [decoded(data, path)], os.path.abspath(path))


def decoded(data: bytes, path: str) -> str:
    """The text of a source file in the encoding that it declares."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return io.TextIOWrapper(io.BytesIO(data), encoding).read()
    except (SyntaxError, UnicodeDecodeError) as error:
        raise Unstartable(f"can't read {path!r}: {error}", 1) from None


def cells(data: bytes, path: str) -> Iterator[str]:
    """The code cells of a notebook, in order."""
    try:
        notebook = json.loads(data)
        # Notebooks of format 3 keep their cells in worksheets and call the source input.
        for sheet in notebook.get("worksheets", [notebook]):
            for cell in sheet["cells"]:
                if cell["cell_type"] == "code":
                    yield "".join(cell["source"] if "source" in cell else cell["input"])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Unstartable(f"{path!r} is not a notebook", 1) from None


def find_module(name: str) -> Program:
    """The program that `-m name` starts: a module, or the `__main__` of a package."""
    try:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.submodule_search_locations is not None:
            package, name = name, f"{name}.__main__"
            spec = importlib.util.find_spec(name)
            if spec is None:
                raise Unstartable(f"{package!r} is a package and cannot be directly executed", 1)
    except ModuleNotFoundError as error:
        raise Unstartable(str(error), 1) from None
    if spec is None or not isinstance(spec.loader, SourceFileLoader):
        raise Unstartable(f"No module named {name}", 1)
    text = spec.loader.get_source(name) or ""
    return Program(spec.loader.path, os.getcwd(), [text], spec.loader.path, spec)
