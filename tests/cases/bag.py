"""Rows for bags of embeddings."""

from __future__ import annotations

from typing import Any

import numpy as np

from .case import A, Case, Error

INDEX = np.array([0, 2, 2, 4, 1, 3])
STARTS = np.array([0, 3, 3])  # the second bag is empty
BAGS = [INDEX[:3], INDEX[:0], INDEX[3:]]
TABLE = A(5, 3, kind="distinct")


def bag(t: Any, w: Any, *args: Any, **kwargs: Any) -> Any:
    return t.nn.functional.embedding_bag(t.from_numpy(INDEX), w, *args, **kwargs)


def starts(t: Any) -> Any:
    return t.from_numpy(STARTS)


def each(w: Any, reduce: Any) -> Any:
    return np.array([reduce(w[i]) if len(i) else np.zeros(w.shape[1]) for i in BAGS])


CASES = [
    Case(
        "embedding_bag",
        lambda t, w: bag(t, w, starts(t)),
        [TABLE],
        ref=lambda w: each(w, lambda rows: rows.mean(0)),
        errors=[
            Error(lambda t: bag(t, t.ones(5, 2)), ValueError, "offsets has to be a 1D Tensor"),
            Error(
                lambda t: bag(t, t.ones(5, 2), t.tensor([1, 2])),
                RuntimeError,
                r"offsets\[0\] has to be 0",
            ),
            Error(
                lambda t: bag(t, t.ones(5, 2), t.tensor([0, 9])),
                RuntimeError,
                "can not be greater than input's length 6 but got",
            ),
            Error(
                lambda t: bag(t, t.ones(5, 2), t.tensor([0]), mode="least"),
                ValueError,
                "mode has to be one of sum, mean or max",
            ),
            Error(
                lambda t: bag(t, t.ones(5, 2), t.tensor([0]), per_sample_weights=t.ones(6)),
                NotImplementedError,
                "per_sample_weights is only supported for mode='sum'",
            ),
            Error(
                lambda t: bag(t, t.ones(5, 2), t.tensor([0]), per_sample_weights=t.ones(5)),
                ValueError,
                "it must have the same shape as the input",
            ),
            Error(lambda t: bag(t, t.ones(3, 2), t.tensor([0])), RuntimeError, "."),
            Error(
                lambda t: bag(t, t.ones(5, 2), t.tensor([0]), padding_idx=5),
                RuntimeError,
                "padding_idx must be within the number of embeddings, -5 through 4, but got 5",
            ),
        ],
    ),
    Case(
        "embedding_bag_sum",
        lambda t, w, scale: bag(t, w, starts(t), mode="sum", per_sample_weights=scale),
        [TABLE, A(6)],
        ref=lambda w, scale: np.stack(
            [scale[:3] @ w[INDEX[:3]], np.zeros(3), scale[3:] @ w[INDEX[3:]]]
        ),
    ),
    Case(
        "embedding_bag_max",
        lambda t, w: bag(t, w, starts(t), mode="max"),
        [TABLE],
        ref=lambda w: each(w, lambda rows: rows.max(0)),
    ),
    Case(
        "embedding_bag_padding",
        lambda t, w: bag(t, w, starts(t), mode="max", padding_idx=-1),
        [TABLE],
        ref=lambda w: np.stack([w[INDEX[:3]].max(0), np.zeros(3), w[[1, 3]].max(0)]),
    ),
    Case(
        "embedding_bag_rows",
        lambda t, w: t.nn.functional.embedding_bag(t.tensor([[0, 1], [4, 4]]), w),
        [TABLE],
        ref=lambda w: np.stack([w[:2].mean(0), w[4]]),
    ),
    Case(
        "embedding_bag_last_offset",
        lambda t, w: bag(t, w, t.tensor([0, 3, 3, 6]), mode="sum", include_last_offset=True),
        [TABLE],
        ref=lambda w: each(w, lambda rows: rows.sum(0)),
    ),
    Case(
        "embedding_bag_of_nothing",
        lambda t, w: t.nn.functional.embedding_bag(t.zeros(0).long(), w, t.tensor([0]), mode="max"),
        [TABLE],
        ref=lambda w: np.zeros((1, 3)),
    ),
]
