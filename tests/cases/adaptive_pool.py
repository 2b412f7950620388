"""Rows for pooling to a given size, and its inverse."""

from __future__ import annotations

from typing import Any

import numpy as np

from .case import A, Case, Error
from .loss import slope
from .pool import apart


def cells(x: Any, size: Any, fold: Any) -> Any:
    """Each cell of a grid over the last two axes folded by a function."""
    edges = [
        [(i * n // m, -(-(i + 1) * n // m)) for i in range(m)]
        for n, m in zip(x.shape[-2:], size, strict=True)
    ]
    rows = [
        [fold(x[..., a:b, c:d].reshape(*x.shape[:-2], -1), -1) for c, d in edges[1]]
        for a, b in edges[0]
    ]
    return np.moveaxis(np.array(rows), (0, 1), (-2, -1))


def unpool(t: Any, x: Any, y: Any, size: Any = None) -> Any:
    """Values of x put where y has its largest elements."""
    indices = t.nn.functional.max_pool2d(y.detach(), 2, return_indices=True)[1]
    return t.nn.functional.max_unpool2d(x, indices, 2, output_size=size)


CASES = [
    Case(
        "adaptive_avg_pool2d",
        lambda t, x: t.nn.functional.adaptive_avg_pool2d(x, (3, 2)),
        [A(2, 3, 5, 4)],
        ref=lambda x: cells(x, (3, 2), np.mean),
        errors=[
            Error(
                lambda t: t.nn.functional.adaptive_avg_pool2d(t.ones(4, 4), 2),
                RuntimeError,
                r"adaptive_avg_pool2d\(\): Expected 3D or 4D tensor, but got \[4, 4\]",
            )
        ],
    ),
    Case(
        "adaptive_avg_pool2d_one",
        lambda t, x: t.nn.functional.adaptive_avg_pool2d(x, 1),
        [A(2, 3, 5, 4)],
        ref=lambda x: x.mean((2, 3), keepdims=True),
    ),
    Case(
        "adaptive_avg_pool2d_kept",
        lambda t, x: t.nn.functional.adaptive_avg_pool2d(x, (None, 2)),
        [A(3, 2, 4)],
        ref=lambda x: cells(x, (2, 2), np.mean),
    ),
    Case(
        "adaptive_avg_pool2d_slope",
        slope(lambda t, x: t.nn.functional.adaptive_avg_pool2d(x, (2, 3))),
        [A(1, 3, 4)],
    ),
    Case(
        "adaptive_avg_pool1d",
        lambda t, x: t.nn.functional.adaptive_avg_pool1d(x, 3),
        [A(2, 3, 7)],
        ref=lambda x: cells(x[..., None, :], (1, 3), np.mean)[..., 0, :],
    ),
    Case(
        "adaptive_avg_pool3d",
        lambda t, x: t.nn.functional.adaptive_avg_pool3d(x, (2, 3, 1)),
        [A(1, 2, 3, 4, 2)],
    ),
    Case(
        "adaptive_max_pool2d",
        lambda t, x: t.nn.functional.adaptive_max_pool2d(x, (3, 2)),
        [apart(2, 3, 5, 4)],
        ref=lambda x: cells(x, (3, 2), np.max),
        errors=[
            Error(
                lambda t: t.nn.functional.adaptive_max_pool2d(t.ones(2, 2), (2, 2)),
                ValueError,
                "Input dimension should be at least 3",
            )
        ],
    ),
    Case(
        "adaptive_max_pool2d_slope",
        slope(slope(lambda t, x: t.nn.functional.adaptive_max_pool2d(x, (2, 3)))),
        [apart(1, 3, 4)],
    ),
    Case(
        "adaptive_max_pool1d",
        lambda t, x: t.nn.functional.adaptive_max_pool1d_with_indices(x, 1),
        [apart(2, 5)],
        ref=lambda x: (x.max(1, keepdims=True), x.argmax(1)[:, None]),
    ),
    Case(
        "adaptive_max_pool3d",
        lambda t, x: t.nn.functional.adaptive_max_pool3d(x, (2, 3, 1)),
        [apart(1, 2, 3, 4, 2)],
    ),
    Case(
        "max_unpool2d",
        lambda t, x: unpool(t, x, x.repeat_interleave(2, 1).repeat_interleave(2, 2)),
        [apart(1, 2, 2)],
        ref=lambda x: np.kron(x, [[1, 0], [0, 0]]),
        errors=[
            Error(
                lambda t: t.nn.functional.max_unpool2d(t.ones(1, 1, 1), t.tensor([[[4]]]), 2),
                RuntimeError,
                r"Found an invalid max index: 4 \(output volumes are of size 2x2\)",
            ),
            Error(
                lambda t: t.nn.functional.max_unpool2d(t.ones(1, 2, 2), t.tensor([[[0], [1]]]), 2),
                RuntimeError,
                "Expected shape of indices to be same as that of the input tensor",
            ),
            Error(
                lambda t: unpool(t, t.ones(1, 1, 1), t.ones(1, 2, 2), (9, 2)),
                ValueError,
                r'invalid output_size "\(9, 2\)" \(dim 0 must be between 0 and 4\)',
            ),
        ],
    ),
    Case(
        "max_unpool1d",
        lambda t, x: t.nn.functional.max_unpool1d(
            x, t.tensor([[0, 3], [1, 2]]), 2, output_size=(5,)
        ),
        [A(2, 2)],
        ref=lambda x: np.array([[x[0, 0], 0, 0, x[0, 1], 0], [0, x[1, 0], x[1, 1], 0, 0]]),
    ),
    Case(
        "max_unpool3d",
        lambda t, x: t.nn.functional.max_unpool3d(x, t.tensor([[[[5]]]]), 2),
        [A(1, 1, 1, 1)],
        ref=lambda x: np.array([0, 0, 0, 0, 0, x.item(), 0, 0]).reshape(1, 2, 2, 2),
    ),
]
