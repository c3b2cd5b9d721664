"""Compiles the GPU code without a GPU: all for a card of NVIDIA and one of AMD, parts to instructions of four cards."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import build_kernels
from toolchain import ROOT

WHOLE = (
    ("--emit", "llvm", "--accelerator", "sm_80", "--out", ".cache/gpusim/llvm"),
    ("--emit", "llvm", "--accelerator", "gfx942", "--out", ".cache/gpu/gfx942"),
)
"""Builds of all extensions, up to LLVM's text; the simulated device runs the first one."""
PARTS = {
    "sm_90": ("matmul",),
    "sm_100": ("matmul",),
    "gfx942": ("matmul", "softmax"),
    "gfx1100": ("matmul", "softmax"),
}
"""Cards, and the extensions whose code depends on them: built up to the card's instructions."""


def main() -> int:
    """Runs the builds; returns the first bad exit status."""
    for options in WHOLE:
        status = build_kernels.main([*options])
        if status:
            return status
    with ThreadPoolExecutor(build_kernels.core_count()) as pool:  # of few extensions each, so side by side
        builds = list(pool.map(_compile, PARTS))
    for build in builds:
        print(build.stdout, end="", flush=True)
    return max(build.returncode for build in builds)


def _compile(card: str) -> subprocess.CompletedProcess[str]:
    """Builds the extensions that depend on a card, one after the other."""
    options = ("--emit", "asm", "--accelerator", card, "--out", f".cache/gpu/{card}-asm", "--jobs", "1")
    command = [sys.executable, "scripts/build_kernels.py", *options, "--only", *PARTS[card]]
    return subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)


if __name__ == "__main__":
    sys.exit(main())
