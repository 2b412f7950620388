"""`torch.nn.functional`: the functions that layers are made of, in the order of PyTorch's pages.

A door: every function lives in `ops`, except for the few that exist only under this name.
"""

# ruff: noqa: I001

from __future__ import annotations

# Convolution
from ..ops.conv import conv1d as conv1d
from ..ops.conv import conv2d as conv2d
from ..ops.conv import conv3d as conv3d
from ..ops.conv import conv_transpose1d as conv_transpose1d
from ..ops.conv import conv_transpose2d as conv_transpose2d
from ..ops.conv import conv_transpose3d as conv_transpose3d
from ..ops.conv import conv_tbc as conv_tbc
from ..ops.fold import unfold as unfold
from ..ops.fold import fold as fold

# Pooling
from ..ops.pool import avg_pool1d as avg_pool1d
from ..ops.pool import avg_pool2d as avg_pool2d
from ..ops.pool import avg_pool3d as avg_pool3d
from ..ops.pool import max_pool1d as max_pool1d
from ..ops.pool import max_pool2d as max_pool2d
from ..ops.pool import max_pool3d as max_pool3d
from ..ops.adaptive_pool import max_unpool1d as max_unpool1d
from ..ops.adaptive_pool import max_unpool2d as max_unpool2d
from ..ops.adaptive_pool import max_unpool3d as max_unpool3d
from ..ops.pool import lp_pool1d as lp_pool1d
from ..ops.pool import lp_pool2d as lp_pool2d
from ..ops.pool import lp_pool3d as lp_pool3d
from ..ops.adaptive_pool import adaptive_max_pool1d as adaptive_max_pool1d
from ..ops.adaptive_pool import adaptive_max_pool2d as adaptive_max_pool2d
from ..ops.adaptive_pool import adaptive_max_pool3d as adaptive_max_pool3d
from ..ops.adaptive_pool import adaptive_avg_pool1d as adaptive_avg_pool1d
from ..ops.adaptive_pool import adaptive_avg_pool2d as adaptive_avg_pool2d
from ..ops.adaptive_pool import adaptive_avg_pool3d as adaptive_avg_pool3d
from ..ops.pool_indices import max_pool1d_with_indices as max_pool1d_with_indices
from ..ops.pool_indices import adaptive_max_pool1d_with_indices as adaptive_max_pool1d_with_indices
from ..ops.pool_indices import max_pool2d_with_indices as max_pool2d_with_indices
from ..ops.pool_indices import adaptive_max_pool2d_with_indices as adaptive_max_pool2d_with_indices
from ..ops.pool_indices import max_pool3d_with_indices as max_pool3d_with_indices
from ..ops.pool_indices import adaptive_max_pool3d_with_indices as adaptive_max_pool3d_with_indices
from ..ops.fractional_pool import fractional_max_pool2d as fractional_max_pool2d
from ..ops.fractional_pool import (
    fractional_max_pool2d_with_indices as fractional_max_pool2d_with_indices,
)
from ..ops.fractional_pool import fractional_max_pool3d as fractional_max_pool3d
from ..ops.fractional_pool import (
    fractional_max_pool3d_with_indices as fractional_max_pool3d_with_indices,
)

# Attention
from ..ops.attention import scaled_dot_product_attention as scaled_dot_product_attention
from ..ops.multihead import multi_head_attention_forward as multi_head_attention_forward

# Non-linear activation functions
from ..ops.piecewise import threshold as threshold
from ..ops.piecewise import relu as relu
from ..ops.piecewise import hardtanh as hardtanh
from ..ops.piecewise import hardswish as hardswish
from ..ops.piecewise import relu6 as relu6
from ..ops.activation import elu as elu
from ..ops.activation import selu as selu
from ..ops.activation import celu as celu
from ..ops.piecewise import leaky_relu as leaky_relu
from ..ops.piecewise import prelu as prelu
from ..ops.piecewise import rrelu as rrelu
from ..ops.activation import glu as glu
from ..ops.activation import gelu as gelu
from ..ops.activation import logsigmoid as logsigmoid
from ..ops.piecewise import hardshrink as hardshrink
from ..ops.activation import tanhshrink as tanhshrink
from ..ops.activation import softsign as softsign
from ..ops.activation import softplus as softplus
from ..ops.softmax import softmin as softmin
from ..ops.softmax import softmax as softmax
from ..ops.piecewise import softshrink as softshrink
from ..ops.softmax import log_softmax as log_softmax
from ..ops.trig import tanh as tanh
from ..ops.math import sigmoid as sigmoid
from ..ops.piecewise import hardsigmoid as hardsigmoid
from ..ops.activation import silu as silu
from ..ops.activation import mish as mish
from ..ops.norm import batch_norm as batch_norm
from ..ops.norm import group_norm as group_norm
from ..ops.norm import instance_norm as instance_norm
from ..ops.norm import layer_norm as layer_norm
from ..ops.norm import local_response_norm as local_response_norm
from ..ops.norm import rms_norm as rms_norm
from ..ops.norm import normalize as normalize

