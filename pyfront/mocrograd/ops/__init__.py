"""Differentiable operations: a file per family, named as the family's kernels in mojo_kernels and its tests.

Each function checks its arguments, works out shapes and dtypes, and runs kernels; those decorated with `method` are
methods of Tensor too. A family's `__all__` names what it gives to the package itself; a file whose name begins with an
underscore is what families share.
"""

import importlib
import pkgutil

from mocrograd.ops import _arguments
from mocrograd.ops import _copying as _copying
from mocrograd.ops import _drawing as _drawing
from mocrograd.ops import _kinds as _kinds
from mocrograd.ops import _narrow as _narrow
from mocrograd.ops import _notebook as _notebook
from mocrograd.ops import _of_complex as _of_complex
from mocrograd.ops import _sharing as _sharing
from mocrograd.ops import _sparse as _sparse
from mocrograd.ops import _storage as _storage
from mocrograd.ops import attention as attention
from mocrograd.ops import embedding as embedding
from mocrograd.ops import normalization as normalization
from mocrograd.ops import optim as optim
from mocrograd.ops import padding as padding
from mocrograd.ops import pool as pool
from mocrograd.ops import resample as resample
from mocrograd.ops._display import set_printoptions
from mocrograd.ops.activation import *  # noqa: F403
from mocrograd.ops.arithmetic import *  # noqa: F403
from mocrograd.ops.calculus import *  # noqa: F403
from mocrograd.ops.cast import *  # noqa: F403
from mocrograd.ops.compare import *  # noqa: F403
from mocrograd.ops.complex import *  # noqa: F403
from mocrograd.ops.contractions import *  # noqa: F403
from mocrograd.ops.conv import *  # noqa: F403
from mocrograd.ops.counting import *  # noqa: F403
from mocrograd.ops.creation import *  # noqa: F403
from mocrograd.ops.decompositions import *  # noqa: F403
from mocrograd.ops.diagonals import *  # noqa: F403
from mocrograd.ops.distance import *  # noqa: F403
from mocrograd.ops.gathering import *  # noqa: F403
from mocrograd.ops.higher import *  # noqa: F403
from mocrograd.ops.indexing import *  # noqa: F403
from mocrograd.ops.joining import *  # noqa: F403
from mocrograd.ops.linalg import *  # noqa: F403
from mocrograd.ops.loss import *  # noqa: F403
from mocrograd.ops.lu import *  # noqa: F403
from mocrograd.ops.matmul import *  # noqa: F403
from mocrograd.ops.moments import *  # noqa: F403
from mocrograd.ops.norms import *  # noqa: F403
from mocrograd.ops.properties import *  # noqa: F403
from mocrograd.ops.random import *  # noqa: F403
from mocrograd.ops.rearrange import *  # noqa: F403
from mocrograd.ops.recurrent import *  # noqa: F403
from mocrograd.ops.reduce import *  # noqa: F403
from mocrograd.ops.reflections import *  # noqa: F403
from mocrograd.ops.scan import *  # noqa: F403
from mocrograd.ops.segments import *  # noqa: F403
from mocrograd.ops.signal import *  # noqa: F403
from mocrograd.ops.softmax import *  # noqa: F403
from mocrograd.ops.sorting import *  # noqa: F403
from mocrograd.ops.splitting import *  # noqa: F403
from mocrograd.ops.ternary import *  # noqa: F403
from mocrograd.ops.transcendental import *  # noqa: F403
from mocrograd.ops.transcendental import Frexp as Frexp  # older pickles find it here (renamed.py)
from mocrograd.ops.views import *  # noqa: F403

# isort: split
from mocrograd.ops import _operators as _operators  # binds methods that must exist by now

_arguments.check_methods()

__all__ = ["set_printoptions"] + [
    name
    for family in pkgutil.iter_modules(__path__)  # noqa: F405
    if not family.name.startswith("_")
    for name in importlib.import_module(f"{__name__}.{family.name}").__all__
]
