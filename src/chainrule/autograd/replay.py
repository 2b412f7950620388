"""`ctx` for a rule that runs on tensors: what a node saved, back at its place in the graph."""

from __future__ import annotations

from typing import Any

from ..core.primitive import Output, Primitive
from ..core.tensor import TensorBase, wrap
from ..ops.convert import to_dtype


class Replay:
    """A recorded application whose saved arrays are tensors, connected as they were.

    A saved input leads to where the input came from, a saved output to the node itself; so what
    the rule computes from them can be differentiated again.
    """

    def __init__(self, node: Primitive) -> None:
        self._of = node

    def __getattr__(self, name: str) -> Any:
        node = self._of
        value = getattr(node, name)
        if name in node.saves:
            value = _restore(node, name, value)
            self.__dict__[name] = value
        return value


def _restore(node: Primitive, name: str, value: Any) -> Any:
    if value is None:
        return None
    if node.variadic and name == node.inputs[0]:
        pairs = zip(value, node.sources, strict=True)
        return tuple(_input(each, source) for each, source in pairs)
    if name in node.inputs:
        return _input(value, node.sources[node.inputs.index(name)])
    tensor = wrap(value)
    if name not in node.nondiff:
        tensor._node = Output(node, node.outputs.index(name)) if node.several else node
    return tensor


def _input(value: Any, source: Any) -> Any:
    if not hasattr(value, "dtype"):
        return value  # a number, or None
    if source is None:
        return wrap(value)
    if isinstance(source, TensorBase):
        return source if source._data.dtype is value.dtype else to_dtype(source, value.dtype)
    tensor = wrap(value)
    tensor._node = source
    return tensor
