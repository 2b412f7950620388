"""Rows for rows looked up by index."""

from __future__ import annotations

import numpy as np

from .case import A, Case, Error
from .loss import slope

INDEX = A(2, 3, low=0, high=5, kind="int")

CASES = [
    Case(
        "embedding",
        lambda t, w, i: t.nn.functional.embedding(i, w),
        [A(5, 4), INDEX],
        ref=lambda w, i: w[i],
        errors=[
            Error(
                lambda t: t.nn.functional.embedding(t.tensor([5]), t.ones(5, 2)),
                IndexError,
                "index out of range in self",
            ),
            Error(
                lambda t: t.nn.functional.embedding(t.tensor([-1]), t.ones(5, 2)),
                IndexError,
                "index out of range in self",
            ),
            Error(
                lambda t: t.nn.functional.embedding(t.tensor([1.0]), t.ones(5, 2)),
                RuntimeError,
                "Expected tensor for argument #1 'indices' to have one of the following scalar",
            ),
            Error(
                lambda t: t.nn.functional.embedding(t.tensor([1]), t.ones(5)),
                RuntimeError,
                "'weight' must be 2-D",
            ),
            Error(
                lambda t: t.nn.functional.embedding(t.tensor([1]), t.ones(5, 2), padding_idx=5),
                AssertionError,
                "Padding_idx must be within num_embeddings",
            ),
        ],
    ),
    Case(
        "embedding_int32",
        lambda t, w, i: t.nn.functional.embedding(i.int(), w),
        [A(5, 4), INDEX],
        ref=lambda w, i: w[i],
    ),
    Case(
        "embedding_empty",
        lambda t, w: t.nn.functional.embedding(t.zeros(0).long(), w),
        [A(5, 4)],
        ref=lambda w: w[:0],
    ),
    Case(
        "embedding_max_norm",
        lambda t, w: t.nn.functional.embedding(
            t.tensor([0, 2, 0]), w.detach().clone(), max_norm=1.0
        ),
        [A(3, 4)],
        ref=lambda w: (
            w[[0, 2, 0]] * np.minimum(1, 1 / (np.linalg.norm(w[[0, 2, 0]], axis=1) + 1e-7))[:, None]
        ),
        grad=False,
    ),
    Case(
        "embedding_slope",
        slope(lambda t, w, i: t.nn.functional.embedding(i, w)),
        [A(5, 4), INDEX],
        ref=lambda w, i: 2 * w * np.bincount(i.ravel(), minlength=5)[:, None],
    ),
    Case(
        "embedding_slope_padding",
        slope(lambda t, w, i: t.nn.functional.embedding(i, w, padding_idx=-4)),
        [A(5, 4), INDEX],
        ref=lambda w, i: (
            2 * w * (np.bincount(i.ravel(), minlength=5) * (np.arange(5) != 1))[:, None]
        ),
    ),
    Case(
        "embedding_slope_by_frequency",
        slope(lambda t, w, i: t.nn.functional.embedding(i, w, scale_grad_by_freq=True)),
        [A(5, 4), INDEX],
        ref=lambda w, i: 2 * w * (np.bincount(i.ravel(), minlength=5) > 0)[:, None],
        grad=False,  # not a true derivative
    ),
    Case(
        "one_hot",
        lambda t, i: t.nn.functional.one_hot(i, 6),
        [INDEX],
        ref=lambda i: np.eye(6, dtype=int)[i],
        errors=[
            Error(
                lambda t: t.nn.functional.one_hot(t.tensor([3]), 3),
                RuntimeError,
                "Class values must be smaller than num_classes.",
            ),
            Error(
                lambda t: t.nn.functional.one_hot(t.tensor([-1])),
                RuntimeError,
                "Class values must be non-negative.",
            ),
            Error(
                lambda t: t.nn.functional.one_hot(t.tensor([1.0])),
                RuntimeError,
                "one_hot is only applicable to index tensor of type LongTensor.",
            ),
            Error(
                lambda t: t.nn.functional.one_hot(t.tensor([]).long()),
                RuntimeError,
                "Can not infer total number of classes from empty tensor.",
            ),
        ],
    ),
    Case(
        "one_hot_inferred",
        lambda t, i: t.nn.functional.one_hot(i),
        [A(4, low=0, high=3, kind="int")],
        ref=lambda i: np.eye(i.max() + 1, dtype=int)[i],
    ),
]
