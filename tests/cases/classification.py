"""Rows for the losses over classes."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import log_softmax

from .case import A, Case, Error
from .loss import P, slope

T = A(5, low=0, high=3, kind="int")
W = np.array([0.5, 1.0, 2.0])


def picked(x: Any, y: Any) -> Any:
    return np.take_along_axis(x, np.expand_dims(y, 1), 1).squeeze(1)


def nll(x: Any, y: Any) -> Any:
    return -picked(x, y).mean()


def weights(t: Any, x: Any) -> Any:
    return t.tensor([0.5, 1.0, 2.0]).to(x)


def smoothed(x: Any, y: Any, eps: float) -> Any:
    q = np.eye(3)[y] * (1 - eps) + eps / 3
    return np.mean(-(q * log_softmax(x, 1)).sum(1))


CASES = [
    Case(
        "nll_loss",
        lambda t, x, y: t.nn.functional.nll_loss(x, y),
        [A(5, 3), T],
        ref=nll,
        errors=[
            Error(
                lambda t: t.nn.functional.nll_loss(t.ones(2, 3), t.tensor([0, 10])),
                IndexError,
                "Target 10 is out of bounds.",
            ),
            Error(
                lambda t: t.nn.functional.nll_loss(t.ones(2, 3), t.tensor([0, -1])),
                IndexError,
                "Target -1 is out of bounds.",
            ),
            Error(
                lambda t: t.nn.functional.nll_loss(t.ones(2, 3), t.tensor([0.0, 1.0])),
                RuntimeError,
                "expected target dtype to be Long or Byte, but got Float",
            ),
            Error(
                lambda t: t.nn.functional.nll_loss(t.ones(3, 3), t.tensor([0, 1])),
                ValueError,
                r"Expected input batch_size \(3\) to match target batch_size \(2\).",
            ),
            Error(
                lambda t: t.nn.functional.nll_loss(t.ones(2, 3), t.tensor([[0], [1]])),
                RuntimeError,
                "0D or 1D target tensor expected, multi-target not supported",
            ),
            Error(
                lambda t: t.nn.functional.nll_loss(t.ones(2, 3), t.tensor([0, 1]), t.ones(4)),
                RuntimeError,
                "weight tensor should be defined either for all 3 classes",
            ),
            Error(
                lambda t: t.nn.functional.nll_loss(t.ones(2, 3, 4), t.zeros(2, 5).long()),
                RuntimeError,
                r"Expected target size \[2, 4\], got \[2, 5\]",
            ),
        ],
    ),
    Case(
        "nll_loss_weight",
        lambda t, x, y: t.nn.functional.nll_loss(x, y, weights(t, x)),
        [A(5, 3), T],
        ref=lambda x, y: -np.average(picked(x, y), weights=W[y]),
    ),
    Case(
        "nll_loss_ignore_none",
        lambda t, x, y: t.nn.functional.nll_loss(x, y, ignore_index=1, reduction="none"),
        [A(5, 3), T],
        ref=lambda x, y: np.where(y == 1, 0, -picked(x, y)),
    ),
    Case(
        "nll_loss_all_ignored",
        lambda t, x, y: t.nn.functional.nll_loss(x, y * 0 - 100),
        [A(5, 3), T],
        ref=lambda x, y: np.nan,
        grad=False,
    ),
    Case(
        "nll_loss_images",
        lambda t, x, y: t.nn.functional.nll_loss(x, y, reduction="sum"),
        [A(2, 3, 4, 5), A(2, 4, 5, low=0, high=3, kind="int")],
        ref=lambda x, y: -picked(x, y).sum(),
    ),
    Case(
        "nll_loss_alone",
        lambda t, x, y: t.nn.functional.nll_loss(x, y),
        [A(3), A(low=0, high=3, kind="int")],
        ref=lambda x, y: -x[y],
    ),
    Case(
        "nll_loss_slope",
        slope(lambda t, x, y: t.nn.functional.nll_loss(x, y, reduction="none")),
        [A(5, 3), T],
        ref=lambda x, y: 2 * x * np.eye(3)[y],
    ),
    Case(
        "nll_loss_slope_twice",
        slope(slope(lambda t, x, y: t.nn.functional.nll_loss(x, y))),
        [A(5, 3), T],
        ref=lambda x, y: 2 * (2 / 25) ** 2 * 5 * picked(x, y).sum() * np.eye(3)[y],
    ),
    Case(
        "cross_entropy",
        lambda t, x, y: t.nn.functional.cross_entropy(x, y),
        [A(5, 3), T],
        ref=lambda x, y: nll(log_softmax(x, 1), y),
        errors=[
            Error(
                lambda t: t.nn.functional.cross_entropy(t.ones(2, 3), 1),
                TypeError,
                r"argument 'target' \(position 2\) must be Tensor, not int",
            ),
            Error(
                lambda t: t.nn.functional.cross_entropy(
                    t.ones(2, 3), t.tensor([0, 1]), label_smoothing=1.1
                ),
                RuntimeError,
                "label_smoothing must be between 0.0 and 1.0. Got: 1.1",
            ),
            Error(
                lambda t: t.nn.functional.cross_entropy(t.ones(1, 3), t.tensor([[0, 1, 0]])),
                RuntimeError,
                "Expected floating point type for target with class probabilities, got Long",
            ),
        ],
    ),
    Case(
        "cross_entropy_smoothed",
        lambda t, x, y: t.nn.functional.cross_entropy(x, y, label_smoothing=0.2),
        [A(5, 3), T],
        ref=lambda x, y: smoothed(x, y, 0.2),
    ),
    Case(
        "cross_entropy_smoothed_weight_ignore",
        lambda t, x, y: t.nn.functional.cross_entropy(
            x, y, weights(t, x), ignore_index=1, label_smoothing=0.2
        ),
        [A(5, 3), T],
    ),
    Case(
        "cross_entropy_probabilities",
        lambda t, x, y: t.nn.functional.cross_entropy(x, y),
        [A(5, 3), P(5, 3)],
        ref=lambda x, y: np.mean(-(y * log_softmax(x, 1)).sum(1)),
    ),
    Case(
        "cross_entropy_probabilities_weight",
        lambda t, x, y: t.nn.functional.cross_entropy(x, y, weights(t, x), reduction="none"),
        [A(2, 3, 4), P(2, 3, 4)],
        ref=lambda x, y: -(y * log_softmax(x, 1) * W[:, None]).sum(1),
    ),
]
