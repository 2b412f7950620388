"""The continuous Bernoulli distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import chainrule as torch

from ..nn import functional as F
from . import constraints
from .exp_family import ExponentialFamily
from .utils import ProbsOrLogits, broadcast_all, clamp_probs

if TYPE_CHECKING:
    from ..tensor import Tensor


class ContinuousBernoulli(ProbsOrLogits, ExponentialFamily):
    """The distribution on [0, 1] with density proportional to probs^x (1 - probs)^(1 - x).

    For probs within `lims` its formulas, which divide by 1 - 2 probs, become Taylor series.

    Loaiza-Ganem and Cunningham, "The continuous Bernoulli", NeurIPS 2019.

    >>> torch.distributions.ContinuousBernoulli(torch.tensor(0.5)).mean
    tensor(0.5000)
    """

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.unit_interval
    has_rsample = True
    _mean_carrier_measure = 0

    def __init__(
        self,
        probs: Any = None,
        logits: Any = None,
        lims: tuple[float, float] = (0.499, 0.501),
        validate_args: bool | None = None,
    ) -> None:
        self._set_odds(probs, logits)
        self._lims = lims
        super().__init__(self._param.shape, validate_args=validate_args)
        if self._by_probs:  # checked first: the clamped ones are always probabilities
            self.probs = clamp_probs(self.probs)

    def _far(self) -> Tensor:
        """Where the formulas hold"""
        return torch.max(self.probs <= self._lims[0], self.probs > self._lims[1])

    def _cut(self) -> Tensor:
        """probs, or the lower limit where the formulas do not hold"""
        return torch.where(self._far(), self.probs, self._lims[0])

    def _log_constant(self) -> Tensor:
        """The logarithm of the normaliser"""
        p = self._cut()
        below = torch.where(p <= 0.5, p, torch.zeros_like(p))
        above = torch.where(p >= 0.5, p, torch.ones_like(p))
        log_norm = torch.log(torch.abs(torch.log1p(-p) - torch.log(p)))
        log_norm = log_norm - torch.where(
            p <= 0.5, torch.log1p(-2.0 * below), torch.log(2.0 * above - 1.0)
        )
        x = torch.pow(self.probs - 0.5, 2)
        return torch.where(self._far(), log_norm, math.log(2.0) + (4 / 3 + 104 / 45 * x) * x)

    @property
    def mean(self) -> Tensor:
        """p / (2 p - 1) + 1 / (log(1 - p) - log p)"""
        p = self._cut()
        mean = p / (2.0 * p - 1.0) + 1.0 / (torch.log1p(-p) - torch.log(p))
        x = self.probs - 0.5
        return torch.where(self._far(), mean, 0.5 + (1 / 3 + 16 / 45 * x.pow(2)) * x)

    @property
    def stddev(self) -> Tensor:
        """The square root of the variance"""
        return torch.sqrt(self.variance)

    @property
    def variance(self) -> Tensor:
        """p (p - 1) / (1 - 2 p)^2 + 1 / (log(1 - p) - log p)^2"""
        p = self._cut()
        ratio = p * (p - 1.0) / torch.pow(1.0 - 2.0 * p, 2)
        variance = ratio + 1.0 / torch.pow(torch.log1p(-p) - torch.log(p), 2)
        x = torch.pow(self.probs - 0.5, 2)
        return torch.where(self._far(), variance, 1 / 12 - (1 / 15 - 128 / 945 * x) * x)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """The quantile of a uniform number"""
        shape = self._extended_shape(sample_shape)
        return self.icdf(torch.rand(shape, dtype=self.probs.dtype, device=self.probs.device))

    def log_prob(self, value: Tensor) -> Tensor:
        """x log p + (1 - x) log(1 - p) plus the log normaliser"""
        if self._validate_args:
            self._validate_sample(value)
        logits, value = broadcast_all(self.logits, value)
        cross = F.binary_cross_entropy_with_logits(logits, value, reduction="none")
        return -cross + self._log_constant()

    def cdf(self, value: Tensor) -> Tensor:
        """(p^x (1 - p)^(1 - x) + p - 1) / (2 p - 1)"""
        if self._validate_args:
            self._validate_sample(value)
        p = self._cut()
        powers = torch.pow(p, value) * torch.pow(1.0 - p, 1.0 - value)
        inside = torch.where(self._far(), (powers + p - 1.0) / (2.0 * p - 1.0), value)
        above = torch.where(torch.ge(value, 1.0), torch.ones_like(inside), inside)
        return torch.where(torch.le(value, 0.0), torch.zeros_like(inside), above)

    def icdf(self, value: Tensor) -> Tensor:
        """(log(1 - p + u (2 p - 1)) - log(1 - p)) / (log p - log(1 - p))"""
        p = self._cut()
        moved = torch.log1p(-p + value * (2.0 * p - 1.0)) - torch.log1p(-p)
        return torch.where(self._far(), moved / (torch.log(p) - torch.log1p(-p)), value)

    def entropy(self) -> Tensor:
        """The mean of -log_prob"""
        low, high = torch.log1p(-self.probs), torch.log(self.probs)
        return self.mean * (low - high) - self._log_constant() - low

    @property
    def _natural_params(self) -> Any:
        return (self.logits,)

    def _log_normalizer(self, x: Tensor) -> Tensor:  # type: ignore[override]
        far = torch.max(x <= self._lims[0] - 0.5, x > self._lims[1] - 0.5)
        cut = torch.where(far, x, (self._lims[0] - 0.5) * torch.ones_like(x))
        log_norm = torch.log(torch.abs(torch.special.expm1(cut))) - torch.log(torch.abs(cut))
        taylor = 0.5 * x + x.pow(2) / 24.0 - x.pow(4) / 2880.0
        return torch.where(far, log_norm, taylor)
