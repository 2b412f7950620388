"""`torch.autograd.graph`: nodes and edges of the graph, and hooks on them and on what they save."""

from __future__ import annotations

import abc
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ..core.apply import current_node
from ..core.hooks import RemovableHandle
from ..core.modes import modes
from ..core.primitive import AccumulateGrad, Leaf, Output, Primitive
from ..core.tensor import TensorBase
from ..core.writes import written
from .func.reverse import edge, nodes_behind
from .saved import allow_mutation_on_saved_tensors as allow_mutation_on_saved_tensors
from .saved import disable_saved_tensors_hooks as disable_saved_tensors_hooks
from .saved import save_on_cpu as save_on_cpu
from .saved import saved_tensors_hooks as saved_tensors_hooks


class Node(abc.ABC):
    """A node of the graph: what `grad_fn` is."""

    @abc.abstractmethod
    def name(self) -> str:
        """The name PyTorch prints."""

    @abc.abstractmethod
    def register_hook(self, fn: Callable[..., Any]) -> RemovableHandle:
        """Call `fn(grad_inputs, grad_outputs)` after this node ran; it may return others."""

    @abc.abstractmethod
    def register_prehook(self, fn: Callable[..., Any]) -> RemovableHandle:
        """Call `fn(grad_outputs)` before this node runs; it may return others."""


Node.register(Primitive)
Node.register(AccumulateGrad)


class GradientEdge(NamedTuple):
    """A place that a gradient arrives at: an output of a node."""

    node: Any
    output_nr: int
    ownership_token: Any = None


def get_gradient_edge(tensor: Any) -> GradientEdge:
    """Where the gradient of a tensor arrives; `autograd.grad` takes it in the tensor's place.

    >>> import chainrule as torch
    >>> w = torch.ones(2, requires_grad=True)
    >>> a = w * 3
    >>> torch.autograd.grad((a * a).sum(), torch.autograd.graph.get_gradient_edge(a))
    (tensor([6., 6.]),)
    """
    node = current_node(tensor)
    if node is None:
        raise RuntimeError(
            "It is not possible to get the gradient edge for a Tensor that does not require "
            "gradients"
        )
    if type(node) is Leaf:
        return GradientEdge(AccumulateGrad(tensor), 0)
    return GradientEdge(*((node.node, node.index) if type(node) is Output else (node, 0)))


def increment_version(tensor: Any) -> None:
    """Count a write to a tensor's memory (or to several) that autograd could not see."""
    for each in [tensor] if isinstance(tensor, TensorBase) else tensor:
        written(each)


class _MultiHandle(RemovableHandle):
    """Removes the hooks on several tensors."""

    def __init__(self, handles: Sequence[RemovableHandle], listener: Any) -> None:
        super().__init__({})
        self.handles, self.listener = handles, listener
        modes.switch(starting=(*modes.starting, listener))

    def remove(self) -> None:
        """Take the hooks away."""
        for handle in self.handles:
            handle.remove()
        modes.switch(starting=tuple(each for each in modes.starting if each is not self.listener))


def register_multi_grad_hook(
    tensors: Sequence[Any], fn: Callable[..., Any], *, mode: str = "all"
) -> RemovableHandle:
    """Call `fn` in each backward pass: with the gradients of all tensors, or with the first one.

    In the mode "all" it gets a list, with None for tensors that the pass does not reach; in the
    mode "any" the gradient that was computed first.

    >>> import chainrule as torch
    >>> a, b = torch.ones(1, requires_grad=True), torch.ones(1, requires_grad=True)
    >>> handle = torch.autograd.graph.register_multi_grad_hook([a, b], print)
    >>> (a * 2 + b * 3).backward()
    [tensor([2.]), tensor([3.])]
    """
    if mode not in ("all", "any"):
        raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    awaited: list[Any] = []  # which tensors this pass reaches and has no gradient for yet
    grads: list[Any] = []

    def starts(sources: Sequence[Any]) -> None:
        ends = {id(end) for end in nodes_behind([s for s in sources if s is not None])}
        keys = [edge(tensor) for tensor in tensors]
        awaited[:] = [i for i, key in enumerate(keys) if id(getattr(key, "node", key)) in ends]
        grads[:] = [None] * len(tensors)

    def arrived(index: int, grad: Any) -> None:
        first = not any(g is not None for g in grads)
        grads[index] = grad
        awaited.remove(index)
        if mode == "any" and first:
            fn(grad)
        elif mode == "all" and not awaited:
            fn(list(grads))

    handles = [
        tensor.register_hook(lambda grad, index=index: arrived(index, grad))
        for index, tensor in enumerate(tensors)
    ]
    return _MultiHandle(handles, starts)
