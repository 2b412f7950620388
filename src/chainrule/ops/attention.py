"""Attention: means of values, weighted by how well keys answer queries."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy

from ..core import dtype as dtypes
from ..core.tensor import optional, unwrap, wrap
from ..errors import hint
from .compare import where
from .dropout import dropout
from .matmul import matmul
from .permute import transpose
from .repeat import repeat_interleave
from .softmax import softmax

if TYPE_CHECKING:
    from ..tensor import Tensor


def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """softmax(query key^T * scale + mask) value, with scale 1 / sqrt(E) unless it is given.

    A boolean mask is true where a query may look, a floating one is added. `is_causal` lets query
    i see keys 0 to i. A query that sees nothing gets zeros. With `enable_gqa` several heads of
    queries share a head of keys and values.

    Shape: query (*, L, E), key (*, S, E), value (*, S, V), attn_mask (*, L, S), output (*, L, V).

    Vaswani et al., "Attention is all you need" (2017).

    >>> q = tensor([[1.0, 0.0]])
    >>> scaled_dot_product_attention(q, q, tensor([[5.0, 7.0]]))
    tensor([[5., 7.]])
    """
    _check(unwrap(query), unwrap(key), unwrap(value), optional(attn_mask), is_causal)
    if scale is None:
        scale = 1.0 / math.sqrt(unwrap(query).shape[-1])
    if enable_gqa:
        heads = unwrap(query).shape[-3]
        key, value = (
            repeat_interleave(each, heads // unwrap(each).shape[-3], -3) for each in (key, value)
        )
    scores = matmul(query * scale, transpose(key, -2, -1))
    if is_causal:
        attn_mask = wrap(numpy.tri(*unwrap(scores).shape[-2:], dtype=bool))
    if attn_mask is None:
        weights = softmax(scores, -1)
    else:
        weights = _masked(scores, attn_mask)
    if dropout_p > 0.0:
        weights = dropout(weights, dropout_p)
    return matmul(weights, value)


def _masked(scores: Any, mask: Any) -> Any:
    """Attention weights under a mask; zeros in rows where nothing may be seen."""
    seen = mask
    if unwrap(mask).dtype.kind == "b":
        scores = where(mask, scores, -math.inf)
    else:
        scores = scores + mask
        seen = wrap(unwrap(scores) != -math.inf)
    weights = softmax(scores, -1)
    blind = ~unwrap(seen).any(-1, keepdims=True)
    return where(wrap(blind), 0.0, weights) if blind.any() else weights


def _check(query: Any, key: Any, value: Any, mask: Any, is_causal: bool) -> None:
    named = {"query": query, "key": key, "value": value}
    if min(each.ndim for each in named.values()) < 2:
        found = " ".join(f"{name}.dim: {each.ndim}" for name, each in named.items())
        raise RuntimeError(
            "Expected query, key, and value to all be  at least 2 dimensional, but got "
            f"{found.replace(' value', ' and value')} instead."
        )
    if len({each.dtype for each in named.values()}) > 1:
        kinds = " ".join(f"{name}.dtype: {dtypes.of_array(a).name}" for name, a in named.items())
        message = "Expected query, key, and value to have the same dtype, but got "
        raise RuntimeError(hint(f"{message}{kinds}.", "convert them to one dtype"))
    if mask is None:
        return
    if is_causal:
        raise RuntimeError(
            "_scaled_dot_product_attention: Explicit attn_mask should not be set when "
            "is_causal=True"
        )
    if mask.dtype.kind != "b" and mask.dtype is not query.dtype and mask.dtype.char != "f":
        raise RuntimeError(
            "Expected attn_mask dtype to be bool or float or to match query dtype, but got "
            f"attn_mask.dtype: {dtypes.of_array(mask).name} and  query.dtype: "
            f"{dtypes.of_array(query).name} instead."
        )
