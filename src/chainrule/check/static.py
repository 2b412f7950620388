"""What the text of a program shows without running: misspelt `__init__`, test data on their own."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from .findings import Report
from .source import tree

MISSPELT = {"_init_", "__init_", "_init__", "__int__", "_int_", "init__", "__init", "__inti__"}
TESTING = re.compile(r"(?i)(^|_)(test|val|valid|validation)(_|$)|^(x|X)(test|val)$")


def look(file: str, report: Report) -> None:
    """Add the findings of one file."""
    top = tree(file)
    if top is None:
        return
    modules = _modules(top)
    for each in ast.walk(top):
        if isinstance(each, ast.ClassDef) and each.name in modules:
            _look_at_class(each, file, report)
    for line, name in _own_statistics(top):
        what = f"{name} is normalised by statistics of its own, not by those of the training data."
        report.add("normalised-otherwise", (file, line), what)


def _modules(top: ast.Module) -> set[str]:
    """The classes of a file that are modules: of nn.Module, or of one another."""
    classes = [n for n in ast.walk(top) if isinstance(n, ast.ClassDef)]
    imported = {
        alias.asname or alias.name
        for n in ast.walk(top)
        if isinstance(n, ast.ImportFrom) and n.module in ("torch.nn", "chainrule.nn")
        for alias in n.names
        if alias.name == "Module"
    }
    found: set[str] = set()
    for _ in classes:
        for each in classes:
            bases = {ast.unparse(base) for base in each.bases}
            if bases & (imported | found) or any(b.endswith("nn.Module") for b in bases):
                found.add(each.name)
    return found


def _look_at_class(cls: ast.ClassDef, file: str, report: Report) -> None:
    methods = {n.name: n for n in cls.body if isinstance(n, ast.FunctionDef)}
    for name, method in methods.items():
        if name in MISSPELT and "__init__" not in methods:
            what = f"{cls.name}.{name} is not {cls.name}.__init__."
            report.add("init-misspelt", (file, method.lineno), what)
    init = methods.get("__init__")
    if init is not None and not _calls_parent(init):
        what = f"{cls.name}.__init__ does not call super().__init__()."
        report.add("super-init-missing", (file, init.lineno), what)


def _calls_parent(init: ast.FunctionDef) -> bool:
    return any(isinstance(n, ast.Attribute) and n.attr == "__init__" for n in ast.walk(init))


def _own_statistics(top: ast.Module) -> Iterator[tuple[int, str]]:
    """Lines such as (X_test - X_test.mean(0)) / X_test.std(0), and fit_transform(X_test)."""
    for node in ast.walk(top):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            left = node.left
            if not (isinstance(left, ast.BinOp) and isinstance(left.op, ast.Sub)):
                continue
            name = ast.unparse(left.left)
            mean, deviation = ast.unparse(left.right), ast.unparse(node.right)
            own = mean.startswith(f"{name}.mean(") and f"{name}.std(" in deviation
            if own and TESTING.search(name):
                yield node.lineno, name
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "fit_transform"
            and node.args
            and TESTING.search(name := ast.unparse(node.args[0]))
        ):
            yield node.lineno, name
