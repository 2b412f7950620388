"""Gradients reach parameters through draws; many draws have the moments; settings and errors."""

import numpy
import pytest
from scipy import special, stats

import chainrule as torch
from chainrule.ops.gamma_draws import sample_dirichlet, standard_gamma

D = torch.distributions


@pytest.mark.parametrize(
    "d",
    [
        D.Gamma(2.5, 1.5),
        D.Beta(0.7, 2.0),
        D.StudentT(9.0),
        D.VonMises(torch.tensor(0.3), torch.tensor(20.0)),
        D.NegativeBinomial(4.0, torch.tensor(0.3)),
        D.Dirichlet(torch.tensor([0.5, 1.0, 3.0])),
        D.LKJCholesky(2, 2.0),
    ],
    ids=lambda d: type(d).__name__,
)
def test_many_draws_have_the_moments(d):
    torch.manual_seed(0)
    drawn = d.sample((4000,))
    if isinstance(d, D.LKJCholesky):  # the correlation is 2 Beta(c, c) - 1
        assert abs(float(drawn[:, 1, 0].pow(2).mean()) - 1 / 5) < 0.02
        return
    numpy.testing.assert_allclose(drawn.mean(0), d.mean, rtol=0.08, atol=0.03)
    if not isinstance(d, D.VonMises):  # its variance is one of angles
        numpy.testing.assert_allclose(drawn.var(0), d.variance, rtol=0.15)


@pytest.mark.parametrize("c", [0.05, 0.6, 1.0, 4.0, 30.0, 500.0])
def test_gradient_of_a_gamma_draw_follows_the_quantile(c):
    torch.manual_seed(1)
    concentration = torch.full((20,), c, dtype=torch.float64, requires_grad=True)
    x = standard_gamma(concentration)
    x.sum().backward()
    share, step = special.gammainc(c, x.detach().numpy()), 1e-5 * c
    quantiles = [special.gammaincinv(c + sign * step, share) for sign in (1, -1)]
    slope = (quantiles[0] - quantiles[1]) / (2 * step)
    numpy.testing.assert_allclose(concentration.grad, slope, rtol=1e-4)


def test_gradient_of_a_beta_draw_follows_the_quantile():
    torch.manual_seed(1)
    both = torch.tensor([[1.7, 0.6]] * 20, dtype=torch.float64, requires_grad=True)
    x = sample_dirichlet(both)
    x[:, 0].sum().backward()
    share, step = stats.beta(1.7, 0.6).cdf(x[:, 0].detach().numpy()), 1e-5
    quantiles = [stats.beta(1.7 + sign * step, 0.6).ppf(share) for sign in (1, -1)]
    slope = (quantiles[0] - quantiles[1]) / (2 * step)
    numpy.testing.assert_allclose(both.grad[:, 0], slope, rtol=1e-4)


def test_a_gamma_draw_has_no_second_gradient():
    c = torch.tensor(2.0, requires_grad=True)
    (slope,) = torch.autograd.grad(standard_gamma(c), c, create_graph=True)
    with pytest.raises(NotImplementedError, match="_standard_gamma_grad"):
        slope.backward()


def test_the_normal_kept_by_the_generator_is_used_first():
    torch.manual_seed(3)
    drawn = [float(standard_gamma(torch.tensor(2.0, dtype=torch.float64))) for _ in range(5)]
    torch.manual_seed(3)
    together = standard_gamma(torch.full((5,), 2.0, dtype=torch.float64))
    assert together.tolist() == drawn


def test_straight_through_passes_the_gradient_on():
    logits = torch.zeros(3, requires_grad=True)
    d = D.OneHotCategoricalStraightThrough(logits=logits)
    drawn = d.rsample()
    assert sorted(drawn.tolist()) == [0, 0, 1]
    (drawn * torch.tensor([1.0, 2.0, 3.0])).sum().backward()
    numpy.testing.assert_allclose(logits.grad, [-1 / 3, 0, 1 / 3], atol=1e-6)


