"""PyTorch's API in readable Python on NumPy.

>>> import chainrule as torch
>>> w = torch.tensor(3.0, requires_grad=True)
>>> (w * w).backward()
>>> w.grad
tensor(6.)
"""

# Names in PyTorch's order of ideas; each line says where its functions live.
# ruff: noqa: I001

import math as _math

from .core.attributes import Layout as layout, strided
from .core.device import device, get_default_device, set_default_device
from .core.dtype import bfloat16, bool_ as bool, complex64, complex128, dtype, finfo, float16
from .core.dtype import float32, float64, iinfo, int8, int16, int32, int64, uint8, uint16, uint32
from .core.dtype import can_cast, get_default_dtype, promote_types, set_default_dtype, uint64
from .core.generator import Generator
from .core.printing import set_printoptions
from .core.size import Size
from .tensor import Tensor

# == functions ==
# Creation
from .ops.data import as_tensor, asarray, from_dlpack, from_numpy, frombuffer, tensor
from .ops.creation import arange, empty, empty_like, empty_strided, eye, full, full_like, linspace
from .ops.creation import logspace, ones, ones_like, zeros, zeros_like
from .ops.random import bernoulli, get_rng_state, initial_seed, manual_seed, multinomial, normal
from .ops.random import poisson, rand, rand_like, randint, randint_like, randn, randn_like, randperm
from .ops.random import seed, set_rng_state
from .ops.legacy import set_default_tensor_type

# Arithmetic
from .ops.arithmetic import add, div, divide, mul, multiply, neg, negative, positive, pow
from .ops.arithmetic import reciprocal, rsub, sub, subtract, true_divide
from .ops.division import floor_divide, fmod, gcd, lcm, remainder
from .ops.blend import addcdiv, addcmul, lerp
from .ops.extremes import clamp, clamp_max, clamp_min, clip, fmax, fmin, maximum, minimum
from .ops.signs import abs, absolute, copysign, heaviside, sgn, sign, signbit
from .ops.roots import float_power, hypot, rsqrt, sqrt, square

# Elementary functions
from .ops.math import exp, exp2, expm1, ldexp, log, log10, log1p, log2, logaddexp, logaddexp2, logit
from .ops.math import sigmoid, xlogy
from .ops.conj import conj

# Comparison and logic
from .ops.compare import allclose, eq, equal, ge, greater, greater_equal, gt, is_nonzero, isclose
from .ops.compare import isfinite, isin, isinf, isnan, isneginf, isposinf, isreal, le, less
from .ops.compare import less_equal, logical_and, logical_not, logical_or, logical_xor, lt, ne
from .ops.compare import not_equal, where

# Reductions
from .ops.reduce import all, any, count_nonzero, mean, nanmean, nansum, prod, sum

# Matrix products
from .ops.matmul import bmm, dot, matmul, mm, mv, vdot
from .ops.linear import addbmm, addmm, addmv, addr, baddbmm, bilinear

# Shape: views
from .ops.shape import broadcast_tensors, broadcast_to, flatten, ravel, reshape, squeeze, unflatten
from .ops.shape import unsqueeze
from .ops.permute import adjoint, moveaxis, movedim, permute, swapaxes, swapdims, t, transpose
from .ops.slicing import atleast_1d, atleast_2d, atleast_3d, diagonal, narrow, select

# Indexing
from .ops.setitem import index_put, index_put_, put
from .ops.fill import fill_, zero_

# Copies and conversions
from .ops.convert import clone

# Neural networks
from .ops.dropout import alpha_dropout, dropout, feature_alpha_dropout, feature_dropout
from .ops.embedding import embedding

# == end ==
# Gradients
from .autograd.anomaly import is_anomaly_enabled
from .autograd.grad_mode import enable_grad, inference_mode, is_grad_enabled
from .autograd.grad_mode import is_inference_mode_enabled, no_grad, set_grad_enabled

# Files and settings
from .io import load, save
from .threads import get_num_threads, set_num_threads
from .version import __version__

# Modules
from . import accelerator, autograd, backends, cuda, io, random, serialization, testing, version

float, double, half = float32, float64, float16
long, int, short = int64, int32, int16
cfloat, cdouble = complex64, complex128
inf, nan, pi, e, newaxis = _math.inf, _math.nan, _math.pi, _math.e, None
contiguous_format, channels_last = layout("contiguous_format"), layout("channels_last")
channels_last_3d, preserve_format = layout("channels_last_3d"), layout("preserve_format")
