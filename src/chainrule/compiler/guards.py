"""Guards: conditions under which a compiled call does what the Python function would do.

Each is one Python expression over pinned objects and the arguments; a guard is all of them, joined
by `and`. What is pinned is compared by identity, so that what lies below it needs no fetching.
"""

from __future__ import annotations

import types
import weakref
from collections.abc import Callable
from enum import Enum
from itertools import combinations
from typing import Any

from ..core.primitive import Leaf
from .conditions import Condition, mode_conditions, node_condition
from .conditions import Guard as Guard
from .conditions import tensor_conditions as tensor_conditions
from .kinds import (
    array_of,
    article,
    is_library_code,
    kind_of,
    overrides,
    same,
    same_bytes,
    same_ids,
    same_items,
    short,
    vacant,
)
from .nodes import Edge, Node
from .selection import Selection

HELPERS: dict[str, Any] = {
    "same": same,
    "same_bytes": same_bytes,
    "same_ids": same_ids,
    "same_items": same_items,
    "vacant": vacant,
    "Leaf": Leaf,
}
_PREFIX = {
    "namespace": "D", "dict": "D", "list": "L", "tuple": "L", "set": "S", "class": "C",
    "function": "f", "cell": "c", "tensor": "t", "module": "m", "leaf": "n", "atom": "k",
    "array": "a", "number": "x",
}  # fmt: skip
_BASES: dict[str, Any] = {"list": list, "tuple": tuple, "dict": dict}
_FEW = 3  # entries of a container that are compared one by one


def build(selection: Selection) -> Guard:
    """The guard that holds as long as everything selected stays as it was."""
    builder = _Builder(selection)
    builder.run()
    return builder.guard


