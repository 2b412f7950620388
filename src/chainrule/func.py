"""`torch.func`: transforms of functions, and modules as functions. See docs/transforms.md."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .autograd.func.forward import jvp as jvp
from .autograd.func.forward import linearize as linearize
from .autograd.func.jacobians import hessian as hessian
from .autograd.func.jacobians import jacfwd as jacfwd
from .autograd.func.jacobians import jacrev as jacrev
from .autograd.func.mapping import vmap as vmap
from .autograd.func.reverse import grad as grad
from .autograd.func.reverse import grad_and_value as grad_and_value
from .autograd.func.reverse import vjp as vjp
from .nn.utils.stateless import functional_call as functional_call
from .nn.utils.stateless import stack_module_state as stack_module_state


def functionalize(func: Callable[..., Any], *, remove: str = "mutations") -> Callable[..., Any]:
    """Not supported: it rewrites a function for tracers, which here follow mutations themselves."""
    raise NotImplementedError(
        "torch.func.functionalize is not supported\n"
        "hint: torch.compile and the transforms follow in-place operations as they are"
    )


def replace_all_batch_norm_modules_(root: Any) -> Any:
    """Let all batch norms of a module use the statistics of the batch only, as vmap needs it.

    >>> import chainrule as torch
    >>> net = torch.nn.Sequential(torch.nn.BatchNorm1d(2))
    >>> torch.func.replace_all_batch_norm_modules_(net)[0].running_mean is None
    True
    """
    from .nn.modules.batchnorm import _BatchNorm

    for module in root.modules():
        if isinstance(module, _BatchNorm):
            module.running_mean = module.running_var = None
            module.num_batches_tracked = None
            module.track_running_stats = False
    return root


def debug_unwrap(tensor: Any, *, recurse: bool = True) -> Any:
    """The tensor of all examples behind a tensor inside of `vmap`, outside of any graph."""
    from .core.tensor import wrap

    return wrap(getattr(tensor._data, "value", tensor._data))
