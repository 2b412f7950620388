"""Tensors and the hidden axes of `vmap`: operations that show, hide, repeat and sum them."""

from __future__ import annotations

import math
from typing import Any

from ..core.apply import apply
from ..core.modes import modes
from ..core.primitive import Primitive
from ..core.tensor import plain
from .batching.array import Batched, filled_out, joined, levels_of, made, sizes_of


class Own(Primitive):
    """The copy of an input that belongs to a transform"""

    label = "ViewBackward0"

    def kernel(xp, x):
        return x

    def grad_x(ctx, g):
        return g


class Primal(Own):
    """A tensor that left its tangent behind"""


class AddLevel(Primitive):
    """x with one axis hidden: a new level"""

    hidden_axes = True

    def kernel(xp, x, *, level, dim, size):
        levels = tuple(sorted((*levels_of(x), level)))
        value = x.value if type(x) is Batched else x
        return Batched(xp.moveaxis(value, dim + len(levels) - 1, levels.index(level)), levels)

    def grad_x(ctx, g):
        return apply(RemoveLevel, g, level=ctx.level, dim=ctx.dim, size=ctx.size)


class RemoveLevel(Primitive):
    """x with the axis of a level shown again"""

    hidden_axes = True

    def kernel(xp, x, *, level, dim, size):
        own = levels_of(x)
        if level not in own:
            value = xp.expand_dims(x.value if own else x, dim + len(own))
            shape = list(value.shape)
            shape[dim + len(own)] = size
            return made(xp.broadcast_to(value, shape), own)
        left = tuple(each for each in own if each != level)
        return made(xp.moveaxis(x.value, own.index(level), dim + len(left)), left)

    def grad_x(ctx, g):
        return apply(AddLevel, g, level=ctx.level, dim=ctx.dim, size=ctx.size)


class Same(Primitive):
    """x, the same for every example of levels that it lacks"""

    hidden_axes = True

    def kernel(xp, x, *, sizes):
        return filled_out(x, sizes)

    def grad_x(ctx, g):
        return sum_of_examples(g, ctx.sizes)


class SumOfExamples(Primitive):
    """The sum over the examples of levels; `own` are those that x has"""

    hidden_axes = True

    def kernel(xp, x, *, sizes, own):
        if own:
            axes = tuple(i for i, level in enumerate(x.levels) if level in own)
            x = made(x.value.sum(axes), tuple(level for level in x.levels if level not in own))
        times = _times(sizes, own)
        return x if times == 1 else x * x.dtype.type(times)

    def grad_x(ctx, g):
        times = _times(ctx.sizes, ctx.own)
        return g if times == 1 else g * times


def _times(sizes: dict[int, int], own: Any) -> int:
    return math.prod(n for level, n in sizes.items() if level not in own)


def sum_of_examples(x: Any, sizes: dict[int, int]) -> Any:
    """The sum over levels; examples of a level that x lacks are all the same."""
    own = tuple(level for level in levels_of(plain(x)) if level in sizes)
    return apply(SumOfExamples, x, sizes=sizes, own=own)


class Restricted(tuple[Any, Any]):
    """Shape and dtype of an input of a node that lacks levels which the node's result has."""

    missing: dict[int, int]  # level: number of examples

    def summed(self, g: Any) -> Any:
        """A gradient summed over the examples of these levels."""
        return sum_of_examples(g, self.missing)


def restrict(node: Any, inputs: Any, results: Any) -> None:
    """Note for the engine where the gradient of an input is a sum over examples.

    Being the same for all examples is a kind of broadcasting, and is undone with the others.
    """
    modes.tell(restrict, False)
    if node.hidden_axes:
        return
    outs = [result._data for result in results]
    levels = joined(outs)
    sizes = dict(zip(levels, sizes_of(outs, levels), strict=True))
    metas = list(node.metas or [None] * len(node.sources))
    for index, (source, x) in enumerate(zip(node.sources, inputs, strict=True)):
        missing = set(levels) - set(levels_of(getattr(x, "_data", None)))
        if source is not None and missing:
            metas[index] = Restricted(metas[index] or (x._data.shape, x._data.dtype))
            metas[index].missing = {level: sizes[level] for level in missing}
            node.metas = tuple(metas)
