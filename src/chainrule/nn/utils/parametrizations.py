"""Parametrizations of weights: by magnitude and direction, of norm one, orthogonal."""

from __future__ import annotations

from typing import Any

from ...ops.matmul import dot, mv
from .. import functional as F
from ..modules.module import Module
from . import parametrize
from .orthogonal import orthogonal as orthogonal
from .spectral_norm import TRANSPOSED, as_matrix, check_iterations, power_iterations
from .weight_norm import norm_except, weight_normalized


class _WeightNorm(Module):
    """g v / ||v||, with g the norms of the slices along `dim`."""

    def __init__(self, dim: int | None = 0) -> None:
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g: Any, weight_v: Any) -> Any:
        """The weight, from magnitude and direction."""
        return weight_normalized(weight_v, weight_g, self.dim)

    def right_inverse(self, weight: Any) -> tuple[Any, Any]:
        """Magnitude and direction of a weight."""
        return norm_except(weight, self.dim), weight


def weight_norm(module: Any, name: str = "weight", dim: int = 0) -> Module:
    """w = g v / ||v||: make a weight of magnitude g and direction v, for each slice along `dim`.

    Salimans and Kingma, "Weight normalization" (2016).

    >>> from chainrule import nn
    >>> layer = weight_norm(nn.Linear(2, 3))
    >>> list(layer.state_dict())[1:]
    ['parametrizations.weight.original0', 'parametrizations.weight.original1']
    """
    parametrize.register_parametrization(module, name, _WeightNorm(dim), unsafe=True)

    def renamed(self: Any, state_dict: Any, prefix: str, *rest: Any) -> None:
        """Take the names of the older form as well."""
        old = [f"{prefix}{name}_{part}" for part in "gv"]
        if all(key in state_dict for key in old):
            for i, key in enumerate(old):
                new = f"{prefix}parametrizations.{name}.original{i}"
                state_dict[new] = state_dict.pop(key)

    module._register_load_state_dict_pre_hook(renamed, with_module=True)
    return module


class _SpectralNorm(Module):
    """The weight divided by its largest singular value."""

    def __init__(
        self, weight: Any, n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12
    ) -> None:
        super().__init__()
        axes = weight.ndim
        if not -axes <= dim < axes:
            raise IndexError(
                "Dimension out of range (expected to be in range of "
                f"[-{axes}, {axes - 1}] but got {dim})"
            )
        check_iterations(n_power_iterations)
        self.dim = dim % axes
        self.eps = eps
        if axes > 1:
            self.n_power_iterations = n_power_iterations
            matrix = as_matrix(weight.detach(), self.dim)
            for name, size in zip(("_u", "_v"), matrix.shape, strict=True):
                start = matrix.new_empty(size).normal_(0, 1)
                self.register_buffer(name, F.normalize(start, dim=0, eps=eps))
            power_iterations(matrix, self._u, self._v, 15, eps)

    def forward(self, weight: Any) -> Any:
        """The normalised weight; in training the estimate of the norm is improved first."""
        if weight.ndim == 1:
            return F.normalize(weight, dim=0, eps=self.eps)
        matrix = as_matrix(weight, self.dim)
        if self.training:
            power_iterations(matrix, self._u, self._v, self.n_power_iterations, self.eps)
        u, v = self._u.clone(), self._v.clone()  # the next step writes into them
        return weight / dot(u, mv(matrix, v))

    def right_inverse(self, value: Any) -> Any:
        """The weight itself, which may have any norm."""
        return value


def spectral_norm(
    module: Any,
    name: str = "weight",
    n_power_iterations: int = 1,
    eps: float = 1e-12,
    dim: int | None = None,
) -> Module:
    """w / sigma(w): keep the largest singular value of a weight at 1.

    It is estimated by power iteration, a step at each use in training. `dim` has the outputs: 1 for
    transposed convolutions, else 0.

    Miyato et al., "Spectral normalization for generative adversarial networks" (2018).

    >>> from chainrule import nn
    >>> layer = spectral_norm(nn.Linear(3, 2), n_power_iterations=50)
    >>> layer.weight.shape
    torch.Size([2, 3])
    """
    weight = parametrize.weight_of(module, name)
    if dim is None:
        dim = 1 if isinstance(module, TRANSPOSED) else 0
    norm = _SpectralNorm(weight, n_power_iterations, dim, eps)
    return parametrize.register_parametrization(module, name, norm)
