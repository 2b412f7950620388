"""PyTorch's API in readable Python on NumPy.

>>> import chainrule as torch
>>> w = torch.tensor(3.0, requires_grad=True)
>>> (w * w).backward()
>>> w.grad
tensor(6.)
"""

# Names in PyTorch's order of ideas; each line says where its functions live.

import math as _math
from typing import TYPE_CHECKING

from .core.device import device, get_default_device, set_default_device
from .core.dtype import bfloat16, bool_ as bool, complex64, complex128, dtype, finfo, float16
from .core.dtype import float32, float64, iinfo, int8, int16, int32, int64, uint8, uint16, uint32
from .core.dtype import can_cast, get_default_dtype, promote_types, set_default_dtype, uint64
from .core.layout import Layout as layout, MemoryFormat as memory_format, strided  # noqa: N813
from .core.generator import Generator, default_generator
from .core.printing import set_printoptions
from .core.size import Size
from .ops.legacy import BFloat16Tensor, BoolTensor, ByteTensor, CharTensor, DoubleTensor
from .ops.legacy import FloatTensor, HalfTensor, IntTensor, LongTensor, ShortTensor
from .tensor import Tensor

# Creation
from .ops.data import as_tensor, asarray, from_dlpack, from_file, from_numpy, frombuffer, tensor
from .ops.creation import arange, empty, empty_like, empty_strided, eye, full, full_like, linspace
from .ops.creation import logspace, ones, ones_like, scalar_tensor, zeros, zeros_like
from .ops.creation import empty_permuted, range_ as range
from .ops.random import bernoulli, binomial, get_rng_state, initial_seed, manual_seed, multinomial
from .ops.random import normal, poisson, rand, rand_like, randint, randint_like, randn, randn_like
from .ops.random import randperm, seed, set_rng_state
from .ops.legacy import set_default_tensor_type

# Arithmetic
from .ops.arithmetic import add, div, divide, mul, multiply, neg, negative, positive, pow
from .ops.arithmetic import reciprocal, rsub, sub, subtract, true_divide
from .ops.division import floor_divide, fmod, gcd, lcm, remainder
from .ops.blend import addcdiv, addcmul, lerp
from .ops.extremes import clamp, clamp_max, clamp_min, clip, fmax, fmin, maximum, minimum
from .ops.signs import abs, absolute, copysign, heaviside, sgn, sign, signbit
from .ops.roots import float_power, hypot, rsqrt, sqrt, square

# Elementary and special functions
from .ops.math import exp, exp2, expm1, ldexp, log, log10, log1p, log2, logaddexp, logaddexp2, logit
from .ops.math import sigmoid, xlogy
from .ops.trig import acos, acosh, arccos, arccosh, arcsin, arcsinh, arctan, arctan2, arctanh, asin
from .ops.trig import asinh, atan, atan2, atanh, cos, cosh, deg2rad, rad2deg, sin, sinc, sinh, tan
from .ops.trig import tanh
from .ops.rounding import ceil, fix, floor, frac, frexp, nan_to_num, nextafter, round, trunc
from .ops.gamma import digamma, igamma, igammac, lgamma, mvlgamma, polygamma
from .ops.special import erf, erfc, erfinv, i0

# Complex numbers
from .ops.conj import conj
from .ops.complex import angle, complex, conj_physical, imag, is_complex, is_conj, is_floating_point
from .ops.complex import is_neg, is_signed, polar, real, resolve_conj, resolve_neg, view_as_complex
from .ops.complex import view_as_real

# Comparison and logic
from .ops.compare import allclose, eq, equal, ge, greater, greater_equal, gt, is_nonzero, isclose
from .ops.compare import isfinite, isin, isinf, isnan, isneginf, isposinf, isreal, le, less
from .ops.compare import less_equal, logical_and, logical_not, logical_or, logical_xor, lt, ne
from .ops.compare import not_equal, where
from .ops.bitwise import bitwise_and, bitwise_left_shift, bitwise_not, bitwise_or
from .ops.bitwise import bitwise_right_shift, bitwise_xor

# Activations
from .ops.activation import celu, selu
from .ops.piecewise import hardshrink, prelu, relu, rrelu, threshold
from .ops.softmax import log_softmax, softmax

# Reductions
from .ops.reduce import all, any, count_nonzero, mean, nanmean, nansum, prod, sum
from .ops.extrema import amax, amin, aminmax, argmax, argmin, max, min
from .ops.statistics import logsumexp, std, std_mean, var, var_mean
from .ops.norms import cdist, dist, frobenius_norm, norm, renorm
from .ops.quantile import nanquantile, quantile
from .ops.scan import cummax, cummin, cumprod, cumsum, cumulative_trapezoid, diff, logcumsumexp
from .ops.scan import trapezoid, trapz
from .ops.gradient import gradient

