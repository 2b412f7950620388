"""x[index] and x[index] = value of batched arrays, in every form that NumPy has."""

from __future__ import annotations

from types import EllipsisType
from typing import Any

import numpy

from .array import MASK, Batched, DynamicShape, Levels, Unbatchable, joined, levels_of, spread

WRITE = (
    "vmap: inplace arithmetic(self, *extra_args) is not possible because there exists a Tensor "
    "`other` in extra_args that has more elements than `self`. This happened due to `other` being "
    "vmapped over but `self` not being vmapped over in a vmap. Please try to use out-of-place "
    "operators instead of inplace arithmetic. If said operator is being called inside the PyTorch "
    "framework, please file a bug report instead."
)
ALL = slice(None)


def _is_array(item: Any) -> bool:
    return type(item) is Batched or isinstance(item, (numpy.ndarray, list))


def getitem(x: Batched, index: Any) -> Any:
    """x[index]: a view, if the index is made of integers, slices, None and dots."""
    items = index if isinstance(index, tuple) else (index,)
    if not any(_is_array(item) for item in items):
        return x.viewed(x.value[(*(ALL,) * len(x.levels), *items)])
    value, full, levels, order = resolve(x, items)
    found = value[full]
    return Batched(found if order is None else found.transpose(order), levels)


def setitem(x: Any, index: Any, new: Any) -> None:
    """x[index] = new."""
    if not set(levels_of(new)) <= set(levels_of(x)):
        raise RuntimeError(WRITE)
    items = index if isinstance(index, tuple) else (index,)
    if not any(_is_array(item) for item in items):
        part = x.value[(*(ALL,) * len(x.levels), *items, *(() if ... in items else (...,)))]
        ndim = part.ndim - len(x.levels)
        _check_fit(new, part.shape[len(x.levels) :])
        part[...] = spread(new, x.levels, ndim)
        return
    if len(items) == 1 and type(items[0]) is Batched and items[0].dtype.kind == "b":
        if _rank_of(new):
            raise Unbatchable(MASK)
        mask = items[0].reshape(*items[0].shape, *[1] * (x.ndim - items[0].ndim))
        _put_masked(x, mask, new)
        return
    value, full, levels, order = resolve(x, items)
    if levels != x.levels:
        raise RuntimeError(WRITE)
    shape = value[full].shape
    ndim = len(shape) - len(levels)
    if order is None:
        value[full] = spread(new, levels, ndim)
        return
    logical = numpy.broadcast_to(spread(new, levels, ndim), [shape[i] for i in order])
    value[full] = logical.transpose(numpy.argsort(order))


def _put_masked(x: Batched, mask: Batched, new: Any) -> None:
    """x[mask] = new, for one new value."""
    if not set(mask.levels) <= set(x.levels):
        raise RuntimeError(WRITE)
    where = numpy.broadcast_to(spread(mask, x.levels, x.ndim), x.value.shape)
    numpy.copyto(x.value, spread(new, x.levels, x.ndim), "unsafe", where)


def _check_fit(new: Any, shape: tuple[int, ...]) -> None:
    """Raise as NumPy does if a value has another shape than the place for it."""
    numpy.broadcast_to(numpy.empty(getattr(new, "shape", ())), shape)


def _rank_of(x: Any) -> int:
    return x.ndim if type(x) is Batched else numpy.ndim(x)


def _positions(x: Batched, items: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...], Levels]:
    """The array with all levels of the index, an index of the whole value, and the levels."""
    levels = joined((x, *items))
    value = spread(x, levels, x.ndim)
    found: list[Any] = []
    flat = _without_dots(x, _integers(items))
    arrays = [item for item in flat if _is_array(item)]
    ndim = max(_rank_of(item) for item in arrays)
    own = set(x.levels)
    for axis, level in enumerate(levels):
        size = value.shape[axis] if level in own else 1
        shape = [1] * (len(levels) + ndim)
        shape[axis] = size
        found.append(numpy.arange(size).reshape(shape))
    found += [spread(item, levels, ndim) if type(item) is Batched else item for item in flat]
    return value, tuple(found), levels


def resolve(x: Batched, items: tuple[Any, ...]) -> Any:
    """As `_positions`, and the order of axes that is NumPy's for one example."""
    value, full, levels = _positions(x, items)
    own = full[len(levels) :]
    advanced = [i for i, item in enumerate(own) if _is_array(item) or isinstance(item, int)]
    arrays = [numpy.asarray(own[i]) for i in advanced]
    ndim = max(max(a.ndim for a in arrays) - len(levels), *[_rank(a, levels) for a in arrays])
    together = advanced[-1] - advanced[0] + 1 == len(advanced)
    before = sum(1 for item in own[: advanced[0]]) if together else 0
    if not before:
        return value, full, levels, None
    lead = len(levels)
    rest = value[full].ndim - lead - ndim
    chosen = [lead + i for i in range(ndim)]
    others = [lead + ndim + i for i in range(rest)]
    return value, full, levels, (*range(lead), *others[:before], *chosen, *others[before:])


def _rank(array: Any, levels: Levels) -> int:
    return array.ndim if array.ndim <= len(levels) else 0


def _integers(items: tuple[Any, ...]) -> list[Any]:
    """Masks as the integers they stand for, which differ in number from example to example."""
    found: list[Any] = []
    for item in items:
        if type(item) is Batched and item.dtype.kind == "b":
            raise DynamicShape(MASK)
        if isinstance(item, (numpy.ndarray, list)) and numpy.asarray(item).dtype.kind == "b":
            found += numpy.asarray(item).nonzero()
        else:
            found.append(item)
    return found


def _without_dots(x: Batched, items: list[Any]) -> list[Any]:
    """The index with slices in the place of dots."""
    dots = [i for i, item in enumerate(items) if isinstance(item, EllipsisType)]
    if not dots:
        return items
    used = sum(item is not None for item in items) - 1
    return [*items[: dots[0]], *[ALL] * (x.ndim - used), *items[dots[0] + 1 :]]
