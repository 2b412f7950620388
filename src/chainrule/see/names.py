"""Names for what a program computes: its variables, assignment targets and parameters.

Reads the syntax tree of the program's own lines and the variables of its frames; runs nothing.
"""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from types import CodeType, FrameType
from typing import Any
from weakref import ref

from ..core.primitive import Leaf, Output, Primitive
from ..core.sites import PACKAGE
from ..core.tensor import TensorBase
from ..nn.modules.module import Module

Place = tuple[int | None, int | None, int | None, int | None]
MEMBERS = 64
"""How many members of a list, tuple, dictionary or object are looked at."""


@dataclass(frozen=True)
class Expression:
    """What the syntax tree knows of an expression that is being computed.

    `targets` are the variables that it is assigned to, `returned` says that it is what a function
    returns, `operands` are the texts of both sides of an operator, `names` the variables read.
    """

    targets: tuple[str, ...] = ()
    returned: bool = False
    operands: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def is_operator(self) -> bool:
        """Whether it runs exactly one operation."""
        return bool(self.operands)


NOTHING = Expression()


def expression(frame: FrameType) -> Expression:
    """The expression that a frame is computing."""
    return _expression(frame.f_code, frame.f_lasti)


@cache
def _expression(code: CodeType, instruction: int) -> Expression:
    places = list(code.co_positions())
    place = places[instruction // 2] if instruction >= 0 else (None,) * 4
    if place not in _nodes(code.co_filename):
        return NOTHING
    node, parent = _nodes(code.co_filename)[place]
    targets = _targets(node) or (_targets(parent) if getattr(parent, "value", 0) is node else ())
    sides: list[ast.expr] = []
    if isinstance(node, ast.BinOp):
        sides = [node.left, node.right]
    elif isinstance(node, ast.AugAssign):
        sides = [node.target, node.value]
    return Expression(
        targets,
        isinstance(parent, ast.Return) or (isinstance(parent, ast.Lambda) and parent.body is node),
        tuple(ast.unparse(side) for side in sides),
        tuple(dict.fromkeys(n.id for n in ast.walk(node) if isinstance(n, ast.Name))),
    )


@cache
def _nodes(filename: str) -> dict[Place, tuple[ast.AST, ast.AST]]:
    """The expressions of a file by place, each with its parent."""
    try:
        tree = ast.parse("".join(linecache.getlines(filename)))
    except (SyntaxError, ValueError):
        return {}
    found: dict[Place, tuple[ast.AST, ast.AST]] = {}
    for parent in ast.walk(tree):
        for node in ast.iter_child_nodes(parent):
            if isinstance(node, (ast.expr, ast.AugAssign)):
                place = (node.lineno, node.end_lineno, node.col_offset, node.end_col_offset)
                found.setdefault(place, (node, parent))
    return found


def _targets(statement: ast.AST) -> tuple[str, ...]:
    """The variables that a statement assigns to, in the order of the values it unpacks."""
    if isinstance(statement, ast.Assign):
        target = statement.targets[0]
    elif isinstance(statement, (ast.AnnAssign, ast.AugAssign, ast.NamedExpr)):
        target = statement.target
    else:
        return ()
    several = target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]
    simple = all(isinstance(each, (ast.Name, ast.Attribute)) for each in several)
    return tuple(ast.unparse(each) for each in several) if simple else ()


def user_frames(frame: FrameType | None) -> Iterator[FrameType]:
    """The frames outside this package, from this one outwards."""
    while frame is not None:
        if not frame.f_code.co_filename.startswith(PACKAGE):
            yield frame
        frame = frame.f_back


def result_names(frame: FrameType) -> tuple[str, ...]:
    """The variables that the value being computed is going to be, through returns of functions."""
    for each in user_frames(frame):
        found = expression(each)
        if not found.returned:
            return found.targets
    return ()


