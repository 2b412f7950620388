"""Convolution over any number of axes: matrix products of the kernel and unfolded windows.

It knows arrays (N, C, *spatial), not Tensors. Windows are unfolded for a few examples at a time, so
that they stay in the cache. Chellapilla, Puri and Simard, "High performance convolutional neural
networks for document processing" (2006).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product
from typing import Any

from ..typing import Array

Sizes = tuple[int, ...]
BLOCK = 2**20
"""Bytes of unfolded windows to work on at a time: about a core's share of cache."""


def output_size(
    size: Sizes, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes
) -> Sizes:
    """How many windows fit along each axis."""
    axes = zip(size, kernel, stride, padding, dilation, strict=True)
    return tuple([(n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, p, d in axes])


def padded(xp: Any, x: Array, padding: Sizes, value: float = 0) -> Array:
    """The array with so many more elements at both ends of its last axes."""
    if not any(padding):
        return x
    lead = x.ndim - len(padding)
    sizes = [n + 2 * p for n, p in zip(x.shape[lead:], padding, strict=True)]
    out = xp.full((*x.shape[:lead], *sizes), value, x.dtype)
    out[inner(x.shape, padding)] = x
    return out


def inner(shape: Sizes, padding: Sizes) -> tuple[Any, ...]:
    """The index of what is not padding."""
    sizes = shape[len(shape) - len(padding) :]
    return (..., *[slice(p, p + n) for n, p in zip(sizes, padding, strict=True)])


def windows(xp: Any, x: Array, kernel: Sizes, stride: Sizes, dilation: Sizes) -> Array:
    """A view of all windows: (*lead, *spatial) as (*lead, *kernel, *windows)."""
    lead = x.ndim - len(kernel)
    none = (0,) * len(kernel)
    count = output_size(x.shape[lead:], kernel, stride, none, dilation)
    steps = x.strides[lead:]
    within = [step * d for step, d in zip(steps, dilation, strict=True)]
    between = [step * s for step, s in zip(steps, stride, strict=True)]
    return xp.lib.stride_tricks.as_strided(
        x, (*x.shape[:lead], *kernel, *count), (*x.strides[:lead], *within, *between)
    )


def offsets(kernel: Sizes, count: Sizes, stride: Sizes, dilation: Sizes) -> Iterator[Any]:
    """For each position in a kernel: the position, and the index of what it meets in an array."""
    for position in product(*map(range, kernel)):
        axes = zip(position, count, stride, dilation, strict=True)
        yield position, (..., *[slice(i * d, i * d + (n - 1) * s + 1, s) for i, n, s, d in axes])


def blocks(n: int, bytes_each: int) -> Iterator[slice]:
    """The examples, a few at a time."""
    step = max(1, min(n, BLOCK // max(bytes_each, 1)))
    return (slice(i, min(i + step, n)) for i in range(0, n, step))


def convolution(
    xp: Any,
    x: Array,
    weight: Array,
    bias: Array | None,
    stride: Sizes,
    padding: Sizes,
    dilation: Sizes,
    groups: int,
) -> Array:
    """out[n, o] = bias[o] + sum over c and the kernel of weight[o, c] * x[n, c], shifted.

    Shape: x (N, C, *spatial), weight (O, C / groups, *kernel), bias (O), result (N, O, *windows).
    """
    n, kernel = x.shape[0], weight.shape[2:]
    x = padded(xp, x, padding)
    view = windows(xp, x, kernel, stride, dilation)
    count = view.shape[2 + len(kernel) :]
    length = math.prod(count)
    matrix = weight.reshape(groups, weight.shape[0] // groups, -1)
    width = matrix.shape[2] * groups
    out = xp.empty((n, weight.shape[0], *count), xp.result_type(x, weight))
    by_group = out.reshape(n, groups, -1, length) if out.size else out
    for part in blocks(n if out.size else 0, width * length * x.itemsize):
        unfolded = view[part].reshape(-1, groups, width // groups, length)
        xp.matmul(matrix, unfolded, out=by_group[part])
        if bias is not None:
            out[part] += bias.reshape(-1, *[1] * len(kernel))
    return out


def convolution_input(
    xp: Any,
    g: Array,
    weight: Array,
    size: Sizes,
    stride: Sizes,
    padding: Sizes,
    dilation: Sizes,
    groups: int,
) -> Array:
    """The transpose of `convolution` in x: each window's value goes back to where it was read.

    Shape: g (N, O, *windows), weight (O, C / groups, *kernel), result (N, C, *size).
    """
    kernel = weight.shape[2:]
    if groups == 1 and set(stride) == {1} and weight.shape[0] <= weight.shape[1]:
        axes = zip(kernel, padding, dilation, strict=True)
        around = tuple([d * (k - 1) - p for k, p, d in axes])
        if min(around) >= 0:  # then it is a convolution with the kernel turned round
            turned = xp.flip(weight, tuple(range(2, weight.ndim))).swapaxes(0, 1)
            return convolution(xp, g, turned, None, stride, around, dilation, 1)
    n, outer = g.shape[0], tuple([m + 2 * p for m, p in zip(size, padding, strict=True)])
    matrix = weight.reshape(groups, weight.shape[0] // groups, -1).swapaxes(1, 2)
    channels, count = weight.shape[1] * groups, g.shape[2:]
    out = xp.zeros((n, channels, *outer), xp.result_type(g, weight))
    length = math.prod(count)
    if out.size and g.size:
        by_group = g.reshape(n, groups, -1, length)
        for part in blocks(n, channels * math.prod(kernel) * length * g.itemsize):
            unfolded = xp.matmul(matrix, by_group[part])
            add_windows(out[part], unfolded, kernel, count, stride, dilation)
    return out if not any(padding) else out[inner((*out.shape[:2], *size), padding)].copy()


def add_windows(
    out: Array, unfolded: Array, kernel: Sizes, count: Sizes, stride: Sizes, dilation: Sizes
) -> None:
    """Add unfolded windows to where they overlap in `out` (*lead, *spatial)."""
    unfolded = unfolded.reshape(*out.shape[: out.ndim - len(kernel)], *kernel, *count)
    whole = (slice(None),) * len(count)
    for position, place in offsets(kernel, count, stride, dilation):
        out[place] += unfolded[(..., *position, *whole)]


def convolution_weight(
    xp: Any,
    g: Array,
    x: Array,
    kernel: Sizes,
    stride: Sizes,
    padding: Sizes,
    dilation: Sizes,
    groups: int,
) -> Array:
    """The transpose of `convolution` in the weight: values times what their windows read.

    Shape: g (N, O, *windows), x (N, C, *spatial), result (O, C / groups, *kernel).
    """
    n, wide, count = g.shape[0], x.shape[1] // groups, g.shape[2:]
    axes = len(kernel)
    x = padded(xp, x, padding)
    x = x.reshape(n, groups, wide, *x.shape[2:])
    view = windows(xp, x, kernel, stride, dilation)
    view = view.transpose(1, 2, *range(3, 3 + axes), 0, *range(3 + axes, 3 + 2 * axes))
    length = math.prod(count)
    out = xp.zeros((groups, g.shape[1] // groups, wide * math.prod(kernel)), xp.result_type(g, x))
    seen = g.reshape(n, groups, g.shape[1] // groups, length).transpose(1, 2, 0, 3) if g.size else g
    for part in blocks(n if g.size else 0, out.shape[0] * out.shape[2] * length * x.itemsize):
        index = (slice(None),) * (2 + axes) + (part,)
        unfolded = view[index].reshape(groups, out.shape[2], -1)
        values = seen[:, :, part].reshape(groups, out.shape[1], -1)
        out += xp.matmul(values, unfolded.swapaxes(1, 2))
    return out.reshape(g.shape[1], wide, *kernel)
