"""Rows for a last layer and its cross-entropy in one."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import log_softmax

from .case import A, Case, Error


def fused(t: Any, *args: Any, **kwargs: Any) -> Any:
    return t.nn.functional.linear_cross_entropy(*args, **kwargs)


CASES = [
    Case(
        "linear_cross_entropy",
        lambda t, x, w, b: fused(t, x, w, t.tensor([2, 0]), linear_bias=b),
        [A(2, 4), A(3, 4), A(3)],
        ref=lambda x, w, b: -log_softmax(x @ w.T + b, 1)[[0, 1], [2, 0]].mean(),
        errors=[
            Error(
                lambda t: fused(t, t.ones(2, 3), t.ones(2, 4), t.tensor([0, 1])),
                RuntimeError,
                "expected equal input and linear_weight last dimensions",
            ),
            Error(
                lambda t: fused(t, t.ones(2, 3), t.ones(2, 3), t.ones(2, 2), ignore_index=0),
                RuntimeError,
                "ignore_index cannot be specified when target contains probabilities",
            ),
            Error(
                lambda t: fused(t, t.ones(3), t.ones(2, 4, 3), t.ones(2, 4)),
                RuntimeError,
                "requires batched input",
            ),
            Error(
                lambda t: fused(
                    t, t.ones(2, 3), t.ones(2, 3), t.tensor([0, 1]), linear_bias=t.ones(3)
                ),
                RuntimeError,
                r"expected linear_bias shape \(2,\), got \(3,\)",
            ),
        ],
    ),
    Case(
        "linear_cross_entropy_positions",
        lambda t, x, w: fused(
            t, x, w, t.tensor([[1, 0], [-100, 1]]), reduction="none", ignore_index=-100
        ),
        [A(2, 4), A(3, 2, 4)],
        ref=lambda x, w: (
            -np.take_along_axis(
                log_softmax(np.einsum("nf,cdf->ncd", x, w), 1),
                np.array([[[1, 0]], [[0, 1]]]),
                1,
            )[:, 0]
            * [[1, 1], [0, 1]]
        ),
    ),
]
