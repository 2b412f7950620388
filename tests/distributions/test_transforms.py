"""Transforms: inverses, log determinants of their derivatives, and the sets they map between."""

import numpy
import pytest

import chainrule as torch
from chainrule.autograd.functional import jacobian

D = torch.distributions
C = D.constraints
X = torch.tensor([0.3, -1.2, 0.8], dtype=torch.float64)
BIJECTIONS = {
    "exp": D.ExpTransform(),
    "sigmoid": D.SigmoidTransform(),
    "softplus": D.SoftplusTransform(),
    "tanh": D.TanhTransform(),
    "affine": D.AffineTransform(1.0, X + 3),
    "affine of vectors": D.AffineTransform(1.0, X + 3, event_dim=1),
    "power": D.PowerTransform(2.0),
    "cdf": D.CumulativeDistributionTransform(D.Normal(0.0, 1.0)),
    "stick": D.StickBreakingTransform(),
    "correlation": D.CorrCholeskyTransform(),
    "reshape": D.ReshapeTransform((3,), (3, 1)),
    "independent": D.IndependentTransform(D.ExpTransform(), 1),
    "chain": D.ComposeTransform([D.TanhTransform(), D.AffineTransform(0, 2), D.ExpTransform()]),
    "cat": D.CatTransform([D.ExpTransform(), D.TanhTransform()], -1, [1, 2]),
    "stack": D.StackTransform([D.ExpTransform(), D.TanhTransform(), D.ExpTransform()], -1),
}


def coordinates(name, y):
    """The free numbers of a point of the codomain."""
    if name == "stick":
        return y[..., :-1]
    if name == "correlation":
        return D.utils.tril_matrix_to_vec(y, -1)
    return y.reshape(-1)


@pytest.mark.parametrize("name", BIJECTIONS)
def test_bijections(name):
    t = BIJECTIONS[name]
    x = X.abs() if name == "power" else X
    y = t(x)
    assert t.bijective
    assert t.codomain.check(y).all()
    numpy.testing.assert_allclose(t.inv(y), x, rtol=1e-7)
    assert t.inv.inv is t
    derivative = jacobian(lambda x: coordinates(name, t(x)), x)
    expected = torch.linalg.slogdet(derivative).logabsdet
    log = t.log_abs_det_jacobian(x, y)
    numpy.testing.assert_allclose(log.sum(), expected, rtol=1e-6, atol=1e-9)
    numpy.testing.assert_allclose(t.inv.log_abs_det_jacobian(y, x), -log)
    assert tuple(t.forward_shape(x.shape)) == tuple(y.shape)
    assert tuple(t.inverse_shape(y.shape)) == tuple(x.shape)
    assert t == t.with_cache(1)


def test_the_cache_finds_the_argument_again():
    t = D.TanhTransform(cache_size=1)
    x = torch.tensor(40.0)  # tanh(x) is 1, whose inverse would be infinite
    assert t.inv(t(x)) is x


@pytest.mark.parametrize(
    "constraint",
    [
        C.real,
        C.positive,
        C.nonnegative,
        C.unit_interval,
        C.interval(-1.0, 2.0),
        C.half_open_interval(0.0, 3.0),
        C.less_than(2.0),
        C.greater_than(1.0),
        C.simplex,
        C.corr_cholesky,
        C.real_vector,
        C.independent(C.positive, 1),
        C.cat([C.real, C.positive], -1, [1, 2]),
        C.stack([C.real, C.positive, C.real], -1),
    ],
    ids=repr,
)
def test_registry_leads_into_the_constraint(constraint):
    for registry in (D.biject_to, D.transform_to):
        t = registry(constraint)
        assert constraint.check(t(X)).all()


def test_matrices():
    x = torch.tensor([[0.5, 1.0], [2.0, -1.0]])
    factor = D.transform_to(C.lower_cholesky)
    definite = D.transform_to(C.positive_definite)
    assert C.lower_cholesky.check(factor(x))
    assert C.positive_definite.check(definite(x))
    numpy.testing.assert_allclose(definite.inv(definite(x)), x.tril(), rtol=1e-5)
    assert not C.positive_definite.check(-torch.eye(2))
    assert not C.square.check(torch.ones(2, 3))


@pytest.mark.parametrize(
    ("constraint", "inside", "outside"),
    [
        (C.boolean, 1.0, 0.5),
        (C.nonnegative_integer, 0.0, -1.0),
        (C.positive_integer, 1.0, 0.0),
        (C.integer_interval(0, 2), 2.0, 3.0),
        (C.one_hot, [0.0, 1.0], [1.0, 1.0]),
        (C.simplex, [0.5, 0.5], [0.5, 0.6]),
        (C.multinomial(2), [1.0, 1.0], [2.0, 1.0]),
        (C.real, 0.0, float("nan")),
        (C.symmetric, [[1.0, 2.0], [2.0, 1.0]], [[1.0, 2.0], [0.0, 1.0]]),
        (C.positive_semidefinite, [[1.0, 0.0], [0.0, 0.0]], [[1.0, 0.0], [0.0, -1.0]]),
        (C.lower_triangular, [[1.0, 0.0], [2.0, 1.0]], [[1.0, 2.0], [0.0, 1.0]]),
    ],
    ids=repr,
)
def test_constraints(constraint, inside, outside):
    assert bool(constraint.check(torch.tensor(inside)))
    assert not bool(constraint.check(torch.tensor(outside)))


def test_dependent_constraints_say_what_they_do_not_know():
    assert C.is_dependent(C.dependent)
    assert not C.is_dependent(C.real)
    with pytest.raises(ValueError, match="dependent"):
        C.dependent.check(X)
    with pytest.raises(NotImplementedError, match="event_dim"):
        _ = C.dependent.event_dim
    assert C.dependent(event_dim=1).event_dim == 1
