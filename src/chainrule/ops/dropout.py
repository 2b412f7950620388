"""Dropout: multiplying by random noise that PyTorch's generator would have drawn too."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, Any

import numpy

from ..core import dtype as dtypes
from ..core.generator import default_generator
from ..core.tensor import unwrap, wrap
from ..errors import hint
from ..kernels.random import bernoulli, memory_order
from .arithmetic import add, mul
from .inplace import assign, check_writable
from .shape import squeeze, unsqueeze

if TYPE_CHECKING:
    from ..tensor import Tensor

ALPHA = 1.7580993408473766
"""Minus the limit of selu for large negative inputs: the value of dropped units."""


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Each element set to zero with probability `p`, the others divided by 1 - p.

    Without `training` the input itself. Draws from the default generator as PyTorch does.

    Shape: input (*), output (*).

    Hinton et al., "Improving neural networks by preventing co-adaptation of feature detectors"
    (2012).

    >>> _ = manual_seed(0)
    >>> dropout(ones(5), 0.3)
    tensor([0.0000, 0.0000, 1.4286, 0.0000, 1.4286])
    """
    if not _check(p) or not training or not unwrap(input).size:
        return input
    x = unwrap(input)
    noise = _mask(x, x.shape, p)
    if p < 1:
        noise *= x.dtype.type(1.0 / (1.0 - p))
    return _scaled(input, noise, None, inplace)


def _check(p: float) -> float:
    if not 0.0 <= p <= 1.0:
        advice = "p is the share of elements to drop"
        message = f"dropout probability has to be between 0 and 1, but got {p}"
        raise ValueError(hint(message, advice))
    return p


def _mask(x: Any, shape: tuple[int, ...], p: float) -> Any:
    """Ones with probability 1 - p, else zeros, in the dtype and memory order of `x`."""
    if x.dtype.kind not in "fV":
        message = "result type Float can't be cast to the desired output type "
        kind = dtypes.of_array(x).short
        raise RuntimeError(hint(message + kind, "dropout needs a floating tensor: x.float()"))
    if p == 1:
        return numpy.zeros(shape, x.dtype)
    if x.shape != shape or x.flags.c_contiguous:
        return bernoulli(default_generator, shape, x.dtype, 1.0 - p)
    noise = numpy.empty_like(x)
    ordered = memory_order(noise)
    ordered[...] = bernoulli(default_generator, ordered.shape, x.dtype, 1.0 - p)
    return noise


def _scaled(input: Any, noise: Any, shift: Any, inplace: bool) -> Any:
    """input * noise + shift."""
    if inplace:
        check_writable(input)
    result = mul(input, wrap(noise))
    if shift is not None:
        result = add(result, wrap(shift))
    return assign(input, result) if inplace else result


def alpha_dropout(
    input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False
) -> Tensor:
    """Dropout for selu: dropped elements become selu's lower limit, mean and variance are kept.

    Shape: input (*), output (*).

    Klambauer et al., "Self-normalizing neural networks" (2017).
    """
    if not _check(p) or not training or not unwrap(input).size:
        return input
    x = unwrap(input)
    return _alpha(input, _mask(x, x.shape, p), p, inplace)


def _alpha(input: Any, mask: Any, p: float, inplace: bool) -> Any:
    if p == 1:
        return _scaled(input, mask, None, inplace)
    a = 1.0 / math.sqrt((ALPHA * ALPHA * p + 1.0) * (1.0 - p))
    shift = (mask - 1.0) * (ALPHA * a) + ALPHA * a * p
    return _scaled(input, mask * a, shift, inplace)


def feature_alpha_dropout(
    input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False
) -> Tensor:
    """Alpha dropout of whole channels.

    Shape: input (N, C, *), output (N, C, *).
    """
    if not _check(p) or not training or not unwrap(input).size:
        return input
    return _alpha(input, _channel_mask(input, p), p, inplace)


def _channel_mask(input: Any, p: float) -> Any:
    x = unwrap(input)
    if x.ndim < 2:
        raise RuntimeError("Feature dropout requires at least 2 dimensions in the input")
    return _mask(x, x.shape[:2] + (1,) * (x.ndim - 2), p)


def feature_dropout(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """Dropout of whole channels, the slices [n, c].

    Shape: input (N, C, *), output (N, C, *).

    Tompson et al., "Efficient object localization using convolutional networks" (2015).
    """
    if not _check(p) or not training or not unwrap(input).size:
        return input
    noise = _channel_mask(input, p)
    if p < 1:
        noise *= noise.dtype.type(1.0 / (1.0 - p))
    return _scaled(input, noise, None, inplace)


def dropout1d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """Dropout of whole channels of sequences.

    Shape: input (N, C, L) or (C, L), output the same.
    """
    _check(p)
    ndim = unwrap(input).ndim
    if ndim not in (2, 3):
        raise RuntimeError(
            f"dropout1d: Expected 2D or 3D input, but received a {ndim}D input. Note that "
            "dropout1d exists to provide channel-wise dropout on inputs with 1 spatial dimension, "
            "a channel dimension, and an optional batch dimension (i.e. 2D or 3D inputs)."
        )
    return _unbatched(input, ndim == 2, p, training, inplace)


def dropout2d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """Dropout of whole channels of images.

    Shape: input (N, C, H, W), or (N, C, L), which warns, output the same.
    """
    _check(p)
    ndim = unwrap(input).ndim
    if ndim not in (3, 4):
        _warn_of_dimensions("dropout2d", ndim, 2)
    if ndim == 3:
        warnings.warn(
            "dropout2d: Received a 3D input to dropout2d and assuming that channel-wise 1D dropout "
            "behavior is desired - input is interpreted as shape (N, C, L), where C is the channel "
            "dim. This behavior will change in a future release to interpret the input as one "
            "without a batch dimension, i.e. shape (C, H, W). To maintain the 1D channel-wise "
            "dropout behavior, please switch to using dropout1d instead.",
            stacklevel=2,
        )
    return feature_dropout(input, p, training, inplace)


def dropout3d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """Dropout of whole channels of volumes.

    Shape: input (N, C, D, H, W) or (C, D, H, W), output the same.
    """
    _check(p)
    ndim = unwrap(input).ndim
    if ndim not in (4, 5):
        _warn_of_dimensions("dropout3d", ndim, 3)
    return _unbatched(input, ndim != 5, p, training, inplace)


def _warn_of_dimensions(name: str, ndim: int, spatial: int) -> None:
    warnings.warn(
        f"{name}: Received a {ndim}-D input to {name}, which is deprecated and will result in an "
        "error in a future release. To retain the behavior and silence this warning, please use "
        f"dropout instead. Note that {name} exists to provide channel-wise dropout on inputs with "
        f"{spatial} spatial dimensions, a channel dimension, and an optional batch dimension "
        f"(i.e. {spatial + 1}D or {spatial + 2}D inputs).",
        stacklevel=3,
    )


def _unbatched(input: Any, alone: bool, p: float, training: bool, inplace: bool) -> Any:
    """Dropout of channels, of a batch or of one input without a batch dimension."""
    if not alone:
        return feature_dropout(input, p, training, inplace)
    return squeeze(feature_dropout(unsqueeze(input, 0), p, training, inplace), 0)
