"""Images sampled where a grid says, and grids of affine maps.

Places and weights are made of other operations, so that all derivatives follow.
"""

from __future__ import annotations

import math
import warnings
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy

from ..core import dtype as dtypes
from ..core.apply import apply
from ..core.primitive import Primitive
from ..core.tensor import unwrap, wrap
from ..errors import hint
from ..kernels.lookup import weighted_rows, weighted_rows_input, weighted_rows_weight
from .compare import where
from .division import fmod
from .extremes import clamp
from .getitem import getitem
from .interpolate import CUBIC
from .join import stack
from .matmul import bmm
from .permute import movedim, transpose
from .rounding import floor, round
from .shape import reshape
from .signs import abs

if TYPE_CHECKING:
    from ..tensor import Tensor


class WeightedRows(Primitive):
    """For each place the sum of the rows of x it names, each times its weight"""

    nondiff = ("index",)
    saves = ("x", "weight", "index")

    def kernel(xp, x, weight, index):
        return weighted_rows(xp, x, weight, index)

    def grad_x(ctx, g):
        return apply(AddedRows, g, ctx.weight, ctx.index, rows=ctx.shapes[0][0])

    def grad_weight(ctx, g):
        return apply(RowProducts, g, ctx.x, ctx.index)


class AddedRows(Primitive):
    """So many rows, to which those of x are added, each times its weights, where they are named"""

    nondiff = ("index",)
    saves = ("x", "weight", "index")

    def kernel(xp, x, weight, index, *, rows):
        return weighted_rows_input(xp, x, weight, index, rows)

    def grad_x(ctx, g):
        return apply(WeightedRows, g, ctx.weight, ctx.index)

    def grad_weight(ctx, g):
        return apply(RowProducts, ctx.x, g, ctx.index)


class RowProducts(Primitive):
    """The inner product of each row of y with every row of x that is named for it"""

    nondiff = ("index",)
    saves = ("y", "x", "index")

    def kernel(xp, y, x, index):
        return weighted_rows_weight(xp, y, x, index)

    def grad_y(ctx, g):
        return apply(WeightedRows, ctx.x, g, ctx.index)

    def grad_x(ctx, g):
        return apply(AddedRows, ctx.y, g, ctx.index, rows=ctx.shapes[1][0])


MODES = ("bilinear", "nearest", "bicubic")
PADDINGS = ("zeros", "border", "reflection")
CHANGED = (
    "Default grid_sample and affine_grid behavior has changed to align_corners=False since 1.3.0. "
    "Please specify align_corners=True if the old behavior is desired. See the documentation of "
    "grid_sample for details."
)


def grid_sample(
    input: Tensor,
    grid: Tensor,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: bool | None = None,
) -> Tensor:
    """The input at the places of the grid, whose coordinates go from -1 to 1 over the input.

    `mode` is "bilinear", "nearest" or "bicubic"; outside there are zeros, the "border" repeated,
    or its "reflection". With `align_corners` -1 and 1 are the centres of the outermost pixels,
    else their outer edges.

    Shape: input (N, C, H, W) or (N, C, D, H, W), grid (N, *out, 2) or (N, *out, 3) with x first,
    output (N, C, *out).

    Jaderberg et al., "Spatial transformer networks" (2015).

    >>> x = tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
    >>> grid_sample(x, tensor([[[[0.0, 0.0], [1.0, 1.0]]]]), align_corners=True)
    tensor([[[[2.5000, 4.0000]]]])
    """
    if mode not in MODES:
        raise ValueError(
            "nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', "
            f"but got: '{mode}'"
        )
    if padding_mode not in PADDINGS:
        raise ValueError(
            "nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or "
            f"'reflection', but got: '{padding_mode}'"
        )
    if align_corners is None:
        warnings.warn(CHANGED, stacklevel=2)
        align_corners = False
    return _sample(input, grid, mode, padding_mode, align_corners)


def grid_sampler(
    input: Tensor, grid: Tensor, interpolation_mode: int, padding_mode: int, align_corners: bool
) -> Tensor:
    """The same as `grid_sample`, with modes and paddings by number.

    Shape: as in `grid_sample`.
    """
    chosen = MODES[interpolation_mode], PADDINGS[padding_mode]
    return _sample(input, grid, *chosen, align_corners)


