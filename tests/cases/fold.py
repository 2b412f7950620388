"""Rows for windows as columns."""

from __future__ import annotations

from typing import Any

import numpy as np

from .case import A, Case, Error


def columns(x: Any) -> Any:
    """Windows of 2 by 3, as columns."""
    seen = np.lib.stride_tricks.sliding_window_view(x, (2, 3), (-2, -1))
    moved = np.moveaxis(seen, (-2, -1), (-4, -3))
    return moved.reshape(*x.shape[:-3], x.shape[-3] * 6, -1)


CASES = [
    Case(
        "unfold_windows",
        lambda t, x: t.nn.functional.unfold(x, (2, 3)),
        [A(2, 3, 4, 5)],
        ref=columns,
        errors=[
            Error(
                lambda t: t.nn.functional.unfold(t.ones(1, 1, 2, 2), 3),
                RuntimeError,
                "its components must be at least one",
            )
        ],
    ),
    Case(
        "unfold_alone",
        lambda t, x: t.nn.functional.unfold(x, 2, dilation=(1, 2), padding=1, stride=2),
        [A(3, 4, 5)],
    ),
    Case(
        "fold",
        lambda t, x: t.nn.functional.fold(x, (4, 4), 2, padding=1, stride=2),
        [A(2, 8, 9)],
        errors=[
            Error(
                lambda t: t.nn.functional.fold(t.ones(1, 8, 8), (4, 4), 2),
                RuntimeError,
                r"to match the calculated number of sliding blocks 3 \* 3 = 9, but got",
            ),
            Error(
                lambda t: t.nn.functional.fold(t.ones(1, 7, 9), (4, 4), 2),
                RuntimeError,
                "divisible by the product of kernel_size",
            ),
        ],
    ),
    Case(
        "fold_unfold",  # every element as often as windows meet it
        lambda t, x: t.nn.functional.fold(t.nn.functional.unfold(x, (1, 2)), (1, 4), (1, 2)),
        [A(2, 1, 4)],
        ref=lambda x: x * np.array([1, 2, 2, 1]),
    ),
]
