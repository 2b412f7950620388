"""Orders are stable in all dtypes, with NaN largest and both zeros equal."""

import numpy as np
import pytest

from chainrule.kernels.order import largest, order

KINDS = ["float16", "float32", "float64", "bool", "uint8", "int8", "int32", "int64"]


def rows(kind, n):
    """Three rows with many equal elements and, of floats, special ones."""
    x = np.random.default_rng(n).integers(-9, 9, (3, n)).astype(kind)
    if x.dtype.kind == "f":
        x[0, 1:9:3] = np.nan
        x[1, 2:4] = -np.nan, np.inf
        x[2, 5:9] = -0.0, 0.0, -np.inf, -0.0
    return x


def stable(x, descending):
    """The stable order, by NumPy."""
    if not descending:
        return x.argsort(-1, kind="stable")
    return x.shape[-1] - 1 - x[:, ::-1].argsort(-1, kind="stable")[:, ::-1]


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("n", [20, 64, 200])
@pytest.mark.parametrize("kind", KINDS)
def test_order(kind, n, descending):
    x = rows(kind, n)
    np.testing.assert_array_equal(order(np, x, descending), stable(x, descending))


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "bool"])
def test_largest_has_the_first_values_of_the_order(kind, descending):
    x = rows(kind, 200)
    got, want = largest(np, x, 5, descending), stable(x, descending)[:, :5]
    np.testing.assert_array_equal(np.take_along_axis(x, got, 1), np.take_along_axis(x, want, 1))
    assert all(len(set(row)) == 5 for row in got.tolist())
