"""Rows for attention."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import softmax

from .case import A, Case, Error

QKV = [A(2, 3, 4), A(2, 5, 4), A(2, 5, 6)]
SEEN = np.array([[1, 0, 1, 1, 0], [1, 1, 1, 1, 1], [0, 0, 1, 0, 0]], bool)


def attend(q: Any, k: Any, v: Any, mask: Any = 0.0, scale: float = 0.5) -> Any:
    return softmax(q @ k.swapaxes(1, 2) * scale + mask, -1) @ v


def attention(t: Any, *args: Any, **kwargs: Any) -> Any:
    return t.nn.functional.scaled_dot_product_attention(*args, **kwargs)


def blind(t: Any, q: Any, k: Any, v: Any) -> Any:
    """The first query sees nothing."""
    mask = t.tensor([[False] * 5, [True] * 5, [True] * 5])
    return attention(t, q, k, v, attn_mask=mask)


def heads(
    t: Any,
    q: Any,
    k: Any,
    v: Any,
    w: Any,
    b: Any,
    u: Any,
    c: Any,
    mask: Any = None,
    bias: Any = None,
) -> Any:
    """Attention with two heads: the output, and the weights where there is no mask."""
    function = t.nn.functional.multi_head_attention_forward
    mask = None if mask is None else mask.to(q.dtype)
    zero = bias is not None
    out, weights = function(
        q, k, v, 4, 2, w, b, bias, bias, zero, 0.0, u, c, need_weights=zero, attn_mask=mask
    )
    return (out, weights) if zero else out


CASES = [
    Case(
        "scaled_dot_product_attention",
        lambda t, q, k, v: attention(t, q, k, v),
        QKV,
        ref=attend,
        errors=[
            Error(
                lambda t: attention(t, t.ones(3), t.ones(5, 3), t.ones(5, 3)),
                RuntimeError,
                "Expected query, key, and value to all be  at least 2 dimensional",
            ),
            Error(
                lambda t: attention(t, t.ones(2, 3).double(), t.ones(5, 3), t.ones(5, 3)),
                RuntimeError,
                "Expected query, key, and value to have the same dtype",
            ),
            Error(
                lambda t: attention(
                    t, t.ones(2, 3), t.ones(5, 3), t.ones(5, 3), t.ones(2, 5), is_causal=True
                ),
                RuntimeError,
                "Explicit attn_mask should not be set when is_causal=True",
            ),
        ],
    ),
    Case(
        "scaled_dot_product_attention_causal",
        lambda t, q, k, v: attention(t, q, k, v, is_causal=True, scale=2.0),
        QKV,
        ref=lambda q, k, v: attend(q, k, v, np.where(np.tri(3, 5), 0, -np.inf), 2.0),
    ),
    Case(
        "scaled_dot_product_attention_seen",
        lambda t, q, k, v: attention(t, q, k, v, t.from_numpy(SEEN)),
        QKV,
        ref=lambda q, k, v: attend(q, k, v, np.where(SEEN, 0, -np.inf)),
    ),
    Case(
        "scaled_dot_product_attention_added",
        lambda t, q, k, v, mask: attention(t, q, k, v, mask),
        [*QKV, A(3, 5)],
        ref=attend,
    ),
    Case(
        "scaled_dot_product_attention_blind",
        blind,
        QKV,
        ref=lambda q, k, v: attend(q, k, v) * np.array([0.0, 1, 1])[:, None],
    ),
    Case(
        "scaled_dot_product_attention_shared_heads",
        lambda t, q, k, v: attention(t, q, k, v, enable_gqa=True),
        [A(1, 4, 3, 2), A(1, 2, 3, 2), A(1, 2, 3, 2)],
    ),
    Case(
        "multi_head_attention_forward",
        lambda t, q, k, v, w, b, u, c: heads(t, q, k, v, w, b, u, c, mask=t.zeros(3, 3).double()),
        [A(3, 2, 4), A(3, 2, 4), A(3, 2, 4), A(12, 4), A(12), A(4, 4), A(4)],
    ),
    Case(
        "multi_head_attention_forward_of_one_input",
        lambda t, x, w, u, bias: heads(t, x, x, x, w, None, u, None, bias=bias),
        [A(3, 2, 4), A(12, 4), A(4, 4), A(1, 1, 4)],
    ),
]
