"""Rows for the losses that compare an output with a target element by element."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from .case import A, Array, Case, Error


def quiet(call: Callable[..., Any]) -> Callable[..., Any]:
    """The call without the warnings it is known to give."""

    def silent(t: Any, *xs: Any) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return call(t, *xs)

    return silent


def slope(call: Callable[..., Any]) -> Callable[..., Any]:
    """The gradient of a call's sum of squares in its first input, as a call of its own."""

    def derived(t: Any, x: Any, *others: Any) -> Any:
        x = x if x.requires_grad else x.clone().requires_grad_()
        total = (call(t, x, *others) ** 2).sum()
        return t.autograd.grad(total, x, create_graph=True)[0]

    return derived


def P(*shape: int) -> Array:
    """Probabilities, away from 0 and 1."""
    return A(*shape, low=0.1, high=0.9)


PAIR = [A(4, 3), A(4, 3)]


def huber(x: Any, y: Any, delta: float) -> Any:
    d = np.abs(x - y)
    return np.where(d < delta, d * d / 2, delta * (d - delta / 2))


CASES = [
    Case(
        "mse_loss",
        lambda t, x, y: t.nn.functional.mse_loss(x, y),
        PAIR,
        ref=lambda x, y: np.mean((x - y) ** 2),
        errors=[
            Error(
                lambda t: quiet(t.nn.functional.mse_loss)(t.ones(4, 3), t.ones(2, 3)),
                RuntimeError,
                r"The size of tensor a \(4\) must match the size of tensor b \(2\)",
            ),
            Error(
                lambda t: t.nn.functional.mse_loss(t.ones(3), t.ones(3), reduction="foo"),
                ValueError,
                "foo is not a valid value for reduction",
            ),
            Error(
                lambda t: t.nn.functional.mse_loss(t.tensor([1]), t.tensor([2])),
                NotImplementedError,
                "\"mse_cpu\" not implemented for 'Long'",
            ),
            Error(
                lambda t: t.nn.functional.mse_loss(t.ones(3), 2.0),
                AttributeError,
                "'float' object has no attribute 'size'",
            ),
            Error(
                lambda t: t.nn.functional.mse_loss(t.ones(3), t.ones(3), weight=t.ones(2)),
                ValueError,
                "Weights and input must have the same size.",
            ),
        ],
    ),
    Case(
        "mse_loss_sum",
        lambda t, x, y: t.nn.functional.mse_loss(x, y, reduction="sum"),
        PAIR,
        ref=lambda x, y: np.sum((x - y) ** 2),
    ),
    Case(
        "mse_loss_none",
        lambda t, x, y: t.nn.functional.mse_loss(x, y, reduction="none"),
        PAIR,
        ref=lambda x, y: (x - y) ** 2,
    ),
    Case(
        "mse_loss_broadcast",
        quiet(lambda t, x, y: t.nn.functional.mse_loss(x, y)),
        [A(4, 1), A(4)],
        ref=lambda x, y: np.mean((x - y) ** 2),
    ),
    Case(
        "mse_loss_weight",
        lambda t, x, y: t.nn.functional.mse_loss(x, y, weight=t.arange(12.0).view(4, 3).to(x)),
        PAIR,
        ref=lambda x, y: np.average((x - y) ** 2, weights=np.arange(12.0).reshape(4, 3)),
    ),
    Case(
        "mse_loss_legacy",
        quiet(lambda t, x, y: t.nn.functional.mse_loss(x, y, size_average=False)),
        PAIR,
        ref=lambda x, y: np.sum((x - y) ** 2),
    ),
    Case(
        "mse_loss_empty",
        lambda t, x, y: t.nn.functional.mse_loss(x, y),
        [A(0, 3), A(0, 3)],
        ref=lambda x, y: np.nan,
        grad=False,
    ),
    Case(
        "l1_loss",
        lambda t, x, y: t.nn.functional.l1_loss(x, y),
        PAIR,
        ref=lambda x, y: np.mean(np.abs(x - y)),
    ),
    Case(
        "smooth_l1_loss",
        lambda t, x, y: t.nn.functional.smooth_l1_loss(x, y, beta=0.7),
        PAIR,
        ref=lambda x, y: np.mean(huber(x, y, 0.7) / 0.7),
        errors=[
            Error(
                lambda t: t.nn.functional.smooth_l1_loss(t.ones(3), t.ones(3), beta=-1),
                RuntimeError,
                "smooth_l1_loss does not support negative values for beta.",
            )
        ],
    ),
    Case(
        "smooth_l1_loss_zero_beta",
        lambda t, x, y: t.nn.functional.smooth_l1_loss(x, y, beta=0.0, reduction="sum"),
        PAIR,
        ref=lambda x, y: np.sum(np.abs(x - y)),
    ),
    Case(
        "huber_loss",
        lambda t, x, y: t.nn.functional.huber_loss(x, y, delta=0.7),
        PAIR,
        ref=lambda x, y: np.mean(huber(x, y, 0.7)),
        errors=[
            Error(
                lambda t: t.nn.functional.huber_loss(t.ones(3), t.ones(3), delta=0),
                RuntimeError,
                "huber_loss does not support non-positive values for delta.",
            )
        ],
    ),
    Case(
        "huber_loss_none",
        lambda t, x, y: t.nn.functional.huber_loss(x, y, "none", 1.5),
        PAIR,
        ref=lambda x, y: huber(x, y, 1.5),
    ),
]
