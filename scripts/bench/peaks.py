"""The processor's arithmetic peak: what a loop that only multiplies and adds in registers (fma.mojo) reaches."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent))
import toolchain

ROUNDS = 5
"""How often the loop runs: the best counts, because neighbours on the host only take away."""


@cache
def gflops(threads: int) -> tuple[float, float]:
    """Return the GFLOP/s of one process and of as many as threads, measured once; 0 where the compiler is missing."""
    try:
        mojo = toolchain.find_toolchain().mojo
    except toolchain.BuildError as fault:
        print(f"no loop in registers: {fault}", file=sys.stderr)
        return 0.0, 0.0
    program = _compiled(mojo, Path(__file__).with_name("fma.mojo"), toolchain.ROOT / ".cache" / "peaks")
    one = max(_together(program, 1) for _ in range(ROUNDS))
    everyone = max(_together(program, threads) for _ in range(ROUNDS)) if threads > 1 else one
    return one, everyone


def _compiled(mojo: Path, source: Path, home: Path) -> Path:
    """Return the program of a file, compiled once for each text, compiler and processor."""
    parts = (source.read_text(encoding="utf-8"), toolchain.PINS, toolchain.cpu_identity())
    program = home / hashlib.sha256(repr(parts).encode()).hexdigest()[:24]
    if not program.exists():
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=home, prefix=".building-") as folder:
            made = Path(folder) / source.stem
            environment = toolchain.compile_environment("none")
            subprocess.run([mojo, "build", source, "-o", made], check=True, env=environment)
            os.replace(made, program)
    return program


def _together(program: Path, processes: int) -> float:
    """Return the sum of what so many processes reach at once."""
    running = [subprocess.Popen([program], stdout=subprocess.PIPE, text=True) for _ in range(processes)]
    return sum(float(process.communicate()[0]) for process in running)


def sentence(threads: int) -> str:
    """Tell the peaks in words."""
    one, everyone = gflops(threads)
    if not one:
        return "A loop in registers was not measured: there is no Mojo compiler."
    return f"A loop in registers: {one:.0f} GFLOP/s of one thread, {everyone:.0f} of {threads}."
