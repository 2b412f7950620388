"""Draws of gamma and Dirichlet numbers, through which gradients reach the shapes.

A number moves with its shape along a fixed quantile; this derivative has no derivative here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.apply import apply
from ..core.generator import Generator, default_generator
from ..core.primitive import Primitive
from ..core.tensor import unwrap
from ..kernels import random as streams
from .reduce import sum as sum_of
from .support import unwritten

if TYPE_CHECKING:
    from ..tensor import Tensor


class GammaSlope(Primitive):
    """the derivative of a gamma number with respect to its shape"""

    grad_x = unwritten("_standard_gamma_grad")
    grad_y = unwritten("_standard_gamma_grad")

    def kernel(xp, x, y):
        return streams.gamma_slope(x, y)


class BetaSlope(Primitive):
    """the derivative of a beta number with respect to its first shape"""

    grad_x = unwritten("_dirichlet_grad")
    grad_y = unwritten("_dirichlet_grad")
    grad_z = unwritten("_dirichlet_grad")

    def kernel(xp, x, y, z):
        return streams.beta_slope(x, y, z)


class StandardGamma(Primitive):
    """gamma numbers of rate 1"""

    saves = ("x", "out")

    def kernel(xp, x, *, drawn):
        return drawn

    def grad_x(ctx, g):
        return g * apply(GammaSlope, ctx.x, ctx.out)


class Dirichlet(Primitive):
    """points of the simplex"""

    saves = ("x", "out")

    def kernel(xp, x, *, drawn):
        return drawn

    def grad_x(ctx, g):
        # Coordinate i is a beta number; as it moves, the others shrink in proportion.
        rest = sum_of(ctx.x, -1, keepdim=True) - ctx.x
        slope = apply(BetaSlope, ctx.x, rest, ctx.out) / (1 - ctx.out)
        return slope * (g - sum_of(ctx.out * g, -1, keepdim=True))


def standard_gamma(input: Tensor, generator: Generator | None = None) -> Tensor:
    """Gamma random numbers of rate 1, with the shape parameter given by each element.

    Shape: input (*), output (*).
    """
    drawn = streams.standard_gamma(generator or default_generator, unwrap(input))
    return apply(StandardGamma, input, drawn=drawn)


def sample_dirichlet(input: Tensor, generator: Generator | None = None) -> Tensor:
    """Random points of the simplex, with the concentrations along the last dimension.

    Shape: input (*, n), output (*, n).
    """
    drawn = streams.dirichlet(generator or default_generator, unwrap(input))
    return apply(Dirichlet, input, drawn=drawn)
