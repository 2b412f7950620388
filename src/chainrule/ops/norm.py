"""Normalisation: by the statistics of a batch, a layer, a group or an instance, and by a norm.

A layout says which elements share a mean and a variance; the rest is one formula for all.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..core import dtype as dtypes
from ..core.apply import apply
from ..core.primitive import Primitive
from ..core.tensor import unwrap, wrap
from ..core.writes import written
from ..errors import hint
from .convert import to_dtype
from .extremes import clamp_min
from .fill import copy_
from .inplace import into
from .loss import plus, size_of
from .mixed import single
from .norms import vector_norm
from .pad import pad
from .pool import avg_pool2d, avg_pool3d
from .reduce import mean
from .repeat import repeat
from .roots import rsqrt
from .shape import expand_as, reshape, squeeze, sum_to_size, unsqueeze

if TYPE_CHECKING:
    from ..tensor import Tensor


@dataclass(frozen=True, slots=True)
class Layout:
    """How an input is seen while it is normalised: its axes, and which of them are folded."""

    view: tuple[int, ...]  # the shape in which the axes can be told apart
    kept: tuple[int, ...]  # the shape of the statistics, with 1 for folded axes
    affine: tuple[int, ...]  # the shape of weight and bias
    axes: str  # a letter for each axis, as einsum has them: "abc"
    folded: str  # those of the statistics: "b"

    @property
    def count(self) -> int:
        """How many elements share a mean; at least 1, to be divided by."""
        return max(math.prod(self.view) // max(math.prod(self.kept), 1), 1)


class Inner(Primitive):
    """The sum of x * y over the folded axes, which keep the size 1"""

    saves = ("x", "y")

    def kernel(xp, x, y, *, layout):
        axes = layout.axes
        return xp.einsum(f"{axes},{axes}->{layout.folded}", x, y).reshape(layout.kept)

    def grad_x(ctx, g):
        return g * ctx.y

    def grad_y(ctx, g):
        return g * ctx.x


class Centre(Primitive):
    """rstd (x - mean(x) - hat mean(x hat)): what is left of x across the normalised hat

    The derivative of normalising; it is its own transpose.
    """

    saves = ("x", "hat", "rstd", "out")

    def kernel(xp, x, hat, rstd, *, layout):
        axes, kept, n = layout.axes, layout.kept, layout.count
        along = xp.einsum(f"{axes},{axes}->{layout.folded}", x, hat).reshape(kept)
        along /= -n
        out = hat * along
        out += x
        out -= (xp.einsum(f"{axes}->{layout.folded}", x) / n).reshape(kept)
        out *= rstd
        return out

    def grad_x(ctx, g):
        return apply(Centre, g, ctx.hat, ctx.rstd, layout=ctx.layout)

    def grad_hat(ctx, g):
        of_x = apply(Inner, ctx.x, ctx.hat, layout=ctx.layout)
        of_g = apply(Inner, g, ctx.hat, layout=ctx.layout)
        return (g * of_x + ctx.x * of_g) * ctx.rstd * (-1.0 / ctx.layout.count)

    def grad_rstd(ctx, g):
        return apply(Inner, g, ctx.out, layout=ctx.layout) / ctx.rstd


class NativeLayerNorm(Primitive):
    """weight (x - mean) / sqrt(var + eps) + bias, with mean and var over the folded axes"""

    outputs = ("out", "hat", "rstd", "mean", "var")
    nondiff = ("mean", "var")
    saves = ("weight", "hat", "rstd")

    def kernel(xp, x, weight, bias, *, layout, eps):
        axes, kept, n = layout.axes, layout.kept, layout.count
        seen = x.reshape(layout.view)
        mean = xp.einsum(f"{axes}->{layout.folded}", seen)
        mean /= n
        hat = seen - mean.reshape(kept)
        var = xp.einsum(f"{axes},{axes}->{layout.folded}", hat, hat)
        var /= n
        rstd = (1.0 / xp.sqrt(var + eps)).reshape(kept)
        hat *= rstd
        out = hat.copy() if weight is None else hat * weight.reshape(layout.affine)
        if bias is not None:
            out += bias.reshape(layout.affine)
        return out.reshape(x.shape), hat, rstd, mean, var

    def grad_x(ctx, g, g_hat, g_rstd, g_mean, g_var):
        layout, total = ctx.layout, None
        if g is not None:
            total = reshape(g, layout.view)
            if ctx.weight is not None:
                total = total * reshape(ctx.weight, layout.affine)
        total = plus(total, g_hat)
        if total is not None:
            total = apply(Centre, total, ctx.hat, ctx.rstd, layout=layout)
        if g_rstd is not None:
            slope = ctx.rstd * ctx.rstd * (-1.0 / layout.count)
            total = plus(total, g_rstd * slope * ctx.hat)
        return reshape(total, ctx.shapes[0])

    def grad_weight(ctx, g, g_hat, g_rstd, g_mean, g_var):
        if g is None:
            return None
        product = reshape(g, ctx.layout.view) * ctx.hat
        return reshape(sum_to_size(product, ctx.layout.affine), ctx.shapes[1])

    def grad_bias(ctx, g, g_hat, g_rstd, g_mean, g_var):
        if g is None:
            return None
        seen = reshape(g, ctx.layout.view)
        return reshape(sum_to_size(seen, ctx.layout.affine), ctx.shapes[2])


class NativeGroupNorm(NativeLayerNorm):
    """The same over groups of channels"""


class NativeBatchNorm(NativeLayerNorm):
    """The same over the batch and all positions"""


class BatchNormEval(Primitive):
    """weight (x - mean) / sqrt(var + eps) + bias, with a mean and a variance that are given"""

    label = "NativeBatchNormBackward0"
    nondiff = ("mean", "var")
    saves = ("x", "weight", "mean", "var")

    def kernel(xp, x, weight, bias, mean, var, *, affine, eps):
        scale = 1.0 / xp.sqrt(var + eps)
        if weight is not None:
            scale = scale * weight
        shift = -mean * scale if bias is None else bias - mean * scale
        out = x * scale.reshape(affine)
        out += shift.reshape(affine)
        return out

    def grad_x(ctx, g):
        scale = rsqrt(ctx.var + ctx.eps)
        if ctx.weight is not None:
            scale = scale * ctx.weight
        return g * reshape(scale, ctx.affine)

    def grad_weight(ctx, g):
        rstd = rsqrt(ctx.var + ctx.eps)
        hat = (ctx.x - reshape(ctx.mean, ctx.affine)) * reshape(rstd, ctx.affine)
        return reshape(sum_to_size(g * hat, ctx.affine), ctx.shapes[1])

    def grad_bias(ctx, g):
        return reshape(sum_to_size(g, ctx.affine), ctx.shapes[2])


def _is_short(x: Any) -> bool:
    """Whether this is float16 or bfloat16, which are normalised in float32, as PyTorch does."""
    return x.dtype.itemsize == 2 and x.dtype.kind not in "iu"


def batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """weight (input - mean) / sqrt(var + eps) + bias, for each channel.

    In training mean and variance are those of the batch, and the running ones move towards them
    by the share `momentum` (the variance unbiased); otherwise they are the running ones.

    Shape: input (N, C, *), running_mean, running_var, weight, bias (C), output (N, C, *).

    Raises ValueError when there is but one value for each channel in training.

    Ioffe and Szegedy, "Batch normalization" (2015).

    >>> batch_norm(tensor([[1.0], [3.0]]), None, None, training=True)
    tensor([[-1.0000],
            [ 1.0000]])
    """
    x = unwrap(input)
    if _is_short(x):
        tensors = single(input, running_mean, running_var, weight, bias)
        evened = batch_norm(*(*tensors, training, momentum, eps))
        for running, moved in zip((running_mean, running_var), tensors[1:3], strict=True):
            if running is not None and running is not moved:
                copy_(running, moved)
        return to_dtype(evened, x.dtype)
    if eps < 0 or (training and eps == 0):
        bound = "positive during training" if training else "non-negative"
        raise ValueError(f"batch_norm eps must be {bound}, but got {eps}")
    channels = x.shape[1] if x.ndim > 1 else 0
    spread = math.prod(x.shape) // max(channels, 1)
    if training and spread == 1 and x.ndim > 1:
        message = "Expected more than 1 value per channel when training, got input size "
        raise ValueError(hint(message + size_of(input), "use a larger batch, or eval()"))
    named = {"running_mean": running_mean, "running_var": running_var}
    _check_given(x, channels, momentum, {**named, "weight": weight, "bias": bias})
    if not x.size:
        return _empty(input, weight, bias)
    affine = (1, channels) + (1,) * (x.ndim - 2)
    if not training:
        for name, statistic in named.items():
            if statistic is None:
                raise RuntimeError(f"{name} must be defined in evaluation mode")
        given = (weight, bias, running_mean, running_var)
        evaluated: Tensor = apply(BatchNormEval, input, *given, affine=affine, eps=eps)
        return evaluated
    view = (x.shape[0], channels, math.prod(x.shape[2:]))
    layout = Layout(view, (1, channels, 1), (1, channels, 1), "abc", "b")
    out, _, _, mean, var = apply(NativeBatchNorm, input, weight, bias, layout=layout, eps=eps)
    _move(running_mean, mean._data, momentum)
    _move(running_var, var._data * (spread / (spread - 1)), momentum)
    return out


def _check_given(x: Any, channels: int, momentum: Any, given: dict[str, Any]) -> None:
    """A momentum, and one value for each channel, in the dtype of the input."""
    if x.dtype.kind in "iub":
        name = dtypes.of_array(x).short
        message = f"\"batch_norm\" not implemented for '{name}'"
        raise NotImplementedError(hint(message, "convert the input: x.float()"))
    for name, tensor in given.items():
        if tensor is None:
            continue
        if unwrap(tensor).size != channels:
            message = f"{name} should contain {channels} elements not {unwrap(tensor).size}"
            raise RuntimeError(hint(message, f"the input has the shape {x.shape}"))
        if unwrap(tensor).dtype is not x.dtype:
            message = "mixed dtype (CPU): all inputs must share same datatype."
            raise RuntimeError(hint(message, f"the input is {dtypes.of_array(x)}"))
    if momentum is None:
        raise TypeError(
            "batch_norm(): argument 'momentum' (position 7) must be float, not NoneType"
        )


def _empty(input: Any, weight: Any, bias: Any) -> Any:
    """A batch without elements, still connected to its parameters."""
    out = input.clone()
    out = out if weight is None else out * weight[0]
    return out if bias is None else out + bias[0]


def _move(running: Any, towards: Any, share: float) -> None:
    """Move a running statistic towards that of the batch."""
    if running is not None:
        data = running._data
        data *= 1.0 - share
        data += share * towards
        written(running)


def layer_norm(
    input: Tensor,
    normalized_shape: tuple[int, ...],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """weight (input - mean) / sqrt(var + eps) + bias, over the last dimensions.

    Shape: input (*, normalized_shape), weight, bias (normalized_shape), output as input.

    Ba, Kiros and Hinton, "Layer normalization" (2016).

    >>> layer_norm(tensor([[1.0, 3.0]]), (2,))
    tensor([[-1.0000,  1.0000]])
    """
    x = unwrap(input)
    if _is_short(x):
        input, weight, bias = single(input, weight, bias)
        return to_dtype(layer_norm(input, normalized_shape, weight, bias, eps), x.dtype)
    shape = _normalized("layer_norm", x, normalized_shape, {"weight": weight, "bias": bias}, ", ")
    if x.dtype.kind in "iub":
        name = dtypes.of_array(x).short
        message = f"\"LayerNormKernelImpl\" not implemented for '{name}'"
        raise NotImplementedError(hint(message, "convert the input: x.float()"))
    length = math.prod(shape)
    rows = math.prod(x.shape[: x.ndim - len(shape)])
    layout = Layout((rows, length), (rows, 1), (1, length), "ab", "a")
    out: Tensor = apply(NativeLayerNorm, input, weight, bias, layout=layout, eps=eps)[0]
    return out


def _normalized(
    function: str, x: Any, given: Any, parameters: dict[str, Any], comma: str
) -> tuple[int, ...]:
    """The dimensions to normalise, checked against the input and the parameters."""
    if isinstance(given, int):
        raise TypeError(
            f"{function}(): argument 'normalized_shape' (position 2) must be tuple of ints, not int"
        )
    shape = tuple(given)
    if not shape:
        raise RuntimeError(
            "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one "
            "element, but got normalized_shape = []"
        )
    for name, tensor in parameters.items():
        if tensor is not None and unwrap(tensor).shape != shape:
            raise RuntimeError(
                f"Expected {name} to be of same shape as normalized_shape, but got {name} of shape "
                f"{list(unwrap(tensor).shape)} and normalized_shape = {list(shape)}"
            )
    if x.shape[-len(shape) :] != shape:
        sizes = ", ".join(map(str, shape))
        raise RuntimeError(
            f"Given normalized_shape={list(shape)}, expected input with shape [*{comma}{sizes}], "
            f"but got input of size{list(x.shape)}"
        )
    return shape


def group_norm(
    input: Tensor,
    num_groups: int,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """weight (input - mean) / sqrt(var + eps) + bias, over each group of channels of an example.

    Shape: input (N, C, *), weight, bias (C), output (N, C, *).

    Wu and He, "Group normalization" (2018).
    """
    x = unwrap(input)
    if _is_short(x):
        input, weight, bias = single(input, weight, bias)
        return to_dtype(group_norm(input, num_groups, weight, bias, eps), x.dtype)
    if x.ndim < 2:
        raise RuntimeError(f"Expected at least 2 dimensions for input tensor but received {x.ndim}")
    n, channels = x.shape[:2]
    length = math.prod(x.shape[2:])
    if n * (channels // num_groups) * length == 1:
        message = "Expected more than 1 value per channel when training, got input size "
        raise ValueError(message + str([1, num_groups, *x.shape[2:]]))
    if channels % num_groups:
        raise RuntimeError(
            "Expected number of channels in input to be divisible by num_groups, but got input of "
            f"shape {list(x.shape)} and num_groups={num_groups}"
        )
    for name, tensor in (("weight", weight), ("bias", bias)):
        if tensor is not None and unwrap(tensor).shape != (channels,):
            raise RuntimeError(
                f"Expected {name} to be a vector of size equal to the number of channels in input, "
                f"but got {name} of shape {list(unwrap(tensor).shape)} and input of shape "
                f"{list(x.shape)}"
            )
    width = channels // num_groups
    view = (n, num_groups, width, length)
    layout = Layout(view, (n, num_groups, 1, 1), (1, num_groups, width, 1), "abcd", "ab")
    out: Tensor = apply(NativeGroupNorm, input, weight, bias, layout=layout, eps=eps)[0]
    return out


def instance_norm(
    input: Tensor,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Batch normalisation of each channel of each example on its own.

    Shape: input (N, C, *), the others (C), output (N, C, *).

    Ulyanov, Vedaldi and Lempitsky, "Instance normalization" (2016).
    """
    x = unwrap(input)
    if use_input_stats and math.prod(x.shape[2:]) == 1:
        message = "Expected more than 1 spatial element when training, got input size "
        raise ValueError(message + size_of(input))
    if not use_input_stats and (running_mean is None or running_var is None):
        raise RuntimeError(
            "Expected running_mean and running_var to be defined when use_input_stats is false"
        )
    n, channels = x.shape[:2]
    together = reshape(input, (1, n * channels, *x.shape[2:]))
    mean, var, weight, bias = (
        None if each is None else repeat(each, n)
        for each in (running_mean, running_var, weight, bias)
    )
    out = batch_norm(together, mean, var, weight, bias, use_input_stats, momentum, eps)
    if use_input_stats:
        for running, each in ((running_mean, mean), (running_var, var)):
            if running is not None and each is not None:
                copy_(running, wrap(each._data.reshape(n, channels).mean(0)))
    return reshape(out, x.shape)


