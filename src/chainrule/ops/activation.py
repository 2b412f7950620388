"""Activation functions: the smooth ones here, the piecewise linear ones from `piecewise`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ..core.apply import binary, unary
from ..core.tensor import unwrap
from .arithmetic import Div, Mul, Sub
from .compare import where
from .conj import conj
from .dims import wrap_dim
from .math import exp, log1p
from .math import sigmoid as sigmoid
from .piecewise import hardshrink as hardshrink
from .piecewise import hardsigmoid as hardsigmoid
from .piecewise import hardswish as hardswish
from .piecewise import hardtanh as hardtanh
from .piecewise import leaky_relu as leaky_relu
from .piecewise import overwrite
from .piecewise import prelu as prelu
from .piecewise import relu as relu
from .piecewise import relu6 as relu6
from .piecewise import rrelu as rrelu
from .piecewise import softshrink as softshrink
from .piecewise import threshold as threshold
from .signs import abs
from .slicing import narrow
from .special import erf, error_function
from .support import Composite, refuse
from .trig import tanh as tanh

if TYPE_CHECKING:
    from ..tensor import Tensor

SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805  # Klambauer et al. 2017
CUBIC = 0.044715  # of the approximation of gelu, Hendrycks & Gimpel 2016


class Elu(Composite):
    """scale x where x is positive, scale alpha (e^x - 1) elsewhere"""

    cpu = "elu_cpu"
    saves = ("x",)

    def kernel(xp, x, *, alpha, factor):
        refuse(x, "biuc")
        out = xp.maximum(x, 0) + xp.expm1(xp.minimum(x, 0)) * alpha
        return out if factor == 1 else out * factor

    def grad_x(ctx, g):
        g = g * ctx.factor
        return where(ctx.x <= 0, g * exp(ctx.x) * ctx.alpha, g)


class Celu(Composite):
    """x where it is positive, alpha (e^(x / alpha) - 1) elsewhere"""

    cpu = "elu_cpu"
    saves = ("x",)

    def kernel(xp, x, *, alpha):
        refuse(x, "biuc")
        return xp.maximum(x, 0) + xp.expm1(xp.minimum(x, 0) / alpha) * alpha

    def grad_x(ctx, g):
        return where(ctx.x <= 0, g * exp(ctx.x / ctx.alpha), g)


class Gelu(Composite):
    """x P(z < x) for a normal z"""

    cpu = "GeluKernelImpl"
    saves = ("x",)

    def kernel(xp, x):
        refuse(x, "biuc")
        return x * 0.5 * (error_function(xp, x * math.sqrt(0.5)) + 1)

    def grad_x(ctx, g):
        below = (erf(ctx.x * math.sqrt(0.5)) + 1) * 0.5
        density = exp(ctx.x * ctx.x * -0.5) * (1 / math.sqrt(2 * math.pi))
        return g * (below + ctx.x * density)


class GeluTanh(Composite):
    """x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2"""

    label = "GeluBackward0"
    cpu = "GeluKernelImpl"
    saves = ("x",)

    def kernel(xp, x):
        refuse(x, "biuc")
        return x * 0.5 * (xp.tanh((x + x * x * x * CUBIC) * math.sqrt(2 / math.pi)) + 1)

    def grad_x(ctx, g):
        x, k = ctx.x, math.sqrt(2 / math.pi)
        t = tanh((x + x * x * x * CUBIC) * k)
        slope = (x * x * (3 * CUBIC) + 1) * k
        return g * ((t + 1) * 0.5 + x * 0.5 * (1 - t * t) * slope)


class Silu(Composite):
    """x / (1 + e^-x)"""

    cpu = "silu_cpu"
    saves = ("x",)

    def kernel(xp, x):
        refuse(x, "biu")
        return x / (xp.exp(-x) + 1)

    def grad_x(ctx, g):
        s = sigmoid(ctx.x)
        return g * conj(s * (ctx.x * (1 - s) + 1))


class Mish(Composite):
    """x tanh(ln(1 + e^x))"""

    cpu = "mish_cpu"
    saves = ("x",)

    def kernel(xp, x):
        refuse(x, "biuc")
        return x * xp.tanh(xp.log1p(xp.exp(x)))

    def grad_x(ctx, g):
        t = tanh(log1p(exp(ctx.x)))
        return g * (t + ctx.x * sigmoid(ctx.x) * (1 - t * t))


class Softplus(Composite):
    """ln(1 + e^(beta x)) / beta, and x where beta x is above the threshold"""

    cpu = "softplus_cpu"
    saves = ("x",)

    def kernel(xp, x, *, beta, threshold):
        refuse(x, "biuc")
        return xp.where(x * beta > threshold, x, xp.log1p(xp.exp(x * beta)) / beta)

    def grad_x(ctx, g):
        t = ctx.x * ctx.beta
        return where(t > ctx.threshold, g, g * sigmoid(t))


class LogSigmoid(Composite):
    """-ln(1 + e^-x)"""

    cpu = "log_sigmoid_cpu"
    saves = ("x",)

    def kernel(xp, x):
        refuse(x, "biuc")
        return xp.minimum(x, 0) - xp.log1p(xp.exp(-xp.absolute(x)))

    def grad_x(ctx, g):
        return g * sigmoid(-ctx.x)


def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """x where it is positive, alpha (e^x - 1) elsewhere (Clevert et al. 2016).

    Shape: input (*), output (*).
    """
    result = unary(Elu, input, alpha=alpha, factor=1.0)
    return overwrite(input, result) if inplace else result


def selu(input: Tensor, inplace: bool = False) -> Tensor:
    """A scaled `elu` that keeps mean 0 and variance 1 (Klambauer et al. 2017).

    Shape: input (*), output (*).
    """
    result = unary(Elu, input, alpha=SELU_ALPHA, factor=SELU_SCALE)
    return overwrite(input, result) if inplace else result


def celu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """x where it is positive, alpha (e^(x / alpha) - 1) elsewhere (Barron 2017).

    Shape: input (*), output (*). RuntimeError for alpha = 0.
    """
    if alpha == 0:
        raise RuntimeError("ZeroDivisionError: alpha cannot be 0 for CELU")
    result = unary(Celu, input, alpha=alpha)
    return overwrite(input, result) if inplace else result


def gelu(input: Tensor, *, approximate: str = "none") -> Tensor:
    """x P(z < x) for a standard normal z (Hendrycks & Gimpel 2016), or its "tanh" approximation.

    Shape: input (*), output (*).

    >>> gelu(tensor([-1.0, 2.0]))
    tensor([-0.1587,  1.9545])
    """
    if approximate not in ("none", "tanh"):
        raise RuntimeError("approximate argument must be either none or tanh.")
    return unary(Gelu if approximate == "none" else GeluTanh, input)


def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """x / (1 + e^-x) of each element, also called swish.

    Shape: input (*), output (*).

    >>> silu(tensor([-1.0, 2.0]))
    tensor([-0.2689,  1.7616])
    """
    result = unary(Silu, input)
    return overwrite(input, result) if inplace else result


def mish(input: Tensor, inplace: bool = False) -> Tensor:
    """x tanh(ln(1 + e^x)) of each element (Misra 2019).

    Shape: input (*), output (*).
    """
    result = unary(Mish, input)
    return overwrite(input, result) if inplace else result


def softplus(input: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """ln(1 + e^(beta x)) / beta of each element; x where beta x is above the threshold.

    Shape: input (*), output (*).

    >>> softplus(tensor([0.0, 30.0]))
    tensor([ 0.6931, 30.0000])
    """
    return unary(Softplus, input, beta=beta, threshold=threshold)


def logsigmoid(input: Tensor) -> Tensor:
    """The logarithm of the logistic function of each element, without overflow.

    Shape: input (*), output (*).

    >>> logsigmoid(tensor([0.0, -1000.0]))
    tensor([-6.9315e-01, -1.0000e+03])
    """
    return unary(LogSigmoid, input)


def softsign(input: Tensor) -> Tensor:
    """x / (1 + |x|) of each element.

    Shape: input (*), output (*).
    """
    return binary(Div, input, abs(input) + 1)


def tanhshrink(input: Tensor) -> Tensor:
    """x - tanh x of each element.

    Shape: input (*), output (*).
    """
    return binary(Sub, input, tanh(input))


def glu(input: Tensor, dim: int = -1) -> Tensor:
    """The first half along `dim` times the logistic function of the second (Dauphin et al. 2017).

    Shape: input (*, 2N, *), output (*, N, *). RuntimeError for an odd size.

    >>> glu(tensor([1.0, 2.0, 0.0, 0.0]))
    tensor([0.5000, 1.0000])
    """
    shape = unwrap(input).shape
    if not shape:
        raise RuntimeError("glu does not support scalars because halving size must be even")
    dim = wrap_dim(dim, len(shape))
    size = shape[dim]
    if size % 2:
        raise RuntimeError(f"Halving dimension must be even, but dimension {dim} is size {size}")
    half = size // 2
    return binary(Mul, narrow(input, dim, 0, half), sigmoid(narrow(input, dim, half, half)))
