"""Transformers: layers of attention and feed-forward networks, and stacks of them."""

from __future__ import annotations

import copy
import math
import warnings
from collections.abc import Callable
from typing import Any

from ...core.modes import modes
from ...core.tensor import unwrap
from ...ops.compare import where
from ...ops.creation import full
from ...ops.multihead import canonical_mask
from ...ops.rearrange import triu
from ...ops.shape import unsqueeze
from ...tensor import Tensor
from ...typing import Device, DType
from .. import functional as F
from .. import init
from .attention import MultiheadAttention
from .container import ModuleList
from .dropout import Dropout
from .linear import Linear
from .module import Module
from .normalization import LayerNorm

Activation = str | Callable[[Tensor], Tensor]


def _subsequent_mask(sz: int, device: Any = None, dtype: Any = None) -> Tensor:
    return triu(full((sz, sz), -math.inf, dtype=dtype, device=device), diagonal=1)


def _is_causal(mask: Any, given: bool | None, size: int) -> bool:
    """Whether a mask is the causal one, unless the caller said so."""
    if given is not None or mask is None:
        return bool(given)
    array = unwrap(mask)
    causal = unwrap(_subsequent_mask(size, dtype=mask.dtype)) if mask.is_floating_point() else None
    return causal is not None and array.shape == causal.shape and bool((array == causal).all())


def _activation(activation: Activation) -> Any:
    if not isinstance(activation, str):
        return activation
    if activation not in ("relu", "gelu"):
        raise RuntimeError(f"activation should be relu/gelu, not {activation}")
    return getattr(F, activation)


def _clones(module: Any, number: int) -> ModuleList:
    return ModuleList([copy.deepcopy(module) for _ in range(number)])


class _Layer(Module):
    """What the two kinds of layers share: self-attention and a feed-forward network."""

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int,
        dropout: float,
        activation: Activation,
        layer_norm_eps: float,
        batch_first: bool,
        norm_first: bool,
        bias: bool,
        device: Device,
        dtype: DType,
        sublayers: int,
    ) -> None:
        super().__init__()
        options: Any = {"bias": bias, "device": device, "dtype": dtype}
        shared: Any = {"dropout": dropout, "batch_first": batch_first, **options}
        self.self_attn = MultiheadAttention(d_model, nhead, **shared)
        if sublayers == 3:
            self.multihead_attn = MultiheadAttention(d_model, nhead, **shared)
        self.linear1 = Linear(d_model, dim_feedforward, **options)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, **options)
        self.norm_first = norm_first
        for number in range(1, sublayers + 1):
            setattr(self, f"norm{number}", LayerNorm(d_model, eps=layer_norm_eps, **options))
        for number in range(1, sublayers + 1):
            setattr(self, f"dropout{number}", Dropout(dropout))
        self.activation = _activation(activation)

    def __setstate__(self, attributes: dict[str, Any]) -> None:
        super().__setstate__({"activation": F.relu} | attributes)

    def _sublayer(self, number: int, x: Any, block: Callable[[Any], Any]) -> Any:
        """x + dropout(block(x)), normalised before the block or after the sum."""
        norm, drop = getattr(self, f"norm{number}"), getattr(self, f"dropout{number}")
        if self.norm_first:
            return x + drop(block(norm(x)))
        return norm(x + drop(block(x)))

    def _feed_forward(self, x: Any) -> Any:
        return self.linear2(self.dropout(self.activation(self.linear1(x))))


class TransformerEncoderLayer(_Layer):
    """Self-attention, then a feed-forward network, each with dropout, a shortcut and LayerNorm.

    `activation` is "relu", "gelu" or a function; with `norm_first` inputs are normalised instead of
    sums.

    Shape: src and output (S, N, d_model), (N, S, d_model) with `batch_first`, or (S, d_model).

    Vaswani et al., "Attention is all you need" (2017).

    >>> from chainrule import nn
    >>> nn.TransformerEncoderLayer(d_model=4, nhead=2)(ones(3, 1, 4)).shape
    torch.Size([3, 1, 4])
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = F.relu,
        layer_norm_eps: float = 1e-05,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Device = None,
        dtype: DType = None,
    ) -> None:
        sizes = (d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps)
        super().__init__(*sizes, batch_first, norm_first, bias, device, dtype, sublayers=2)

    @property
    def activation_relu_or_gelu(self) -> int:
        """1 for relu, 2 for gelu, 0 for any other activation."""
        return {F.relu: 1, F.gelu: 2}.get(self.activation, 0)

    def forward(
        self,
        src: Tensor,
        src_mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        is_causal: bool = False,
    ) -> Tensor:
        """The layer's output; masks as in `MultiheadAttention`."""
        padding = canonical_mask(
            src_key_padding_mask, "src_key_padding_mask", src_mask, "src_mask", src.dtype
        )
        mask = canonical_mask(src_mask, "src_mask", None, "", src.dtype, check_other=False)

        def attend(x: Any) -> Any:
            return self.self_attn(
                x,
                x,
                x,
                attn_mask=mask,
                key_padding_mask=padding,
                need_weights=False,
                is_causal=is_causal,
            )[0]

        x = self._sublayer(1, src, attend)
        out: Tensor = self._sublayer(2, x, self._feed_forward)
        return out


