"""Arguments that name dimensions and sizes, with PyTorch's errors. Knows no operation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import index
from typing import Any


def wrap_dim(dim: int, ndim: int) -> int:
    """The dimension counted from the front; a 0-d tensor is taken to have one.

    >>> from chainrule.ops.dims import wrap_dim
    >>> wrap_dim(-1, 3)
    2
    """
    n = ndim or 1
    if type(dim) is not int:
        dim = integer("dim", dim)
    if -n <= dim < n:
        return dim if dim >= 0 else dim + n
    raise IndexError(
        f"Dimension out of range (expected to be in range of [{-n}, {n - 1}], but got {dim})"
    )


def wrap_dims(dims: int | Iterable[int], ndim: int) -> tuple[int, ...]:
    """Several dimensions, none of them twice."""
    several = (dims,) if isinstance(dims, int) else tuple(dims)
    wrapped = tuple([wrap_dim(dim, ndim) for dim in several])
    if len(set(wrapped)) < len(wrapped):
        twice = next(dim for dim in wrapped if wrapped.count(dim) > 1)
        raise RuntimeError(f"dim {twice} appears multiple times in the list of dims")
    return wrapped


def sizes(
    given: tuple[Any, ...], function: str, argument: str = "size", named: Any = None
) -> tuple[int, ...]:
    """Sizes given one by one, as one sequence, or by name: `view(2, 3)`, `view(size=(2, 3))`."""
    if named is not None and not given:
        given = (named,)
    if len(given) == 1:
        first = given[0]
        if type(first) is tuple:
            given = first
        elif type(first) is not int and _several(first):
            given = tuple(first)
    elif not given:
        raise TypeError(f'{function}() missing 1 required positional arguments: "{argument}"')
    for size in given:
        if type(size) is not int:
            return tuple([_as_size(size, function, argument) for size in given])
    return given


def _as_size(size: Any, function: str, argument: str) -> int:
    try:
        if not isinstance(size, bool):
            return index(size)
    except TypeError:
        pass
    raise TypeError(
        f"{function}(): argument '{argument}' (position 1) must be tuple of ints, "
        f"not {type(size).__name__}"
    )


def integer(argument: str, value: Any) -> int:
    """The value of an argument that must be an integer; TypeError for others, which names it."""
    try:
        if not isinstance(value, bool):
            return index(value)
    except TypeError:
        pass
    raise TypeError(f"argument '{argument}' must be int, not {type(value).__name__}")


def _several(given: Any) -> bool:
    return isinstance(given, Sequence) and not isinstance(given, str)