class _Builder:
    def __init__(self, selection: Selection) -> None:
        self.selection = selection
        self.guard = Guard(names=dict(HELPERS))
        self.access: dict[int, str] = {}  # expressions for nodes, by their id
        self.done: set[int] = set()  # edges that need no condition of their own
        self.positions: dict[int, str] = {}  # edges to the values of dicts with odd keys
        self.ours: set[int] = set()  # nodes that are the .grad of a tensor, or belong to it
        self.floating: list[tuple[str, Any]] = []  # tensors that may be others at the next call
        self.pinned: list[Any] = []  # tensors that may not
        self.counts: dict[str, int] = {}

    def run(self) -> None:
        """Write all conditions."""
        snapshot = self.selection.snapshot
        self.access[id(snapshot.args)] = "args"
        self.access[id(snapshot.kwargs)] = "kwargs"
        self.contents(snapshot.args, "the number of arguments")
        self.contents(snapshot.kwargs, "the keyword arguments")
        self.hold(snapshot.fn)
        self.guard.checks += mode_conditions(self.guard.names)
        for edge in self.selection.edges:
            if id(edge) not in self.done:
                self.edge(edge)
        self.shadows()
        self.apart()

    # Names

    def name(self, kind: str) -> str:
        prefix = _PREFIX.get(kind, "o")
        number = self.counts[prefix] = self.counts.get(prefix, 0) + 1
        return f"{prefix}{number}"

    def pin(self, value: Any, kind: str) -> str:
        name = self.name(kind)
        self.guard.names[name] = value
        return name

    def class_name(self, cls: type) -> str:
        """A name for a class: its own, if it is one of ours or built in."""
        if cls.__module__ not in ("builtins", "torch", "torch.nn.parameter"):
            return self.pin(cls, "class")
        self.guard.names[cls.__name__] = cls
        return cls.__name__

    def check(
        self,
        source: str,
        subject: str,
        now: str = "",
        was: Any = "",
        aspect: str = "",
        ours: bool = False,
    ) -> None:
        self.guard.checks.append(Condition(source, subject, now, was, aspect, ours))

    def subject(self, edge: Edge) -> str:
        if edge.how == "type":
            return f"the class of `{edge.parent.path}`"
        given = edge.parent.given or (edge.child is not None and edge.child.given)
        return f"argument `{edge.path}`" if given else f"`{edge.path}`"

    # Edges

    def edge(self, edge: Edge) -> None:
        """That an edge leads where it led."""
        child, parent = edge.child, edge.parent
        if child is None:
            self.absence(edge)
            return
        if edge.how in ("fixed", "member") or (_cannot_change(edge) and child.kind != "tensor"):
            if child.kind != "atom" and id(child) not in self.access:
                self.hold(child)
            return
        where = self.where(edge)
        known = self.access.get(id(child)) if child.kind != "atom" else None
        ours = id(parent) in self.ours or (parent.kind == "tensor" and edge.key == "_grad")
        if ours:
            self.ours.add(id(child))
        subject = self.subject(edge)
        if known is not None:
            was = article(child.value)
            self.check(f"{where} is {known}", subject, where, was, "identity", ours=ours)
        elif child.kind == "atom":
            self.atom(edge, where, subject, ours)
        elif child.kind == "tensor":
            self.tensor(edge, where, subject, ours)
        elif child.kind == "leaf":
            self.leaf(child, where, subject, ours)
        elif child.given:
            self.structure(child, where, subject)
        elif child.kind == "bytes":
            self.bytes(edge, where, subject)
        elif edge.parent.given and edge.how != "type":
            self.weak(child, where, subject)
        else:
            self.identity(child, where, subject)

    def where(self, edge: Edge) -> str:
        """The expression for what is at an edge now."""
        holder, how, key = self.access[id(edge.parent)], edge.how, edge.key
        value = edge.parent.value
        if how == "type":
            return f"type({holder})"
        if how == "slot":
            if isinstance(getattr(type(value), "__getattribute__", None), types.FunctionType):
                return f"object.__getattribute__({holder}, {key!r})"
            return f"{holder}.{key}"
        if how == "attribute":
            return self.of_class(edge, holder)
        if id(edge) in self.positions:
            return self.positions[id(edge)]
        index = repr(key) if type(key) in (str, int, bool, type(None)) else self.pin(key, "atom")
        base = _BASES.get(edge.parent.kind)
        if base is not None and overrides(value):
            return f"{base.__name__}.__getitem__({holder}, {index})"
        return f"{holder}[{index}]"

    def of_class(self, edge: Edge, holder: str) -> str:
        """The expression for a class attribute, without running a descriptor's code."""
        cls, name, found = edge.parent.value, edge.key, type(edge.child and edge.child.value)
        harmless = (types.FunctionType, property)
        if type(cls) is type and (issubclass(found, harmless) or not hasattr(found, "__get__")):
            return f"{holder}.{name}"
        for each in cls.__mro__:
            space = self.pin(vars(each), "namespace")
            if name in vars(each):
                return f"{space}[{name!r}]"
            self.check(f"{name!r} not in {space}", f"`{edge.path}`", "", "is hidden", "change")
        raise AssertionError(name)

    def absence(self, edge: Edge) -> None:
        holder = self.access[id(edge.parent)]
        source = f"{edge.key!r} not in {holder}"
        if edge.how == "slot":
            slot = getattr(type(edge.parent.value), edge.key)
            source = f"vacant({self.pin(slot, 'known')}, {holder})"
        self.check(source, f"`{edge.path}`", "", "is defined now", "change")

    # What an edge leads to

    def hold(self, child: Node) -> None:
        """What nobody can replace: only its contents can change."""
        self.access[id(child)] = self.pin(child.value, child.kind)
        self.contents(child)

    def identity(self, child: Node, where: str, subject: str) -> None:
        name = self.access[id(child)] = self.pin(child.value, child.kind)
        self.check(f"{where} is {name}", subject, where, article(child.value), "identity")
        self.contents(child)

    def weak(self, child: Node, where: str, subject: str) -> None:
        """An object among the arguments: pinned, but not kept alive."""
        try:
            owner = weakref.ref(child.value)
        except TypeError:
            self.identity(child, where, subject)
            return
        self.guard.owners.append(owner)
        name = self.access[id(child)] = self.name(child.kind)
        source = f"({name} := {where}) is {self.pin(owner, 'known')}() is not None"
        self.check(source, subject, where, article(child.value), "identity")
        self.contents(child)

    def structure(self, child: Node, where: str, subject: str) -> None:
        """A container among the arguments, or a dataclass: any that is like it."""
        name = self.access[id(child)] = self.name("given" if child.kind == "object" else child.kind)
        if child.kind == "namespace":
            keys = _keys(child)
            source = f"[*({name} := {where})] == {self.pin(keys, 'list')}"
            self.check(source, subject, where, keys, "keys")
            return
        cls = self.class_name(type(child.value))
        self.check(
            f"type({name} := {where}) is {cls}", subject, where, article(child.value),
            "identity",
        )  # fmt: skip
        self.contents(child, subject)

    def bytes(self, edge: Edge, where: str, subject: str) -> None:
        assert edge.child is not None
        if not edge.parent.given:
            self.identity(edge.child, where, subject)
        copy = self.pin(edge.child.content, "known")
        self.access.setdefault(id(edge.child), where)
        source = f"same_bytes({where}, {copy})"
        self.check(source, f"the contents of {subject}", where, "changed", "change")

    def leaf(self, child: Node, where: str, subject: str, ours: bool) -> None:
        holder = child.into[0].parent
        if self.access[id(holder)] in self.guard.names:
            name = self.access[id(child)] = self.pin(child.value, "leaf")
            source = f"{where} is {name}"
        else:
            name = self.access[id(child)] = self.name("leaf")
            source = f"type({name} := {where}) is Leaf"
        text = "requires grad in another way than it did"
        self.check(source, f"`{holder.path}`", "", text, "change", ours=ours)

    # Atoms and numbers

    def atom(self, edge: Edge, where: str, subject: str, ours: bool) -> None:
        """A value that is compared; a number that is an input is only of the same type."""
        assert edge.child is not None
        value, place = edge.child.value, (id(edge.parent.value), edge.key)
        if place in self.selection.inputs:
            name = self.name("number")
            self.guard.numbers[place] = name
            kind = type(value).__name__
            self.check(f"type({name} := {where}) is {kind}", subject, where, short(value))
            return
        if isinstance(value, tuple):
            places = [(*place, i) for i in range(len(value))]
            if self.is_input(place, value):
                self.numbers(edge, where, subject, places)
                return
        source = self.equal(where, value)
        self.check(source, subject, where, short(value), ours=ours)

    def equal(self, where: str, value: Any) -> str:
        if value is None or value is True or value is False:
            return f"{where} is {value}"
        name = self.pin(value, "atom")
        if isinstance(value, Enum):
            return f"{where} is {name}"
        return f"({where} is {name} or same({where}, {name}))"

    def numbers(self, edge: Edge, where: str, subject: str, places: list[Any]) -> None:
        """A tuple of numbers, some of which are inputs."""
        assert edge.child is not None
        name = self.name("number")
        value = edge.child.value
        self.check(
            f"type({name} := {where}) is {type(value).__name__} and len({name}) == {len(value)}",
            subject, where, short(value),
        )  # fmt: skip
        for i, place in enumerate(places):
            part = f"{name}[{i}]"
            if place in self.selection.inputs:
                self.guard.numbers[place] = part
                source = f"type({part}) is {type(value[i]).__name__}"
            else:
                source = self.equal(part, value[i])
            self.check(source, f"{subject}[{i}]", part, short(value[i]))

    # Tensors

    def tensor(self, edge: Edge, where: str, subject: str, ours: bool) -> None:
        """A tensor: the same on the same memory, or any like it."""
        child = edge.child
        assert child is not None
        tensor = child.value
        if array_of(tensor) is None:
            self.identity(child, where, subject)
            return
        steady = child.steady and not ours and tensor._data is child.content
        if steady:
            name = self.pin(tensor, "tensor")
            array = self.pin(child.content, "array")
            self.check(f"{where} is {name}", subject, where, article(tensor), "identity")
            self.check(f"{name}._data is {array}", subject, "", "was given other data", "change")
            found = [node_condition(name, tensor._node, self.guard.names, subject)]
            self.pinned.append(tensor)
        else:
            name, array = self.name("tensor"), self.name("array")
            source = f"type({name} := {where}) is {self.class_name(type(tensor))}"
            self.check(source, subject, where, article(tensor), ours=ours)
            data = tensor._data if child.content is None else child.content
            found = tensor_conditions(name, tensor, self.guard.names, subject, array, data)
            if not ours:
                self.floating.append((name, tensor))
                self.guard.floating.append((name, tensor, subject))
        if type(tensor._node) is Leaf:
            found.pop()  # the edge to the leaf says that
        for check in found:
            check.ours = ours
        self.guard.checks += found
        self.access[id(child)] = self.guard.tensors[id(tensor)] = name
        self.guard.arrays[id(tensor)] = array

    def apart(self) -> None:
        """That tensors which were different still are."""
        if len(self.floating) > 1:
            names = [name for name, _ in self.floating]
            source = " and ".join(f"{a} is not {b}" for a, b in combinations(names, 2))
            if len(names) > _FEW:
                source = f"len({{{', '.join(f'id({name})' for name in names)}}}) == {len(names)}"
            self.check(source, "two tensors", "", "are now one", "change")
        for name, tensor in self.floating:
            like = frozenset(id(t) for t in self.pinned if _alike(t, tensor))
            if like:
                source = f"id({name}) not in {self.pin(like, 'known')}"
                self.check(source, "two tensors", "", "are now one", "change")

    # Containers

    def contents(self, node: Node, subject: str = "") -> None:
        """The length or keys of a container; its entries too, if one condition can do that."""
        writer = _CONTENTS.get(node.kind)
        if writer is not None:
            writer(self, node, subject or f"`{node.path}`")

    def sequence(self, node: Node, subject: str) -> None:
        name, count = self.access[id(node)], len(_entries(node))
        if node.kind == "tuple" and not node.given:
            return
        if self.is_flat(node):
            self.together(node, name, subject)
            return
        size = f"list.__len__({name})" if overrides(node.value) else f"len({name})"
        source = f"{size} == {count}" if count else f"not {name}"
        self.check(source, subject, name, count, "length")

    def dict(self, node: Node, subject: str) -> None:
        name, keys = self.access[id(node)], [edge.key for edge in _entries(node)]
        odd = overrides(node.value)
        listed = f"[*dict.keys({name})]" if odd else f"[*{name}]"
        values = f"[*dict.values({name})]" if odd else f"[*{name}.values()]"
        source = f"{listed} == {self.pin(keys, 'list')}"
        if "params" in keys and node.steady:  # of an optimizer: nobody asks for their order
            source = f"len({name}) == {len(keys)}"
        elif not keys and not odd:
            source = f"not {name}"
        elif not all(type(key) is str for key in keys):
            source = f"same_items({listed}, {self.pin(keys, 'list')})"
        self.check(source, subject, name, keys, "keys")
        if self.is_flat(node):
            self.together(node, values, subject)
        elif any(kind_of(key) != "atom" for key in keys):
            bound = self.name("list")
            self.check(f"({bound} := {values}) is not None", subject)
            for i, edge in enumerate(_entries(node)):
                self.positions[id(edge)] = f"{bound}[{i}]"

    def set(self, node: Node, subject: str) -> None:
        name, value = self.access[id(node)], node.content
        source = f"same({name}, {self.pin(value, 'set')})"
        if any(kind_of(each) != "atom" for each in value):
            source = f"same_ids({name}, {self.pin(frozenset(map(id, value)), 'set')})"
        self.check(source, f"the contents of {subject}", name, "changed", "change")

    def namespace(self, node: Node, subject: str) -> None:
        """Which attributes there are, if code may ask for any, or for one that is not there."""
        owners = [type(edge.parent.value) for edge in node.into if edge.how == "slot"]
        asks = any(_is_written(getattr(cls, "__getattr__", None)) for cls in owners)
        if node.partial or not (self.selection.reflects or asks):
            return
        name, keys = self.access[id(node)], _keys(node)
        self.check(f"[*{name}] == {self.pin(keys, 'list')}", subject, name, keys, "keys")

    def is_flat(self, node: Node) -> bool:
        """Whether the entries are atoms, and more than a few."""
        edges = _entries(node)
        if len(edges) <= _FEW:
            return False
        container = id(node.value)
        return all(
            edge.child is not None
            and edge.child.kind == "atom"
            and not self.is_input((container, edge.key), edge.child.value)
            for edge in edges
        )

    def is_input(self, place: tuple[Any, ...], value: Any) -> bool:
        """Whether a number is read anew at each call, or one in a tuple."""
        inputs = self.selection.inputs
        if isinstance(value, tuple):
            return any((*place, i) in inputs for i in range(len(value)))
        return place in inputs

    def together(self, node: Node, listed: str, subject: str) -> None:
        edges = _entries(node)
        self.done.update(map(id, edges))
        was = [(edge.path, edge.child.value) for edge in edges if edge.child is not None]
        copy = self.pin(tuple(value for _, value in was), "tuple")
        self.check(f"same_items({listed}, {copy})", subject, listed, was, "entries")

    # Beside the edges

    def shadows(self) -> None:
        """That instances do not hide what their class has."""
        if self.selection.reflects:
            return  # all names of attributes are compared
        spaces: dict[int, Node] = {}
        classes: dict[int, Node] = {}
        members: dict[int, list[str]] = {}
        for edge in self.selection.edges:
            child = edge.child
            if child is None:
                continue
            if child.kind == "namespace" and edge.how == "slot":
                spaces[id(edge.parent)] = child
            elif edge.how == "type":
                classes[id(edge.parent)] = child
            elif edge.how == "attribute" and not isinstance(child.value, property):
                members.setdefault(id(edge.parent), []).append(edge.key)
        for key, space in spaces.items():
            for name in members.get(id(classes.get(key)), ()):
                if name not in _keys(space) and not (name[:2] == name[-2:] == "__"):
                    subject, holder = f"`{space.path}.{name}`", self.access[id(space)]
                    self.check(f"{name!r} not in {holder}", subject, "", "is set now", "change")