# Sorting, counting, searching
from .ops.sort import argsort, kthvalue, median, mode, msort, nanmedian, sort, topk
from .ops.bins import bincount, bucketize, searchsorted, unique
from .ops.bins import unique_consecutive
from .ops.histogram import histc, histogram, histogramdd

# Matrix products
from .ops.matmul import bmm, dot, matmul, mm, mv, vdot
from .ops.linear import addbmm, addmm, addmv, addr, baddbmm, bilinear
from .ops.products import chain_matmul, cross, ger, inner, kron, outer, tensordot
from .ops.products import trace
from .ops.einsum import einsum

# Linear algebra
from .ops.cholesky import cholesky_inverse, cholesky_solve, torch_cholesky as cholesky
from .ops.covariance import corrcoef, cov
from .ops.inverse import det, inverse, logdet, torch_slogdet as slogdet
from .ops.lowrank import lobpcg, pca_lowrank, svd_lowrank
from .ops.lu import lu_unpack, torch_lu as lu, torch_lu_solve as lu_solve
from .ops.matrix_functions import matrix_exp, matrix_power, torch_vander as vander
from .ops.pseudo import pinverse
from .ops.qr import geqrf, orgqr, ormqr, torch_qr as qr
from .ops.solve import triangular_solve
from .ops.svd import torch_svd as svd

# Shape
from .ops.shape import broadcast_tensors, broadcast_to, flatten, ravel, reshape, squeeze, unflatten
from .ops.shape import unsqueeze
from .ops.permute import adjoint, moveaxis, movedim, permute, swapaxes, swapdims, t, transpose
from .ops.slicing import atleast_1d, atleast_2d, atleast_3d, diagonal, narrow, select
from .ops.slicing import diagonal_scatter, select_scatter, slice_scatter
from .ops.split import chunk, dsplit, hsplit, split, split_with_sizes, tensor_split, unbind, vsplit
from .ops.strided import as_strided, as_strided_scatter

# Joining and rearranging
from .ops.join import block_diag, cartesian_prod, cat, column_stack, combinations, concat
from .ops.join import concatenate, dstack, hstack, meshgrid, row_stack, stack, vstack
from .ops.rearrange import diag, diag_embed, diagflat, flip, fliplr, flipud, roll, rot90, tril
from .ops.rearrange import tril_indices, triu, triu_indices
from .ops.repeat import repeat_interleave, tile

# Indexing
from .ops.setitem import index_put, index_put_, put
from .ops.index import argwhere, gather, index_select, nonzero, take, take_along_dim, unravel_index
from .ops.index import nonzero_static
from .ops.masking import masked_fill, masked_scatter, masked_select
from .ops.scatter import index_add, index_copy, index_fill, scatter, scatter_add
from .ops.scatter_reduce import index_reduce, scatter_reduce
from .ops.fill import fill_, zero_

# Copies
from .ops.convert import clone
from .ops.fill import fill
from .ops.copies import alias_copy, as_strided_copy, detach_copy, diagonal_copy, expand_copy
from .ops.copies import narrow_copy, permute_copy, select_copy, slice_copy, split_copy
from .ops.copies import split_with_sizes_copy, squeeze_copy, t_copy, transpose_copy, unbind_copy
from .ops.copies import unfold_copy, unsafe_chunk, unsafe_split, unsafe_split_with_sizes
from .ops.copies import unsqueeze_copy, view_as_complex_copy, view_as_real_copy, view_copy

# Memory
from .core.storage import TypedStorage, UntypedStorage
from .ops.memory import resize_as_

# Gradients
from .autograd.anomaly import is_anomaly_enabled
from .autograd.backward import Variable
from .autograd.grad_mode import enable_grad, inference_mode, is_grad_enabled
from .autograd.grad_mode import is_inference_mode_enabled, no_grad, set_grad_enabled

# Files and settings
from .queries import get_device, is_storage, is_tensor, numel
from .queries import result_type, typename, broadcast_shapes, is_same_size, is_inference
from .queries import get_float32_matmul_precision, set_float32_matmul_precision
from .queries import are_deterministic_algorithms_enabled, use_deterministic_algorithms
from .queries import detach, set_flush_denormal
from .queries import get_deterministic_debug_mode, is_deterministic_algorithms_warn_only_enabled
from .queries import set_deterministic_debug_mode, is_warn_always_enabled, set_warn_always
from .queries import compiled_with_cxx11_abi, has_lapack, has_mkl, has_openmp, has_spectral
from .queries import is_distributed, sym_float, sym_int, sym_ite, sym_max, sym_min, sym_not, sym_sum
from .threads import get_num_interop_threads, get_num_threads
from .threads import set_num_interop_threads, set_num_threads
from .version import __version__

