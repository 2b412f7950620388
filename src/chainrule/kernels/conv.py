"""Convolution over any number of axes: matrix products of the kernel and unfolded windows.

It knows arrays (N, C, *spatial), not Tensors. A few rows of windows of a few examples are unfolded
at a time, so that they stay in the cache. Inside, the examples are the last axis: then the windows
of many small images are as quick to copy as those of a large one. Chellapilla, Puri and Simard,
"High performance convolutional neural networks for document processing" (2006).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product
from typing import Any, NamedTuple

from ..typing import Array
from .strided import as_strided

Sizes = tuple[int, ...]
BLOCK = 2**20
"""Bytes of unfolded windows to work on at a time: about a core's share of cache."""
COLUMNS = 512
"""Columns of a matrix that are enough for BLAS to be fast."""


class Geometry(NamedTuple):
    """How a kernel moves over its input: one number for each axis."""

    stride: Sizes
    padding: Sizes
    dilation: Sizes
    groups: int


def output_size(
    size: Sizes, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes
) -> Sizes:
    """How many windows fit along each axis."""
    axes = zip(size, kernel, stride, padding, dilation, strict=True)
    return tuple([(n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, p, d in axes])


def padded(xp: Any, x: Array, padding: Sizes) -> Array:
    """The array with so many zeros at both ends of its last axes."""
    if not any(padding):
        return x
    lead = x.ndim - len(padding)
    sizes = [n + 2 * p for n, p in zip(x.shape[lead:], padding, strict=True)]
    out = xp.zeros((*x.shape[:lead], *sizes), x.dtype)
    out[(..., *inner(x.shape[lead:], padding))] = x
    return out


def inner(sizes: Sizes, padding: Sizes) -> tuple[slice, ...]:
    """Where, along each axis, what is not padding is."""
    return tuple([slice(p, p + n) for n, p in zip(sizes, padding, strict=True)])


def windows(
    xp: Any, x: Array, kernel: Sizes, count: Sizes, stride: Sizes, dilation: Sizes, lead: int
) -> Array:
    """A view of all windows: (*lead, *spatial, *rest) as (*lead, *kernel, *windows, *rest)."""
    end = lead + len(kernel)
    within = [step * d for step, d in zip(x.strides[lead:end], dilation, strict=True)]
    between = [step * s for step, s in zip(x.strides[lead:end], stride, strict=True)]
    return as_strided(
        xp,
        x,
        (*x.shape[:lead], *kernel, *count, *x.shape[end:]),
        (*x.strides[:lead], *within, *between, *x.strides[end:]),
    )


def offsets(kernel: Sizes, count: Sizes, stride: Sizes, dilation: Sizes) -> Iterator[Any]:
    """For each position in a kernel: the position, and the index of what it meets in an array."""
    for position in product(*map(range, kernel)):
        axes = zip(position, count, stride, dilation, strict=True)
        yield position, (..., *[slice(i * d, i * d + (n - 1) * s + 1, s) for i, n, s, d in axes])


def add_windows(
    out: Array, unfolded: Array, kernel: Sizes, count: Sizes, stride: Sizes, dilation: Sizes
) -> None:
    """Add unfolded windows to where they overlap in `out` (*lead, *spatial)."""
    unfolded = unfolded.reshape(*out.shape[: out.ndim - len(kernel)], *kernel, *count)
    whole = (slice(None),) * len(count)
    for position, place in offsets(kernel, count, stride, dilation):
        out[place] += unfolded[(..., *position, *whole)]


def _parts(n: int, width: int, kernel: Sizes, count: Sizes, itemsize: int) -> Iterator[Any]:
    """The examples, some at a time, with the rows of their windows to unfold at a time.

    A window has `width` elements. Small images are taken together, large ones row by row.
    """
    row = width * math.prod(count[1:]) * itemsize
    if not n or not row or not count[0]:
        return
    several = 1
    if math.prod(kernel) > 1:  # else nothing is copied that would be quicker together
        several = max(-(-COLUMNS // math.prod(count)), BLOCK // (row * count[0]), 1)
    for start in range(0, n, several):
        part = slice(start, min(start + several, n))
        step = max(1, BLOCK // (row * (part.stop - part.start)))
        yield part, [slice(i, min(i + step, count[0])) for i in range(0, count[0], step)]


def _moved(x: Array) -> Array:
    """A view (C, *spatial, N) of (N, C, *spatial)."""
    return x.transpose(*range(1, x.ndim), 0)


def _examples_last(xp: Any, x: Array, padding: Sizes) -> Array:
    """(N, C, *spatial) laid out as (C, *spatial, N), with zeros around it."""
    if not any(padding):
        return xp.ascontiguousarray(_moved(x))
    sizes = [n + 2 * p for n, p in zip(x.shape[2:], padding, strict=True)]
    out = xp.zeros((x.shape[1], *sizes, x.shape[0]), x.dtype)
    out[(slice(None), *inner(x.shape[2:], padding))] = _moved(x)
    return out


def _rows(view: Array, rows: slice, kernel: Sizes) -> Array:
    """Of the view (C, *kernel, *windows, N), the windows of some rows."""
    return view[(slice(None), *[slice(None)] * len(kernel), rows)]


class _Unfolding:
    """Copies windows out of a view, into the same memory again and again."""

    def __init__(self, xp: Any, kernel: Sizes, groups: int) -> None:
        self.xp, self.kernel, self.groups = xp, kernel, groups
        self.memory: Any = None

    def __call__(self, view: Array, rows: slice) -> Array:
        """A matrix for each group: (groups, C / groups * kernel, windows * N)."""
        seen = _rows(view, rows, self.kernel)
        shape = self.groups, math.prod(seen.shape[: 1 + len(self.kernel)]) // self.groups, -1
        if seen.flags.c_contiguous:
            return seen.reshape(shape)
        if self.memory is None or self.memory.size < seen.size:
            self.memory = self.xp.empty(seen.size, seen.dtype)
        copy = self.memory[: seen.size]
        self.xp.copyto(copy.reshape(seen.shape), seen)
        return copy.reshape(shape)


def convolution(
    xp: Any,
    x: Array,
    weight: Array,
    bias: Array | None,
    geometry: Geometry,
    count: Sizes | None = None,
) -> Array:
    """out[n, o] = bias[o] + sum over c and the kernel of weight[o, c] * x[n, c], shifted.

    All windows that fit, or only the first `count` along each axis.

    Shape: x (N, C, *spatial), weight (O, C / groups, *kernel), bias (O), result (N, O, *windows).
    """
    stride, padding, dilation, groups = geometry
    outputs, wide, *kernel = weight.shape
    if count is None:
        count = output_size(x.shape[2:], kernel, stride, padding, dilation)
    width = wide * math.prod(kernel)
    matrix = weight.reshape(groups, outputs // groups, width)
    make = xp.empty if width else xp.zeros
    out = make((len(x), outputs, *count), xp.result_type(x, weight))
    unfold = _Unfolding(xp, kernel, groups)
    for part, blocks in _parts(outputs and len(x), width * groups, kernel, count, out.itemsize):
        last = _examples_last(xp, x[part], padding)
        view = windows(xp, last, kernel, count, stride, dilation, 1)
        found = _moved(out[part])
        alone = found.shape[-1] == 1
        if not alone:
            found = xp.empty(found.shape, out.dtype)
        for rows in blocks:
            place = found[:, rows].reshape(groups, outputs // groups, -1)
            xp.matmul(matrix, unfold(view, rows), out=place)
            if bias is not None:
                place += bias.reshape(groups, -1, 1)
        if not alone:
            _moved(out[part])[...] = found
    if bias is not None and not width:
        out += bias.reshape(-1, *[1] * len(kernel))
    return out


def convolution_input(xp: Any, g: Array, weight: Array, size: Sizes, geometry: Geometry) -> Array:
    """The transpose of `convolution` in x: each window's value goes back to where it was read.

    Shape: g (N, O, *windows), weight (O, C / groups, *kernel), result (N, C, *size).
    """
    stride, padding, dilation, groups = geometry
    outputs, wide, *kernel = weight.shape
    count = g.shape[2:]
    if groups == 1 and set(stride) == {1} and outputs <= wide:
        axes = zip(kernel, padding, dilation, strict=True)
        around = tuple([d * (k - 1) - p for k, p, d in axes])
        if min(around) >= 0 and output_size(count, kernel, stride, around, dilation) == size:
            # then it is a convolution with the kernel turned round
            turned = xp.flip(weight, tuple(range(2, weight.ndim))).swapaxes(0, 1)
            return convolution(xp, g, turned, None, Geometry(stride, around, dilation, 1))
    outer = [n + 2 * p for n, p in zip(size, padding, strict=True)]
    channels, width = wide * groups, wide * math.prod(kernel)
    matrix = weight.reshape(groups, outputs // groups, width).swapaxes(1, 2)
    make = xp.empty if g.size else xp.zeros
    out = make((len(g), channels, *size), xp.result_type(g, weight))
    memory = None
    for part, blocks in _parts(g.size and len(g), width * groups, kernel, count, out.itemsize):
        last = _examples_last(xp, g[part], (0,) * len(kernel))
        found = xp.zeros((channels, *outer, last.shape[-1]), out.dtype)
        view = windows(xp, found, kernel, count, stride, dilation, 1)
        for rows in blocks:
            values = last[:, rows].reshape(groups, outputs // groups, -1)
            if memory is None or memory.shape[-1] != values.shape[-1]:
                memory = xp.empty((groups, width, values.shape[-1]), out.dtype)
            xp.matmul(matrix, values, out=memory)
            unfolded = memory.reshape(_rows(view, rows, kernel).shape)
            for position in product(*map(range, kernel)):
                view[(slice(None), *position, rows)] += unfolded[(slice(None), *position)]
        _moved(out[part])[...] = found[(slice(None), *inner(size, padding))]
    return out


def convolution_weight(xp: Any, g: Array, x: Array, kernel: Sizes, geometry: Geometry) -> Array:
    """The transpose of `convolution` in the weight: values times what their windows read.

    Shape: g (N, O, *windows), x (N, C, *spatial), result (O, C / groups, *kernel).
    """
    stride, padding, dilation, groups = geometry
    outputs, wide, count = g.shape[1], x.shape[1] // groups, g.shape[2:]
    width = wide * math.prod(kernel)
    out = xp.zeros((groups, outputs // groups, width), xp.result_type(g, x))
    unfold = _Unfolding(xp, kernel, groups)
    for part, blocks in _parts(out.size and len(g), width * groups, kernel, count, out.itemsize):
        last = _examples_last(xp, x[part], padding)
        view = windows(xp, last, kernel, count, stride, dilation, 1)
        values = _examples_last(xp, g[part], (0,) * len(kernel))
        for rows in blocks:
            seen = values[:, rows].reshape(groups, outputs // groups, -1)
            out += xp.matmul(seen, unfold(view, rows).swapaxes(1, 2))
    return out.reshape(outputs, wide, *kernel)
