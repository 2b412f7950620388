"""Initialisation of parameters: fills tensors in place, with PyTorch's random numbers.

Nothing here is recorded for backward.
"""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import numpy

from ..autograd.grad_mode import no_grad
from ..ops.creation import empty_like
from ..ops.random import randperm

if TYPE_CHECKING:
    from ..core.generator import Generator
    from ..tensor import Tensor

F = TypeVar("F", bound=Callable[..., Any])

CONVOLUTIONS = [f"conv{kind}{n}d" for kind in ("", "_transpose") for n in (1, 2, 3)]
LINEAR = frozenset(["linear", "sigmoid", *CONVOLUTIONS])


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """How much a nonlinearity shrinks the standard deviation: the factor that makes up for it.

    1 for linear layers and sigmoid, 5/3 for tanh, sqrt(2) for relu, sqrt(2 / (1 + param**2)) for
    leaky_relu (its slope, 0.01 if None), 3/4 for selu. ValueError for any other.

    >>> calculate_gain("leaky_relu", 0.2)
    1.3867504905630728
    """
    if nonlinearity in LINEAR:
        return 1
    if nonlinearity == "leaky_relu":
        if param is None:
            param = 0.01
        elif isinstance(param, bool) or not isinstance(param, (int, float)):
            raise ValueError(f"negative_slope {param} not a valid number")
        return math.sqrt(2.0 / (1 + param**2))
    gains = {"tanh": 5.0 / 3, "relu": math.sqrt(2.0), "selu": 3.0 / 4}
    if nonlinearity not in gains:
        raise ValueError(f"Unsupported nonlinearity {nonlinearity}")
    return gains[nonlinearity]


def _calculate_fan_in_and_fan_out(tensor: Tensor) -> tuple[int, int]:
    """The number of inputs that meet in one output, and of outputs that one input reaches."""
    shape = tensor.shape
    if len(shape) < 2:
        raise ValueError(
            "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions"
        )
    receptive_field = math.prod(shape[2:])
    return shape[1] * receptive_field, shape[0] * receptive_field


def _calculate_correct_fan(tensor: Tensor, mode: str) -> int:
    mode = mode.lower()
    modes = ["fan_in", "fan_out"]
    if mode not in modes:
        raise ValueError(f"Mode {mode} not supported, please use one of {modes}")
    return _calculate_fan_in_and_fan_out(tensor)[modes.index(mode)]


# Simple fillings


@no_grad
def uniform_(
    tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Generator | None = None
) -> Tensor:
    """Fill with uniform random numbers in [a, b)."""
    return tensor.uniform_(a, b, generator=generator)


@no_grad
def normal_(
    tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Generator | None = None
) -> Tensor:
    """Fill with normal random numbers."""
    return tensor.normal_(mean, std, generator=generator)


@no_grad
def constant_(tensor: Tensor, val: float) -> Tensor:
    """Fill with one value.

    >>> constant_(empty(2), 0.5)
    tensor([0.5000, 0.5000])
    """
    return tensor.fill_(val)


def ones_(tensor: Tensor) -> Tensor:
    """Fill with ones."""
    return constant_(tensor, 1.0)


@no_grad
def zeros_(tensor: Tensor) -> Tensor:
    """Fill with zeros."""
    return tensor.zero_()


@no_grad
def eye_(tensor: Tensor) -> Tensor:
    """Fill a matrix with the identity, which keeps the inputs of a linear layer."""
    if tensor.ndim != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    tensor.zero_()
    diagonal = range(min(tensor.shape))
    tensor._data[diagonal, diagonal] = 1
    return tensor


