"""`torch.nn.attention.flex_attention`: attention whose scores and mask are functions of positions.

A composition of operations, without blocks: all scores are computed, then masked. The functions
get index tensors that broadcast against the scores (B, H, L, S), all at once.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy

from ...core.tensor import wrap
from ...errors import hint
from ...ops.compare import where
from ...ops.matmul import matmul
from ...ops.permute import transpose
from ...ops.repeat import repeat_interleave
from ...ops.shape import broadcast_to
from ...ops.softmax import softmax
from ...ops.statistics import logsumexp

if TYPE_CHECKING:
    from ...tensor import Tensor

Rule = Callable[..., Any]


class AuxRequest(NamedTuple):
    """What `flex_attention` shall return besides."""

    lse: bool = False
    max_scores: bool = False


class AuxOutput(NamedTuple):
    """What was asked for by an `AuxRequest`; None for the rest."""

    lse: Any = None
    max_scores: Any = None


def _places(*sizes: int) -> list[Any]:
    """The indices along each axis, shaped to broadcast against the others."""
    lines = [numpy.arange(n).reshape(-1, *[1] * back) for back, n in enumerate(sizes[::-1])]
    return [
        wrap(line.reshape((1,) * (len(sizes) - line.ndim) + line.shape)) for line in lines[::-1]
    ]


class BlockMask:
    """A mask by its rule: `mask_mod(b, h, i, j)` is true where query i may see key j."""

    def __init__(self, mask_mod: Rule, shape: tuple[int, ...], block_size: tuple[int, int]) -> None:
        self.mask_mod = mask_mod
        self.shape = shape
        self.BLOCK_SIZE = block_size

    @property
    def seq_lengths(self) -> tuple[int, int]:
        """The numbers of queries and of keys."""
        return self.shape[-2], self.shape[-1]

    def to_dense(self) -> Tensor:
        """1 for each block in which anything is seen, 0 for the others.

        Shape: output (B, H, blocks of queries, blocks of keys).
        """
        seen = create_mask(self.mask_mod, *self.shape)._data
        for axis, size in zip((-2, -1), self.BLOCK_SIZE, strict=True):
            starts = numpy.arange(0, seen.shape[axis], size)
            seen = numpy.logical_or.reduceat(seen, starts, axis)
        dense: Tensor = wrap(seen.astype(numpy.int32))
        return dense

    def sparsity(self) -> float:
        """The share, in percent, of the blocks in which nothing is seen."""
        return float(100 * (1 - self.to_dense()._data.mean()))

    def __repr__(self) -> str:
        return f"BlockMask(shape={self.shape}, sparsity={self.sparsity():.2f}%)"


def noop_mask(batch: Any, head: Any, token_q: Any, token_kv: Any) -> Any:
    """A rule that lets every query see every key."""
    return wrap(numpy.ones((), bool))


def and_masks(*mask_mods: Rule) -> Rule:
    """The rule that holds where all of these do."""

    def both(*places: Any) -> Any:
        result = noop_mask(*places)
        for rule in mask_mods:
            result = result & rule(*places)
        return result

    return both


def or_masks(*mask_mods: Rule) -> Rule:
    """The rule that holds where any of these does."""

    def either(*places: Any) -> Any:
        result = ~noop_mask(*places)
        for rule in mask_mods:
            result = result | rule(*places)
        return result

    return either


def create_mask(
    mod_fn: Rule, B: int | None, H: int | None, Q_LEN: int, KV_LEN: int, device: Any = None
) -> Tensor:
    """A rule's mask, or what a rule of scores adds to zeros, for all positions.

    Shape: output (B, H, Q_LEN, KV_LEN), with 1 for None.

    >>> create_mask(lambda b, h, i, j: i >= j, None, None, 2, 2)
    tensor([[[[ True, False],
              [ True,  True]]]])
    """
    sizes = (B or 1, H or 1, Q_LEN, KV_LEN)
    places = _places(*sizes)
    if len(inspect.signature(mod_fn).parameters) == 5:
        places.insert(0, wrap(numpy.zeros(sizes, numpy.float32)))
    return broadcast_to(mod_fn(*places), sizes)


def create_block_mask(
    mask_mod: Rule,
    B: int | None,
    H: int | None,
    Q_LEN: int,
    KV_LEN: int,
    device: Any = None,
    BLOCK_SIZE: int | tuple[int, int] = 128,
    _compile: bool = False,
    separate_full_blocks: bool = True,
    compute_dq_write_order: bool = False,
    dq_kv_order: bool = True,
) -> BlockMask:
    """A mask for `flex_attention` from its rule; the blocks only count what is seen.

    >>> create_block_mask(lambda b, h, i, j: i >= j, None, None, 256, 256)
    BlockMask(shape=(1, 1, 256, 256), sparsity=25.00%)
    """
    size = (BLOCK_SIZE,) * 2 if isinstance(BLOCK_SIZE, int) else BLOCK_SIZE
    return BlockMask(mask_mod, (B or 1, H or 1, Q_LEN, KV_LEN), size)


def flex_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    score_mod: Rule | None = None,
    block_mask: BlockMask | None = None,
    scale: float | None = None,
    enable_gqa: bool = False,
    return_lse: bool = False,
    kernel_options: Any = None,
    *,
    return_aux: AuxRequest | None = None,
) -> Any:
    """softmax(score_mod(query key^T * scale)) value, where the mask lets a query see.

    `score_mod(score, b, h, i, j)` gives the new scores from the indices of batch, head, query and
    key. `return_lse` adds the logarithm of the summed exponentials of the scores.

    Shape: query (B, H, L, E), key (B, H, S, E), value (B, H, S, V), output (B, H, L, V).

    >>> q = ones(1, 1, 2, 2)
    >>> flex_attention(q, q, q, score_mod=lambda score, b, h, i, j: score - abs(i - j)).shape
    torch.Size([1, 1, 2, 2])
    """
    if not query.ndim == key.ndim == value.ndim == 4:
        raise NotImplementedError("NYI: query, key, and value must be 4D tensors")
    if enable_gqa:
        copies = query.shape[1] // key.shape[1]
        key, value = (repeat_interleave(each, copies, 1) for each in (key, value))
    scores: Any = matmul(query, transpose(key, -2, -1))
    scores = scores * (1 / math.sqrt(query.shape[-1]) if scale is None else scale)
    places = _places(*scores.shape)
    if score_mod is not None:
        scores = score_mod(scores, *places)
    if block_mask is not None:
        lengths = tuple(scores.shape[-2:])
        if block_mask.seq_lengths != lengths:
            message = f"block_mask was created for block_mask.shape={block_mask.shape} but got "
            lacks = f"q_len={lengths[0]} and kv_len={lengths[1]}"
            raise ValueError(hint(message + lacks, "create the mask for these lengths"))
        scores = where(block_mask.mask_mod(*places), scores, -math.inf)
    lse = logsumexp(scores, -1)
    weights = softmax(scores, -1)
    blind = lse._data == -math.inf
    if blind.any():  # a query that sees nothing gets zeros
        weights = where(wrap(blind[..., None]), 0.0, weights)
    out = matmul(weights, value)
    if return_aux is not None:
        most = scores.amax(-1) if return_aux.max_scores else None
        return out, AuxOutput(lse if return_aux.lse else None, most)
    return (out, lse) if return_lse else out
