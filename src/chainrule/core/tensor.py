"""What every tensor has: an array, its place in the graph, a version and, for a view, its base.

Knows no operation. Operations return `tensor_type`, the public class that fills the slot below.
"""

from __future__ import annotations

from typing import Any

from ..errors import wrong_argument
from ..typing import Array
from .modes import modes
from .primitive import Leaf, Output, Primitive

new: Any = object.__new__

COUNT, REBASED = 0, 1
"""Indices into a version: how often the memory was written, and how often its history was.

A version is a two-element list shared by all views of one memory: the cheapest counter that
several tensors can share.
"""


class TensorBase:
    """An array that can take part in a graph.

    `_node` is None where no gradient is needed, a `Leaf` for a leaf that requires one, otherwise
    the recorded operation (or one `Output` of it) that made this tensor. `_view` is how a view
    was made from its base, else None.
    """

    __slots__ = ("_data", "_grad", "_node", "_view", "_writes")

    _data: Array
    _node: Primitive | Output | Leaf | None
    _grad: Any
    _writes: list[int]
    _view: View | None


class View:
    """How a view is made from its base: a chain of view operations that can be run again."""

    __slots__ = ("base", "made_under_grad", "op", "output", "params", "parent", "seen")

    def __init__(
        self, of: TensorBase, op: type[Primitive], params: dict[str, Any], output: int | None
    ) -> None:
        self.parent = of._view
        self.base: TensorBase = of if of._view is None else of._view.base
        self.op = op
        self.params = params
        self.output = output  # which one, of an operation that returns several views
        self.seen = of._writes[REBASED]
        self.made_under_grad = modes.grad  # a view made under no_grad cannot be written outside it

    def steps(self) -> list[View]:
        """The view operations from the base to this view, in order."""
        steps: list[View] = []
        view: View | None = self
        while view is not None:
            steps.append(view)
            view = view.parent
        return steps[::-1]

    @property
    def one_of_several(self) -> bool:
        """Whether an operation on the way returned several views (which forbids in-place)."""
        return any(step.output is not None for step in self.steps())


_public: Any = TensorBase


def set_tensor_type(cls: type[TensorBase]) -> None:
    """Make `cls` the class of the tensors that operations return."""
    global _public
    _public = cls


def tensor_type() -> Any:
    """The public tensor class."""
    return _public


def wrap(array: Array) -> Any:
    """A new tensor around an array, sharing its memory, outside any graph."""
    tensor = new(_public)
    tensor._data = array
    tensor._node = tensor._grad = tensor._view = None
    tensor._writes = [0, 0]
    return tensor


def unwrap(value: Any) -> Any:
    """The array of a tensor; an array as it is; TypeError for anything else."""
    if isinstance(value, TensorBase):
        return value._data
    if hasattr(value, "dtype"):
        return value
    raise wrong_argument(value)


def optional(value: Any) -> Any:
    """The array of a tensor that may be left out: None for None."""
    return None if value is None else unwrap(value)


def plain(value: Any) -> Any:
    """The array of a tensor; anything else as it is."""
    return value._data if isinstance(value, TensorBase) else value
