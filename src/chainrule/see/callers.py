"""What a caller's variables and lines say about a graph: names for what is in it.

A graph does not know all that went into it, such as the number `y` in `y_hat - y`; that is read
from the caller's own lines, where their operators are those of the graph.
"""

from __future__ import annotations

import ast
import inspect
from contextlib import suppress
from textwrap import dedent
from types import FrameType
from typing import Any

from ..core.primitive import Output, Primitive
from ..core.tensor import TensorBase
from .chain import edge_of
from .forward import Graph, end_of
from .names import Names, end

Space = dict[str, Any]


def names_for(loss: Any, frame: FrameType | None) -> dict[Any, str]:
    """Names for what is in the graph behind a tensor, as `derivation.derive` takes them."""
    spaces: list[Space] = [] if frame is None else [frame.f_locals, frame.f_globals]
    names = variable_names(loss, spaces)
    for tree in sources(frame, spaces):
        names_in_source(tree, spaces, names)
    return names


def variable_names(loss: Any, spaces: list[Space]) -> dict[Any, str]:
    """The names that variables give to nodes, leaves and saved arrays, by id."""
    known = Names()
    nodes = known.look(spaces, deep=True)
    found: dict[Any, str] = {}
    for space in spaces:
        for name, value in list(space.items()):
            if isinstance(value, TensorBase) and not name.startswith("_"):
                found.setdefault(id(value), name)
                found.setdefault(id(value._data), name)
    root = edge_of(loss)
    for edge in (root, *(s for node in Graph(root).nodes for s in node.sources if s is not None)):
        text = known.of(edge) if isinstance(edge, TensorBase) else nodes.get(end(edge))
        if text is not None:
            found[id(edge)] = text
    return found


def sources(frame: FrameType | None, spaces: list[Space]) -> list[ast.AST]:
    """The caller's program; in a notebook, also the cells that ran before."""
    texts = [text for space in spaces[-1:] for text in space.get("In", ())]
    with suppress(OSError):
        lines = [] if frame is None else inspect.getsourcelines(frame)[0]
        texts.append(dedent("".join(lines)))
    trees: list[ast.AST] = []
    for text in texts:
        with suppress(SyntaxError, ValueError, TypeError):  # a cell with magics
            trees.append(ast.parse(text))
    return trees


def names_in_source(tree: ast.AST, spaces: list[Space], names: dict[Any, str]) -> None:
    """Name the inputs that the graph does not know, as assignments in the caller's lines have them.

    An assignment is believed where its operators are those of the graph behind the variable.
    """
    for statement in ast.walk(tree):
        if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
            continue
        name = statement.targets[0].id
        value = next((space[name] for space in spaces if name in space), None)
        if isinstance(value, TensorBase) and isinstance(value._node, (Primitive, Output)):
            _match(statement.value, end_of(value._node), names)


_CLASSES: dict[type, tuple[str, ...]] = {
    ast.Add: ("Add",), ast.Sub: ("Sub",), ast.Mult: ("Mul",), ast.Div: ("Div",),
    ast.Pow: ("PowScalar", "Pow"), ast.MatMult: ("Mm", "Mv", "VecMat", "Dot"),
}  # fmt: skip


def _match(tree: ast.expr, node: Any, names: dict[Any, str]) -> None:
    """Name what the inputs of a node are, if this expression made it."""
    sides, classes = _operands(tree)
    kind = type(node).__name__
    if kind not in classes and not (isinstance(tree, ast.Call) and kind.endswith("Loss")):
        return
    for index, (side, source) in enumerate(zip(sides, node.sources, strict=False)):
        if isinstance(source, (Primitive, Output)):
            _match(side, end_of(source), names)
        elif source is None and not isinstance(side, ast.Constant):
            names[id(node), index] = ast.unparse(side)


def _operands(tree: ast.expr) -> tuple[list[ast.expr], tuple[str, ...]]:
    """What an operator or call is applied to, and the primitives that it may run."""
    if isinstance(tree, ast.BinOp):
        return [tree.left, tree.right], _CLASSES.get(type(tree.op), ())
    if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Attribute) and not tree.args:
        return [tree.func.value], (tree.func.attr.capitalize(),)
    return (list(tree.args), ()) if isinstance(tree, ast.Call) else ([], ())
