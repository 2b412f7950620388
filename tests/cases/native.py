"""Functions below the public ones: normalisations with their statistics, dropout with its mask."""

from __future__ import annotations

import numpy as np

from .case import A, Case


def normalized(x, axes):
    mean, rstd = x.mean(axes, keepdims=True), 1 / np.sqrt(x.var(axes, keepdims=True) + 1e-5)
    return (x - mean) * rstd, mean, rstd


def groups(x):
    out, mean, rstd = normalized(x.reshape(2, 2, -1), (2,))
    return out.reshape(x.shape), mean[..., 0], rstd[..., 0]


def channels(x):
    out, mean, rstd = normalized(x, (0, 2))
    return out, mean.reshape(-1), rstd.reshape(-1)


CASES = [
    Case(
        "native_layer_norm",
        lambda T, x: T.native_layer_norm(x, (3,), None, None, 1e-5),
        (A(2, 3),),
        lambda x: normalized(x, (1,)),
    ),
    Case(
        "native_group_norm",
        lambda T, x: T.native_group_norm(x, None, None, 2, 4, 3, 2, 1e-5),
        (A(2, 4, 3),),
        groups,
    ),
    Case(
        "native_batch_norm",
        lambda T, x: T.native_batch_norm(x, None, None, None, None, True, 0.1, 1e-5),
        (A(2, 4, 3),),
        channels,
    ),
    Case(
        "native_batch_norm, evaluating",
        lambda T, x: T.native_batch_norm(
            x, None, None, T.zeros(4).to(x), T.ones(4).to(x), False, 0.1, 0.0
        ),
        (A(2, 4, 3),),
        lambda x: (x, np.zeros(0), np.zeros(0)),
    ),
    Case(
        "native_dropout",
        lambda T, x: (
            *T.native_dropout(x, 0.5, False),
            *T.native_dropout(x, 1.0, True),
        ),
        (A(2, 3),),
        lambda x: (x, np.ones((2, 3), bool), 0 * x, np.zeros((2, 3), bool)),
    ),
    Case(
        "constant_pad_nd",
        lambda T, x: T.constant_pad_nd(x, (1, -1, 0, 1), 3.0),
        (A(2, 3),),
        lambda x: np.pad(x, ((0, 1), (1, 0)), constant_values=3)[:, :-1],
    ),
    Case(
        "norm_except_dim",
        lambda T, x: [T.norm_except_dim(x, 2, dim) for dim in (0, 1, 2, -1)],
        (A(2, 3, 2),),
        lambda x: [
            *[
                np.sqrt((x**2).sum(tuple(i for i in range(3) if i != dim), keepdims=True))
                for dim in range(3)
            ],
            np.sqrt((x**2).sum()),
        ],
    ),
    Case(
        "convolution",
        lambda T, x, w: (
            T.convolution(x, w, None, (1,), (0,), (1,), False, (0,), 1),
            T.convolution(x, w, None, (1,), (0,), (1,), True, (0,), 1),
        ),
        (A(1, 1, 4), A(1, 1, 2)),
        lambda x, w: (
            np.correlate(x[0, 0], w[0, 0])[None, None],
            np.convolve(x[0, 0], w[0, 0])[None, None],
        ),
    ),
]
