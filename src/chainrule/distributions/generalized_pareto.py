"""The generalised Pareto distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import chainrule as torch

from . import constraints
from .distribution import Distribution
from .utils import broadcast_all

if TYPE_CHECKING:
    from ..tensor import Tensor


class GeneralizedPareto(Distribution):
    """The distribution with P(X > x) = (1 + k z)^(-1 / k), z = (x - loc) / scale.

    k is `concentration`; at 0 the distribution is exponential, below 0 it is bounded.

    >>> torch.distributions.GeneralizedPareto(0.0, 1.0, 0.5).mean
    tensor(2.)
    """

    arg_constraints = {
        "loc": constraints.real,
        "scale": constraints.positive,
        "concentration": constraints.real,
    }
    has_rsample = True

    def __init__(
        self, loc: Any, scale: Any, concentration: Any, validate_args: bool | None = None
    ) -> None:
        self.loc, self.scale, self.concentration = broadcast_all(loc, scale, concentration)
        super().__init__(self.loc.shape, validate_args=validate_args)

    @property
    def _exponential(self) -> Tensor:
        """Where k is 0, to the precision"""
        return torch.isclose(self.concentration, torch.zeros_like(self.concentration))

    @property
    def _nonzero(self) -> Tensor:
        return torch.where(self._exponential, 1.0, self.concentration)

    @constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self) -> Any:
        """From loc on; for a negative k up to loc - scale / k."""
        end = self.loc - self.scale / self._nonzero
        upper = torch.where(self.concentration < 0, end, math.inf)
        return constraints.interval(self.loc, upper)

    @property
    def mean(self) -> Tensor:
        """loc + scale / (1 - k); NaN for k from 1 on"""
        mean = self.loc + self.scale / (1 - self.concentration)
        return torch.where(self.concentration < 1, mean, math.nan)

    @property
    def mode(self) -> Tensor:
        """loc"""
        return self.loc

    @property
    def variance(self) -> Tensor:
        """scale^2 / ((1 - k)^2 (1 - 2 k)); NaN for k from 1/2 on"""
        k = self.concentration
        variance = self.scale**2 / ((1 - k) ** 2 * (1 - 2 * k))
        return torch.where(k < 0.5, variance, math.nan)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """The quantile of a uniform number"""
        shape = self._extended_shape(sample_shape)
        return self.icdf(torch.rand(shape, dtype=self.loc.dtype, device=self.loc.device))

    def log_prob(self, value: Tensor) -> Tensor:
        """-(1 + 1 / k) log(1 + k z) - log scale"""
        if self._validate_args:
            self._validate_sample(value)
        z, k = (value - self.loc) / self.scale, self._nonzero
        logs = torch.where(self._exponential, z, (1 + 1 / k) * torch.log1p(k * z))
        return -logs - torch.log(self.scale)

    def log_survival_function(self, value: Tensor) -> Tensor:
        """log P(X > x) = -log(1 + k z) / k"""
        if self._validate_args:
            self._validate_sample(value)
        z, k = (value - self.loc) / self.scale, self._nonzero
        return -torch.where(self._exponential, z, torch.log1p(k * z) / k)

    def log_cdf(self, value: Tensor) -> Tensor:
        """log(1 - P(X > x))"""
        return torch.log1p(-torch.exp(self.log_survival_function(value)))

    def cdf(self, value: Tensor) -> Tensor:
        """1 - P(X > x)"""
        return torch.exp(self.log_cdf(value))

    def icdf(self, value: Tensor) -> Tensor:
        """loc + scale ((1 - p)^-k - 1) / k"""
        log_rest, k = torch.log1p(-value), self._nonzero
        z = torch.where(self._exponential, -log_rest, torch.expm1(-k * log_rest) / k)
        return self.loc + self.scale * z

    def entropy(self) -> Tensor:
        """log scale + k + 1"""
        return torch.log(self.scale) + self.concentration + 1
