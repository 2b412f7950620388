"""Attention with several heads, and the projections around it."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, Any

import numpy

from ..core import dtype as dtypes
from ..core.tensor import unwrap, wrap
from ..errors import hint
from .attention import scaled_dot_product_attention
from .dropout import dropout
from .join import cat
from .linear import linear
from .masking import masked_fill
from .matmul import bmm
from .pad import pad
from .permute import permute, transpose
from .reduce import mean
from .repeat import repeat
from .shape import expand, reshape, squeeze, unsqueeze
from .softmax import softmax
from .split import chunk, split

if TYPE_CHECKING:
    from ..tensor import Tensor


def multi_head_attention_forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Tensor | None,
    in_proj_bias: Tensor | None,
    bias_k: Tensor | None,
    bias_v: Tensor | None,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Tensor,
    out_proj_bias: Tensor | None,
    training: bool = True,
    key_padding_mask: Tensor | None = None,
    need_weights: bool = True,
    attn_mask: Tensor | None = None,
    use_separate_proj_weight: bool = False,
    q_proj_weight: Tensor | None = None,
    k_proj_weight: Tensor | None = None,
    v_proj_weight: Tensor | None = None,
    static_k: Tensor | None = None,
    static_v: Tensor | None = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
) -> tuple[Tensor, Tensor | None]:
    """What `nn.MultiheadAttention` computes, from its parameters: the output and the weights.

    Boolean masks are true where a query may *not* look, others are added to the scores. A query
    that sees nothing gets NaN, or zeros without `need_weights`.

    Shape: query (L, N, E) or (L, E), key (S, N, K) or (S, K), value (S, N, V) or (S, V); attn_mask
    (L, S) or (N * heads, L, S), key_padding_mask (N, S) or (S,); output (L, N, E) or (L, E),
    weights (N, L, S), (N, heads, L, S) if not averaged, or without N.

    Vaswani et al., "Attention is all you need" (2017).
    """
    ranks = _check_ranks(query, key, value, key_padding_mask, attn_mask, num_heads)
    padding = key_padding_mask
    if ranks == 2:
        query, key, value = (unsqueeze(each, 1) for each in (query, key, value))
        padding = None if padding is None else unsqueeze(padding, 0)
    padding, attn_mask, is_causal = _masks(padding, attn_mask, is_causal, need_weights, query)
    _check_sizes(query, key, value, embed_dim_to_check, num_heads, use_separate_proj_weight)
    apart = (q_proj_weight, k_proj_weight, v_proj_weight) if use_separate_proj_weight else None
    q, k, v = _all_projected((query, key, value), apart, in_proj_weight, in_proj_bias)
    length, batch, _ = unwrap(query).shape
    if attn_mask is not None:
        attn_mask = _checked_mask(attn_mask, batch * num_heads, length, unwrap(key).shape[0])
    k, v, extra = _extended(k, v, bias_k, bias_v, static_k, static_v, add_zero_attn, num_heads)
    mask = _merged(attn_mask, padding, extra, batch, unwrap(k).shape[1], num_heads)
    attend, rate = _attend if need_weights else _attend_without_weights, dropout_p * training
    out, weights = attend(_heads(q, num_heads), k, v, mask, rate, batch, is_causal)
    out = linear(reshape(out, (length, batch, -1)), out_proj_weight, out_proj_bias)
    if weights is not None and average_attn_weights:
        weights = mean(weights, 1)
    if ranks == 3:
        return out, weights
    return squeeze(out, 1), None if weights is None else squeeze(weights, 0)


def _all_projected(inputs: Any, apart: Any, weight: Any, bias: Any) -> Any:
    """Queries, keys and values by the weights that are apart, or else by parts of one weight."""
    if apart is not None:
        return _projected_apart(inputs, apart, bias)
    query, key, value = inputs
    return _projected(query, key, value, weight, bias)


def _extended(
    k: Any, v: Any, bias_k: Any, bias_v: Any, static_k: Any, static_v: Any, zero: bool, heads: int
) -> tuple[Any, Any, int]:
    """Keys and values by head, with what is learned or zero after them, and how much that is."""
    learned = bias_k is not None and bias_v is not None
    found = []
    for each, bias, static in ((k, bias_k, static_k), (v, bias_v, static_v)):
        if learned:
            each = cat([each, repeat(bias, 1, unwrap(each).shape[1], 1)])
        each = _heads(each, heads) if static is None else static
        if zero:
            each = cat([each, each.new_zeros((each.shape[0], 1, each.shape[2]))], 1)
        found.append(each)
    return found[0], found[1], int(learned) + int(zero)


def canonical_mask(
    mask: Any, mask_name: str, other: Any, other_name: str, kind: Any, check_other: bool = True
) -> Any:
    """A mask to be added to scores: -inf where a boolean one is true. AssertionError for integers.

    >>> canonical_mask(tensor([True, False]), "mask", None, "", float32)
    tensor([-inf, 0.])
    """
    if mask is None:
        return None
    given = unwrap(mask)
    floating = dtypes.of_array(given).category == dtypes.FLOATING
    if given.dtype.kind != "b" and not floating:
        raise AssertionError(f"only bool and floating types of {mask_name} are supported")
    if check_other and other is not None and unwrap(other).dtype is not given.dtype:
        warnings.warn(
            f"Support for mismatched {mask_name} and {other_name} is deprecated. Use same type "
            "for both instead.",
            stacklevel=3,
        )
    if floating:
        return mask
    blank = numpy.zeros(given.shape, getattr(kind, "numpy", kind))
    return masked_fill(wrap(blank), mask, -math.inf)


def _masks(padding: Any, mask: Any, is_causal: bool, need_weights: bool, query: Any) -> Any:
    """Both masks as floating ones, and whether the mask is left to `is_causal`."""
    kind = unwrap(query).dtype
    padding = canonical_mask(padding, "key_padding_mask", mask, "attn_mask", kind)
    if is_causal and mask is None:
        raise RuntimeError(
            "Need attn_mask if specifying the is_causal hint. You may use the Transformer module "
            "method `generate_square_subsequent_mask` to create this mask."
        )
    if is_causal and padding is None and not need_weights:
        return None, None, True
    return padding, canonical_mask(mask, "attn_mask", None, "", kind, check_other=False), False


def _check_ranks(query: Any, key: Any, value: Any, padding: Any, mask: Any, num_heads: int) -> int:
    """2 without a batch dimension, else 3; AssertionError if the arguments do not agree in that."""
    ranks = unwrap(query).ndim
    if ranks not in (2, 3):
        raise AssertionError(
            f"query should be unbatched 2D or batched 3D tensor but received {ranks}-D query tensor"
        )
    kind = "batched (3-D)" if ranks == 3 else "unbatched (2-D)"
    others = unwrap(key).ndim, unwrap(value).ndim
    if others != (ranks, ranks):
        raise AssertionError(
            f"For {kind} `query`, expected `key` and `value` to be {ranks}-D but found "
            f"{others[0]}-D and {others[1]}-D tensors respectively"
        )
    if padding is not None and unwrap(padding).ndim != ranks - 1:
        raise AssertionError(
            f"For {kind} `query`, expected `key_padding_mask` to be `None` or {ranks - 1}-D but "
            f"found {unwrap(padding).ndim}-D tensor instead"
        )
    if mask is not None:
        shape = unwrap(mask).shape
        if len(shape) not in (2, 3):
            raise AssertionError(
                f"For {kind} `query`, expected `attn_mask` to be `None`, 2-D or 3-D but found "
                f"{len(shape)}-D tensor instead"
            )
        expected = (num_heads, unwrap(query).shape[0], unwrap(key).shape[0])
        if ranks == 2 and len(shape) == 3 and shape != expected:
            raise AssertionError(
                f"Expected `attn_mask` shape to be {expected} but got {mask.shape}"
            )
    return ranks


def _check_sizes(
    query: Any, key: Any, value: Any, embed_dim: int, num_heads: int, apart: bool
) -> None:
    size = unwrap(query).shape[-1]
    if size != embed_dim:
        raise AssertionError(
            hint(
                f"was expecting embedding dimension of {embed_dim}, but got {size}",
                "the last dimension of the query is the embedding",
            )
        )
    if embed_dim % num_heads:
        raise AssertionError(f"embed_dim {embed_dim} not divisible by num_heads {num_heads}")
    if apart and key.shape[:2] != value.shape[:2]:
        raise AssertionError(
            f"key's sequence and batch dims {key.shape[:2]} do not match value's {value.shape[:2]}"
        )
    if not apart and key.shape != value.shape:
        raise AssertionError(f"key shape {key.shape} does not match value shape {value.shape}")


def _checked_mask(mask: Any, heads: int, length: int, source: int) -> Any:
    """The mask of shape (1, L, S) or (N * heads, L, S); RuntimeError for another."""
    shape = unwrap(mask).shape
    expected = (length, source) if len(shape) == 2 else (heads, length, source)
    if shape != expected:
        raise RuntimeError(
            f"The shape of the {len(shape)}D attn_mask is {mask.shape}, but should be {expected}."
        )
    return unsqueeze(mask, 0) if len(shape) == 2 else mask


def _projected(query: Any, key: Any, value: Any, weight: Any, bias: Any) -> Any:
    """Queries, keys and values, in as few products as there are different inputs."""
    if key is value and query is key:
        return chunk(linear(query, weight, bias), 3, -1)
    size = unwrap(query).shape[-1]
    if key is value:
        sizes = [size, 2 * size]
        of_query, of_both = split(weight, sizes)
        bias_q, bias_both = (None, None) if bias is None else split(bias, sizes)
        return linear(query, of_query, bias_q), *chunk(linear(key, of_both, bias_both), 2, -1)
    return _projected_apart((query, key, value), chunk(weight, 3), bias)


def _projected_apart(inputs: Any, weights: Any, bias: Any) -> Any:
    biases = (None,) * 3 if bias is None else chunk(bias, 3)
    return [linear(x, w, b) for x, w, b in zip(inputs, weights, biases, strict=True)]


def _heads(x: Any, num_heads: int) -> Any:
    """(length, batch, embedding) as (batch * heads, length, embedding / heads)."""
    length, batch, size = unwrap(x).shape
    return transpose(reshape(x, (length, batch * num_heads, size // num_heads)), 0, 1)


def _merged(mask: Any, padding: Any, extra: int, batch: int, source: int, num_heads: int) -> Any:
    """Both masks as one, with zeros for what was appended to the keys."""
    if mask is not None and extra:
        mask = pad(mask, (0, extra))
    if padding is None:
        return mask
    if extra:
        padding = pad(padding, (0, extra))
    for axis, size in enumerate((batch, source)):
        found = unwrap(padding).shape[axis]
        if found != size:
            raise AssertionError(
                f"Expected key_padded_mask.shape[{axis}] to be {size}, but got {found}"
            )
    rows = reshape(padding, (batch, 1, 1, source))
    padding = reshape(expand(rows, batch, num_heads, 1, source), (batch * num_heads, 1, source))
    return padding if mask is None else mask + padding


def _attend(q: Any, k: Any, v: Any, mask: Any, rate: float, batch: int, is_causal: bool) -> Any:
    """The output (L, N * heads, E / heads) and the weights (N, heads, L, S)."""
    heads, length, size = unwrap(q).shape
    scores = bmm(q * math.sqrt(1.0 / size), transpose(k, -2, -1))
    weights = softmax(scores if mask is None else mask + scores, -1)
    if rate > 0.0:
        weights = dropout(weights, rate)
    out = transpose(bmm(weights, v), 0, 1)
    source = unwrap(weights).shape[2]
    return out, reshape(weights, (batch, heads // batch, length, source))


def _attend_without_weights(
    q: Any, k: Any, v: Any, mask: Any, rate: float, batch: int, is_causal: bool
) -> Any:
    """The output (L, N, heads, E / heads) and None."""

    def by_batch(x: Any) -> Any:
        shape = unwrap(x).shape
        return reshape(x, (batch, shape[0] // batch, *shape[1:]))

    if mask is not None:
        mask = unsqueeze(mask, 0) if unwrap(mask).shape[0] == 1 else by_batch(mask)
    out = scaled_dot_product_attention(by_batch(q), by_batch(k), by_batch(v), mask, rate, is_causal)
    return permute(out, (2, 0, 1, 3)), None
