"""Compiling: a function is traced once, as a graph, and becomes a few native kernels.

Needs the package llvmlite (extra `compile`), which is imported when the first function is compiled.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..core.modes import modes

_MODES = (None, "default", "reduce-overhead", "max-autotune", "max-autotune-no-cudagraphs")
_EAGER = ("eager", "aot_eager", "aot_eager_decomp_partition")


def compile(
    model: Any = None,
    *,
    fullgraph: bool = False,
    dynamic: bool | None = None,
    backend: str | Callable[..., Any] = "inductor",
    mode: str | None = None,
    options: dict[str, Any] | None = None,
    disable: bool = False,
) -> Any:
    """The function (or module) as native code: traced at its first call, run as kernels after that.

    What it computes is the same. It may hold the forward pass only, or a whole training step with
    `zero_grad`, `backward` and `optimizer.step`. A call for which something else holds than for the
    traced ones (other shapes, dtypes, flags, values of Python's) is traced anew. Floats that are
    arguments, and contents of tensors, are read at each call. A function that cannot be compiled
    runs as it is, with one warning that says why; `fullgraph=True` makes that a RuntimeError.

    `dynamic`, `mode`, `options` and the name of a backend are accepted as PyTorch's; the backend
    "eager" compiles nothing. Without `model` the result is a decorator. RuntimeError for a mode
    that PyTorch does not have.

    >>> import chainrule as torch
    >>> @compile
    ... def norm(x):
    ...     return (x * x).sum().sqrt()
    >>> norm(torch.tensor([3.0, 4.0]))
    tensor(5.)
    """
    if mode is not None and options is not None:
        raise RuntimeError(
            "Either mode or options can be specified, but both can't be specified at the same time."
        )
    if mode not in _MODES:
        raise RuntimeError(f"Unrecognized mode={mode}, should be one of {set(_MODES[1:])}")
    if callable(backend):
        raise NotImplementedError("compile(backend=function): a backend of one's own")
    if model is None:
        return lambda function: compile(
            function, fullgraph=fullgraph, backend=backend, disable=disable
        )
    if disable or backend in _EAGER:
        return model
    as_module = getattr(model, "_as_compiled", None)
    if as_module is not None:
        return as_module(fullgraph)
    if not callable(model):
        raise RuntimeError(f"torch.compile needs a function or a module, not {type(model)}")
    return compiled(model, fullgraph)


def compiled(function: Callable[..., Any], fullgraph: bool = False) -> Any:
    """A function compiled, whatever it is."""
    from .program import compiled as make

    return make(function, fullgraph)


def explain(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """How a call is compiled: its graph, the groups it is fused into, and their source.

    The call is made, once. If the function is compiled already, also why it was traced again. The
    result prints itself, and has the parts as attributes.
    """
    from .explanation import explain as make

    return make(function, args, kwargs)


def is_compiling() -> bool:
    """Whether this is code that is being traced."""
    return modes.recorder is not None


is_dynamo_compiling = is_compiling


def disable(fn: Any = None, recursive: bool = True, *, reason: str | None = None) -> Any:
    """The function as it is; a compiled function that calls it is not compiled."""
    if fn is None:
        return lambda function: disable(function, recursive)
    from .program import left_out

    return left_out(fn, reason)


def reset() -> None:
    """Forget all compiled programs; every function is traced anew."""
    from .program import forget

    forget()


def list_backends(exclude_tags: Any = ()) -> list[str]:
    """The names of the ways to compile."""
    return ["inductor"]
