"""Pooling over windows of the last axes of an array, and its transposes.

It knows arrays (*lead, *spatial), not Tensors. A pass over the array for each position in a window
does for all windows at once what a loop over windows would do slowly.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from ..typing import Array
from .conv import Sizes, offsets


class Window(NamedTuple):
    """A window that moves over the last axes: one number for each axis."""

    kernel: Sizes
    stride: Sizes
    padding: Sizes
    dilation: Sizes
    windows: Sizes  # how many there are


def pooled_size(n: int, k: int, s: int, p: int, d: int, ceil_mode: bool) -> int:
    """How many windows an axis holds; with `ceil_mode` the last one may reach over the edge."""
    rest = n + 2 * p - d * (k - 1) - 1
    if not ceil_mode:
        return rest // s + 1
    count = -(-rest // s) + 1
    return count - 1 if (count - 1) * s >= n + p else count  # it must begin inside


def _widened(xp: Any, x: Array, window: Window, value: Any) -> Array:
    """The array with `value` around it, wherever windows reach."""
    lead, padding = x.ndim - len(window.kernel), window.padding
    sizes = []
    for n, k, s, p, d, c in zip(x.shape[lead:], *window, strict=True):
        sizes.append(max(n + p, (c - 1) * s + d * (k - 1) + 1))
    if not any(padding) and tuple(sizes) == x.shape[lead:]:
        return x
    out = xp.full((*x.shape[:lead], *sizes), value, x.dtype)
    out[_inner(x.shape, window)] = x
    return out


def _inner(shape: Sizes, window: Window) -> tuple[Any, ...]:
    """The index of what was there before widening."""
    sizes = shape[len(shape) - len(window.kernel) :]
    return (..., *[slice(p, p + n) for n, p in zip(sizes, window.padding, strict=True)])


def _places(window: Window) -> list[Any]:
    """For each position in the window, in order, the index of what all windows have there."""
    found = offsets(window.kernel, window.windows, window.stride, window.dilation)
    return [place for _, place in found]


def _lowest(dtype: Any) -> Any:
    return -math.inf if dtype.kind not in "iu" else -(2 ** (8 * dtype.itemsize - 1))


def max_pool(xp: Any, x: Array, window: Window) -> Array:
    """The largest element of each window."""
    x = _widened(xp, x, window, _lowest(x.dtype))
    first, *others = _places(window)
    out = x[first].copy()
    for place in others:
        xp.maximum(out, x[place], out=out)
    return out


def first_largest(xp: Any, x: Array, window: Window) -> Array:
    """Which position of each window holds its largest element, the first if there are several."""
    x = _widened(xp, x, window, _lowest(x.dtype))
    largest = max_pool(xp, x, window._replace(padding=(0,) * len(window.kernel)))
    places = _places(window)
    many = len(places)
    rank = xp.zeros(largest.shape, xp.uint8 if many < 256 else xp.uint16)
    for i, place in enumerate(places):  # without branches: the first has the highest rank
        is_largest = (x[place] == largest).view(xp.uint8)
        xp.maximum(rank, is_largest * rank.dtype.type(many - i), out=rank)
    found = many - rank
    if xp.isnan(largest).any():  # a window with a NaN: its last NaN, as in PyTorch
        for i, place in enumerate(places):
            xp.copyto(found, i, where=xp.isnan(x[place]))
    return found


def flat_indices(xp: Any, found: Array, size: Sizes, window: Window) -> Array:
    """Positions in windows as positions in the flattened spatial axes."""
    rest = found.astype(xp.int64)
    result, step = xp.zeros_like(rest), 1
    for axis in range(-1, -len(size) - 1, -1):
        k, s, p, d, c = (each[axis] for each in window)
        start = (xp.arange(c) * s - p).reshape(-1, *[1] * (-axis - 1))
        result += (start + rest % k * d) * step
        rest //= k
        step *= size[axis]
    return result


def _only(xp: Any, g: Array, found: Array, i: int) -> Array:
    """g where position i was found, else 0, even where g is NaN: its bits under a mask."""
    bits = f"i{g.dtype.itemsize}"
    mask = -(found == i).view(xp.int8)
    return (g.view(bits) & mask.astype(bits)).view(g.dtype)


def max_scatter(xp: Any, g: Array, x: Array, window: Window) -> Array:
    """The transpose of picking the largest elements of x: values go back to where they were."""
    found, shape = first_largest(xp, x, window), x.shape
    out = _widened(xp, xp.zeros(shape, g.dtype), window, 0)
    axes = zip(window.kernel, window.stride, window.dilation, strict=True)
    apart = all(s > d * (k - 1) for k, s, d in axes)
    for i, place in enumerate(_places(window)):
        if apart:
            out[place] = _only(xp, g, found, i)
        else:
            out[place] += _only(xp, g, found, i)
    return out if out.shape == shape else out[_inner(shape, window)].copy()


def max_gather(xp: Any, y: Array, x: Array, window: Window) -> Array:
    """The elements of y at the places where x has the largest of each window."""
    found = first_largest(xp, x, window)
    y = _widened(xp, y, window, 0)
    out = xp.zeros(found.shape, y.dtype)
    for i, place in enumerate(_places(window)):
        out += _only(xp, y[place], found, i)
    return out


def divisor(xp: Any, size: Sizes, window: Window, include_pad: bool) -> Any:
    """How many elements each window has: a number if all have as many, else an array."""
    total: Any = 1
    for axis, (n, k, s, p, _, c) in enumerate(zip(size, *window, strict=True)):
        start = xp.arange(c) * s - p
        end = xp.minimum(start + k, n + p)
        if not include_pad:
            start, end = xp.maximum(start, 0), xp.minimum(end, n)
        total = total * (end - start).reshape(-1, *[1] * (len(size) - axis - 1))
    smallest, largest = int(total.min(initial=1)), int(total.max(initial=1))
    return total if smallest < largest or not total.size else int(total.flat[0])


def avg_pool(xp: Any, x: Array, window: Window, count: Any) -> Array:
    """The sum of each window divided by `count`."""
    x = _widened(xp, x, window, 0)
    first, *others = _places(window)
    out = x[first].copy()
    for place in others:
        out += x[place]
    if out.dtype.kind in "iu":
        return xp.trunc(out / count).astype(out.dtype)
    out /= count
    return out


def avg_scatter(xp: Any, g: Array, shape: Sizes, window: Window, count: Any) -> Array:
    """The transpose of `avg_pool`: each value is shared out among its window."""
    out = _widened(xp, xp.zeros(shape, g.dtype), window, 0)
    share = g / count if isinstance(count, int) else g / count.astype(g.dtype)
    for place in _places(window):
        out[place] += share
    return out if out.shape == shape else out[_inner(shape, window)].copy()


def edges(n: int, cells: int) -> list[tuple[int, int]]:
    """Where the cells of an adaptive pooling begin and end; neighbours may overlap."""
    return [(i * n // cells, -(-(i + 1) * n // cells)) for i in range(cells)]


def adaptive_avg(xp: Any, x: Array, size: Sizes) -> Array:
    """The mean of each cell, one axis after the other."""
    for axis in range(-len(size), 0):
        cells = edges(x.shape[axis], size[axis])
        moved = xp.swapaxes(x, axis, -1)
        out = xp.empty((*moved.shape[:-1], len(cells)), x.dtype)
        for i, (start, end) in enumerate(cells):
            out[..., i] = xp.add.reduce(moved[..., start:end], -1)
            out[..., i] /= end - start
        x = xp.swapaxes(out, axis, -1)
    return xp.ascontiguousarray(x)


def adaptive_avg_scatter(xp: Any, g: Array, size: Sizes) -> Array:
    """The transpose of `adaptive_avg`, back to the spatial `size`."""
    for axis in range(-len(size), 0):
        cells = edges(size[axis], g.shape[axis])
        moved = xp.swapaxes(g, axis, -1)
        out = xp.zeros((*moved.shape[:-1], size[axis]), g.dtype)
        for i, (start, end) in enumerate(cells):
            out[..., start:end] += moved[..., i : i + 1] / (end - start)
        g = xp.swapaxes(out, axis, -1)
    return xp.ascontiguousarray(g)


def adaptive_max(xp: Any, x: Array, size: Sizes) -> tuple[Array, Array]:
    """The largest element of each cell, and its position in the flattened spatial axes."""
    lead, spatial = x.shape[: x.ndim - len(size)], x.shape[x.ndim - len(size) :]
    positions = xp.arange(math.prod(spatial)).reshape(spatial)
    out = xp.empty((*lead, *size), x.dtype)
    indices = xp.empty((*lead, *size), xp.int64)
    cells = [edges(n, m) for n, m in zip(spatial, size, strict=True)]
    for cell in xp.ndindex(*size):
        part: Any = tuple([slice(*cells[axis][i]) for axis, i in enumerate(cell)])
        seen = x[(..., *part)].reshape(*lead, -1)
        where = seen.argmax(-1)
        indices[(..., *cell)] = positions[part].reshape(-1)[where]
        out[(..., *cell)] = seen.max(-1)
    return out, indices


def plane_positions(xp: Any, indices: Array, length: int, axes: int) -> Array:
    """Positions in the flattened spatial axes as positions in the whole flat array."""
    lead = indices.ndim - axes
    planes, cells = math.prod(indices.shape[:lead]), math.prod(indices.shape[lead:])
    return indices.reshape(planes, cells) + xp.arange(0, planes * length, length)[:, None]
