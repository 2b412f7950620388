"""Rows for pooling over windows."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from .case import A, Case, Error
from .loss import P, slope


def windows(x: Any, k: Any, s: Any, fold: Any) -> Any:
    """Each window of the last two axes folded by a function, by the definition."""
    size = [(n - kk) // ss + 1 for n, kk, ss in zip(x.shape[-2:], k, s, strict=True)]
    out = np.empty((*x.shape[:-2], *size))
    for i, j in product(*map(range, size)):
        seen = x[..., i * s[0] : i * s[0] + k[0], j * s[1] : j * s[1] + k[1]]
        out[..., i, j] = fold(seen.reshape(*seen.shape[:-2], -1))
    return out


def apart(*shape: int) -> Any:
    return A(*shape, kind="distinct")


def largest(x: Any) -> Any:
    return x.max(-1)


def average(x: Any) -> Any:
    return x.mean(-1)


CASES = [
    Case(
        "max_pool2d",
        lambda t, x: t.nn.functional.max_pool2d(x, 2),
        [apart(2, 3, 5, 4)],
        ref=lambda x: windows(x, (2, 2), (2, 2), largest),
        errors=[
            Error(
                lambda t: t.nn.functional.max_pool2d(t.ones(2, 3, 1, 1), 2),
                RuntimeError,
                r"Given input size: \(3x1x1\). Calculated output size: \(3x0x0\). Output size is",
            ),
            Error(
                lambda t: t.nn.functional.max_pool2d(t.ones(2, 3, 4, 4), 2, padding=2),
                RuntimeError,
                "pad should be at most half of effective kernel size, but got pad=2",
            ),
            Error(
                lambda t: t.nn.functional.max_pool2d(t.ones(2, 3, 4, 4), (2, 2, 2)),
                RuntimeError,
                "max_pool2d: kernel_size must either be a single int, or a tuple of two ints",
            ),
            Error(
                lambda t: t.nn.functional.max_pool2d(t.ones(4, 4), 2),
                RuntimeError,
                r"non-empty 3D or 4D \(batch mode\) tensor expected for input",
            ),
            Error(
                lambda t: t.nn.functional.max_pool2d(t.ones(2, 3, 4, 4), 2, 0),
                RuntimeError,
                "stride should not be zero",
            ),
        ],
    ),
    Case(
        "max_pool2d_overlapping",
        lambda t, x: t.nn.functional.max_pool2d(x, (3, 2), (1, 2), padding=1),
        [apart(2, 5, 4)],
        ref=lambda x: windows(
            np.pad(x, [(0, 0), (1, 1), (1, 1)], constant_values=-9), (3, 2), (1, 2), largest
        ),
    ),
    Case(
        "max_pool2d_ceil_dilated",
        lambda t, x: t.nn.functional.max_pool2d(x, 2, 2, dilation=2, ceil_mode=True),
        [apart(2, 6, 5)],
    ),
    Case(
        "max_pool2d_indices",
        lambda t, x: t.nn.functional.max_pool2d(x, 2, 2, 1, return_indices=True)[1],
        [apart(1, 4, 4)],
        ref=lambda x: (
            windows(
                np.pad(np.arange(16.0).reshape(1, 4, 4), [(0, 0), (1, 1), (1, 1)]),
                (2, 2),
                (2, 2),
                lambda i: i.max(-1),
            )
            * 0
            + np.array(
                [
                    [
                        i.ravel()[np.argmax(np.where(i.ravel() < 0, -9, x.ravel()[i.ravel()]))]
                        for i in (
                            np.pad(np.arange(16).reshape(4, 4), 1, constant_values=-1)[
                                a : a + 2, b : b + 2
                            ]
                            for a in (0, 2, 4)
                            for b in (0, 2, 4)
                        )
                    ]
                ]
            ).reshape(1, 3, 3)
        ),
        grad=False,
    ),
    Case(
        "max_pool2d_ties",
        lambda t, x: slope(lambda t, x: t.nn.functional.max_pool2d(x, 2))(t, t.ones_like(x)),
        [A(1, 2, 4)],
        ref=lambda x: np.array([[[2.0, 0, 2, 0], [0, 0, 0, 0]]]),
        grad=False,
    ),
    Case(
        "max_pool2d_nan",
        lambda t, x: t.nn.functional.max_pool2d(
            t.where(x == x.max(), float("nan"), x), 2, return_indices=True
        ),
        [apart(1, 2, 2)],
        ref=lambda x: (np.full((1, 1, 1), np.nan), x.argmax().reshape(1, 1, 1)),
        grad=False,
    ),
    Case(
        "max_pool2d_slope",
        slope(slope(lambda t, x: t.nn.functional.max_pool2d(x, 2, 1))),
        [apart(2, 3, 3)],
    ),
    Case(
        "max_pool1d",
        lambda t, x: t.nn.functional.max_pool1d(x, 2),
        [apart(2, 3, 5)],
        ref=lambda x: windows(x[..., None, :], (1, 2), (1, 2), largest)[..., 0, :],
        errors=[
            Error(
                lambda t: t.nn.functional.max_pool1d(t.tensor(1.0), 1),
                RuntimeError,
                "max_pool1d: Expected 2D or 3D",
            )
        ],
    ),
    Case(
        "max_pool1d_indices",
        lambda t, x: t.max_pool1d_with_indices(x, 4),
        [apart(3, 4)],
        ref=lambda x: (x.max(1, keepdims=True), x.argmax(1)[:, None]),
    ),
    Case("max_pool3d", lambda t, x: t.nn.functional.max_pool3d(x, 2), [apart(1, 2, 4, 3, 2)]),
    Case(
        "avg_pool2d",
        lambda t, x: t.nn.functional.avg_pool2d(x, (2, 3), (1, 2)),
        [A(2, 3, 4, 5)],
        ref=lambda x: windows(x, (2, 3), (1, 2), average),
        errors=[
            Error(
                lambda t: t.nn.functional.avg_pool2d(t.ones(1, 4, 4), 2, divisor_override=0),
                RuntimeError,
                "divisor must be not zero",
            )
        ],
    ),
    Case(
        "avg_pool2d_pad",
        lambda t, x: t.nn.functional.avg_pool2d(x, 2, 2, 1),
        [A(2, 4, 4)],
        ref=lambda x: windows(np.pad(x, [(0, 0), (1, 1), (1, 1)]), (2, 2), (2, 2), average),
    ),
    Case(
        "avg_pool2d_ceil_uncounted",
        lambda t, x: t.nn.functional.avg_pool2d(x, 3, 2, 1, True, False),
        [A(2, 6, 5)],
    ),
    Case(
        "avg_pool2d_divisor",
        lambda t, x: t.nn.functional.avg_pool2d(x, 2, divisor_override=3),
        [A(2, 4, 4)],
        ref=lambda x: windows(x, (2, 2), (2, 2), lambda w: w.sum(-1) / 3),
    ),
    Case(
        "avg_pool2d_int",
        lambda t, x: t.nn.functional.avg_pool2d(x, 2),
        [A(1, 4, 4, low=-9, high=9, kind="int")],
        ref=lambda x: windows(x, (2, 2), (2, 2), lambda w: np.trunc(w.mean(-1))),
    ),
    Case("avg_pool2d_slope", slope(lambda t, x: t.nn.functional.avg_pool2d(x, 2, 1)), [A(1, 3, 3)]),
    Case(
        "avg_pool1d",
        lambda t, x: t.nn.functional.avg_pool1d(x, 2, 1, 1, count_include_pad=False),
        [A(2, 4)],
        ref=lambda x: np.stack([x[:, max(i - 1, 0) : i + 1].mean(1) for i in range(5)], 1),
    ),
    Case(
        "avg_pool3d",
        lambda t, x: t.nn.functional.avg_pool3d(x, 2, 1),
        [A(1, 2, 3, 3, 2)],
        errors=[
            Error(
                lambda t: t.nn.functional.avg_pool3d(t.ones(1, 1, 49), 2),
                RuntimeError,
                "non-empty 4D or 5D",
            )
        ],
    ),
    Case(
        "lp_pool1d",
        lambda t, x: t.nn.functional.lp_pool1d(x, 2.0, 2),
        [P(2, 4)],
        ref=lambda x: np.sqrt((x * x).reshape(2, 2, 2).sum(2)),
    ),
    Case(
        "lp_pool2d",
        lambda t, x: t.nn.functional.lp_pool2d(x, 3.0, 2, 1),
        [P(2, 4, 3)],
        ref=lambda x: windows(x**3, (2, 2), (1, 1), lambda w: w.sum(-1)) ** (1 / 3),
    ),
    Case("lp_pool3d", lambda t, x: t.nn.functional.lp_pool3d(x, 2.0, 2), [P(1, 2, 2, 4, 2)]),
]
