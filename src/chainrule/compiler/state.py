"""What a function can reach in Python: every value around it, and how it is reached.

`walk` looks at it before a traced run, `Snapshot.select` keeps what mattered in that run. Neither
runs any code of the user's: no property, no `__getattr__`, no `__eq__`.
"""

from __future__ import annotations

import dis
import inspect
import types
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Collection, Iterator
from copy import copy
from dataclasses import is_dataclass
from typing import Any

import numpy

from ..core.primitive import Leaf
from .kinds import (
    CARRIERS,
    array_of,
    article,
    attributes_of,
    author,
    is_library_code,
    is_library_module,
    kind_of,
    random_state,
)
from .nodes import Edge, Node, is_keeper
from .nodes import Refused as Refused
from .selection import Selection

LIMIT = 50_000
"""Values that are looked at."""
LARGE = 1_000
"""Entries of a container that are looked at; what holds more is opaque."""

_GLOBAL = {"LOAD_GLOBAL", "LOAD_NAME", "STORE_GLOBAL", "DELETE_GLOBAL"}
_NEVER = {"__doc__", "__module__", "__dict__", "__weakref__", "__annotations__", "__slots__"}
_GIVEN = (list, tuple, dict, OrderedDict, defaultdict, deque, set)
_CONTAINERS = ("list", "tuple", "dict", "set")


