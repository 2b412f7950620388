"""Hooks on the gradients that flow through a module: where they enter the graph.

The inputs and outputs of the module pass through nodes that change nothing; hooks on these nodes
see the gradients of the outputs arrive and those of the inputs leave.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy

from ...autograd.function import Function
from ...core.modes import modes
from ...core.tensor import TensorBase, wrap

Hook = Callable[..., Any]


class BackwardHookFunction(Function):
    """Passes tensors on, and gradients back."""

    @staticmethod
    def forward(ctx: Any, *tensors: Any) -> Any:
        """The tensors themselves."""
        ctx.mark_non_differentiable(*[t for t in tensors if not t.requires_grad])
        return tensors

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        """The gradients themselves."""
        return grads


class BackwardHooks:
    """One call of a module with full backward hooks.

    The hooks run once all gradients of the inputs are there; where no input needs one, as soon
    as the gradients of the outputs have come.
    """

    def __init__(self, module: Any, hooks: Sequence[Hook], pre_hooks: Sequence[Hook]) -> None:
        self.module = module
        self.hooks = hooks
        self.pre_hooks = pre_hooks
        self.grad_outputs: tuple[Any, ...] | None = None
        self.inputs: list[int] | None = None  # positions of the tensors, if one requires grad
        self.n_inputs = 0

    def watch_inputs(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments to call forward with."""
        self.n_inputs = len(args)
        args, self.inputs, node = _pass_through(args)
        if node is not None:
            blanks = [numpy.zeros_like(args[i]._data) for i in self.inputs or ()]
            node.register_hook(lambda grads, _: self._at_inputs(grads, blanks))
        return args

    def watch_outputs(self, result: Any) -> Any:
        """The result to return to the caller."""
        single = isinstance(result, TensorBase)
        if not single and not isinstance(result, tuple):
            warnings.warn(
                "For backward hooks to be called, module output should be a Tensor or a tuple of "
                f"Tensors but received {type(result)}",
                stacklevel=4,
            )
            return result
        outputs, positions, node = _pass_through((result,) if single else result)
        if node is not None:
            count = len(outputs)
            node.register_prehook(lambda grads: self._at_outputs(grads, positions, count))
        if single:
            return outputs[0]
        return outputs if type(result) is tuple else type(result)(*outputs)  # a named tuple

    def _at_outputs(self, grads: Sequence[Any], positions: Any, count: int) -> tuple[Any, ...]:
        """The gradients of the outputs have arrived: the pre-hooks may replace them."""
        whole = _spread(grads, positions, count)
        for hook in self.pre_hooks:
            replaced = hook(self.module, whole)
            whole = whole if replaced is None else _checked(replaced, whole, "Backward pre hook")
        self.grad_outputs = whole
        if self.inputs is None and self.hooks:
            warnings.warn(
                "Full backward hook is firing when gradients are computed with respect to module "
                "outputs since no inputs require gradients. See "
                "https://docs.pytorch.org/docs/main/generated/torch.nn.Module.html"
                "#torch.nn.Module.register_full_backward_hook for more details.",
                stacklevel=5,
            )
            for hook in self.hooks:
                if hook(self.module, (None,) * self.n_inputs, whole) is not None:
                    raise RuntimeError(
                        "Backward hook for Modules where no input requires gradient should always "
                        "return None or None for all gradients."
                    )
            self.grad_outputs = None
        return tuple(whole[i] for i in positions)

    def _at_inputs(self, grads: Sequence[Any], blanks: Sequence[Any]) -> Any:
        """The gradients of the inputs are known: the hooks may replace them."""
        if self.grad_outputs is None:  # they came by another way than the module's outputs
            return None
        filled = [wrap(blank) if g is None else g for g, blank in zip(grads, blanks, strict=True)]
        whole = _spread(filled, self.inputs or (), self.n_inputs)
        for hook in self.hooks:
            replaced = hook(self.module, whole, self.grad_outputs)
            whole = whole if replaced is None else _checked(replaced, whole, "Backward hook")
        self.grad_outputs = None
        places = zip(grads, self.inputs or (), strict=True)
        return tuple(None if g is None else whole[i] for g, i in places)


def _pass_through(values: tuple[Any, ...]) -> tuple[tuple[Any, ...], list[int] | None, Any]:
    """The values, the tensors among them through one node; their positions, and the node."""
    positions = [i for i, value in enumerate(values) if isinstance(value, TensorBase)]
    if not modes.grad or not any(values[i].requires_grad for i in positions):
        return values, None, None
    passed = BackwardHookFunction.apply(*[values[i] for i in positions])
    node = next(t.grad_fn for t in passed if t.grad_fn is not None)
    return _spread(passed, positions, len(values), values), positions, node


def _spread(
    some: Sequence[Any], positions: Sequence[int], count: int, rest: Sequence[Any] | None = None
) -> tuple[Any, ...]:
    """A tuple with `some` at their positions; elsewhere what `rest` has there, or None."""
    whole = [None] * count if rest is None else list(rest)
    for position, value in zip(positions, some, strict=True):
        whole[position] = value
    return tuple(whole)


def _checked(replaced: Any, grads: tuple[Any, ...], who: str) -> tuple[Any, ...]:
    """A hook's answer as a tuple as long as the gradients it replaces."""
    replaced = replaced if isinstance(replaced, tuple) else (replaced,)
    if len(replaced) != len(grads):
        what = "grad_output" if "pre" in who else "grad_input"
        raise RuntimeError(
            f"{who} returned an invalid number of {what}, got {len(replaced)}, "
            f"but expected {len(grads)}"
        )
    return replaced


def watch_first_tensor(module: Any, hooks: Sequence[Hook], result: Any) -> None:
    """Legacy backward hooks: on the node that made the (first) tensor of the result."""
    while not isinstance(result, TensorBase):
        if isinstance(result, dict):
            result = next(v for v in result.values() if isinstance(v, TensorBase))
        else:
            result = result[0]
    node = result.grad_fn  # type: ignore[attr-defined]
    for hook in hooks if node is not None else ():

        def call(grad_inputs: Any, grad_outputs: Any, hook: Hook = hook) -> Any:
            return hook(module, grad_inputs, grad_outputs)

        node.register_hook(call)
