"""The Kumaraswamy distribution."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import chainrule as torch

from . import constraints
from .transformed_distribution import TransformedDistribution
from .transforms import AffineTransform, PowerTransform
from .uniform import Uniform
from .utils import broadcast_all, euler_constant

if TYPE_CHECKING:
    from ..tensor import Tensor


class Kumaraswamy(TransformedDistribution):
    """The distribution on [0, 1] with the density a b x^(a - 1) (1 - x^a)^(b - 1).

    a is `concentration1`, b is `concentration0`.

    >>> torch.distributions.Kumaraswamy(1.0, 1.0).mean
    tensor(0.5000)
    """

    arg_constraints = {
        "concentration1": constraints.positive,
        "concentration0": constraints.positive,
    }
    support = constraints.unit_interval
    has_rsample = True

    def __init__(
        self, concentration1: Any, concentration0: Any, validate_args: bool | None = None
    ) -> None:
        self.concentration1, self.concentration0 = broadcast_all(concentration1, concentration0)
        base = Uniform(
            torch.zeros_like(self.concentration0),
            torch.ones_like(self.concentration0),
            validate_args=validate_args,
        )
        chain = [
            PowerTransform(self.concentration0.reciprocal()),
            AffineTransform(1.0, -1.0),
            PowerTransform(self.concentration1.reciprocal()),
        ]
        super().__init__(base, chain, validate_args=validate_args)

    def _moment(self, n: int) -> Tensor:
        """The mean of x^n: b B(1 + n / a, b)"""
        a, b = self.concentration1, self.concentration0
        first = 1 + n / a
        return torch.exp(torch.log(b) + first.lgamma() + b.lgamma() - (first + b).lgamma())

    @property
    def mean(self) -> Tensor:
        """b B(1 + 1 / a, b)"""
        return self._moment(1)

    @property
    def mode(self) -> Tensor:
        """((a - 1) / (a b - 1))^(1 / a); NaN where a or b is below 1"""
        a, b = self.concentration1, self.concentration0
        inverse = a.reciprocal()
        log_mode = inverse * ((a - 1).log() - (a * b - 1).log())
        return torch.where((a < 1) | (b < 1), math.nan, log_mode.exp())

    @property
    def variance(self) -> Tensor:
        """E x^2 - (E x)^2"""
        return self._moment(2) - torch.pow(self.mean, 2)

    def entropy(self) -> Tensor:
        """(1 - 1 / a) H(b) + 1 - 1 / b - log(a b), H the harmonic numbers"""
        a, b = self.concentration1, self.concentration0
        harmonic = torch.digamma(b + 1) + euler_constant
        return (1 - a.reciprocal()) * harmonic + (1 - b.reciprocal()) - torch.log(a) - torch.log(b)
