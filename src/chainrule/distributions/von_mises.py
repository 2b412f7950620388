"""The von Mises distribution, of angles."""

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


class VonMises(Distribution):
    """The distribution of angles with density proportional to exp(concentration cos(x - loc)).

    >>> d = torch.distributions.VonMises(torch.tensor(0.0), torch.tensor(1.0))
    >>> d.log_prob(torch.tensor(0.0))
    tensor(-1.0738)
    """

    arg_constraints = {"loc": constraints.real, "concentration": constraints.positive}
    support = constraints.real
    has_rsample = False

    def __init__(self, loc: Any, concentration: Any, validate_args: bool | None = None) -> None:
        self.loc, self.concentration = broadcast_all(loc, concentration)
        super().__init__(self.loc.shape, validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        """loc, in the sense of angles"""
        return self.loc

    @property
    def mode(self) -> Tensor:
        """loc"""
        return self.loc

    @property
    def variance(self) -> Tensor:
        """1 - I1(concentration) / I0(concentration), in the sense of angles"""
        k = self.concentration
        return 1 - torch.special.i1e(k) / torch.special.i0e(k)

    def log_prob(self, value: Tensor) -> Tensor:
        """concentration cos(x - loc) - log(2 pi I0(concentration))"""
        if self._validate_args:
            self._validate_sample(value)
        k = self.concentration
        log_bessel = k + torch.special.i0e(k).log()
        return k * torch.cos(value - self.loc) - math.log(2 * math.pi) - log_bessel

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Random angles from -pi to pi, by rejection from a wrapped Cauchy distribution.

        Best and Fisher, "Efficient simulation of the von Mises distribution" (1979).
        """
        shape = self._extended_shape(sample_shape)
        with torch.no_grad():
            loc, k = self.loc.double(), self.concentration.double()
            r = _proposal(k).expand(shape)
            x, done = loc.new_zeros(shape), torch.zeros(shape, dtype=torch.bool)
            while not done.all():
                u1, u2, u3 = torch.rand((3, *shape), dtype=loc.dtype, device=loc.device).unbind()
                z = torch.cos(math.pi * u1)
                f = (1 + r * z) / (r + z)
                c = k * (r - f)
                accepted = ((c * (2 - c) - u2) > 0) | ((c / u2).log() + 1 - c >= 0)
                x = torch.where(accepted, (u3 - 0.5).sign() * f.acos(), x)
                done = done | accepted
            return ((x + math.pi + loc) % (2 * math.pi) - math.pi).to(self.loc.dtype)


def _proposal(k: Tensor) -> Tensor:
    """The parameter of the wrapped Cauchy distribution that proposes."""
    tau = 1 + (1 + 4 * k**2).sqrt()
    rho = (tau - (2 * tau).sqrt()) / (2 * k)
    return torch.where(k < 1e-5, 1 / k + k, (1 + rho**2) / (2 * rho))
