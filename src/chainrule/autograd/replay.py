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
        metas = node.metas or [None] * len(value)
        triples = zip(value, node.sources, metas, strict=True)
        return tuple(_input(each, source, meta) for each, source, meta in triples)
    if name in node.inputs:
        index = node.inputs.index(name)
        return _input(value, node.sources[index], node.metas and node.metas[index])
    tensor = wrap(value)
    if name not in node.nondiff:
        tensor._node = Output(node, node.outputs.index(name)) if node.several else node
    return tensor


def _input(value: Any, source: Any, meta: Any) -> Any:
    """A saved input; one that was cast to meet others is cast again, from what it was (`meta`)."""
    if not hasattr(value, "dtype"):
        return value  # a number, or None
    if source is None:
        return wrap(value)
    if isinstance(source, TensorBase):
        return source if source._data.dtype is value.dtype else to_dtype(source, value.dtype)
    cast = meta is not None and meta[1] is not value.dtype
    tensor = wrap(_narrowed(value, meta[1]) if cast else value)
    tensor._node = source
    return to_dtype(tensor, value.dtype) if cast else tensor


def _narrowed(value: Any, kind: Any) -> Any:
    """What was cast to the dtype of `value`, in its own dtype again."""
    return (value.real if kind.kind != "c" else value).astype(kind)