def grid_sampler_2d(
    input: Tensor, grid: Tensor, interpolation_mode: int, padding_mode: int, align_corners: bool
) -> Tensor:
    """The same as `grid_sampler`, of images.

    Shape: input (N, C, H, W), grid (N, H', W', 2), output (N, C, H', W').
    """
    return grid_sampler(input, grid, interpolation_mode, padding_mode, align_corners)


def grid_sampler_3d(
    input: Tensor, grid: Tensor, interpolation_mode: int, padding_mode: int, align_corners: bool
) -> Tensor:
    """The same as `grid_sampler`, of volumes.

    Shape: input (N, C, D, H, W), grid (N, D', H', W', 3), output (N, C, D', H', W').
    """
    return grid_sampler(input, grid, interpolation_mode, padding_mode, align_corners)


def _sample(input: Any, grid: Any, mode: str, padding: str, corners: bool) -> Any:
    _check(unwrap(input), unwrap(grid), mode)
    n, channels, *size = unwrap(input).shape
    out = unwrap(grid).shape[1:-1]
    taps = []
    for axis, m in enumerate(size):
        place = reshape(getitem(grid, (..., len(size) - 1 - axis)), (n, -1))
        place = (place + 1) * ((m - 1) / 2) if corners else ((place + 1) * m - 1) / 2
        taps.append(_taps(place, m, mode, padding, corners))
    pixels = reshape(movedim(input, 1, -1), (-1, channels))  # a row for each
    first = numpy.arange(n)[:, None] * math.prod(size)
    indices, weights = [], []
    for chosen in product(*taps):
        index, weight = first, chosen[0][1]
        for at, step in zip(chosen, _steps(size), strict=True):
            index = index + at[0] * step
        for _, share in chosen[1:]:
            weight = weight * share
        indices.append(index.reshape(-1))
        weights.append(reshape(weight, -1))
    found = wrap(numpy.stack(indices, 1))
    total = apply(WeightedRows, pixels, stack(weights, 1), found)
    return movedim(reshape(total, (n, *out, channels)), -1, 1)


def _steps(size: Any) -> list[int]:
    """How far apart neighbours along each axis are in the flattened axes."""
    return [math.prod(size[axis + 1 :]) for axis in range(len(size))]


def _taps(place: Any, size: int, mode: str, padding: str, corners: bool) -> list[Any]:
    """The positions to look up along an axis, each with its weight."""
    if mode != "bicubic":
        place = _inside(place, size, padding, corners)
    if mode == "nearest":
        nearest = round(place)
        return [_tap(nearest, nearest * 0 + 1, size, padding)]  # its slope is 0, but it has one
    below = floor(place)
    t = place - below
    if mode == "bilinear":
        return [_tap(below, 1 - t, size, padding), _tap(below + 1, t, size, padding)]
    taps = []
    for i, distance in enumerate((1 + t, t, 1 - t, 2 - t)):
        at = _inside(below + (i - 1), size, padding, corners)
        taps.append(_tap(at, _cubic(distance, near=i in (1, 2)), size, padding))
    return taps


def _tap(at: Any, weight: Any, size: int, padding: str) -> tuple[Any, Any]:
    """A position that exists, and its weight: nothing where the position did not exist."""
    found = unwrap(at)
    index = numpy.nan_to_num(found).clip(0, size - 1).astype(numpy.int64)
    valid = (found >= 0) & (found <= size - 1)
    if padding == "zeros":
        valid |= numpy.isnan(found)
    return index, where(wrap(valid), weight, 0.0)


def _inside(place: Any, size: int, padding: str, corners: bool) -> Any:
    """A position moved inside, as the padding says."""
    if padding == "zeros":
        return place
    if padding == "reflection":
        low, span = (0.0, size - 1) if corners else (-0.5, size)
        if not span:
            return place * 0.0
        place = abs(place - low)
        rest = fmod(place, span)
        odd = unwrap(floor(place / span)) % 2 == 1
        place = where(wrap(odd), span - rest, rest) + low
    known = numpy.isfinite(unwrap(place))
    if not known.all():  # PyTorch takes what is nowhere to the first pixel
        place = where(wrap(known | (unwrap(place) == numpy.inf)), place, 0.0)
    return clamp(place, 0, size - 1)


