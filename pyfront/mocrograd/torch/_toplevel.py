"""Functions and classes that torch has at its top level for its own machinery: checks, symbols, states of switches."""

from __future__ import annotations

import math
from functools import partial
from types import ModuleType
from typing import Any

import mocrograd
from mocrograd import backend, dtypes
from mocrograd.amp.autocast_mode import autocast_decrement_nesting as autocast_decrement_nesting
from mocrograd.amp.autocast_mode import autocast_increment_nesting as autocast_increment_nesting
from mocrograd.amp.autocast_mode import clear_autocast_cache as clear_autocast_cache
from mocrograd.amp.autocast_mode import get_autocast_dtype as get_autocast_dtype
from mocrograd.amp.autocast_mode import is_autocast_cache_enabled as is_autocast_cache_enabled
from mocrograd.amp.autocast_mode import is_autocast_enabled as is_autocast_enabled
from mocrograd.amp.autocast_mode import set_autocast_cache_enabled as set_autocast_cache_enabled
from mocrograd.amp.autocast_mode import set_autocast_dtype as set_autocast_dtype
from mocrograd.amp.autocast_mode import set_autocast_enabled as set_autocast_enabled
from mocrograd.layout import contiguous_format as legacy_contiguous_format
from mocrograd.layout import jagged as jagged
from mocrograd.layout import layout as layout
from mocrograd.layout import memory_format as memory_format
from mocrograd.layout import sparse_bsc, sparse_bsr, sparse_coo, sparse_csc, sparse_csr
from mocrograd.layout import strided as strided
from mocrograd.ops._storage import UntypedStorage
from mocrograd.tensor import Tensor
from mocrograd.torch._refused import Absent
from mocrograd.utils.dlpack import to_dlpack as to_dlpack

__all__ = [
    "AcceleratorError", "Event", "Stream", "SymBool", "SymFloat", "SymInt", "_assert", "_assert_async", "_check",
    "_check_index", "_check_is_size", "_check_not_implemented", "_check_tensor_all", "_check_type", "_check_value",
    "_check_with", "autocast_decrement_nesting", "autocast_increment_nesting", "clear_autocast_cache",
    "compiled_with_cxx11_abi", "get_autocast_cpu_dtype", "get_autocast_dtype", "get_autocast_gpu_dtype",
    "get_deterministic_debug_mode", "get_device_module", "get_num_interop_threads", "has_lapack", "has_mkl",
    "has_openmp", "has_spectral", "is_autocast_cache_enabled", "is_autocast_cpu_enabled", "is_autocast_enabled",
    "is_deterministic_algorithms_warn_only_enabled", "is_distributed", "is_storage", "is_vulkan_available",
    "is_warn_always_enabled", "jagged", "layout", "legacy_contiguous_format", "memory_format",
    "set_autocast_cache_enabled", "set_autocast_cpu_dtype", "set_autocast_cpu_enabled", "set_autocast_dtype",
    "set_autocast_enabled", "set_autocast_gpu_dtype", "set_default_tensor_type", "set_deterministic_debug_mode",
    "set_flush_denormal", "set_num_interop_threads", "set_warn_always", "sparse_bsc", "sparse_bsr", "sparse_coo",
    "sparse_csc", "sparse_csr", "strided", "sym_float", "sym_int", "sym_ite", "sym_max", "sym_min", "sym_not",
    "sym_sum", "to_dlpack", "typename",
]  # fmt: skip

has_lapack, has_mkl, has_openmp, has_spectral = True, False, False, False
AcceleratorError = RuntimeError


# ------------------------------------------------------------------------------------------ symbols


class SymInt(Absent):
    """A size that is not known yet; there are none."""

    _instead = "sizes are numbers"


class SymFloat(Absent):
    """A number that is not known yet; there are none."""

    _instead = "numbers are known"


class SymBool(Absent):
    """A truth that is not known yet; there are none."""

    _instead = "conditions are known"


def sym_int(a: Any) -> int:
    """Return a number rounded towards zero."""
    return math.floor(a) if a >= 0 else math.ceil(a)


def sym_float(a: Any) -> float:
    """Return a number as a float."""
    return float(a)


def sym_not(a: Any) -> bool:
    """Return whether a condition is false."""
    return not a


def sym_max(a: Any, b: Any) -> Any:
    """Return the greater of two numbers."""
    return max(a, b)


def sym_min(a: Any, b: Any) -> Any:
    """Return the smaller of two numbers."""
    return min(a, b)


def sym_sum(args: Any) -> Any:
    """Return the sum of numbers."""
    return sum(args)


def sym_ite(b: Any, t: Any, f: Any) -> Any:
    """Return `t` where `b` is true, and `f` otherwise."""
    return t if b else f


# ------------------------------------------------------------------------------------------- checks


def _assert(condition: Any, message: str) -> None:
    assert condition, message


def _assert_async(condition: Tensor, message: str = "Expected Tensor with single nonzero value") -> None:
    _raise_unless(RuntimeError, bool(condition), message)


def _raise_unless(error: type[Exception], condition: Any, message: Any = None) -> None:
    """Raise an error unless a condition is true; its text may be a function that returns it."""
    if not condition:
        raise error(message() if callable(message) else message or "Expected cond to be True")


_check = partial(_raise_unless, RuntimeError)
_check_index = partial(_raise_unless, IndexError)
_check_value = partial(_raise_unless, ValueError)
_check_type = partial(_raise_unless, TypeError)
_check_not_implemented = partial(_raise_unless, NotImplementedError)
_check_with = _raise_unless


