"""`torch.utils.checkpoint`: less memory for more time, by computing again what backward needs.

Chen et al., "Training deep nets with sublinear memory cost" (2016).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from ..autograd.backward import backward as run_backward
from ..autograd.function import Function
from ..autograd.grad_mode import enable_grad, no_grad
from ..autograd.saved import saved_tensors_hooks
from ..core.modes import modes
from ..core.tensor import TensorBase
from ..ops.random import get_rng_state, set_rng_state

Contexts = tuple[AbstractContextManager[Any], AbstractContextManager[Any]]


class CheckpointError(RuntimeError):
    """What is computed again is not what was computed."""


def noop_context_fn() -> Contexts:
    """Two contexts that do nothing: around the first computation, and around the second."""
    return nullcontext(), nullcontext()


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    context_fn: Callable[[], Contexts] = noop_context_fn,
    determinism_check: str = "default",
    debug: bool = False,
    early_stop: bool = True,
    preserve_rng_state: bool = True,
    **kwargs: Any,
) -> Any:
    """`function(*args, **kwargs)`, which keeps nothing for backward but its arguments.

    Backward runs the function again, with the random numbers it had. With `use_reentrant` the
    gradients come by a backward pass of its own, for which an argument must require grad.

    >>> w = tensor(2.0, requires_grad=True)
    >>> checkpoint(lambda x: x * x, w, use_reentrant=False).backward()
    >>> w.grad
    tensor(4.)
    """
    if use_reentrant is None:
        warnings.warn(
            "torch.utils.checkpoint: the use_reentrant parameter should be passed explicitly. "
            "use_reentrant=False is recommended",
            stacklevel=2,
        )
        use_reentrant = True
    state = get_rng_state() if preserve_rng_state else None
    if not use_reentrant:
        return _Again(function, args, kwargs, state, context_fn()).first()
    if kwargs:
        raise ValueError(f"Unexpected keyword arguments: {','.join(kwargs)}")
    if context_fn is not noop_context_fn or debug:
        raise ValueError(
            "Passing `context_fn` or `debug` is only supported when use_reentrant=False."
        )
    if modes.grad and not any(isinstance(x, TensorBase) and x._node is not None for x in args):
        warnings.warn(
            "None of the inputs have requires_grad=True. Gradients will be None", stacklevel=2
        )
    return Checkpoint.apply(function, state, *args)


def checkpoint_sequential(
    functions: Any, segments: int, input: Any, use_reentrant: bool | None = None, **kwargs: Any
) -> Any:
    """Modules one after another, in so many parts; all parts but the last are checkpointed."""
    modules = list(functions.children()) if hasattr(functions, "children") else list(functions)
    size = len(modules) // segments
    for start in range(0, size * (segments - 1), size):
        part = modules[start : start + size]
        input = checkpoint(_chained(part), input, use_reentrant=use_reentrant, **kwargs)
    return _chained(modules[size * (segments - 1) :])(input)


def _chained(modules: list[Any]) -> Callable[[Any], Any]:
    def run(x: Any) -> Any:
        for module in modules:
            x = module(x)
        return x

    return run


@contextmanager
def _random(state: Any) -> Iterator[None]:
    """The random numbers from a state on; afterwards the stream goes on where it was."""
    if state is None:
        yield
        return
    now = get_rng_state()
    set_rng_state(state)
    try:
        yield
    finally:
        set_rng_state(now)


class Checkpoint(Function):
    """The reentrant kind: one node, whose backward runs a backward pass of its own."""

    @staticmethod
    def forward(ctx: Any, function: Any, state: Any, *args: Any) -> Any:
        """The function's value; only its arguments are kept."""
        ctx.function_again, ctx.state = function, state
        ctx.tensors = [isinstance(x, TensorBase) for x in args]
        ctx.others = [None if isinstance(x, TensorBase) else x for x in args]
        ctx.save_for_backward(*(x for x in args if isinstance(x, TensorBase)))
        with no_grad():
            return function(*args)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        """The gradients, by running the function again."""
        saved = iter(ctx.saved_tensors)
        pairs = zip(ctx.tensors, ctx.others, strict=True)
        args: list[Any] = [_apart(next(saved)) if tensor else other for tensor, other in pairs]
        with enable_grad(), _random(ctx.state):
            results = ctx.function_again(*args)
        results = results if isinstance(results, (list, tuple)) else [results]
        pairs = zip(results, grads, strict=True)
        reached = [(r, g) for r, g in pairs if isinstance(r, TensorBase) and r._node is not None]
        if not reached:
            raise RuntimeError(
                "none of output has requires_grad=True, this checkpoint() is not necessary"
            )
        run_backward([r for r, _ in reached], [g for _, g in reached])
        own = [x.grad if tensor else None for x, tensor in zip(args, ctx.tensors, strict=True)]
        return None, None, *own


def _apart(tensor: Any) -> Any:
    """The same values as a leaf."""
    return tensor.detach().requires_grad_(tensor.requires_grad)


class _Again:
    """The other kind: what nodes save is a number; asked for, all of it is computed again."""

    def __init__(
        self, function: Any, args: Any, kwargs: Any, state: Any, contexts: Contexts
    ) -> None:
        self.call = lambda: function(*args, **kwargs)
        self.state, self.contexts = state, contexts
        self.count = 0
        self.found: dict[int, Any] = {}

    def first(self) -> Any:
        """The function's value."""
        with self.contexts[0], saved_tensors_hooks(self.number, self.value):
            return self.call()

    def number(self, _: Any) -> int:
        """Instead of a tensor, how many were saved before it."""
        self.count += 1
        return self.count - 1

    def value(self, number: int) -> Any:
        """The tensor that was saved under a number; it is given once."""
        if number not in self.found:
            self.run_again()
        return self.found.pop(number)

    def run_again(self) -> None:
        """Compute everything that was saved."""
        fresh: list[Any] = []

        def keep(tensor: Any) -> Any:
            fresh.append(tensor.detach())
            return tensor

        hooks = saved_tensors_hooks(keep, lambda tensor: tensor)
        with self.contexts[1], enable_grad(), _random(self.state), hooks:
            self.call()
        if len(fresh) != self.count:
            raise CheckpointError(
                "torch.utils.checkpoint: A different number of tensors was saved during the "
                f"original forward and recomputation.\nNumber of tensors saved during forward: "
                f"{self.count}\nNumber of tensors saved during recomputation: {len(fresh)}"
            )
        self.found = dict(enumerate(fresh))
