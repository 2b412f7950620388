"""Trees of tuples, lists and dictionaries: taken apart into leaves, and put together again."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Callable
from typing import Any


class TreeSpec:
    """The shape of a tree without its leaves, written as PyTorch writes it."""

    def __init__(self, kind: Any, context: Any, children: list[TreeSpec]) -> None:
        self.kind, self.context, self.children = kind, context, children
        self.size: int = sum(child.size for child in children) if kind is not None else 1

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TreeSpec) and (
            (self.kind, self.context, self.children) == (other.kind, other.context, other.children)
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        if self.kind is None:
            return "*"
        inner = ",\n  ".join(repr(child).replace("\n", "\n  ") for child in self.children)
        return f"TreeSpec({self.kind.__name__}, {self.context}, [{inner}])"

    def brief(self) -> str:
        """The shape as a tree of stars."""
        if self.kind is None:
            return "*"
        inner = ", ".join(child.brief() for child in self.children)
        return f"[{inner}]" if self.kind is list else f"({inner})"


LEAF = TreeSpec(None, None, [])


def _open(tree: Any) -> tuple[Any, list[Any]] | None:
    """What rebuilds a node, and its children; None for a leaf."""
    kind = type(tree)
    if kind in (tuple, list):
        return None, list(tree)
    if kind in (dict, OrderedDict):
        return list(tree), list(tree.values())
    if kind is defaultdict:
        return [tree.default_factory, list(tree)], list(tree.values())
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return kind, list(tree)
    return None


def flatten(tree: Any) -> tuple[list[Any], TreeSpec]:
    """The leaves from left to right, and the shape of the tree.

    >>> flatten((1, {"a": [2, 3]}))[0]
    [1, 2, 3]
    """
    opened = _open(tree)
    if opened is None:
        return [tree], LEAF
    leaves: list[Any] = []
    specs = []
    for child in opened[1]:
        found, spec = flatten(child)
        leaves += found
        specs.append(spec)
    return leaves, TreeSpec(type(tree), opened[0], specs)


def unflatten(leaves: list[Any], spec: TreeSpec) -> Any:
    """The tree of this shape with these leaves."""
    if spec.kind is None:
        return leaves[0]
    children = []
    start = 0
    for child in spec.children:
        children.append(unflatten(leaves[start : start + child.size], child))
        start += child.size
    if spec.kind in (tuple, list):
        return spec.kind(children)
    if spec.kind in (dict, OrderedDict):
        return spec.kind(zip(spec.context, children, strict=True))
    if spec.kind is defaultdict:
        factory, keys = spec.context
        return defaultdict(factory, zip(keys, children, strict=True))
    return spec.kind(*children) if hasattr(spec.kind, "_make") else spec.kind(children)


def tree_map(function: Callable[[Any], Any], tree: Any) -> Any:
    """The tree with a function applied to each leaf."""
    leaves, spec = flatten(tree)
    return unflatten([function(leaf) for leaf in leaves], spec)


def broadcast(tree: Any, spec: TreeSpec) -> list[Any] | None:
    """A tree of the same shape, or of a prefix of it, as one leaf for each leaf; None if it is not.

    >>> broadcast((0, None), flatten((1, [2, 3]))[1])
    [0, None, None]
    """
    if spec.kind is None:
        return [tree] if _open(tree) is None else None
    opened = _open(tree)
    if opened is None:
        return [tree] * spec.size
    if type(tree) is not spec.kind or opened[0] != spec.context:
        return None
    if len(opened[1]) != len(spec.children):
        return None
    leaves: list[Any] = []
    for child, shape in zip(opened[1], spec.children, strict=True):
        found = broadcast(child, shape)
        if found is None:
            return None
        leaves += found
    return leaves
