"""Rows for convolutions and their transposes."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from .case import A, Case, Error
from .loss import quiet, slope


def direct(
    x: Any, w: Any, b: Any = 0.0, stride: Any = 1, padding: Any = 0, dilation: Any = 1
) -> Any:
    """Convolution by its definition, one output position at a time; groups follow from shapes."""
    axes = w.ndim - 2
    s, p, d = (np.broadcast_to(each, axes) for each in (stride, padding, dilation))
    x = np.pad(x, [(0, 0), (0, 0), *[(n, n) for n in p]])
    span = [d[i] * (w.shape[2 + i] - 1) + 1 for i in range(axes)]
    size = [(x.shape[2 + i] - span[i]) // s[i] + 1 for i in range(axes)]
    out = np.zeros((len(x), len(w), *size))
    groups = x.shape[1] // w.shape[1]
    for at in product(*map(range, size)):
        window = [slice(at[i] * s[i], at[i] * s[i] + span[i], d[i]) for i in range(axes)]
        seen = x[(slice(None), slice(None), *window)]
        for g in range(groups):
            mine = slice(g * len(w) // groups, (g + 1) * len(w) // groups)
            channels = slice(g * w.shape[1], (g + 1) * w.shape[1])
            out[(slice(None), mine, *at)] = np.tensordot(
                seen[:, channels], w[mine], (range(1, axes + 2), range(1, axes + 2))
            )
    return out + np.reshape(b, (-1, *[1] * axes))


def parts(x: Any, w: Any, b: Any, *rest: Any) -> Any:
    """Convolution of complex numbers by its definition, from four of real ones."""
    real = direct(x.real, w.real, b.real, *rest) - direct(x.imag, w.imag, 0.0, *rest)
    return real + 1j * (direct(x.real, w.imag, b.imag, *rest) + direct(x.imag, w.real, 0.0, *rest))


def spread(x: Any, w: Any, b: Any, stride: int, padding: int, extra: int = 0) -> Any:
    """Transposed convolution of sequences by its definition."""
    full = np.zeros((len(x), w.shape[1], (x.shape[2] - 1) * stride + w.shape[2] + extra))
    for i in range(x.shape[2]):
        full[:, :, i * stride : i * stride + w.shape[2]] += np.einsum("nc,cok->nok", x[:, :, i], w)
    return full[:, :, padding : full.shape[2] - padding] + b[:, None]


def conv2d(t: Any, *args: Any, **kwargs: Any) -> Any:
    return t.nn.functional.conv2d(*args, **kwargs)


CASES = [
    Case(
        "conv1d",
        lambda t, x, w, b: t.nn.functional.conv1d(x, w, b, stride=2, padding=1),
        [A(2, 3, 7), A(4, 3, 3), A(4)],
        ref=lambda x, w, b: direct(x, w, b, 2, 1),
        errors=[
            Error(
                lambda t: t.nn.functional.conv1d(t.ones(5), t.ones(1, 3, 2)),
                RuntimeError,
                r"Expected 2D \(unbatched\) or 3D \(batched\) input to conv1d, but got input",
            )
        ],
    ),
    Case(
        "conv_tbc",
        lambda t, x, w, b: t.conv_tbc(x, w, b, 1),
        [A(5, 2, 3), A(2, 3, 4), A(4)],
        ref=lambda x, w, b: direct(x.transpose(1, 2, 0), w.transpose(2, 1, 0), b, 1, 1).transpose(
            2, 0, 1
        ),
        errors=[
            Error(
                lambda t: t.conv_tbc(t.ones(4, 2, 3), t.ones(2, 4, 5), t.ones(5)),
                RuntimeError,
                r"Input dim 2 \(input channels\) is not == dim 1 in the weight tensor",
            )
        ],
    ),
    Case(
        "conv2d",
        lambda t, x, w, b: conv2d(t, x, w, b),
        [A(2, 3, 5, 4), A(4, 3, 3, 2), A(4)],
        ref=direct,
        errors=[
            Error(
                lambda t: conv2d(t, t.ones(1, 2, 5, 5), t.ones(4, 3, 2, 2)),
                RuntimeError,
                r"to have 3 channels, but got 2 channels instead",
            ),
            Error(
                lambda t: conv2d(t, t.ones(1, 3, 2, 2), t.ones(4, 3, 3, 3)),
                RuntimeError,
                r"Calculated padded input size per channel: \(2 x 2\). Kernel size: \(3 x 3\)",
            ),
            Error(
                lambda t: conv2d(t, t.ones(1, 3, 4, 4), t.ones(4, 3, 3, 3), t.ones(3)),
                RuntimeError,
                "expected bias to be 1-dimensional with 4 elements, but got bias of size",
            ),
            Error(
                lambda t: conv2d(t, t.ones(1, 3, 4, 4).double(), t.ones(4, 3, 3, 3)),
                RuntimeError,
                "expected scalar type Double but found Float",
            ),
            Error(
                lambda t: conv2d(t, t.ones(1, 3, 4, 4), t.ones(4, 3, 3, 3), t.ones(4).double()),
                RuntimeError,
                "and bias type .* should be the same",
            ),
            Error(
                lambda t: conv2d(
                    t, t.ones(1, 3, 4, 4), t.ones(4, 3, 3, 3), stride=2, padding="same"
                ),
                RuntimeError,
                "padding='same' is not supported for strided convolutions",
            ),
            Error(
                lambda t: conv2d(t, t.ones(1, 3, 4, 4), t.ones(5, 3, 3, 3), groups=2),
                RuntimeError,
                "Given groups=2, expected weight to be divisible by 2 at dimension 0",
            ),
            Error(
                lambda t: conv2d(t, t.ones(1, 3, 4, 4), t.ones(0, 3, 3, 3)),
                RuntimeError,
                "Given groups=1, expected weight to be at least 1 at dimension 0",
            ),
            Error(
                lambda t: conv2d(t, t.ones(1, 3, 4, 4), t.ones(4, 3, 3, 3), stride=(1, 2, 3)),
                RuntimeError,
                "expected stride to be a single integer value or a list of 2 values",
            ),
        ],
    ),
    Case(
        "conv2d_dilated",
        lambda t, x, w: conv2d(t, x, w, stride=(1, 2), padding=(2, 1), dilation=(2, 1)),
        [A(2, 3, 5, 6), A(2, 3, 3, 2)],
        ref=lambda x, w: direct(x, w, 0.0, (1, 2), (2, 1), (2, 1)),
    ),
    Case(
        "conv2d_turned",  # as many channels in as out: the gradient is a convolution too
        lambda t, x, w: conv2d(t, x, w, padding=1),
        [A(2, 3, 4, 4), A(3, 3, 3, 3)],
        ref=lambda x, w: direct(x, w, 0.0, 1, 1),
    ),
    Case(
        "conv2d_groups",
        lambda t, x, w, b: conv2d(t, x, w, b, groups=2, stride=2),
        [A(2, 4, 5, 5), A(6, 2, 2, 3), A(6)],
        ref=lambda x, w, b: direct(x, w, b, 2),
    ),
    Case(
        "conv2d_same",
        quiet(lambda t, x, w: conv2d(t, x, w, padding="same")),
        [A(3, 5, 4), A(2, 3, 2, 3)],
        ref=lambda x, w: direct(np.pad(x, [(0, 0), (0, 1), (0, 0)])[None], w, 0.0, 1, (0, 1))[0],
    ),
    Case(
        "conv2d_empty",
        lambda t, x, w: conv2d(t, x, w),
        [A(0, 3, 5, 4), A(2, 3, 2, 2)],
        ref=direct,
    ),
    Case(
        "conv2d_complex",
        lambda t, x, w, b: conv2d(t, x, w, b, padding=1, stride=2),
        [A(2, 2, 4, 3, kind="complex"), A(3, 2, 2, 2, kind="complex"), A(3, kind="complex")],
        ref=lambda x, w, b: parts(x, w, b, 2, 1),
    ),
    Case(
        "conv3d",
        lambda t, x, w: t.nn.functional.conv3d(x, w, padding=1),
        [A(1, 2, 3, 2, 3), A(2, 2, 2, 2, 2)],
        ref=lambda x, w: direct(x, w, 0.0, 1, 1),
    ),
    Case(
        "conv2d_slope",
        slope(lambda t, x, w: conv2d(t, x, w, stride=2)),
        [A(1, 2, 5, 4), A(3, 2, 3, 2)],
    ),
    Case(
        "conv2d_weight_slope",
        slope(lambda t, w, x: conv2d(t, x, w, padding=1, groups=2)),
        [A(4, 1, 3, 2), A(2, 2, 4, 3)],
    ),
    Case(
        "conv_transpose1d",
        lambda t, x, w, b: t.nn.functional.conv_transpose1d(x, w, b, 2, 1, 1),
        [A(2, 3, 4), A(3, 2, 3), A(2)],
        ref=lambda x, w, b: spread(x, w, b, 2, 1, 1),
        errors=[
            Error(
                lambda t: t.nn.functional.conv_transpose1d(
                    t.ones(1, 2, 3), t.ones(2, 2, 2), output_padding=1
                ),
                RuntimeError,
                "output padding must be smaller than either stride or dilation",
            ),
            Error(
                lambda t: t.nn.functional.conv_transpose1d(t.ones(1, 2, 3), t.ones(3, 2, 2)),
                RuntimeError,
                "Given transposed=1, weight of size",
            ),
        ],
    ),
    Case(
        "conv_transpose2d",
        lambda t, x, w: t.nn.functional.conv_transpose2d(x, w, stride=2, groups=2),
        [A(2, 4, 3, 2), A(4, 1, 2, 3)],
    ),
    Case(
        "conv_transpose1d_beyond",  # windows of the result that no value was spread over
        lambda t, x, w: t.nn.functional.conv_transpose1d(x, w, output_padding=2, dilation=3),
        [A(2, 2, 3), A(2, 2, 2)],
    ),
    Case(
        "conv_transpose2d_beyond",
        lambda t, x, w: t.nn.functional.conv_transpose2d(
            x, w, stride=2, output_padding=(2, 3), groups=2, dilation=4
        ),
        [A(1, 2, 2, 2), A(2, 1, 2, 2)],
    ),
    Case(
        "conv_transpose2d_complex",
        lambda t, x, w: t.nn.functional.conv_transpose2d(x, w, stride=2),
        [A(1, 2, 2, 2, kind="complex"), A(2, 2, 2, 2, kind="complex")],
    ),
    Case(
        "conv_transpose2d_alone",
        lambda t, x, w: t.nn.functional.conv_transpose2d(x, w),
        [A(2, 3, 2), A(2, 3, 2, 2)],
    ),
    Case(
        "conv_transpose3d",
        lambda t, x, w: t.nn.functional.conv_transpose3d(x, w, padding=1),
        [A(1, 2, 2, 3, 2), A(2, 2, 2, 2, 3)],
    ),
]
