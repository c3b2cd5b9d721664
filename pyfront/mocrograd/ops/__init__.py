"""Differentiable operations, one file per family, named as the kernels' files in mojo_kernels.

Each function checks its arguments, works out shapes and dtypes, and runs kernels; those decorated with `method` are
methods of Tensor too.
"""

from mocrograd.ops import (
    activation,
    arguments,
    assigning,
    attributes,
    bitwise,
    calculus,
    compare,
    contractions,
    decompositions,
    diagonals,
    distance,
    distributions,
    division,
    elementwise,
    gathering,
    joining,
    linalg,
    masks,
    membership,
    numbers,
    products,
    properties,
    resizing,
    shapes,
    slices,
    special,
    splitting,
    systems,
    tapers,
    ternary,
    transcendental,
)
from mocrograd.ops import display as display
from mocrograd.ops import optim as optim
from mocrograd.ops import relabeling as relabeling
from mocrograd.ops.activation import *  # noqa: F403
from mocrograd.ops.assigning import *  # noqa: F403
from mocrograd.ops.attributes import *  # noqa: F403
from mocrograd.ops.bitwise import *  # noqa: F403
from mocrograd.ops.calculus import *  # noqa: F403
from mocrograd.ops.cast import clone, contiguous, detach, to
from mocrograd.ops.compare import *  # noqa: F403
from mocrograd.ops.contractions import *  # noqa: F403
from mocrograd.ops.conv import (
    conv1d,
    conv2d,
    conv3d,
    conv_transpose1d,
    conv_transpose2d,
    conv_transpose3d,
)
from mocrograd.ops.counting import bincount, corrcoef, cov, histc, unique, unique_consecutive
from mocrograd.ops.creation import (
    arange,
    as_tensor,
    asarray,
    empty,
    empty_like,
    eye,
    from_dlpack,
    from_numpy,
    frombuffer,
    full,
    full_like,
    linspace,
    logspace,
    ones,
    ones_like,
    tensor,
    zeros,
    zeros_like,
)
from mocrograd.ops.decompositions import *  # noqa: F403
from mocrograd.ops.diagonals import *  # noqa: F403
from mocrograd.ops.display import set_printoptions
from mocrograd.ops.distance import *  # noqa: F403
from mocrograd.ops.distributions import *  # noqa: F403
from mocrograd.ops.division import *  # noqa: F403
from mocrograd.ops.einsum import einsum
from mocrograd.ops.elementwise import *  # noqa: F403
from mocrograd.ops.extremes import amax, amin, aminmax, argmax, argmin, max, min
from mocrograd.ops.gathering import *  # noqa: F403
from mocrograd.ops.indexing import index_select
from mocrograd.ops.joining import *  # noqa: F403
from mocrograd.ops.linalg import *  # noqa: F403
from mocrograd.ops.loss import cross_entropy, mse_loss, nll_loss
from mocrograd.ops.masks import *  # noqa: F403
from mocrograd.ops.matmul import bmm, linear, matmul, mm
from mocrograd.ops.membership import *  # noqa: F403
from mocrograd.ops.moments import logsumexp, std, std_mean, var, var_mean
from mocrograd.ops.movement import (
    broadcast_to,
    expand,
    flatten,
    permute,
    reshape,
    squeeze,
    t,
    transpose,
    unsqueeze,
    view,
)
from mocrograd.ops.norms import dist, norm, renorm
from mocrograd.ops.numbers import *  # noqa: F403
from mocrograd.ops.products import *  # noqa: F403
from mocrograd.ops.properties import *  # noqa: F403
from mocrograd.ops.quantiles import nanquantile, quantile
from mocrograd.ops.random import (
    Generator,
    bernoulli,
    default_generator,
    get_rng_state,
    initial_seed,
    manual_seed,
    normal,
    rand,
    rand_like,
    randint,
    randint_like,
    randn,
    randn_like,
    randperm,
    set_rng_state,
)
from mocrograd.ops.recurrent import gru, lstm, rnn_relu, rnn_tanh
from mocrograd.ops.reduce import all, any, count_nonzero, mean, nanmean, nansum, prod, sum
from mocrograd.ops.resizing import *  # noqa: F403
from mocrograd.ops.scan import cummax, cummin, cumprod, cumsum, diff, logcumsumexp
from mocrograd.ops.shapes import *  # noqa: F403
from mocrograd.ops.slices import *  # noqa: F403
from mocrograd.ops.softmax import log_softmax, softmax
from mocrograd.ops.sorting import (
    argsort,
    bucketize,
    kthvalue,
    median,
    mode,
    msort,
    nanmedian,
    searchsorted,
    sort,
    topk,
)
from mocrograd.ops.special import *  # noqa: F403
from mocrograd.ops.splitting import *  # noqa: F403
from mocrograd.ops.systems import *  # noqa: F403
from mocrograd.ops.tapers import *  # noqa: F403
from mocrograd.ops.ternary import *  # noqa: F403
from mocrograd.ops.transcendental import *  # noqa: F403

