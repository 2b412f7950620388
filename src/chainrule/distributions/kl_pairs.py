"""The pairs of types whose divergence PyTorch knows.

Where p and q are of different families it is -H(p) - E_p[log q]: a formula for each q, and for
each p the means that it needs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import chainrule as torch

from .. import autograd
from ..nn import functional as F
from .bernoulli import Bernoulli
from .beta import Beta
from .binomial import Binomial
from .categorical import Categorical
from .cauchy import Cauchy
from .continuous_bernoulli import ContinuousBernoulli
from .dirichlet import Dirichlet
from .distribution import Distribution
from .exp_family import ExponentialFamily
from .exponential import Exponential
from .gamma import Gamma
from .geometric import Geometric
from .gumbel import Gumbel
from .half_normal import HalfNormal
from .independent import Independent
from .kl import kl_divergence, register_kl
from .laplace import Laplace
from .lowrank_multivariate_normal import LowRankMultivariateNormal
from .multivariate_normal import MultivariateNormal
from .normal import Normal
from .one_hot_categorical import OneHotCategorical
from .pareto import Pareto
from .poisson import Poisson
from .transformed_distribution import TransformedDistribution
from .uniform import Uniform
from .utils import euler_constant, sum_rightmost

if TYPE_CHECKING:
    from ..tensor import Tensor

_VECTORS = (MultivariateNormal, LowRankMultivariateNormal)


# Pairs of one family


@register_kl(Bernoulli, Bernoulli)
def _bernoulli(p: Any, q: Any) -> Tensor:
    one = p.probs * (F.softplus(-q.logits) - F.softplus(-p.logits))
    zero = (1 - p.probs) * (F.softplus(q.logits) - F.softplus(p.logits))
    one = _bounded(one, q.probs == 0, p.probs == 0)
    return one + _bounded(zero, q.probs == 1, p.probs == 1)


def _bounded(term: Tensor, infinite: Tensor, zero: Tensor) -> Tensor:
    """The term, or infinity where q excludes what p allows, or 0 where p excludes it."""
    return torch.where(zero, 0, torch.where(infinite, math.inf, term))


@register_kl(Beta, Beta)
def _beta(p: Any, q: Any) -> Tensor:
    a, b, c, d = p.concentration1, p.concentration0, q.concentration1, q.concentration0
    ratio = q._log_normalizer(c, d) - p._log_normalizer(a, b)
    slopes = (a - c) * torch.digamma(a) + (b - d) * torch.digamma(b)
    return ratio + slopes + (c + d - a - b) * torch.digamma(a + b)


@register_kl(Binomial, Binomial)
def _binomial(p: Any, q: Any) -> Tensor:
    if (p.total_count < q.total_count).any():
        raise NotImplementedError(
            "KL between Binomials where q.total_count > p.total_count is not implemented"
        )
    shares = p.probs * (p.logits - q.logits) + (-p.probs).log1p() - (-q.probs).log1p()
    return torch.where(p.total_count > q.total_count, math.inf, p.total_count * shares)


@register_kl(Categorical, Categorical)
def _categorical(p: Any, q: Any) -> Tensor:
    terms = p.probs * (p.logits - q.logits)
    zero = (p.probs == 0).expand_as(terms)
    return _bounded(terms, (q.probs == 0).expand_as(terms), zero).sum(-1)


@register_kl(OneHotCategorical, OneHotCategorical)
def _one_hot(p: Any, q: Any) -> Tensor:
    return _categorical(p._categorical, q._categorical)


@register_kl(Cauchy, Cauchy)
def _cauchy(p: Any, q: Any) -> Tensor:
    above = ((p.scale + q.scale).pow(2) + (p.loc - q.loc).pow(2)).log()
    return above - (4 * p.scale * q.scale).log()


@register_kl(ContinuousBernoulli, ContinuousBernoulli)
def _continuous_bernoulli(p: Any, q: Any) -> Tensor:
    moved = p.mean * (p.logits - q.logits)
    own = p._log_constant() + torch.log1p(-p.probs)
    return moved + own - q._log_constant() - torch.log1p(-q.probs)


@register_kl(Dirichlet, Dirichlet)
def _dirichlet(p: Any, q: Any) -> Tensor:
    c, d = p.concentration, q.concentration
    total = c.sum(-1)
    ratio = torch.lgamma(total) - torch.lgamma(d.sum(-1)) + (d.lgamma() - c.lgamma()).sum(-1)
    return ratio + ((c - d) * (c.digamma() - total.digamma().unsqueeze(-1))).sum(-1)


@register_kl(Exponential, Exponential)
def _exponential(p: Any, q: Any) -> Tensor:
    ratio = q.rate / p.rate
    return -ratio.log() + ratio - 1


@register_kl(ExponentialFamily, ExponentialFamily)
def _exponential_family(p: Any, q: Any) -> Tensor:
    """The Bregman divergence of the log normaliser between the natural parameters."""
    if type(p) is not type(q):
        raise NotImplementedError(
            "The cross KL-divergence between different exponential families cannot "
            "be computed using Bregman divergences"
        )
    thetas = [theta.detach().requires_grad_() for theta in p._natural_params]
    normalizer = p._log_normalizer(*thetas)
    slopes = autograd.grad(normalizer.sum(), thetas, create_graph=True)
    result = q._log_normalizer(*q._natural_params) - normalizer
    for own, other, slope in zip(thetas, q._natural_params, slopes, strict=True):
        result = result - sum_rightmost((other - own) * slope, len(q.event_shape))
    return result


@register_kl(Gamma, Gamma)
def _gamma(p: Any, q: Any) -> Tensor:
    c, d = p.concentration, q.concentration
    scales = d * (p.rate / q.rate).log() + c * (q.rate / p.rate - 1)
    return scales + torch.lgamma(d) - torch.lgamma(c) + (c - d) * torch.digamma(c)


@register_kl(Geometric, Geometric)
def _geometric(p: Any, q: Any) -> Tensor:
    return -p.entropy() - torch.log1p(-q.probs) / p.probs - q.logits


@register_kl(HalfNormal, HalfNormal)
def _half_normal(p: Any, q: Any) -> Tensor:
    return _normal(p.base_dist, q.base_dist)


@register_kl(Laplace, Laplace)
def _laplace(p: Any, q: Any) -> Tensor:
    ratio, distance = p.scale / q.scale, (p.loc - q.loc).abs()
    return -ratio.log() + distance / q.scale + ratio * torch.exp(-distance / p.scale) - 1


@register_kl(Normal, Normal)
def _normal(p: Any, q: Any) -> Tensor:
    ratio, distance = (p.scale / q.scale).pow(2), ((p.loc - q.loc) / q.scale).pow(2)
    return 0.5 * (ratio + distance - 1 - ratio.log())


@register_kl(Pareto, Pareto)
def _pareto(p: Any, q: Any) -> Tensor:
    ratio = q.alpha / p.alpha
    divergence = q.alpha * (p.scale / q.scale).log() - ratio.log() + ratio - 1
    return torch.where(p.scale < q.scale, math.inf, divergence)


@register_kl(Poisson, Poisson)
def _poisson(p: Any, q: Any) -> Tensor:
    return p.rate * (p.rate.log() - q.rate.log()) - (p.rate - q.rate)


@register_kl(Uniform, Uniform)
def _uniform(p: Any, q: Any) -> Tensor:
    outside = (q.low > p.low) | (q.high < p.high)
    return torch.where(outside, math.inf, ((q.high - q.low) / (p.high - p.low)).log())


@register_kl(TransformedDistribution, TransformedDistribution)
def _transformed(p: Any, q: Any) -> Tensor:
    if p.transforms != q.transforms or p.event_shape != q.event_shape:
        raise NotImplementedError(
            f"KL(p || q) of {type(p).__name__} and {type(q).__name__} with different transforms"
        )
    inner = kl_divergence(p.base_dist, q.base_dist)
    return sum_rightmost(inner, len(p.event_shape) - len(p.base_dist.event_shape))


@register_kl(Independent, Independent)
def _independent(p: Any, q: Any) -> Tensor:
    if p.reinterpreted_batch_ndims != q.reinterpreted_batch_ndims:
        raise NotImplementedError("KL(p || q) of Independent with different numbers of dimensions")
    return sum_rightmost(kl_divergence(p.base_dist, q.base_dist), p.reinterpreted_batch_ndims)


# Vectors: a covariance is A A^T for p, and its inverse is applied for q


def _root(p: Any) -> Tensor:
    """A matrix A with the covariance A A^T."""
    if isinstance(p, MultivariateNormal):
        return p._factor
    return torch.cat([p.cov_factor, torch.diag_embed(p.cov_diag.sqrt())], -1)


def _log_det(p: Any) -> Tensor:
    """The logarithm of the determinant of the covariance, from the entropy."""
    return 2 * p.entropy() - p.event_shape[0] * (1 + math.log(2 * math.pi))


def _distances(q: Any, columns: Tensor) -> Tensor:
    """The sum over the columns x of x^T covariance^-1 x."""
    if isinstance(q, MultivariateNormal):
        return torch.linalg.solve_triangular(q._factor, columns, upper=False).pow(2).sum((-2, -1))
    scaled = columns / q.cov_diag.unsqueeze(-1)
    inner = torch.matmul(q.cov_factor.mT, scaled)
    part = torch.linalg.solve_triangular(q._capacitance_tril, inner, upper=False)
    return (columns * scaled).sum((-2, -1)) - part.pow(2).sum((-2, -1))


def _vectors(p: Any, q: Any) -> Tensor:
    if p.event_shape != q.event_shape:
        raise ValueError(
            "KL-divergence between two Multivariate Normals with different event shapes "
            "cannot be computed"
        )
    distance = _distances(q, (q.loc - p.loc).unsqueeze(-1)) + _distances(q, _root(p))
    return 0.5 * (_log_det(q) - _log_det(p) + distance - p.event_shape[0])


for _own in _VECTORS:
    for _other in _VECTORS:
        register_kl(_own, _other)(_vectors)


# Infinite: q excludes values that p allows


def _infinite(p: Any, q: Any) -> Tensor:
    return torch.full_like(p.mean, math.inf)


_INFINITE: dict[type[Distribution], tuple[type[Distribution], ...]] = {
    Beta: (Pareto,),
    ContinuousBernoulli: (Pareto,),
    Exponential: (Beta, ContinuousBernoulli, Pareto, Uniform),
    Gamma: (Beta, ContinuousBernoulli, Pareto, Uniform),
    Gumbel: (Beta, ContinuousBernoulli, Exponential, Gamma, Pareto, Uniform),
    Laplace: (Beta, ContinuousBernoulli, Exponential, Gamma, Pareto, Uniform),
    Normal: (Beta, ContinuousBernoulli, Exponential, Gamma, Pareto, Uniform),
    Pareto: (Beta, ContinuousBernoulli, Uniform),
    Poisson: (Bernoulli, Binomial),
}
for _p, _qs in _INFINITE.items():
    for _q in _qs:
        register_kl(_p, _q)(_infinite)


# Different families: the means that p gives


def _mean_of_log(p: Any) -> Tensor:
    """E_p[log x]"""
    if isinstance(p, Exponential):
        return -euler_constant - p.rate.log()
    if isinstance(p, Gamma):
        return p.concentration.digamma() - p.rate.log()
    if isinstance(p, Beta):
        return p.concentration1.digamma() - (p.concentration1 + p.concentration0).digamma()
    if isinstance(p, Pareto):
        return p.scale.log() + p.alpha.reciprocal()
    return (torch.xlogy(p.high, p.high) - torch.xlogy(p.low, p.low)) / (p.high - p.low) - 1


def _log_of_mean_of_exp(p: Any, t: Tensor) -> Tensor:
    """log E_p[exp(-t x)]"""
    if isinstance(p, Exponential):
        return -torch.log1p(t / p.rate)
    if isinstance(p, Gamma):
        return -p.concentration * torch.log1p(t / p.rate)
    if isinstance(p, Normal):
        return 0.5 * (p.scale * t).pow(2) - p.loc * t
    if isinstance(p, Gumbel):
        return torch.lgamma(1 + p.scale * t) - p.loc * t
    width = (p.high - p.low) * t
    return (-torch.expm1(-width) / width).log() - p.low * t


def _outside(p: Any, low: Any, high: Any, divergence: Tensor) -> Tensor:
    """The divergence, or infinity where p reaches out of [low, high]."""
    own_low, own_high = (p.low, p.high) if isinstance(p, Uniform) else (0, 1)
    reaches = torch.as_tensor(own_low < low) | torch.as_tensor(own_high > high)
    return torch.where(reaches, math.inf, divergence)


# Different families: -H(p) - E_p[log q] for each q


def _to_exponential(p: Any, q: Any) -> Tensor:
    divergence = q.rate * p.mean - q.rate.log() - p.entropy()
    return _outside(p, 0, math.inf, divergence) if isinstance(p, Uniform) else divergence


def _to_gamma(p: Any, q: Any) -> Tensor:
    c = q.concentration
    normalizer = torch.lgamma(c) - c * q.rate.log()
    divergence = normalizer - (c - 1) * _mean_of_log(p) + q.rate * p.mean - p.entropy()
    return _outside(p, 0, math.inf, divergence) if isinstance(p, Uniform) else divergence


def _to_normal(p: Any, q: Any) -> Tensor:
    square = p.variance + (p.mean - q.loc).pow(2)
    normalizer = q.scale.log() + 0.5 * math.log(2 * math.pi)
    return normalizer + 0.5 * square / q.scale.pow(2) - p.entropy()


def _to_gumbel(p: Any, q: Any) -> Tensor:
    t = q.scale.reciprocal()
    tail = torch.exp(q.loc * t + _log_of_mean_of_exp(p, t))
    return q.scale.log() + (p.mean - q.loc) * t + tail - p.entropy()


def _to_laplace(p: Any, q: Any) -> Tensor:
    distance = p.loc - q.loc
    z = distance / p.scale / math.sqrt(2)
    mean = p.scale * math.sqrt(2 / math.pi) * torch.exp(-z * z) + distance * torch.erf(z)
    return (2 * q.scale).log() + mean / q.scale - p.entropy()


def _to_continuous_bernoulli(p: Any, q: Any) -> Tensor:
    # PyTorch answers infinity for a uniform p that reaches 0 or 1, where this is finite.
    cross = p.mean * q.logits + torch.log1p(-q.probs) + q._log_constant()
    return _outside(p, 0, 1, -p.entropy() - cross)


def _to_uniform(p: Any, q: Any) -> Tensor:
    return _outside(p, q.low, q.high, (q.high - q.low).log() - p.entropy())


def _uniform_to_beta(p: Any, q: Any) -> Tensor:
    a, b = q.concentration1, q.concentration0
    mirrored = Uniform(1 - p.high, 1 - p.low, validate_args=False)
    cross = (a - 1) * _mean_of_log(p) + (b - 1) * _mean_of_log(mirrored)
    return _outside(p, 0, 1, q._log_normalizer(a, b) - cross - p.entropy())


def _uniform_to_pareto(p: Any, q: Any) -> Tensor:
    cross = q.alpha.log() + q.alpha * q.scale.log() - (q.alpha + 1) * _mean_of_log(p)
    return torch.where(p.low < q.scale, math.inf, -cross - p.entropy())


@register_kl(Bernoulli, Poisson)
def _bernoulli_to_poisson(p: Any, q: Any) -> Tensor:
    return -p.entropy() - (p.probs * q.rate.log() - q.rate)


_PAIRS: dict[
    Callable[[Any, Any], Any], tuple[tuple[type[Distribution], ...], type[Distribution]]
] = {
    _to_exponential: ((Beta, ContinuousBernoulli, Gamma, Pareto, Uniform), Exponential),
    _to_gamma: ((Beta, Exponential, Pareto, Uniform), Gamma),
    _to_normal: (
        (Beta, ContinuousBernoulli, Exponential, Gamma, Gumbel, Laplace, Pareto, Uniform),
        Normal,
    ),
    _to_gumbel: ((Exponential, Gamma, Gumbel, Normal, Uniform), Gumbel),
    _to_laplace: ((Normal,), Laplace),
    _to_continuous_bernoulli: ((Beta, Uniform), ContinuousBernoulli),
    _to_uniform: ((Beta, ContinuousBernoulli), Uniform),
    _uniform_to_beta: ((Uniform,), Beta),
    _uniform_to_pareto: ((Uniform,), Pareto),
}
for _function, (_ps, _q) in _PAIRS.items():
    for _p in _ps:
        register_kl(_p, _q)(_function)
