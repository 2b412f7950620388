"""Rows for max pooling at random places."""

from __future__ import annotations

from typing import Any

import numpy as np

from .case import A, Case, Error

DRAWN = np.array([[[0.3, 0.7], [0.9, 0.1]]])
IMAGE = A(1, 2, 7, 6, kind="distinct")


def pool(t: Any, x: Any, *args: Any, drawn: Any = DRAWN, **kwargs: Any) -> Any:
    function = t.nn.functional.fractional_max_pool2d
    return function(x, *args, **kwargs, _random_samples=t.from_numpy(drawn).to(x))


def begins(u: float, size: int, cells: int, width: int) -> list[int]:
    """Where the windows of an axis begin, from the paper's formula; the last is at the end."""
    step = (size - width) / (cells - 1)
    return [int((i + u) * step) - int(u * step) for i in range(cells - 1)] + [size - width]


def pooled(x: Any) -> tuple[Any, Any]:
    out, where = np.zeros((1, 2, 3, 2)), np.zeros((1, 2, 3, 2), int)
    for c in range(2):
        for i, top in enumerate(begins(DRAWN[0, c, 1], 7, 3, 2)):
            for j, left in enumerate(begins(DRAWN[0, c, 0], 6, 2, 3)):
                window = x[0, c, top : top + 2, left : left + 3]
                out[0, c, i, j] = window.max()
                y, z = np.unravel_index(window.argmax(), (2, 3))
                where[0, c, i, j] = (top + y) * 6 + left + z
    return out, where


def everywhere(x: Any) -> tuple[Any, Any]:
    """Every window of two by two."""
    parts = np.stack([x[:, i : i + 6, j : j + 5] for i in (0, 1) for j in (0, 1)])
    place = np.arange(42).reshape(7, 6)
    places = np.stack([place[i : i + 6, j : j + 5] for i in (0, 1) for j in (0, 1)])
    best = parts.argmax(0)
    return parts.max(0), np.take_along_axis(places[:, None].repeat(2, 1), best[None], 0)[0]


CASES = [
    Case(
        "fractional_max_pool2d",
        lambda t, x: pool(t, x, (2, 3), (3, 2), return_indices=True),
        [IMAGE],
        ref=pooled,
        errors=[
            Error(
                lambda t: pool(t, t.ones(1, 2, 5, 5), 2),
                ValueError,
                "requires specifying either an output_size or an output_ratio",
            ),
            Error(
                lambda t: pool(t, t.ones(1, 2, 5, 5), 4, 3),
                RuntimeError,
                "pool height 4 too large relative to input height 5",
            ),
            Error(
                lambda t: pool(t, t.ones(1, 3, 5, 5), 2, 2),
                RuntimeError,
                r"Expect _random_samples.size\(1\) equals to input channel size",
            ),
            Error(
                lambda t: pool(t, t.ones(1, 0, 5, 5), 2, 2),
                RuntimeError,
                "Expected input to have non-zero size for non-batch dimensions",
            ),
        ],
    ),
    Case(
        "fractional_max_pool2d_ratio",
        lambda t, x: pool(t, x, 2, output_ratio=(0.5, 0.4)),
        [IMAGE],
    ),
    Case(
        "fractional_max_pool2d_with_indices",
        lambda t, x: t.nn.functional.fractional_max_pool2d_with_indices(x, 2, (6, 5)),
        [A(2, 7, 6, kind="distinct")],  # as many as there are: no choice is left
        ref=everywhere,
    ),
    Case(
        "fractional_max_pool3d",
        lambda t, x: t.nn.functional.fractional_max_pool3d(
            x, (2, 1, 2), 2, _random_samples=t.tensor([[[0.2, 0.9, 0.5]]]).to(x)
        ),
        [A(1, 1, 4, 3, 4, kind="distinct")],
    ),
    Case(
        "fractional_max_pool3d_with_indices",
        lambda t, x: t.nn.functional.fractional_max_pool3d_with_indices(x[..., 1:, 1:, 1:], 3, 1),
        [A(1, 5, 5, 5, kind="distinct")],  # the only window is the last
        ref=lambda x: (
            x[:, 2:, 2:, 2:].max().reshape(1, 1, 1, 1),
            np.flatnonzero(x[:, 1:, 1:, 1:] == x[:, 2:, 2:, 2:].max()).reshape(1, 1, 1, 1),
        ),
        errors=[
            Error(
                lambda t: t.nn.functional.fractional_max_pool3d(t.ones(1, 3, 3, 3), 3, 1),
                RuntimeError,
                "pool time 3 too large relative to input time 3",
            )
        ],
    ),
]
