"""Rows looked up by index: embeddings, bags of them, and one-hot vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy

from ..core import dtype as dtypes
from ..core.apply import apply
from ..core.modes import decides
from ..core.primitive import Primitive
from ..core.tensor import TensorBase, unwrap, wrap
from ..core.writes import written
from ..errors import hint
from ..kernels.index import accumulate, out_of_bounds

if TYPE_CHECKING:
    from ..tensor import Tensor


class Embedding(Primitive):
    """The rows of x at the given indices; the gradient skips the padding row"""

    nondiff = ("index",)
    saves = ("index",)

    def kernel(xp, x, index, *, padding_idx, by_frequency=False):
        return x.take(index, 0)

    def grad_x(ctx, g):
        params = {"padding_idx": ctx.padding_idx, "by_frequency": ctx.by_frequency}
        return apply(EmbeddingRows, g, ctx.index, rows=ctx.shapes[0][0], **params)


class EmbeddingRows(Primitive):
    """A matrix of so many rows, each the sum of the rows of x with its index"""

    label = "EmbeddingDenseBackwardBackward0"
    nondiff = ("index",)
    saves = ("index",)

    def kernel(xp, x, index, *, rows, padding_idx, by_frequency=False):
        out = xp.zeros((rows, x.shape[-1]), x.dtype)
        if by_frequency:
            counts = xp.bincount(index.reshape(-1), minlength=rows).astype(x.dtype)
            x = x / counts[index][..., None]
        accumulate(out, index, x)
        if padding_idx is not None:
            out[padding_idx] = 0
        return out

    def grad_x(ctx, g):
        if ctx.padding_idx is not None or ctx.by_frequency:
            g = g * wrapped_like(g, _row_weights(ctx))
        return apply(Embedding, g, ctx.index, padding_idx=None, by_frequency=False)


def _row_weights(ctx: Any) -> Any:
    """What each row's gradient was multiplied by: 0 for padding, one over its count, or 1."""
    index = unwrap(ctx.index).reshape(-1)
    weights = numpy.ones((ctx.rows, 1))
    if ctx.by_frequency:
        weights[:, 0] /= numpy.maximum(numpy.bincount(index, minlength=ctx.rows), 1)
    if ctx.padding_idx is not None:
        weights[ctx.padding_idx] = 0
    return weights


def wrapped_like(x: Any, array: Any) -> Any:
    """The array in the dtype of x, as a tensor if x is one."""
    array = array.astype(unwrap(x).dtype)
    return wrap(array) if isinstance(x, TensorBase) else array


def embedding(
    input: Tensor,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """The rows of `weight` at the indices `input`.

    The row `padding_idx` gets no gradient. With `max_norm` the rows that are looked up are first
    scaled down, in place, to at most that norm. `sparse` makes no difference: gradients are dense.

    Shape: input (*) of integers, weight (V, D), output (*, D).

    Raises IndexError for an index outside the rows.

    >>> embedding(tensor([1, 0]), tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor([[3., 4.],
            [1., 2.]])
    """
    if not isinstance(input, TensorBase):
        raise TypeError(
            "embedding(): argument 'indices' (position 2) must be Tensor, "
            f"not {type(input).__name__}"
        )
    table, index = unwrap(weight), input._data
    if padding_idx is not None:
        if not -table.shape[0] <= padding_idx < table.shape[0]:
            raise AssertionError("Padding_idx must be within num_embeddings")
        padding_idx %= table.shape[0]
    _check_indices(index, table, "embedding")
    if max_norm is not None:
        _renormalize(weight, index, max_norm, norm_type)
    result: Tensor = apply(
        Embedding, weight, input, padding_idx=padding_idx, by_frequency=scale_grad_by_freq
    )
    return result


def _check_indices(index: Any, table: Any, function: str) -> None:
    """Refuse what NumPy would take: negative indices, other dtypes, a table of other rank."""
    if table.ndim != 2:
        raise RuntimeError("'weight' must be 2-D")
    kind = dtypes.of_array(index)
    if kind is not dtypes.int64 and kind is not dtypes.int32:
        name = "CPUBoolType" if kind is dtypes.bool_ else f"torch.{kind.short}Tensor"
        message = (
            "Expected tensor for argument #1 'indices' to have one of the following scalar types: "
            f"Long, Int; but got {name} instead (while checking arguments for {function})"
        )
        raise RuntimeError(hint(message, "convert the indices: input.long()"))
    rows = table.shape[0]
    wrong = out_of_bounds(index, rows)
    if wrong is not None:
        advice = f"index {wrong} is outside the {rows} rows, 0 to {rows - 1}"
        raise IndexError(hint("index out of range in self", advice))


def _renormalize(weight: Any, index: Any, max_norm: float, norm_type: float) -> None:
    """Scale the rows that are looked up to at most `max_norm`, in place, outside the graph."""
    rows = numpy.unique(index)
    table = weight._data
    norms = numpy.linalg.norm(table[rows], norm_type, axis=1)
    long = norms > max_norm
    scale = (max_norm / (norms[long] + 1e-7)).astype(table.dtype)
    table[rows[long]] *= scale[:, None]
    written(weight)


def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """Vectors with a one at the index and zeros elsewhere; -1 classes: as many as are needed.

    Shape: tensor (*) of int64, output (*, num_classes) of int64.

    >>> one_hot(tensor([0, 2]))
    tensor([[1, 0, 0],
            [0, 0, 1]])
    """
    index: Any = unwrap(tensor)
    if dtypes.of_array(index) is not dtypes.int64:
        message = "one_hot is only applicable to index tensor of type LongTensor."
        raise RuntimeError(hint(message, "convert it: tensor.long()"))
    if not index.size:
        if num_classes <= 0:
            raise RuntimeError("Can not infer total number of classes from empty tensor.")
    else:
        num_classes = _class_count(index, num_classes)
    result: Tensor = wrap((index[..., None] == numpy.arange(num_classes)).astype(numpy.int64))
    return result


@decides
def _class_count(index: Any, given: int) -> int:
    """The number of classes, checked or, for -1, found."""
    if index.min() < 0:
        raise RuntimeError("Class values must be non-negative.")
    largest = int(index.max())
    if given == -1:
        return largest + 1
    if largest >= given:
        advice = f"the largest is {largest}, num_classes is {given}"
        raise RuntimeError(hint("Class values must be smaller than num_classes.", advice))
    return given
