"""Joining tensors along an axis, and grids and combinations of vectors."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy

from ..core import dtype as dtypes
from ..core.apply import apply
from ..core.primitive import Primitive
from ..core.tensor import TensorBase, unwrap, wrap
from .convert import to_dtype
from .dims import wrap_dim
from .getitem import getitem
from .inplace import into
from .names import numpy_names
from .shape import expand, reshape
from .slicing import ALL, atleast_1d, atleast_2d, atleast_3d, piece, select

if TYPE_CHECKING:
    from ..tensor import Tensor


class Cat(Primitive):
    """Arrays one after another along an axis; empty vectors among them count for nothing"""

    def kernel(xp, *xs, dim):
        return xp.concatenate(xs, dim)

    def grad_xs(ctx, g):
        gradients, start = [], 0
        for shape in ctx.shapes:
            stop = start + shape[ctx.dim]
            gradients.append(piece(g, ctx.dim, start, stop))
            start = stop
        return gradients

    @classmethod
    def explain(cls, error: Exception, arrays: Any, params: dict[str, Any]) -> Exception:
        """PyTorch's error for shapes that cannot be joined."""
        return _misfit(arrays, params["dim"]) or error


class Stack(Primitive):
    """Arrays of one shape along a new axis"""

    def kernel(xp, *xs, dim):
        index = (*(ALL,) * dim, None)
        return xp.concatenate([x[index] for x in xs], dim)

    def grad_xs(ctx, g):
        return [select(g, ctx.dim, i) for i in range(len(ctx.shapes))]


class BlockDiag(Primitive):
    """Matrices along the diagonal of a larger one"""

    def kernel(xp, *xs):
        rows, columns = sum(len(x) for x in xs), sum(x.shape[1] for x in xs)
        out = xp.zeros((rows, columns), xs[0].dtype)
        for x, (i, j) in zip(xs, _corners([x.shape for x in xs]), strict=True):
            out[i : i + x.shape[0], j : j + x.shape[1]] = x
        return out

    def grad_xs(ctx, g):
        gradients = []
        for shape, (i, j) in zip(ctx.shapes, _corners(ctx.shapes), strict=True):
            gradients.append(piece(piece(g, 0, i, i + shape[0]), 1, j, j + shape[1]))
        return gradients


def _corners(shapes: Sequence[tuple[int, ...]]) -> list[tuple[int, int]]:
    corners, i, j = [], 0, 0
    for rows, columns in shapes:
        corners.append((i, j))
        i, j = i + rows, j + columns
    return corners


