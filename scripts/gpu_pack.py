"""Puts what scripts/gpu_check.py needs into one folder, to be taken to a machine with a GPU that has Python and NumPy.

    python scripts/build_kernels.py --accelerator sm_90 --cpu x86-64-v3 --out build/gpu
    python scripts/gpu_pack.py build/gpu packed
    cd packed && ./run                         # there: all parts, into gpu/

The folder has the package, the compiled kernels with their run-time libraries, the table of operations and the scripts.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path

from toolchain import ROOT

LIMIT = 60 << 20
"""The most bytes that the folder may have."""
TESTS = ("opcases", "gpu", "tolerances.py")
SCRIPTS = ("gpu_check.py", "gpu_times.py")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyi", ".*")
RUN = """#!/bin/sh
# Checks and times this machine's GPU; arguments go to scripts/gpu_check.py.
here=$(cd "$(dirname "$0")" && pwd)
PYTHONPATH="$here/pyfront" exec "${PYTHON:-python3}" "$here/scripts/gpu_check.py" --out "$here/gpu" "$@"
"""


def pack(target: Path, kernels: Path) -> int:
    """Fills a folder, which must not exist; returns its bytes.

    Raises:
        ValueError: There are no kernels, those there have no GPU code, or the folder has become too large.
    """
    if not list(kernels.glob("core*.so")):
        raise ValueError(f"{kernels} has no kernels: build them with scripts/build_kernels.py --out {kernels}")
    package = target / "pyfront" / "mocrograd"
    own = package / "_kernels"
    shutil.copytree(ROOT / "pyfront" / "mocrograd", package, ignore=_without_kernels)
    own.mkdir()
    shutil.copy(ROOT / "pyfront" / "mocrograd" / "_kernels" / "__init__.py", own)
    for path in kernels.iterdir():
        if path.suffix in (".so", ".json", ".dylib"):
            shutil.copy(path, own)
    if not list(kernels.glob("lib*.so")):  # kernels for another processor look for these above themselves
        for path in kernels.parent.glob("lib*.so"):
            shutil.copy(path, package)
    for name, folder in (*((name, "tests") for name in TESTS), *((name, "scripts") for name in SCRIPTS)):
        source = ROOT / folder / name
        (target / folder).mkdir(exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target / folder / name, ignore=LEFT_OUT)
        else:
            shutil.copy(source, target / folder / name)
    (target / "run").write_text(RUN, encoding="utf-8")
    (target / "run").chmod(0o755)
    size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
    if size > LIMIT:
        raise ValueError(f"{target} has {size >> 20} MiB, and may have {LIMIT >> 20}")
    return size


def _without_kernels(folder: str, names: list[str]) -> set[str]:
    left_out: set[str] = set(LEFT_OUT(folder, names))
    return left_out | ({"_kernels"} if Path(folder).name == "mocrograd" and "_kernels" in names else set())


def kernels_in_use() -> Path:
    """Returns the folder of the kernels that this process would load."""
    return Path(os.environ.get("MOCROGRAD_KERNELS_DIR") or ROOT / "pyfront" / "mocrograd" / "_kernels")


def environment(folder: Path) -> dict[str, str]:
    """Returns the environment of a process that uses a folder, and nothing of this tree."""
    left_out = ("MOCROGRAD_KERNELS_DIR", "PYTHONPATH")
    kept = {name: value for name, value in os.environ.items() if name not in left_out}
    return {**kept, "PYTHONPATH": str(folder / "pyfront")}


def main(argv: list[str] | None = None) -> int:
    """Runs the command line and returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("kernels", type=Path, help="the folder of the kernels, as given to build_kernels.py --out")
    parser.add_argument("target", type=Path, help="the folder to make")
    options = parser.parse_args(argv)
    try:
        size = pack(options.target, options.kernels)
    except (ValueError, FileExistsError) as error:
        print(f"gpu_pack: {error}", file=sys.stderr)
        return 1
    print(f"{options.target}: {size / 2**20:.1f} MiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