@no_grad
def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """Fill the kernel of a convolution so that it keeps as many input channels as it can.

    Shape: tensor (out, in, k), (out, in, k, k) or (out, in, k, k, k).
    """
    shape = tensor.shape
    if not 3 <= len(shape) <= 5:
        raise ValueError("Only tensors with 3, 4, or 5 dimensions are supported")
    if shape[0] % groups:
        raise ValueError("dim 0 must be divisible by groups")
    out = shape[0] // groups
    centre = tuple(size // 2 for size in shape[2:])
    tensor.zero_()
    for group in range(groups):
        for channel in range(min(out, shape[1])):
            tensor._data[(group * out + channel, channel, *centre)] = 1
    return tensor


# Scaled to the size of the layer


def xavier_uniform_(
    tensor: Tensor, gain: float = 1.0, generator: Generator | None = None
) -> Tensor:
    """Fill from U(-a, a) with a = gain * sqrt(6 / (fan_in + fan_out)).

    Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", AISTATS 2010.
    """
    bound = math.sqrt(3.0) * _xavier_std(tensor, gain)
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Fill from N(0, std**2) with std = gain * sqrt(2 / (fan_in + fan_out)).

    See xavier_uniform_.
    """
    return normal_(tensor, 0.0, _xavier_std(tensor, gain), generator)


def _xavier_std(tensor: Tensor, gain: float) -> float:
    fan_in, fan_out = _calculate_fan_in_and_fan_out(tensor)
    return gain * math.sqrt(2.0 / float(fan_in + fan_out))


def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:
    """Fill from U(-bound, bound) with bound = gain * sqrt(3 / fan).

    The gain is that of the nonlinearity (`a` is the slope of leaky_relu), the fan that of `mode`:
    "fan_in" keeps the variance in the forward pass, "fan_out" in the backward pass.

    He et al., "Delving deep into rectifiers", ICCV 2015.

    >>> _ = manual_seed(0)
    >>> kaiming_uniform_(empty(1, 3))
    tensor([[-0.0106,  0.7586, -1.1640]])
    """
    if _is_empty(tensor):
        return tensor
    bound = math.sqrt(3.0) * _kaiming_std(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:
    """Fill from N(0, std**2) with std = gain / sqrt(fan); see kaiming_uniform_."""
    if _is_empty(tensor):
        return tensor
    return normal_(tensor, 0, _kaiming_std(tensor, a, mode, nonlinearity), generator)


def _is_empty(tensor: Tensor) -> bool:
    if 0 in tensor.shape:
        warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=3)
        return True
    return False


def _kaiming_std(tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float:
    fan = _calculate_correct_fan(tensor, mode)
    return calculate_gain(nonlinearity, a) / math.sqrt(fan)


# Special distributions


@no_grad
def trunc_normal_(
    tensor: Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    generator: Generator | None = None,
) -> Tensor:
    """Fill from N(mean, std**2), values outside [a, b] drawn again.

    Where most would be outside, uniform numbers are drawn and accepted with the density of the
    normal distribution relative to its peak in [a, b].
    """
    if mean < a - 2 * std or mean > b + 2 * std:
        warnings.warn(
            "mean is more than 2 std from [a, b] in nn.init.trunc_normal_. "
            "The distribution of values may be incorrect.",
            stacklevel=2,
        )
    inside = _normal_cdf((b - mean) / std) - _normal_cdf((a - mean) / std)
    sample = _normal_inside if inside > 0.3 else _uniform_accepted
    sample(tensor, mean, std, a, b, generator)
    return tensor


def _normal_cdf(x: float) -> float:
    return (1.0 + math.erf(x / math.sqrt(2.0))) / 2.0


def _normal_inside(
    tensor: Any, mean: float, std: float, a: float, b: float, generator: Generator | None
) -> None:
    values, redrawn = tensor.normal_(mean, std, generator=generator)._data, empty_like(tensor)
    low, high = values.dtype.type(a), values.dtype.type(b)
    while (outside := (values < low) | (values > high)).any():
        redrawn.normal_(mean, std, generator=generator)
        values[outside] = redrawn._data[outside]


def _uniform_accepted(
    tensor: Any, mean: float, std: float, a: float, b: float, generator: Generator | None
) -> None:
    log_peak = -0.5 * ((max(a, min(mean, b)) - mean) / std) ** 2
    accepted, candidates, levels = (empty_like(tensor) for _ in range(3))
    values = accepted._data
    pending = numpy.full(values.shape, True)
    while pending.any():
        drawn = candidates.uniform_(a, b, generator=generator)._data
        values[pending] = drawn[pending]
        log_density = ((drawn - mean) / std) ** 2 * -0.5 - log_peak
        level = levels.uniform_(generator=generator)._data
        with numpy.errstate(divide="ignore"):
            pending &= numpy.log(level) > log_density
    tensor.copy_(accepted)


@no_grad
def orthogonal_(tensor: Tensor, gain: float = 1, generator: Generator | None = None) -> Tensor:
    """Fill with a random (semi-)orthogonal matrix times `gain`; further dimensions are flattened.

    Saxe et al., "Exact solutions to the nonlinear dynamics of learning in deep linear neural
    networks", ICLR 2014.
    """
    if tensor.ndim < 2:
        raise ValueError("Only tensors with 2 or more dimensions are supported")
    if tensor.numel() == 0:
        return tensor
    rows = tensor.shape[0]
    matrix = tensor.new_empty((rows, tensor.numel() // rows)).normal_(0, 1, generator=generator)
    wide = rows < matrix.shape[1]
    q, r = numpy.linalg.qr(matrix._data.T if wide else matrix._data)
    q = q * numpy.sign(numpy.diag(r))  # which makes q uniformly distributed
    matrix._data[...] = q.T if wide else q
    tensor.copy_(matrix.view(tensor.shape))
    return tensor.mul_(gain)


@no_grad
def sparse_(
    tensor: Tensor, sparsity: float, std: float = 0.01, generator: Generator | None = None
) -> Tensor:
    """Fill a matrix from N(0, std**2), then set a fraction `sparsity` of each column to zero.

    Martens, "Deep learning via Hessian-free optimization", ICML 2010.
    """
    if tensor.ndim != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    rows, columns = tensor.shape
    zeros = math.ceil(sparsity * rows)
    tensor.normal_(0, std, generator=generator)
    for column in range(columns):
        tensor._data[randperm(rows)._data[:zeros], column] = 0
    return tensor


# The names of before version 0.4


def _deprecated(function: F) -> F:
    name = function.__name__

    @functools.wraps(function)
    def old(*args: Any, **kwargs: Any) -> Any:
        warnings.warn(
            f"`nn.init.{name[:-1]}` is now deprecated in favor of `nn.init.{name}`.",
            FutureWarning,
            stacklevel=2,
        )
        return function(*args, **kwargs)

    old.__name__ = old.__qualname__ = name[:-1]
    old.__doc__ = f"The old name of :func:`{name}`."
    return old  # type: ignore[return-value]


uniform, normal, constant = _deprecated(uniform_), _deprecated(normal_), _deprecated(constant_)
eye, dirac, sparse = _deprecated(eye_), _deprecated(dirac_), _deprecated(sparse_)
xavier_uniform, xavier_normal = _deprecated(xavier_uniform_), _deprecated(xavier_normal_)
kaiming_uniform, kaiming_normal = _deprecated(kaiming_uniform_), _deprecated(kaiming_normal_)
orthogonal = _deprecated(orthogonal_)
