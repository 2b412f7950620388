"""The map of what a function can reach: values as nodes, the ways between them as edges."""

from __future__ import annotations

from types import CodeType
from typing import Any


class Refused(Exception):
    """Why what a function reads cannot be guarded."""


class Node:
    """A value that was reached: its kind, the user's name for it, what it holds and who holds it.

    `given` says that it is part of the arguments: new at each call, known by its structure only.
    `partial`: only some of its entries were looked at. `steady`: a module or an optimizer holds it.
    """

    __slots__ = ("content", "edges", "given", "into", "kind", "partial", "path", "steady", "value")

    def __init__(self, value: Any, kind: str, path: str, given: bool = False) -> None:
        self.value = value
        self.kind = kind
        self.path = path
        self.given = given
        self.edges: list[Edge] = []
        self.into: list[Edge] = []
        self.partial = False
        self.steady = False
        self.content: Any = None  # the array of a tensor; a copy of a set or an array

    def __repr__(self) -> str:
        return f"Node({self.path!r}, {self.kind})"


class Edge:
    """How one value is reached from another; `child` is None where nothing is there.

    item, key: an element of a container; member: of a set; entry: of a dictionary of attributes or
    globals; slot: an attribute of its own; attribute: of a class; type: the class of an instance;
    fixed: a link that nobody can change.
    """

    __slots__ = ("child", "how", "key", "parent", "path")

    def __init__(self, parent: Node, how: str, key: Any, path: str, child: Node | None) -> None:
        self.parent = parent
        self.how = how
        self.key = key
        self.path = path
        self.child = child

    def __repr__(self) -> str:
        return f"Edge({self.parent.path!r} {self.how} {self.key!r} -> {self.path!r})"


def is_keeper(attributes: dict[str, Any]) -> bool:
    """Whether these are the attributes of a module or of an optimizer."""
    return "_parameters" in attributes or "param_groups" in attributes


def identifiers(code: CodeType) -> list[str]:
    """The identifiers and strings in code."""
    strings = [each for each in code.co_consts if isinstance(each, str)]
    return [*code.co_names, *code.co_varnames, *code.co_freevars, *strings]