# Modules; those in _LATER are imported when they are first asked for
from . import accelerator, autograd, backends, cuda, linalg, random, testing, version
from .ops import return_types

if TYPE_CHECKING:
    from . import check, compiler, distributions, fft, func, io, nn, optim, serialization
    from . import signal, special, utils
    from .compiler import compile, explain
    from .func import vmap
    from .io import load, save
    from .ops.grid import grid_sampler, grid_sampler_2d, grid_sampler_3d
    from .ops.stft import istft, stft
    from .ops.windows import bartlett_window, blackman_window, hamming_window, hann_window
    from .ops.windows import kaiser_window

float, double, half = float32, float64, float16
long, int, short = int64, int32, int16
cfloat, cdouble = complex64, complex128
inf, nan, pi, e, newaxis = _math.inf, _math.nan, _math.pi, _math.e, None
contiguous_format, channels_last = (
    memory_format("contiguous_format"),
    memory_format("channels_last"),
)
channels_last_3d, preserve_format = (
    memory_format("channels_last_3d"),
    memory_format("preserve_format"),
)


def install() -> None:
    """Let `import torch`, torchvision, d2l and d2lzh_pytorch find chainrule in this process."""
    from .compat import install as hook  # the runner's floor: imported only when it is asked for

    hook()


# What is imported when it is first asked for: modules, and the names that they give to this one.
_LATER = {
    "amp": "autocast get_autocast_dtype is_autocast_enabled",
    "check": "",
    "compiler": "compile explain",
    "distributions": "",
    "fft": "",
    "func": "vmap",
    "hub": "",
    "io": "load save",
    "jit": "",
    "masked": "",
    "multiprocessing": "",
    "nn": "",
    "nn.functional": """
        adaptive_avg_pool1d adaptive_max_pool1d alpha_dropout avg_pool1d batch_norm
        bilinear binary_cross_entropy_with_logits celu_ channel_shuffle conv1d conv2d
        conv3d conv_tbc conv_transpose1d conv_transpose2d conv_transpose3d
        cosine_embedding_loss cosine_similarity ctc_loss dropout embedding embedding_bag
        feature_alpha_dropout group_norm hinge_embedding_loss instance_norm kl_div
        layer_norm margin_ranking_loss max_pool1d max_pool1d_with_indices max_pool2d
        max_pool3d native_channel_shuffle pairwise_distance pdist pixel_shuffle
        pixel_unshuffle poisson_nll_loss relu_ rms_norm rrelu_ selu_ threshold_
        triplet_margin_loss""",
    "onnx": "",
    "ops.native": """
        constant_pad_nd convolution native_batch_norm native_dropout native_group_norm
        native_layer_norm norm_except_dim""",
    "ops.grid": "grid_sampler grid_sampler_2d grid_sampler_3d",
    "ops.recurrent": "gru_cell lstm_cell rnn_relu_cell rnn_tanh_cell",
    "ops.stft": "istft stft",
    "ops.windows": "bartlett_window blackman_window hamming_window hann_window kaiser_window",
    "optim": "",
    "profiler": "",
    "serialization": "",
    "signal": "",
    "special": "",
    "utils": "",
}
_PLACES = {name: module for module, names in _LATER.items() for name in names.split()}

# Methods that are functions of the namespace, too.
_METHODS = """
    abs_ acos_ acosh_ addmv_ arccos_ arccosh_ arcsin_ arcsinh_ arctan_ arctanh_
    as_strided_ asin_ asinh_ atan_ atanh_ ceil_ clamp_ clamp_max_ clamp_min_ clip_
    conj_physical_ cos_ cosh_ deg2rad_ detach_ erf_ erfc_ exp2_ exp_ expm1_ fix_ floor_
    frac_ gcd_ i0_ lcm_ ldexp_ log10_ log1p_ log2_ log_ logit_ nan_to_num_ neg_ negative_
    rad2deg_ reciprocal_ round_ rsqrt_ sigmoid_ sin_ sinc_ sinh_ sqrt_ square_ tan_ tanh_
    trunc_ xlogy_
"""


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name in _LATER:
        return import_module(f"{__name__}.{name}")
    if name in _PLACES:
        return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
    if name in _METHODS.split():
        return getattr(Tensor, name)
    from .errors import unknown

    known = [*globals(), *_LATER, *_PLACES]
    raise unknown("torch", name, [each for each in known if not each.startswith("_")])
