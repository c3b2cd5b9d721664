"""Compiling Mojo: where the compiler and its sources are, and how a file becomes a library."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mocrograd.build import toolchain
from mocrograd.build.toolchain import (
    ORIGIN,
    Toolchain,
    cpu_identity,
    find_toolchain,
    keep_relative_run_path,
    ship_runtime,
    sources,
)
from mocrograd.errors import KernelBuildError

__all__ = [
    "ORIGIN",
    "Toolchain",
    "compile_mojo",
    "cpu_identity",
    "find_toolchain",
    "keep_relative_run_path",
    "ship_runtime",
    "sources",
]


def compile_mojo(source: Path, out: Path, flags: Sequence[str] = (), accelerator: str = "none") -> str:
    """Compile a file of Mojo that may import mojo_kernels.

    Args:
        source: The file.
        out: What it becomes; it is written over.
        flags: The compiler's flags, such as `--emit shared-lib`.
        accelerator: "none", or what the flags say about a GPU.

    Returns:
        What the compiler said, its warnings.

    Raises:
        ImportError: There is no compiler.
        KernelBuildError: The file does not compile.
    """
    built, messages = toolchain.run_compiler(find_toolchain(), source, out, flags, accelerator=accelerator)
    if not built:
        raise KernelBuildError(f"{source} does not compile:\n{messages}")
    return messages
