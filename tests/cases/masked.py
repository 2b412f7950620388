"""Reductions and normalisations of the elements that a mask lets through."""

from __future__ import annotations

import numpy as np

from .case import A, Case, Error

MASK = np.array([[True, False, True], [True, True, False]])


D = A(2, 3, kind="distinct")


def seen(T):
    return T.tensor(MASK.tolist())


def each_row(function):
    """The function of what the mask shows of each row."""
    return lambda x: np.array([function(row[shown]) for row, shown in zip(x, MASK, strict=True)])


def whole_rows(function, hidden):
    """The function of what the mask shows of each row, in its place; `hidden` elsewhere."""

    def rows(x):
        out = np.full(x.shape, hidden, x.dtype)
        for i, (row, shown) in enumerate(zip(x, MASK, strict=True)):
            out[i, shown] = function(row[shown])
        return out

    return rows


def softmax(x):
    return np.exp(x) / np.exp(x).sum()


def by_row(name, ref, *args, atol=1e-6, **options):
    return Case(
        f"masked.{name}",
        lambda T, x: getattr(T.masked, name)(x, *args, 1, mask=seen(T), **options),
        (D,),
        ref=ref,
        atol=atol,
    )


def lower_median(x):
    return np.sort(x)[(len(x) - 1) // 2]


CASES = [
    Case(
        "masked_complex",
        lambda T, z: (
            T.masked.var(z, 1, mask=seen(T)),
            T.masked.logsumexp(z, 1, mask=seen(T)).exp(),
        ),
        (A(2, 3, kind="complex"),),
        ref=lambda z: (
            each_row(lambda x: x.var(ddof=1) + 0j)(z),
            each_row(lambda x: np.exp(x).sum())(z),
        ),
    ),
    by_row("sum", each_row(np.sum)),
    by_row("prod", each_row(np.prod)),
    by_row("amax", each_row(np.max)),
    by_row("amin", each_row(np.min)),
    by_row("mean", each_row(np.mean)),
    by_row("median", each_row(lower_median)),
    by_row("var", each_row(lambda x: x.var(ddof=1))),
    by_row("std", each_row(lambda x: x.std(ddof=1))),
    by_row("norm", each_row(np.linalg.norm), 2.0),
    by_row("logsumexp", each_row(lambda x: np.log(np.exp(x).sum()))),
    by_row("softmax", whole_rows(softmax, 0)),
    by_row("softmin", whole_rows(lambda x: softmax(-x), 0)),
    by_row("normalize", whole_rows(lambda x: x / np.linalg.norm(x), 0), 2.0),
    by_row("cumsum", lambda x: np.cumsum(np.where(MASK, x, 0), 1)),
    by_row("cumprod", lambda x: np.cumprod(np.where(MASK, x, 1), 1)),
    Case(
        "masked.log_softmax",
        lambda T, x: T.masked.log_softmax(x, 1, mask=seen(T))[seen(T)],
        ref=lambda x: whole_rows(lambda row: np.log(softmax(row)), 0)(x)[MASK],
    ),
    Case(
        "masked.argmax",
        lambda T, x: (
            T.masked.argmax(x, 1, mask=seen(T)).long(),
            T.masked.argmin(x, mask=seen(T)).long(),
        ),
        (D,),
        lambda x: (
            np.where(MASK, x, -9).argmax(1),
            np.where(MASK, x, 9).argmin(),
        ),
    ),
    Case(
        "masked.logaddexp",
        lambda T, x, y: T.masked.logaddexp(x, y, input_mask=seen(T)),
        (A(2, 3), A(2, 3)),
        lambda x, y: np.where(MASK, np.logaddexp(x, y), y),
    ),
    Case(
        "masked, without a mask",
        lambda T, x: (
            T.masked.mean(x, (0, 1), keepdim=True),
            T.masked.var(x, 0, unbiased=False),
            T.masked.sum(x > 0),
        ),
        ref=lambda x: (x.mean(keepdims=True), x.var(0), (x > 0).sum()),
        errors=[
            Error(
                lambda T: T.masked.sum(T.ones(3), mask=T.ones(2, 3) > 0),
                IndexError,
                "expected broadcastable mask",
            ),
            Error(
                lambda T: T.masked.mean(T.ones(3, dtype=T.int64)),
                ValueError,
                "Could not infer output dtype",
            ),
            Error(
                lambda T: T.masked.amax(T.ones(3) > 0, 0),
                NotImplementedError,
                "identity of amax on torch.bool input",
            ),
            Error(
                lambda T: T.masked.median(
                    T.ones(2, dtype=T.int64), 0, mask=T.tensor([False, False])
                ),
                ValueError,
                "no fully masked out rows",
            ),
        ],
    ),
]