def _check_tensor_all(condition: Tensor, message: Any = None) -> None:
    _raise_unless(RuntimeError, bool(condition.all()), message)


def _check_is_size(i: int, message: Any = None, *, max: int | None = None) -> None:
    _raise_unless(RuntimeError, i >= 0 and (max is None or i <= max), message)


# --------------------------------------------------------------------------- states of mixed precision


def get_autocast_cpu_dtype() -> dtypes.dtype:
    """Return the dtype that autocast would cast to on the CPU."""
    return get_autocast_dtype("cpu")


def get_autocast_gpu_dtype() -> dtypes.dtype:
    """Return the dtype that autocast would cast to on a GPU."""
    return get_autocast_dtype("cuda")


def set_autocast_cpu_dtype(dtype: dtypes.dtype) -> None:
    """Set the dtype that autocast would cast to on the CPU."""
    set_autocast_dtype("cpu", dtype)


def set_autocast_gpu_dtype(dtype: dtypes.dtype) -> None:
    """Set the dtype that autocast would cast to on a GPU."""
    set_autocast_dtype("cuda", dtype)


def is_autocast_cpu_enabled() -> bool:
    """Return whether this thread is in a region of autocast for the CPU."""
    return is_autocast_enabled("cpu")


def set_autocast_cpu_enabled(enabled: bool) -> None:
    """Start or end a region of autocast for the CPU by hand."""
    set_autocast_enabled("cpu", enabled)


# ------------------------------------------------------------------------------- devices and switches


def get_device_module(device: Any = None) -> ModuleType:
    """Return the module of a device: `torch.cuda` for a GPU, `torch.cpu` for the CPU.

    Args:
        device: A device, its name or its type; the accelerator, or else the CPU, by default.

    Raises:
        RuntimeError: There is no such module.
    """
    from importlib import import_module

    accelerator = mocrograd.accelerator.current_accelerator()
    kind = backend.device(device if device is not None else accelerator or "cpu").type
    home = "mocrograd.cuda" if kind in ("gpu", "cuda") else f"mocrograd.torch.{kind}"
    try:
        return import_module(home)
    except ModuleNotFoundError:
        raise RuntimeError(f"Device '{kind}' does not have a corresponding module registered as torch.{kind}") from None


class Stream:
    """The stream of a device: a device does everything in the order in which it is told to."""

    def __new__(cls, device: Any = None, **options: Any) -> Any:
        """Return that of a GPU.

        Raises:
            RuntimeError: There is no such GPU.
        """
        return mocrograd.cuda.Stream(device)


class Event:
    """A moment in the work of a device."""

    def __new__(cls, device: Any = None, **options: Any) -> Any:
        """Return one of a GPU.

        Raises:
            RuntimeError: There is no GPU.
        """
        return mocrograd.cuda.Event(**options)


def set_default_tensor_type(t: Any) -> None:
    """Set the default dtype to that of a class of tensors or of its name, "torch.DoubleTensor".

    Raises:
        TypeError: It is no such class.
    """
    name = t.rpartition(".")[2] if isinstance(t, str) else getattr(t, "__name__", repr(t)).rpartition(".")[2]
    known = {"FloatTensor": dtypes.float32, "DoubleTensor": dtypes.float64}
    if name not in known:
        raise TypeError(f"invalid type object: only floating-point types are supported as the default type, got {t!r}")
    dtypes.set_default_dtype(known[name])


def set_deterministic_debug_mode(debug_mode: int | str) -> None:
    """Do nothing: all results are deterministic.

    Raises:
        RuntimeError: The mode is unknown.
    """
    if debug_mode not in (0, 1, 2, "default", "warn", "error"):
        raise RuntimeError(f"invalid value of debug_mode, expected `default`, `warn`, or `error`, got {debug_mode!r}")


def get_deterministic_debug_mode() -> int:
    """Return 2: all results are deterministic."""
    return 2


def is_deterministic_algorithms_warn_only_enabled() -> bool:
    """Return False: there is nothing to warn of."""
    return False


def set_flush_denormal(mode: bool) -> bool:
    """Return False: numbers near 0 are computed as they are."""
    return False


def get_num_interop_threads() -> int:
    """Return 1: calls run one after the other."""
    return 1


def set_num_interop_threads(num: int) -> None:
    """Do nothing: calls run one after the other."""


def set_warn_always(b: bool) -> None:
    """Do nothing: Python's filters choose which warnings are shown."""


def is_warn_always_enabled() -> bool:
    """Return False."""
    return False


def is_vulkan_available() -> bool:
    """Return False."""
    return False


def is_distributed(input: Tensor) -> bool:
    """Return False: tensors are whole."""
    return False


def is_storage(obj: Any) -> bool:
    """Return whether an object is the memory of a tensor."""
    return isinstance(obj, UntypedStorage)


def compiled_with_cxx11_abi() -> bool:
    """Return True, as torch's own packages."""
    return True


def typename(obj: Any) -> str:
    """Return the name of an object's type, with its module unless it is Python's own."""
    if isinstance(obj, Tensor):
        return str(obj.type())
    kind = obj if callable(obj) and hasattr(obj, "__qualname__") else type(obj)
    home = getattr(kind, "__module__", None) or ""
    return kind.__qualname__ if home in ("", "builtins") else f"{home}.{kind.__qualname__}"
