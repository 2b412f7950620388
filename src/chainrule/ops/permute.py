"""Views of the same memory with the axes in another order."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from ..core.tensor import unwrap
from ..core.views import apply_view
from .conj import conj
from .dims import sizes, wrap_dim
from .kinds import ViewOp
from .shape import View

if TYPE_CHECKING:
    from ..tensor import Tensor
    from ..typing import Shape


class Permute(ViewOp):
    """Axes in another order"""

    def kernel(xp, x, *, dims):
        return x.transpose(dims)

    def grad_x(ctx, g):
        inverse = [0] * len(ctx.dims)
        for i, d in enumerate(ctx.dims):
            inverse[d] = i
        return permute(g, tuple(inverse))


class Transpose(ViewOp):
    """Two axes exchanged"""

    def kernel(xp, x, *, dim0, dim1):
        return x.swapaxes(dim0, dim1)

    def grad_x(ctx, g):
        return transpose(g, ctx.dim0, ctx.dim1)


class T(ViewOp):
    """A matrix transposed"""

    def kernel(xp, x):
        return x.T

    def grad_x(ctx, g):
        return t(g)


def permute(input: Tensor, *given: Any, dims: Any = None) -> Tensor:
    """A view whose axis i is axis dims[i] of the input.

    >>> ones(2, 3, 4).permute(2, 0, 1).shape
    torch.Size([4, 2, 3])
    """
    order = sizes(given, "permute", "dims", dims)
    ndim = unwrap(input).ndim
    if len(order) != ndim:
        raise RuntimeError(
            "permute(sparse_coo): number of dimensions in the tensor input does not match the "
            f"length of the desired ordering of dimensions i.e. input.dim() = {ndim} is not equal "
            f"to len(dims) = {len(order)}"
        )
    order = tuple([wrap_dim(dim, ndim) for dim in order])
    if len(set(order)) < len(order):
        raise RuntimeError("permute(): duplicate dims are not allowed.")
    return apply_view(Permute, input, dims=order)


def transpose(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """A view with two axes exchanged."""
    ndim = unwrap(input).ndim
    dim0, dim1 = wrap_dim(dim0, ndim), wrap_dim(dim1, ndim)
    if not ndim:
        return apply_view(View, input, size=())
    return apply_view(Transpose, input, dim0=dim0, dim1=dim1)


swapdims = transpose


def swapaxes(input: Tensor, axis0: int, axis1: int) -> Tensor:
    """A view with two axes exchanged."""
    return transpose(input, axis0, axis1)


def t(input: Tensor) -> Tensor:
    """A matrix transposed; tensors of fewer than two axes are returned as views.

    Shape: input (n, m), output (m, n).
    """
    if unwrap(input).ndim > 2:
        raise RuntimeError(
            f"t() expects a tensor with <= 2 dimensions, but self is {unwrap(input).ndim}D"
        )
    return apply_view(T, input)


def reversed_axes(input: Tensor) -> Tensor:
    """`x.T`: a view with the axes in reverse order."""
    ndim = unwrap(input).ndim
    if ndim != 2 and ndim != 1:
        warnings.warn(
            "The use of `x.T` on tensors of dimension other than 2 to reverse their shape is "
            "deprecated and it will throw an error in a future release. Consider `x.mT` to "
            "transpose batches of matrices or `x.permute(*torch.arange(x.ndim - 1, -1, -1))` to "
            "reverse the dimensions of a tensor."
            if ndim
            else "Tensor.T is deprecated on 0-D tensors. This function is the identity in these "
            "cases.",
            stacklevel=3,
        )
    return apply_view(Permute, input, dims=tuple(range(ndim - 1, -1, -1)))


def matrix_transpose(input: Tensor, *, name: str = "mT") -> Tensor:
    """`x.mT`: a view with the last two axes exchanged."""
    ndim = unwrap(input).ndim
    if ndim == 1:
        raise RuntimeError(
            f"tensor.{name} is only supported on matrices or batches of matrices. Got 1-D tensor."
        )
    if not ndim:
        return _no_axes(input, name)
    return transpose(input, -2, -1)


def matrix_adjoint(input: Tensor) -> Tensor:
    """`x.mH`: the last two axes exchanged, and complex numbers conjugated."""
    return conj(matrix_transpose(input, name="mH"))


def adjoint(input: Tensor) -> Tensor:
    """The last two axes exchanged, and complex numbers conjugated."""
    return conj(matrix_transpose(input, name="adjoint()"))


def conjugate_transpose(input: Tensor) -> Tensor:
    """`x.H`: a matrix transposed and conjugated."""
    ndim = unwrap(input).ndim
    if ndim == 0:
        return _no_axes(input, "H")
    if ndim != 2:
        batches = " For batches of matrices, consider using tensor.mH" if ndim > 2 else ""
        raise RuntimeError(
            f"tensor.H is only supported on matrices (2-D tensors). Got {ndim}-D tensor.{batches}"
        )
    return conj(transpose(input, 0, 1))


def _no_axes(input: Any, name: str) -> Any:
    name = name if name.endswith(")") else f"Tensor.{name}"
    advice = (
        "This function is the identity in these cases."
        if name == "Tensor.mT"
        else "Consider using x.conj()."
    )
    warnings.warn(f"{name} is deprecated on 0-D tensors. {advice}", stacklevel=4)
    return conj(input)


def movedim(input: Tensor, source: int | Shape, destination: int | Shape) -> Tensor:
    """A view with the axes `source` moved to the places `destination`, the others in order.

    >>> ones(2, 3, 4).movedim(0, 2).shape
    torch.Size([3, 4, 2])
    """
    ndim = unwrap(input).ndim
    froms = [source] if isinstance(source, int) else list(source)
    tos = [destination] if isinstance(destination, int) else list(destination)
    if len(froms) != len(tos):
        raise RuntimeError(
            "movedim: Invalid source or destination dims: source "
            f"({froms} dims) should contain the same number of dims as destination ({tos} dims)"
        )
    before = [wrap_dim(dim, ndim) for dim in froms]
    after = [wrap_dim(dim, ndim) for dim in tos]
    for name, given, wrapped in (("source", froms, before), ("destination", tos, after)):
        if len(set(wrapped)) < len(wrapped):
            raise RuntimeError(f"movedim: repeated dim in `{name}` ({given})")
    order = [dim for dim in range(ndim) if dim not in before]
    for place, dim in sorted(zip(after, before, strict=True)):
        order.insert(place, dim)
    return permute(input, order)


moveaxis = movedim