def _cubic(x: Any, near: bool) -> Any:
    """The weight of an element at distance x: at most 1 if it is near, else 1 to 2."""
    a = CUBIC
    if near:
        return ((a + 2) * x - (a + 3)) * x * x + 1
    return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a


def _check(x: Any, grid: Any, mode: str) -> None:
    name, sizes = "grid_sampler(): expected", f"{list(x.shape)} and grid with sizes"
    if x.ndim > 0 < grid.ndim and x.shape[0] != grid.shape[0]:
        raise RuntimeError(
            f"{name} grid and input to have same batch size, but got input with sizes {sizes} "
            f"{list(grid.shape)}"
        )
    if grid.shape[-1] != x.ndim - 2:
        raise RuntimeError(
            f"{name} grid to have size {x.ndim - 2} in last dimension, but got grid with sizes "
            f"{list(grid.shape)}"
        )
    if x.ndim not in (4, 5) or grid.ndim != x.ndim:
        raise RuntimeError(
            f"{name} 4D or 5D input and grid with same number of dimensions, but got input with "
            f"sizes {sizes} {list(grid.shape)}"
        )
    for axis, m in enumerate(x.shape[2:], 2):
        if not m:
            raise RuntimeError(
                f"{name} input to have non-empty spatial dimensions, but input has sizes "
                f"{list(x.shape)} with dimension {axis} being empty"
            )
    if mode == "bicubic" and x.ndim == 5:
        raise RuntimeError("grid_sampler(): bicubic interpolation only supports 4D input")
    if x.dtype is not grid.dtype:
        kinds = dtypes.of_array(x), dtypes.of_array(grid)
        message = f"expected scalar type {kinds[0].short} but found {kinds[1].short}"
        raise RuntimeError(hint(message, f"convert the grid: grid.to({kinds[0]})"))


def affine_grid(theta: Tensor, size: Any, align_corners: bool | None = None) -> Tensor:
    """The places, for `grid_sample`, that affine maps take the places of an output to.

    Shape: theta (N, 2, 3) for size (N, C, H, W), output (N, H, W, 2); theta (N, 3, 4) for size
    (N, C, D, H, W), output (N, D, H, W, 3).

    >>> theta = tensor([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.5]]])
    >>> affine_grid(theta, (1, 1, 1, 2), align_corners=False)
    tensor([[[[-0.5000,  0.5000],
              [ 0.5000,  0.5000]]]])
    """
    if align_corners is None:
        warnings.warn(CHANGED, stacklevel=2)
        align_corners = False
    given = unwrap(theta)
    if given.dtype.kind != "f":
        kind = dtypes.of_array(given)
        raise ValueError(f"Expected theta to have floating point type, but got {kind}")
    size = tuple(size)
    axes = len(size) - 2
    if axes not in (2, 3):
        raise NotImplementedError(
            "affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, "
            f"respectively. Got size {size}."
        )
    if given.ndim != 3 or given.shape[1:] != (axes, axes + 1):
        raise ValueError(
            f"Expected a batch of {axes}D affine matrices of shape Nx{axes}x{axes + 1} for size "
            f"{size}. Got {theta.shape}."
        )
    if min(size) <= 0:
        raise ValueError(f"Expected non-zero, positive output size. Got {size}")
    if align_corners and min(size[2:]) == 1:
        warnings.warn(
            "Since version 1.3.0, affine_grid behavior has changed for unit-size grids when "
            "align_corners=True. This is not an intended use case of affine_grid. See the "
            "documentation of affine_grid for details.",
            stacklevel=2,
        )
    base = numpy.ones((size[0], *size[2:], axes + 1), given.dtype)
    for axis, n in enumerate(size[2:]):
        line = numpy.linspace(-1, 1, n, dtype=given.dtype) if n > 1 else numpy.zeros(1)
        line = line if align_corners else line * ((n - 1) / n)
        base[..., axes - 1 - axis] = line.reshape(-1, *[1] * (axes - 1 - axis))
    places = bmm(wrap(base.reshape(size[0], -1, axes + 1)), transpose(theta, 1, 2))
    return reshape(places, (size[0], *size[2:], axes))