def rms_norm(
    input: Tensor,
    normalized_shape: tuple[int, ...],
    weight: Tensor | None = None,
    eps: float | None = None,
) -> Tensor:
    """weight * input / sqrt(mean(input**2) + eps), over the last dimensions.

    Shape: input (*, normalized_shape), weight (normalized_shape), output as input.

    Zhang and Sennrich, "Root mean square layer normalization" (2019).

    >>> rms_norm(tensor([[3.0, 4.0]]), (2,))
    tensor([[0.8485, 1.1314]])
    """
    x = unwrap(input)
    shape = _normalized("rms_norm", x, normalized_shape, {"weight": weight}, "")
    if _is_short(x):
        input, weight = single(input, weight)
        return to_dtype(rms_norm(input, normalized_shape, weight, eps), x.dtype)
    if eps is None:
        eps = dtypes.finfo(dtypes.of_array(x)).eps
    dims = tuple(range(-len(shape), 0))
    out = input * rsqrt(mean(input * input, dims, keepdim=True) + eps)
    return out if weight is None else out * weight


def local_response_norm(
    input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Tensor:
    """input / (k + alpha * mean of the squares of `size` neighbouring channels)**beta.

    Shape: input (N, C, *), output (N, C, *).

    Krizhevsky, Sutskever and Hinton, "ImageNet classification" (2012).
    """
    shape = unwrap(input).shape
    if len(shape) < 3:
        blank = " " * 25
        raise ValueError(
            f"Expected 3D or higher dimensionality {blank}input (got {len(shape)} dimensions)"
        )
    if 0 in shape:
        return input
    before, after = size // 2, (size - 1) // 2
    squares: Any = input * input
    if len(shape) == 3:
        squares = pad(unsqueeze(squares, 1), (0, 0, before, after))
        near = squeeze(avg_pool2d(squares, (size, 1), stride=1), 1)
    else:
        squares = reshape(squares, (shape[0], 1, shape[1], shape[2], -1))
        squares = pad(squares, (0, 0, 0, 0, before, after))
        near = squeeze(avg_pool3d(squares, (size, 1, 1), stride=1), 1)
        near = reshape(near, shape)
    return input / (near * alpha + k) ** beta


def normalize(
    input: Tensor, p: float = 2.0, dim: int = 1, eps: float = 1e-12, out: Tensor | None = None
) -> Tensor:
    """input divided by its p-norm along a dimension, or by `eps` if that is larger.

    Shape: input (*), output (*).

    >>> normalize(tensor([[3.0, 4.0]]))
    tensor([[0.6000, 0.8000]])
    """
    size = clamp_min(vector_norm(input, p, dim, keepdim=True), eps)
    result = input / expand_as(size, input)
    return result if out is None else into(out, result)
