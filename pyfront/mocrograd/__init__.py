"""mocrograd: deep learning whose every computation is a readable Mojo kernel, with PyTorch's names.

Example:
    >>> import mocrograd as mg
    >>> x = mg.tensor([1.0, 2.0, 3.0], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> x.grad
    tensor([2., 4., 6.])
"""

import typing as _typing
from importlib import import_module as _import_module
from math import e, inf, nan, pi

from mocrograd import (
    accelerator,
    amp,
    autograd,
    cuda,
    linalg,
    nn,
    ops,
    optim,
    random,
    special,
    utils,
)
from mocrograd import renamed as _renamed  # noqa: F401  (plain pickles ask for modules by older names)
from mocrograd.amp import autocast
from mocrograd.autograd import (
    enable_grad,
    inference_mode,
    is_grad_enabled,
    no_grad,
    set_grad_enabled,
)
from mocrograd.autograd import functional as _functional  # noqa: F401  (mocrograd.autograd.functional)
from mocrograd.backend import (
    current_kernels,
    device,
    empty_cache,
    get_num_threads,
    kernels,
    memory_stats,
    set_num_threads,
)
from mocrograd.compat import inplace as _inplace
from mocrograd.compat import late as _late
from mocrograd.compat import toplevel as _toplevel
from mocrograd.compat.defaults import (
    are_deterministic_algorithms_enabled,
    get_default_device,
    get_float32_matmul_precision,
    set_default_device,
    set_float32_matmul_precision,
    use_deterministic_algorithms,
)
from mocrograd.compat.inplace import *  # noqa: F403
from mocrograd.compat.toplevel import *  # noqa: F403
from mocrograd.compat.typed import (
    BFloat16Tensor,
    BoolTensor,
    ByteTensor,
    CharTensor,
    DoubleTensor,
    FloatTensor,
    HalfTensor,
    IntTensor,
    LongTensor,
    ShortTensor,
)
from mocrograd.dtypes import NAMED as _NAMED
from mocrograd.dtypes import (
    bfloat16,
    complex32,
    complex64,
    complex128,
    dtype,
    float8_e4m3fn,
    float8_e5m2,
    float16,
    float32,
    float64,
    int8,
    int16,
    int32,
    int64,
    uint8,
    uint16,
    uint32,
    uint64,
)
from mocrograd.dtypes import bool_ as bool
from mocrograd.dtypes import complex32 as chalf
from mocrograd.dtypes import complex64 as cfloat
from mocrograd.dtypes import complex128 as cdouble
from mocrograd.dtypes import float16 as half
from mocrograd.dtypes import float32 as float
from mocrograd.dtypes import float64 as double
from mocrograd.dtypes import int16 as short
from mocrograd.dtypes import int32 as int
from mocrograd.dtypes import int64 as long
from mocrograd.errors import KernelBuildError, OutOfMemoryError
from mocrograd.layout import Size, jagged, sparse_bsc, sparse_bsr, sparse_coo, sparse_csc, sparse_csr, strided
from mocrograd.ops import *  # noqa: F403  (the functions of ops are the package's own)
from mocrograd.ops import _arguments, _outputs
from mocrograd.random import seed
from mocrograd.tensor import Tensor

if _typing.TYPE_CHECKING:
    from mocrograd import backends, func, testing
    from mocrograd.compiler import compile
    from mocrograd.func import vmap
    from mocrograd.profiler import profile
    from mocrograd.serialization import load, save

__version__ = "0.1.0"

newaxis = None

__all__ = [
    "uint64",
    "uint32",
    "uint16",
    "short",
    "int8",
    "int16",
    "half",
    "float8_e5m2",
    "float8_e4m3fn",
    "float16",
    "complex64",
    "complex32",
    "complex128",
    "chalf",
    "cfloat",
    "cdouble",
    "bfloat16",
    "ShortTensor",
    "HalfTensor",
    "CharTensor",
    "BFloat16Tensor",
    "BoolTensor",
    "ByteTensor",
    "DoubleTensor",
    "FloatTensor",
    "IntTensor",
    "KernelBuildError",
    "LongTensor",
    "OutOfMemoryError",
    "Size",
    "jagged",
    "sparse_bsc",
    "sparse_bsr",
    "sparse_coo",
    "sparse_csc",
    "sparse_csr",
    "strided",
    "Tensor",
    "accelerator",
    "amp",
    "are_deterministic_algorithms_enabled",
    "autocast",
    "autograd",
    "backends",
    "bool",
    "compile",
    "cuda",
    "current_kernels",
    "device",
    "double",
    "dtype",
    "e",
    "empty_cache",
    "enable_grad",
    "float",
    "float32",
    "float64",
    "func",
    "get_default_device",
    "get_float32_matmul_precision",
    "get_num_threads",
    "inf",
    "inference_mode",
    "int",
    "int32",
    "int64",
    "is_grad_enabled",
    "kernels",
    "linalg",
    "load",
    "long",
    "memory_stats",
    "nan",
    "newaxis",
    "nn",
    "no_grad",
    "ops",
    "optim",
    "pi",
    "profile",
    "random",
    "save",
    "seed",
    "set_default_device",
    "set_float32_matmul_precision",
    "set_grad_enabled",
    "set_num_threads",
    "special",
    "testing",
    "uint8",
    "use_deterministic_algorithms",
    "utils",
    "vmap",
    *_inplace.__all__,
    *_toplevel.__all__,
    *ops.__all__,
]

# Operations call each other unchecked; a caller of the package gets the forms that explain what is wrong with a call.
_package = _import_module(__name__)
for _name, _function in _outputs.checked_functions(ops, ops.__all__).items():
    setattr(_package, _name, _function)
_arguments.name_functions(__name__, ops.__all__)


_WITH_OTHER_PACKAGES = {"onnx", "sklearn"}
_MODULES = {
    "backends", "compiler", "datasets", "distributed", "distributions", "export", "fft", "func", "masked", "nested",
    "profiler", "return_types", "scalar", "serialization", "signal", "sparse", "testing", "transforms",
    *_WITH_OTHER_PACKAGES,
}  # fmt: skip
_HOMES = {
    "UntypedStorage": "ops._storage", "bit": "dtypes", "compile": "compiler", "jagged": "layout",
    "kernel_library": "build.library", "load": "serialization", "lobpcg": "compat.lobpcg",
    "pca_lowrank": "compat.lowrank", "profile": "profiler", "save": "serialization",
    "summary": "model_summary", "svd_lowrank": "compat.lowrank", "vmap": "func",
    **_late.HOMES,
}  # fmt: skip
"""Functions that are imported at their first use, and their modules."""


def __getattr__(name: str) -> _typing.Any:
    """Import what not every program needs at its first use; give the rarer dtypes by name."""
    if name in _MODULES:
        return _import_module(f"mocrograd.{name}")
    if name in _HOMES:
        found = globals()[name] = getattr(_import_module(f"mocrograd.{_HOMES[name]}"), name)
        return found
    if name in _NAMED:
        return _NAMED[name]
    raise AttributeError(f"module 'mocrograd' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES, *_MODULES} - _WITH_OTHER_PACKAGES)
