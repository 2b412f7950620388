"""Random numbers inside of vmap: the same for all examples or not, as the vmaps say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

from ...core.modes import modes
from ...typing import Array
from .array import Batched, joined, spread


def drawn(function: Callable[..., Any], generator: Any, args: Any, options: Any) -> Any:
    """What a sampler draws inside of vmap: the same for all examples, or not, as they say."""
    if any(level.randomness == "error" for level in modes.vmaps):
        raise RuntimeError(
            "vmap: called random operation while in randomness error mode. Please either use the "
            "'same' or 'different' randomness flags on vmap or perform the randomness operation "
            "out of vmap"
        )
    different = {v.number: v.size for v in modes.vmaps if v.randomness == "different"}
    draws, modes.draws = modes.draws, None
    try:
        return _draw(function, generator, args, options, different)
    finally:
        modes.draws = draws


def _draw(
    function: Callable[..., Any], generator: Any, args: Any, options: Any, sizes: dict[int, int]
) -> Any:
    levels = joined(args)
    if not levels and not sizes:
        return function(generator, *args, **options)
    every = tuple(sorted({*levels, *sizes}))
    if not levels and isinstance(args[0], tuple):
        shape = (*[sizes[level] for level in every], *args[0])
        return Batched(function(generator, shape, *args[1:], **options), every)
    for x in args:
        if type(x) is Batched:
            sizes = {**dict(zip(x.levels, x.sizes, strict=True)), **sizes}
    state = (
        None
        if set(every) <= {v.number for v in modes.vmaps if v.randomness == "different"}
        else generator.get_state()
    )
    parts = []
    for place in numpy.ndindex(*[sizes[level] for level in every]):
        if state is not None:
            generator.set_state(state)
        given = [_of_example(x, every, place) for x in args]
        parts.append(function(generator, *given, **options))
    stacked = numpy.stack(parts)
    return Batched(stacked.reshape(*[sizes[e] for e in every], *stacked.shape[1:]), every)


def _of_example(x: Any, levels: Any, place: Any) -> Any:
    if type(x) is not Batched:
        return x
    whole: Array = spread(x, levels, x.ndim)
    return whole[tuple(p if n > 1 else 0 for p, n in zip(place, whole.shape, strict=False))]
