"""Densities, moments and entropies are SciPy's."""

import numpy
import pytest
from scipy import stats

import chainrule as torch

D = torch.distributions
A, B = 1.7, 2.3

# The distribution, SciPy's, and points at which they are compared.
CONTINUOUS = {
    "Normal": (D.Normal(A, B), stats.norm(A, B)),
    "Laplace": (D.Laplace(A, B), stats.laplace(A, B)),
    "Cauchy": (D.Cauchy(A, B), stats.cauchy(A, B)),
    "Uniform": (D.Uniform(A, B), stats.uniform(A, B - A)),
    "Exponential": (D.Exponential(B), stats.expon(scale=1 / B)),
    "Gamma": (D.Gamma(A, B), stats.gamma(A, scale=1 / B)),
    "Chi2": (D.Chi2(B), stats.chi2(B)),
    "Beta": (D.Beta(A, B), stats.beta(A, B)),
    "StudentT": (D.StudentT(B, A, B), stats.t(B, A, B)),
    "FisherSnedecor": (D.FisherSnedecor(A, 4 * B), stats.f(A, 4 * B)),
    "LogNormal": (D.LogNormal(A, B), stats.lognorm(B, scale=numpy.exp(A))),
    "HalfNormal": (D.HalfNormal(B), stats.halfnorm(scale=B)),
    "HalfCauchy": (D.HalfCauchy(B), stats.halfcauchy(scale=B)),
    "Gumbel": (D.Gumbel(A, B), stats.gumbel_r(A, B)),
    "Pareto": (D.Pareto(A, B), stats.pareto(B, scale=A)),
    "Weibull": (D.Weibull(A, B), stats.weibull_min(B, scale=A)),
    "InverseGamma": (D.InverseGamma(B, A), stats.invgamma(B, scale=A)),
}
DISCRETE = {
    "Bernoulli": (D.Bernoulli(0.3), stats.bernoulli(0.3)),
    "Binomial": (D.Binomial(5, torch.tensor(0.3)), stats.binom(5, 0.3)),
    "Geometric": (D.Geometric(0.3), stats.geom(0.3, loc=-1)),
    "NegativeBinomial": (D.NegativeBinomial(A, torch.tensor(0.3)), stats.nbinom(A, 0.7)),
    "Poisson": (D.Poisson(B), stats.poisson(B)),
}
BOTH = {**CONTINUOUS, **DISCRETE}


def asked(function):
    """The value, or None where PyTorch has none."""
    try:
        return function()
    except NotImplementedError:
        return None


@pytest.mark.parametrize("name", BOTH)
def test_log_prob_and_moments(name):
    own, theirs = BOTH[name]
    points = theirs.ppf([0.05, 0.3, 0.5, 0.8, 0.95])
    log = theirs.logpdf if name in CONTINUOUS else theirs.logpmf
    value = torch.tensor(points, dtype=torch.float32)
    numpy.testing.assert_allclose(own.log_prob(value), log(value.numpy()), rtol=2e-4, atol=2e-5)
    mean, variance = theirs.stats("mv")
    if name not in ("Cauchy", "HalfCauchy"):
        numpy.testing.assert_allclose(own.mean, mean, rtol=1e-4)
        numpy.testing.assert_allclose(own.variance, variance, rtol=1e-4)
        numpy.testing.assert_allclose(own.stddev, variance**0.5, rtol=1e-4)
    entropy = asked(own.entropy)
    if entropy is not None:
        numpy.testing.assert_allclose(entropy, theirs.entropy(), rtol=1e-4)


@pytest.mark.parametrize("name", CONTINUOUS)
def test_cdf_and_its_inverse(name):
    own, theirs = CONTINUOUS[name]
    shares = torch.tensor([0.05, 0.3, 0.5, 0.8, 0.95])
    points = torch.tensor(theirs.ppf(shares.numpy()), dtype=torch.float32)
    cdf, quantiles = asked(lambda: own.cdf(points)), asked(lambda: own.icdf(shares))
    if cdf is not None:
        numpy.testing.assert_allclose(cdf, shares, rtol=1e-4)
    if quantiles is not None:
        numpy.testing.assert_allclose(quantiles, points, rtol=1e-4)
