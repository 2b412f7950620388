"""Rows for histograms."""

from __future__ import annotations

import numpy as np

from .case import A, Case, Error

EDGES = np.array([-2.0, -0.5, 0.5, 2.0])


def _error(match, *args, like=(3, 2), kind=RuntimeError, function="histogramdd", **given):
    return Error(lambda t: getattr(t, function)(t.ones(like), *args, **given), kind, match)


CASES = [
    Case(
        "histc",
        lambda t, x: t.histc(x, 5, -1, 1),
        [A(20)],
        ref=lambda x: np.histogram(x, 5, (-1, 1))[0].astype(float),
        grad=False,
        errors=[
            Error(lambda t: t.histc(t.ones(2), 3, 5, 1), RuntimeError, "max must be larger"),
            Error(lambda t: t.histc(t.ones(2).long()), NotImplementedError, '"histogram_cpu"'),
        ],
    ),
    Case("histc_range", lambda t, x: t.histc(x, 4), [A(20)], grad=False),
    Case("histogram", lambda t, x: t.histogram(x, 4), [A(20)], grad=False),
    Case(
        "histogram_edges",
        lambda t, x, e, w: t.histogram(x, e.sort()[0], weight=w, density=True),
        [A(9), A(4), A(9, low=0)],
        grad=False,
    ),
    Case(
        "histogram_range",
        lambda t, x: t.histogram(x, 3, range=(-1, 1)),
        [A(9)],
        lambda x: np.histogram(x, 3, (-1, 1)),
        grad=False,
        errors=[
            _error("bins must be > 0, but got 0", 0, function="histogram"),
            _error("must be int, not float", 2.5, function="histogram", kind=TypeError),
            _error("min 3 max 0", 2, range=(3, 0), function="histogram"),
            _error("should have 2 elements, but got 1", 2, range=(1,), function="histogram"),
            Error(lambda t: t.histogram(t.ones(2).long(), 2), NotImplementedError, '"histogramdd"'),
            Error(
                lambda t: t.histogram(t.ones(2), t.ones(2).double()), RuntimeError, "the same dtype"
            ),
            Error(
                lambda t: t.histogram(t.ones(2), t.ones(2, 2)), RuntimeError, "have one dimension"
            ),
            Error(
                lambda t: t.histogram(t.ones(2), 2, weight=t.ones(3)),
                RuntimeError,
                "the same shape",
            ),
        ],
    ),
    Case(
        "histogram_of_equals",
        lambda t, x: t.histogram(x * 0 + 1, 2),
        [A(3)],
        lambda x: (np.array([0.0, 3]), np.array([0.5, 1, 1.5])),
        grad=False,
    ),
    Case(
        "histogram_empty",
        lambda t, x: t.histogram(x, 2),
        [A(0)],
        lambda x: (np.zeros(2), np.array([0, 0.5, 1])),
        grad=False,
    ),
    Case(
        "histogram_into",
        lambda t, x: t.histogram(x.detach(), 2, out=(x.new_zeros(2), x.new_zeros(3))),
        [A(5)],
        lambda x: np.histogram(x, 2),
        grad=False,
    ),
    Case(
        "histogramdd",
        lambda t, x, w: t.histogramdd(x, [2, 3], range=[-2, 1, -1, 2], weight=w, density=True),
        [A(9, 2), A(9, low=0)],
        lambda x, w: np.histogramdd(x, (2, 3), [(-2, 1), (-1, 2)], True, w),
        grad=False,
        errors=[
            _error("size of bins must be equal", [2]),
            _error("at least 2 dimensions", 2, like=(3,)),
            _error("Dimension specified as -1", 2, like=(), kind=IndexError),
            _error("should have 4 elements, but got 2", 2, range=(0, 1)),
            _error("must be int, not str", ["a", "b"], kind=TypeError),
            Error(lambda t: t.histogramdd(t.full((2, 2), t.inf), 2), RuntimeError, "is not finite"),
        ],
    ),
    Case(
        "histogramdd_edges",
        lambda t, x: t.histogramdd(x, [t.from_numpy(EDGES).to(x.dtype)] * 2),
        [A(3, 4, 2)],
        lambda x: np.histogramdd(x.reshape(-1, 2), (EDGES, EDGES)),
        grad=False,
    ),
    Case(
        "histogramdd_range",
        lambda t, x: t.histogramdd(x, 2, range=[-1, 1, 0, 2]),
        [A(9, 2)],
        lambda x: np.histogramdd(x, 2, [(-1, 1), (0, 2)]),
        grad=False,
    ),
]
