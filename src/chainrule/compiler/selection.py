"""What mattered in a run, of all that the function could reach: these edges must stay as they are.

An edge matters if the code that ran names it, if it belongs to a container or function that
matters, or if it leads to a tensor that was read or to code that ran.
"""

from __future__ import annotations

import types
from collections import deque
from collections.abc import Collection
from functools import cached_property
from typing import Any

from .kinds import article, author, is_library_code, kind_of, random_state
from .nodes import Edge, Node, Refused, identifiers, is_keeper

REFLECTION = frozenset(
    (
        "getattr",
        "hasattr",
        "setattr",
        "vars",
        "dir",
        "__dict__",
        "globals",
        "locals",
        "eval",
        "exec",
        "attrgetter",
        "methodcaller",
        "copy",
        "deepcopy",
        "asdict",
        "astuple",
        "fields",
        "replace",
        "dumps",
        "getmembers",
        "AttributeError",
    )
)
"""Names in the user's code after which attributes may be read that no code names."""
_TABLES = frozenset({"_parameters", "_buffers", "_modules"})
_CONTAINERS = ("list", "tuple", "dict", "set")
_ENTRIES = ("item", "key", "member")
_CODES = (types.FunctionType, property, staticmethod, classmethod)


class Selection:
    """The edges that mattered, parents first, and what is to be read anew at each call."""

    def __init__(
        self,
        snapshot: Any,
        used: Collection[int],
        names: Collection[str],
        executed: Collection[types.CodeType],
        inputs: Collection[tuple[Any, ...]] = (),
        grads: Collection[int] = (),
    ) -> None:
        self.snapshot = snapshot
        self.used, self.inputs, self.grads = used, inputs, grads
        self.names = frozenset(names)
        if "TABLES" in self.names:  # so a module looks for an attribute that it does not have
            self.names |= _TABLES
        self.executed = frozenset(executed)
        written = [code for code in self.executed if not is_library_code(code)]
        self.said = {name for code in written for name in (*code.co_names, *code.co_freevars)}
        self.reflects = not REFLECTION.isdisjoint(self.said)
        self.edges: list[Edge] = []
        self._kept: set[int] = set()
        self._open: set[int] = set()
        self._private: dict[type, set[str]] = {}
        self._queue: deque[Node] = deque()
        self._check(written)
        for root in (snapshot.args, snapshot.kwargs, snapshot.fn):
            self._enter(root)
        self._spread()
        self._reach(written)

    def _check(self, written: list[types.CodeType]) -> None:
        snapshot = self.snapshot
        for id_ in self.used:
            if id_ not in snapshot.nodes:
                raise Refused(
                    "it reads a tensor that cannot be reached from the function, its arguments, "
                    "globals or attributes"
                )
        for code in written:
            made = code.co_name.startswith("__") and code.co_filename.startswith("<")
            if code not in snapshot.reached and not made:
                raise Refused(
                    f"it runs `{code.co_qualname}`, which cannot be reached from the function, its "
                    "arguments, globals or attributes"
                )
        if random_state() != snapshot.random:
            raise Refused("it draws from Python's or NumPy's random numbers")
        for node, state in snapshot.states:
            if random_state(node.value) != state:
                raise Refused(f"it draws random numbers from `{node.path}`")

    def gained(self) -> str:
        """An attribute that code of the user's has given to an object during the run; or ""."""
        for node in self.snapshot.nodes.values():
            if node.kind == "namespace" and not node.partial and id(node) in self._open:
                for key in node.value.keys() - {edge.key for edge in node.edges}:
                    if key in self.said or self.reflects:
                        return f"{node.path}.{key}"
        return ""

    # Following edges

    def _enter(self, node: Node) -> None:
        if id(node) in self._open:
            return
        if node.kind == "opaque":
            raise Refused(_opaque(node))
        if node.kind == "function" and node.value.__code__ not in self.executed:
            return
        self._open.add(id(node))
        self._queue.append(node)

    def _keep(self, edge: Edge) -> None:
        if id(edge) in self._kept:
            return
        self._kept.add(id(edge))
        self.edges.append(edge)
        if edge.child is not None:
            self._enter(edge.child)

    def _spread(self) -> None:
        while self._queue:
            node = self._queue.popleft()
            for edge in node.edges:
                if self._matters(edge):
                    self._keep(edge)

    def _reach(self, written: list[types.CodeType]) -> None:
        """Keep every way to a tensor or function that was used under a name we do not know."""
        snapshot = self.snapshot
        ends = [snapshot.nodes[id_] for id_ in self.used]
        ends += [node for code in written for node in snapshot.functions.get(code, ())]
        for node in ends:
            if id(node) not in self._open:
                for edge in node.into:
                    self._approach(edge)
                self._spread()

    def _approach(self, edge: Edge) -> None:
        """Keep an edge, and the first way to it."""
        way = [edge]
        while id(way[-1].parent) not in self._open and way[-1].parent.into:
            way.append(way[-1].parent.into[0])
        for each in reversed(way):
            self._enter(each.parent)
            self._keep(each)

    # What matters

    def _matters(self, edge: Edge) -> bool:
        how, parent, key = edge.how, edge.parent, edge.key
        if parent.kind in _CONTAINERS and author(type(parent.value)) != "user":
            return how in _ENTRIES  # it has no attributes that matter
        if how in _ENTRIES or how == "type":
            return True
        if how == "fixed":
            return parent.kind != "function" or self._of_function(edge)
        if how == "attribute":
            return self._of_class(edge)
        if parent.kind == "namespace":
            named = key in self.names and (key[:1] != "_" or self._is_read(parent, key))
            return named or parent.given or (self.reflects and not parent.partial)
        if parent.kind == "tensor" and key == "_grad":
            child = edge.child
            return id(parent.value) in self.grads or (child and id(child.value)) in self.used
        if parent.kind in ("cell", "tensor") or key in ("__dict__", "__code__"):
            return True
        if parent.kind == "function":  # defaults that nobody gave were not needed
            return edge.child is not None and edge.child.value is not None
        return key in self.names or self.reflects

    def _is_read(self, space: Node, key: str) -> bool:
        """Whether code that ran, and can be about this object, names its private attribute.

        The methods of other classes of this package are not about it.
        """
        if not is_keeper(space.value) or not space.into:
            return True
        cls = type(space.into[0].parent.value)
        if cls not in self._private:
            owners = self._owners
            ours = [c for c in self.executed if owners.get(c, set()) <= {*cls.__mro__}]
            self._private[cls] = {name for code in ours for name in identifiers(code)}
        return key in self._private[cls]

    @cached_property
    def _owners(self) -> dict[types.CodeType, set[type]]:
        """The classes of this package that have a method, by its code."""
        owners: dict[types.CodeType, set[type]] = {}
        for node in self.snapshot.nodes.values():
            for cls in node.value.__mro__ if node.kind == "class" else ():
                for value in vars(cls).values() if author(cls) == "own" else ():
                    for code in _codes(value) if isinstance(value, _CODES) else ():
                        owners.setdefault(code, set()).add(cls)
        return owners

    def _of_function(self, edge: Edge) -> bool:
        """Of a function of a library only the functions matter that it wraps, and its hooks."""
        if not is_library_code(edge.parent.value.__code__):
            return True
        child = edge.child
        if child is None or child.kind != "cell":
            return child is not None
        inner = child.edges[0].child
        return inner is not None and inner.kind in ("function", "carrier", "class")

    def _of_class(self, edge: Edge) -> bool:
        value = edge.child and edge.child.value
        ran = isinstance(value, _CODES) and not self.executed.isdisjoint(_codes(value))
        if ran or edge.key not in self.names:
            return ran
        defined = next(c for c in edge.parent.value.__mro__ if edge.key in vars(c))
        return author(defined) == "user" or kind_of(value) == "atom"


def _codes(value: Any) -> list[Any]:
    """The code objects of a function, property or method."""
    parts = (value, *(getattr(value, name, None) for name in ("fget", "fset", "fdel", "__func__")))
    return [part.__code__ for part in parts if isinstance(part, types.FunctionType)]


def _opaque(node: Node) -> str:
    if hasattr(type(node.value), "__next__"):
        return f"it reads from `{node.path}`, an iterator ({article(node.value)})"
    size = f" of {len(node.value)} entries" if hasattr(node.value, "__len__") else ""
    return f"it reads `{node.path}`, {article(node.value)}{size}, which a guard cannot check"
