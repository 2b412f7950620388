"""Rows for the loss of connectionist temporal classification."""

from __future__ import annotations

from itertools import groupby, product
from typing import Any

import numpy as np

from .case import A, Case, Error

LENGTHS, ENDS = (4, 3), (2, 1)
TARGETS = np.array([[1, 1], [2, 0]])


def loss(t: Any, x: Any, targets: Any = TARGETS, **kwargs: Any) -> Any:
    """The loss of a log-softmax; its gradient is only right after one."""
    lengths = kwargs.pop("lengths", LENGTHS)
    ends = kwargs.pop("ends", ENDS)
    logs = t.nn.functional.log_softmax(x, -1)
    return t.nn.functional.ctc_loss(logs, t.as_tensor(targets), lengths, ends, **kwargs)


def one(x: Any, length: int, target: list[int]) -> tuple[float, Any]:
    """The loss of one example and its gradient in x, over every alignment there is."""
    p = np.exp(x) / np.exp(x).sum(-1, keepdims=True)
    total, slope = 0.0, np.zeros_like(x)
    for path in product(range(x.shape[1]), repeat=length):
        if [c for c, _ in groupby(path) if c] == target:
            chance = np.prod(p[np.arange(length), path])
            total += chance
            slope[np.arange(length), path] -= chance
    if not total:
        return np.inf, slope
    slope /= total
    slope[:length] += p[:length]
    return -np.log(total), slope


def each(x: Any) -> list[tuple[float, Any]]:
    rows = zip(LENGTHS, ENDS, TARGETS, strict=True)
    return [one(x[:, i], n, list(row[:m])) for i, (n, m, row) in enumerate(rows)]


def slope(t: Any, x: Any) -> Any:
    x = x if x.requires_grad else x.clone().requires_grad_()
    return t.autograd.grad(loss(t, x, reduction="sum"), x)[0]


def second(t: Any) -> Any:
    x = t.zeros(2, 1, 2, requires_grad=True)
    total = t.nn.functional.ctc_loss(x, t.tensor([[1]]), (2,), (1,))
    return t.autograd.grad(total, x, create_graph=True)[0].sum().backward()


def call(t: Any, *args: Any, **kwargs: Any) -> Any:
    return t.nn.functional.ctc_loss(t.ones(4, 2, 3), *args, **kwargs)


CASES = [
    Case(
        "ctc_loss",
        lambda t, x: loss(t, x),
        [A(4, 2, 3)],
        ref=lambda x: np.mean([found / m for (found, _), m in zip(each(x), ENDS, strict=True)]),
        grad=False,
        errors=[
            Error(
                lambda t: call(t, t.tensor([[1, 2], [1, 1]]), (4, 4), (2, 2), blank=3),
                RuntimeError,
                "blank must be in label range",
            ),
            Error(
                lambda t: call(t, t.tensor([[1, 2], [1, 1]]), (4,), (2, 2)),
                RuntimeError,
                "input_lengths must be of size batch_size",
            ),
            Error(
                lambda t: call(t, t.tensor([[1, 2], [1, 1]]), (5, 4), (2, 2)),
                RuntimeError,
                "Expected input_lengths to have value at most 4, but got value 5",
            ),
            Error(
                lambda t: call(t, t.tensor([[1, 2], [1, 1]]), (4, 4), (3, 2)),
                RuntimeError,
                "Expected tensor to have size at least 3 at dimension 1, but got size 2",
            ),
            Error(
                lambda t: call(t, t.tensor([1, 2]), (4, 4), (2, 1)),
                RuntimeError,
                "Expected tensor to have size 3 at dimension 0, but got size 2",
            ),
            Error(
                lambda t: call(t, t.tensor([[1], [1]]), t.ones(2), (1, 1)),
                RuntimeError,
                "input_lengths must be integral",
            ),
            Error(
                second, RuntimeError, "derivative for aten::_ctc_loss_backward is not implemented"
            ),
        ],
    ),
    Case(
        "ctc_loss_slope",
        slope,
        [A(4, 2, 3)],
        ref=lambda x: np.stack([found for _, found in each(x)], 1),
        grad=False,
    ),
    Case(
        "ctc_loss_joined",
        lambda t, x: loss(t, x, np.array([1, 1, 2]), reduction="none"),
        [A(4, 2, 3)],
        ref=lambda x: np.array([found for found, _ in each(x)]),
        grad=False,
    ),
    Case(
        "ctc_loss_alone",
        lambda t, x: loss(
            t, x, np.array([0, 1]), blank=2, reduction="none", lengths=t.tensor(3), ends=t.tensor(2)
        ),
        [A(3, 3)],
        ref=lambda x: one(x[:, [2, 0, 1]], 3, [1, 2])[0],
        grad=False,
    ),
    Case(
        "ctc_loss_infinite",  # too long, nothing to say in no time, something to say in no time
        lambda t, x: loss(
            t,
            x,
            np.array([[1, 1], [0, 0], [1, 0]]),
            lengths=(2, 0, 0),
            ends=(2, 0, 1),
            reduction="none",
        ),
        [A(2, 3, 3)],
        ref=lambda x: np.array([np.inf, 0, np.inf]),
        grad=False,
    ),
    Case(
        "ctc_loss_ignored",
        lambda t, x: loss(
            t, x, np.array([[1, 1], [2, 0]]), lengths=(2, 2), zero_infinity=True, reduction="sum"
        ),
        [A(2, 2, 3)],
        ref=lambda x: one(x[:, 1], 2, [2])[0],
        grad=False,
    ),
]
