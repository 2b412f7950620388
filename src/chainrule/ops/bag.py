"""Bags of embeddings: the sum, mean or maximum of rows looked up together."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy

from ..core import dtype as dtypes
from ..core.apply import apply
from ..core.modes import decides
from ..core.primitive import Primitive
from ..core.tensor import unwrap, wrap
from ..errors import hint
from .compare import where
from .embedding import embedding
from .index import gather, index_select
from .scatter import index_add
from .shape import reshape, unsqueeze

if TYPE_CHECKING:
    from ..tensor import Tensor


def embedding_bag(
    input: Tensor,
    weight: Tensor,
    offsets: Tensor | None = None,
    max_norm: float | None = None,
    norm_type: float = 2,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Tensor | None = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Tensor:
    """For each bag of indices the sum, mean or maximum of their rows of `weight`.

    A row of a 2-D input is a bag; in a 1-D input bag i begins at `offsets[i]`. Rows of
    `padding_idx` do not count, an empty bag gives zeros. `per_sample_weights` multiply the rows
    of a sum. `sparse` makes no difference: gradients are dense.

    Shape: input (B, L), or (M) with offsets (B), weight (V, D), output (B, D).

    >>> embedding_bag(tensor([[0, 1]]), tensor([[1.0, 2.0], [3.0, 4.0]]), mode="sum")
    tensor([[4., 6.]])
    """
    if unwrap(weight).dtype.kind in "iu" and unwrap(input).dtype.kind == "f":
        warnings.warn(
            "Argument order of nn.functional.embedding_bag was changed. Usage "
            "`embedding_bag(weight, input, ...)` is deprecated, and should now be "
            "`embedding_bag(input, weight, ...)`.",
            stacklevel=2,
        )
        input, weight = weight, input
    _check(input, offsets, mode, per_sample_weights, scale_grad_by_freq, sparse)
    index, table = unwrap(input), unwrap(weight)
    if index.ndim == 2:
        starts = numpy.arange(len(index)) * index.shape[1]
        end = index.size
    else:
        starts, end = _starts(unwrap(offsets), index.size, include_last_offset)
    bag = numpy.searchsorted(starts, numpy.arange(end), "right") - 1
    kept = _kept(index.reshape(-1)[:end], len(table), padding_idx)
    looked_up = _rows(index.reshape(-1)[kept], weight, max_norm, norm_type, scale_grad_by_freq)
    bag = bag[kept]
    if mode == "max":
        return _largest(looked_up, bag, len(starts))
    if per_sample_weights is not None:
        scale = index_select(reshape(per_sample_weights, -1), 0, wrap(kept))
        looked_up = looked_up * unsqueeze(scale, 1)
    empty = wrap(numpy.zeros((len(starts), table.shape[1]), table.dtype))
    total = index_add(empty, 0, wrap(bag), looked_up)
    if mode == "sum":
        return total
    counts = numpy.maximum(numpy.bincount(bag, minlength=len(starts)), 1)
    return total / wrap(counts[:, None].astype(table.dtype))


def _kept(index: Any, rows: int, padding_idx: int | None) -> Any:
    """The positions of all indices that are no padding."""
    if padding_idx is None:
        return numpy.arange(index.size)
    if not -rows <= padding_idx < rows:
        raise RuntimeError(
            f"padding_idx must be within the number of embeddings, {-rows} through {rows - 1}, "
            f"but got {padding_idx}"
        )
    return numpy.flatnonzero(index != padding_idx % rows)


def _rows(index: Any, weight: Any, *options: Any) -> Any:
    try:
        return embedding(wrap(index), weight, None, *options)
    except IndexError as error:  # PyTorch has another type here
        raise RuntimeError(str(error)) from None


class FirstLargest(Primitive):
    """The number of the row that has a bag's maximum, the first of them, by bag and column."""

    nondiff = ("x",)

    def kernel(xp, x, *, bag, bags):
        present, starts = xp.unique(bag, return_index=True)
        top = xp.zeros((bags, x.shape[1]), x.dtype)
        found = xp.zeros((bags, x.shape[1]), xp.int64)
        if len(present):
            top[present] = xp.maximum.reduceat(x, starts)
            is_top = (x == top[bag]) | xp.isnan(x)
            place = xp.where(is_top, xp.arange(len(bag))[:, None], len(bag))
            found[present] = xp.minimum.reduceat(place, starts)
        return found


def _largest(rows: Any, bag: Any, bags: int) -> Any:
    """The maximum of each bag and column, taken from the first row that has it."""
    filled = numpy.zeros((bags, 1), bool)
    filled[bag] = True
    found = apply(FirstLargest, rows, bag=bag, bags=bags)
    if not len(bag):
        rows = wrap(numpy.zeros((1, unwrap(rows).shape[1]), unwrap(rows).dtype))
    return where(wrap(filled), gather(rows, 0, found), 0.0)


@decides
def _starts(offsets: Any, size: int, include_last: bool) -> tuple[Any, int]:
    """Where bags begin, and where the last one ends."""
    if offsets.size and offsets[0] != 0:
        raise RuntimeError(
            "offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from "
            f"position 0. However, got {offsets[0]}"
        )
    if offsets.size and offsets[-1] > size:
        raise RuntimeError(
            f"offsets[-1] can not be greater than input's length {size} but got offsets[-1] of "
            f"{offsets[-1]}"
        )
    if numpy.any(numpy.diff(offsets) < 0):
        raise RuntimeError(hint("offsets have to be in ascending order", "sort the bags"))
    starts = offsets[:-1] if include_last else offsets
    if not starts.size:
        return starts, 0
    return starts, int(offsets[-1]) if include_last else size


def _check(
    input: Any, offsets: Any, mode: str, scale: Any, by_frequency: bool, sparse: bool
) -> None:
    index = unwrap(input)
    if scale is not None and unwrap(scale).shape != index.shape:
        raise ValueError(
            f"embedding_bag: If per_sample_weights ({scale.shape}) is not None, then it must have "
            f"the same shape as the input ({input.shape})"
        )
    if index.ndim == 2 and offsets is not None:
        raise ValueError(
            "if input is 2D, then offsets has to be None, as input is treated is a mini-batch of "
            f"fixed length sequences. However, found offsets of type {type(offsets)}"
        )
    if index.ndim not in (1, 2):
        raise ValueError(
            f"input has to be 1D or 2D Tensor, but got Tensor of dimension {index.ndim}"
        )
    if index.ndim == 1:
        if offsets is None:
            raise ValueError("offsets has to be a 1D Tensor but got None")
        if unwrap(offsets).ndim != 1:
            raise ValueError("offsets has to be a 1D Tensor")
    if mode not in ("sum", "mean", "max"):
        raise ValueError("mode has to be one of sum, mean or max")
    if mode == "max" and by_frequency:
        raise ValueError("max mode does not support scaling the gradient by the frequency")
    if mode == "max" and sparse:
        raise ValueError("max mode does not support sparse weights")
    if scale is not None and mode != "sum":
        raise NotImplementedError(
            "embedding_bag: per_sample_weights was not None. per_sample_weights is only supported "
            f"for mode='sum' (got mode='{mode}'). Please open a feature request on GitHub."
        )
    kind = dtypes.of_array(index)
    if kind is not dtypes.int64 and kind is not dtypes.int32:
        message = (
            "Expected tensor for argument #1 'indices' to have one of the following scalar types: "
            f"Long, Int; but got torch.{kind.short}Tensor instead (while checking arguments for "
            "embedding_bag)"
        )
        raise RuntimeError(hint(message, "convert the indices: input.long()"))