def cat(
    tensors: Sequence[Tensor],
    dim: int = 0,
    *,
    axis: int | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """The tensors one after another along an axis, in the type they promote to.

    Their other sizes must be equal; empty vectors are skipped, as PyTorch's old programs need.

    >>> cat([tensor([[1, 2]]), tensor([[3, 4]])], dim=1)
    tensor([[1, 2, 3, 4]])
    """
    items = listed("cat", tensors)
    if not items:
        raise ValueError("torch.cat(): expected a non-empty list of Tensors")
    arrays = [x._data if isinstance(x, TensorBase) else x for x in items]
    first = arrays[0]
    alike = all(a.dtype is first.dtype and a.ndim == first.ndim for a in arrays)
    if not (alike and first.ndim):
        items, arrays = _made_alike(items, arrays)
    dim = wrap_dim(dim if axis is None else axis, arrays[0].ndim)
    result = apply(Cat, *items, dim=dim)
    return result if out is None else _into(out, result, "cat")


concat = concatenate = cat


def _made_alike(items: list[Any], arrays: list[Any]) -> tuple[list[Any], list[Any]]:
    """The inputs in one dtype and without empty vectors, which count for nothing."""
    kind = _promoted(arrays)
    for position, array in enumerate(arrays):
        if not array.ndim:
            raise RuntimeError(
                f"zero-dimensional tensor (at position {position}) cannot be concatenated"
            )
    shown = [x for x in items if unwrap(x).shape != (0,)] or items[:1]
    made = [to_dtype(x, kind) for x in shown]
    return made, [unwrap(x) for x in made]


def _promoted(arrays: list[Any]) -> Any:
    kind = dtypes.of_array(arrays[0])
    for array in arrays[1:]:
        kind = dtypes.promote_types(kind, dtypes.of_array(array))
    return kind.numpy


def _into(out: Any, result: Any, name: str) -> Any:
    source, target = dtypes.of_array(result._data), dtypes.of_array(unwrap(out))
    if not dtypes.can_cast(source, target):
        raise TypeError(
            f"torch.{name}(): input types can't be cast to the desired output type {target.short}"
        )
    return into(out, result)


def listed(function: str, tensors: Any) -> list[Any]:
    """A sequence of tensors as a list; PyTorch's error for anything else."""
    if isinstance(tensors, TensorBase) or not isinstance(tensors, Sequence):
        raise TypeError(
            f"{function}(): argument 'tensors' (position 1) must be tuple of Tensors, "
            f"not {type(tensors).__name__}"
        )
    for i, x in enumerate(tensors):
        if not hasattr(x, "dtype"):
            raise TypeError(
                f"expected Tensor as element {i} in argument 0, but got {type(x).__name__}"
            )
    return list(tensors)


def _misfit(arrays: Sequence[Any], dim: int) -> RuntimeError | None:
    first = arrays[0].shape
    for i, array in enumerate(arrays):
        if array.ndim != len(first):
            return RuntimeError(
                f"Tensors must have same number of dimensions: got {len(first)} and {array.ndim}"
            )
        for axis, (n, m) in enumerate(zip(first, array.shape, strict=True)):
            if n != m and axis != dim:
                return RuntimeError(
                    f"Sizes of tensors must match except in dimension {dim}. Expected size {n} "
                    f"but got size {m} for tensor number {i} in the list."
                )
    return None


@numpy_names
def stack(tensors: Sequence[Tensor], dim: int = 0, *, out: Tensor | None = None) -> Tensor:
    """Tensors of one shape along a new axis at `dim`.

    >>> stack([tensor([1, 2]), tensor([3, 4])], dim=1)
    tensor([[1, 3],
            [2, 4]])
    """
    items = listed("stack", tensors)
    if not items:
        raise RuntimeError("stack expects a non-empty TensorList")
    arrays = [unwrap(x) for x in items]
    first = arrays[0]
    dim = wrap_dim(dim, first.ndim + 1)
    for i, array in enumerate(arrays):
        if array.shape != first.shape:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(first.shape)} at entry "
                f"0 and {list(array.shape)} at entry {i}"
            )
    if not all(a.dtype is first.dtype for a in arrays):
        kind = _promoted(arrays)
        items = [to_dtype(x, kind) for x in items]
    result = apply(Stack, *items, dim=dim)
    return result if out is None else _into(out, result, "stack")


def hstack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """Tensors side by side: along the second axis, or the only one."""
    items = [atleast_1d(x) for x in _some("hstack", tensors)]
    return cat(items, 0 if unwrap(items[0]).ndim == 1 else 1, out=out)


def vstack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """Tensors one below the other: vectors become rows."""
    return cat([atleast_2d(x) for x in _some("vstack", tensors)], 0, out=out)


row_stack = vstack


def dstack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """Tensors one behind the other: along the third axis."""
    return cat([atleast_3d(x) for x in _some("dstack", tensors)], 2, out=out)


def column_stack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """Tensors side by side: vectors become columns.

    >>> column_stack([tensor([1, 2]), tensor([3, 4])])
    tensor([[1, 3],
            [2, 4]])
    """
    columns = []
    for x in _some("column_stack", tensors):
        data = unwrap(x)
        columns.append(x if data.ndim > 1 else reshape(x, (data.size, 1)))
    return cat(columns, 1, out=out)


def _some(function: str, tensors: Any) -> list[Any]:
    items = listed(function, tensors)
    if not items:
        raise RuntimeError(f"{function} expects a non-empty TensorList")
    return items


