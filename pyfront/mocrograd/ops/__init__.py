"""Differentiable operations, one file per family, named as the kernels' files in mojo_kernels.

Each function checks its arguments, works out shapes and dtypes, and runs kernels; those decorated with `method` are
methods of Tensor too.
"""

from mocrograd.ops import (
    arguments,
    bitwise,
    compare,
    contractions,
    diagonals,
    division,
    elementwise,
    gathering,
    joining,
    products,
    shapes,
    slices,
    splitting,
    ternary,
)
from mocrograd.ops import display as display
from mocrograd.ops import optim as optim
from mocrograd.ops.bitwise import *  # noqa: F403
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
from mocrograd.ops.creation import (
    arange,
    as_tensor,
    empty,
    empty_like,
    eye,
    from_dlpack,
    from_numpy,
    full,
    full_like,
    linspace,
    ones,
    ones_like,
    tensor,
    zeros,
    zeros_like,
)
from mocrograd.ops.diagonals import *  # noqa: F403
from mocrograd.ops.division import *  # noqa: F403
from mocrograd.ops.einsum import einsum
from mocrograd.ops.elementwise import *  # noqa: F403
from mocrograd.ops.gathering import *  # noqa: F403
from mocrograd.ops.indexing import index_select
from mocrograd.ops.joining import *  # noqa: F403
from mocrograd.ops.loss import cross_entropy, mse_loss, nll_loss
from mocrograd.ops.matmul import bmm, linear, matmul, mm
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
from mocrograd.ops.products import *  # noqa: F403
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
    randn,
    randn_like,
    randperm,
    set_rng_state,
)
from mocrograd.ops.reduce import (
    all,
    amax,
    amin,
    any,
    argmax,
    argmin,
    max,
    mean,
    min,
    sum,
    var,
)
from mocrograd.ops.shapes import *  # noqa: F403
from mocrograd.ops.slices import *  # noqa: F403
from mocrograd.ops.softmax import log_softmax, softmax
from mocrograd.ops.splitting import *  # noqa: F403
from mocrograd.ops.ternary import *  # noqa: F403

# isort: split
from mocrograd.ops import operators as operators  # binds methods that must exist by now

arguments.check_methods()

__all__ = [
    *bitwise.__all__,
    *compare.__all__,
    *contractions.__all__,
    *division.__all__,
    *diagonals.__all__,
    *elementwise.__all__,
    *gathering.__all__,
    *joining.__all__,
    *shapes.__all__,
    *slices.__all__,
    *splitting.__all__,
    *products.__all__,
    *ternary.__all__,
    "Generator",
    "all",
    "amax",
    "amin",
    "any",
    "arange",
    "argmax",
    "argmin",
    "as_tensor",
    "bernoulli",
    "bmm",
    "broadcast_to",
    "clone",
    "contiguous",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "cross_entropy",
    "default_generator",
    "detach",
    "einsum",
    "empty",
    "empty_like",
    "expand",
    "eye",
    "flatten",
    "from_dlpack",
    "from_numpy",
    "full",
    "full_like",
    "get_rng_state",
    "index_select",
    "initial_seed",
    "linear",
    "linspace",
    "log_softmax",
    "manual_seed",
    "matmul",
    "max",
    "mean",
    "min",
    "mm",
    "mse_loss",
    "nll_loss",
    "normal",
    "ones",
    "ones_like",
    "permute",
    "rand",
    "rand_like",
    "randint",
    "randn",
    "randn_like",
    "randperm",
    "reshape",
    "set_rng_state",
    "softmax",
    "squeeze",
    "sum",
    "t",
    "tensor",
    "to",
    "transpose",
    "unsqueeze",
    "var",
    "view",
    "zeros",
    "zeros_like",
]
