"""The Dirichlet distribution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import chainrule as torch

from ..ops.gamma_draws import sample_dirichlet
from . import constraints
from .exp_family import ExponentialFamily

if TYPE_CHECKING:
    from ..tensor import Tensor


class Dirichlet(ExponentialFamily):
    """The distribution on the simplex with density proportional to prod x_i^(c_i - 1).

    Shape: concentration c (*, n); draws are (n).

    >>> torch.distributions.Dirichlet(torch.tensor([1.0, 3.0])).mean
    tensor([0.2500, 0.7500])
    """

    arg_constraints = {"concentration": constraints.independent(constraints.positive, 1)}
    support = constraints.simplex
    has_rsample = True

    def __init__(self, concentration: Any, validate_args: bool | None = None) -> None:
        if concentration.dim() < 1:
            raise ValueError("`concentration` parameter must be at least one-dimensional.")
        self.concentration = concentration
        shape = concentration.shape
        super().__init__(shape[:-1], shape[-1:], validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        """c / sum c"""
        return self.concentration / self.concentration.sum(-1, True)

    @property
    def mode(self) -> Tensor:
        """(c - 1) / sum (c - 1); the first corner where all c < 1"""
        above = (self.concentration - 1).clamp(min=0)
        corner = torch.eye(above.shape[-1], dtype=above.dtype, device=above.device)[0]
        low = (self.concentration < 1).all(-1, keepdim=True)
        return torch.where(low, corner, above / above.sum(-1, True))

    @property
    def variance(self) -> Tensor:
        """c (total - c) / (total^2 (total + 1))"""
        total = self.concentration.sum(-1, True)
        rest = total - self.concentration
        return self.concentration * rest / (total.pow(2) * (total + 1))

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Gamma numbers over their sum"""
        return sample_dirichlet(self.concentration.expand(self._extended_shape(sample_shape)))

    def log_prob(self, value: Tensor) -> Tensor:
        """sum (c - 1) log x + log Gamma(total) - sum log Gamma(c)"""
        if self._validate_args:
            self._validate_sample(value)
        c = self.concentration
        logs = torch.xlogy(c - 1, value).sum(-1)
        return logs + torch.lgamma(c.sum(-1)) - torch.lgamma(c).sum(-1)

    def entropy(self) -> Tensor:
        """log B(c) + (total - n) digamma(total) - sum (c - 1) digamma(c)"""
        c, n = self.concentration, self.concentration.size(-1)
        total = c.sum(-1)
        log_beta = torch.lgamma(c).sum(-1) - torch.lgamma(total)
        slopes = ((c - 1) * torch.digamma(c)).sum(-1)
        return log_beta - (n - total) * torch.digamma(total) - slopes

    @property
    def _natural_params(self) -> Any:
        return (self.concentration,)

    def _log_normalizer(self, x: Tensor) -> Tensor:  # type: ignore[override]
        return x.lgamma().sum(-1) - torch.lgamma(x.sum(-1))