class TransformerDecoderLayer(_Layer):
    """Self-attention, attention to the encoder's output, and a feed-forward network.

    Each has dropout, a shortcut and LayerNorm, as in `TransformerEncoderLayer`.

    Shape: tgt (T, N, d_model), memory (S, N, d_model), with N first if `batch_first`, or without N;
    output like tgt.

    Vaswani et al., "Attention is all you need" (2017).
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = F.relu,
        layer_norm_eps: float = 1e-05,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Device = None,
        dtype: DType = None,
    ) -> None:
        sizes = (d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps)
        super().__init__(*sizes, batch_first, norm_first, bias, device, dtype, sublayers=3)

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """The layer's output; masks as in `MultiheadAttention`."""

        def attend(x: Any) -> Any:
            return self.self_attn(
                x,
                x,
                x,
                attn_mask=tgt_mask,
                key_padding_mask=tgt_key_padding_mask,
                is_causal=tgt_is_causal,
                need_weights=False,
            )[0]

        def attend_to_memory(x: Any) -> Any:
            return self.multihead_attn(
                x,
                memory,
                memory,
                attn_mask=memory_mask,
                key_padding_mask=memory_key_padding_mask,
                is_causal=memory_is_causal,
                need_weights=False,
            )[0]

        x = self._sublayer(1, tgt, attend)
        x = self._sublayer(2, x, attend_to_memory)
        out: Tensor = self._sublayer(3, x, self._feed_forward)
        return out


class TransformerEncoder(Module):
    """Copies of an encoder layer, one after another, and perhaps a norm at the end.

    As in PyTorch, in evaluation without gradients padded positions of the output are zeros, if
    `enable_nested_tensor` and the layers allow for it.

    Shape: src and output as of the layer.

    >>> from chainrule import nn
    >>> layer = nn.TransformerEncoderLayer(d_model=4, nhead=2, batch_first=True)
    >>> nn.TransformerEncoder(layer, num_layers=2)(ones(1, 3, 4)).shape
    torch.Size([1, 3, 4])
    """

    def __init__(
        self,
        encoder_layer: Any,
        num_layers: int,
        norm: Any = None,
        enable_nested_tensor: bool = True,
        mask_check: bool = True,
    ) -> None:
        super().__init__()
        self.layers = _clones(encoder_layer, num_layers)
        self.num_layers = num_layers
        self.norm = norm
        self.enable_nested_tensor = enable_nested_tensor
        self.mask_check = mask_check
        reason = _against_nested(encoder_layer) if enable_nested_tensor else ""
        self.use_nested_tensor = enable_nested_tensor and not reason
        if reason:
            warnings.warn(
                "enable_nested_tensor is True, but self.use_nested_tensor is False because "
                f"{reason}",
                stacklevel=2,
            )

    def forward(
        self,
        src: Tensor,
        mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        is_causal: bool | None = None,
    ) -> Tensor:
        """The output of the last layer; masks as in `MultiheadAttention`."""
        padding = canonical_mask(
            src_key_padding_mask, "src_key_padding_mask", mask, "mask", src.dtype
        )
        mask = canonical_mask(mask, "mask", None, "", src.dtype, check_other=False)
        batch_first = getattr(getattr(self.layers[0], "self_attn", None), "batch_first", False)
        length = src.shape[1 if batch_first and src.dim() == 3 else 0]
        is_causal = _is_causal(mask, is_causal, length)
        output = src
        for layer in self.layers:
            output = layer(output, src_mask=mask, is_causal=is_causal, src_key_padding_mask=padding)
        if padding is not None and mask is None and self._drops_padding(src, unwrap(padding)):
            output = where(unsqueeze(padding, -1) == 0, output, 0.0)
        return output if self.norm is None else self.norm(output)

    def _drops_padding(self, src: Any, padding: Any) -> bool:
        """Whether PyTorch would run on sequences without their padding, and pad with zeros."""
        kept = padding == 0
        left_aligned = bool((kept[..., 1:] <= kept[..., :-1]).all())
        first = self.layers[0]
        return (
            self.use_nested_tensor
            and not first.training
            and src.dim() == 3
            and (left_aligned or not self.mask_check)
            and not (modes.grad and any(each.requires_grad for each in (src, *first.parameters())))
        )


