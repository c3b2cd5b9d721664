"""Extensions in C++ and CUDA, which are compiled against torch's own libraries: there are none, and each call says so.

A user's own kernels are written in Mojo: `mocrograd.kernel_library`.
"""

from __future__ import annotations

import shutil
from typing import Any, NoReturn

CUDA_HOME = ROCM_HOME = SYCL_HOME = CUDNN_HOME = None
IS_HIP_EXTENSION = False
IS_WINDOWS = False


def _refuse(name: str) -> NoReturn:
    raise NotImplementedError(
        f"torch.utils.cpp_extension.{name} is not available: extensions are compiled against torch's own libraries, "
        "which mocrograd does not have. Use what the program does without the extension, or write the kernel in Mojo "
        "(mocrograd.kernel_library)"
    )


class BuildExtension:
    """What setuptools builds such extensions by; making one raises NotImplementedError."""

    def __init__(self, *args: Any, **options: Any) -> None:
        _refuse("BuildExtension")

    @classmethod
    def with_options(cls, **options: Any) -> NoReturn:
        """Raise NotImplementedError."""
        _refuse("BuildExtension")


def CppExtension(name: str, sources: Any, *args: Any, **options: Any) -> NoReturn:
    """Raise NotImplementedError."""
    _refuse("CppExtension")


def CUDAExtension(name: str, sources: Any, *args: Any, **options: Any) -> NoReturn:
    """Raise NotImplementedError."""
    _refuse("CUDAExtension")


def SyclExtension(name: str, sources: Any, *args: Any, **options: Any) -> NoReturn:
    """Raise NotImplementedError."""
    _refuse("SyclExtension")


def include_paths(*args: Any, **options: Any) -> NoReturn:
    """Raise NotImplementedError."""
    _refuse("include_paths")


def library_paths(*args: Any, **options: Any) -> NoReturn:
    """Raise NotImplementedError."""
    _refuse("library_paths")


def load(name: str, sources: Any, *args: Any, **options: Any) -> NoReturn:
    """Raise NotImplementedError."""
    _refuse("load")


def load_inline(name: str, cpp_sources: Any, *args: Any, **options: Any) -> NoReturn:
    """Raise NotImplementedError."""
    _refuse("load_inline")


def is_ninja_available() -> bool:
    """Return whether the program ninja is there."""
    return shutil.which("ninja") is not None


def verify_ninja_availability() -> None:
    """Raise RuntimeError where the program ninja is not there."""
    if not is_ninja_available():
        raise RuntimeError("Ninja is required to load C++ extensions (pip install ninja to get it)")
