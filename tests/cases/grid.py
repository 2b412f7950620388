"""Rows for sampling on a grid, and for grids of affine maps."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.ndimage import map_coordinates

from .case import A, Case, Error
from .loss import quiet


def sample(t: Any, x: Any, grid: Any, *args: Any, align_corners: bool = False) -> Any:
    return t.nn.functional.grid_sample(x, grid, *args, align_corners=align_corners)


def looked_up(x: Any, grid: Any, corners: bool, mode: str, order: int = 1) -> Any:
    """Sampling by SciPy, plane by plane."""
    size = np.array(x.shape[:1:-1])
    places = (grid + 1) * (size - 1) / 2 if corners else ((grid + 1) * size - 1) / 2
    planes = [
        [
            map_coordinates(plane, np.moveaxis(at[..., ::-1], -1, 0), order=order, mode=mode)
            for plane in image
        ]
        for image, at in zip(x, places, strict=True)
    ]
    return np.array(planes)


def grid(*shape: int) -> Any:
    return A(*shape, low=-1.3, high=1.3)


def both(x: Any) -> list[Any]:
    return [A(2, 2, 3, 4), x]


CASES = [
    Case(
        "grid_sample",
        lambda t, x, g: sample(t, x, g),
        both(grid(2, 3, 2, 2)),
        ref=lambda x, g: looked_up(x, g, False, "grid-constant"),
        errors=[
            Error(
                lambda t: sample(t, t.ones(1, 1, 2, 2), t.ones(1, 2, 2, 2), "cubic"),
                ValueError,
                "expected mode to be 'bilinear', 'nearest' or 'bicubic', but got: 'cubic'",
            ),
            Error(
                lambda t: sample(t, t.ones(1, 1, 2, 2), t.ones(1, 2, 2, 2), "nearest", "ones"),
                ValueError,
                "expected padding_mode to be 'zeros', 'border', or 'reflection', but got: 'ones'",
            ),
            Error(
                lambda t: sample(t, t.ones(1, 1, 2, 2), t.ones(2, 2, 2, 2)),
                RuntimeError,
                "expected grid and input to have same batch size",
            ),
            Error(
                lambda t: sample(t, t.ones(1, 1, 2, 2), t.ones(1, 2, 2, 3)),
                RuntimeError,
                "expected grid to have size 2 in last dimension",
            ),
            Error(
                lambda t: sample(t, t.ones(1, 1, 0, 2), t.ones(1, 2, 2, 2)),
                RuntimeError,
                "expected input to have non-empty spatial dimensions",
            ),
            Error(
                lambda t: sample(t, t.ones(1, 1, 2, 2), t.ones(1, 2, 2, 2).double()),
                RuntimeError,
                "expected scalar type Float but found Double",
            ),
            Error(
                lambda t: sample(t, t.ones(1, 1, 2, 2, 2), t.ones(1, 1, 1, 1, 3), "bicubic"),
                RuntimeError,
                "bicubic interpolation only supports 4D input",
            ),
        ],
    ),
    Case(
        "grid_sample_border",
        lambda t, x, g: sample(t, x, g, "bilinear", "border", align_corners=True),
        both(grid(2, 3, 2, 2)),
        ref=lambda x, g: looked_up(x, g, True, "nearest"),
    ),
    Case(
        "grid_sample_reflection",
        lambda t, x, g: sample(t, x, g, "bilinear", "reflection", align_corners=True),
        both(A(2, 3, 2, 2, low=-4, high=4)),
        ref=lambda x, g: looked_up(x, g, True, "mirror"),
    ),
    Case(
        "grid_sample_reflected_edges",
        lambda t, x, g: sample(t, x, g, "bilinear", "reflection"),
        both(A(2, 3, 2, 2, low=-4, high=4)),
        ref=lambda x, g: looked_up(x, g, False, "reflect"),
    ),
    Case(
        "grid_sample_nearest",
        lambda t, x, g: sample(t, x, g, "nearest"),
        both(grid(2, 3, 2, 2)),
    ),
    Case("grid_sample_bicubic", lambda t, x, g: sample(t, x, g, "bicubic"), both(grid(2, 3, 2, 2))),
    Case(
        "grid_sample_bicubic_reflection",
        lambda t, x, g: sample(t, x, g, "bicubic", "reflection", align_corners=True),
        both(grid(2, 3, 1, 2)),
    ),
    Case(
        "grid_sample_one_pixel",
        lambda t, x, g: sample(t, x, g, "bilinear", "reflection", align_corners=True),
        [A(1, 2, 1, 1), grid(1, 2, 2, 2)],
        ref=lambda x, g: np.broadcast_to(x, (1, 2, 2, 2)),
    ),
    Case(
        "grid_sampler_2d",
        lambda t, x, g: t.grid_sampler_2d(x, g, 0, 1, False),
        both(grid(2, 3, 2, 2)),
        ref=lambda x, g: looked_up(x, g, False, "nearest"),
    ),
    Case(
        "grid_sampler_3d",
        lambda t, x, g: t.grid_sampler_3d(x, g, 0, 0, True),
        [A(2, 2, 2, 3, 2), grid(2, 2, 1, 2, 3)],
        ref=lambda x, g: looked_up(x, g, True, "grid-constant"),
    ),
    Case(
        "affine_grid",
        lambda t, theta: t.nn.functional.affine_grid(theta, (2, 1, 2, 3), align_corners=True),
        [A(2, 2, 3)],
        ref=lambda theta: np.array(
            [[[m @ [x, y, 1] for x in (-1, 0, 1)] for y in (-1, 1)] for m in theta]
        ),
        errors=[
            Error(
                quiet(lambda t: t.nn.functional.affine_grid(t.ones(2, 3), (2, 1, 3, 3))),
                ValueError,
                "Expected a batch of 2D affine matrices of shape Nx2x3",
            ),
            Error(
                quiet(lambda t: t.nn.functional.affine_grid(t.ones(1, 2, 3), (2, 1, 3))),
                NotImplementedError,
                "affine_grid only supports 4D and 5D sizes",
            ),
            Error(
                quiet(lambda t: t.nn.functional.affine_grid(t.ones(1, 2, 3), (1, 1, 0, 3))),
                ValueError,
                "Expected non-zero, positive output size",
            ),
            Error(
                quiet(lambda t: t.nn.functional.affine_grid(t.ones(1, 2, 3).int(), (1, 1, 2, 3))),
                ValueError,
                "Expected theta to have floating point type",
            ),
        ],
    ),
    Case(
        "affine_grid_3d",
        quiet(lambda t, theta: t.nn.functional.affine_grid(theta, (2, 1, 2, 1, 3))),
        [A(2, 3, 4)],
        ref=lambda theta: np.array(
            [[[[m @ [x * 2 / 3, 0, z / 2, 1] for x in (-1, 0, 1)]] for z in (-1, 1)] for m in theta]
        ),
    ),
]
