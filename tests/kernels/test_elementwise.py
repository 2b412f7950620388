"""The faster forms of NumPy's functions agree with NumPy's own, edges included."""

import numpy as np
import pytest
from scipy import special

from chainrule.kernels import elementwise

EDGES = [np.inf, -np.inf, np.nan, 0.0, -0.0, 1e-30, -1e-30, 88.7, 89.0, -104.0, 3e38]
DTYPES = [np.float16, np.float32, np.float64, np.complex64, np.complex128, np.int64]


def values(low, high, size=10_000):
    rng = np.random.default_rng(0)
    drawn = rng.uniform(low, high, size) * 10.0 ** rng.uniform(-6, 0, size)
    return np.concatenate([EDGES, drawn]).astype(np.float32)


@pytest.mark.parametrize(
    ("name", "reference", "low", "high"),
    [
        ("expm1", np.expm1, -90, 80),
        ("log1p", np.log1p, -0.999, 1e4),
        ("erf", special.erf, -6, 6),
    ],
)
def test_single_precision_is_exact_to_rounding(name, reference, low, high):
    x = values(low, high)
    fast = getattr(elementwise, name)
    got, want = fast(x), reference(x.astype(np.float64)).astype(np.float32)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, want, rtol=5e-7)
    np.testing.assert_array_equal(np.signbit(got), np.signbit(want))
    for few in (x[:40], np.float32(0.5), x.astype(np.float64)):
        np.testing.assert_array_equal(fast(few), reference(few))


def test_erf_reaches_one():
    x = np.linspace(4.5, 50, 5000, dtype=np.float32)
    assert (elementwise.erf(x) == 1).all()
    assert (elementwise.erf(-x) == -1).all()


@pytest.mark.parametrize("size", [3, 10_000])
@pytest.mark.parametrize("dtype", DTYPES)
def test_where_and_masked_are_numpys(size, dtype):
    rng = np.random.default_rng(1)
    x, y = (rng.normal(size=(2, size)) * 9).astype(dtype)
    if x.dtype.kind == "f":
        x[:2] = np.nan, np.inf
    mask = rng.integers(0, 2, size) > 0
    for one, other in ((x, y), (x[:1].reshape(()), y), (x, y[-1:].reshape(()))):
        got = elementwise.where(mask, one, other)
        assert got.dtype == dtype
        np.testing.assert_array_equal(got, np.where(mask, one, other))
    got = elementwise.masked(x, mask)
    assert got.dtype == dtype
    np.testing.assert_array_equal(got, np.where(mask, x, 0))


def test_where_broadcasts():
    mask = np.arange(6000).reshape(6, 1000) % 3 == 0
    x, y = np.ones((5, 6, 1000), np.float32), np.full((1000,), 2, np.float32)
    np.testing.assert_array_equal(elementwise.where(mask, x, y), np.where(mask, x, y))
    np.testing.assert_array_equal(elementwise.masked(x, mask), np.where(mask, x, 0))


@pytest.mark.parametrize("name", ["maximum", "minimum"])
@pytest.mark.parametrize("size", [11, 10_000])
def test_bounds_are_numpys(name, size):
    x = values(-5, 5)[:size]
    for bound in (0, 0.5, np.float32(1), np.zeros((), np.float32), np.nan, x[::-1].copy()):
        got, want = (getattr(m, name)(x, bound) for m in (elementwise, np))
        assert got.dtype == want.dtype
        np.testing.assert_array_equal(got, want)
    whole = np.arange(-5000, 5000)
    np.testing.assert_array_equal(getattr(elementwise, name)(whole, 3), getattr(np, name)(whole, 3))


def test_the_namespace_is_numpys_otherwise():
    assert elementwise.namespace.exp is np.exp
    assert elementwise.namespace.where is elementwise.where
