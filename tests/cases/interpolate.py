"""Rows for resizing."""

from __future__ import annotations

from typing import Any

import numpy as np

from .case import A, Case, Error
from .loss import quiet, slope


def resize(t: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
    return t.nn.functional.interpolate(x, *args, **kwargs)


def between(x: Any, new: int, corners: bool) -> Any:
    """Linear interpolation of the last axis, by its definition."""
    old = x.shape[-1]
    i = np.arange(new)
    at = i * (old - 1) / (new - 1) if corners else (i + 0.5) * old / new - 0.5
    return np.apply_along_axis(lambda row: np.interp(at, np.arange(old), row), -1, x)


def both(x: Any, size: Any, corners: bool) -> Any:
    wide = between(x, size[1], corners)
    return np.swapaxes(between(np.swapaxes(wide, -1, -2), size[0], corners), -1, -2)


CASES = [
    Case(
        "interpolate_nearest",
        lambda t, x: resize(t, x, scale_factor=2),
        [A(1, 2, 2, 3)],
        ref=lambda x: np.kron(x, np.ones((2, 2))),
        errors=[
            Error(lambda t: resize(t, t.ones(1, 1, 2)), ValueError, "either size or scale_factor"),
            Error(
                lambda t: resize(t, t.ones(1, 1, 2), 2, 2.0),
                ValueError,
                "only one of size or scale_factor should be defined",
            ),
            Error(
                lambda t: resize(t, t.ones(1, 1, 2), 2, align_corners=True),
                ValueError,
                "align_corners option can only be set with the interpolating modes",
            ),
            Error(
                lambda t: resize(t, t.ones(2, 2), 2),
                NotImplementedError,
                r"Only 3D, 4D and 5D input Tensors supported \(got 2D\)",
            ),
            Error(
                lambda t: resize(t, t.ones(1, 1, 2, 2), 2, mode="linear"),
                NotImplementedError,
                "Got 4D input, but linear mode needs 3D input",
            ),
            Error(
                lambda t: resize(t, t.ones(1, 1, 2, 2), (2, 2, 2)),
                ValueError,
                "Input and output must have the same number of spatial dimensions",
            ),
            Error(
                lambda t: resize(t, t.ones(1, 1, 2, 2), 0),
                RuntimeError,
                "Input and output sizes should be greater than 0",
            ),
        ],
    ),
    Case(
        "interpolate_nearest_size",
        lambda t, x: resize(t, x, (3, 7)),
        [A(1, 1, 4, 5)],
        ref=lambda x: x[:, :, [0, 1, 2]][..., [0, 0, 1, 2, 2, 3, 4]],
    ),
    Case(
        "interpolate_nearest_exact",
        lambda t, x: resize(t, x, (3, 7), mode="nearest-exact"),
        [A(1, 1, 4, 5)],
        ref=lambda x: x[:, :, [0, 2, 3]][..., [0, 1, 1, 2, 3, 3, 4]],
    ),
    *[
        Case(
            f"interpolate_{mode}_{len(shape)}d",
            lambda t, x, m=mode: resize(t, x, 3, mode=m),
            [A(*shape)],
        )
        for mode in ("nearest", "nearest-exact")
        for shape in ((1, 2, 4), (1, 1, 2, 3, 4))
    ],
    Case(
        "interpolate_linear",
        lambda t, x: resize(t, x, 7, mode="linear"),
        [A(2, 1, 4)],
        ref=lambda x: between(x, 7, False),
    ),
    Case(
        "interpolate_bilinear",
        lambda t, x: resize(t, x, (7, 3), mode="bilinear"),
        [A(1, 2, 4, 5)],
        ref=lambda x: both(x, (7, 3), False),
    ),
    Case(
        "interpolate_bilinear_corners",
        lambda t, x: resize(t, x, (7, 3), mode="bilinear", align_corners=True),
        [A(1, 2, 4, 5)],
        ref=lambda x: both(x, (7, 3), True),
    ),
    Case(
        "interpolate_bicubic",
        lambda t, x: resize(t, x, (7, 3), mode="bicubic", align_corners=True)[..., ::3, :],
        [A(1, 1, 3, 5)],
        ref=lambda x: x[..., ::2],
    ),
    Case(
        "interpolate_trilinear",
        lambda t, x: resize(t, x, 3, mode="trilinear"),
        [A(1, 1, 2, 3, 2)],
    ),
    Case(
        "interpolate_area",
        lambda t, x: resize(t, x, 2, mode="area"),
        [A(1, 1, 4, 6)],
        ref=lambda x: x.reshape(1, 1, 2, 2, 2, 3).mean((3, 5)),
    ),
    Case(
        "interpolate_slope",
        slope(lambda t, x: resize(t, x, (3, 2), mode="bilinear")),
        [A(1, 1, 2, 3)],
    ),
    Case(
        "upsample_bilinear",
        quiet(lambda t, x: t.nn.functional.upsample_bilinear(x, 3)),
        [A(1, 1, 2, 3)],
        ref=lambda x: both(x, (3, 3), True),
    ),
]