# Linear functions
from ..ops.linear import linear as linear
from ..ops.linear import bilinear as bilinear

# Dropout
from ..ops.dropout import dropout as dropout
from ..ops.dropout import alpha_dropout as alpha_dropout
from ..ops.dropout import feature_alpha_dropout as feature_alpha_dropout
from ..ops.dropout import dropout1d as dropout1d
from ..ops.dropout import dropout2d as dropout2d
from ..ops.dropout import dropout3d as dropout3d

# Lookups
from ..ops.embedding import embedding as embedding
from ..ops.bag import embedding_bag as embedding_bag
from ..ops.embedding import one_hot as one_hot

# Distances
from ..ops.distance import pairwise_distance as pairwise_distance
from ..ops.distance import cosine_similarity as cosine_similarity
from ..ops.distance import pdist as pdist

# Losses
from ..ops.likelihood import binary_cross_entropy as binary_cross_entropy
from ..ops.likelihood import binary_cross_entropy_with_logits as binary_cross_entropy_with_logits
from ..ops.likelihood import poisson_nll_loss as poisson_nll_loss
from ..ops.margin import cosine_embedding_loss as cosine_embedding_loss
from ..ops.classification import cross_entropy as cross_entropy
from ..ops.ctc import ctc_loss as ctc_loss
from ..ops.likelihood import gaussian_nll_loss as gaussian_nll_loss
from ..ops.margin import hinge_embedding_loss as hinge_embedding_loss
from ..ops.likelihood import kl_div as kl_div
from ..ops.linear_cross_entropy import linear_cross_entropy as linear_cross_entropy
from ..ops.loss import l1_loss as l1_loss
from ..ops.loss import mse_loss as mse_loss
from ..ops.margin import margin_ranking_loss as margin_ranking_loss
from ..ops.margin import multilabel_margin_loss as multilabel_margin_loss
from ..ops.margin import multilabel_soft_margin_loss as multilabel_soft_margin_loss
from ..ops.margin import multi_margin_loss as multi_margin_loss
from ..ops.classification import nll_loss as nll_loss
from ..ops.loss import huber_loss as huber_loss
from ..ops.loss import smooth_l1_loss as smooth_l1_loss
from ..ops.margin import soft_margin_loss as soft_margin_loss
from ..ops.margin import triplet_margin_loss as triplet_margin_loss
from ..ops.margin import triplet_margin_with_distance_loss as triplet_margin_with_distance_loss

# Images
from ..ops.pad import pixel_shuffle as pixel_shuffle
from ..ops.pad import pixel_unshuffle as pixel_unshuffle
from ..ops.pad import channel_shuffle as channel_shuffle
from ..ops.pad import native_channel_shuffle as native_channel_shuffle
from ..ops.pad import pad as pad
from ..ops.interpolate import interpolate as interpolate
from ..ops.interpolate import upsample as upsample
from ..ops.interpolate import upsample_nearest as upsample_nearest
from ..ops.interpolate import upsample_bilinear as upsample_bilinear
from ..ops.grid import grid_sample as grid_sample
from ..ops.grid import affine_grid as affine_grid

# What exists only here
from typing import TYPE_CHECKING

from ..ops.creation import empty_like
from ..ops.inplace import inplace
from ..ops.random import exponential_

if TYPE_CHECKING:
    from ..tensor import Tensor

relu_ = inplace(relu)
elu_ = inplace(elu)
selu_ = inplace(selu)
celu_ = inplace(celu)
leaky_relu_ = inplace(leaky_relu)
hardtanh_ = inplace(hardtanh)
rrelu_ = inplace(rrelu)
threshold_ = inplace(threshold)


def gumbel_softmax(
    logits: Tensor, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1
) -> Tensor:
    """A sample that is nearly one-hot, differentiable in the logits: softmax((logits + g) / tau).

    g are Gumbel variables from the default generator. With `hard` the sample is one-hot, and its
    gradient that of the soft one. `eps` has no effect.

    Shape: logits (*), output (*).

    Jang, Gu and Poole, "Categorical reparameterization with Gumbel-softmax" (2017).
    """
    noise = -exponential_(empty_like(logits)).log()
    soft = softmax((logits + noise) / tau, dim)
    if not hard:
        return soft
    most = (soft.detach() == soft.detach().amax(dim, keepdim=True)).to(soft.dtype)
    return most - soft.detach() + soft
