"""`vmap`: a function of one example applied to all of them at once.

Inside of the function a tensor holds a `Batched` array, which has the shape of one example; how
operations treat that is said in `ops/batching`.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from typing import Any

from ...core.apply import apply
from ...core.modes import modes
from ...core.tensor import TensorBase
from ...core.trees import TreeSpec, broadcast, flatten, unflatten
from ...ops.batching.array import levels_of
from ...ops.batching.draws import drawn
from ...ops.join import cat
from ...ops.levels import AddLevel, RemoveLevel, Same
from ...ops.split import split

_next_level = itertools.count(1).__next__


class Level:
    """One running vmap: `with Level(size, randomness) as level:`."""

    def __init__(self, size: int, randomness: str) -> None:
        self.number = _next_level()
        self.size = size
        self.randomness = randomness

    def __enter__(self) -> Level:
        if modes.recorder is not None:
            modes.recorder.refuse("maps a function over examples (vmap)")
        self._before = modes.vmaps, modes.draws
        modes.vmaps = (*modes.vmaps, self)
        modes.draws = drawn
        return self

    def __exit__(self, *_: object) -> None:
        modes.vmaps, modes.draws = self._before


def own_for_each(x: Any) -> Any:
    """The tensor with a value for each example of the running vmaps, so that gradients have too."""
    own = levels_of(x._data)
    lacking = {level.number: level.size for level in modes.vmaps if level.number not in own}
    return apply(Same, x, sizes=lacking) if lacking else x


def vmap(
    func: Callable[..., Any],
    in_dims: Any = 0,
    out_dims: Any = 0,
    randomness: str = "error",
    *,
    chunk_size: int | None = None,
) -> Callable[..., Any]:
    """A function that applies `func` to every slice of its inputs along `in_dims`, and stacks.

    `in_dims` has an axis, or None for what all calls share, for each input or each tensor in it;
    keyword arguments are shared. `out_dims` says where the new axis goes. Random
    numbers are an error unless `randomness` is "same" or "different" for the slices. With
    `chunk_size` so many slices are computed at a time. Calls nest, and compose with the other
    transforms.

    RuntimeError where the slices would have to go different ways (`if x > 0`, `.item()`), and for
    writing a mapped value into a tensor that is not mapped. ValueError if axes and inputs do not
    match.

    >>> import chainrule as torch
    >>> rows = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> torch.vmap(torch.dot, in_dims=(0, None))(rows, torch.tensor([10.0, 1.0]))
    tensor([12., 34.])
    """
    if randomness not in ("error", "different", "same"):
        raise RuntimeError(
            f"Only allowed values for randomness are 'error', 'different', or 'same'. Got "
            f"{randomness}"
        )
    if chunk_size is not None and chunk_size <= 0:
        raise ValueError(f"vmap: chunk_size should be None or greater than 0. (got {chunk_size})")

    @functools.wraps(func)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        call = _Call(func, in_dims, out_dims, randomness)
        return call(args, kwargs, chunk_size)

    return wrapped


class _Call:
    """One call of a mapped function."""

    def __init__(self, func: Any, in_dims: Any, out_dims: Any, randomness: str) -> None:
        self.func, self.in_dims, self.out_dims = func, in_dims, out_dims
        self.randomness = randomness
        self.name = getattr(func, "__name__", repr(func))

    def __call__(self, args: Any, kwargs: Any, chunk_size: int | None) -> Any:
        leaves, spec = flatten(args)
        pairs = zip(leaves, self._dims(leaves, spec), strict=True)
        dims = [None if dim is None else dim % x._data.ndim for x, dim in pairs]
        size = self._size(leaves, dims)

        def run(each: list[Any], count: int) -> tuple[list[Any], TreeSpec]:
            return self._run(each, dims, count, spec, kwargs)

        if chunk_size is None or chunk_size >= size:
            found, out_spec = run(leaves, size)
            return unflatten(found, out_spec)
        parts = [
            split(x, chunk_size, dim) if dim is not None else None
            for x, dim in zip(leaves, dims, strict=True)
        ]
        done = []
        for i, start in enumerate(range(0, size, chunk_size)):
            each = [x if p is None else p[i] for x, p in zip(leaves, parts, strict=True)]
            done.append(run(each, min(chunk_size, size - start)))
        out_dims = self._out_dims(done[0][1])
        joined_ = [
            several[0] if dim is None else cat(several, dim)
            for several, dim in zip(zip(*[d[0] for d in done], strict=True), out_dims, strict=True)
        ]
        return unflatten(joined_, done[0][1])

    def _run(
        self, leaves: list[Any], dims: list[Any], size: int, inputs: TreeSpec, kwargs: Any
    ) -> tuple[list[Any], TreeSpec]:
        with Level(size, self.randomness) as level:
            given = [
                x if dim is None else _entered(x, level, dim)
                for x, dim in zip(leaves, dims, strict=True)
            ]
            outs, spec = flatten(self.func(*unflatten(given, inputs), **kwargs))
            out_dims = self._out_dims(spec)
            return [
                self._left(out, dim, level) for out, dim in zip(outs, out_dims, strict=True)
            ], spec

    def _left(self, out: Any, dim: Any, level: Level) -> Any:
        if not isinstance(out, TensorBase):
            if dim is None:
                return out
            raise ValueError(
                f"vmap({self.name}, ...): `{self.name}` must only return Tensors, got type "
                f"{type(out)}. Did you mean to set out_dims= to None for output?"
            )
        mapped = level.number in levels_of(out._data)
        if dim is None:
            if mapped:
                raise ValueError(
                    f"vmap({self.name}, ...): `{self.name}` can not return a BatchedTensor when "
                    "out_dim is None"
                )
            return out
        ndim = out._data.ndim + 1
        if not -ndim <= dim < ndim:
            raise IndexError(
                f"Dimension out of range (expected to be in range of [{-ndim}, {ndim - 1}], but "
                f"got {dim})"
            )
        return apply(RemoveLevel, out, level=level.number, dim=dim % ndim, size=level.size)

    # Which axes

    def _dims(self, leaves: list[Any], spec: TreeSpec) -> list[Any]:
        head = f"vmap({self.name}, in_dims={self.in_dims}, ...)(<inputs>)"
        if not isinstance(self.in_dims, (int, tuple)):
            raise ValueError(
                f"{head}: expected `in_dims` to be int or a (potentially nested) tuple matching "
                f"the structure of inputs, got: {type(self.in_dims)}."
            )
        dims = broadcast(self.in_dims, spec)
        if dims is None:
            raise ValueError(
                f"{head}: in_dims is not compatible with the structure of `inputs`. in_dims has "
                f"structure {flatten(self.in_dims)[1]} but inputs has structure {spec}."
            )
        for x, dim in zip(leaves, dims, strict=True):
            self._check_dim(head, x, dim)
        return dims

    def _check_dim(self, head: str, x: Any, dim: Any) -> None:
        if dim is None:
            return
        if not isinstance(dim, int):
            raise ValueError(
                f"{head}: Got in_dim={dim} for an input but in_dim must be either an integer "
                "dimension or None."
            )
        if not isinstance(x, TensorBase):
            raise ValueError(
                f"{head}: Got in_dim={dim} for an input but the input is of type {type(x)}. We "
                "cannot vmap over non-Tensor arguments, please use None as the respective in_dim"
            )
        ndim = x._data.ndim
        if not -ndim <= dim < ndim:
            raise ValueError(
                f"{head}: Got in_dim={dim} for some input, but that input is a Tensor of "
                f"dimensionality {ndim} so expected in_dim to satisfy -{ndim} <= in_dim < {ndim}."
            )

    def _size(self, leaves: list[Any], dims: list[Any]) -> int:
        if not leaves:
            raise ValueError(
                f"vmap({self.name})(<inputs>): got no inputs. Maybe you forgot to add inputs, or "
                "you are trying to vmap over a function with no inputs. The latter is unsupported."
            )
        pairs = zip(leaves, dims, strict=True)
        sizes = [x._data.shape[dim] for x, dim in pairs if dim is not None]
        if not sizes:
            raise ValueError("vmap: Expected at least one Tensor to vmap over")
        if any(size != sizes[0] for size in sizes):
            raise ValueError(
                "vmap: Expected all tensors to have the same size in the mapped dimension, got "
                f"sizes {sizes} for the mapped dimension"
            )
        return int(sizes[0])

    def _out_dims(self, spec: TreeSpec) -> list[Any]:
        given = flatten(self.out_dims)[0]
        if not all(dim is None or isinstance(dim, int) for dim in given):
            raise ValueError(
                f"vmap({self.name}, ..., out_dims={self.out_dims}): `out_dims` must be an int, "
                "None or a python collection of ints representing where in the outputs the vmapped "
                "dimension should appear."
            )
        dims = self.out_dims if spec.kind is not None or len(given) != 1 else given[0]
        found = broadcast(dims, spec)
        if found is None:
            raise ValueError(
                f"vmap({self.name}, ..., out_dims={self.out_dims})(<inputs>): out_dims is not "
                f"compatible with the structure of `outputs`. out_dims has structure "
                f"{flatten(self.out_dims)[1]} but outputs has structure {spec}."
            )
        return found


def _entered(x: Any, level: Level, dim: int) -> Any:
    """A tensor inside of the mapped function: on the same memory, whose writes count."""
    inside = apply(AddLevel, x, level=level.number, dim=dim, size=level.size)
    inside._writes = x._writes
    return inside
