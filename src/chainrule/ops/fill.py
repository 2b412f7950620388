"""Operations that exist in place only: copy_, fill_, zero_ and their like."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy

from ..core.apply import apply
from ..core.modes import modes
from ..core.primitive import Primitive
from ..core.promotion import is_number
from ..core.tensor import TensorBase, plain
from ..core.writes import written
from .convert import clone, to_dtype
from .inplace import assign, check_history, check_overlap, check_writable, needs_grad
from .kinds import broadcast_error
from .mask import zeros
from .shape import sum_to_size
from .slicing import diagonal

if TYPE_CHECKING:
    from ..tensor import Tensor
    from ..typing import Number

C_TYPES = {
    "bool": "bool",
    "uint8": "uint8_t",
    "int8": "int8_t",
    "int16": "int16_t",
    "int32": "int",
    "int64": "int64_t",
    "float16": "c10::Half",
    "bfloat16": "c10::BFloat16",
    "float32": "float",
    "float64": "double",
}
"""What PyTorch calls its types where a number does not fit them."""


class Copy(Primitive):
    """source, broadcast and cast to the shape and dtype of x"""

    label = "CopyBackwards"

    def kernel(xp, x, source, *, origin):
        out = xp.empty(x.shape, x.dtype)
        write(out, ..., source)
        return out

    def grad_x(ctx, g):
        return zeros(g)

    def grad_source(ctx, g):
        return to_dtype(sum_to_size(g, ctx.shapes[1]), ctx.origin)


class Fill(Primitive):
    """A number everywhere"""

    label = "FillBackward2"

    def kernel(xp, x, *, value):
        out = xp.empty(x.shape, x.dtype)
        write(out, ..., value)
        return out

    def grad_x(ctx, g):
        return zeros(g)


class FillTensor(Primitive):
    """A 0-d tensor everywhere"""

    label = "FillBackward3"

    def kernel(xp, x, value, *, origin):
        out = xp.empty(x.shape, x.dtype)
        write(out, ..., value)
        return out

    def grad_x(ctx, g):
        return zeros(g)

    def grad_value(ctx, g):
        return to_dtype(sum_to_size(g, ()), ctx.origin)


class Zero(Fill):
    """0 everywhere"""


def is_recorded(target: Any, value: Any = None) -> bool:
    """Whether writing this value into this tensor goes into the graph."""
    return modes.grad and (needs_grad(target) or needs_grad(value))


def write(target: Any, index: Any, value: Any) -> None:
    """target[index] = value, cast as PyTorch casts."""
    if target.dtype.kind != "c" and getattr(value, "dtype", target.dtype).kind == "c":
        warnings.warn("Casting complex values to real discards the imaginary part", stacklevel=4)
        value = value.real
    try:
        target[index] = value
    except (OverflowError, TypeError) as error:
        if not is_number(value):
            raise
        kind = C_TYPES.get(target.dtype.name, target.dtype.name)
        raise RuntimeError(f"value cannot be converted to type {kind} without overflow") from error


def copy_(input: Tensor, src: Tensor | Number, non_blocking: bool = False) -> Tensor:
    """Copy the elements of src, broadcast and cast, into this tensor; returns it.

    >>> zeros(2, dtype=int64).copy_(tensor([1.9, -1.9]))
    tensor([ 1, -1])
    """
    if not isinstance(src, TensorBase):
        return fill_(input, src)
    check_writable(input)
    check_overlap(input, src)
    check_broadcast(input._data.shape, src._data.shape)
    if is_recorded(input, src):
        return assign(input, apply(Copy, input, src, origin=src._data.dtype))
    write(input._data, ..., src._data)
    written(input)
    return input


def check_broadcast(target: tuple[int, ...], source: tuple[int, ...]) -> None:
    """PyTorch's error unless `source` broadcasts to `target`."""
    if source == target:
        return
    error = broadcast_error(target, source)
    if error is not None:
        raise error
    broadcast = numpy.broadcast_shapes(target, source)
    if broadcast != target:
        raise RuntimeError(
            f"output with shape {list(target)} doesn't match the broadcast shape {list(broadcast)}"
        )


def fill(input: Tensor, value: Tensor | Number) -> Tensor:
    """A copy of the tensor with one value everywhere.

    >>> fill(zeros(2), 3)
    tensor([3., 3.])
    """
    return fill_(clone(input), value)


def fill_(input: Tensor, value: Tensor | Number) -> Tensor:
    """Set every element to one value (a number or a 0-d tensor); returns the tensor.

    >>> zeros(2).fill_(3)
    tensor([3., 3.])
    """
    check_history(input)
    raw = plain(value)
    if not is_number(raw):
        if not hasattr(raw, "ndim"):
            raise TypeError(
                f"fill_(): argument 'value' (position 1) must be Number, not {type(raw).__name__}"
            )
        if raw.ndim:
            raise RuntimeError(
                "fill_ only supports 0-dimension value tensor but got tensor with "
                f"{raw.ndim} dimensions."
            )
    if not is_recorded(input, value):
        write(input._data, ..., raw)
        written(input)
        return input
    if isinstance(value, TensorBase):
        return assign(input, apply(FillTensor, input, value, origin=value._data.dtype))
    return assign(input, apply(Fill, input, value=value))


def zero_(input: Tensor) -> Tensor:
    """Set every element to 0; returns the tensor."""
    if input._node is not None or input._view is not None:
        check_history(input)
        if is_recorded(input):
            return assign(input, apply(Zero, input, value=0))
    input._data.fill(0)
    written(input)
    return input


def fill_diagonal_(input: Tensor, fill_value: Number, wrap: bool = False) -> Tensor:
    """Set the main diagonal to one value; returns the tensor.

    With `wrap`, the diagonal of a tall matrix goes on after its end.

    >>> zeros(2, 2).fill_diagonal_(1)
    tensor([[1., 0.],
            [0., 1.]])
    """
    shape = input._data.shape
    if len(shape) < 2:
        raise RuntimeError("dimensions must larger than 1")
    if len(shape) > 2:
        if len(set(shape)) > 1:
            raise RuntimeError("all dimensions of input must be of equal length")
        deep: Any = input
        while deep._data.ndim > 1:
            deep = diagonal(deep)
        fill_(deep, fill_value)
        return input
    n, m = shape
    for start in range(0, n if wrap else 1, m + 1):
        fill_(diagonal(input[start:]), fill_value)
    return input