def _against_nested(layer: Any) -> str:
    """Why a layer keeps PyTorch's encoder from leaving out the padding; "" if it does not."""
    if not isinstance(layer, TransformerEncoderLayer):
        return "encoder_layer was not TransformerEncoderLayer"
    attention = layer.self_attn
    norms: Any = (layer.norm1, layer.norm2)
    reasons = {
        "encoder_layer.norm_first was True": layer.norm_first,
        "encoder_layer.self_attn.batch_first was not True(use batch_first for better inference "
        "performance)": not attention.batch_first,
        "encoder_layer.self_attn._qkv_same_embed_dim was not True": (
            not attention._qkv_same_embed_dim
        ),
        "encoder_layer.self_attn was passed bias=False": attention.in_proj_bias is None,
        "encoder_layer.activation_relu_or_gelu was not True": not layer.activation_relu_or_gelu,
        "encoder_layer.norm1.eps was not equal to encoder_layer.norm2.eps": (
            norms[0].eps != norms[1].eps
        ),
        "encoder_layer.self_attn.num_heads is odd": attention.num_heads % 2 == 1,
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


class TransformerDecoder(Module):
    """Copies of a decoder layer, one after another, and perhaps a norm at the end.

    Shape: tgt, memory and output as of the layer.
    """

    def __init__(self, decoder_layer: Any, num_layers: int, norm: Any = None) -> None:
        super().__init__()
        self.layers = _clones(decoder_layer, num_layers)
        self.num_layers = num_layers
        self.norm = norm

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """The output of the last layer; masks as in `MultiheadAttention`."""
        batch_first = getattr(getattr(self.layers[0], "self_attn", None), "batch_first", False)
        length = tgt.shape[1 if batch_first and tgt.dim() == 3 else 0]
        tgt_is_causal = _is_causal(tgt_mask, tgt_is_causal, length)
        output = tgt
        for layer in self.layers:
            output = layer(
                output,
                memory,
                tgt_mask=tgt_mask,
                memory_mask=memory_mask,
                tgt_key_padding_mask=tgt_key_padding_mask,
                memory_key_padding_mask=memory_key_padding_mask,
                tgt_is_causal=tgt_is_causal,
                memory_is_causal=memory_is_causal,
            )
        return output if self.norm is None else self.norm(output)


class Transformer(Module):
    """An encoder and a decoder, each with a LayerNorm at the end.

    Matrices start by `xavier_uniform_`. `custom_encoder` and `custom_decoder` take the place of
    those made from the other arguments.

    Shape: src (S, N, d_model), tgt (T, N, d_model), with N first if `batch_first`, or without N;
    output like tgt.

    Vaswani et al., "Attention is all you need" (2017).

    >>> from chainrule import nn
    >>> model = nn.Transformer(4, 2, 1, 1, dim_feedforward=8, batch_first=True)
    >>> model(ones(1, 3, 4), ones(1, 2, 4)).shape
    torch.Size([1, 2, 4])
    """

    def __init__(
        self,
        d_model: int = 512,
        nhead: int = 8,
        num_encoder_layers: int = 6,
        num_decoder_layers: int = 6,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = F.relu,
        custom_encoder: Any = None,
        custom_decoder: Any = None,
        layer_norm_eps: float = 1e-05,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Device = None,
        dtype: DType = None,
    ) -> None:
        super().__init__()
        sizes = (d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps)
        settings: Any = (*sizes, batch_first, norm_first, bias, device, dtype)
        options: Any = {"bias": bias, "device": device, "dtype": dtype}
        if custom_encoder is None:
            custom_encoder = TransformerEncoder(
                TransformerEncoderLayer(*settings),
                num_encoder_layers,
                LayerNorm(d_model, eps=layer_norm_eps, **options),
            )
        self.encoder = custom_encoder
        if custom_decoder is None:
            custom_decoder = TransformerDecoder(
                TransformerDecoderLayer(*settings),
                num_decoder_layers,
                LayerNorm(d_model, eps=layer_norm_eps, **options),
            )
        self.decoder = custom_decoder
        self._reset_parameters()
        self.d_model = d_model
        self.nhead = nhead
        self.batch_first = batch_first

    def forward(
        self,
        src: Tensor,
        tgt: Tensor,
        src_mask: Tensor | None = None,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        src_is_causal: bool | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """The decoder's output for `tgt`, given the encoder's for `src`."""
        batch = 0 if self.batch_first else 1
        if src.dim() == 3 and src.size(batch) != tgt.size(batch):
            raise RuntimeError("the batch number of src and tgt must be equal")
        if src.size(-1) != self.d_model or tgt.size(-1) != self.d_model:
            raise RuntimeError("the feature number of src and tgt must be equal to d_model")
        memory = self.encoder(
            src, mask=src_mask, src_key_padding_mask=src_key_padding_mask, is_causal=src_is_causal
        )
        out: Tensor = self.decoder(
            tgt,
            memory,
            tgt_mask=tgt_mask,
            memory_mask=memory_mask,
            tgt_key_padding_mask=tgt_key_padding_mask,
            memory_key_padding_mask=memory_key_padding_mask,
            tgt_is_causal=tgt_is_causal,
            memory_is_causal=memory_is_causal,
        )
        return out

    @staticmethod
    def generate_square_subsequent_mask(
        sz: int, device: Device = None, dtype: DType = None
    ) -> Tensor:
        """The causal mask: -inf above the diagonal, elsewhere 0.

        >>> from chainrule import nn
        >>> nn.Transformer.generate_square_subsequent_mask(2)
        tensor([[0., -inf],
                [0., 0.]])
        """
        return _subsequent_mask(sz, device, dtype)

    def _reset_parameters(self) -> None:
        for parameter in self.parameters():
            if parameter.dim() > 1:
                init.xavier_uniform_(parameter)
