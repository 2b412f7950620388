"""The flat path of view operations: one tensor in, one tensor on the same memory out."""

from __future__ import annotations

from typing import Any

from numpy import ndarray

from . import tensor as slot
from .apply import apply, current_node, elsewhere
from .modes import modes
from .primitive import Leaf, Primitive, next_seq
from .sites import note
from .tensor import REBASED, TensorBase, View, new


def apply_view(op: type[Primitive], x: Any, **params: Any) -> Any:
    """Apply a primitive whose kernel always returns a view of its one input."""
    if not isinstance(x, TensorBase):
        return apply(op, x, **params)
    a = x._data
    try:
        out = op.on_cpu(a, **params) if type(a) is ndarray else elsewhere(op, (a,), params)
    except Exception as error:
        raise op.explain(error, (a,), params) from None
    result = new(slot._public)
    result._data = out
    result._node = result._grad = None
    result._writes = version = x._writes
    result._view = link = new(View)
    parent = x._view
    link.parent = parent
    link.base = x if parent is None else parent.base
    link.op = op
    link.params = params
    link.output = None
    link.seen = version[REBASED]
    link.made_under_grad = modes.grad
    node = x._node if parent is None else current_node(x)
    if node is not None and link.made_under_grad and op.differentiable:
        result._node = record = new(op)
        record.seq = next_seq()
        record.sources = (x if type(node) is Leaf else node,)
        record.shapes = (a.shape,)
        record.__dict__.update(params)
        if modes.notes:
            note(record, (x,), (result,))
    return result
