"""Sums by BLAS: every axis of every layout, and rounding errors of long sums."""

from itertools import combinations

import numpy as np
import pytest

from chainrule.kernels.sums import average, fold

SHAPES = [(), (3,), (100,), (5000,), (3, 40), (100, 3), (1000, 3), (700, 1), (90, 300), (2, 3, 40)]
SHAPES += [(7, 3, 5, 4), (0, 100), (100, 0), (20000, 2), (2, 9000, 5), (3, 9000), (40, 1, 1)]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("kind", ["float32", "float64", "float16", "int64", "complex64"])
def test_all_axes(shape, kind):
    x = np.asarray(np.random.default_rng(0).uniform(-2, 2, shape)).astype(kind)
    exact = x.astype(complex if kind == "complex64" else float)
    scale = np.abs(exact)
    for n in range(x.ndim + 1):
        for dim in combinations(range(x.ndim), n):
            for keepdim in (False, True):
                got = np.asarray(fold(np, x, dim, keepdim))
                want = exact.sum(dim, keepdims=keepdim)
                assert got.shape == want.shape
                assert got.dtype == x.dtype
                error = np.abs(got - want) / np.maximum(scale.sum(dim, keepdims=keepdim), 1)
                assert error.max(initial=0) < (2e-3 if kind == "float16" else 1e-6)


@pytest.mark.parametrize("shape", [(100_000,), (100_000, 1), (100_000, 7), (3, 100_000)], ids=str)
def test_long_sums_are_exact_to_single_precision(shape):
    x = np.random.default_rng(0).uniform(0, 1, shape).astype("float32")
    for dim in range(x.ndim):
        want = x.mean(dim, dtype=float)
        np.testing.assert_allclose(average(np, x, (dim,), False), want, rtol=2e-6)
    np.testing.assert_allclose(fold(np, x, tuple(range(x.ndim)), False), x.sum(dtype=float), 1e-6)


def test_gaps_and_infinities():
    x = np.ones((80, 6), "float32")[:, ::2]
    assert fold(np, x, (0,), False).tolist() == [80, 80, 80]
    x = np.ones((80, 3), "float32")
    x[3, 1], x[4, 2], x[5, 2] = np.inf, np.inf, -np.inf
    np.testing.assert_array_equal(fold(np, x, (0,), False), [80, np.inf, np.nan])


def test_the_mean_of_half_precision_does_not_overflow():
    assert average(np, np.full(1000, 100, "float16"), (0,), False) == 100
