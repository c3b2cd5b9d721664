"""Runs tests on a simulated CUDA device, with the threads of blocks in forward and reverse order in turn.

Those marked `gpu` by default; with `--device gpu` the ordinary tests, their tensors on the device.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import build_kernels
from toolchain import PYTEST, ROOT, find_toolchain, ship_runtime

CACHE = ROOT / ".cache" / "gpusim"
TARGET = "sm_80"


def main(arguments: list[str]) -> int:
    """Builds for the simulated device and runs pytest there; returns the first bad exit status."""
    needed = ("gcc", os.environ.get("GPUSIM_CLANG", "clang-19"))
    missing = " ".join(tool for tool in needed if shutil.which(tool) is None)
    if missing:
        print(f"test-gpusim: not installed: {missing}; on Debian: apt-get install {missing}", file=sys.stderr)
        return 1
    llvm, extensions = CACHE / "llvm", CACHE / "extensions"
    extensions.mkdir(parents=True, exist_ok=True)
    ship_runtime(find_toolchain(), extensions)
    program = [sys.executable, "tests/gpusim/gpusim.py"]
    status = build_kernels.main(["--accelerator", TARGET, "--emit", "llvm", "--out", str(llvm)])
    status = status or subprocess.call([sys.executable, "tests/gpusim/tail_calls.py", str(llvm)], cwd=ROOT)
    status = status or subprocess.call([*program, "host", str(llvm), str(extensions)], cwd=ROOT)
    if status:
        return status
    on_device = any(argument.startswith("--device") for argument in arguments)
    tests = [*PYTEST, *arguments] if on_device else [*PYTEST, "-m", "gpu", *(arguments or ["tests/gpu"])]
    environment = {
        "GPUSIM_ORDER": "alternate",
        **os.environ,
        "GPUSIM_CACHE": str(CACHE / "kernels"),
        "MOCROGRAD_KERNELS_DIR": str(extensions),
    }
    return subprocess.call([*program, "run", str(llvm), "--", *tests], cwd=ROOT, env=environment)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
