"""Attention with several heads, as a layer."""

from __future__ import annotations

from typing import Any

from ...ops.creation import empty
from ...ops.permute import transpose
from ...tensor import Tensor
from ...typing import Device, DType
from .. import functional as F
from .. import init
from ..parameter import Parameter
from .linear import NonDynamicallyQuantizableLinear
from .module import Module


class MultiheadAttention(Module):
    """Attention of several heads: out = W_o concat(head_1, ..., head_h) with head_i =
    softmax(q_i k_iᵀ / sqrt(d)) v_i, of projections q, k, v of query, key and value.

    The projections start by `xavier_uniform_`, their biases as zeros. `kdim` and `vdim` are the
    sizes of keys and values if they differ from `embed_dim`; `add_bias_kv` appends a learned key
    and value, `add_zero_attn` one of zeros. `dropout` is applied to the weights.

    Shape: query (L, N, embed_dim), key (S, N, kdim), value (S, N, vdim), with N first if
    `batch_first`, or without N; output like query; weights (N, L, S), (N, num_heads, L, S) if not
    averaged.

    Vaswani et al., "Attention is all you need" (2017).

    >>> from chainrule import nn
    >>> x = ones(3, 1, 4)
    >>> output, weights = nn.MultiheadAttention(4, 2)(x, x, x)
    >>> output.shape, weights
    (torch.Size([3, 1, 4]), tensor([[[0.3333, 0.3333, 0.3333],
             [0.3333, 0.3333, 0.3333],
             [0.3333, 0.3333, 0.3333]]], grad_fn=<MeanBackward1>))
    """

    in_proj_weight: Any
    in_proj_bias: Any
    bias_k: Any
    bias_v: Any

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        device: Device = None,
        dtype: DType = None,
    ) -> None:
        if embed_dim <= 0 or num_heads <= 0:
            raise ValueError(
                f"embed_dim and num_heads must be greater than 0, got embed_dim={embed_dim} and "
                f"num_heads={num_heads} instead"
            )
        super().__init__()
        self.embed_dim = embed_dim
        self.kdim = embed_dim if kdim is None else kdim
        self.vdim = embed_dim if vdim is None else vdim
        self._qkv_same_embed_dim = self.kdim == self.vdim == embed_dim
        self.num_heads = num_heads
        self.dropout = dropout
        self.batch_first = batch_first
        self.head_dim = embed_dim // num_heads
        if embed_dim % num_heads:
            raise AssertionError("embed_dim must be divisible by num_heads")
        shapes: dict[str, tuple[int, ...] | None] = {
            "q_proj_weight": (embed_dim, embed_dim),
            "k_proj_weight": (embed_dim, self.kdim),
            "v_proj_weight": (embed_dim, self.vdim),
            "in_proj_weight": None,
            "in_proj_bias": (3 * embed_dim,) if bias else None,
            "bias_k": (1, 1, embed_dim) if add_bias_kv else None,
            "bias_v": (1, 1, embed_dim) if add_bias_kv else None,
        }
        if self._qkv_same_embed_dim:
            shapes = {**shapes, "in_proj_weight": (3 * embed_dim, embed_dim)}
            shapes.update(q_proj_weight=None, k_proj_weight=None, v_proj_weight=None)
        options: dict[str, Any] = {"device": device, "dtype": dtype}
        for name, shape in shapes.items():
            value = None if shape is None else Parameter(empty(shape, **options))
            self.register_parameter(name, value)
        self.out_proj = NonDynamicallyQuantizableLinear(embed_dim, embed_dim, bias, **options)
        self.add_zero_attn = add_zero_attn
        self._reset_parameters()

    def _reset_parameters(self) -> None:
        for name in ("in_proj_weight", "q_proj_weight", "k_proj_weight", "v_proj_weight"):
            if getattr(self, name) is not None:
                init.xavier_uniform_(getattr(self, name))
        if self.in_proj_bias is not None:
            init.constant_(self.in_proj_bias, 0.0)
            init.constant_(self.out_proj.bias, 0.0)
        for value in (self.bias_k, self.bias_v):
            if value is not None:
                init.xavier_normal_(value)

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        key_padding_mask: Tensor | None = None,
        need_weights: bool = True,
        attn_mask: Tensor | None = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        """The output, and the weights (None without `need_weights`).

        Boolean masks are true where a query may not look; floating ones are added to the scores.
        """
        turned = self.batch_first and query.dim() == 3
        if turned:
            query, key, value = _time_first(query, key, value)
        output, weights = F.multi_head_attention_forward(
            query,
            key,
            value,
            self.embed_dim,
            self.num_heads,
            self.in_proj_weight,
            self.in_proj_bias,
            self.bias_k,
            self.bias_v,
            self.add_zero_attn,
            self.dropout,
            self.out_proj.weight,
            self.out_proj.bias,
            self.training,
            key_padding_mask,
            need_weights,
            attn_mask,
            use_separate_proj_weight=not self._qkv_same_embed_dim,
            q_proj_weight=self.q_proj_weight,
            k_proj_weight=self.k_proj_weight,
            v_proj_weight=self.v_proj_weight,
            average_attn_weights=average_attn_weights,
            is_causal=is_causal,
        )
        return (transpose(output, 0, 1) if turned else output), weights


def _time_first(query: Any, key: Any, value: Any) -> tuple[Any, Any, Any]:
    """The three transposed; what was one tensor stays one, and is projected at once."""
    q = query.transpose(0, 1) if query.dim() == 3 else query
    k = q if key is query else (key.transpose(0, 1) if key.dim() == 3 else key)
    v = k if value is key else (value.transpose(0, 1) if value.dim() == 3 else value)
    return q, k, v
