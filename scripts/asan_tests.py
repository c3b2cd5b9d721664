"""Runs kernels, compiled steps and the Mojo tests under the address sanitizer.

Without arguments every second case of tests/ops is left out: `scripts/run test-asan tests/ops` runs all of them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import build_kernels
from toolchain import PYTEST, ROOT, compile_environment, find_toolchain

OUT = ROOT / ".cache" / "asan"
# Python frees little at its end; Mojo's lists are annotated in places that the sanitizer refuses; a tensor that is too
# large raises MemoryError.
OPTIONS = "detect_leaks=0:detect_container_overflow=0:allocator_may_return_null=1"
OF_THE_POOL = "test_storage.mojo"  # what it tests is not in this build, where each block comes from the system
TESTS = [f"tests/{name}" for name in ("autograd", "compiler", "fuzz", "nn", "ops", "optim")]


def main(arguments: list[str]) -> int:
    """Builds for the sanitizer and runs pytest and the Mojo tests with it; returns the first bad exit status."""
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
    status = subprocess.call([*PYTEST, "-q", "--capture=sys", *tests], cwd=ROOT, env=environment)
    if status or arguments:
        return status
    programs = [path for path in sorted(ROOT.glob("tests/mojo/test_*.mojo")) if path.name != OF_THE_POOL]
    with ThreadPoolExecutor(build_kernels.core_count()) as pool:
        return max(pool.map(run_mojo_test, programs))


def gcc_library(name: str) -> Path | None:
    """Returns a library of gcc's, such as the one that sanitized code is linked against, or None where it has none."""
    try:
        found = subprocess.run(["gcc", f"-print-file-name={name}"], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return None
    path = Path(found.stdout.strip())
    return path.resolve() if path.is_absolute() and path.exists() else None


def run_mojo_test(source: Path) -> int:
    """Builds one Mojo test program with the sanitizer and runs it; returns its exit status."""
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder, source.stem)
        command = [str(find_toolchain().mojo), "build", "-I", ".", "--num-threads", "1", *build_kernels.SANITIZE]
        command += [str(source.relative_to(ROOT)), "-o", str(program)]
        status, told = outcome(command, compile_environment("none"))
        if not status:
            status, told = outcome([str(program)], {**os.environ, "ASAN_OPTIONS": OPTIONS})
    print(f"{source.relative_to(ROOT)} under the address sanitizer\n{told}", flush=True)
    return status


def outcome(command: list[str], environment: dict[str, str]) -> tuple[int, str]:
    """Runs a command; returns its exit status, 1 where a signal ended it, and what it wrote."""
    done = subprocess.run(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    return (done.returncode if done.returncode >= 0 else 1), done.stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
