"""mocrograd: deep learning whose every computation is a readable Mojo kernel, with PyTorch's names.

Written by scripts/stubs.py, from the functions themselves: `scripts/run stubs`.
"""

from builtins import bool as _bool
from builtins import complex as _complex
from builtins import float as _float
from builtins import int as _int
from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeVar, overload

from mocrograd import accelerator as accelerator
from mocrograd import amp as amp
from mocrograd import autograd as autograd
from mocrograd import backends as backends
from mocrograd import cuda as cuda
from mocrograd import distributions as distributions
from mocrograd import export as export
from mocrograd import fft as fft
from mocrograd import func as func
from mocrograd import linalg as linalg
from mocrograd import nn as nn
from mocrograd import ops as ops
from mocrograd import optim as optim
from mocrograd import random as random
from mocrograd import scalar as scalar
from mocrograd import signal as signal
from mocrograd import special as special
from mocrograd import testing as testing
from mocrograd import utils as utils
from mocrograd.amp.autocast_mode import autocast as autocast
from mocrograd.autograd.modes import enable_grad as enable_grad
from mocrograd.autograd.modes import inference_mode as inference_mode
from mocrograd.autograd.modes import is_grad_enabled as is_grad_enabled
from mocrograd.autograd.modes import no_grad as no_grad
from mocrograd.autograd.modes import set_grad_enabled as set_grad_enabled
from mocrograd.backend.choice import current_kernels as current_kernels
from mocrograd.backend.choice import get_num_threads as get_num_threads
from mocrograd.backend.choice import kernels as kernels
from mocrograd.backend.choice import set_num_threads as set_num_threads
from mocrograd.backend.devices import device as device
from mocrograd.backend.memory import empty_cache as empty_cache
from mocrograd.backend.memory import memory_stats as memory_stats
from mocrograd.build.library import kernel_library as kernel_library
from mocrograd.compat.defaults import are_deterministic_algorithms_enabled as are_deterministic_algorithms_enabled
from mocrograd.compat.defaults import get_default_device as get_default_device
from mocrograd.compat.defaults import get_float32_matmul_precision as get_float32_matmul_precision
from mocrograd.compat.defaults import set_default_device as set_default_device
from mocrograd.compat.defaults import set_float32_matmul_precision as set_float32_matmul_precision
from mocrograd.compat.defaults import use_deterministic_algorithms as use_deterministic_algorithms
from mocrograd.compat.lowrank import pca_lowrank as pca_lowrank
from mocrograd.compat.lowrank import svd_lowrank as svd_lowrank
from mocrograd.compat.toplevel import adaptive_max_pool1d as adaptive_max_pool1d
from mocrograd.compat.toplevel import batch_norm as batch_norm
from mocrograd.compat.toplevel import embedding as embedding
from mocrograd.compat.toplevel import fill as fill
from mocrograd.compat.toplevel import instance_norm as instance_norm
from mocrograd.compat.toplevel import max_pool1d_with_indices as max_pool1d_with_indices
from mocrograd.compat.toplevel import rrelu_ as rrelu_
from mocrograd.compat.typed import BFloat16Tensor as BFloat16Tensor
from mocrograd.compat.typed import BoolTensor as BoolTensor
from mocrograd.compat.typed import ByteTensor as ByteTensor
from mocrograd.compat.typed import CharTensor as CharTensor
from mocrograd.compat.typed import DoubleTensor as DoubleTensor
from mocrograd.compat.typed import FloatTensor as FloatTensor
from mocrograd.compat.typed import HalfTensor as HalfTensor
from mocrograd.compat.typed import IntTensor as IntTensor
from mocrograd.compat.typed import LongTensor as LongTensor
from mocrograd.compat.typed import ShortTensor as ShortTensor
from mocrograd.dtypes import dtype as dtype
from mocrograd.dtypes import get_default_dtype as get_default_dtype
from mocrograd.dtypes import set_default_dtype as set_default_dtype
from mocrograd.errors import KernelBuildError as KernelBuildError
from mocrograd.errors import OutOfMemoryError as OutOfMemoryError
from mocrograd.func.mapping import vmap as vmap
from mocrograd.layout import Size as Size
from mocrograd.layout import layout as _layout
from mocrograd.layout import memory_format
from mocrograd.model_summary import summary as summary
from mocrograd.nn.functional.activation import celu_ as celu_
from mocrograd.nn.functional.activation import relu_ as relu_
from mocrograd.nn.functional.activation import rrelu as rrelu
from mocrograd.nn.functional.activation import selu_ as selu_
from mocrograd.nn.functional.activation import threshold_ as threshold_
from mocrograd.nn.functional.linear import bilinear as bilinear
from mocrograd.nn.functional.loss import ctc_loss as ctc_loss
from mocrograd.nn.functional.pooling import adaptive_avg_pool1d as adaptive_avg_pool1d
from mocrograd.nn.functional.pooling import avg_pool1d as avg_pool1d
from mocrograd.nn.functional.resample import pixel_shuffle as pixel_shuffle
from mocrograd.nn.functional.resample import pixel_unshuffle as pixel_unshuffle
from mocrograd.ops._display import set_printoptions as set_printoptions
from mocrograd.ops._indices import Found
from mocrograd.ops._inplace import fill_ as fill_
from mocrograd.ops._inplace import zero_ as zero_
from mocrograd.ops._replacing import as_strided_scatter as as_strided_scatter
from mocrograd.ops._replacing import diagonal_scatter as diagonal_scatter
from mocrograd.ops._replacing import select_scatter as select_scatter
from mocrograd.ops._stft import istft as istft
from mocrograd.ops._stft import stft as stft
from mocrograd.ops._streams import Generator as Generator
from mocrograd.ops.activation import celu as celu
from mocrograd.ops.activation import prelu as prelu
from mocrograd.ops.arithmetic import add as add
from mocrograd.ops.arithmetic import bitwise_not as bitwise_not
from mocrograd.ops.arithmetic import div as div
from mocrograd.ops.arithmetic import floor_divide as floor_divide
from mocrograd.ops.arithmetic import positive as positive
from mocrograd.ops.arithmetic import pow as pow
from mocrograd.ops.arithmetic import round as round
from mocrograd.ops.arithmetic import rsub as rsub
from mocrograd.ops.arithmetic import square_ as square_
from mocrograd.ops.arithmetic import sub as sub
from mocrograd.ops.calculus import cumulative_trapezoid as cumulative_trapezoid
from mocrograd.ops.calculus import gradient as gradient
from mocrograd.ops.calculus import trapezoid as trapezoid
from mocrograd.ops.calculus import trapz as trapz
from mocrograd.ops.calculus import vander as vander
from mocrograd.ops.cast import clone as clone
from mocrograd.ops.cast import contiguous as contiguous
from mocrograd.ops.cast import detach as detach
from mocrograd.ops.compare import allclose as allclose
from mocrograd.ops.compare import equal as equal
from mocrograd.ops.compare import isclose as isclose
from mocrograd.ops.compare import isfinite as isfinite
from mocrograd.ops.compare import isinf as isinf
from mocrograd.ops.compare import isnan as isnan
from mocrograd.ops.compare import masked_fill as masked_fill
from mocrograd.ops.complex import angle as angle
from mocrograd.ops.complex import complex as complex
from mocrograd.ops.complex import conj as conj
from mocrograd.ops.complex import conj_physical as conj_physical
from mocrograd.ops.complex import conj_physical_ as conj_physical_
from mocrograd.ops.complex import imag as imag
from mocrograd.ops.complex import is_complex as is_complex
from mocrograd.ops.complex import is_conj as is_conj
from mocrograd.ops.complex import is_neg as is_neg
from mocrograd.ops.complex import isreal as isreal
from mocrograd.ops.complex import polar as polar
from mocrograd.ops.complex import real as real
from mocrograd.ops.complex import resolve_conj as resolve_conj
from mocrograd.ops.complex import resolve_neg as resolve_neg
from mocrograd.ops.complex import sgn as sgn
from mocrograd.ops.complex import view_as_complex as view_as_complex
from mocrograd.ops.complex import view_as_real as view_as_real
from mocrograd.ops.contractions import einsum as einsum
from mocrograd.ops.contractions import inner as inner
from mocrograd.ops.contractions import trace as trace
from mocrograd.ops.conv import conv1d as conv1d
from mocrograd.ops.conv import conv2d as conv2d
from mocrograd.ops.conv import conv3d as conv3d
from mocrograd.ops.conv import conv_transpose1d as conv_transpose1d
from mocrograd.ops.conv import conv_transpose2d as conv_transpose2d
from mocrograd.ops.conv import conv_transpose3d as conv_transpose3d
from mocrograd.ops.counting import Histogram
from mocrograd.ops.counting import bincount as bincount
from mocrograd.ops.counting import corrcoef as corrcoef
from mocrograd.ops.counting import cov as cov
from mocrograd.ops.counting import histogramdd as histogramdd
from mocrograd.ops.counting import unravel_index as unravel_index
from mocrograd.ops.creation import as_tensor as as_tensor
from mocrograd.ops.creation import asarray as asarray
from mocrograd.ops.creation import empty_like as empty_like
from mocrograd.ops.creation import from_dlpack as from_dlpack
from mocrograd.ops.creation import from_numpy as from_numpy
from mocrograd.ops.creation import frombuffer as frombuffer
from mocrograd.ops.creation import full_like as full_like
from mocrograd.ops.creation import ones_like as ones_like
from mocrograd.ops.creation import scalar_tensor as scalar_tensor
from mocrograd.ops.creation import tensor as tensor
from mocrograd.ops.creation import zeros_like as zeros_like
from mocrograd.ops.decompositions import OldSVDResult, QRResult
from mocrograd.ops.decompositions import pinverse as pinverse
from mocrograd.ops.diagonals import as_strided as as_strided
from mocrograd.ops.diagonals import diag as diag
from mocrograd.ops.diagonals import diag_embed as diag_embed
from mocrograd.ops.diagonals import diagflat as diagflat
from mocrograd.ops.diagonals import diagonal as diagonal
from mocrograd.ops.diagonals import tril as tril
from mocrograd.ops.diagonals import tril_indices as tril_indices
from mocrograd.ops.diagonals import triu as triu
from mocrograd.ops.diagonals import triu_indices as triu_indices
from mocrograd.ops.distance import cdist as cdist
from mocrograd.ops.distance import cosine_similarity as cosine_similarity
from mocrograd.ops.distance import pairwise_distance as pairwise_distance
from mocrograd.ops.distance import pdist as pdist
from mocrograd.ops.gathering import gather as gather
from mocrograd.ops.gathering import index_add as index_add
from mocrograd.ops.gathering import index_copy as index_copy
from mocrograd.ops.gathering import index_fill as index_fill
from mocrograd.ops.gathering import index_reduce as index_reduce
from mocrograd.ops.gathering import take as take
from mocrograd.ops.gathering import take_along_dim as take_along_dim
from mocrograd.ops.higher import igamma as igamma
from mocrograd.ops.higher import igammac as igammac
from mocrograd.ops.indexing import argwhere as argwhere
from mocrograd.ops.indexing import index_put as index_put
from mocrograd.ops.indexing import index_put_ as index_put_
from mocrograd.ops.indexing import masked_scatter as masked_scatter
from mocrograd.ops.indexing import put as put
from mocrograd.ops.joining import block_diag as block_diag
from mocrograd.ops.joining import broadcast_tensors as broadcast_tensors
from mocrograd.ops.joining import cartesian_prod as cartesian_prod
from mocrograd.ops.joining import cat as cat
from mocrograd.ops.joining import column_stack as column_stack
from mocrograd.ops.joining import combinations as combinations
from mocrograd.ops.joining import dstack as dstack
from mocrograd.ops.joining import hstack as hstack
from mocrograd.ops.joining import meshgrid as meshgrid
from mocrograd.ops.joining import stack as stack
from mocrograd.ops.joining import vstack as vstack
from mocrograd.ops.linalg import SlogdetResult, TriangularSolveResult
from mocrograd.ops.linalg import logdet as logdet
from mocrograd.ops.linalg import matrix_exp as matrix_exp
from mocrograd.ops.loss import cross_entropy as cross_entropy
from mocrograd.ops.loss import mse_loss as mse_loss
from mocrograd.ops.loss import nll_loss as nll_loss
from mocrograd.ops.lu import LUResult
from mocrograd.ops.matmul import addbmm as addbmm
from mocrograd.ops.matmul import addmm as addmm
from mocrograd.ops.matmul import addmv as addmv
from mocrograd.ops.matmul import addr as addr
from mocrograd.ops.matmul import baddbmm as baddbmm
from mocrograd.ops.matmul import bmm as bmm
from mocrograd.ops.matmul import dot as dot
from mocrograd.ops.matmul import ger as ger
from mocrograd.ops.matmul import linear as linear
from mocrograd.ops.matmul import matmul as matmul
from mocrograd.ops.matmul import mm as mm
from mocrograd.ops.matmul import mv as mv
from mocrograd.ops.matmul import outer as outer
from mocrograd.ops.matmul import vdot as vdot
from mocrograd.ops.moments import std_mean as std_mean
from mocrograd.ops.moments import var_mean as var_mean
from mocrograd.ops.normalization import group_norm as group_norm
from mocrograd.ops.normalization import layer_norm as layer_norm
from mocrograd.ops.normalization import rms_norm as rms_norm
from mocrograd.ops.norms import dist as dist
from mocrograd.ops.properties import adjoint as adjoint
from mocrograd.ops.properties import as_strided_ as as_strided_
from mocrograd.ops.properties import broadcast_shapes as broadcast_shapes
from mocrograd.ops.properties import can_cast as can_cast
from mocrograd.ops.properties import finfo as finfo
from mocrograd.ops.properties import get_device as get_device
from mocrograd.ops.properties import iinfo as iinfo
from mocrograd.ops.properties import is_floating_point as is_floating_point
from mocrograd.ops.properties import is_nonzero as is_nonzero
from mocrograd.ops.properties import is_same_size as is_same_size
from mocrograd.ops.properties import is_signed as is_signed
from mocrograd.ops.properties import is_tensor as is_tensor
from mocrograd.ops.properties import numel as numel
from mocrograd.ops.properties import promote_types as promote_types
from mocrograd.ops.properties import resize_as_ as resize_as_
from mocrograd.ops.properties import result_type as result_type
from mocrograd.ops.random import binomial as binomial
from mocrograd.ops.random import get_rng_state as get_rng_state
from mocrograd.ops.random import initial_seed as initial_seed
from mocrograd.ops.random import manual_seed as manual_seed
from mocrograd.ops.random import poisson as poisson
from mocrograd.ops.random import rand_like as rand_like
from mocrograd.ops.random import randint_like as randint_like
from mocrograd.ops.random import randn_like as randn_like
from mocrograd.ops.random import set_rng_state as set_rng_state
from mocrograd.ops.rearrange import flip as flip
from mocrograd.ops.rearrange import fliplr as fliplr
from mocrograd.ops.rearrange import flipud as flipud
from mocrograd.ops.rearrange import moveaxis as moveaxis
from mocrograd.ops.rearrange import movedim as movedim
from mocrograd.ops.rearrange import ravel as ravel
from mocrograd.ops.rearrange import repeat_interleave as repeat_interleave
from mocrograd.ops.rearrange import roll as roll
from mocrograd.ops.rearrange import rot90 as rot90
from mocrograd.ops.rearrange import swapaxes as swapaxes
from mocrograd.ops.rearrange import swapdims as swapdims
from mocrograd.ops.rearrange import tile as tile
from mocrograd.ops.rearrange import unflatten as unflatten
from mocrograd.ops.recurrent import Result
from mocrograd.ops.reduce import Aminmax
from mocrograd.ops.reduce import count_nonzero as count_nonzero
from mocrograd.ops.reflections import GeqrfResult
from mocrograd.ops.scan import cumprod as cumprod
from mocrograd.ops.scan import cumsum as cumsum
from mocrograd.ops.segments import segment_reduce as segment_reduce
from mocrograd.ops.signal import bartlett_window as bartlett_window
from mocrograd.ops.signal import blackman_window as blackman_window
from mocrograd.ops.signal import hamming_window as hamming_window
from mocrograd.ops.signal import hann_window as hann_window
from mocrograd.ops.signal import kaiser_window as kaiser_window
from mocrograd.ops.splitting import chunk as chunk
from mocrograd.ops.splitting import dsplit as dsplit
from mocrograd.ops.splitting import hsplit as hsplit
from mocrograd.ops.splitting import narrow as narrow
from mocrograd.ops.splitting import select as select
from mocrograd.ops.splitting import split as split
from mocrograd.ops.splitting import split_with_sizes as split_with_sizes
from mocrograd.ops.splitting import tensor_split as tensor_split
from mocrograd.ops.splitting import unbind as unbind
from mocrograd.ops.splitting import unsafe_chunk as unsafe_chunk
from mocrograd.ops.splitting import unsafe_split as unsafe_split
from mocrograd.ops.splitting import unsafe_split_with_sizes as unsafe_split_with_sizes
from mocrograd.ops.splitting import vsplit as vsplit
from mocrograd.ops.ternary import addcdiv as addcdiv
from mocrograd.ops.ternary import addcmul as addcmul
from mocrograd.ops.ternary import clamp as clamp
from mocrograd.ops.ternary import clamp_max as clamp_max
from mocrograd.ops.ternary import clamp_min as clamp_min
from mocrograd.ops.ternary import lerp as lerp
from mocrograd.ops.ternary import nan_to_num as nan_to_num
from mocrograd.ops.transcendental import Frexp
from mocrograd.ops.transcendental import deg2rad as deg2rad
from mocrograd.ops.transcendental import float_power as float_power
from mocrograd.ops.transcendental import ldexp as ldexp
from mocrograd.ops.transcendental import logit as logit
from mocrograd.ops.transcendental import mvlgamma as mvlgamma
from mocrograd.ops.transcendental import polygamma as polygamma
from mocrograd.ops.transcendental import rad2deg as rad2deg
from mocrograd.ops.views import broadcast_to as broadcast_to
from mocrograd.ops.views import expand as expand
from mocrograd.ops.views import flatten as flatten
from mocrograd.ops.views import permute as permute
from mocrograd.ops.views import reshape as reshape
from mocrograd.ops.views import squeeze as squeeze
from mocrograd.ops.views import t as t
from mocrograd.ops.views import transpose as transpose
from mocrograd.ops.views import unsqueeze as unsqueeze
from mocrograd.ops.views import view as view
from mocrograd.profiler import profile as profile
from mocrograd.random import seed as seed
from mocrograd.serialization import load as load
from mocrograd.serialization import save as save
from mocrograd.tensor import Tensor as Tensor
from mocrograd.types import Device, Dtype, Format, Ints, Number, Operand