_CONTENTS: dict[str, Callable[[_Builder, Node, str], None]] = {
    "list": _Builder.sequence,
    "tuple": _Builder.sequence,
    "dict": _Builder.dict,
    "set": _Builder.set,
    "namespace": _Builder.namespace,
}


def _cannot_change(edge: Edge) -> bool:
    """Whether an edge is one of a tuple, or of a closure that is not the user's."""
    parent = edge.parent
    if parent.kind == "cell":
        holders = (link.parent.value for link in parent.into)
        return all(hasattr(fn, "__code__") and is_library_code(fn.__code__) for fn in holders)
    return parent.kind == "tuple" and not parent.given and edge.how == "item"


def _keys(space: Node) -> list[str]:
    """The names of the attributes that an object had."""
    return [edge.key for edge in space.edges if edge.how == "entry" and edge.child is not None]


def _entries(node: Node) -> list[Edge]:
    """The edges to what a container holds, in order."""
    return [edge for edge in node.edges if edge.how in ("item", "key")]


def _is_written(method: Any) -> bool:
    """Whether a method is the user's own."""
    return isinstance(method, types.FunctionType) and not is_library_code(method.__code__)


def _alike(a: Any, b: Any) -> bool:
    """Whether one tensor could be taken for the other by the guard."""
    return type(a) is type(b) and a._data.shape == b._data.shape and a._data.dtype == b._data.dtype
