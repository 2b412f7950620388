"""User-defined operations: `Function` with its own forward and backward."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy

from ..core.apply import current_node
from ..core.dtype import FLOATING, of_array
from ..core.modes import modes
from ..core.primitive import Leaf, Output, Primitive, next_seq
from ..core.sites import note
from ..core.tensor import COUNT, REBASED, TensorBase, new, wrap
from ..core.writes import written
from .stale import freed, stale


class FunctionCtx(Primitive):
    """What `forward` and `backward` of a `Function` share; after `apply`, the node of the graph."""

    variadic = True
    several = True
    saves = inputs = outputs = ()
    rules: ClassVar[Any]
    function: ClassVar[Any]
    needs_input_grad: tuple[bool, ...] = ()
    materialize_grads = True

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep tensors for `backward`, where they are `ctx.saved_tensors`."""
        self._saved = tensors
        self.versions = tuple(
            (t._writes, t._writes[COUNT]) for t in tensors if isinstance(t, TensorBase)
        ) or ((_NOTHING, 0),)

    def save_for_forward(self, *tensors: Any) -> None:
        """Keep tensors for `jvp`; nothing else uses them."""

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """The tensors given to `save_for_backward`."""
        saved = getattr(self, "_saved", ())
        if saved is None:
            raise freed(self)
        for version, seen in self.versions or ():
            if version[COUNT] != seen:
                raise stale(self, version, seen)
        return tuple(self._returned(t) for t in saved)

    saved_variables = saved_tensors

    def _returned(self, tensor: Any) -> Any:
        """A saved output again: kept without its node, so that no cycle keeps the graph alive."""
        if hasattr(tensor, "unpack"):  # packed by hooks
            return tensor.tensor()
        if isinstance(tensor, _SavedOutput):
            result = wrap(tensor.data)
            result._node = Output(self, tensor.index)
            result._writes = tensor.version
            return result
        return tensor

    def mark_dirty(self, *tensors: Any) -> None:
        """Say which inputs `forward` wrote to."""
        self._dirty = tensors

    def mark_non_differentiable(self, *tensors: Any) -> None:
        """Say which outputs have no gradient."""
        self._constant = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """Whether `backward` gets zeros (the default) or None for outputs that were not used."""
        self.materialize_grads = value

    def push(self, tangents: list[Any], create: bool) -> list[Any]:
        """The tangents of the outputs, by the user's `jvp`."""
        given = [None if t is None else _tensor(t) for t in tangents]
        found = self.function.jvp(self, *given)
        results = found if isinstance(found, tuple) else (found,)
        return [r if create or r is None else r._data for r in results]

    def free(self) -> None:
        """Forget the saved tensors."""
        if getattr(self, "_saved", ()):
            self._saved = None  # type: ignore[assignment]
            self.versions = None


_NOTHING = [0, 0]


class _SavedOutput:
    def __init__(self, tensor: Any, index: int) -> None:
        self.data, self.version, self.index = tensor._data, tensor._writes, index


def _backward_rule(ctx: Any, *grads: Any) -> Any:
    """Run the user's `backward` on tensors, recording only if the engine runs on tensors."""
    node: Any = ctx if isinstance(ctx, Primitive) else ctx._of
    create = any(isinstance(g, TensorBase) for g in grads)
    given = [
        wrap(numpy.zeros(shape, kind)) if g is None and node.materialize_grads else _tensor(g)
        for g, (shape, kind) in zip(grads, node.output_metas, strict=True)
    ]
    before, modes.grad = modes.grad, create
    try:
        returned = node.function.backward(node, *given)
    finally:
        modes.grad = before
    results = list(returned) if isinstance(returned, tuple) else [returned]
    results = _checked_count(node, results)
    return [
        None if source is None or r is None else (r if create else _array(r))
        for source, r in zip(node.sources, results, strict=True)
    ]


def _checked_count(node: Any, results: list[Any]) -> list[Any]:
    wanted = len(node.sources)
    while len(results) > wanted and results[-1] is None:
        results.pop()
    if len(results) != wanted:
        raise RuntimeError(
            f"function {node.name()} returned an incorrect number of gradients (expected "
            f"{wanted}, got {len(results)})"
        )
    return results


def _tensor(g: Any) -> Any:
    return g if g is None or isinstance(g, TensorBase) else wrap(g)


def _array(g: Any) -> Any:
    if not isinstance(g, TensorBase):
        raise TypeError(f"expected Tensor or None from backward, got {type(g).__name__}")
    return g._data


