"""Max pooling over windows whose places are drawn at random, to a given size."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy

from ..core import dtype as dtypes
from ..core.apply import apply
from ..core.tensor import unwrap, wrap
from ..typing import Array
from .adaptive_pool import PlaneGather
from .random import rand

if TYPE_CHECKING:
    from ..tensor import Tensor

Sizes = int | tuple[int, ...]


def _starts(samples: Array, size: int, cells: int, width: int) -> Array:
    """Where the windows of an axis begin, for each of many samples: (*, cells)."""
    if cells == 1:
        return numpy.full((*samples.shape, 1), size - width)
    step = samples.dtype.type((size - width) / (cells - 1))
    places = numpy.arange(cells, dtype=samples.dtype)
    begin = ((places + samples[..., None]) * step).astype(numpy.int64)
    begin = begin - (samples[..., None] * step).astype(numpy.int64)
    begin[..., -1] = size - width
    return begin


def _largest(x: Array, starts: list[Array], kernel: tuple[int, ...]) -> Array:
    """The flat position of each window's largest element, or of its last NaN."""
    axes = len(kernel)
    size = x.shape[-axes:]
    index = numpy.zeros((1,) * (2 * axes), numpy.int64)
    for axis, (begin, k) in enumerate(zip(starts, kernel, strict=True)):
        line = begin[..., :, None] + numpy.arange(k)  # (*, cells, k)
        shape = [1] * (2 * axes)
        shape[axis], shape[axes + axis] = line.shape[-2:]
        index = index + line.reshape(*line.shape[:-2], *shape) * math.prod(size[axis + 1 :])
    index = index.reshape(*index.shape[:-axes], math.prod(kernel))
    lead, planes = x.shape[:-axes], math.prod(x.shape[:-axes])
    flat = x.reshape(planes, math.prod(size))
    places = index.reshape(planes, math.prod(index.shape[len(lead) :]))
    seen = numpy.take_along_axis(flat, places, 1).reshape(index.shape)
    where = seen.argmax(-1)
    missing = numpy.isnan(seen)
    if missing.any():
        last = seen.shape[-1] - 1 - missing[..., ::-1].argmax(-1)
        where = numpy.where(missing.any(-1), last, where)
    return numpy.take_along_axis(index, where[..., None], -1)[..., 0]


def _pool(
    axes: int, input: Any, kernel_size: Any, output_size: Any, ratio: Any, samples: Any
) -> tuple[Any, Any]:
    """The pooled values, and where they are in the flattened spatial axes."""
    function = f"fractional_max_pool{axes}d"
    if output_size is None and ratio is None:
        raise ValueError(f"{function} requires specifying either an output_size or an output_ratio")
    x = unwrap(input)
    kernel = _spread(kernel_size, axes)
    if x.ndim < axes + 1:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-x.ndim}, {x.ndim - 1}], but "
            f"got {-axes - 1})"
        )
    if output_size is None:
        ratios = ratio if isinstance(ratio, (tuple, list)) else (ratio,) * axes
        output_size = [int(n * r) for n, r in zip(x.shape[-axes:], ratios, strict=True)]
    cells = _spread(output_size, axes)
    _check(function, x, kernel, cells)
    lead = x.shape[:-axes]
    planes = lead if len(lead) == 2 else (1, *lead)
    if samples is None:
        samples = rand(*planes, axes, dtype=dtypes.of_array(x))
    drawn = _checked(unwrap(samples), x, planes, axes).reshape(*lead, axes)
    order = reversed(range(2)) if axes == 2 else range(3)  # of images the width comes first
    starts = [
        _starts(drawn[..., place], *numbers)
        for place, *numbers in zip(order, x.shape[-axes:], cells, kernel, strict=True)
    ]
    found = wrap(_largest(x, starts, kernel))
    return apply(PlaneGather, input, found, axes=axes), found


def _spread(value: Any, axes: int) -> tuple[int, ...]:
    return (value,) * axes if isinstance(value, int) else tuple(value)


def _checked(samples: Array, x: Array, planes: tuple[int, ...], axes: int) -> Array:
    if samples.dtype is not x.dtype:
        raise RuntimeError("Expect _random_samples to have the same dtype as input")
    if samples.ndim != 3:
        raise RuntimeError(f"Expect _random_samples to have 3 dimensions, got {samples.ndim}")
    if samples.shape[0] < planes[0]:
        raise RuntimeError("Expect _random_samples.size(0) no less then input batch size.")
    if samples.shape[1] != planes[1]:
        raise RuntimeError("Expect _random_samples.size(1) equals to input channel size.")
    if samples.shape[2] != axes:
        raise RuntimeError(
            f"Expect _random_samples.size(2) equals to {axes}; got {samples.shape[2]}."
        )
    return samples[: planes[0]]


def _check(function: str, x: Array, kernel: tuple[int, ...], cells: tuple[int, ...]) -> None:
    axes = len(kernel)
    if x.ndim not in (axes + 1, axes + 2):
        raise RuntimeError(
            f"{function}(): Expected {axes + 1}D or {axes + 2}D tensor, but got: {list(x.shape)}"
        )
    for axis in range(x.ndim - axes - 1, x.ndim):
        if not x.shape[axis]:
            raise RuntimeError(
                f"{function}(): Expected input to have non-zero size for non-batch dimensions, but "
                f"got{list(x.shape)} with dimension {axis} being empty."
            )
    names = ("time", "height", "width")[-axes:]
    for name, n, k, m in zip(names, x.shape[-axes:], kernel, cells, strict=True):
        if m + k - 1 > n - (axes == 3):  # PyTorch wants one more of volumes
            raise RuntimeError(
                f"{function}(): pool {name} {k} too large relative to input {name} {n}"
            )


def fractional_max_pool2d_with_indices(
    input: Tensor,
    kernel_size: Sizes,
    output_size: Sizes | None = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """`fractional_max_pool2d`, and where in their planes the largest elements are.

    Shape: input (N, C, H, W) or (C, H, W), both outputs (N, C, *output_size).
    """
    return _pool(2, input, kernel_size, output_size, output_ratio, _random_samples)


def fractional_max_pool2d(
    input: Tensor,
    kernel_size: Sizes,
    output_size: Sizes | None = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> Any:
    """The largest elements of windows at random places, as many as `output_size` says.

    `output_ratio` gives the size as a part of the input's. The places are drawn from the default
    generator, anew for each channel.

    Shape: input (N, C, H, W) or (C, H, W), output (N, C, *output_size) or (C, *output_size).

    Graham, "Fractional max-pooling" (2014).
    """
    found = _pool(2, input, kernel_size, output_size, output_ratio, _random_samples)
    return found if return_indices else found[0]


def fractional_max_pool3d_with_indices(
    input: Tensor,
    kernel_size: Sizes,
    output_size: Sizes | None = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """`fractional_max_pool3d`, and where in their volumes the largest elements are.

    Shape: input (N, C, D, H, W) or (C, D, H, W), both outputs (N, C, *output_size).
    """
    return _pool(3, input, kernel_size, output_size, output_ratio, _random_samples)


def fractional_max_pool3d(
    input: Tensor,
    kernel_size: Sizes,
    output_size: Sizes | None = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> Any:
    """The largest elements of windows of volumes, as in `fractional_max_pool2d`.

    Shape: input (N, C, D, H, W) or (C, D, H, W), output (N, C, *output_size).
    """
    found = _pool(3, input, kernel_size, output_size, output_ratio, _random_samples)
    return found if return_indices else found[0]
