"""Operations on batched arrays: the kernel itself on all examples, or once for each of them."""

from __future__ import annotations

import warnings
from typing import Any

import numpy

from ...core.apply import as_array
from ...core.modes import modes
from ...core.trees import flatten, unflatten
from .array import (
    Batched,
    Levels,
    Unbatchable,
    filled_out,
    joined,
    made,
    sizes_of,
    spread,
)

_told: set[str] = set()


class Namespace:
    """NumPy for a kernel that makes new arrays: each example gets its own."""

    def __init__(self, levels: Levels, sizes: tuple[int, ...]) -> None:
        self._levels, self._sizes = levels, sizes

    def __getattr__(self, name: str) -> Any:
        return getattr(numpy, name)

    def _made(self, function: Any, shape: Any, *args: Any, **options: Any) -> Batched:
        shape = tuple(shape) if isinstance(shape, (tuple, list)) else (shape,)
        return Batched(function((*self._sizes, *shape), *args, **options), self._levels)

    def zeros(self, shape: Any, *args: Any, **options: Any) -> Batched:
        """numpy.zeros."""
        return self._made(numpy.zeros, shape, *args, **options)

    def ones(self, shape: Any, *args: Any, **options: Any) -> Batched:
        """numpy.ones."""
        return self._made(numpy.ones, shape, *args, **options)

    def empty(self, shape: Any, *args: Any, **options: Any) -> Batched:
        """numpy.empty."""
        return self._made(numpy.empty, shape, *args, **options)

    def full(self, shape: Any, value: Any, *args: Any, **options: Any) -> Any:
        """numpy.full."""
        if type(value) is Batched:
            raise Unbatchable("full of a batched value")
        return self._made(numpy.full, shape, value, *args, **options)

    def asarray(self, x: Any, dtype: Any = None, **options: Any) -> Any:
        """numpy.asarray."""
        if type(x) is not Batched:
            return numpy.asarray(x, dtype, **options)
        return x if dtype is None else x.astype(dtype, copy=False)

    def ascontiguousarray(self, x: Any, dtype: Any = None) -> Any:
        """numpy.ascontiguousarray."""
        if type(x) is not Batched:
            return numpy.ascontiguousarray(x, dtype)
        return Batched(numpy.ascontiguousarray(x.value, dtype), x.levels)


def run(op: Any, arrays: Any, params: dict[str, Any]) -> Any:
    """A primitive, of whose inputs one is batched."""
    if op.hidden_axes:
        return op.kernel(numpy, *arrays, **params)
    from ..levels import restrict

    if restrict not in modes.told:
        modes.tell(restrict)
    found = _whole(op, arrays, params)
    if found is None:
        found = _one_by_one(op, arrays, params)
    return found


def _whole(op: Any, arrays: Any, params: dict[str, Any]) -> Any:
    """The kernel on all examples at once; None where it does something that has no rule."""
    levels = joined(arrays)
    if op.kind == "pointwise" and not params and not op.several:
        ndim = max(x.ndim if type(x) is Batched else numpy.ndim(x) for x in arrays)
        return made(op.on_cpu(*[spread(x, levels, ndim) for x in arrays]), levels)
    if op.axes is not None and len(arrays) == 1:
        x = arrays[0]
        moved = tuple(dim % x.ndim + len(levels) for dim in params[op.axes])
        return made(op.on_cpu(x.value, **{**params, op.axes: moved}), levels)
    sizes = sizes_of(arrays, levels)
    xp, every = Namespace(levels, sizes), dict(zip(levels, sizes, strict=True))
    lifts = (lambda x: Batched(x, ())), (lambda x: filled_out(x, every))
    for lift in lifts:  # a kernel may write batched values into what an unbatched input becomes
        known = [lift(x) if type(x) is numpy.ndarray else x for x in arrays]
        try:
            found = op.kernel(xp, *known, **params)
        except Exception:
            continue
        return tuple(map(_settled, found)) if op.several else _settled(found)
    return None


def _settled(found: Any) -> Any:
    """A result without levels as a plain array."""
    found = as_array(found)
    return found.value if type(found) is Batched and not found.levels else found


def _one_by_one(op: Any, arrays: Any, params: dict[str, Any]) -> Any:
    """The kernel on one example after the other, stacked."""
    found = one_by_one(op.__name__, op.on_cpu, arrays, params)
    return tuple(found) if op.several else found[0]


def function_one_by_one(function: Any, args: Any, options: dict[str, Any]) -> Any:
    """A function of NumPy's without a rule, on one example after the other."""
    if function in _IN_PLACE:
        raise Unbatchable(f"numpy.{function.__name__} has no batching rule")
    found = one_by_one(f"numpy.{function.__name__}", function, args, options)
    return tuple(found) if len(found) > 1 else found[0]


_IN_PLACE = {numpy.put, numpy.place, numpy.putmask, numpy.fill_diagonal}


def one_by_one(name: str, function: Any, args: Any, options: dict[str, Any]) -> list[Any]:
    """The results of a function of arrays for one example after the other, each stacked."""
    leaves, spec = flatten((list(args), options))
    levels = joined(leaves)
    sizes = sizes_of(leaves, levels)
    if name not in _told:
        _told.add(name)
        warnings.warn(
            "There is a performance drop because we have not yet implemented the batching rule "
            f"for {name}: vmap runs it once for each example",
            stacklevel=2,
        )
    results = []
    for place in numpy.ndindex(*sizes) if 0 not in sizes else [None]:
        given, named = unflatten([_example(x, levels, place) for x in leaves], spec)
        found = function(*given, **named)
        parts = found if isinstance(found, (tuple, list)) else (found,)
        results.append([numpy.asarray(each) for each in parts])
    if 0 in sizes:
        outs = [numpy.empty((*sizes, *each.shape), each.dtype) for each in results[0]]
    else:
        outs = [_stacked(name, each, sizes) for each in zip(*results, strict=True)]
    return [Batched(each, levels) for each in outs]


def _example(x: Any, levels: Levels, place: Any) -> Any:
    if type(x) is not Batched:
        return x
    if place is None:
        return numpy.ones(x.shape, x.dtype)
    return x.value[tuple(place[levels.index(level)] for level in x.levels)]


def _stacked(name: str, parts: Any, sizes: tuple[int, ...]) -> Any:
    if any(part.shape != parts[0].shape for part in parts):
        raise RuntimeError(
            "vmap: We do not support batching operators that can output dynamic shape. Attempted "
            f"to vmap over {name}, whose results have different shapes for different examples."
        )
    return numpy.stack(parts).reshape(*sizes, *parts[0].shape)
