"""Finds the Mojo compiler and this machine's GPU, for scripts. Standard library only.

What the package itself needs is in its file build/toolchain.py.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from package_files import ROOT, load_file

if TYPE_CHECKING:
    from mocrograd.build import toolchain as package
    from mocrograd.build.toolchain import (
        IS_MACOS,
        LICENCES,
        ORIGIN,
        PINS,
        RUNTIME,
        SMALL,
        BuildError,
        Toolchain,
        accelerator_flags,
        compile_environment,
        cpu_identity,
        keep_relative_run_path,
        run_compiler,
        ship_runtime,
    )
else:
    package = load_file("build/toolchain.py")
    IS_MACOS, LICENCES, ORIGIN, PINS = package.IS_MACOS, package.LICENCES, package.ORIGIN, package.PINS
    RUNTIME, SMALL = package.RUNTIME, package.SMALL
    BuildError, Toolchain = package.BuildError, package.Toolchain
    accelerator_flags, compile_environment = package.accelerator_flags, package.compile_environment
    cpu_identity, keep_relative_run_path = package.cpu_identity, package.keep_relative_run_path
    run_compiler, ship_runtime = package.run_compiler, package.ship_runtime

__all__ = [
    "IS_MACOS",
    "LICENCES",
    "ORIGIN",
    "PINS",
    "PYTEST",
    "ROOT",
    "RUNTIME",
    "SMALL",
    "BuildError",
    "Toolchain",
    "accelerator_flags",
    "accelerator_identity",
    "compile_environment",
    "cpu_identity",
    "find_toolchain",
    "keep_relative_run_path",
    "local_gpu",
    "run_compiler",
    "ship_runtime",
]

PYTEST = [sys.executable, "-m", "pytest", "-n", "auto", "--dist", "worksteal"]
"""pytest on all cores, as the tasks of pixi.toml start it."""


def find_toolchain() -> Toolchain:
    """Finds the compiler that belongs to the running Python.

    Raises:
        BuildError: There is none, or not the pinned version.
    """
    fix = "pip install " + " ".join(f"{name}=={version}" for name, version in PINS.items())
    try:
        return package.find_toolchain(f"use `scripts/run build`, or `{fix}`")
    except ImportError as error:
        raise BuildError(str(error)) from error


def local_gpu(root: Path = Path("/")) -> str | None:
    """Names the first GPU of this machine that the compiler can target, from the drivers' own files."""
    for info in sorted(root.glob("proc/driver/nvidia/gpus/*/information")):
        model = re.search(r"Model:\s*(.+)", info.read_text(encoding="utf-8"))
        return model.group(1).strip() if model else "NVIDIA GPU"
    if (root / "dev/nvidiactl").exists():
        return "NVIDIA GPU"  # a container that hides the driver's folder
    for node in sorted(root.glob("sys/class/kfd/kfd/topology/nodes/*/properties")):
        version = re.search(r"gfx_target_version (\d+)", node.read_text(encoding="utf-8"))
        if version and int(version.group(1)):
            return f"AMD gfx {version.group(1)}"
    return None


def accelerator_identity(choice: str) -> str:
    """Resolves `--accelerator`: "auto" becomes "local NAME" or "none"; a name stays itself."""
    if choice != "auto":
        return choice
    gpu = local_gpu()
    return f"local {gpu}" if gpu else "none"
