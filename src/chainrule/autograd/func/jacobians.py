"""Jacobians and Hessians: all rows or columns at once, by mapping one derivative over a basis."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy

from ...core.apply import current_node
from ...core.tensor import wrap
from ...core.trees import TreeSpec, flatten, unflatten
from ...ops.shape import reshape
from .forward import Pushforward, blanks
from .mapping import vmap
from .reverse import (
    back,
    check_tensors,
    given_to,
    one_or_all,
    own,
    pick,
    recording,
    released,
    with_aux,
)


def basis(x: Any) -> Any:
    """All unit tensors in the shape of a tensor, stacked."""
    n = int(numpy.prod(x._data.shape, dtype=int))
    return wrap(numpy.eye(n, dtype=x._data.dtype).reshape(n, *x._data.shape))


def rows(
    outs: Sequence[Any],
    mine: Sequence[Any],
    recorded: bool,
    chunk_size: int | None,
    always: bool = False,
) -> list[list[Any]]:
    """For each output its derivatives with respect to each input, by going back."""
    found = []
    for out in outs:
        shape = tuple(out._data.shape)

        def row(g: Any, out: Any = out) -> Any:
            return tuple(back([out], mine, [g], recorded, always))

        if current_node(out) is None or not out._data.size:
            parts: Any = [_zeros(shape, x) for x in mine]
        else:
            parts = vmap(row, chunk_size=chunk_size)(basis(out))
        pairs = zip(parts, mine, strict=True)
        found.append([reshape(part, (*shape, *x._data.shape)) for part, x in pairs])
    return found


def columns(traced: Pushforward, randomness: str = "error") -> list[list[Any]]:
    """For each output its derivatives with respect to each input, by going forward."""
    by_input = []
    for i, x in enumerate(traced.mine):

        def column(t: Any, i: int = i) -> Any:
            tangents = [t if j == i else None for j in range(len(traced.mine))]
            return tuple(traced.push(tangents))

        if not x._data.size:
            parts: Any = [_zeros(tuple(out._data.shape), x) for out in traced.outs]
        else:
            parts = vmap(column, out_dims=-1, randomness=randomness)(basis(x))
        pairs = zip(parts, traced.outs, strict=True)
        by_input.append([reshape(part, (*out._data.shape, *x._data.shape)) for part, out in pairs])
    return [list(each) for each in zip(*by_input, strict=True)]


def _zeros(shape: tuple[int, ...], x: Any) -> Any:
    return wrap(numpy.zeros((*shape, *x._data.shape), x._data.dtype))


def _arguments(
    argnums: Any, args: tuple[Any, ...]
) -> tuple[list[int], list[Any], list[TreeSpec], Callable[[list[Any]], tuple[Any, ...]]]:
    """Places, leaves and shapes of the chosen arguments, and what puts other leaves there."""
    places = pick(argnums, args)
    trees = [flatten(args[place]) for place in places]
    specs = [spec for _, spec in trees]

    def with_leaves(leaves: list[Any]) -> tuple[Any, ...]:
        given = list(args)
        for place, tree in zip(places, _trees(iter(leaves), specs), strict=True):
            given[place] = tree
        return tuple(given)

    return places, [x for leaves, _ in trees for x in leaves], specs, with_leaves


def _trees(leaves: Iterator[Any], specs: Sequence[TreeSpec]) -> list[Any]:
    return [unflatten([next(leaves) for _ in range(spec.size)], spec) for spec in specs]


def _checked(func: Any, args: Any, kwargs: Any, has_aux: bool, head: str) -> tuple[Any, Any]:
    output = func(*args, **kwargs)
    return with_aux(head, output) if has_aux else (output, None)


def jacrev(
    func: Callable[..., Any],
    argnums: Any = 0,
    *,
    has_aux: bool = False,
    chunk_size: int | None = None,
    _preallocate_and_copy: bool = False,
) -> Callable[..., Any]:
    """The function that computes the Jacobian of `func` row by row, all rows at once.

    The result has, in the place of each output of shape (*m), a tensor of shape (*m, *n) for the
    argument of shape (*n) at `argnums`, or a tuple of them for several. `chunk_size` rows are
    computed at a time.

    >>> import chainrule as torch
    >>> torch.func.jacrev(torch.square)(torch.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """
    if chunk_size is not None and chunk_size <= 0:
        raise ValueError("jacrev: `chunk_size` should be greater than 0.")

    @functools.wraps(func)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        _, leaves, specs, with_leaves = _arguments(argnums, args)
        with recording() as recorded:
            mine = [own(x, recorded) for x in leaves]
            output, aux = _checked(func, with_leaves(given_to(mine)), kwargs, has_aux, "jacrev")
            outs, spec = flatten(output)
            check_tensors("vjp(f, *primals)", outs)
            found = rows(outs, mine, recorded, chunk_size)
            result = _assembled(found, spec, specs, argnums)
        result = released(result, mine, recorded)
        return (result, released(aux, mine, recorded)) if has_aux else result

    return wrapped


def _assembled(
    found: list[list[Any]], spec: TreeSpec, specs: Sequence[TreeSpec], argnums: Any
) -> Any:
    """The tree of outputs, each with its derivatives by argument."""
    each = [one_or_all(argnums, _trees(iter(parts), specs)) for parts in found]
    return unflatten(each, spec)


def jacfwd(
    func: Callable[..., Any],
    argnums: Any = 0,
    has_aux: bool = False,
    *,
    randomness: str = "error",
) -> Callable[..., Any]:
    """The function that computes the Jacobian of `func` column by column, all columns at once.

    As `jacrev`; it takes less where there are more outputs than inputs.

    >>> import chainrule as torch
    >>> torch.func.jacfwd(torch.square)(torch.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """

    @functools.wraps(func)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        _, leaves, specs, with_leaves = _arguments(argnums, args)

        def of_leaves(*own_leaves: Any) -> Any:
            return func(*with_leaves(list(own_leaves)), **kwargs)

        with recording() as recorded, blanks():
            traced = Pushforward(of_leaves, tuple(leaves), recorded, has_aux, "jacfwd")
            found = columns(traced, randomness)
            result = _assembled(found, traced.spec, specs, argnums)
        result = released(result, traced.mine, recorded)
        return (result, released(traced.aux, traced.mine, recorded)) if has_aux else result

    return wrapped


def hessian(func: Callable[..., Any], argnums: Any = 0) -> Callable[..., Any]:
    """The function that computes the Hessian of `func`: the Jacobian, forward, of its Jacobian.

    >>> import chainrule as torch
    >>> torch.func.hessian(lambda x: (x**3).sum())(torch.tensor([1.0, 2.0]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    return jacfwd(jacrev(func, argnums), argnums)
