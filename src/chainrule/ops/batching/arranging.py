"""Views of batched arrays: the functions that only arrange elements, past the hidden axes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

from .array import Batched, Unbatchable, spread

Rule = Callable[..., Any]


def axis_of(x: Batched, axis: int) -> int:
    """The axis of the whole value."""
    if not -x.ndim <= axis < x.ndim:
        raise numpy.exceptions.AxisError(axis, x.ndim)
    return axis % x.ndim + len(x.levels)


def axes_of(x: Batched, axis: Any) -> tuple[int, ...]:
    """The axes of the whole value; all of one example for None."""
    if axis is None:
        return tuple(range(len(x.levels), x.value.ndim))
    given = axis if isinstance(axis, (tuple, list)) else (axis,)
    return tuple(axis_of(x, int(each)) for each in given)


def shape_of(args: tuple[Any, ...]) -> tuple[int, ...]:
    """A shape given as one argument or as several."""
    given = args[0] if len(args) == 1 else args
    return tuple(given) if isinstance(given, (tuple, list)) else (given,)


def reshape(x: Batched, *shape: Any, order: str = "C", **_: Any) -> Batched:
    """x.reshape(shape)."""
    if order != "C":
        raise Unbatchable("reshape in another order")
    given = shape_of(shape)
    if -1 in given:
        known = -int(numpy.prod(given, dtype=int))
        if given.count(-1) > 1 or not known or x.size % known:
            raise ValueError(f"cannot reshape array of size {x.size} into shape {given}")
        given = tuple(x.size // known if n == -1 else n for n in given)
    return x.viewed(x.value.reshape(*x.sizes, *given))


def transpose(x: Batched, *axes: Any) -> Batched:
    """x.transpose(axes)."""
    given = shape_of(axes) if axes and axes[0] is not None else tuple(range(x.ndim))[::-1]
    return x.viewed(x.value.transpose(*range(len(x.levels)), *[axis_of(x, a) for a in given]))


def viewing(function: Rule, *places: int) -> Rule:
    """A view function whose arguments at these places are axes."""

    def rule(x: Batched, *args: Any) -> Batched:
        given = [
            (axes_of(x, a) if isinstance(a, (tuple, list)) else axis_of(x, a)) if i in places else a
            for i, a in enumerate(args)
        ]
        return x.viewed(function(x.value, *given))

    return rule


def squeeze(x: Batched, axis: Any = None) -> Batched:
    """x.squeeze(axis)."""
    axes = [i for i, n in enumerate(x.shape) if n == 1] if axis is None else axis
    return x.viewed(x.value.squeeze(axes_of(x, axes))) if axes != [] else x


def expand_dims(x: Batched, axis: Any) -> Batched:
    """numpy.expand_dims."""
    given = axis if isinstance(axis, tuple) else (axis,)
    ndim = x.ndim + len(given)
    return x.viewed(numpy.expand_dims(x.value, tuple(a % ndim + len(x.levels) for a in given)))


def broadcast_to(x: Batched, shape: Any, **_: Any) -> Batched:
    """numpy.broadcast_to."""
    shape = shape_of((shape,))
    value = spread(x, x.levels, len(shape))
    return x.viewed(numpy.broadcast_to(value, (*x.sizes, *shape)))


def diagonal(x: Batched, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Batched:
    """x.diagonal(offset, axis1, axis2)."""
    return x.viewed(x.value.diagonal(offset, axis_of(x, axis1), axis_of(x, axis2)))


def as_strided(x: Batched, shape: Any = None, strides: Any = None, **options: Any) -> Batched:
    """as_strided: the same window of each example's memory."""
    lead = x.value.strides[: len(x.levels)]
    shape, strides = (*x.sizes, *shape), (*lead, *strides)
    return x.viewed(numpy.lib.stride_tricks.as_strided(x.value, shape, strides, **options))


def sliding_window_view(x: Batched, window_shape: Any, axis: Any = None, **options: Any) -> Batched:
    """sliding_window_view."""
    found = numpy.lib.stride_tricks.sliding_window_view(
        x.value, window_shape, axes_of(x, axis), **options
    )
    return x.viewed(found)
