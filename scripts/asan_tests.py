"""Runs kernels and compiled steps under the address sanitizer, as tests/mojo runs the Mojo tests.

Without arguments every second case of tests/ops is left out: `scripts/run test-asan tests/ops` runs all of them.
"""

from __future__ import annotations

import os
import subprocess
import sys

import build_kernels
from sanitizer import OPTIONS, gcc_library
from toolchain import PYTEST, ROOT

OUT = ROOT / ".cache" / "asan"
TESTS = [f"tests/{name}" for name in ("autograd", "compiler", "fuzz", "nn", "ops", "optim")]


def main(arguments: list[str]) -> int:
    """Builds for the sanitizer and runs pytest with it; returns the first bad exit status."""
    library = gcc_library("libasan.so")
    if library is None:
        print("test-asan: gcc has no address sanitizer here (libasan); on Debian: apt-get install gcc", file=sys.stderr)
        return 1
    status = build_kernels.main(["--accelerator", "none", "--sanitize", "--out", str(OUT)])
    if status:
        return status
    environment = {
        **os.environ,
        # torch, which tests compare with, throws through the sanitizer, which must find the thrower as it starts
        "LD_PRELOAD": " ".join(str(path) for path in (library, gcc_library("libstdc++.so.6")) if path),
        "ASAN_OPTIONS": OPTIONS,
        "MOCROGRAD_KERNELS_DIR": str(OUT),
    }
    tests = arguments or ["-p", "half", *TESTS]
    return subprocess.call([*PYTEST, "-q", "--capture=sys", *tests], cwd=ROOT, env=environment)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