def meshgrid(*tensors: Any, indexing: str | None = None) -> tuple[Tensor, ...]:
    """The coordinates of a grid: for each vector, its values spread over all axes, as views.

    With indexing "ij" the axes are in the order of the vectors, with "xy" the first two change
    places.

    >>> x, y = meshgrid(tensor([1, 2]), tensor([3, 4]), indexing="ij")
    >>> y
    tensor([[3, 4],
            [3, 4]])
    """
    if len(tensors) == 1 and not isinstance(tensors[0], TensorBase):
        tensors = tuple(tensors[0])
    if not tensors:
        raise RuntimeError("meshgrid expects a non-empty TensorList")
    if indexing is None:
        warnings.warn(
            "torch.meshgrid: in an upcoming release, it will be required to pass the indexing "
            "argument.",
            stacklevel=2,
        )
    elif indexing not in ("ij", "xy"):
        raise RuntimeError(
            f'torch.meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}'
        )
    for x in tensors:
        if unwrap(x).ndim > 1:
            raise RuntimeError(
                f"torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: {x!r}"
            )
        if unwrap(x).dtype != unwrap(tensors[0]).dtype:
            raise RuntimeError("meshgrid expects all tensors to have the same dtype")
    axes = list(range(len(tensors)))
    if indexing == "xy" and len(tensors) > 1:
        axes[:2] = [1, 0]
    shape = [0] * len(tensors)
    for x, axis in zip(tensors, axes, strict=True):
        shape[axis] = unwrap(x).size
    grids = []
    for x, axis in zip(tensors, axes, strict=True):
        line = [1] * len(tensors)
        line[axis] = shape[axis]
        grids.append(expand(reshape(x, tuple(line)), tuple(shape)))
    return tuple(grids)


def cartesian_prod(*tensors: Tensor) -> Tensor:
    """Every choice of one element from each vector, as rows.

    >>> cartesian_prod(tensor([1, 2]), tensor([3, 4]))
    tensor([[1, 3],
            [1, 4],
            [2, 3],
            [2, 4]])
    """
    for x in tensors:
        if unwrap(x).ndim != 1:
            raise RuntimeError(f"Expect a 1D vector, but got shape {list(unwrap(x).shape)}")
    if len(tensors) == 1:
        return tensors[0]
    return stack([reshape(x, (-1,)) for x in meshgrid(*tensors, indexing="ij")], 1)


def combinations(input: Tensor, r: int = 2, with_replacement: bool = False) -> Tensor:
    """Every choice of r elements of a vector, as rows.

    >>> combinations(tensor([1, 2, 3]))
    tensor([[1, 2],
            [1, 3],
            [2, 3]])
    """
    data = unwrap(input)
    if data.ndim != 1:
        raise RuntimeError(f"Expect a 1D vector, but got shape {list(data.shape)}")
    if r < 0:
        raise RuntimeError(f"Expect a non-negative number, but got {r}")
    if r == 0:
        return wrap(numpy.empty(0, data.dtype))
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    rows = numpy.array(list(choose(range(data.size), r)), numpy.int64).reshape(-1, r)
    return getitem(input, wrap(rows))


def block_diag(*tensors: Tensor) -> Tensor:
    """The matrices along the diagonal of a larger one; vectors count as rows.

    >>> block_diag(tensor([1, 2]), tensor([[3], [4]]))
    tensor([[1, 2, 0],
            [0, 0, 3],
            [0, 0, 4]])
    """
    items = listed("block_diag", tensors)
    for i, x in enumerate(items):
        if unwrap(x).ndim > 2:
            raise RuntimeError(
                "torch.block_diag: Input tensors must have 2 or fewer dimensions. "
                f"Input {i} has {unwrap(x).ndim} dimensions"
            )
    if not items:
        return wrap(numpy.empty((1, 0), dtypes.get_default_dtype().numpy))
    items = [atleast_2d(x) for x in items]
    kind = _promoted([unwrap(x) for x in items])
    return apply(BlockDiag, *[to_dtype(x, kind) for x in items])
