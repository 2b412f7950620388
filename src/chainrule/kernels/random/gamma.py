"""Gamma and Dirichlet numbers, drawn as PyTorch draws them, and how they move with their shapes."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable

import numpy

from ...core.generator import Generator
from ...typing import Array
from .common import FLOATING, convert, require, sampler
from .discrete import Uniforms


@sampler
def standard_gamma(generator: Generator, alpha: Array) -> Array:
    """Gamma numbers of shape `alpha` and rate 1, of its shape and type.

    Candidates are accepted or rejected, so this is a Python loop. A number that would round to 0
    is the smallest normal one instead.

    Marsaglia and Tsang, "A simple method for generating gamma variables" (2000).

    >>> standard_gamma(Generator().manual_seed(0), numpy.array([0.5, 3.0]))
    array([7.89358214e-04, 1.27284342e+00])
    """
    if alpha.size:
        require(alpha.dtype, FLOATING, "gamma")
    drawn = _gammas(generator, alpha)
    smallest = float(numpy.finfo(alpha.dtype).tiny) if alpha.dtype.kind == "f" else 2.0**-126
    return convert(numpy.maximum(drawn, smallest), alpha.dtype).reshape(alpha.shape)


@sampler
def dirichlet(generator: Generator, alpha: Array) -> Array:
    """Points of the simplex along the last axis: gamma numbers over their sum.

    >>> dirichlet(Generator().manual_seed(0), numpy.array([1.0, 3.0])).round(4)
    array([0.5654, 0.4346])
    """
    if alpha.size:
        require(alpha.dtype, FLOATING, "dirichlet")
    drawn = _gammas(generator, alpha).reshape(alpha.shape)
    total = drawn.sum(axis=-1, keepdims=True)
    limits = numpy.finfo(alpha.dtype if alpha.dtype.kind == "f" else numpy.float32)
    points = convert(drawn / total, alpha.dtype)
    return numpy.clip(points, limits.tiny, 1 - limits.epsneg)


def _gammas(generator: Generator, alpha: Array) -> Array:
    uniform = Uniforms(generator)
    normal = _Normals(uniform, generator.next_normal)
    shapes = alpha.astype(numpy.float64).ravel().tolist()
    drawn = [_gamma(shape, uniform, normal) for shape in shapes]
    uniform.close()
    generator.next_normal = normal.kept
    return numpy.array(drawn, numpy.float64)


class _Normals:
    """Normal float64 numbers one by one, made in pairs of which the second is kept."""

    def __init__(self, uniform: Callable[[], float], kept: float | None) -> None:
        self.uniform = uniform
        self.kept = kept

    def __call__(self) -> float:
        if self.kept is not None:
            kept, self.kept = self.kept, None
            return kept
        angle = 2 * math.pi * self.uniform()
        radius = math.sqrt(-2 * math.log1p(-self.uniform()))
        self.kept = radius * math.sin(angle)
        return radius * math.cos(angle)


def _gamma(alpha: float, uniform: Callable[[], float], normal: Callable[[], float]) -> float:
    if alpha == 0 or alpha != alpha:
        return alpha
    scale = 1.0
    if alpha < 1:  # a gamma of alpha + 1, shrunk
        scale = (1 - uniform()) ** (1 / alpha)
        alpha += 1
    d = alpha - 1 / 3
    c = 1 / math.sqrt(9 * d)
    while True:
        x = normal()
        y = 1 + c * x
        if y <= 0:
            continue
        v = y * y * y
        u = 1 - uniform()
        square = x * x
        if u < 1 - 0.0331 * square * square:
            return scale * d * v
        if math.log(u) < 0.5 * square + d * (1 - v + math.log(v)):
            return scale * d * v


def gamma_slope(alpha: Array, sample: Array) -> Array:
    """How a gamma number moves with its shape at a fixed quantile: -(dF/d alpha) / density.

    The derivative of F is a difference of order four, of log F below the median and of
    log (1 - F) above it.

    Figurnov, Mohamed and Mnih, "Implicit reparameterization gradients" (2018).

    >>> gamma_slope(numpy.array([2.0]), numpy.array([1.5]))
    array([0.93663907])
    """
    special = importlib.import_module("scipy.special")
    a, x = alpha.astype(numpy.float64), sample.astype(numpy.float64)
    density = numpy.exp(special.xlogy(a - 1, x) - x - special.gammaln(a))
    slope = _implicit(
        a, density, lambda a: special.gammainc(a, x), lambda a: special.gammaincc(a, x)
    )
    # Where F has underflowed: x is (F Gamma(a + 1))^(1 / a).
    small = x / a * (special.psi(a + 1) - (numpy.log(x) if x.size else x))
    return convert(numpy.where(x < 1e-100, small, slope), alpha.dtype)


def beta_slope(alpha: Array, beta: Array, sample: Array) -> Array:
    """How a beta number moves with its first shape at a fixed quantile; see `gamma_slope`.

    >>> beta_slope(numpy.array([2.0]), numpy.array([3.0]), numpy.array([0.4]))
    array([0.139392])
    """
    special = importlib.import_module("scipy.special")
    a, b, x = (value.astype(numpy.float64) for value in (alpha, beta, sample))
    log_density = special.xlogy(a - 1, x) + special.xlog1py(b - 1, -x) - special.betaln(a, b)
    slope = _implicit(
        a,
        numpy.exp(log_density),
        lambda a: special.betainc(a, b, x),
        lambda a: special.betaincc(a, b, x),
    )
    return convert(slope, alpha.dtype)


def _implicit(
    a: Array, density: Array, below: Callable[[Array], Array], above: Callable[[Array], Array]
) -> Array:
    h = 1e-3 * numpy.minimum(a, numpy.sqrt(a))
    low, high = below(a), above(a)
    steps = (a - 2 * h, a - h, a + h, a + 2 * h)

    def derivative(function: Callable[[Array], Array]) -> Array:
        far, near, near_up, far_up = (function(step) for step in steps)
        return (far - 8 * near + 8 * near_up - far_up) / (12 * h)

    change = numpy.where(low < high, derivative(below), -derivative(above))
    return -change / density
