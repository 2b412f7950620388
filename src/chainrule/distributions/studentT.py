"""Student's t distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import chainrule as torch

from . import constraints
from .chi2 import Chi2
from .distribution import Distribution
from .utils import broadcast_all, standard_normal

if TYPE_CHECKING:
    from ..tensor import Tensor


class StudentT(Distribution):
    """Student's t distribution with `df` degrees of freedom, moved by `loc` and scaled by `scale`.

    >>> torch.distributions.StudentT(3.0).variance
    tensor(3.)
    """

    arg_constraints = {
        "df": constraints.positive,
        "loc": constraints.real,
        "scale": constraints.positive,
    }
    support = constraints.real
    has_rsample = True

    def __init__(
        self, df: Any, loc: Any = 0.0, scale: Any = 1.0, validate_args: bool | None = None
    ) -> None:
        self.df, self.loc, self.scale = broadcast_all(df, loc, scale)
        self._chi2 = Chi2(self.df)
        super().__init__(self.df.shape, validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        """loc; NaN up to one degree of freedom"""
        return torch.where(self.df <= 1, math.nan, self.loc)

    @property
    def mode(self) -> Tensor:
        """loc"""
        return self.loc

    @property
    def variance(self) -> Tensor:
        """scale^2 df / (df - 2); infinite up to two degrees, NaN up to one"""
        finite = self.scale.pow(2) * self.df / (self.df - 2)
        above_one = torch.where(self.df > 2, finite, math.inf)
        return torch.where(self.df > 1, above_one, math.nan)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """loc + scale z / sqrt(chi2 / df)"""
        z = standard_normal(self._extended_shape(sample_shape), self.df)
        chi2 = self._chi2.rsample(sample_shape)
        return self.loc + self.scale * (z * torch.rsqrt(chi2 / self.df))

    def log_prob(self, value: Tensor) -> Tensor:
        """-(df + 1) / 2 log(1 + y^2 / df) less the normaliser, y = (x - loc) / scale"""
        if self._validate_args:
            self._validate_sample(value)
        y = (value - self.loc) / self.scale
        normalizer = (
            self.scale.log()
            + 0.5 * self.df.log()
            + 0.5 * math.log(math.pi)
            + torch.lgamma(0.5 * self.df)
            - torch.lgamma(0.5 * (self.df + 1))
        )
        return -0.5 * (self.df + 1) * torch.log1p(y**2 / self.df) - normalizer

    def entropy(self) -> Tensor:
        """u (digamma(u) - digamma(df / 2)) + log(scale sqrt df B(1/2, df / 2)), u = (df + 1) / 2"""
        half, upper = 0.5 * self.df, 0.5 * (self.df + 1)
        log_beta = torch.lgamma(half) + math.lgamma(0.5) - torch.lgamma(upper)
        slope = upper * (torch.digamma(upper) - torch.digamma(half))
        return self.scale.log() + slope + 0.5 * self.df.log() + log_beta
