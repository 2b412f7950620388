"""Filling and reading where a mask is true."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy

from ..core import dtype as dtypes
from ..core.apply import apply
from ..core.primitive import Primitive
from ..core.promotion import is_number
from ..core.tensor import TensorBase, unwrap
from ..errors import wrong_argument
from .fill import C_TYPES
from .getitem import IndexRows
from .inplace import into
from .kinds import broadcast_error
from .mask import masked
from .shape import expand, reshape, sum_to_size
from .slicing import embed

if TYPE_CHECKING:
    from ..tensor import Tensor
    from ..typing import Number

C_NAMES = {"float32": "float", "float64": "double", "uint8": "unsigned char", "int64": "long int"}


class MaskedFill(Primitive):
    """x with a number where a mask is true"""

    kind = "pointwise"
    nondiff = ("mask",)
    saves = ("mask",)

    def kernel(xp, x, mask, *, value):
        return xp.where(mask, value, x)

    def grad_x(ctx, g):
        return apply(MaskedFill, g, ctx.mask, value=0)


class MaskedFillTensor(Primitive):
    """x with a 0-d tensor where a mask is true"""

    kind = "pointwise"
    label = "MaskedFillBackward1"
    nondiff = ("mask",)
    saves = ("mask",)

    def kernel(xp, x, mask, value):
        return xp.where(mask, value.astype(x.dtype), x)

    def grad_x(ctx, g):
        return apply(MaskedFill, g, ctx.mask, value=0)

    def grad_value(ctx, g):
        return sum_to_size(masked(g, ctx.mask), ())


class MaskedScatter(Primitive):
    """x with the elements of a flat source, in order, where a mask is true"""

    nondiff = ("mask",)
    saves = ("mask",)

    def kernel(xp, x, mask, source):
        out = x.copy()
        out[mask] = source[: int(xp.count_nonzero(mask))]
        return out

    def grad_x(ctx, g):
        return apply(MaskedFill, g, ctx.mask, value=0)

    def grad_source(ctx, g):
        return padded(g[ctx.mask], ctx.shapes[2])


class MaskedSelect(IndexRows):
    """The elements of x where a mask is true"""

    label = "MaskedSelectBackward0"


def padded(g: Any, shape: tuple[int, ...]) -> Any:
    """A gradient with zeros beyond it, for a source that was read in part."""
    if unwrap(g).shape == shape:
        return g
    return embed(g, shape, tuple([slice(n) for n in unwrap(g).shape]))


def check_scalar(function: str, array: Any, value: Any) -> None:
    """PyTorch's errors for a tensor that is no number, or none that fits the dtype of an array."""
    raw = unwrap(value)
    if raw.ndim:
        raise RuntimeError(
            f"{function} only supports a 0-dimensional value tensor, but got tensor with "
            f"{raw.ndim} dimension(s)."
        )
    if isinstance(raw, numpy.ndarray) and not numpy.can_cast(raw.dtype, array.dtype):
        fitting(array, raw.item())


def fitting(array: Any, value: Any) -> Any:
    """A number in the dtype of an array; PyTorch's error if it does not fit."""
    kind = array.dtype
    if not is_number(value):
        raise wrong_argument(value, "Number")
    if kind.kind in "cb":
        return kind.type(value)
    fits = not isinstance(value, complex) or value.imag == 0
    value = value.real
    if fits and kind.kind == "f" and abs(value) > numpy.finfo(kind).max:
        fits = math.isinf(value)
    elif fits and kind.kind in "iu":
        most = int(numpy.iinfo(kind).max)
        least = -most if kind.kind == "u" else -most - 1  # negative numbers wrap around
        fits = math.isfinite(value) and least <= int(value) <= most
    if not fits:
        name = C_TYPES.get(kind.name, kind.name)
        raise RuntimeError(f"value cannot be converted to type {name} without overflow")
    if kind.kind == "u" and value < 0:
        return kind.type(int(value) % (most + 1))
    return kind.type(value)


def masked_fill(input: Tensor, mask: Tensor, value: Tensor | Number) -> Tensor:
    """The input with one value where the mask is true.

    Shape: input (*), mask (*) broadcastable, output (*).

    >>> x = tensor([1.0, -2.0, 3.0])
    >>> x.masked_fill(x < 0, 0)
    tensor([1., 0., 3.])
    """
    a, b = unwrap(input), unwrap(mask)
    if b.dtype.kind != "b":
        kind = C_NAMES.get(b.dtype.name, b.dtype.name)
        raise RuntimeError(
            f"masked_fill_ only supports boolean masks, but got mask with dtype {kind}"
        )
    if a.shape != b.shape:
        error = broadcast_error(b.shape, a.shape)
        if error is not None:
            raise error
        common = numpy.broadcast_shapes(a.shape, b.shape)
        input = input if a.shape == common else expand(input, common)
    if isinstance(value, TensorBase):
        check_scalar("masked_fill_", a, value)
        return apply(MaskedFillTensor, input, mask, value)
    return apply(MaskedFill, input, mask, value=fitting(a, value))


def masked_scatter(input: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """A copy with the elements of source, in order, where the mask is true.

    >>> zeros(3).masked_scatter(tensor([True, False, True]), tensor([1.0, 2.0]))
    tensor([1., 0., 2.])
    """
    a, b, c = unwrap(input), unwrap(mask), unwrap(source)
    if a.dtype is not c.dtype:
        raise RuntimeError(
            "masked_scatter: expected self and source to have same dtypes but got"
            f"{dtypes.of_array(a).short} and {dtypes.of_array(c).short}"
        )
    if b.dtype.kind != "b":
        raise RuntimeError(
            "masked_scatter_ only supports boolean masks, but got mask with dtype "
            f"{dtypes.of_array(b).short}"
        )
    if a.shape != b.shape:
        common = numpy.broadcast_shapes(a.shape, b.shape)
        input, mask = expand(input, common), expand(mask, common)
    if numpy.count_nonzero(unwrap(mask)) > c.size:
        raise RuntimeError("Number of elements of source < number of ones in mask")
    return apply(MaskedScatter, input, mask, reshape(source, (c.size,)))


def masked_select(input: Tensor, mask: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The elements where the mask is true, as a vector; input and mask are broadcast.

    >>> x = tensor([1, -2, 3])
    >>> x.masked_select(x > 0)
    tensor([1, 3])
    """
    if unwrap(mask).dtype.kind != "b":
        raise RuntimeError("masked_select: expected BoolTensor for mask")
    given = (input, mask)
    a, b = unwrap(input).shape, unwrap(mask).shape
    if a != b:
        error = broadcast_error(b, a)
        if error is not None:
            raise error
        common = numpy.broadcast_shapes(a, b)
        input, mask = expand(input, common), expand(mask, common)
    if not unwrap(input).ndim:
        input, mask = reshape(input, (1,)), reshape(mask, (1,))
    result = apply(MaskedSelect, input, mask)
    return result if out is None else into(out, result, exact=True, of=given)
