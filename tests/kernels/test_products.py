"""Products in every dtype and layout."""

import numpy as np
import pytest

from chainrule.kernels.products import product, product_nt, product_tn

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("kind", ["float16", "float32", "float64", "int8", "int64", "complex64"])
@pytest.mark.parametrize(
    ("a", "b"),
    [
        ((3,), (3,)),
        ((2, 3), (3,)),
        ((3,), (3, 4)),
        ((70, 1), (1, 90)),
        ((80, 90), (90, 70)),
        ((5, 2, 3), (3, 4)),
        ((5, 2, 3), (3,)),
        ((2, 3), (5, 3, 4)),
        ((5, 2, 1), (5, 1, 4)),
        ((5, 1, 2, 3), (6, 3, 4)),
        ((0, 3), (3, 2)),
        ((2, 0), (0, 3)),
        ((0, 2, 3), (3, 4)),
    ],
)
def test_product(a, b, kind):
    x, y = (RNG.integers(-3, 4, shape).astype(kind) for shape in (a, b))
    got = np.asarray(product(np, x, y))
    assert got.dtype == x.dtype
    np.testing.assert_array_equal(got, np.matmul(x, y))
    if x.ndim > 1 and y.ndim > 1:
        np.testing.assert_array_equal(product_nt(np, x, y.swapaxes(-1, -2)), got)
        np.testing.assert_array_equal(product_tn(np, x.swapaxes(-1, -2), y), got)


def test_integers_wrap_around_and_stay_exact():
    x = np.full((70, 70), 2**40)
    np.testing.assert_array_equal(product(np, x, x), np.matmul(x, x))
    x[:] = -(2**20)
    assert product(np, x, x)[0, 0] == 70 * 2**40


def test_repeated_and_spaced_rows():
    x, y = RNG.uniform(size=(4, 6, 10)), RNG.uniform(size=(4, 5, 3))
    np.testing.assert_allclose(product(np, x[..., ::2], y), x[..., ::2] @ y)
    wide = np.broadcast_to(np.float64(2), (4, 6, 5))
    np.testing.assert_allclose(product(np, wide, y), wide.copy() @ y)