# isort: split
from mocrograd.ops import operators as operators  # binds methods that must exist by now

arguments.check_methods()

__all__ = [
    *activation.__all__,
    *assigning.__all__,
    *attributes.__all__,
    *bitwise.__all__,
    *calculus.__all__,
    *compare.__all__,
    *contractions.__all__,
    *decompositions.__all__,
    *diagonals.__all__,
    *distance.__all__,
    *distributions.__all__,
    *division.__all__,
    *elementwise.__all__,
    *gathering.__all__,
    *joining.__all__,
    *linalg.__all__,
    *masks.__all__,
    *membership.__all__,
    *numbers.__all__,
    *products.__all__,
    *properties.__all__,
    *resizing.__all__,
    *shapes.__all__,
    *slices.__all__,
    *special.__all__,
    *splitting.__all__,
    *systems.__all__,
    *tapers.__all__,
    *ternary.__all__,
    *transcendental.__all__,
    "Generator",
    "all",
    "amax",
    "amin",
    "aminmax",
    "any",
    "arange",
    "argmax",
    "argmin",
    "argsort",
    "as_tensor",
    "asarray",
    "bernoulli",
    "bincount",
    "bmm",
    "broadcast_to",
    "bucketize",
    "clone",
    "contiguous",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "corrcoef",
    "count_nonzero",
    "cov",
    "cross_entropy",
    "cummax",
    "cummin",
    "cumprod",
    "cumsum",
    "default_generator",
    "detach",
    "diff",
    "dist",
    "einsum",
    "empty",
    "empty_like",
    "expand",
    "eye",
    "flatten",
    "from_dlpack",
    "from_numpy",
    "frombuffer",
    "full",
    "full_like",
    "get_rng_state",
    "gru",
    "histc",
    "index_select",
    "initial_seed",
    "kthvalue",
    "linear",
    "linspace",
    "log_softmax",
    "logcumsumexp",
    "logspace",
    "logsumexp",
    "lstm",
    "manual_seed",
    "matmul",
    "max",
    "mean",
    "median",
    "min",
    "mm",
    "mode",
    "mse_loss",
    "msort",
    "nanmean",
    "nanmedian",
    "nanquantile",
    "nansum",
    "nll_loss",
    "norm",
    "normal",
    "ones",
    "ones_like",
    "permute",
    "prod",
    "quantile",
    "rand",
    "rand_like",
    "randint",
    "randint_like",
    "randn",
    "randn_like",
    "randperm",
    "renorm",
    "reshape",
    "rnn_relu",
    "rnn_tanh",
    "searchsorted",
    "set_printoptions",
    "set_rng_state",
    "softmax",
    "sort",
    "squeeze",
    "std",
    "std_mean",
    "sum",
    "t",
    "tensor",
    "to",
    "topk",
    "transpose",
    "unique",
    "unique_consecutive",
    "unsqueeze",
    "var",
    "var_mean",
    "view",
    "zeros",
    "zeros_like",
]