def operand_names(frame: FrameType, inputs: Iterable[Any]) -> list[str | None]:
    """For each input of the operation that a frame runs, the variable or expression it is."""
    found = expression(frame)
    spaces = (frame.f_locals, frame.f_globals)
    variables = {name: next((s[name] for s in spaces if name in s), None) for name in found.names}
    inputs = list(inputs)
    names = [next((n for n, v in variables.items() if v is x), None) for x in inputs]
    texts = found.operands if len(inputs) == len(found.operands) else ()
    if texts and all(isinstance(x, TensorBase) for x in inputs):
        named = zip(names, inputs, texts, strict=True)
        return [name or _text(x, text) for name, x, text in named]
    rest = [text for text in texts if text not in names]  # a number may stand on either side
    unnamed = [i for i, name in enumerate(names) if name is None]
    if len(rest) == len(unnamed) == 1:
        names[unnamed[0]] = _text(inputs[unnamed[0]], rest[0])
    return names


def _text(x: Any, text: str) -> str | None:
    """The expression that an operand is, unless it is a literal or the graph made it."""
    if isinstance(x, TensorBase) and isinstance(x._node, (Primitive, Output)):
        return None
    try:
        ast.literal_eval(text)
    except ValueError:
        return text
    return None


class Names:
    """Names of tensors, graph nodes and modules, as the variables of some name spaces hold them.

    Found once, a leaf and a module keep their names.
    """

    def __init__(self) -> None:
        self._known: dict[int, tuple[ref[Any], str]] = {}

    def of(self, thing: Any) -> str | None:
        """The name that a leaf or module was given."""
        found = self._known.get(id(thing))
        return found[1] if found is not None and found[0]() is thing else None

    def give(self, thing: Any, name: str) -> None:
        """Remember a name."""
        self._known[id(thing)] = ref(thing), name

    def look(self, spaces: Iterable[dict[str, Any]], deep: bool) -> dict[tuple[Any, int], str]:
        """Give names to the leaves in these name spaces; returns those of graph nodes.

        Variables come first; `deep` looks into modules, containers and objects too.
        """
        nodes: dict[Any, str] = {}
        found = [pair for space in spaces for pair in list(space.items()) if pair[0][0] != "_"]
        for name, value in found:
            self._see(value, name, nodes)
        for name, value in found if deep else ():
            for path, member in _members(value):
                self._see(member, name + path, nodes)
        return nodes

    def module(self, module: Any, spaces: Iterable[dict[str, Any]]) -> str:
        """The variable that holds a module; its class in lower case where none does."""
        known = self.of(module)
        if known is None:
            pairs = ((k, v) for space in spaces for k, v in list(space.items()) if v is module)
            known = next((k for k, _ in pairs if k != "self"), type(module).__name__.lower())
            self.give(module, known)
        return known

    def _see(self, value: Any, name: str, nodes: dict[Any, str]) -> None:
        if not isinstance(value, TensorBase) or value._node is None:
            return
        if type(value._node) is not Leaf:
            nodes.setdefault(end(value._node), name)
        elif self.of(value) is None:
            self.give(value, name)


def end(source: Any) -> tuple[Any, int]:
    """The node that an edge leads to, and which of its outputs."""
    return (source.node, source.index) if type(source) is Output else (source, 0)


def _members(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Module):
        yield from ((f".{name}", p) for name, p in value.named_parameters())
    elif type(value) in (list, tuple):
        yield from ((f"[{i}]", each) for i, each in enumerate(value[:MEMBERS]))
    elif type(value) is dict:
        pairs = list(value.items())[:MEMBERS]
        yield from ((f"[{key!r}]", each) for key, each in pairs)
    elif type(getattr(value, "__dict__", None)) is dict and not isinstance(value, type):
        for name, each in list(vars(value).items())[:MEMBERS]:
            yield f".{name}", each
            if isinstance(each, Module):
                yield from ((f".{name}{path}", p) for path, p in _members(each))
