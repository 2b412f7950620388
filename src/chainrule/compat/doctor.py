"""`chainrule doctor`: which names of PyTorch a program uses that are not here, without running it.

What is here is found by looking into the package itself.
"""

from __future__ import annotations

import ast
import importlib
import json
import sys
from dataclasses import asdict, dataclass
from types import ModuleType
from typing import Any

from ..errors import nearest
from .absent import absent_method, reason
from .hook import TORCH_WORLD
from .program import Program, Unstartable, find, parsed

_GUARDS = {"ImportError", "ModuleNotFoundError", "AttributeError", "Exception"}


@dataclass(frozen=True)
class Missing:
    """A name that is used at a line and is not here; `cell` counts the cells of a notebook."""

    name: str
    line: int
    cell: int | None
    reason: str | None
    nearest: str | None

    def __str__(self) -> str:
        place = f"line {self.line}" if self.cell is None else f"cell {self.cell}, line {self.line}"
        text = f"{place}: {self.name} is not there"
        if self.reason:
            text += f" ({self.reason})"
        return f"{text}; did you mean {self.nearest}?" if self.nearest else text


def doctor(target: str, as_json: bool = False) -> int:
    """Print what a program lacks here; 1 if it lacks something, 2 if it cannot be read."""
    try:
        program = find(target)
        found = examine(program)
    except Unstartable as error:
        print(f"chainrule: {error}", file=sys.stderr)
        return 2
    except SyntaxError as error:
        print(f"chainrule: {target}, line {error.lineno}: {error.msg}", file=sys.stderr)
        return 2
    if as_json:
        print(json.dumps([asdict(missing) for missing in found], indent=2))
    else:
        for missing in found:
            print(f"{target}, {missing}")
        if not found:
            print(f"{target}: every name of PyTorch that it uses is there")
    return 1 if found else 0


def examine(program: Program) -> list[Missing]:
    """The names that a program uses and that are not here, in the order of their lines."""
    found: list[Missing] = []
    aliases: dict[str, str] = {}  # the cells of a notebook share them
    for number, text in enumerate(program.texts, 1):
        reader = Reader(aliases)
        reader.visit(parsed(text, program.name))
        cell = number if program.is_notebook else None
        for name, line in sorted(reader.used, key=lambda use: use[1]):
            missing = look(name)
            if missing is not None and (missing[0], line) not in {(m.name, m.line) for m in found}:
                found.append(Missing(missing[0], line, cell, *missing[1:]))
        for method, line in sorted(reader.methods, key=lambda use: use[1]):
            why = absent_method(method)
            if why is not None and not hasattr(tensor_type(), method):
                found.append(Missing(f"torch.Tensor.{method}", line, cell, why, None))
    return sorted(found, key=lambda missing: (missing.cell or 0, missing.line))


class Reader(ast.NodeVisitor):
    """Collects the dotted names of PyTorch in a text, and the methods of unknown objects."""

    def __init__(self, aliases: dict[str, str]) -> None:
        self.aliases = aliases
        self.used: set[tuple[str, int]] = set()
        self.methods: set[tuple[str, int]] = set()

    def visit_Import(self, node: ast.Import) -> None:
        """`import torch.nn as nn`: the module is used, and has a name from now on."""
        for alias in node.names:
            top = alias.name.partition(".")[0]
            if top in TORCH_WORLD:
                self.used.add((alias.name, node.lineno))
                self.aliases[alias.asname or top] = alias.name if alias.asname else top

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        """`from torch import nn`: each name is used, and has a name from now on."""
        module = node.module or ""
        if node.level or module.partition(".")[0] not in TORCH_WORLD:
            return
        self.used.add((module, node.lineno))
        for alias in node.names:
            if alias.name != "*":
                self.used.add((f"{module}.{alias.name}", node.lineno))
                self.aliases[alias.asname or alias.name] = f"{module}.{alias.name}"

    def visit_Assign(self, node: ast.Assign) -> None:
        """`nn = torch.nn` is an alias as well."""
        path = self.path(node.value)
        if path is not None and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            self.aliases[node.targets[0].id] = path
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """A chain from a known name, or an attribute of who knows what."""
        path = self.path(node)
        if path is not None:
            self.used.add((path, node.lineno))
            return
        self.methods.add((node.attr, node.lineno))
        self.generic_visit(node)

    def visit_Try(self, node: ast.Try) -> None:
        """What a program tries with another way at hand is not missed."""
        names = {
            name.id
            for handler in node.handlers
            for name in ast.walk(handler.type or ast.Name("Exception"))
            if isinstance(name, ast.Name)
        }
        if names & _GUARDS:
            inner = Reader(self.aliases)
            for statement in node.body:
                inner.visit(statement)
            for rest in (*node.handlers, *node.orelse, *node.finalbody):
                self.visit(rest)
        else:
            self.generic_visit(node)

    def path(self, node: ast.AST) -> str | None:
        """The dotted name of PyTorch's that an expression is, if it is one."""
        if isinstance(node, ast.Name):
            return self.aliases.get(node.id)
        if isinstance(node, ast.Attribute):
            start = self.path(node.value)
            return None if start is None else f"{start}.{node.attr}"
        return None


def look(path: str) -> tuple[str, str | None, str | None] | None:
    """For a name that is not here: how far it was followed, why, and the nearest name that is."""
    top, *parts = path.split(".")
    here: Any = importlib.import_module(TORCH_WORLD[top])
    name = top
    for part in parts:
        if not isinstance(here, ModuleType | type):
            return None  # what an instance has shows only when it runs
        below = step(here, part)
        if below is None:
            full = f"{name}.{part}"
            why = reason(full)
            known = [there for there in dir(here) if not there.startswith("_")]
            close = None if why else nearest(part, known)
            return full, why, f"{name}.{close}" if close else None
        name, here = f"{name}.{part}", below[0]
    return None


def step(here: Any, part: str) -> tuple[Any] | None:
    """What a module or class has under a name; None if it has nothing."""
    try:
        return (getattr(here, part),)
    except (AttributeError, ImportError, NotImplementedError):
        pass
    if isinstance(here, ModuleType):
        try:
            return (importlib.import_module(f"{here.__name__}.{part}"),)
        except ImportError:
            return None
    return None


def tensor_type() -> type:
    """The Tensor of the package."""
    found: type = importlib.import_module(TORCH_WORLD["torch"]).Tensor
    return found
