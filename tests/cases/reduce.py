"""Rows for sums, means, products and truth over axes."""

from __future__ import annotations

import numpy as np

from .case import A, Case, Error

NAN, INF = float("nan"), float("inf")


OUT_OF_RANGE = r"Dimension out of range \(expected to be in range of \[-2, 1\], but got 2\)"

CASES = [
    Case("sum", lambda t, x: t.sum(x), ref=np.sum, method="sum"),
    Case("sum_0d", lambda t, x: x.sum(0), [A()], ref=lambda x: x),
    Case("sum_empty", lambda t, x: x.sum(0), [A(0, 3)], ref=lambda x: x.sum(0)),
    Case("sum_large", lambda t, x: x.sum(), [A(70, 90)], ref=np.sum),
    Case("sum_tail", lambda t, x: x.sum(), [A(5003)], ref=np.sum),
    Case(
        "sum_dim",
        lambda t, x: t.sum(x, 1),
        [A(2, 3, 4)],
        ref=lambda x: x.sum(1),
        method="sum",
        args=(1,),
        errors=[
            Error(lambda t: t.ones(2, 3).sum(2), IndexError, OUT_OF_RANGE),
            Error(lambda t: t.ones(2, 3).sum((0, 0)), RuntimeError, "dim 0 appears multiple times"),
            Error(lambda t: t.ones(2, 3).sum("a"), TypeError, "str"),
        ],
    ),
    Case("sum_leading", lambda t, x: x.sum(0), [A(40, 7)], ref=lambda x: x.sum(0)),
    Case("sum_tall", lambda t, x: x.sum(0), [A(601, 3)], ref=lambda x: x.sum(0)),
    Case("sum_trailing", lambda t, x: x.sum(-1), [A(40, 7)], ref=lambda x: x.sum(-1)),
    Case("sum_between", lambda t, x: x.sum(1), [A(5, 6, 7)], ref=lambda x: x.sum(1)),
    Case("sum_ends", lambda t, x: x.sum((0, 2)), [A(5, 6, 7)], ref=lambda x: x.sum((0, 2))),
    Case("sum_apart", lambda t, x: x.sum((1, 3)), [A(3, 4, 5, 6)], ref=lambda x: x.sum((1, 3))),
    Case(
        "sum_keepdim",
        lambda t, x: x.sum(axis=(0, 2), keepdims=True),
        [A(2, 3, 40)],
        ref=lambda x: x.sum((0, 2), keepdims=True),
    ),
    Case("sum_int", lambda t, x: x.sum(0), [A(2, 3, kind="int")], ref=lambda x: x.sum(0)),
    Case("sum_bool", lambda t, x: x.sum(), [A(2, 3, kind="bool")], ref=np.sum),
    Case("sum_complex", lambda t, x: x.sum(0), [A(2, 3, kind="complex")], ref=lambda x: x.sum(0)),
    Case(
        "sum_dtype",
        lambda t, x: x.sum(0, dtype=t.float64),
        [A(2, 3, kind="int")],
        ref=lambda x: x.sum(0, dtype=float),
    ),
    Case(
        "sum_to_size",
        lambda t, x: x.sum_to_size(1, 4),
        [A(2, 3, 4)],
        ref=lambda x: x.sum((0, 1)).reshape(1, 4),
    ),
    Case(
        "mean",
        lambda t, x: t.mean(x),
        ref=np.mean,
        method="mean",
        errors=[
            Error(
                lambda t: t.ones(2).long().mean(),
                RuntimeError,
                r"mean\(\): could not infer output dtype\. Input dtype must be either a floating "
                r"point or complex dtype\. Got: Long",
            ),
            Error(
                lambda t: t.ones(2).mean(dtype=t.int64),
                RuntimeError,
                r"Optional dtype must be either .* Got: Long",
            ),
        ],
    ),
    Case("mean_dim", lambda t, x: x.mean((0, 2)), [A(3, 4, 6)], ref=lambda x: x.mean((0, 2))),
    Case("mean_tall", lambda t, x: x.mean(0, True), [A(700, 2)], ref=lambda x: x.mean(0)[None]),
    Case(
        "mean_dtype",
        lambda t, x: x.mean(dtype=t.float64),
        [A(2, 3, kind="int")],
        ref=np.mean,
    ),
    Case(
        "mean_complex", lambda t, x: x.mean(1), [A(2, 3, kind="complex")], ref=lambda x: x.mean(1)
    ),
    Case(
        "nansum",
        lambda t, x: t.nansum(t.where(x > 1, NAN, x), 0),
        ref=lambda x: np.where(x > 1, 0, x).sum(0),
        errors=[
            Error(
                lambda t: t.ones(2, dtype=t.complex64).nansum(),
                RuntimeError,
                "nansum on CPU does not support complex inputs",
            )
        ],
    ),
    Case("nansum_int", lambda t, x: x.nansum(), [A(2, 3, kind="int")], ref=np.sum),
    Case(
        "nanmean",
        lambda t, x: t.nanmean(t.where(x > 1, NAN, x), 1, True),
        [A(3, 7)],
        ref=lambda x: np.nanmean(np.where(x > 1, np.nan, x), 1, keepdims=True),
        errors=[Error(lambda t: t.ones(2).int().nanmean(), RuntimeError, r"nanmean\(\): .* Int")],
    ),
    Case("prod", lambda t, x: t.prod(x), [A(2, 3)], ref=np.prod, method="prod"),
    Case(
        "prod_dim",
        lambda t, x: x.prod(0, keepdim=True),
        [A(3, 4)],
        ref=lambda x: x.prod(0, keepdims=True),
    ),
    Case("prod_one_zero", lambda t, x: (x * t.tensor([1.0, 0.0, 1.0])).prod(), [A(3)], grad=True),
    Case("prod_zeros", lambda t, x: (x * t.tensor([[1.0], [0.0]])).prod(0), [A(2, 3)], grad=True),
    Case("prod_all_zero", lambda t, x: (x * t.tensor([[1.0], [0.0]])).prod(), [A(2, 1)], grad=True),
    Case(
        "prod_complex", lambda t, x: x.prod(1), [A(2, 3, kind="complex")], ref=lambda x: x.prod(1)
    ),
    Case("prod_int", lambda t, x: x.prod(1), [A(2, 3, kind="int")], ref=lambda x: x.prod(1)),
    Case("all", lambda t, x: t.all(x > 0, 0), [A(2, 5)], ref=lambda x: (x > 0).all(0), grad=False),
    Case("any", lambda t, x: t.any(x > 0, (0, 1)), [A(2, 5)], ref=lambda x: (x > 0).any()),
    Case("all_empty", lambda t, x: x.all(), [A(0)], ref=np.all, grad=False),
    Case(
        "count_nonzero",
        lambda t, x: t.count_nonzero(x, dim=0),
        [A(3, 4, kind="int")],
        ref=lambda x: np.count_nonzero(x, axis=0),
    ),
]
