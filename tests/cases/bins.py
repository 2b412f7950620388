"""Rows for quantiles, distinct values, counts and places in sorted sequences."""

from __future__ import annotations

import numpy as np

from .case import A, Case, Error

D = {"kind": "distinct"}
INT = {"kind": "int", "low": 0, "high": 4}
SHARES = np.array([0.1, 0.5, 0.8])


def _quantile(way):
    return Case(
        f"quantile_{way}",
        lambda t, x: t.quantile(x, 0.4, dim=0, interpolation=way),
        [A(6, 2, **D)],
        ref=lambda x: np.quantile(x, 0.4, 0, method=way),
    )


def _with_nan(t, x):
    return t.where(x > 1.4, float("nan"), x)


CASES = [
    *[_quantile(way) for way in ("linear", "lower", "higher", "midpoint", "nearest")],
    Case(
        "quantile",
        lambda t, x: t.quantile(x, t.from_numpy(SHARES).to(x.dtype), dim=1, keepdim=True),
        [A(2, 7, **D)],
        ref=lambda x: np.quantile(x, SHARES, 1, keepdims=True),
        errors=[
            Error(lambda t: t.ones(2).quantile(1.5), RuntimeError, r"in the range \[0, 1\]"),
            Error(lambda t: t.ones(0).quantile(0.5), RuntimeError, "must be non-empty"),
            Error(lambda t: t.ones(2).long().quantile(0.5), RuntimeError, "float or double dtype"),
            Error(
                lambda t: t.ones(2).quantile(0.5, interpolation="a"),
                RuntimeError,
                "must be one of linear, lower, higher, midpoint or nearest, but got a",
            ),
        ],
    ),
    Case(
        "quantile_all",
        lambda t, x: x.quantile(0.3),
        [A(2, 7, **D)],
        ref=lambda x: np.quantile(x, 0.3),
    ),
    Case("quantile_nan", lambda t, x: _with_nan(t, x).quantile(0.3, 1), [A(2, 5, **D)], grad=False),
    Case(
        "nanquantile",
        lambda t, x: _with_nan(t, x).nanquantile(0.3, 0),
        [A(6, 2, **D)],
        ref=lambda x: np.nanquantile(np.where(x > 1.4, np.nan, x), 0.3, 0),
    ),
    Case(
        "unique",
        lambda t, x: t.unique(x, return_inverse=True, return_counts=True),
        [A(3, 4, **INT)],
        ref=lambda x: np.unique(x, return_inverse=True, return_counts=True),
    ),
    Case("unique_values", lambda t, x: x.unique(), [A(9, **INT)], ref=np.unique),
    Case(
        "unique_dim",
        lambda t, x: t.unique(x, dim=1, return_inverse=True),
        [A(2, 9, kind="int", low=0, high=2)],
        ref=lambda x: np.unique(x, axis=1, return_inverse=True),
    ),
    Case("unique_nan", lambda t, x: t.unique(x / x), [A(3, **INT)], grad=False),
    Case(
        "unique_consecutive",
        lambda t, x: t.unique_consecutive(x, return_inverse=True, return_counts=True),
        [A(12, kind="int", low=0, high=2)],
    ),
    Case(
        "unique_consecutive_dim",
        lambda t, x: t.unique_consecutive(x // 2, dim=1),
        [A(1, 9, **INT)],
    ),
    Case("unique_consecutive_empty", lambda t, x: t.unique_consecutive(x), [A(0, **INT)]),
    Case(
        "bincount",
        lambda t, x: t.bincount(x, minlength=6),
        [A(9, **INT)],
        ref=lambda x: np.bincount(x, minlength=6),
        errors=[
            Error(lambda t: t.bincount(t.ones(2)), NotImplementedError, '"bincount_cpu"'),
            Error(lambda t: t.bincount(-t.ones(2).long()), RuntimeError, "1-d non-negative"),
        ],
    ),
    Case(
        "bincount_weights",
        lambda t, x, w: t.bincount(x, w),
        [A(9, **INT), A(9)],
        ref=np.bincount,
        grad=False,
    ),
    Case(
        "searchsorted",
        lambda t, e, x: t.searchsorted(e.sort()[0], x, right=True),
        [A(6, **INT), A(2, 3, **INT)],
        ref=lambda e, x: np.searchsorted(np.sort(e), x, "right"),
        errors=[
            Error(
                lambda t: t.searchsorted(t.ones(2, 3), t.ones(1, 3)),
                RuntimeError,
                r"must match, but we got boundaries tensor \[2, 3\]",
            )
        ],
    ),
    Case(
        "searchsorted_rows",
        lambda t, e, x: t.searchsorted(e.sort()[0], x, out_int32=True),
        [A(2, 6), A(2, 3)],
        grad=False,
    ),
    Case(
        "searchsorted_sorter",
        lambda t, e, x: t.searchsorted(e, x, side="left", sorter=e.argsort()),
        [A(6, **D), A(3)],
        grad=False,
    ),
    Case(
        "bucketize",
        lambda t, x: t.bucketize(x, t.tensor([-1.0, 0.0, 1.0])),
        [A(2, 3)],
        ref=lambda x: np.searchsorted([-1.0, 0.0, 1.0], x),
        grad=False,
        errors=[
            Error(lambda t: t.bucketize(t.ones(2), t.ones(2, 2)), RuntimeError, r"got dim\(2\)")
        ],
    ),
]
