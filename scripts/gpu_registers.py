"""Prints what NVIDIA's assembler makes of the GPU kernels: registers, spilled bytes, shared memory, and wide loads.

    python scripts/gpu_registers.py --only matmul reduce      # builds their PTX for sm_80, or what --target says

`ptxas` is in the PyPI package nvidia-cuda-nvcc-cu12, which needs no GPU; --ptxas tells where it is. Kernels whose
names and figures are equal share a line.
"""

from __future__ import annotations

import argparse
import collections
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import build_kernels
from toolchain import ROOT

CACHE = ROOT / ".cache" / "ptx"


class Figures(NamedTuple):
    """A kernel's figures: `spilled` are bytes that are stored, `wide` loads and stores of 16 bytes."""

    kernel: str
    threads: str
    registers: int
    spilled: int
    shared: int
    wide: int
    matrix: str
    local: str


def figures(path: Path, ptxas: str) -> Figures:
    """Assemble one kernel.

    Raises:
        RuntimeError: The assembler refuses it, or says something unknown.
    """
    text = path.read_text(encoding="utf-8")
    target = re.search(r"^\.target (\w+)", text, re.M)
    command = [ptxas, f"-arch={target.group(1) if target else ''}", "-v", str(path), "-o", "/dev/null"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    told = run.stdout + run.stderr
    registers, spilled = re.search(r"Used (\d+) registers", told), re.search(r"(\d+) bytes spill stores", told)
    if run.returncode or not registers or not spilled:
        raise RuntimeError(f"{path.name}: {told.strip()[-400:]}")
    shared = re.search(r"(\d+) bytes smem", told)
    threads = re.search(r"\.maxntid (\d+)", text)
    matrix = re.search(r"mma\.sync\.aligned\.(m\d+n\d+k\d+)\.row\.col\.f32\.(\w+)", text)
    return Figures(
        re.sub(r"(6A)+_\w+$|_[0-9a-f]{16}$", "", path.stem).partition("mojo_kernels_")[2],
        threads.group(1) if threads else "",
        int(registers.group(1)),
        int(spilled.group(1)),
        int(shared.group(1)) if shared else 0,
        len(re.findall(r"\.v4\.[bf]32|\.v2\.[bf]64|\.v8\.[bf]16", text)),
        f"{matrix.group(1)} {matrix.group(2)}" if matrix else "",
        "yes" if ".local" in text else "",
    )


def main(argv: list[str] | None = None) -> int:
    """Runs the command line and returns the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--target", default="sm_80", help="sm_80, sm_90, ...")
    parser.add_argument("--only", nargs="+", default=["matmul"], metavar="NAME", help="the extensions")
    parser.add_argument("--ptxas", default=shutil.which("ptxas"), help="the assembler (default: the one on the path)")
    args = parser.parse_args(argv)
    if args.ptxas is None:
        print("gpu_registers: no ptxas on the path; the package nvidia-cuda-nvcc-cu12 has one", file=sys.stderr)
        return 1
    out = CACHE / args.target
    status = build_kernels.main(
        ["--accelerator", args.target, "--emit", "asm", "--out", str(out), "--only", *args.only]
    )
    if status:
        return status
    print(f"{'kernel':34} {'threads':>7} {'registers':>9} {'spilled':>7} {'shared':>7} {'wide':>4}  matrix")
    for name in args.only:
        paths = sorted((out / name).glob("*.ptx"))
        found = collections.Counter(figures(path, args.ptxas) for path in paths)
        for one, count in sorted(found.items()):
            kernel = f"{one.kernel} x {count}" if count > 1 else one.kernel
            line = f"{kernel:34} {one.threads:>7} {one.registers:9} {one.spilled:7} {one.shared:7} {one.wide:4}"
            print(f"{line}  {one.matrix}{'  local memory' if one.local else ''}".rstrip())
    return 0


if __name__ == "__main__":
    sys.exit(main())