_F = TypeVar("_F", bound=Callable[..., Any])

def abs(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return |input|."""

def abs_(input: Tensor) -> Tensor:
    """Replace the elements by what `abs` returns, and return the tensor itself."""

def absolute(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return |input|."""

def acos(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the inverse cosine, in radians."""

def acos_(input: Tensor) -> Tensor:
    """Replace the elements by what `acos` returns, and return the tensor itself."""

def acosh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the inverse hyperbolic cosine."""

def acosh_(input: Tensor) -> Tensor:
    """Replace the elements by what `acosh` returns, and return the tensor itself."""

def addmv_(input: Tensor, a: Tensor, b: Tensor, *, beta: Number = 1, alpha: Number = 1) -> Tensor:
    """Replace the elements by what `addmv` returns, and return the tensor itself."""

def all(input: Tensor, dim: Ints | None = None, keepdim: _bool = False, *, out: Tensor | None = None) -> Tensor:
    """Return whether all elements are nonzero, as bool; as uint8 for uint8. No dimensions reduce nothing."""

def alpha_dropout(input: Tensor, p: _float, train: _bool) -> Tensor:
    """Drop elements as nn.functional's alpha_dropout does."""

def alpha_dropout_(input: Tensor, p: _float, train: _bool) -> Tensor:
    """Drop elements as nn.functional's alpha_dropout does, in place."""

def amax(input: Tensor, dim: Ints = ..., keepdim: _bool = False, *, out: Tensor | None = None) -> Tensor:
    """Return the largest element over dimensions, all by default; ties share the gradient."""

def amin(input: Tensor, dim: Ints = ..., keepdim: _bool = False, *, out: Tensor | None = None) -> Tensor:
    """Return the smallest element over dimensions, all by default; ties share the gradient."""

def aminmax(
    input: Tensor, *, dim: _int | None = None, keepdim: _bool = False, out: Tensor | tuple[Tensor, ...] | None = None
) -> Aminmax:
    """Return the smallest and the largest element, along a dimension or of all; ties share the gradient."""

def any(input: Tensor, dim: Ints | None = None, keepdim: _bool = False, *, out: Tensor | None = None) -> Tensor:
    """Return whether an element is nonzero, as bool; as uint8 for uint8. No dimensions reduce nothing."""

def arange(
    start: Any = None,
    end: Any = None,
    step: _float = 1,
    *,
    dtype: Dtype = None,
    device: Device = None,
    requires_grad: _bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """Return start, start + step, ... up to, without, end; int64 for integers, else float32. `arange(end)` starts at 0."""

def arccos(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the inverse cosine, in radians."""

def arccos_(input: Tensor) -> Tensor:
    """Replace the elements by what `acos` returns, and return the tensor itself."""

def arccosh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the inverse hyperbolic cosine."""

def arccosh_(input: Tensor) -> Tensor:
    """Replace the elements by what `acosh` returns, and return the tensor itself."""

def arcsin(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the inverse sine, in radians."""

def arcsin_(input: Tensor) -> Tensor:
    """Replace the elements by what `asin` returns, and return the tensor itself."""

def arcsinh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the inverse hyperbolic sine."""

def arcsinh_(input: Tensor) -> Tensor:
    """Replace the elements by what `asinh` returns, and return the tensor itself."""

def arctan(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the inverse tangent, in radians."""

def arctan2(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return the angle of the point (other, input), in radians."""

def arctan_(input: Tensor) -> Tensor:
    """Replace the elements by what `atan` returns, and return the tensor itself."""

def arctanh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the inverse hyperbolic tangent."""

def arctanh_(input: Tensor) -> Tensor:
    """Replace the elements by what `atanh` returns, and return the tensor itself."""

def argmax(input: Tensor, dim: _int | None = None, keepdim: _bool = False, *, out: Tensor | None = None) -> Tensor:
    """Return the position of the largest element, the first in a tie; in the flattened tensor by default."""

def argmin(input: Tensor, dim: _int | None = None, keepdim: _bool = False, *, out: Tensor | None = None) -> Tensor:
    """Return the position of the smallest element, the first in a tie; in the flattened tensor by default."""

def argsort(
    input: Tensor, dim: _int = -1, descending: _bool = False, stable: _bool = False, *, out: Tensor | None = None
) -> Tensor:
    """Return the indices of the elements in order along a dimension: the indices of `sort`."""

def asin(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the inverse sine, in radians."""

def asin_(input: Tensor) -> Tensor:
    """Replace the elements by what `asin` returns, and return the tensor itself."""

def asinh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the inverse hyperbolic sine."""

def asinh_(input: Tensor) -> Tensor:
    """Replace the elements by what `asinh` returns, and return the tensor itself."""

def atan(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the inverse tangent, in radians."""

def atan2(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return the angle of the point (other, input), in radians."""

def atan_(input: Tensor) -> Tensor:
    """Replace the elements by what `atan` returns, and return the tensor itself."""

def atanh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the inverse hyperbolic tangent."""

def atanh_(input: Tensor) -> Tensor:
    """Replace the elements by what `atanh` returns, and return the tensor itself."""

@overload
def atleast_1d(tensor: Tensor, /) -> Tensor:
    """Return tensors with a dimension at least."""

@overload
def atleast_1d(first: Tensor, second: Tensor, /, *tensors: Tensor) -> tuple[Tensor, ...]:
    """Return tensors with a dimension at least."""

@overload
def atleast_1d(tensors: Sequence[Tensor], /) -> tuple[Tensor, ...]:
    """Return tensors with a dimension at least."""

@overload
def atleast_2d(tensor: Tensor, /) -> Tensor:
    """Return tensors with two dimensions at least, new ones in front."""

@overload
def atleast_2d(first: Tensor, second: Tensor, /, *tensors: Tensor) -> tuple[Tensor, ...]:
    """Return tensors with two dimensions at least, new ones in front."""

@overload
def atleast_2d(tensors: Sequence[Tensor], /) -> tuple[Tensor, ...]:
    """Return tensors with two dimensions at least, new ones in front."""

@overload
def atleast_3d(tensor: Tensor, /) -> Tensor:
    """Return tensors with three dimensions at least, the last of a matrix new."""

@overload
def atleast_3d(first: Tensor, second: Tensor, /, *tensors: Tensor) -> tuple[Tensor, ...]:
    """Return tensors with three dimensions at least, the last of a matrix new."""

@overload
def atleast_3d(tensors: Sequence[Tensor], /) -> tuple[Tensor, ...]:
    """Return tensors with three dimensions at least, the last of a matrix new."""

def bernoulli(
    input: Tensor, p: _float | None = None, *, generator: Generator | None = None, out: Tensor | None = None
) -> Tensor:
    """Return 1 with the probabilities that a tensor holds, or with one that is given, else 0."""

bfloat16: dtype

def binary_cross_entropy_with_logits(
    input: Tensor, target: Tensor, weight: Tensor | None = None, pos_weight: Tensor | None = None, reduction: _int = 0
) -> Tensor:
    """Compute `nn.functional.binary_cross_entropy_with_logits` of arguments in another order."""

def bitwise_and(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return input & other, of integers or bools."""

def bitwise_left_shift(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return input * 2^other, of integers."""

def bitwise_or(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return input | other, of integers or bools."""

def bitwise_right_shift(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return floor(input / 2^other), of integers."""

def bitwise_xor(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return input ^ other, of integers or bools."""

bool: dtype

def bucketize(
    input: Operand, boundaries: Tensor, *, out_int32: _bool = False, right: _bool = False, out: Tensor | None = None
) -> Tensor:
    """Return the number of the bucket between sorted boundaries that each value falls into."""

cdouble: dtype

def ceil(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the least integers that are at least input."""

def ceil_(input: Tensor) -> Tensor:
    """Replace the elements by what `ceil` returns, and return the tensor itself."""

cfloat: dtype

def chain_matmul(*matrices: Tensor, out: Tensor | None = None) -> Tensor:
    """Return the product of matrices, multiplied in the order that costs least."""

chalf: dtype
channels_last: memory_format
channels_last_3d: memory_format

def cholesky(input: Tensor, upper: _bool = False, *, out: Tensor | None = None) -> Tensor:
    """Return the Cholesky factors of symmetric positive-definite matrices, or of Hermitian ones."""

def cholesky_inverse(input: Tensor, upper: _bool = False, *, out: Tensor | None = None) -> Tensor:
    """Return the inverses of matrices that are given by their Cholesky factors; see `cholesky_solve`."""

def cholesky_solve(input: Tensor, L: Tensor, upper: _bool = False, *, out: Tensor | None = None) -> Tensor:
    """Return X such that A X = input, of matrices A that are given by their Cholesky factors."""

def clamp_(input: Tensor, min: Operand | None = None, max: Operand | None = None) -> Tensor:
    """Replace the elements by what `clamp` returns, and return the tensor itself."""

def clamp_max_(input: Tensor, max: Operand) -> Tensor:
    """Replace the elements by what `clamp_max` returns, and return the tensor itself."""

def clamp_min_(input: Tensor, min: Operand) -> Tensor:
    """Replace the elements by what `clamp_min` returns, and return the tensor itself."""

clip = clamp

def clip_(input: Tensor, min: Operand | None = None, max: Operand | None = None) -> Tensor:
    """Replace the elements by what `clamp` returns, and return the tensor itself."""

@overload
def compile(
    model: _F,
    *,
    fullgraph: _bool = False,
    dynamic: _bool | None = None,
    backend: Any = "inductor",
    mode: str | None = None,
    options: dict[str, Any] | None = None,
    disable: _bool = False,
    generate: _bool = False,
) -> _F:
    """Return a function that runs as recorded plans: no Python, no allocation, fused kernels."""

@overload
def compile(
    model: None = None,
    *,
    fullgraph: _bool = False,
    dynamic: _bool | None = None,
    backend: Any = "inductor",
    mode: str | None = None,
    options: dict[str, Any] | None = None,
    disable: _bool = False,
    generate: _bool = False,
) -> Callable[[_F], _F]:
    """Return a function that runs as recorded plans: no Python, no allocation, fused kernels."""

complex128: dtype
complex32: dtype
complex64: dtype
concat = cat
concatenate = cat
contiguous_format: memory_format

def copysign(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return the magnitude of input with the sign of other."""

def cos(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the cosine of angles in radians."""

def cos_(input: Tensor) -> Tensor:
    """Replace the elements by what `cos` returns, and return the tensor itself."""

def cosh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the hyperbolic cosine."""

def cosh_(input: Tensor) -> Tensor:
    """Replace the elements by what `cosh` returns, and return the tensor itself."""

def cosine_embedding_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: _float = 0, reduction: _int = 0
) -> Tensor:
    """Compute `nn.functional.cosine_embedding_loss` of arguments in another order."""

def cross(input: Tensor, other: Tensor, dim: _int | None = None, *, out: Tensor | None = None) -> Tensor:
    """Return the cross products of vectors of three elements, which lie along a dimension."""

def cummax(input: Tensor, dim: _int, *, out: Tensor | tuple[Tensor, ...] | None = None) -> Found:
    """Return the largest elements up to each one along a dimension, and their indices: the last of equal ones."""

def cummin(input: Tensor, dim: _int, *, out: Tensor | tuple[Tensor, ...] | None = None) -> Found:
    """Return the smallest elements up to each one along a dimension, and their indices: the last of equal ones."""

default_generator: Generator

def deg2rad_(input: Tensor) -> Tensor:
    """Replace the elements by what `deg2rad` returns, and return the tensor itself."""

def det(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the determinants of square matrices: (..., n, n) to (...)."""

def detach_(self: Any) -> Tensor:
    """Leave the graph; a view goes on sharing memory with its base, as `detach()` of it would."""

def diff(
    input: Tensor,
    n: _int = 1,
    dim: _int = -1,
    prepend: Tensor | None = None,
    append: Tensor | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """Return the differences of neighbours along a dimension, taken n times."""

def digamma(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the derivative of the logarithm of the gamma function."""

divide = div
double: dtype

def dropout(input: Tensor, p: _float, train: _bool) -> Tensor:
    """Drop elements as nn.functional's dropout does."""

def dropout_(input: Tensor, p: _float, train: _bool) -> Tensor:
    """Drop elements as nn.functional's dropout does, in place."""

e: _float

def empty(
    *size: Ints,
    dtype: Dtype = None,
    device: Device = None,
    requires_grad: _bool = False,
    memory_format: Format = None,
    out: Tensor | None = None,
) -> Tensor:
    """Return a tensor whose values are whatever the memory held."""

def eq(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return whether input equals other, element by element."""

def erf(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the error function."""

def erf_(input: Tensor) -> Tensor:
    """Replace the elements by what `erf` returns, and return the tensor itself."""

def erfc(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return 1 - erf(input), without loss in the tail."""

def erfc_(input: Tensor) -> Tensor:
    """Replace the elements by what `erfc` returns, and return the tensor itself."""

def erfinv(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the inverse of the error function."""

def exp(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return e^input."""

def exp2(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return 2^input."""

def exp2_(input: Tensor) -> Tensor:
    """Replace the elements by what `exp2` returns, and return the tensor itself."""

def exp_(input: Tensor) -> Tensor:
    """Replace the elements by what `exp` returns, and return the tensor itself."""

def expm1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return e^input - 1, without loss near 0."""

def expm1_(input: Tensor) -> Tensor:
    """Replace the elements by what `expm1` returns, and return the tensor itself."""

def eye(
    n: _int,
    m: _int | None = None,
    *,
    dtype: Dtype = None,
    device: Device = None,
    requires_grad: _bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """Return the identity matrix of n rows and m columns (n by default)."""

def feature_alpha_dropout(input: Tensor, p: _float, train: _bool) -> Tensor:
    """Drop elements as nn.functional's feature_alpha_dropout does."""

def feature_alpha_dropout_(input: Tensor, p: _float, train: _bool) -> Tensor:
    """Drop elements as nn.functional's feature_alpha_dropout does, in place."""

def feature_dropout(input: Tensor, p: _float, train: _bool) -> Tensor:
    """Drop elements as nn.functional's feature_dropout does."""

def feature_dropout_(input: Tensor, p: _float, train: _bool) -> Tensor:
    """Drop elements as nn.functional's feature_dropout does, in place."""

def fix(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return input without its fractions."""

def fix_(input: Tensor) -> Tensor:
    """Replace the elements by what `trunc` returns, and return the tensor itself."""

float: dtype
float16: dtype
float32: dtype
float64: dtype
float8_e4m3fn: dtype
float8_e5m2: dtype

def floor(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the greatest integers that are at most input."""

def floor_(input: Tensor) -> Tensor:
    """Replace the elements by what `floor` returns, and return the tensor itself."""

def fmax(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return the larger of two elements; a number wins over nan."""

def fmin(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return the smaller of two elements; a number wins over nan."""

def fmod(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return input - other * trunc(input / other), with the signs of input."""

def frac(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the fractions of input, with its signs."""

def frac_(input: Tensor) -> Tensor:
    """Replace the elements by what `frac` returns, and return the tensor itself."""

def frexp(input: Tensor, *, out: Tensor | tuple[Tensor, ...] | None = None) -> Frexp:
    """Take numbers apart into input = mantissa 2^exponent, with a magnitude of the mantissa in [1/2, 1)."""

def full(
    size: Ints,
    fill_value: Operand,
    *,
    dtype: Dtype = None,
    device: Device = None,
    requires_grad: _bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """Return a tensor of one value; its dtype follows from the value unless it is given."""

def gcd(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the greatest common divisor, of integers."""

def gcd_(input: Tensor, other: Tensor) -> Tensor:
    """Replace the elements by what `gcd` returns, and return the tensor itself."""

def ge(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return whether input is at least other, element by element."""

def geqrf(input: Tensor, *, out: Tensor | tuple[Tensor, ...] | None = None) -> GeqrfResult:
    """Return the factors Q and R of matrices in LAPACK's form; without gradients, which `linalg.qr` has."""

def greater(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return whether input is greater than other, element by element."""

def greater_equal(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return whether input is at least other, element by element."""

def gru(
    input: Tensor,
    hx: Any,
    params: Sequence[Tensor],
    has_biases: _bool,
    num_layers: _int,
    dropout: _float,
    train: _bool,
    bidirectional: _bool,
    batch_first: _bool,
) -> Result:
    """Run recurrent layers."""

def gt(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return whether input is greater than other, element by element."""

half: dtype

def hardshrink(input: Tensor, lambd: _float = 0.5, *, out: Tensor | None = None) -> Tensor:
    """Return input, and 0 where |input| <= lambd."""

def hash_tensor(
    input: Tensor, dim: Ints = ..., *, keepdim: _bool = False, mode: _int = 0, out: Tensor | None = None
) -> Tensor:
    """Return the exclusive or of the elements' bits, as float64 or int64, over dimensions, all by default."""

def heaviside(input: Tensor, values: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return 0 where input is negative, 1 where it is positive, and `values` where it is 0."""

def hinge_embedding_loss(input: Tensor, target: Tensor, margin: _float = 1.0, reduction: _int = 0) -> Tensor:
    """Compute `nn.functional.hinge_embedding_loss` of arguments in another order."""

def histc(input: Tensor, bins: _int = 100, min: _float = 0, max: _float = 0, *, out: Tensor | None = None) -> Tensor:
    """Return how many elements fall into each of equal intervals; what is outside of them, and nan, is left out."""

def histogram(
    input: Tensor,
    bins: Any = 100,
    *,
    range: Any = None,
    weight: Tensor | None = None,
    density: _bool = False,
    out: Tensor | tuple[Tensor, ...] | None = None,
) -> Histogram:
    """Return how many elements fall into each interval, and the intervals' ends."""

def hypot(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return the square root of input^2 + other^2, without overflow on the way."""

def i0(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the modified Bessel function of order 0."""

def i0_(input: Tensor) -> Tensor:
    """Replace the elements by what `i0` returns, and return the tensor itself."""

def index_select(input: Tensor, dim: _int, index: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the slices of a dimension that an index names."""

inf: _float
int: dtype
int16: dtype
int32: dtype
int64: dtype
int8: dtype

def inverse(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return `linalg.inv(input)`."""

def isin(
    elements: Any, test_elements: Any, *, assume_unique: _bool = False, invert: _bool = False, out: Tensor | None = None
) -> Tensor:
    """Return whether each element is among others."""

def isneginf(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return whether each element is -inf."""

def isposinf(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return whether each element is inf."""

jagged: _layout

def kl_div(input: Tensor, target: Tensor, reduction: _int = 0, *, log_target: _bool = False) -> Tensor:
    """Compute `nn.functional.kl_div` of arguments in another order."""

def kron(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the Kronecker product: every element of `input` times all of `other`, side by side."""

def kthvalue(
    input: Tensor, k: _int, dim: _int = -1, keepdim: _bool = False, *, out: Tensor | tuple[Tensor, ...] | None = None
) -> Found:
    """Return the k-th smallest element along a dimension, counted from 1, and its index."""

def lcm(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the least common multiple, of integers."""

def lcm_(input: Tensor, other: Tensor) -> Tensor:
    """Replace the elements by what `lcm` returns, and return the tensor itself."""

def ldexp_(input: Tensor, other: Tensor) -> Tensor:
    """Replace the elements by what `ldexp` returns, and return the tensor itself."""

def le(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return whether input is at most other, element by element."""

def less(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return whether input is less than other, element by element."""

def less_equal(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return whether input is at most other, element by element."""

def lgamma(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the logarithm of the absolute gamma function."""

def linspace(
    start: _complex,
    end: _complex,
    steps: _int,
    *,
    dtype: Dtype = None,
    device: Device = None,
    requires_grad: _bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """Return `steps` evenly spaced values from start to end, both included; complex where one of these is."""

def log(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the natural logarithm."""

def log10(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the logarithm to base 10."""

def log10_(input: Tensor) -> Tensor:
    """Replace the elements by what `log10` returns, and return the tensor itself."""

def log1p(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return log(1 + input), without loss near 0."""

def log1p_(input: Tensor) -> Tensor:
    """Replace the elements by what `log1p` returns, and return the tensor itself."""

def log2(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the logarithm to base 2."""

def log2_(input: Tensor) -> Tensor:
    """Replace the elements by what `log2` returns, and return the tensor itself."""

def log_(input: Tensor) -> Tensor:
    """Replace the elements by what `log` returns, and return the tensor itself."""

def log_softmax(input: Tensor, dim: _int, dtype: dtype | None = None, *, out: Tensor | None = None) -> Tensor:
    """Return the logarithm of `softmax`, without its overflow."""

def logaddexp(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return log(e^input + e^other), without overflow on the way."""

def logaddexp2(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return log2(2^input + 2^other), without overflow on the way."""

def logcumsumexp(input: Tensor, dim: _int, *, out: Tensor | None = None) -> Tensor:
    """Return the logarithms of the sums of exponentials up to each element along a dimension."""

def logical_and(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return whether both elements are nonzero."""

def logical_not(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return whether each element is zero."""

def logical_or(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return whether one of the elements is nonzero."""

def logical_xor(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return whether one of the elements is nonzero, but not both."""

def logit_(input: Tensor, eps: _float | None = None) -> Tensor:
    """Replace the elements by what `logit` returns, and return the tensor itself."""

def logspace(
    start: _complex,
    end: _complex,
    steps: _int,
    base: _float = 10.0,
    *,
    dtype: Dtype = None,
    device: Device = None,
    requires_grad: _bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """Return `base` to the power of `steps` evenly spaced values from start to end, as `linspace` gives them."""

def logsumexp(input: Tensor, dim: Ints, keepdim: _bool = False, *, out: Tensor | None = None) -> Tensor:
    """Return the logarithm of the sum of exponentials over dimensions, without its overflow."""

long: dtype

def lstm(
    input: Tensor,
    hx: Any,
    params: Sequence[Tensor],
    has_biases: _bool,
    num_layers: _int,
    dropout: _float,
    train: _bool,
    bidirectional: _bool,
    batch_first: _bool,
) -> Result:
    """Run recurrent layers."""

def lt(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return whether input is less than other, element by element."""

def lu_solve(b: Tensor, LU_data: Tensor, LU_pivots: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return `linalg.lu_solve(LU_data, LU_pivots, b)`."""

def lu_unpack(
    LU_data: Tensor,
    LU_pivots: Tensor,
    unpack_data: _bool = True,
    unpack_pivots: _bool = True,
    *,
    out: Tensor | tuple[Tensor, ...] | None = None,
) -> LUResult:
    """Return P, L and U of what `linalg.lu_factor` returned."""

def margin_ranking_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: _float = 0, reduction: _int = 0
) -> Tensor:
    """Compute `nn.functional.margin_ranking_loss` of arguments in another order."""

def masked_select(input: Tensor, mask: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the elements where the mask holds, in one dimension; the two broadcast."""

def matrix_power(input: Tensor, n: _int, *, out: Tensor | None = None) -> Tensor:
    """Return the n-th power of square matrices, that of the inverse where n is negative."""

@overload
def max(input: Tensor) -> Tensor:
    """Return the largest element; with a dimension, (values, indices) along it; with a tensor, `maximum`."""

@overload
def max(input: Tensor, dim: _int, keepdim: _bool = False, *, out: tuple[Tensor, Tensor] | None = None) -> Found:
    """Return the largest element; with a dimension, (values, indices) along it; with a tensor, `maximum`."""

@overload
def max(input: Tensor, other: Tensor, /, *, out: Tensor | None = None) -> Tensor:
    """Return the largest element; with a dimension, (values, indices) along it; with a tensor, `maximum`."""

@overload
def max_pool1d(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: _bool = False,
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
    ceil_mode: _bool = False,
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
    ceil_mode: _bool = False,
    return_indices: _bool = False,
) -> Any:
    """Return the largest elements of windows of signals (batch, channels, length)."""

@overload
def max_pool2d(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: _bool = False,
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
    ceil_mode: _bool = False,
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
    ceil_mode: _bool = False,
    return_indices: _bool = False,
) -> Any:
    """Return the largest elements of windows of images (batch, channels, height, width); see `max_pool1d`."""

@overload
def max_pool3d(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: _bool = False,
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
    ceil_mode: _bool = False,
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
    ceil_mode: _bool = False,
    return_indices: _bool = False,
) -> Any:
    """Return the largest elements of windows of volumes (batch, channels, depth, height, width); see `max_pool1d`."""

def maximum(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return the larger of two elements; nan wins."""

def mean(
    input: Tensor, dim: Ints | None = None, keepdim: _bool = False, *, dtype: Dtype = None, out: Tensor | None = None
) -> Tensor:
    """Return the mean over dimensions, all by default; nan where there is nothing."""

@overload
def median(input: Tensor) -> Tensor:
    """Return the median, the lower of two; with a dimension, (values, indices) along it. nan where there is one."""

@overload
def median(input: Tensor, dim: _int, keepdim: _bool = False, *, out: tuple[Tensor, Tensor] | None = None) -> Found:
    """Return the median, the lower of two; with a dimension, (values, indices) along it. nan where there is one."""

@overload
def min(input: Tensor) -> Tensor:
    """Return the smallest element; with a dimension, (values, indices) along it; with a tensor, `minimum`."""

@overload
def min(input: Tensor, dim: _int, keepdim: _bool = False, *, out: tuple[Tensor, Tensor] | None = None) -> Found:
    """Return the smallest element; with a dimension, (values, indices) along it; with a tensor, `minimum`."""

@overload
def min(input: Tensor, other: Tensor, /, *, out: Tensor | None = None) -> Tensor:
    """Return the smallest element; with a dimension, (values, indices) along it; with a tensor, `minimum`."""

def minimum(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return the smaller of two elements; nan wins."""

def mode(
    input: Tensor, dim: _int = -1, keepdim: _bool = False, *, out: Tensor | tuple[Tensor, ...] | None = None
) -> Found:
    """Return the most frequent element along a dimension, the smallest of several, and its last index."""

def msort(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the elements in order along the first dimension."""

def mul(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return input * other."""

def multinomial(
    input: Tensor,
    num_samples: _int,
    replacement: _bool = False,
    *,
    generator: Generator | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Return indices that are drawn with the probabilities that rows hold."""

def multiply(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return input * other."""

nan: _float

def nan_to_num_(
    input: Tensor, nan: _float | None = 0.0, posinf: _float | None = None, neginf: _float | None = None
) -> Tensor:
    """Replace the elements by what `nan_to_num` returns, and return the tensor itself."""

def nanmean(
    input: Tensor, dim: Ints | None = None, keepdim: _bool = False, *, dtype: Dtype = None, out: Tensor | None = None
) -> Tensor:
    """Return the mean of the elements that are not nan, over dimensions, all by default."""

@overload
def nanmedian(input: Tensor) -> Tensor:
    """Return the median of what is not nan, the lower of two; with a dimension, (values, indices) along it."""

@overload
def nanmedian(input: Tensor, dim: _int, keepdim: _bool = False, *, out: tuple[Tensor, Tensor] | None = None) -> Found:
    """Return the median of what is not nan, the lower of two; with a dimension, (values, indices) along it."""

def nanquantile(
    input: Tensor,
    q: Operand,
    dim: _int | None = None,
    keepdim: _bool = False,
    *,
    interpolation: str = "linear",
    out: Tensor | None = None,
) -> Tensor:
    """Return `quantile`, which takes the same arguments, of the elements that are not nan."""

def nansum(
    input: Tensor, dim: Ints | None = None, keepdim: _bool = False, *, dtype: Dtype = None, out: Tensor | None = None
) -> Tensor:
    """Return the sum over dimensions, all by default, in which nan counts as 0."""

def narrow_copy(input: Tensor, dim: _int, start: _int, length: _int, *, out: Tensor | None = None) -> Tensor:
    """Return a copy of a part of a dimension."""

def ne(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return whether input differs from other, element by element."""

def neg(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return -input."""

def neg_(input: Tensor) -> Tensor:
    """Replace the elements by what `neg` returns, and return the tensor itself."""

def negative(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return -input."""

def negative_(input: Tensor) -> Tensor:
    """Replace the elements by what `neg` returns, and return the tensor itself."""

newaxis: None

def nextafter(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the number next to input on the way to other, of floats."""

@overload
def nonzero(input: Tensor, *, as_tuple: Literal[False] = False, out: Tensor | None = None) -> Tensor:
    """Return where the elements are that are not zero, in the order of memory."""

@overload
def nonzero(input: Tensor, *, as_tuple: Literal[True]) -> tuple[Tensor, ...]:
    """Return where the elements are that are not zero, in the order of memory."""

def nonzero_static(input: Tensor, *, size: _int, fill_value: _int = -1, out: Tensor | None = None) -> Tensor:
    """Return where the first so many elements are that are not zero; the shape does not depend on values."""

def norm(
    input: Tensor,
    p: Number | str | None = "fro",
    dim: Ints | None = None,
    keepdim: _bool = False,
    dtype: Dtype = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """Return (sum |input|^p)^(1/p) over dimensions, all by default."""

def normal(
    mean: Operand = 0.0,
    std: Operand = 1.0,
    size: Ints | None = None,
    *,
    generator: Generator | None = None,
    out: Tensor | None = None,
    **options: Any,
) -> Tensor:
    """Return normally distributed numbers; options are dtype, device and requires_grad."""

def not_equal(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return whether input differs from other, element by element."""

def ones(
    *size: Ints, dtype: Dtype = None, device: Device = None, requires_grad: _bool = False, out: Tensor | None = None
) -> Tensor:
    """Return a tensor of ones; the arguments are those of `empty`."""

def orgqr(input: Tensor, tau: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return `linalg.householder_product(input, tau)`."""

def ormqr(
    input: Tensor,
    tau: Tensor,
    other: Tensor,
    left: _bool = True,
    transpose: _bool = False,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """Return products of other matrices with the whole orthogonal matrices that Householder reflections make."""

pi: _float

def poisson_nll_loss(
    input: Tensor, target: Tensor, log_input: _bool, full: _bool, eps: _float, reduction: _int
) -> Tensor:
    """Compute `nn.functional.poisson_nll_loss` of arguments in another order."""

preserve_format: memory_format

def prod(
    input: Tensor, dim: _int | None = None, keepdim: _bool = False, *, dtype: Dtype = None, out: Tensor | None = None
) -> Tensor:
    """Return the product over a dimension, of all elements by default; integers and bools multiply in int64."""

def qr(input: Tensor, some: _bool = True, *, out: Tensor | tuple[Tensor, ...] | None = None) -> QRResult:
    """Return `linalg.qr(input)`, complete where `some` is False."""

def quantile(
    input: Tensor,
    q: Operand,
    dim: _int | None = None,
    keepdim: _bool = False,
    *,
    interpolation: str = "linear",
    out: Tensor | None = None,
) -> Tensor:
    """Return the elements below which shares of all lie, along a dimension; nan where there is one."""

def rad2deg_(input: Tensor) -> Tensor:
    """Replace the elements by what `rad2deg` returns, and return the tensor itself."""

def rand(*size: Ints, generator: Generator | None = None, out: Tensor | None = None, **options: Any) -> Tensor:
    """Return numbers uniform in [0, 1); options are dtype, device and requires_grad."""

def randint(
    low: Any = None,
    high: Any = None,
    size: Ints | None = None,
    *,
    generator: Generator | None = None,
    dtype: Dtype = None,
    device: Device = None,
    requires_grad: _bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """Return integers uniform in [low, high): `randint(high, size)` or `randint(low, high, size)`."""

def randn(*size: Ints, generator: Generator | None = None, out: Tensor | None = None, **options: Any) -> Tensor:
    """Return numbers of the standard normal distribution; options are dtype, device and requires_grad."""

def randperm(
    n: _int,
    *,
    generator: Generator | None = None,
    dtype: Dtype = None,
    device: Device = None,
    requires_grad: _bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """Return the integers from 0 to n - 1 in random order."""

def reciprocal(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return 1 / input."""

def reciprocal_(input: Tensor) -> Tensor:
    """Replace the elements by what `reciprocal` returns, and return the tensor itself."""

def relu(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return max(input, 0)."""

def remainder(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return input - other * floor(input / other), with the signs of other."""

def renorm(input: Tensor, p: _float, dim: _int, maxnorm: _float, *, out: Tensor | None = None) -> Tensor:
    """Return a tensor whose slices along a dimension are scaled down where their norm is too large."""

def rnn_relu(
    input: Tensor,
    hx: Any,
    params: Sequence[Tensor],
    has_biases: _bool,
    num_layers: _int,
    dropout: _float,
    train: _bool,
    bidirectional: _bool,
    batch_first: _bool,
) -> Result:
    """Run recurrent layers."""

def rnn_tanh(
    input: Tensor,
    hx: Any,
    params: Sequence[Tensor],
    has_biases: _bool,
    num_layers: _int,
    dropout: _float,
    train: _bool,
    bidirectional: _bool,
    batch_first: _bool,
) -> Result:
    """Run recurrent layers."""

def round_(input: Tensor, *, decimals: _int = 0) -> Tensor:
    """Replace the elements by what `round` returns, and return the tensor itself."""

row_stack = vstack

def rsqrt(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return 1 over the square root."""

def rsqrt_(input: Tensor) -> Tensor:
    """Replace the elements by what `rsqrt` returns, and return the tensor itself."""

def scatter(
    input: Tensor,
    dim: _int,
    index: Tensor,
    src: Operand | None = None,
    *,
    value: Operand | None = None,
    reduce: str | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Return a copy in which elements along a dimension are replaced at an index."""

def scatter_add(input: Tensor, dim: _int, index: Tensor, src: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return a copy to which elements are added along a dimension at an index, in the order of the index."""

def scatter_reduce(
    input: Tensor,
    dim: _int,
    index: Tensor,
    src: Tensor,
    reduce: str,
    *,
    include_self: _bool = True,
    out: Tensor | None = None,
) -> Tensor:
    """Return a copy in which elements along a dimension are reduced with those of `src` at an index."""

def searchsorted(
    sorted_sequence: Tensor,
    input: Operand,
    *,
    out_int32: _bool = False,
    right: _bool = False,
    side: Any = None,
    sorter: Tensor | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Return where values would be inserted into sorted rows to keep their order."""

def selu(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return scale * (input where it is positive, alpha * (e^input - 1) elsewhere)."""

short: dtype

def sigmoid(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return 1 / (1 + e^-input)."""

def sigmoid_(input: Tensor) -> Tensor:
    """Replace the elements by what `sigmoid` returns, and return the tensor itself."""

def sign(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return -1, 0 or 1."""

def signbit(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return whether each element has its sign bit set, as -0.0 has."""

def sin(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the sine of angles in radians."""

def sin_(input: Tensor) -> Tensor:
    """Replace the elements by what `sin` returns, and return the tensor itself."""

def sinc(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return sin(pi input) / (pi input), 1 at 0."""

def sinc_(input: Tensor) -> Tensor:
    """Replace the elements by what `sinc` returns, and return the tensor itself."""

def sinh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the hyperbolic sine."""

def sinh_(input: Tensor) -> Tensor:
    """Replace the elements by what `sinh` returns, and return the tensor itself."""

def slice_scatter(
    input: Tensor,
    src: Tensor,
    dim: _int = 0,
    start: _int | None = None,
    end: _int | None = None,
    step: _int = 1,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """Return a copy in which the part from `start` to `end` of a dimension, by steps, is replaced."""

def slogdet(input: Tensor, *, out: Tensor | tuple[Tensor, ...] | None = None) -> SlogdetResult:
    """Return sign and logarithm of the magnitude of the determinants of square matrices."""

def softmax(input: Tensor, dim: _int, dtype: dtype | None = None, *, out: Tensor | None = None) -> Tensor:
    """Return e^input, divided by its sum along a dimension."""

def sort(
    input: Tensor,
    dim: _int = -1,
    descending: _bool = False,
    stable: _bool = False,
    *,
    out: Tensor | tuple[Tensor, ...] | None = None,
) -> Found:
    """Return the elements in order along a dimension, and their indices; nan is larger than any number."""

sparse_bsc: _layout
sparse_bsr: _layout
sparse_coo: _layout
sparse_csc: _layout
sparse_csr: _layout

def sqrt(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the square root."""

def sqrt_(input: Tensor) -> Tensor:
    """Replace the elements by what `sqrt` returns, and return the tensor itself."""

def square(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return input * input."""

def std(
    input: Tensor,
    dim: Ints | None = None,
    unbiased: _bool | None = None,
    keepdim: _bool = False,
    *,
    correction: Number | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Return the standard deviation over dimensions, the root of `var`, which takes the same arguments."""

strided: _layout
subtract = sub

def sum(
    input: Tensor, dim: Ints | None = None, keepdim: _bool = False, *, dtype: Dtype = None, out: Tensor | None = None
) -> Tensor:
    """Return the sum over dimensions, all by default; integers and bools add up in int64."""

def svd(
    input: Tensor, some: _bool = True, compute_uv: _bool = True, *, out: Tensor | tuple[Tensor, ...] | None = None
) -> OldSVDResult:
    """Return U, S and V such that input = U diag(S) V^H."""

def tan(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the tangent of angles in radians."""

def tan_(input: Tensor) -> Tensor:
    """Replace the elements by what `tan` returns, and return the tensor itself."""

def tanh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the hyperbolic tangent."""

def tanh_(input: Tensor) -> Tensor:
    """Replace the elements by what `tanh` returns, and return the tensor itself."""

def tensordot(a: Tensor, b: Tensor, dims: Any = 2, *, out: Tensor | None = None) -> Tensor:
    """Return the sum of the products of two tensors over some of their dimensions."""

def threshold(
    input: Tensor, threshold: _float, value: _float, inplace: _bool = False, *, out: Tensor | None = None
) -> Tensor:
    """Compute x where it is above a threshold, a value elsewhere."""

@overload
def to(
    input: Tensor, dtype: dtype, non_blocking: _bool = False, copy: _bool = False, *, memory_format: Format = None
) -> Tensor:
    """Return the tensor in a dtype and on a device: itself where nothing changes, unless `copy`."""

@overload
def to(
    input: Tensor,
    device: Device = None,
    dtype: dtype | None = None,
    non_blocking: _bool = False,
    copy: _bool = False,
    *,
    memory_format: Format = None,
) -> Tensor:
    """Return the tensor in a dtype and on a device: itself where nothing changes, unless `copy`."""

@overload
def to(
    input: Tensor, other: Tensor, /, non_blocking: _bool = False, copy: _bool = False, *, memory_format: Format = None
) -> Tensor:
    """Return the tensor in a dtype and on a device: itself where nothing changes, unless `copy`."""

def topk(
    input: Tensor,
    k: _int,
    dim: _int = -1,
    largest: _bool = True,
    sorted: _bool = True,
    *,
    out: Tensor | tuple[Tensor, ...] | None = None,
) -> Found:
    """Return the k largest elements along a dimension, in order, and their indices; the first of equal ones."""

def triangular_solve(
    b: Tensor,
    A: Tensor,
    upper: _bool = True,
    transpose: _bool = False,
    unitriangular: _bool = False,
    *,
    out: Tensor | tuple[Tensor, ...] | None = None,
) -> TriangularSolveResult:
    """Return X such that A X = b, or A^T X = b, for triangular A, and a copy of A."""

def triplet_margin_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: _float = 1.0,
    p: _float = 2,
    eps: _float = 1e-06,
    swap: _bool = False,
    reduction: _int = 0,
) -> Tensor:
    """Compute `nn.functional.triplet_margin_loss` of arguments in another order."""

true_divide = div

def trunc(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return input without its fractions."""

def trunc_(input: Tensor) -> Tensor:
    """Replace the elements by what `trunc` returns, and return the tensor itself."""

uint16: dtype
uint32: dtype
uint64: dtype
uint8: dtype

@overload
def unique(
    input: Tensor,
    sorted: _bool = True,
    return_inverse: Literal[False] = False,
    return_counts: Literal[False] = False,
    dim: _int | None = None,
) -> Tensor:
    """Return the distinct values, in order."""

@overload
def unique(
    input: Tensor,
    sorted: _bool = True,
    *,
    return_inverse: Literal[True],
    return_counts: Literal[False] = False,
    dim: _int | None = None,
) -> tuple[Tensor, Tensor]:
    """Return the distinct values, in order."""

@overload
def unique(
    input: Tensor,
    sorted: _bool = True,
    return_inverse: Literal[False] = False,
    *,
    return_counts: Literal[True],
    dim: _int | None = None,
) -> tuple[Tensor, Tensor]:
    """Return the distinct values, in order."""

@overload
def unique(
    input: Tensor,
    sorted: _bool = True,
    *,
    return_inverse: Literal[True],
    return_counts: Literal[True],
    dim: _int | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the distinct values, in order."""

@overload
def unique(
    input: Tensor,
    sorted: _bool = True,
    return_inverse: _bool = False,
    return_counts: _bool = False,
    dim: _int | None = None,
) -> Any:
    """Return the distinct values, in order."""

@overload
def unique_consecutive(
    input: Tensor,
    return_inverse: Literal[False] = False,
    return_counts: Literal[False] = False,
    dim: _int | None = None,
) -> Tensor:
    """Return the first of each run of equal neighbours."""

@overload
def unique_consecutive(
    input: Tensor, return_inverse: Literal[True], return_counts: Literal[False] = False, dim: _int | None = None
) -> tuple[Tensor, Tensor]:
    """Return the first of each run of equal neighbours."""

@overload
def unique_consecutive(
    input: Tensor, return_inverse: Literal[False] = False, *, return_counts: Literal[True], dim: _int | None = None
) -> tuple[Tensor, Tensor]:
    """Return the first of each run of equal neighbours."""

@overload
def unique_consecutive(
    input: Tensor, return_inverse: Literal[True], return_counts: Literal[True], dim: _int | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the first of each run of equal neighbours."""

@overload
def unique_consecutive(
    input: Tensor, return_inverse: _bool = False, return_counts: _bool = False, dim: _int | None = None
) -> Any:
    """Return the first of each run of equal neighbours."""

def var(
    input: Tensor,
    dim: Ints | None = None,
    unbiased: _bool | None = None,
    keepdim: _bool = False,
    *,
    correction: Number | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Return the variance over dimensions, all by default."""

@overload
def where(condition: Tensor) -> tuple[Tensor, ...]:
    """Return input where the condition holds, and other elsewhere; all three broadcast."""

@overload
def where(condition: Tensor, input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return input where the condition holds, and other elsewhere; all three broadcast."""

def xlogy(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return input * log(other), 0 where input is 0 and other is no nan."""

def xlogy_(input: Tensor, other: Operand) -> Tensor:
    """Replace the elements by what `xlogy` returns, and return the tensor itself."""

def zeros(
    *size: Ints, dtype: Dtype = None, device: Device = None, requires_grad: _bool = False, out: Tensor | None = None
) -> Tensor:
    """Return a tensor of zeros; the arguments are those of `empty`."""

__version__: str