class Function:
    """An operation with a backward of its own.

    A subclass gives two static methods: ``forward(ctx, *inputs)``, and ``backward(ctx,
    *grad_outputs)``, which returns one gradient (or None) for each input of forward. It may give
    ``setup_context(ctx, inputs, output)`` too; forward then takes no ctx.

    >>> class Square(Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         ctx.save_for_backward(x)
    ...         return x * x
    ...
    ...     @staticmethod
    ...     def backward(ctx, grad):
    ...         (x,) = ctx.saved_tensors
    ...         return grad * 2 * x
    >>> x = tensor(3.0, requires_grad=True)
    >>> Square.apply(x).backward()
    >>> x.grad
    tensor(6.)
    """

    setup_context: ClassVar[Callable[..., Any] | None] = None
    _node_type: ClassVar[type[FunctionCtx]]

    def __init_subclass__(cls) -> None:
        name = f"{cls.__name__}Backward"
        attributes = {"function": cls, "__slots__": (), "rules": (_backward_rule,)}
        cls._node_type = type.__new__(type, name, (FunctionCtx,), attributes)
        cls._node_type.label = name
        cls._node_type.several = cls._node_type.variadic = True

    def __init__(self) -> None:
        raise RuntimeError(
            f"Legacy autograd function with non-static forward method is deprecated. Please use "
            f"new-style autograd function with static forward method: call "
            f"{type(self).__name__}.apply(...)"
        )

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """The operation itself."""
        raise NotImplementedError(
            "You must implement the forward function for custom autograd.Function."
        )

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """The gradients of the inputs from those of the outputs."""
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom "
            "autograd.Function to use it with backward mode AD."
        )

    @staticmethod
    def jvp(ctx: Any, *grad_inputs: Any) -> Any:
        """The tangents of the outputs from those of the inputs."""
        raise NotImplementedError(
            "You must implement the jvp function for custom autograd.Function to use it with "
            "forward mode AD."
        )

    @classmethod
    def apply(cls, *inputs: Any) -> Any:
        """Run `forward` unrecorded and put one node with this `backward` into the graph."""
        node = new(cls._node_type)
        node.seq = next_seq()
        places = [current_node(x) if isinstance(x, TensorBase) else None for x in inputs]
        recorded = modes.grad and any(place is not None for place in places)
        node.needs_input_grad = tuple(place is not None for place in places)
        before, modes.grad = modes.grad, False
        try:
            if cls.setup_context is None:
                output = cls.forward(node, *inputs)
            else:
                output = cls.forward(*inputs)
                cls.setup_context(node, inputs, output)
        finally:
            modes.grad = before
        if recorded:
            node.sources = tuple(
                x if type(place) is Leaf else place for x, place in zip(inputs, places, strict=True)
            )
            output = _attached(node, inputs, output)
            if modes.notes:
                note(node, inputs, output if isinstance(output, tuple) else (output,))
        return output


def _attached(node: Any, inputs: tuple[Any, ...], output: Any) -> Any:
    """The outputs of a recorded `forward`, each an output of the node."""
    outputs = output if isinstance(output, tuple) else (output,)
    constant = {id(t) for t in getattr(node, "_constant", ())}
    dirty = {id(t) for t in getattr(node, "_dirty", ())}
    saved = list(getattr(node, "_saved", ()))
    results = []
    for index, tensor in enumerate(outputs):
        if not isinstance(tensor, TensorBase) or id(tensor) in constant:
            results.append(tensor)
            continue
        result = _own(tensor, inputs, dirty)
        if of_array(result._data).category >= FLOATING:
            result._node = Output(node, index)
        saved = [_SavedOutput(result, index) if t is tensor else t for t in saved]
        results.append(result)
    if saved:
        node._saved = tuple(saved)
    node.arity = len(outputs)
    node.output_metas = [
        (t._data.shape, t._data.dtype) if isinstance(t, TensorBase) else ((), numpy.float32)
        for t in outputs
    ]
    return tuple(results) if isinstance(output, tuple) else results[0]


def _own(tensor: Any, inputs: tuple[Any, ...], dirty: set[int]) -> Any:
    """An output that can carry the node: an input returned as it is becomes a view of itself."""
    if id(tensor) in dirty:
        written(tensor)
        tensor._writes[REBASED] += 1
        return tensor
    if any(tensor is x for x in inputs) or tensor._node is not None:
        alias = wrap(tensor._data)
        alias._writes = tensor._writes
        return alias
    return tensor


def once_differentiable(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator for a `backward` that must not be differentiated again."""

    def wrapper(ctx: Any, *grads: Any) -> Any:
        before, modes.grad = modes.grad, False
        try:
            outputs = function(ctx, *grads)
        finally:
            modes.grad = before
        needs = any(isinstance(g, TensorBase) and g._node is not None for g in grads)
        if not needs:
            return outputs
        several = outputs if isinstance(outputs, tuple) else (outputs,)
        refused = _Refused.apply(*[g for g in grads if g is not None], *several)
        results = refused[-len(several) :]
        return results if isinstance(outputs, tuple) else results[0]

    return wrapper


class _Refused(Function):
    """Passes tensors on; its backward says that there is none."""

    @staticmethod
    def forward(ctx: Any, *tensors: Any) -> Any:
        return tuple(wrap(t._data.copy()) if isinstance(t, TensorBase) else t for t in tensors)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        raise RuntimeError(
            "trying to differentiate twice a function that was marked with @once_differentiable"
        )
