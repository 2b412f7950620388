"""A last linear layer and the cross-entropy of its logits, in one call."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from ..core.tensor import unwrap
from .classification import cross_entropy
from .linear import linear
from .shape import reshape

if TYPE_CHECKING:
    from ..core.dtype import dtype as DType
    from ..tensor import Tensor


@dataclass
class LinearCrossEntropyOptions:
    """How PyTorch cuts `linear_cross_entropy` into chunks; accepted, and without effect.

    >>> LinearCrossEntropyOptions(batch_chunk_size=64).batch_chunk_size
    64
    """

    allow_retain_graph: bool = False
    batch_chunk_size: int | None = None
    chunking_method: str | None = "auto"
    acc_policy: Literal["accurate", "balanced", "compact", "auto"] = "auto"
    acc_dtype: DType | None = None


def linear_cross_entropy(
    input: Tensor,
    linear_weight: Tensor,
    target: Tensor,
    *,
    linear_bias: Tensor | None = None,
    weight: Tensor | None = None,
    reduction: str = "mean",
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
    options: LinearCrossEntropyOptions | None = None,
) -> Tensor:
    """cross_entropy(linear(input, linear_weight, linear_bias), target, ...).

    Chunks, which PyTorch's `options` ask for, change no value; they make no difference here.

    Shape: input (F) or (N, F), linear_weight (C, *, F), linear_bias (C, *), target of indices ()
    or (N, *), or of probabilities (C) or (N, C, *), output () or, unreduced, that of the indices.

    >>> x, w = tensor([[2.0, 1.0]]), tensor([[1.0, 0.0], [0.0, 1.0]])
    >>> linear_cross_entropy(x, w, tensor([0]))
    tensor(0.3133)
    """
    x, w = unwrap(input), unwrap(linear_weight)
    _check(x.shape, w.shape, None if linear_bias is None else unwrap(linear_bias).shape)
    classes = w.shape[:-1]
    flat = reshape(linear_weight, (math.prod(classes), w.shape[-1]))
    bias = None if linear_bias is None else reshape(linear_bias, (math.prod(classes),))
    logits = reshape(linear(input, flat, bias), (*x.shape[:-1], *classes))
    if unwrap(target).shape == unwrap(logits).shape and ignore_index is not None:
        raise RuntimeError("ignore_index cannot be specified when target contains probabilities")
    ignored = -100 if ignore_index is None else ignore_index
    return cross_entropy(logits, target, weight, None, ignored, None, reduction, label_smoothing)


def _check(x: Any, w: Any, bias: Any) -> None:
    if len(x) not in (1, 2):
        raise RuntimeError(f"expected input with dimensionality 1 or 2, got {len(x)}")
    if len(w) < 2:
        raise RuntimeError(f"expected linear_weight with dimensionality at least 2, got {len(w)}")
    if x[-1] != w[-1]:
        raise RuntimeError(
            "expected equal input and linear_weight last dimensions (in_features), got "
            f"{x[-1]} and {w[-1]}, respectively"
        )
    if len(w) > 2 and len(x) == 1:
        raise RuntimeError(
            f"K-dimensional loss defined by linear_weight shape {w} requires batched input, "
            f"(N, {x[-1]}), got unbatched input with shape {x}"
        )
    if bias is not None and bias != w[:-1]:
        raise RuntimeError(f"expected linear_bias shape {w[:-1]}, got {bias}")
