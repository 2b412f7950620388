"""Resizing images: by the nearest pixel, or by a weighted mean of a few neighbours.

Every mode is a weighted sum of a few elements along each axis in turn.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy

from ..core.apply import apply
from ..core.primitive import Primitive
from ..core.tensor import unwrap
from ..errors import hint
from ..typing import Array
from .adaptive_pool import adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d

if TYPE_CHECKING:
    from ..tensor import Tensor

MODES = "nearest | linear | bilinear | bicubic | trilinear | lanczos | area | nearest-exact"
AXES = {"linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3}
CUBIC = -0.75
"""The slope of the cubic kernel at distance 1: Keys, "Cubic convolution interpolation" (1981)."""


class Taps(NamedTuple):
    """Which elements of an axis each new element is made of, and their weights: (taps, new)."""

    places: Array
    weight: Array
    size: int  # of the old axis

    def matrix(self, dtype: Any) -> Array:
        """The same as a matrix (old, new)."""
        out = numpy.zeros((self.size, self.places.shape[1]), dtype)
        for index, weight in zip(self.places, self.weight, strict=True):
            numpy.add.at(out, (index, numpy.arange(len(index))), weight)
        return out


class Resize(Primitive):
    """Weighted sums along each of the last axes"""

    def kernel(xp, x, *, taps):
        for axis, (places, weight, _) in enumerate(taps, -len(taps)):
            parts = [x.take(xp.asarray(index), axis) for index in places]
            if len(parts) > 1:
                shape = (-1,) + (1,) * (-axis - 1)
                for part, w in zip(parts, weight.astype(x.dtype), strict=True):
                    part *= xp.asarray(w).reshape(shape)
            x = parts[0]
            for part in parts[1:]:
                x += part
        return x

    def grad_x(ctx, g):
        return apply(ResizeTranspose, g, taps=ctx.taps)


class ResizeTranspose(Primitive):
    """Each value back to the elements it was made of, with their weights"""

    def kernel(xp, x, *, taps):
        for axis, each in enumerate(taps, -len(taps)):
            moved = xp.swapaxes(x, axis, -1) @ xp.asarray(each.matrix(x.dtype)).T
            x = xp.swapaxes(moved, axis, -1)
        return xp.ascontiguousarray(x)

    def grad_x(ctx, g):
        return apply(Resize, g, taps=ctx.taps)


class UpsampleNearest1D(Resize):
    """The nearest element below, one axis"""


class UpsampleNearest2D(Resize):
    """The nearest element below, two axes"""


class UpsampleNearest3D(Resize):
    """The nearest element below, three axes"""


class UpsampleNearestExact1D(Resize):
    """The nearest element, one axis"""


class UpsampleNearestExact2D(Resize):
    """The nearest element, two axes"""


class UpsampleNearestExact3D(Resize):
    """The nearest element, three axes"""


class UpsampleLinear1D(Resize):
    """Between two elements"""


class UpsampleBilinear2D(Resize):
    """Between four elements"""


class UpsampleTrilinear3D(Resize):
    """Between eight elements"""


class UpsampleBicubic2D(Resize):
    """A cubic through sixteen elements"""


OPS: dict[tuple[str, int], type[Primitive]] = {
    ("nearest", 1): UpsampleNearest1D,
    ("nearest", 2): UpsampleNearest2D,
    ("nearest", 3): UpsampleNearest3D,
    ("nearest-exact", 1): UpsampleNearestExact1D,
    ("nearest-exact", 2): UpsampleNearestExact2D,
    ("nearest-exact", 3): UpsampleNearestExact3D,
    ("linear", 1): UpsampleLinear1D,
    ("bilinear", 2): UpsampleBilinear2D,
    ("bicubic", 2): UpsampleBicubic2D,
    ("trilinear", 3): UpsampleTrilinear3D,
}


def _taps(mode: str, old: int, new: int, scale: float | None, corners: bool, real: Any) -> Taps:
    """The elements and weights of one axis, computed in the type that PyTorch computes them in."""
    position = numpy.arange(new, dtype=real)
    if mode.startswith("nearest"):
        step = numpy.float32(1 / scale if scale else old / new)
        shift = numpy.float32(0.5 if mode == "nearest-exact" else 0)
        source = numpy.floor((numpy.arange(new, dtype=numpy.float32) + shift) * step)
        index = numpy.minimum(source.astype(numpy.int64), old - 1)
        return Taps(index[None], numpy.ones((1, new)), old)
    if corners:
        at = position * real((old - 1) / (new - 1) if new > 1 else 0)
    else:
        at = (position + real(0.5)) * real(1 / scale if scale else old / new) - real(0.5)
    if mode != "bicubic":
        at = numpy.maximum(at, 0)
    low = numpy.floor(at)
    t = (at - low).astype(numpy.float64)
    below = low.astype(numpy.int64)
    if mode != "bicubic":
        index = numpy.stack([below, below + 1]).clip(0, old - 1)
        return Taps(index, numpy.stack([1 - t, t]), old)
    index = numpy.stack([below + i for i in range(-1, 3)]).clip(0, old - 1)
    return Taps(index, numpy.stack([_cubic(1 + t), _cubic(t), _cubic(1 - t), _cubic(2 - t)]), old)


def _cubic(x: Array) -> Array:
    """The weight of an element at distance x."""
    a = CUBIC
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    far = ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
    return numpy.where(x <= 1, near, far)


def interpolate(
    input: Tensor,
    size: int | Sequence[int] | None = None,
    scale_factor: float | Sequence[float] | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Tensor:
    """The input resized to `size` or by `scale_factor`.

    `mode` is "nearest", "nearest-exact", "linear", "bilinear", "bicubic", "trilinear" or "area".
    With `align_corners` the centres of the corner pixels stay where they are.

    Shape: input (N, C, *) with one to three axes, output (N, C, *size).

    >>> interpolate(tensor([[[1.0, 2.0]]]), scale_factor=2)
    tensor([[[1., 1., 2., 2.]]])
    """
    if mode in ("nearest", "area", "nearest-exact"):
        if align_corners is not None:
            raise ValueError(
                "align_corners option can only be set with the interpolating modes: linear | "
                "bilinear | bicubic | trilinear"
            )
    elif align_corners is None:
        align_corners = False
    if antialias:
        raise NotImplementedError("interpolate: antialias=True is not supported")
    shape = unwrap(input).shape
    sizes, scales = _target(shape[2:], size, scale_factor, recompute_scale_factor)
    axes = len(shape) - 2
    if mode == "area" and 1 <= axes <= 3:
        pool = (adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d)[axes - 1]
        return pool(input, sizes)
    _check(mode, axes, shape, sizes)
    real = numpy.float64 if unwrap(input).dtype == numpy.float64 else numpy.float32
    each = zip(shape[2:], sizes, scales, strict=True)
    taps = tuple([_taps(mode, *numbers, bool(align_corners), real) for numbers in each])
    result: Tensor = apply(OPS[mode, axes], input, taps=taps)
    return result


def _target(
    old: tuple[int, ...], size: Any, factor: Any, recompute: bool | None
) -> tuple[tuple[int, ...], tuple[float | None, ...]]:
    """The size of each axis and, where given, the factor that positions are scaled by."""
    axes = len(old)
    if size is not None and factor is not None:
        raise ValueError("only one of size or scale_factor should be defined")
    form = "Please provide input tensor in (N, C, d1, d2, ...,dK) format and "
    same = "must have the same number of spatial dimensions, but got input with spatial dimensions"
    if size is not None:
        if recompute:
            raise ValueError("recompute_scale_factor is not meaningful with an explicit size.")
        sizes = tuple(size) if isinstance(size, Sequence) else (size,) * axes
        if len(sizes) != axes:
            raise ValueError(
                f"Input and output {same} of {list(old)} and output size of {size}. {form}output "
                "size in (o1, o2, ...,oK) format."
            )
        return sizes, (None,) * axes
    if factor is None:
        raise ValueError("either size or scale_factor should be defined")
    factors = tuple(factor) if isinstance(factor, Sequence) else (factor,) * axes
    if len(factors) != axes:
        raise ValueError(
            f"Input and scale_factor {same} of {list(old)} and scale_factor of shape {factor}. "
            f"{form}scale_factor in (s1, s2, ...,sK) format."
        )
    sizes = tuple([math.floor(n * s) for n, s in zip(old, factors, strict=True)])
    return sizes, (None,) * axes if recompute else factors


def _check(mode: str, axes: int, shape: tuple[int, ...], sizes: tuple[int, ...]) -> None:
    if AXES.get(mode, axes) != axes and mode != "bicubic" and 1 <= axes <= 3:
        raise NotImplementedError(
            f"Got {axes + 2}D input, but {mode} mode needs {AXES[mode] + 2}D input"
        )
    if (mode, axes) not in OPS:
        raise NotImplementedError(
            hint(
                f"Input Error: Only 3D, 4D and 5D input Tensors supported (got {axes + 2}D) for "
                f"the modes: {MODES} (got {mode})",
                "the input's dimensions are (batch, channels, one to three axes)",
            )
        )
    if min((*sizes, *shape[2:])) < 1:
        named = [
            ", ".join(f"{axis}: {n}" for axis, n in zip("DHW"[-axes:], each, strict=True))
            for each in (shape[2:], sizes)
        ]
        raise RuntimeError(
            f"Input and output sizes should be greater than 0, but got input ({named[0]}) output "
            f"({named[1]})"
        )


def _deprecated(name: str) -> None:
    warnings.warn(
        f"`nn.functional.{name}` is deprecated. Use `nn.functional.interpolate` instead.",
        stacklevel=3,
    )


def upsample(
    input: Tensor,
    size: int | Sequence[int] | None = None,
    scale_factor: float | Sequence[float] | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
) -> Tensor:
    """The old name of `interpolate`; warns.

    Shape: as there.
    """
    _deprecated("upsample")
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(input: Tensor, size: Any = None, scale_factor: Any = None) -> Tensor:
    """`interpolate` by the nearest pixel; warns.

    Shape: as there.
    """
    _deprecated("upsample_nearest")
    return interpolate(input, size, scale_factor)


def upsample_bilinear(input: Tensor, size: Any = None, scale_factor: Any = None) -> Tensor:
    """`interpolate` between pixels, with aligned corners; warns.

    Shape: as there.
    """
    _deprecated("upsample_bilinear")
    return interpolate(input, size, scale_factor, "bilinear", align_corners=True)