def walk(fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Snapshot:
    """Everything that can be reached from a function and its arguments, as it is now."""
    snapshot = Snapshot(fn, args, kwargs)
    snapshot.look()
    return snapshot


class Snapshot:
    """Values around a function, by identity, and the edges between them."""

    def __init__(
        self, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        self.nodes: dict[int, Node] = {}
        self.count = 0
        self.functions: dict[types.CodeType, list[Node]] = {}
        self.reached: set[types.CodeType] = set()
        self.names: set[str] = set()  # in the code that was reached
        self.random = random_state()
        self.states: list[tuple[Node, Any]] = []  # of generators of random numbers
        self.parts: dict[int, set[str]] = {}  # entries looked at, by id of the namespace
        self._queue: deque[Node] = deque()
        self.args = self._root(args, "tuple", "args", given=True)
        self.kwargs = self._root(kwargs, "dict", "kwargs", given=True)
        self.fn = self._root(fn, kind_of(fn), _name_of(fn))
        self._name_arguments(fn)

    def _root(self, value: Any, kind: str, path: str, given: bool = False) -> Node:
        node = self.nodes[id(value)] = Node(value, kind, path, given)
        if not given:
            self._queue.append(node)
        return node

    def _name_arguments(self, fn: Any) -> None:
        args, kwargs = self.args, self.kwargs
        names = _parameter_names(fn, len(args.value))
        for i, value in enumerate(args.value):
            self.link(args, "item", i, value, names[i])
        for name, value in kwargs.value.items():
            self.link(kwargs, "key", name, value, name)

    # Looking around

    def look(self) -> None:
        """Visit everything; the nearest first, so that paths are short."""
        while self._queue and self.count < LIMIT:
            while self._queue and self.count < LIMIT:
                node = self._queue.popleft()
                _EXPAND.get(node.kind, _expand_nothing)(self, node)
                if node.kind in _CONTAINERS and type(node.value).__module__ != "builtins":
                    _expand_object(self, node)
            self._look_by_name()

    def _look_by_name(self) -> None:
        for key, seen in list(self.parts.items()):
            space = self.nodes[key]
            for name in (self.names & space.value.keys()) - seen:
                self.entry(space, name)

    def link(self, parent: Node, how: str, key: Any, value: Any, path: str) -> Node:
        """Note that `parent` holds `value`, and visit it if that is new."""
        kind = kind_of(value)
        node = self.nodes.get(id(value)) if kind != "atom" else None
        if node is None:
            node = self._visit(Node(value, kind, path), parent)
        edge = Edge(parent, how, key, path, node)
        parent.edges.append(edge)
        node.into.append(edge)
        return node

    def _visit(self, node: Node, parent: Node) -> Node:
        self.count += 1
        if node.kind == "atom":
            return node
        value = node.value
        node.given = parent.given and _is_structure(value)
        node.steady = parent.steady or (parent.kind == "namespace" and is_keeper(parent.value))
        self.nodes[id(value)] = node
        large = node.kind in _CONTAINERS and len(value) > LARGE
        if large or (node.kind == "bytes" and _size(value) > LARGE):
            node.kind = "opaque"
        elif isinstance(value, types.GeneratorType):
            self.reached.add(value.gi_code)
            self.functions.setdefault(value.gi_code, []).append(node)
        elif node.kind == "random":
            self.states.append((node, random_state(value)))
        else:
            self._queue.append(node)
        return node

    def absent(self, parent: Node, how: str, key: Any, path: str) -> None:
        """Note that nothing is there."""
        parent.edges.append(Edge(parent, how, key, path, None))

    def namespace(
        self, owner: Node, value: dict[str, Any], path: str, *, how: str = "fixed", part: bool
    ) -> Node:
        """The dictionary behind attributes or globals; of which only a part is looked at."""
        node = self.nodes.get(id(value))
        if node is None:
            node = self.nodes[id(value)] = Node(value, "namespace", path, owner.given)
            node.partial, node.steady = part, owner.steady
            self.count += 1
            if part:
                self.parts[id(value)] = set()
            else:
                self._queue.append(node)
        edge = Edge(owner, how, "__dict__", node.path, node)
        owner.edges.append(edge)
        node.into.append(edge)
        return node

    def entry(self, space: Node, name: str) -> None:
        """Look at one entry of a namespace of which not all are looked at."""
        seen = self.parts[id(space.value)]
        if name in seen:
            return
        seen.add(name)
        path = f"{space.path}.{name}" if space.path else name
        if name in space.value:
            self.link(space, "entry", name, space.value[name], path)
        else:
            self.absent(space, "entry", name, path)

    def identify(self, code: types.CodeType) -> Iterator[str]:
        """Note a code object and those inside of it; the names of the globals that they use."""
        self.reached.add(code)
        self.names.update(code.co_names)
        self.names.update(each for each in code.co_consts if isinstance(each, str))
        for step in dis.get_instructions(code):
            if step.opname in _GLOBAL:
                yield step.argval
        for inner in code.co_consts:
            if isinstance(inner, types.CodeType):
                yield from self.identify(inner)

    # What mattered

    def select(
        self,
        used: Collection[int],
        names: Collection[str],
        executed: Collection[types.CodeType],
        inputs: Collection[tuple[Any, ...]] = (),
        grads: Collection[int] = (),
    ) -> Selection:
        """What mattered in a run; Refused if that cannot be told, or cannot be guarded.

        `used` are ids of the tensors that were read, `names` the identifiers and strings of all
        code that ran, `executed` its code objects. `inputs` are numbers that are read anew at each
        call: (id of what holds it, key), or (id, key, index) for a number in a tuple. `grads` are
        ids of the tensors whose `.grad` was read.
        """
        if self.count >= LIMIT:
            raise Refused(f"it reaches more than {LIMIT} values")
        return Selection(self, used, names, executed, inputs, grads)


# How each kind is looked into


def _expand_nothing(snapshot: Snapshot, node: Node) -> None:
    pass


def _expand_sequence(snapshot: Snapshot, node: Node) -> None:
    fields = getattr(type(node.value), "_fields", ())
    for i, each in enumerate(_plainly(node.value)):
        path = f"{node.path}.{fields[i]}" if i < len(fields) else f"{node.path}[{i}]"
        snapshot.link(node, "item", i, each, path)


def _expand_set(snapshot: Snapshot, node: Node) -> None:
    node.content = set(node.value)
    for each in node.value:
        snapshot.link(node, "member", None, each, f"an element of {node.path}")


def _expand_bytes(snapshot: Snapshot, node: Node) -> None:
    node.content = copy(node.value)


def _expand_dict(snapshot: Snapshot, node: Node) -> None:
    for key, each in dict.items(node.value):
        label = repr(key) if kind_of(key) == "atom" else article(key)
        snapshot.link(node, "key", key, each, f"{node.path}[{label}]")


def _plainly(value: Any) -> Any:
    """Iterate over a list or tuple without running methods of a subclass."""
    bases: tuple[Any, ...] = (list, tuple, deque)
    return next(base for base in bases if isinstance(value, base)).__iter__(value)


def _expand_namespace(snapshot: Snapshot, node: Node) -> None:
    for name, each in node.value.items():
        snapshot.link(node, "entry", name, each, f"{node.path}.{name}")


def _expand_object(snapshot: Snapshot, node: Node) -> None:
    value, cls = node.value, type(node.value)
    snapshot.link(node, "type", None, cls, cls.__qualname__)
    attributes = attributes_of(value)
    if attributes is not None:
        foreign = all(author(each) == "foreign" for each in cls.__mro__)
        snapshot.namespace(node, attributes, node.path, how="slot", part=foreign)
    for name, slot in _slots(cls):
        path = f"{node.path}.{name}"
        try:
            found = slot.__get__(value)
        except AttributeError:
            snapshot.absent(node, "slot", name, path)
        else:
            snapshot.link(node, "slot", name, found, path)


def _slots(cls: type) -> Iterator[tuple[str, Any]]:
    for each in cls.__mro__:
        if "__slots__" in vars(each):
            for name, slot in vars(each).items():
                if isinstance(slot, types.MemberDescriptorType):
                    yield name, slot


def _expand_class(snapshot: Snapshot, node: Node) -> None:
    cls, seen = node.value, set()
    for each in cls.__mro__:
        who = author(each)
        if who == "foreign":
            continue
        for name, value in vars(each).items():
            if name in seen or name in _NEVER:
                continue
            seen.add(name)
            kind = kind_of(value)
            if who == "user" or kind in ("atom", "function", "carrier", "known"):
                snapshot.link(node, "attribute", name, value, f"{cls.__qualname__}.{name}")


def _expand_function(snapshot: Snapshot, node: Node) -> None:
    fn, code = node.value, node.value.__code__
    snapshot.functions.setdefault(code, []).append(node)
    for name, cell in zip(code.co_freevars, fn.__closure__ or (), strict=True):
        snapshot.link(node, "fixed", name, cell, name)
    if is_library_code(code):
        _expand_hooks(snapshot, node)
        return
    for slot in ("__code__", "__defaults__", "__kwdefaults__"):
        snapshot.link(node, "slot", slot, getattr(fn, slot), f"{node.path}.{slot}")
    if vars(fn):
        snapshot.namespace(node, vars(fn), node.path, part=False)
    space = snapshot.namespace(node, fn.__globals__, "", part=True)
    known = snapshot.namespace(node, fn.__builtins__, "", part=True)
    for name in snapshot.identify(code):
        snapshot.entry(space, name)
        if name not in fn.__globals__:
            snapshot.entry(known, name)


def _expand_hooks(snapshot: Snapshot, node: Node) -> None:
    """The tables of hooks that a function of this package reads: its only changing globals."""
    fn = node.value
    if not fn.__module__ or author(fn) != "own":
        return
    tables = [n for n in fn.__code__.co_names if type(fn.__globals__.get(n)) is OrderedDict]
    if tables:
        space = snapshot.namespace(node, fn.__globals__, "", part=True)
        for name in tables:
            snapshot.entry(space, name)


def _expand_cell(snapshot: Snapshot, node: Node) -> None:
    try:
        found = node.value.cell_contents
    except ValueError:
        snapshot.absent(node, "slot", "cell_contents", node.path)
    else:
        snapshot.link(node, "slot", "cell_contents", found, node.path)


def _expand_carrier(snapshot: Snapshot, node: Node) -> None:
    for cls, names in CARRIERS.items():
        if isinstance(node.value, cls):
            for name in names:
                path = "self" if name == "__self__" and node is snapshot.fn else node.path
                snapshot.link(node, "fixed", name, getattr(node.value, name), path)


def _expand_module(snapshot: Snapshot, node: Node) -> None:
    if not is_library_module(node.value):
        snapshot.namespace(node, vars(node.value), node.path, part=True)


def _expand_tensor(snapshot: Snapshot, node: Node) -> None:
    tensor = node.value
    node.content = array_of(tensor)
    snapshot.link(node, "slot", "_grad", tensor._grad, f"{node.path}.grad")
    if type(tensor._node) is Leaf:
        leaf = Node(tensor._node, "leaf", f"{node.path}'s hooks")
        edge = Edge(node, "slot", "_node", leaf.path, leaf)
        node.edges.append(edge)
        leaf.into.append(edge)
        for slot in ("hooks", "after"):
            snapshot.link(leaf, "slot", slot, getattr(leaf.value, slot), leaf.path)
    attributes = attributes_of(tensor)
    if attributes:
        snapshot.namespace(node, attributes, node.path, how="slot", part=False)


_EXPAND: dict[str, Callable[[Snapshot, Node], None]] = {
    "list": _expand_sequence,
    "tuple": _expand_sequence,
    "dict": _expand_dict,
    "set": _expand_set,
    "bytes": _expand_bytes,
    "namespace": _expand_namespace,
    "object": _expand_object,
    "class": _expand_class,
    "function": _expand_function,
    "cell": _expand_cell,
    "carrier": _expand_carrier,
    "module": _expand_module,
    "tensor": _expand_tensor,
}


def _size(value: Any) -> int:
    return int(value.size) if isinstance(value, numpy.ndarray) else len(value)


def _is_structure(value: Any) -> bool:
    """Whether an argument is known by what it holds: a container, or an instance of a dataclass."""
    cls = type(value)
    return cls in _GIVEN or hasattr(cls, "_fields") or is_dataclass(cls)


def _name_of(fn: Any) -> str:
    name = getattr(fn, "__name__", None)
    return name if isinstance(name, str) else "self"


def _parameter_names(fn: Any, count: int) -> list[str]:
    """The names of the positional arguments."""
    names: list[str] = []
    try:
        parameters = list(inspect.signature(fn).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    for p in parameters:
        if p.kind is p.VAR_POSITIONAL:
            names += [f"{p.name}[{i}]" for i in range(count - len(names))]
        elif p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD):
            names.append(p.name)
    return [*names, *(f"args[{i}]" for i in range(len(names), count))][:count]
