"""Recording a program: of the chosen backward passes everything, of all of them a few numbers.

A step is one backward pass with the operations that it went through. Values are copied when they
are made, since a program may overwrite them. What a graph lets go of is forgotten with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field
from types import FrameType
from typing import Any
from weakref import WeakKeyDictionary, WeakValueDictionary, ref

from ..core.primitive import Leaf, Output, Primitive
from ..core.sites import user_frame
from ..core.tensor import COUNT, TensorBase, unwrap
from ..watch import Watcher
from .history import History
from .names import Names, end, expression, operand_names, result_names, user_frames
from .values import SMALL, Snapshot

LAST = "last"
Steps = Iterable[int | str]
Spaces = list[dict[str, Any]]


@dataclass(eq=False)
class Quantity:
    """A tensor or number of the graph: its value when it was made or first used, its gradient.

    `tensor` is what was given, for inputs from outside; `operation` made it, where one did.
    """

    value: Snapshot | None
    leaf: bool = False
    name: str | None = None
    operation: Operation | None = None
    grad: Snapshot | None = None
    tensor: Any = None
    module: str | None = None  # the path of a module that returned it
    shared: Any = None  # the array: while it is held, its id means this tensor


@dataclass(eq=False)
class Operation:
    """A recorded operation, with the line of the program that ran it.

    `saved` is its node with copies of what its rules read, made when a backward pass begins.
    """

    node: ref[Primitive]
    kind: type[Primitive]
    seq: int
    inputs: list[Quantity | None]
    outputs: list[Quantity]
    file: str | None = None
    line: int | None = None
    module: str | None = None
    site: Any = None
    saved: Any = None
    step: int | None = None


@dataclass(eq=False)
class Step:
    """One backward pass: its operations in the order they ran forward and backward."""

    index: int
    loss: float | None = None
    operations: list[Operation] = field(default_factory=list)
    backward: list[Operation] = field(default_factory=list)
    leaves: dict[int, Quantity] = field(default_factory=dict)
    root: Operation | None = None


class Recorder(Watcher):
    """Keeps the steps in `chosen` (numbers from 0, and "last") and the history of all.

    >>> from chainrule.watch import watching
    >>> w = tensor(1.0, requires_grad=True)
    >>> with watching(Recorder()) as recorder:
    ...     ((2.0 * w - 4.0) ** 2).backward()
    >>> recorder.steps[0].loss
    4.0
    """

    def __init__(self, chosen: Steps = (0, 1, 2, LAST)) -> None:
        chosen = set(chosen)
        self.last = LAST in chosen
        self.chosen = {int(step) for step in chosen - {LAST}}
        self.count = 0
        self.steps: dict[int, Step] = {}
        self.names = Names()
        self.history = History()
        self.failed: Operation | None = None
        self._operations: WeakKeyDictionary[Primitive, Operation] = WeakKeyDictionary()
        self._given: WeakValueDictionary[Any, Quantity] = WeakValueDictionary()
        self._losses: WeakKeyDictionary[Primitive, float] = WeakKeyDictionary()
        self._running: list[Step] = []
        self._modules: list[tuple[Any, str, tuple[Any, ...]]] = []
        self._latest: Operation | None = None

    @property
    def recording(self) -> bool:
        """Whether a step that is still to come is kept."""
        return self.last or any(step >= self.count for step in self.chosen)

    # Forward

    def recorded(self, node: Any, inputs: Sequence[Any], results: Sequence[Any]) -> None:
        """Keep an operation: its inputs, copies of its results, its line and names."""
        if not self.recording:
            if results[0]._data.size == 1 and results[0]._data.dtype.kind == "f":
                self._losses[node] = float(results[0]._data.reshape(()))
            return
        frame = user_frame()
        operation = Operation(
            ref(node),
            type(node),
            node.seq,
            [self.input_of(x, source) for x, source in zip(inputs, node.sources, strict=False)],
            [Quantity(Snapshot(result._data, result._writes)) for result in results],
            module=self._modules[-1][1] if self._modules else None,
        )
        for quantity in operation.outputs:
            quantity.operation = operation
        if frame is not None:
            self._place(operation, frame, inputs)
        self._operations[node] = self._latest = operation

    def input_of(self, x: Any, source: Any) -> Quantity | None:
        """The quantity at the end of an edge: of an earlier operation, a leaf or a constant."""
        if isinstance(source, (Primitive, Output)):
            node, index = end(source)
            return self.operation_of(node).outputs[index]
        if isinstance(source, TensorBase):
            x = source
        if isinstance(x, TensorBase):
            return self.tensor(x)
        return None if x is None else Quantity(Snapshot(x), leaf=True)

    def tensor(self, x: Any) -> Quantity:
        """A tensor from outside of the graph, as it is now."""
        key = id(x), id(x._data), x._writes[COUNT]
        known = self._given.get(key)
        if known is not None:
            return known
        name, value = self.names.of(x), Snapshot(x._data)
        found = Quantity(value, leaf=True, name=name, tensor=x, shared=x._data)
        self._given[key] = found
        return found

    def operation_of(self, node: Primitive) -> Operation:
        """What is kept of a node; a node nobody told of gets operations without values."""
        found = self._operations.get(node)
        if found is None:
            inputs: list[Quantity | None] = []
            outputs = [Quantity(None) for _ in range(node.arity if node.several else 1)]
            found = Operation(ref(node), type(node), node.seq, inputs, outputs)
            for quantity in outputs:
                quantity.operation = found
            self._operations[node] = found
            inputs += [None if s is None else self.input_of(None, s) for s in node.sources]
        return found

    def _place(self, operation: Operation, frame: FrameType, inputs: Sequence[Any]) -> None:
        """Line, and names from the program's text, of an operation that a frame runs."""
        operation.file, operation.line = frame.f_code.co_filename, frame.f_lineno
        operation.site = None if expression(frame).is_operator else (id(frame), frame.f_lasti)
        before = self._latest
        if before is not None and operation.site is not None and before.site == operation.site:
            for quantity in before.outputs:  # a call of several operations: the last one is it
                quantity.name = None
        names = result_names(frame)
        if len(names) == len(operation.outputs) or len(names) == 1:
            for quantity, name in zip(operation.outputs, names, strict=False):
                quantity.name = name
        texts = operand_names(frame, inputs)
        for given, found, x in zip(operation.inputs, texts, inputs, strict=False):
            if given is not None and given.leaf and given.name is None:
                given.name = found or self._argument(x)

    def _argument(self, x: Any) -> str | None:
        """A name for a tensor that the running module was given."""
        for _, path, args in self._modules[-1:]:
            if isinstance(x, TensorBase) and any(x is each for each in args):
                return f"{path}.input"
        return None

    def entered(self, module: Any, args: tuple[Any, ...]) -> None:
        """A module is called: the operations to come are of its path."""
        path = self.names.of(module)
        if path is None:
            root = self.names.module(self._modules[0][0] if self._modules else module, spaces())
            path = root
            if self._modules:
                of_root = self._modules[0][0].named_modules()
                path = next((f"{root}.{name}" for name, m in of_root if m is module), None)
                path = path or self.names.module(module, spaces())
            self.names.give(module, path)
        self._modules.append((module, path, args))

    def left(self, module: Any, args: tuple[Any, ...], result: Any) -> None:
        """A module returned; those inside of it that raised have ended too."""
        places = [place for place, (each, *_) in enumerate(self._modules) if each is module]
        place = places[-1] if places else 0
        node = getattr(result, "_node", None)
        if places and isinstance(node, (Primitive, Output)):
            made_by, index = end(node)
            if made_by in self._operations:
                self._operations[made_by].outputs[index].module = self._modules[place][1]
        del self._modules[place:]

    # Backward

    def began(self, sources: Sequence[Any], grads: Sequence[Any]) -> None:
        """A step begins: find the operations it goes through, and keep what their rules read."""
        step = Step(self.count)
        step.loss = self._loss(sources, grads)
        self.history.begin(step.loss)
        if self.recording:
            self._gather(step, sources)
            self.find_names(step, spaces())
            if step.index - 1 not in self.chosen:
                self.steps.pop(step.index - 1, None)
            if self.last or step.index in self.chosen:
                self.steps[step.index] = step
        self._running.append(step)
        self.count += 1

    def _loss(self, sources: Sequence[Any], grads: Sequence[Any]) -> float | None:
        """The number that is differentiated: the roots, weighed by the gradients given."""
        total = 0.0
        for source, g in zip(sources, grads, strict=True):
            value: Any
            if isinstance(source, TensorBase):
                value = source._data
            else:
                node, index = end(source)
                kept = self._operations.get(node)
                held = kept.outputs[index].value if kept is not None else None
                value = self._losses.get(node) if held is None else held.array
            if value is None or unwrap(g).dtype.kind == "c":
                return None
            total += float((unwrap(g) * value).sum())
        return total

    def _gather(self, step: Step, sources: Sequence[Any]) -> None:
        """The operations below the roots, oldest first, with copies of what their nodes saved."""
        stack = [end(s)[0] for s in sources if not isinstance(s, TensorBase)]
        seen = set(stack)
        for node in stack:
            operation = self.operation_of(node)
            operation.step = step.index
            step.operations.append(operation)
            for source in node.sources:
                if isinstance(source, TensorBase):
                    step.leaves[id(source)] = self.tensor(source)
                elif source is not None and end(source)[0] not in seen:
                    seen.add(end(source)[0])
                    stack.append(end(source)[0])
        given = [q for each in step.operations for q in each.inputs if q is not None]
        copies = {id(q.shared): q.value.array for q in given if q.value and q.shared is not None}
        for operation, node in zip(step.operations, stack, strict=True):
            operation.saved = _with_copies(node, copies)
        step.root = step.operations[0] if step.operations else None
        for source in sources:
            if isinstance(source, TensorBase):
                step.leaves[id(source)] = self.tensor(source)
        step.operations.sort(key=lambda operation: -operation.seq)

    def find_names(self, step: Step, spaces: Spaces) -> None:
        """Name leaves and results of a step by the variables of these name spaces."""
        unnamed = [q for q in step.leaves.values() if self.names.of(q.tensor) is None]
        nodes = self.names.look(spaces, deep=False)
        if any(self.names.of(q.tensor) is None for q in unnamed):
            nodes = self.names.look(spaces, deep=True)
        for quantity in step.leaves.values():
            if self.names.of(quantity.tensor) is None:
                name = self.history.unused(quantity.name or "tensor")
                self.names.give(quantity.tensor, name)
            quantity.name = self.names.of(quantity.tensor)
        for operation in step.operations:
            for index, quantity in enumerate(operation.outputs):
                found = nodes.get((operation.node(), index), quantity.name)
                if found is None and quantity.module is not None:
                    found = f"{quantity.module}.output"
                quantity.name = found

    def went_back(self, node: Any, grad: Any, results: Sequence[Any]) -> None:
        """Keep the gradients of a node's outputs."""
        operation = self._operations.get(node)
        if operation is None or operation.step is None or not self._running:
            return
        self._running[-1].backward.append(operation)
        for quantity, g in zip(operation.outputs, grad if node.several else [grad], strict=False):
            if g is not None:
                quantity.grad = Snapshot(unwrap(g), UNWRITTEN)

    def ended(self, grads: dict[Any, Any]) -> None:
        """Keep the gradients that arrived at leaves."""
        step = self._running.pop()
        for leaf, g in grads.items():
            if not isinstance(leaf, TensorBase):
                continue
            if id(leaf) in step.leaves:
                step.leaves[id(leaf)].grad = Snapshot(unwrap(g))
            name = self.names.of(leaf)
            if name is None:
                self.names.look(spaces(), deep=True)
                name = self.names.of(leaf) or self.history.unused("tensor")
                self.names.give(leaf, name)
            self.history.gradient(step.index, name, leaf, unwrap(g))

    def stepped(self, optimizer: Any) -> None:
        """Keep the learning rate."""
        if optimizer.param_groups:
            self.history.rate(float(optimizer.param_groups[0]["lr"]))

    # The end

    def finish(self) -> None:
        """No more is to come."""
        self.history.finish()

    def unfinished(self) -> Step:
        """The step that did not come to its end: the backward pass, or what would be its graph."""
        if self._running:
            return self._running[-1]
        return self.steps.setdefault(self.count, Step(self.count))

    def keep_unfinished(self, spaces: Spaces) -> None:
        """Keep as a step what is alive and was not reached by a backward pass."""
        step = self.unfinished()
        self.steps[step.index] = step
        if self._running:
            return
        alive = [op for op in self._operations.values() if op.step is None]
        step.operations = sorted(alive, key=lambda operation: -operation.seq)
        for operation in step.operations:
            for quantity in operation.inputs:
                if quantity is not None and type(getattr(quantity.tensor, "_node", 0)) is Leaf:
                    step.leaves[id(quantity.tensor)] = quantity
        self.find_names(step, spaces)
        if not alive:
            del self.steps[step.index]


def spaces() -> list[dict[str, Any]]:
    """The variables that the program's running functions can see, the innermost first."""
    return variables(user_frames(user_frame()))


def variables(frames: Iterable[FrameType]) -> list[dict[str, Any]]:
    """The local variables of frames, and the global ones of each file once."""
    found: list[dict[str, Any]] = []
    for frame in frames:
        for space in (frame.f_locals, frame.f_globals):
            if not any(space is known for known in found):
                found.append(space)
    return found


UNWRITTEN = [0, 0]
"""The version of arrays that nobody writes to."""


def _with_copies(node: Any, copies: dict[int, Any]) -> Any:
    """The node as it is, with copies of what it saved (see `Snapshot`); None of a Function.

    `copies` has those that there are already, by the id of the array.
    """
    if not hasattr(type(node), "kernel"):
        return None
    twin = copy(node)
    twin.versions = ()  # its copies are never stale, and stay
    for name in node.saves:
        value: Any = getattr(node, name, None)
        if hasattr(value, "dtype") and value.size <= SMALL and id(value) not in copies:
            copies[id(value)] = value.copy()
        if hasattr(value, "dtype"):
            setattr(twin, name, copies.get(id(value), value))
    return twin
