"""What torch says of the build whose names the library follows: neither CUDA nor ROCm nor XPU belongs to it."""

from __future__ import annotations

from mocrograd.compat.imports import VERSION

__all__ = ["__version__", "cuda", "debug", "git_version", "hip", "rocm", "xpu"]

__version__ = VERSION
debug = False
cuda: str | None = None
git_version = "Unknown"
hip: str | None = None
rocm: str | None = None
xpu: str | None = None
