"""The floors of the package: a module imports only from floors below its own.

One floor a line, the lowest first; the units of one floor are siblings and do not import one
another. Imports under TYPE_CHECKING are free, imports inside functions count like any other.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "src" / "chainrule"
PUBLIC = "__init__"  # the package itself: `import chainrule`
FLOORS = (
    "errors typing data version threads",
    "backend",
    "core",
    "kernels",
    "ops",
    "autograd",
    "amp linalg masked special fft signal random queries testing backends",  # doors to it
    "methods",
    f"tensor {PUBLIC}",
    "nn.functional",
    "compiler",
    "nn optim utils io distributed cuda distributions",
    "accelerator serialization func hub jit multiprocessing onnx profiler optim.swa_utils",
    "watch",
    "see check vision",
    "learn",
    "compat",
    "cli",
    "__main__",
)
FLOOR = {unit: number for number, line in enumerate(FLOORS) for unit in line.split()}
# Importer, imported: why. The list may only shrink.
ALLOWED: dict[tuple[str, str], str] = {}


def unit_of(path: list[str]) -> str:
    """The longest prefix of a path inside the package that has a floor, else the package."""
    prefixes = (".".join(path[:length]) for length in range(len(path), 0, -1))
    return next((prefix for prefix in prefixes if prefix in FLOOR), PUBLIC)


def imports(tree: ast.AST, package: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Line and full path of everything imported below `tree` when it runs."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            yield from imports(ast.Module(node.orelse, []), package)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = [*above, *(node.module.split(".") if node.module else [])]
            yield from ((node.lineno, [*base, alias.name]) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name.split(".")) for alias in node.names)
        else:
            yield from imports(node, package)


def violations(root: Path) -> list[str]:
    """One sentence for each import that does not go down."""
    found = []
    for file in sorted(root.rglob("*.py")):
        inside = list(file.relative_to(root).with_suffix("").parts)
        importer = unit_of(inside)
        for line, (top, *path) in imports(ast.parse(file.read_text()), ["chainrule", *inside[:-1]]):
            target = unit_of(path)
            free = top != "chainrule" or importer in (target, PUBLIC)
            if not free and FLOOR[target] >= FLOOR[importer] and (importer, target) not in ALLOWED:
                found.append(f"{file}:{line}: {importer} may not import {target}")
    return found


def test_imports_go_down():
    assert not violations(PACKAGE), "\n".join(violations(PACKAGE))


def test_every_unit_has_a_floor():
    units = {path.stem for path in PACKAGE.iterdir() if path.suffix in ("", ".py")}
    assert not units - FLOOR.keys() - {"__pycache__"}


def test_a_planted_violation_is_named(tmp_path):
    (tmp_path / "core").mkdir()
    (tmp_path / "core" / "node.py").write_text(
        "from typing import TYPE_CHECKING\n"
        "import numpy\n"
        "from ..errors import hint\n"
        "if TYPE_CHECKING:\n"
        "    from chainrule.tensor import Tensor\n"
        "def late():\n"
        "    from .. import ops\n"
        "    import chainrule.nn.functional\n"
        "from chainrule import tanh\n"
    )
    lines = [sentence.split("node.py:")[1] for sentence in violations(tmp_path)]
    assert lines == [
        "7: core may not import ops",
        "8: core may not import nn.functional",
        "9: core may not import __init__",
    ]
