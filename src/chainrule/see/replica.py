"""The graph of a step as it was: its nodes with what they saved, joined to one another again."""

from __future__ import annotations

from typing import Any

from ..core.primitive import Leaf, Output
from ..core.tensor import TensorBase, wrap
from .names import end
from .recording import Operation, Quantity, Step


class Replica:
    """Nodes that can be walked and whose rules can run, though the program has moved on.

    `names` and `values` have names and arrays by `id` of a node (of its `Output`, where it has
    several), by `id` of a leaf, and by `(id(node), index)` for an input from outside.
    """

    def __init__(self, step: Step) -> None:
        self.names: dict[Any, str] = {}
        self.values: dict[Any, Any] = {}
        self.leaves: dict[int, Any] = {}
        self.operations: dict[int, Operation] = {}
        self._outputs: dict[tuple[int, int], Output] = {}
        self.root = step.root.saved if step.root is not None else None
        for quantity in step.leaves.values():
            self._add_leaf(quantity)
        for operation in step.operations:
            if operation.saved is not None:
                self._join(operation)

    def _add_leaf(self, quantity: Quantity) -> None:
        if quantity.value is not None and quantity.value.array is not None:
            tensor = self.leaves[id(quantity)] = wrap(quantity.value.array)
            tensor._node = Leaf()
            self._tell(id(tensor), quantity)

    def _join(self, operation: Operation) -> None:
        """Lead the edges of a node to the nodes and leaves that stand for the old ones."""
        node = operation.saved
        self.operations[id(node)] = operation
        inputs = [*operation.inputs, *[None] * len(node.sources)]
        node.sources = tuple([self._edge(s, q) for s, q in zip(node.sources, inputs, strict=False)])
        for index, (source, quantity) in enumerate(zip(node.sources, inputs, strict=False)):
            if source is None and quantity is not None:
                self._tell((id(node), index), quantity)
        if not node.several:
            self._tell(id(node), operation.outputs[0])
            return
        for index, quantity in enumerate(operation.outputs):
            self._tell(id(self._output(node, index)), quantity)

    def _edge(self, source: Any, quantity: Quantity | None) -> Any:
        if source is None or quantity is None:
            return None
        if isinstance(source, TensorBase):
            return self.leaves.get(id(quantity))
        made_by = quantity.operation
        if made_by is None or made_by.saved is None:
            return None
        twin = made_by.saved
        return self._output(twin, end(source)[1]) if twin.several else twin

    def _output(self, node: Any, index: int) -> Output:
        return self._outputs.setdefault((id(node), index), Output(node, index))

    def _tell(self, key: Any, quantity: Quantity) -> None:
        if quantity.name is not None:
            self.names[key] = quantity.name
        if quantity.value is not None and hasattr(quantity.value.array, "dtype"):
            self.values[key] = quantity.value.array
