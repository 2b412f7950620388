"""The part of a graph of nodes that a traced run made: it ends at the tensors from outside.

What lies behind those is another computation; its hooks and its gradients are none of the run's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ..core.apply import current_node
from ..core.primitive import Leaf, Output, Primitive
from ..core.tensor import wrap


def edge(tensor: Any) -> Any:
    """Where the gradient of a tensor goes: to itself if it is a leaf, else to its node."""
    node = current_node(tensor)
    return tensor if type(node) is Leaf else node


def nodes_behind(starts: Sequence[Any]) -> Iterator[Primitive]:
    """The nodes that gradients reach from edges."""
    seen: set[int] = set()
    stack = list(starts)
    while stack:
        end = stack.pop()
        node = end.node if type(end) is Output else end
        if isinstance(node, Primitive) and id(node) not in seen:
            seen.add(id(node))
            yield node
            stack.extend(node.sources)


class Cut:
    """`with Cut(results, inputs) as cut:` the graph behind results ends at `cut.stand_ins`."""

    def __init__(self, results: Sequence[Any], inputs: Sequence[Any]) -> None:
        self.stand_ins = [_stand_in(tensor) for tensor in inputs]
        ends = [_key(edge(tensor)) for tensor in inputs]
        self._by_key = dict(zip(ends, self.stand_ins, strict=True))
        self._starts = [edge(tensor) for tensor in results]
        self._before: list[tuple[Primitive, Any]] = []

    def __enter__(self) -> Cut:
        for node in nodes_behind(self._starts):
            self._before.append((node, node.sources))
            node.sources = tuple([self._by_key.get(_key(s), s) for s in node.sources])
        return self

    def __exit__(self, *error: object) -> None:
        for node, sources in self._before:
            node.sources = sources


def _key(end: Any) -> tuple[int, int]:
    return (id(end.node), end.index) if type(end) is Output else (id(end), -1)


def _stand_in(tensor: Any) -> Any:
    leaf = wrap(tensor._data)
    leaf._node = Leaf()
    return leaf
