"""Weight normalisation by a hook before forward, the older form of the parametrization."""

from __future__ import annotations

import warnings
from typing import Any

from ...ops.norms import vector_norm
from ..modules.module import Module
from ..parameter import Parameter


def norm_except(v: Any, dim: int | None) -> Any:
    """The norm of each slice along `dim`, or of all of v for None or -1."""
    if dim is None or dim == -1:
        return vector_norm(v)
    axes = tuple(axis for axis in range(v.dim()) if axis != dim % v.dim())
    return vector_norm(v, dim=axes, keepdim=True) if axes else v.abs()


def weight_normalized(v: Any, g: Any, dim: int | None) -> Any:
    """g v / ||v||, slice by slice along `dim`."""
    weight = v * (g / norm_except(v, dim))
    if weight.grad_fn is not None and dim in (0, v.dim() - 1):
        weight.grad_fn.label = "WeightNormInterfaceBackward0"  # as PyTorch prints it
    return weight


class WeightNorm:
    """The hook: computes the weight from g and v before each forward."""

    def __init__(self, name: str, dim: int | None) -> None:
        self.name = name
        self.dim = -1 if dim is None else dim

    def compute_weight(self, module: Any) -> Any:
        """The weight, from the magnitude and the direction."""
        g, v = (getattr(module, f"{self.name}_{part}") for part in "gv")
        return weight_normalized(v, g, self.dim)

    @staticmethod
    def apply(module: Any, name: str, dim: int | None) -> WeightNorm:
        """Split the weight of a module and register the hook."""
        for hook in module._forward_pre_hooks.values():
            if isinstance(hook, WeightNorm) and hook.name == name:
                raise RuntimeError(
                    f"Cannot register two weight_norm hooks on the same parameter {name}"
                )
        found = WeightNorm(name, dim)
        weight = getattr(module, name)
        del module._parameters[name]
        magnitude = norm_except(weight.data, found.dim)
        module.register_parameter(f"{name}_g", Parameter(magnitude))
        module.register_parameter(f"{name}_v", Parameter(weight.data))
        setattr(module, name, found.compute_weight(module))
        module.register_forward_pre_hook(found)
        return found

    def remove(self, module: Any) -> None:
        """Make the weight a parameter again."""
        weight = self.compute_weight(module)
        delattr(module, self.name)
        for part in "gv":
            del module._parameters[f"{self.name}_{part}"]
        setattr(module, self.name, Parameter(weight.data))

    def __call__(self, module: Any, inputs: Any) -> None:
        setattr(module, self.name, self.compute_weight(module))


def weight_norm(module: Any, name: str = "weight", dim: int | None = 0) -> Module:
    """w = g v / ||v||: make a weight of magnitude g and direction v, for each slice along `dim`.

    The parameters `<name>_g` and `<name>_v` take the weight's place. Deprecated in PyTorch, in
    favor of `parametrizations.weight_norm`.

    Salimans and Kingma, "Weight normalization" (2016).
    """
    warnings.warn(
        "`torch.nn.utils.weight_norm` is deprecated in favor of "
        "`torch.nn.utils.parametrizations.weight_norm`.",
        FutureWarning,
        stacklevel=2,
    )
    WeightNorm.apply(module, name, dim)
    return module


def remove_weight_norm(module: Any, name: str = "weight") -> Module:
    """Undo :func:`weight_norm`. ValueError if the weight is not normalised."""
    for key, hook in module._forward_pre_hooks.items():
        if isinstance(hook, WeightNorm) and hook.name == name:
            hook.remove(module)
            del module._forward_pre_hooks[key]
            return module
    raise ValueError(f"weight_norm of '{name}' not found in {module}")
