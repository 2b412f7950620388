"""Rows for the losses that are negative log-likelihoods."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import expit, xlogy

from .case import A, Case, Error
from .loss import P, quiet


def cross(x, y, w=1.0, p=1.0):
    return -w * (p * y * np.log(x) + (1 - y) * np.log(1 - x))


CASES = [
    Case(
        "binary_cross_entropy",
        lambda t, x, y: t.nn.functional.binary_cross_entropy(x, y),
        [P(4, 3), P(4, 3)],
        ref=lambda x, y: cross(x, y).mean(),
        errors=[
            Error(
                lambda t: t.nn.functional.binary_cross_entropy(t.ones(3) * 2, t.ones(3)),
                RuntimeError,
                "all elements of input should be between 0 and 1",
            ),
            Error(
                lambda t: t.nn.functional.binary_cross_entropy(t.ones(3), t.tensor([1, 0, 1])),
                RuntimeError,
                "Found dtype Long but expected Float",
            ),
            Error(
                lambda t: t.nn.functional.binary_cross_entropy(t.ones(3, 1), t.ones(3)),
                ValueError,
                r"Using a target size \(torch.Size\(\[3\]\)\) that is different to the input size",
            ),
        ],
    ),
    Case(
        "binary_cross_entropy_weight",
        lambda t, x, y, w: t.nn.functional.binary_cross_entropy(x, y, w.detach(), reduction="sum"),
        [P(4, 3), P(4, 3), P(3)],
        ref=lambda x, y, w: cross(x, y, w).sum(),
        grad=False,
    ),
    Case(
        "binary_cross_entropy_edges",
        lambda t, x: t.nn.functional.binary_cross_entropy(
            x * 0 + t.tensor([0.0, 1.0, 0.0]).to(x),
            t.tensor([1.0, 1.0, 0.0]).to(x),
            reduction="none",
        ),
        [A(3)],
        ref=lambda x: np.array([100.0, 0.0, 0.0]),
        grad=False,
    ),
    Case(
        "binary_cross_entropy_with_logits",
        lambda t, x, y: t.nn.functional.binary_cross_entropy_with_logits(x, y),
        [A(4, 3), P(4, 3)],
        ref=lambda x, y: cross(expit(x), y).mean(),
        errors=[
            Error(
                lambda t: t.nn.functional.binary_cross_entropy_with_logits(t.ones(3), t.ones(2)),
                ValueError,
                r"Target size \(torch.Size\(\[2\]\)\) must be the same as input size",
            ),
            Error(
                lambda t: t.nn.functional.binary_cross_entropy_with_logits(
                    t.ones(2), t.tensor([0, 1])
                ),
                RuntimeError,
                "result type Float can't be cast to the desired output type Long",
            ),
        ],
    ),
    Case(
        "binary_cross_entropy_with_logits_weights",
        lambda t, x, y: t.nn.functional.binary_cross_entropy_with_logits(
            x,
            y,
            t.tensor([1.0, 2.0, 3.0]).to(x),
            reduction="none",
            pos_weight=t.tensor([0.5, 2.0, 4.0]).to(x),
        ),
        [A(4, 3), P(4, 3)],
        ref=lambda x, y: cross(expit(x), y, np.array([1.0, 2, 3]), np.array([0.5, 2, 4])),
    ),
    Case(
        "kl_div",
        quiet(lambda t, x, y: t.nn.functional.kl_div(x, y)),
        [A(4, 3), P(4, 3)],
        ref=lambda x, y: np.mean(xlogy(y, y) - y * x),
    ),
    Case(
        "kl_div_batchmean",
        lambda t, x, y: t.nn.functional.kl_div(x, y, reduction="batchmean"),
        [A(4, 3), P(4, 3)],
        ref=lambda x, y: np.sum(xlogy(y, y) - y * x) / 4,
    ),
    Case(
        "kl_div_log_target",
        lambda t, x, y: t.nn.functional.kl_div(x, y, reduction="sum", log_target=True),
        [A(4, 3), A(4, 3)],
        ref=lambda x, y: np.sum(np.exp(y) * (y - x)),
    ),
    Case(
        "poisson_nll_loss",
        lambda t, x, y: t.nn.functional.poisson_nll_loss(x, y),
        [A(4, 3), P(4, 3)],
        ref=lambda x, y: np.mean(np.exp(x) - y * x),
    ),
    Case(
        "poisson_nll_loss_full",
        lambda t, x: t.nn.functional.poisson_nll_loss(
            x, t.tensor([0.5, 3.0, 7.0]).to(x), log_input=False, full=True, reduction="none"
        ),
        [P(3)],
        ref=lambda x: (
            x
            - np.array([0.5, 3, 7]) * np.log(x + 1e-8)
            + np.array([0, *(n * np.log(n) - n + np.log(2 * np.pi * n) / 2 for n in (3, 7))])
        ),
    ),
    Case(
        "gaussian_nll_loss",
        lambda t, x, y, v: t.nn.functional.gaussian_nll_loss(x, y, v, full=True),
        [A(4, 3), A(4, 3), P(4, 3)],
        ref=lambda x, y, v: np.mean((np.log(v) + (x - y) ** 2 / v + math.log(2 * math.pi)) / 2),
        errors=[
            Error(
                lambda t: t.nn.functional.gaussian_nll_loss(t.ones(3), t.ones(3), -1.0),
                ValueError,
                "var has negative entry/entries",
            ),
            Error(
                lambda t: t.nn.functional.gaussian_nll_loss(t.ones(3), t.ones(3), t.ones(2)),
                ValueError,
                "var is of incorrect size",
            ),
        ],
    ),
    Case(
        "gaussian_nll_loss_shared",
        lambda t, x, y, v: t.nn.functional.gaussian_nll_loss(x, y, v, reduction="none"),
        [A(4, 3), A(4, 3), P(4)],
        ref=lambda x, y, v: (np.log(v[:, None]) + (x - y) ** 2 / v[:, None]) / 2,
    ),
]
