"""Largest and smallest elements over axes, and where they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core import dtype as dtypes
from ..core.apply import apply, unary
from ..core.primitive import Primitive
from ..core.tensor import TensorBase, unwrap
from ..kernels.order import picked
from . import return_types
from .convert import to_dtype
from .dims import wrap_dim
from .extremes import maximum, minimum
from .index import Scattered
from .inplace import into
from .kinds import Reduction
from .mask import masked
from .names import numpy_names
from .reduce import EVERY, folded, sum_of, unreduced
from .shape import unsqueeze

if TYPE_CHECKING:
    from ..tensor import Tensor
    from ..typing import Dim


class Extremum(Reduction):
    """The family of reductions to a value that occurs in the input."""

    saves = ("x", "out")

    def grad_x(ctx, g):
        """The gradient in equal shares to all places where the value occurs (or NaN does)."""
        out = unreduced(ctx.out, ctx.shape, ctx.dim, ctx.keepdim)
        return shared(g, (ctx.x == out) | ((ctx.x != ctx.x) & (out != out)), ctx)


def shared(g: Any, mask: Any, ctx: Any) -> Any:
    """A reduced gradient in equal shares to the places of a mask."""
    ties = sum_of(to_dtype(mask, unwrap(g).dtype), ctx.dim, ctx.keepdim)
    return masked(unreduced(g / ties, ctx.shape, ctx.dim, ctx.keepdim), mask)


class MaxAll(Extremum):
    """The largest of all elements"""

    label = "MaxBackward1"

    def kernel(xp, x, *, dim, keepdim, shape):
        return xp.maximum.reduce(x, dim, None, None, keepdim)


class MinAll(Extremum):
    """The smallest of all elements"""

    label = "MinBackward1"

    def kernel(xp, x, *, dim, keepdim, shape):
        return xp.minimum.reduce(x, dim, None, None, keepdim)


class Amax(MaxAll):
    """The largest elements over axes"""

    label = "AmaxBackward0"


class Amin(MinAll):
    """The smallest elements over axes"""

    label = "AminBackward0"


class Aminmax(Reduction):
    """The smallest and the largest elements"""

    outputs = ("least", "most")
    saves = ("x", "least", "most")

    def kernel(xp, x, *, dim, keepdim, shape):
        least = xp.minimum.reduce(x, dim, None, None, keepdim)
        return least, xp.maximum.reduce(x, dim, None, None, keepdim)

    def grad_x(ctx, g_least, g_most):
        total = None
        for g, out in ((g_least, ctx.least), (g_most, ctx.most)):
            if g is not None:
                mask = ctx.x == unreduced(out, ctx.shape, ctx.dim, ctx.keepdim)
                part = shared(g, mask, ctx)
                total = part if total is None else total + part
        return total


class Selection(Primitive):
    """The family of operations that select one element of each slice along an axis."""

    kind = "reduction"
    outputs = ("values", "indices")
    nondiff = ("indices",)
    saves = ("indices",)

    def grad_x(ctx, g, g_indices):
        """The gradient to the place that was selected."""
        if not ctx.shapes[0]:
            return g
        places = ctx.indices
        if not ctx.keepdim:
            g, places = unsqueeze(g, ctx.dim), unsqueeze(places, ctx.dim)
        return apply(Scattered, g, places, dim=ctx.dim, size=ctx.shapes[0])


def select(xp: Any, x: Any, index_of: Any, dim: int, keepdim: bool) -> tuple[Any, Any]:
    """Values and indices of one element of each slice, found by `index_of(x, axis)`."""
    if not x.ndim:
        return x.copy(), xp.zeros((), int)
    index = index_of(x.astype("float32") if x.dtype.kind == "V" else x, dim)
    values = picked(x, index, dim)
    if keepdim:
        shape = (*x.shape[:dim], 1, *x.shape[dim + 1 :])
        return values.reshape(shape), index.reshape(shape)
    return values, index


class Max(Selection):
    """The largest element of each slice along an axis, and its first place"""

    def kernel(xp, x, *, dim, keepdim):
        return select(xp, x, xp.argmax, dim, keepdim)


class Min(Selection):
    """The smallest element of each slice along an axis, and its first place"""

    def kernel(xp, x, *, dim, keepdim):
        return select(xp, x, xp.argmin, dim, keepdim)


class Argmax(Reduction):
    """The first place of the largest element"""

    nondiff = ("x",)

    def kernel(xp, x, *, dim, keepdim):
        return _place(xp.argmax, x, dim, keepdim)


class Argmin(Reduction):
    """The first place of the smallest element"""

    nondiff = ("x",)

    def kernel(xp, x, *, dim, keepdim):
        return _place(xp.argmin, x, dim, keepdim)


def _place(function, x, dim, keepdim):
    x = x.astype("float32") if x.dtype.kind == "V" else x
    if len(dim) == x.ndim:
        out = function(x)
        return out.reshape((1,) * x.ndim) if keepdim else out
    return function(x, dim[0], None, keepdims=keepdim)


@numpy_names
def amax(
    input: Tensor, dim: Dim = (), keepdim: bool = False, *, out: Tensor | None = None
) -> Tensor:
    """The largest elements over `dim`; a gradient is shared evenly among equal ones.

    Shape: input (*), output (*) without the axes `dim`.
    """
    return _extremum(Amax, "amax", input, dim, keepdim, out)


@numpy_names
def amin(
    input: Tensor, dim: Dim = (), keepdim: bool = False, *, out: Tensor | None = None
) -> Tensor:
    """The smallest elements over `dim`; a gradient is shared evenly among equal ones.

    Shape: input (*), output (*) without the axes `dim`.
    """
    return _extremum(Amin, "amin", input, dim, keepdim, out)


def _extremum(op: type[Primitive], name: str, input: Any, dim: Dim, keepdim: bool, out: Any) -> Any:
    a = unwrap(input)
    if a.dtype.kind == "c":
        raise _no_kernel(f"{name[1:]}_values_cpu", a)
    dims = folded(dim, a.ndim)
    if not a.size:
        check_nonempty(name, a.shape, None if dim is None or dim == () else dims)
    result = unary(op, input, dim=dims, keepdim=keepdim, shape=a.shape)
    return result if out is None else into(out, result, exact=True)


def _no_kernel(kernel: str, a: Any) -> NotImplementedError:
    short = dtypes.of_array(a).short
    return NotImplementedError(f"\"{kernel}\" not implemented for '{short}'")


def check_nonempty(name: str, shape: tuple[int, ...], dims: tuple[int, ...] | None) -> None:
    """Refuse to choose an element where there is none."""
    if dims is None:
        raise RuntimeError(
            f"{name}(): Expected reduction dim to be specified for input.numel() == 0. "
            "Specify the reduction dim with the 'dim' argument."
        )
    for dim in dims:
        if shape and not shape[dim]:
            raise IndexError(f"{name}(): Expected reduction dim {dim} to have non-zero size.")


@numpy_names
def max(
    input: Tensor,
    dim: int | Tensor | None = None,
    keepdim: bool = False,
    *,
    other: Tensor | None = None,
    out: Any = None,
) -> Any:
    """The largest element; with `dim` those of all slices, and where they are first.

    `max(input, other)` is `maximum`. The gradient goes to the place found; that of the largest of
    all is shared evenly among equal ones.

    Shape: input (*), output () or, with `dim`, values and indices (*) without that axis.

    >>> x = tensor([[1.0, 5.0], [7.0, 3.0]])
    >>> x.max()
    tensor(7.)
    >>> x.max(1)
    torch.return_types.max(
    values=tensor([5., 7.]),
    indices=tensor([1, 0]))
    """
    if dim is None and other is None:
        return _of_all(MaxAll, "max", input, out)
    other = dim if isinstance(dim, TensorBase) else other
    if other is not None:
        return maximum(input, other, out=out)
    return selected(Max, return_types.max, input, dim, keepdim, out)


@numpy_names
def min(
    input: Tensor,
    dim: int | Tensor | None = None,
    keepdim: bool = False,
    *,
    other: Tensor | None = None,
    out: Any = None,
) -> Any:
    """The smallest element; with `dim` those of all slices, and where they are first.

    `min(input, other)` is `minimum`. Gradients are as those of `max`.

    Shape: input (*), output () or, with `dim`, values and indices (*) without that axis.
    """
    if dim is None and other is None:
        return _of_all(MinAll, "min", input, out)
    other = dim if isinstance(dim, TensorBase) else other
    if other is not None:
        return minimum(input, other, out=out)
    return selected(Min, return_types.min, input, dim, keepdim, out)


def _of_all(op: type[Primitive], name: str, input: Any, out: Any) -> Any:
    a = unwrap(input)
    if not hasattr(a, "ndim"):
        raise TypeError(
            f"{name}(): argument 'input' (position 1) must be Tensor, not {type(a).__name__}"
        )
    if a.dtype.kind == "c":
        raise _no_kernel(f"{name}_all", a)
    if not a.size:
        check_nonempty(name, a.shape, None)
    result = unary(op, input, dim=EVERY[a.ndim], keepdim=False, shape=a.shape)
    return result if out is None else into(out, result)


def selected(
    op: type[Primitive], kind: Any, input: Any, dim: Any, keepdim: bool, out: Any, **params: Any
) -> Any:
    """Values and indices along one axis, as the named tuple `kind`."""
    a = unwrap(input)
    name = kind.__name__
    dim = wrap_dim(dim, a.ndim)
    if a.dtype.kind == "c":
        if name in ("max", "min"):
            raise RuntimeError(f"{name}(): does not support complex input")
        raise _no_kernel(f"{name}_cpu", a)
    if not a.size:
        check_nonempty(name, a.shape, (dim,))
    result = apply(op, input, dim=dim, keepdim=keepdim, **params)
    return kind(result if out is None else into_each(out, result))


def into_each(outs: Any, results: Any) -> tuple[Any, ...]:
    """Write several results into the tensors given as `out=`."""
    return tuple(into(out, result, exact=True) for out, result in zip(outs, results, strict=True))


@numpy_names
def aminmax(
    input: Tensor, *, dim: int | None = None, keepdim: bool = False, out: Any = None
) -> Any:
    """The smallest and the largest element, over all axes or over the axis `dim`.

    Shape: input (*), min and max (*) without the axis `dim`.
    """
    a = unwrap(input)
    if a.dtype.kind == "c":
        raise _no_kernel("aminmax_cpu", a)
    if dim is not None and not isinstance(dim, int):
        raise TypeError(f"aminmax(): argument 'dim' must be int, not {type(dim).__name__}")
    dims = folded(dim, a.ndim)
    if not a.size and dim is None:
        raise RuntimeError(
            "aminmax(): cannot compute aminmax over an empty dimension as the operation has no "
            "identity."
        )
    if not a.size:
        check_nonempty("aminmax", a.shape, dims)
    result = apply(Aminmax, input, dim=dims, keepdim=keepdim, shape=a.shape)
    return return_types.aminmax(result if out is None else into_each(out, result))


@numpy_names
def argmax(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """The index of the largest element (the first of several), in the flattened input or `dim`.

    Shape: input (*), output () or (*) without the axis `dim`.

    >>> tensor([[1.0, 5.0], [7.0, 3.0]]).argmax(dim=1)
    tensor([1, 0])
    """
    return _index(Argmax, "argmax", input, dim, keepdim)


@numpy_names
def argmin(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """The index of the smallest element (the first of several), in the flattened input or `dim`.

    Shape: input (*), output () or (*) without the axis `dim`.
    """
    return _index(Argmin, "argmin", input, dim, keepdim)


def _index(op: type[Primitive], name: str, input: Any, dim: int | None, keepdim: bool) -> Any:
    a = unwrap(input)
    if a.dtype.kind in "bc":
        kind = "bool" if a.dtype.kind == "b" else "complex"
        raise RuntimeError(f"{name}(): does not support {kind} input")
    dims = EVERY[a.ndim] if dim is None else ((wrap_dim(dim, a.ndim),) if a.ndim else ())
    if not a.size:
        if dim is None:
            raise IndexError(
                f"{name}(): Expected reduction dim to be specified for input.numel() == 0."
            )
        check_nonempty(name, a.shape, dims)
    return unary(op, input, dim=dims, keepdim=keepdim)