def test_expansion_is_a_view_and_drops_what_is_computed_of_the_parameters():
    d = D.MultivariateNormal(torch.zeros(2), torch.eye(2))
    wide = d.expand((3,))
    assert wide.batch_shape == (3,)
    assert wide.sample().shape == (3, 2)
    assert wide.loc.data_ptr() == d.loc.data_ptr()
    assert repr(wide) == "MultivariateNormal(loc: torch.Size([3, 2]), " + (
        "covariance_matrix: torch.Size([3, 2, 2]))"
    )


def test_a_subclass_that_keeps_other_tensors_must_expand_them_itself():
    class Shifted(D.Normal):
        def __init__(self, loc, table):
            super().__init__(loc, torch.ones(2))
            self.table = table

    with pytest.raises(NotImplementedError, match="Shifted cannot expand its table"):
        Shifted(torch.zeros(2), torch.zeros(5)).expand((3, 2))


def test_divergence_of_a_registered_subclass_and_of_its_base():
    class Coin(D.Bernoulli):
        pass

    fair, other = Coin(0.5), Coin(0.1)
    base = D.kl_divergence(D.Bernoulli(0.5), D.Bernoulli(0.1))
    assert D.kl_divergence(fair, other) == base


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: D.Normal(0.0, -1.0), ValueError, r"Expected parameter scale \(Tensor of shape"),
        (lambda: D.Normal("a", 1.0), ValueError, "Input arguments must all be instances"),
        (lambda: D.Uniform(1.0, 0.0), ValueError, "constraint LessThan"),
        (lambda: D.Bernoulli(), ValueError, "Either `probs` or `logits`"),
        (lambda: D.Categorical(torch.tensor(1.0)), ValueError, "at least one-dimensional"),
        (lambda: D.Geometric(0.0), ValueError, "to be positive"),
        (lambda: D.MultivariateNormal(torch.zeros(2)), ValueError, "Exactly one of"),
        (lambda: D.Normal(0.0, 1.0).log_prob(1.0), ValueError, "must be a Tensor"),
        (
            lambda: D.Exponential(1.0).log_prob(torch.tensor(-1.0)),
            ValueError,
            r"to be within the support \(GreaterThanEq",
        ),
        (
            lambda: D.Normal(torch.zeros(3), 1.0).log_prob(torch.zeros(2)),
            ValueError,
            "not broadcastable with batch_shape",
        ),
        (
            lambda: D.Dirichlet(torch.ones(2)).log_prob(torch.ones(3)),
            ValueError,
            "right-most size of value must match event_shape",
        ),
        (lambda: D.Independent(D.Normal(0.0, 1.0), 1), ValueError, "reinterpreted_batch_ndims"),
        (lambda: D.TransformedDistribution(D.Normal(0.0, 1.0), 3), ValueError, "must be a Transf"),
        (lambda: D.ExpTransform(2), ValueError, "cache_size must be 0 or 1"),
        (lambda: D.Bernoulli(0.5).rsample(), NotImplementedError, "Bernoulli has no rsample"),
        (
            lambda: D.kl_divergence(D.Normal(0.0, 1.0), D.Categorical(torch.ones(2))),
            NotImplementedError,
            "No KL",
        ),
        (lambda: D.Wishart(1.0, torch.eye(3)), ValueError, "greater than ndim - 1 = 2"),
        (lambda: D.biject_to(D.constraints.boolean), NotImplementedError, "Cannot transform"),
    ],
)
def test_errors(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_checks_can_be_turned_off():
    value = torch.tensor(2.0)
    assert D.Uniform(0.0, 1.0, validate_args=False).log_prob(value) == -numpy.inf
    D.Distribution.set_default_validate_args(False)
    try:
        D.Normal(0.0, -1.0)
    finally:
        D.Distribution.set_default_validate_args(True)
