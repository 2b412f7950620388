"""Rows for normalisation."""

from __future__ import annotations

from typing import Any

import numpy as np

from .case import A, Case, Error
from .loss import P, slope


def standard(x: Any, axes: Any, eps: float = 1e-5) -> Any:
    return (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + eps)


def channels(w: Any, ndim: int) -> Any:
    return w.reshape(1, -1, *[1] * (ndim - 2))


def running(t: Any, x: Any, w: Any, b: Any) -> Any:
    """The output and the running statistics after a step."""
    mean, var = t.zeros(3).to(x.dtype), t.ones(3).to(x.dtype)
    out = t.nn.functional.batch_norm(x, mean, var, w, b, training=True, momentum=0.3)
    return out, mean, var


def running_instances(t: Any, x: Any) -> Any:
    mean, var = t.zeros(3).to(x.dtype), t.ones(3).to(x.dtype)
    return t.nn.functional.instance_norm(x, mean, var), mean, var


def local(x: Any, size: int, alpha: float, beta: float, k: float) -> Any:
    c = x.shape[1]
    total = np.zeros_like(x)
    for i in range(c):
        low, high = max(0, i - size // 2), min(c, i + (size - 1) // 2 + 1)
        total[:, i] = (x[:, low:high] ** 2).sum(1)
    return x / (k + alpha * total / size) ** beta


CASES = [
    Case(
        "batch_norm",
        lambda t, x, w, b: t.nn.functional.batch_norm(x, None, None, w, b, True),
        [A(5, 3), A(3), A(3)],
        ref=lambda x, w, b: standard(x, 0) * w + b,
        errors=[
            Error(
                lambda t: t.nn.functional.batch_norm(t.ones(1, 3), None, None, training=True),
                ValueError,
                "Expected more than 1 value per channel when training",
            ),
            Error(
                lambda t: t.nn.functional.batch_norm(t.ones(2, 3), None, None),
                RuntimeError,
                "running_mean must be defined in evaluation mode",
            ),
            Error(
                lambda t: t.nn.functional.batch_norm(t.ones(2, 3), t.ones(2), t.ones(3)),
                RuntimeError,
                "running_mean should contain 3 elements not 2",
            ),
        ],
    ),
    Case(
        "batch_norm_images",
        running,
        [A(2, 3, 4, 2), A(3), A(3)],
        ref=lambda x, w, b: (
            standard(x, (0, 2, 3)) * channels(w, 4) + channels(b, 4),
            0.3 * x.mean((0, 2, 3)),
            0.7 + 0.3 * x.var((0, 2, 3), ddof=1),
        ),
    ),
    Case(
        "batch_norm_eval",
        lambda t, x, w, b, m, v: t.nn.functional.batch_norm(x, m.detach(), v.detach(), w, b),
        [A(2, 3, 4), A(3), A(3), A(3), P(3)],
        ref=lambda x, w, b, m, v: (
            (x - channels(m, 3)) / np.sqrt(channels(v, 3) + 1e-5) * channels(w, 3) + channels(b, 3)
        ),
        grad=False,
    ),
    Case(
        "batch_norm_eval_gradient",
        lambda t, x, w, b: t.nn.functional.batch_norm(
            x, t.ones(3).to(x.dtype), t.ones(3).to(x.dtype), w, b
        ),
        [A(2, 3, 4), A(3), A(3)],
    ),
    Case(
        "batch_norm_empty",
        lambda t, x, w, b: t.nn.functional.batch_norm(x, None, None, w, b, True),
        [A(0, 3), A(3), A(3)],
        ref=lambda x, w, b: x,
    ),
    Case(
        "layer_norm",
        lambda t, x, w, b: t.nn.functional.layer_norm(x, (4, 3), w, b),
        [A(2, 4, 3), A(4, 3), A(4, 3)],
        ref=lambda x, w, b: standard(x, (1, 2)) * w + b,
        errors=[
            Error(
                lambda t: t.nn.functional.layer_norm(t.ones(2, 3), (4,)),
                RuntimeError,
                r"Given normalized_shape=\[4\], expected input with shape \[\*, 4\]",
            ),
            Error(
                lambda t: t.nn.functional.layer_norm(t.ones(2, 3), 3),
                TypeError,
                r"argument 'normalized_shape' \(position 2\) must be tuple of ints, not int",
            ),
            Error(
                lambda t: t.nn.functional.layer_norm(t.ones(2, 3), (3,), t.ones(2)),
                RuntimeError,
                "Expected weight to be of same shape as normalized_shape",
            ),
        ],
    ),
    Case(
        "layer_norm_plain",
        lambda t, x: t.nn.functional.layer_norm(x, (3,), eps=0.1),
        [A(5, 3)],
        ref=lambda x: standard(x, 1, 0.1),
    ),
    Case(
        "layer_norm_slope",
        slope(slope(lambda t, x: t.nn.functional.layer_norm(x, (4,)) ** 2)),
        [A(2, 4)],
        atol=1e-4,
    ),
    Case(
        "group_norm",
        lambda t, x, w, b: t.nn.functional.group_norm(x, 2, w, b),
        [A(2, 6, 4), A(6), A(6)],
        ref=lambda x, w, b: (
            standard(x.reshape(2, 2, 12), 2).reshape(x.shape) * channels(w, 3) + channels(b, 3)
        ),
        errors=[
            Error(
                lambda t: t.nn.functional.group_norm(t.ones(2, 3, 4), 2),
                RuntimeError,
                "Expected number of channels in input to be divisible by num_groups",
            ),
            Error(
                lambda t: t.nn.functional.group_norm(t.ones(1, 3), 3),
                ValueError,
                r"Expected more than 1 value per channel when training, got input size \[1, 3\]",
            ),
        ],
    ),
    Case(
        "instance_norm",
        lambda t, x, w, b: t.nn.functional.instance_norm(x, weight=w, bias=b),
        [A(2, 3, 4), A(3), A(3)],
        ref=lambda x, w, b: standard(x, 2) * channels(w, 3) + channels(b, 3),
        errors=[
            Error(
                lambda t: t.nn.functional.instance_norm(t.ones(2, 3, 1)),
                ValueError,
                "Expected more than 1 spatial element when training",
            )
        ],
    ),
    Case(
        "instance_norm_running",
        running_instances,
        [A(2, 3, 4)],
        ref=lambda x: (
            standard(x, 2),
            0.1 * x.mean((0, 2)),
            0.9 + 0.1 * x.var(2, ddof=1).mean(0),
        ),
    ),
    Case(
        "rms_norm",
        lambda t, x, w: t.nn.functional.rms_norm(x, (3,), w, 0.1),
        [A(5, 3), A(3)],
        ref=lambda x, w: x / np.sqrt((x * x).mean(1, keepdims=True) + 0.1) * w,
    ),
    Case(
        "local_response_norm",
        lambda t, x: t.nn.functional.local_response_norm(x, 3, alpha=0.5, k=2.0),
        [A(2, 5, 4)],
        ref=lambda x: local(x, 3, 0.5, 0.75, 2.0),
        errors=[
            Error(
                lambda t: t.nn.functional.local_response_norm(t.ones(2, 3), 2),
                ValueError,
                "Expected 3D or higher dimensionality",
            )
        ],
    ),
    Case(
        "local_response_norm_images",
        lambda t, x: t.nn.functional.local_response_norm(x, 2, alpha=0.5),
        [A(2, 5, 2, 3)],
        ref=lambda x: local(x, 2, 0.5, 0.75, 1.0),
    ),
    Case(
        "normalize",
        lambda t, x: t.nn.functional.normalize(x),
        [A(4, 3)],
        ref=lambda x: x / np.linalg.norm(x, axis=1, keepdims=True),
    ),
]
