"""`torch.nn.attention.bias`: causal masks of sequences of different lengths."""

from __future__ import annotations

import enum
from typing import Any

import numpy

from ...core.tensor import new
from ...tensor import Tensor


class CausalVariant(enum.IntEnum):
    """Which corner the diagonal of a causal mask starts from."""

    UPPER_LEFT = 1
    LOWER_RIGHT = 2


class CausalBias(Tensor):
    """A boolean mask that lets a query see the keys before it, for `attn_mask`.

    >>> CausalBias(CausalVariant.UPPER_LEFT, 2, 3)
    tensor([[ True, False, False],
            [ True,  True, False]])
    """

    variant: CausalVariant
    seq_len_q: int
    seq_len_kv: int

    def __new__(cls, variant: CausalVariant, seq_len_q: int, seq_len_kv: int) -> Any:
        shift = seq_len_kv - seq_len_q if variant == CausalVariant.LOWER_RIGHT else 0
        mask = new(cls)
        mask._data = numpy.tri(seq_len_q, seq_len_kv, shift, dtype=bool)
        mask._writes = [0, 0]
        mask._node = mask._grad = mask._view = None
        mask.variant, mask.seq_len_q, mask.seq_len_kv = variant, seq_len_q, seq_len_kv
        return mask


def causal_upper_left(*size: int) -> CausalBias:
    """The mask in which query i sees keys 0 to i, as `is_causal` has it.

    Shape: size is (L, S), output (L, S).

    >>> causal_upper_left(2, 2)
    tensor([[ True, False],
            [ True,  True]])
    """
    return _causal(CausalVariant.UPPER_LEFT, size)


def causal_lower_right(*size: int) -> CausalBias:
    """The mask in which the last query sees all keys, each one before it one key less.

    Shape: size is (L, S), output (L, S).

    >>> causal_lower_right(2, 3)
    tensor([[ True,  True, False],
            [ True,  True,  True]])
    """
    return _causal(CausalVariant.LOWER_RIGHT, size)


def _causal(variant: CausalVariant, size: tuple[int, ...]) -> CausalBias:
    if len(size) != 2:
        raise RuntimeError("causal_upper_left and causal_lower_right only support 2D tensors")
    bias: CausalBias = CausalBias(variant, *size)
    return bias
