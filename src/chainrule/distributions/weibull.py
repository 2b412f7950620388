"""The Weibull distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import chainrule as torch

from . import constraints
from .exponential import Exponential
from .transformed_distribution import TransformedDistribution
from .transforms import AffineTransform, PowerTransform
from .utils import broadcast_all, euler_constant

if TYPE_CHECKING:
    from ..tensor import Tensor


class Weibull(TransformedDistribution):
    """The distribution with P(X > x) = exp(-(x / scale)^concentration).

    >>> torch.distributions.Weibull(1.0, 1.0).mean
    tensor(1.)
    """

    arg_constraints = {"scale": constraints.positive, "concentration": constraints.positive}
    support = constraints.positive

    def __init__(self, scale: Any, concentration: Any, validate_args: bool | None = None) -> None:
        self.scale, self.concentration = broadcast_all(scale, concentration)
        self.concentration_reciprocal = self.concentration.reciprocal()
        base = Exponential(torch.ones_like(self.scale), validate_args=validate_args)
        chain = [
            PowerTransform(exponent=self.concentration_reciprocal),
            AffineTransform(loc=0, scale=self.scale),
        ]
        super().__init__(base, chain, validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        """scale Gamma(1 + 1 / concentration)"""
        return self.scale * torch.exp(torch.lgamma(1 + self.concentration_reciprocal))

    @property
    def mode(self) -> Tensor:
        """scale ((concentration - 1) / concentration)^(1 / concentration)"""
        below = (self.concentration - 1) / self.concentration
        return self.scale * below.pow(self.concentration_reciprocal)

    @property
    def variance(self) -> Tensor:
        """scale^2 (Gamma(1 + 2 / concentration) - Gamma(1 + 1 / concentration)^2)"""
        second = torch.exp(torch.lgamma(1 + 2 * self.concentration_reciprocal))
        first = torch.exp(2 * torch.lgamma(1 + self.concentration_reciprocal))
        return self.scale.pow(2) * (second - first)

    def entropy(self) -> Tensor:
        """Euler's constant times (1 - 1 / concentration) + log(scale / concentration) + 1"""
        shift = euler_constant * (1 - self.concentration_reciprocal)
        return shift + torch.log(self.scale * self.concentration_reciprocal) + 1
