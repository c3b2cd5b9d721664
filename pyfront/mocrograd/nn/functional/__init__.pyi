"""The layers as functions: torch's names, arguments and defaults over `mocrograd.ops`. A file per family.

Written by scripts/stubs.py, from the functions themselves: `scripts/run stubs`.
"""

from typing import Any, Literal, overload

from mocrograd.nn.functional.activation import celu as celu
from mocrograd.nn.functional.activation import celu_ as celu_
from mocrograd.nn.functional.activation import elu as elu
from mocrograd.nn.functional.activation import elu_ as elu_
from mocrograd.nn.functional.activation import gelu as gelu
from mocrograd.nn.functional.activation import glu as glu
from mocrograd.nn.functional.activation import gumbel_softmax as gumbel_softmax
from mocrograd.nn.functional.activation import hardshrink as hardshrink
from mocrograd.nn.functional.activation import hardsigmoid as hardsigmoid
from mocrograd.nn.functional.activation import hardswish as hardswish
from mocrograd.nn.functional.activation import hardtanh as hardtanh
from mocrograd.nn.functional.activation import hardtanh_ as hardtanh_
from mocrograd.nn.functional.activation import leaky_relu as leaky_relu
from mocrograd.nn.functional.activation import leaky_relu_ as leaky_relu_
from mocrograd.nn.functional.activation import log_softmax as log_softmax
from mocrograd.nn.functional.activation import logsigmoid as logsigmoid
from mocrograd.nn.functional.activation import mish as mish
from mocrograd.nn.functional.activation import prelu as prelu
from mocrograd.nn.functional.activation import relu as relu
from mocrograd.nn.functional.activation import relu6 as relu6
from mocrograd.nn.functional.activation import relu_ as relu_
from mocrograd.nn.functional.activation import rrelu as rrelu
from mocrograd.nn.functional.activation import rrelu_ as rrelu_
from mocrograd.nn.functional.activation import selu as selu
from mocrograd.nn.functional.activation import selu_ as selu_
from mocrograd.nn.functional.activation import sigmoid as sigmoid
from mocrograd.nn.functional.activation import silu as silu
from mocrograd.nn.functional.activation import softmax as softmax
from mocrograd.nn.functional.activation import softmin as softmin
from mocrograd.nn.functional.activation import softplus as softplus
from mocrograd.nn.functional.activation import softshrink as softshrink
from mocrograd.nn.functional.activation import softsign as softsign
from mocrograd.nn.functional.activation import tanh as tanh
from mocrograd.nn.functional.activation import tanhshrink as tanhshrink
from mocrograd.nn.functional.activation import threshold as threshold
from mocrograd.nn.functional.activation import threshold_ as threshold_
from mocrograd.nn.functional.attention import multi_head_attention_forward as multi_head_attention_forward
from mocrograd.nn.functional.distance import cosine_embedding_loss as cosine_embedding_loss
from mocrograd.nn.functional.distance import normalize as normalize
from mocrograd.nn.functional.distance import triplet_margin_loss as triplet_margin_loss
from mocrograd.nn.functional.distance import triplet_margin_with_distance_loss as triplet_margin_with_distance_loss
from mocrograd.nn.functional.dropout import alpha_dropout as alpha_dropout
from mocrograd.nn.functional.dropout import dropout as dropout
from mocrograd.nn.functional.dropout import dropout1d as dropout1d
from mocrograd.nn.functional.dropout import dropout2d as dropout2d
from mocrograd.nn.functional.dropout import dropout3d as dropout3d
from mocrograd.nn.functional.dropout import feature_alpha_dropout as feature_alpha_dropout
from mocrograd.nn.functional.linear import bilinear as bilinear
from mocrograd.nn.functional.linear import linear as linear
from mocrograd.nn.functional.loss import binary_cross_entropy as binary_cross_entropy
from mocrograd.nn.functional.loss import binary_cross_entropy_with_logits as binary_cross_entropy_with_logits
from mocrograd.nn.functional.loss import cross_entropy as cross_entropy
from mocrograd.nn.functional.loss import ctc_loss as ctc_loss
from mocrograd.nn.functional.loss import gaussian_nll_loss as gaussian_nll_loss
from mocrograd.nn.functional.loss import hinge_embedding_loss as hinge_embedding_loss
from mocrograd.nn.functional.loss import huber_loss as huber_loss
from mocrograd.nn.functional.loss import kl_div as kl_div
from mocrograd.nn.functional.loss import l1_loss as l1_loss
from mocrograd.nn.functional.loss import linear_cross_entropy as linear_cross_entropy
from mocrograd.nn.functional.loss import margin_ranking_loss as margin_ranking_loss
from mocrograd.nn.functional.loss import mse_loss as mse_loss
from mocrograd.nn.functional.loss import nll_loss as nll_loss
from mocrograd.nn.functional.loss import poisson_nll_loss as poisson_nll_loss
from mocrograd.nn.functional.loss import smooth_l1_loss as smooth_l1_loss
from mocrograd.nn.functional.loss import soft_margin_loss as soft_margin_loss
from mocrograd.nn.functional.margin_loss import multi_margin_loss as multi_margin_loss
from mocrograd.nn.functional.margin_loss import multilabel_margin_loss as multilabel_margin_loss
from mocrograd.nn.functional.margin_loss import multilabel_soft_margin_loss as multilabel_soft_margin_loss
from mocrograd.nn.functional.normalization import batch_norm as batch_norm
from mocrograd.nn.functional.normalization import instance_norm as instance_norm
from mocrograd.nn.functional.normalization import local_response_norm as local_response_norm
from mocrograd.nn.functional.pooling import adaptive_avg_pool1d as adaptive_avg_pool1d
from mocrograd.nn.functional.pooling import adaptive_avg_pool2d as adaptive_avg_pool2d
from mocrograd.nn.functional.pooling import adaptive_avg_pool3d as adaptive_avg_pool3d
from mocrograd.nn.functional.pooling import adaptive_max_pool1d as adaptive_max_pool1d
from mocrograd.nn.functional.pooling import avg_pool1d as avg_pool1d
from mocrograd.nn.functional.pooling import avg_pool2d as avg_pool2d
from mocrograd.nn.functional.pooling import avg_pool3d as avg_pool3d
from mocrograd.nn.functional.pooling import lp_pool1d as lp_pool1d
from mocrograd.nn.functional.pooling import lp_pool2d as lp_pool2d
from mocrograd.nn.functional.pooling import lp_pool3d as lp_pool3d
from mocrograd.nn.functional.pooling import max_unpool1d as max_unpool1d
from mocrograd.nn.functional.pooling import max_unpool2d as max_unpool2d
from mocrograd.nn.functional.pooling import max_unpool3d as max_unpool3d
from mocrograd.nn.functional.resample import affine_grid as affine_grid
from mocrograd.nn.functional.resample import channel_shuffle as channel_shuffle
from mocrograd.nn.functional.resample import grid_sample as grid_sample
from mocrograd.nn.functional.resample import pixel_shuffle as pixel_shuffle
from mocrograd.nn.functional.resample import pixel_unshuffle as pixel_unshuffle
from mocrograd.nn.functional.resample import upsample as upsample
from mocrograd.nn.functional.resample import upsample_bilinear as upsample_bilinear
from mocrograd.nn.functional.resample import upsample_nearest as upsample_nearest
from mocrograd.nn.functional.sparse import one_hot as one_hot
from mocrograd.ops.attention import scaled_dot_product_attention as scaled_dot_product_attention
from mocrograd.ops.conv import conv1d as conv1d
from mocrograd.ops.conv import conv2d as conv2d
from mocrograd.ops.conv import conv3d as conv3d
from mocrograd.ops.conv import conv_transpose1d as conv_transpose1d
from mocrograd.ops.conv import conv_transpose2d as conv_transpose2d
from mocrograd.ops.conv import conv_transpose3d as conv_transpose3d
from mocrograd.ops.distance import cosine_similarity as cosine_similarity
from mocrograd.ops.distance import pairwise_distance as pairwise_distance
from mocrograd.ops.distance import pdist as pdist
from mocrograd.ops.embedding import embedding as embedding
from mocrograd.ops.embedding import embedding_bag as embedding_bag
from mocrograd.ops.normalization import group_norm as group_norm
from mocrograd.ops.normalization import layer_norm as layer_norm
from mocrograd.ops.normalization import rms_norm as rms_norm
from mocrograd.ops.padding import fold as fold
from mocrograd.ops.padding import pad as pad
from mocrograd.ops.padding import unfold as unfold
from mocrograd.ops.resample import interpolate as interpolate
from mocrograd.tensor import Tensor
from mocrograd.types import Ints

