"""Rows for sorting and selection by rank."""

from __future__ import annotations

import numpy as np

from .case import A, Case, Error

D = {"kind": "distinct"}


def _sorted(x, axis=-1):
    return np.sort(x, axis), np.argsort(x, axis)


def _largest(x, k):
    places = np.argsort(-x, -1)[..., :k]
    return np.take_along_axis(x, places, -1), places


def _kth(x, k):
    return np.sort(x, -1)[..., k], np.argsort(x, -1)[..., k]


def _kth_along(x, k, axis):
    return np.sort(x, axis).take(k, axis), np.argsort(x, axis).take(k, axis)


def _mode(row):
    values, counts = np.unique(row, return_counts=True)
    value = values[counts.argmax()]
    return value, np.flatnonzero(row == value)[-1]


CASES = [
    Case("sort", lambda t, x: t.sort(x), [A(2, 5, **D)], ref=_sorted, method="sort"),
    Case("sort_first", lambda t, x: x.sort(0), [A(4, 3, **D)], ref=lambda x: _sorted(x, 0)),
    Case("sort_middle", lambda t, x: x.sort(1)[0], [A(2, 4, 3, **D)], ref=lambda x: np.sort(x, 1)),
    Case(
        "sort_descending",
        lambda t, x: t.sort(x, descending=True),
        [A(2, 5, **D)],
        ref=lambda x: _largest(x, 5),
        errors=[
            Error(lambda t: t.ones(2).sort(1), IndexError, "Dimension out of range"),
            Error(lambda t: t.ones(2, dtype=t.complex64).sort(), RuntimeError, "complex"),
        ],
    ),
    Case(
        "sort_ties",
        lambda t, x: x.sort(descending=True, stable=True),
        [A(3, 9, kind="int")],
        ref=lambda x: (-np.sort(-x), np.argsort(-x, -1, kind="stable")),
    ),
    *[
        Case(f"{name}_first_of_three", lambda t, x, call=call: call(t, x), [A(3, 2, 4, **D)], ref)
        for name, call, ref in (
            ("median", lambda t, x: x.median(0), lambda x: _kth_along(x, 1, 0)),
            ("nanmedian", lambda t, x: t.nanmedian(x, 0), lambda x: _kth_along(x, 1, 0)),
            ("kthvalue", lambda t, x: x.kthvalue(2, 0), lambda x: _kth_along(x, 1, 0)),
            ("mode", lambda t, x: x.mode(0)[0], lambda x: x.min(0)),
        )
    ],
    Case("topk_0d", lambda t, x: x.topk(1)[0], [A()], ref=lambda x: x),
    Case("sort_0d", lambda t, x: x.sort(), [A()], ref=lambda x: (x, np.int64(0))),
    Case("sort_empty", lambda t, x: x.sort(), [A(2, 0)], ref=_sorted),
    Case("sort_bool", lambda t, x: x.sort()[0], [A(5, kind="bool")], ref=np.sort),
    Case("argsort", lambda t, x: t.argsort(x, 0), [A(4, 3, **D)], ref=lambda x: np.argsort(x, 0)),
    Case("msort", lambda t, x: t.msort(x), [A(4, 3, **D)], ref=lambda x: np.sort(x, 0)),
    Case(
        "topk",
        lambda t, x: t.topk(x, 2),
        [A(3, 5, **D)],
        ref=lambda x: _largest(x, 2),
        method="topk",
        args=(2,),
        errors=[
            Error(lambda t: t.ones(2).topk(3), RuntimeError, "selected index k out of range"),
            Error(lambda t: t.ones(2).bool().topk(1), RuntimeError, "topk does not support bool"),
        ],
    ),
    Case(
        "topk_smallest",
        lambda t, x: x.topk(2, dim=0, largest=False),
        [A(5, 3, **D)],
        ref=lambda x: (np.sort(x, 0)[:2], np.argsort(x, 0)[:2]),
    ),
    Case("topk_long", lambda t, x: x.topk(3), [A(2, 90, **D)], ref=lambda x: _largest(x, 3)),
    Case(
        "topk_long_smallest",
        lambda t, x: x.topk(3, largest=False),
        [A(2, 90, **D)],
        ref=lambda x: (np.sort(x)[:, :3], np.argsort(x)[:, :3]),
    ),
    Case(
        "kthvalue",
        lambda t, x: t.kthvalue(x, 2),
        [A(3, 5, **D)],
        ref=lambda x: _kth(x, 1),
        errors=[
            Error(
                lambda t: t.ones(2, 3).kthvalue(4),
                RuntimeError,
                r"kthvalue\(\): selected number k out of range for dimension 1",
            )
        ],
    ),
    Case("median", lambda t, x: t.median(x), [A(2, 4, **D)], ref=lambda x: np.sort(x, None)[3]),
    Case(
        "median_dim",
        lambda t, x: t.median(x, 1, keepdim=True),
        [A(3, 5, **D)],
        ref=lambda x: [each[:, None] for each in _kth(x, 2)],
        errors=[
            Error(lambda t: t.ones(2, 0).median(1), IndexError, "reduction dim 1 to have non-zero"),
            Error(lambda t: t.ones(2).bool().median(), NotImplementedError, '"median_cpu"'),
        ],
    ),
    Case("median_empty", lambda t, x: x.median(), [A(0)], ref=lambda x: np.nan, grad=False),
    Case(
        "nanmedian",
        lambda t, x: t.nanmedian(t.where(x > 1, float("nan"), x)),
        [A(5, **D)],
        ref=lambda x: np.sort(x[x <= 1])[(np.sum(x <= 1) - 1) // 2],
    ),
    Case(
        "nanmedian_dim",
        lambda t, x: t.nanmedian(t.where(x > 1.6, float("nan"), x), 0),
        [A(6, 2, **D)],
    ),
    Case(
        "mode",
        lambda t, x: t.mode(x),
        [A(2, 7, kind="int")],
        ref=lambda x: list(np.array([_mode(row) for row in x]).T),
    ),
    Case(
        "mode_dim",
        lambda t, x: t.mode(x, 0),
        [A(5, 3, **D)],
        ref=lambda x: (x.min(0), x.argmin(0)),
    ),
]