def adaptive_max_pool1d_with_indices(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """Do as `adaptive_max_pool1d` with `return_indices=True`."""

@overload
def adaptive_max_pool2d(input: Tensor, output_size: Any, return_indices: Literal[False] = False) -> Tensor:
    """Return the largest elements of windows that share images (batch, channels, height, width) evenly."""

@overload
def adaptive_max_pool2d(input: Tensor, output_size: Any, *, return_indices: Literal[True]) -> tuple[Tensor, Tensor]:
    """Return the largest elements of windows that share images (batch, channels, height, width) evenly."""

@overload
def adaptive_max_pool2d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """Return the largest elements of windows that share images (batch, channels, height, width) evenly."""

def adaptive_max_pool2d_with_indices(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """Do as `adaptive_max_pool2d` with `return_indices=True`."""

@overload
def adaptive_max_pool3d(input: Tensor, output_size: Any, return_indices: Literal[False] = False) -> Tensor:
    """Return the largest elements of windows that share volumes (batch, channels, depth, height, width) evenly."""

@overload
def adaptive_max_pool3d(input: Tensor, output_size: Any, *, return_indices: Literal[True]) -> tuple[Tensor, Tensor]:
    """Return the largest elements of windows that share volumes (batch, channels, depth, height, width) evenly."""

@overload
def adaptive_max_pool3d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """Return the largest elements of windows that share volumes (batch, channels, depth, height, width) evenly."""

def adaptive_max_pool3d_with_indices(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """Do as `adaptive_max_pool3d` with `return_indices=True`."""

@overload
def fractional_max_pool2d(
    input: Tensor,
    kernel_size: Ints,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: Literal[False] = False,
    _random_samples: Tensor | None = None,
) -> Tensor:
    """Return the largest elements of windows of images, which lie at random."""

@overload
def fractional_max_pool2d(
    input: Tensor,
    kernel_size: Ints,
    output_size: Any = None,
    output_ratio: Any = None,
    *,
    return_indices: Literal[True],
    _random_samples: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Return the largest elements of windows of images, which lie at random."""

@overload
def fractional_max_pool2d(
    input: Tensor,
    kernel_size: Ints,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> Any:
    """Return the largest elements of windows of images, which lie at random."""

def fractional_max_pool2d_with_indices(
    input: Tensor,
    kernel_size: Ints,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> Any:
    """Do as `fractional_max_pool2d` with `return_indices=True`."""

@overload
def fractional_max_pool3d(
    input: Tensor,
    kernel_size: Ints,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: Literal[False] = False,
    _random_samples: Tensor | None = None,
) -> Tensor:
    """Return the largest elements of windows of volumes, which lie at random; see `fractional_max_pool2d`."""

@overload
def fractional_max_pool3d(
    input: Tensor,
    kernel_size: Ints,
    output_size: Any = None,
    output_ratio: Any = None,
    *,
    return_indices: Literal[True],
    _random_samples: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Return the largest elements of windows of volumes, which lie at random; see `fractional_max_pool2d`."""

@overload
def fractional_max_pool3d(
    input: Tensor,
    kernel_size: Ints,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> Any:
    """Return the largest elements of windows of volumes, which lie at random; see `fractional_max_pool2d`."""

def fractional_max_pool3d_with_indices(
    input: Tensor,
    kernel_size: Ints,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> Any:
    """Do as `fractional_max_pool3d` with `return_indices=True`."""

@overload
def max_pool1d(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: bool = False,
    return_indices: Literal[False] = False,
) -> Tensor:
    """Return the largest elements of windows of signals (batch, channels, length)."""

@overload
def max_pool1d(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: bool = False,
    *,
    return_indices: Literal[True],
) -> tuple[Tensor, Tensor]:
    """Return the largest elements of windows of signals (batch, channels, length)."""

@overload
def max_pool1d(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """Return the largest elements of windows of signals (batch, channels, length)."""

def max_pool1d_with_indices(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """Do as `max_pool1d` with `return_indices=True`."""

@overload
def max_pool2d(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: bool = False,
    return_indices: Literal[False] = False,
) -> Tensor:
    """Return the largest elements of windows of images (batch, channels, height, width); see `max_pool1d`."""

@overload
def max_pool2d(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: bool = False,
    *,
    return_indices: Literal[True],
) -> tuple[Tensor, Tensor]:
    """Return the largest elements of windows of images (batch, channels, height, width); see `max_pool1d`."""

@overload
def max_pool2d(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """Return the largest elements of windows of images (batch, channels, height, width); see `max_pool1d`."""

def max_pool2d_with_indices(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """Do as `max_pool2d` with `return_indices=True`."""

@overload
def max_pool3d(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: bool = False,
    return_indices: Literal[False] = False,
) -> Tensor:
    """Return the largest elements of windows of volumes (batch, channels, depth, height, width); see `max_pool1d`."""

@overload
def max_pool3d(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: bool = False,
    *,
    return_indices: Literal[True],
) -> tuple[Tensor, Tensor]:
    """Return the largest elements of windows of volumes (batch, channels, depth, height, width); see `max_pool1d`."""

@overload
def max_pool3d(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """Return the largest elements of windows of volumes (batch, channels, depth, height, width); see `max_pool1d`."""

def max_pool3d_with_indices(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """Do as `max_pool3d` with `return_indices=True`."""

native_channel_shuffle = channel_shuffle
