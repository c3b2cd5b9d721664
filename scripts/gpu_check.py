"""Checks and times mocrograd on this machine's GPU and prints the result as Markdown, to be kept or sent along.

    python scripts/build_kernels.py            # finds the GPU and compiles for it
    python scripts/gpu_check.py > gpu.md

First every row of the table of operations runs on the GPU, under each implementation: values against float64
references, gradients against the CPU's. Then operations and a training step are timed, beside torch on the same card
where torch is installed. The exit status is 1 where something is wrong.
"""

from __future__ import annotations

import argparse
import math
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

import mocrograd as mg
import numpy as np
from gpu.checks import check_gradients, check_values
from opcases import ROWS

GRIDS = ("original", "fixed:64", "dynamic")
SMALL = 200
"""Elements of a checked case, and of a timed operation, under --small."""
Make = Callable[[Any, int, str], Callable[[], Any]]


def checks(most: float) -> tuple[list[str], bool]:
    """Runs the table of operations on the GPU; returns lines of Markdown and whether all is right."""
    lines = ["| implementation | cases | wrong |", "| --- | ---: | ---: |"]
    wrong: list[str] = []
    for grid in GRIDS:
        count, before = 0, len(wrong)
        with mg.kernels(grid):
            for row in ROWS:
                for check in (check_values, check_gradients) if row.differentiable else (check_values,):
                    try:
                        count += check(row, most)
                    except Exception as error:  # whatever goes wrong with one row, the others still tell something
                        words = " ".join(str(error).split())
                        wrong.append(f"- {grid}, {row.name}, {check.__name__}: {type(error).__name__}: {words[:300]}")
        lines.append(f"| {grid} | {count} | {len(wrong) - before} |")
    return [*lines, "", *wrong], not wrong


# ------------------------------------------------------------------------- what is timed, in mocrograd and in torch


def _numbers(m: Any, device: str, *shape: int) -> Any:
    values = np.random.default_rng(1).normal(size=shape).astype(np.float32)
    return m.tensor(values, device=device)


def _add(m: Any, size: int, device: str) -> Callable[[], Any]:
    a, b = _numbers(m, device, size), _numbers(m, device, size)
    return lambda: a + b


def _exp(m: Any, size: int, device: str) -> Callable[[], Any]:
    a = _numbers(m, device, size)
    return lambda: a.exp()


def _sum(m: Any, size: int, device: str) -> Callable[[], Any]:
    a = _numbers(m, device, size)
    return lambda: a.sum()


def _sum_rows(m: Any, size: int, device: str) -> Callable[[], Any]:
    a = _numbers(m, device, math.isqrt(size), math.isqrt(size))
    return lambda: a.sum(1)


def _sum_columns(m: Any, size: int, device: str) -> Callable[[], Any]:
    a = _numbers(m, device, math.isqrt(size), math.isqrt(size))
    return lambda: a.sum(0)


def _softmax(m: Any, size: int, device: str) -> Callable[[], Any]:
    a = _numbers(m, device, math.isqrt(size), math.isqrt(size))
    return lambda: a.softmax(-1)


def _matmul(m: Any, size: int, device: str) -> Callable[[], Any]:
    a, b = (_numbers(m, device, math.isqrt(size), math.isqrt(size)) for _ in range(2))
    return lambda: a @ b


def _step(m: Any, size: int, device: str) -> Callable[[], Any]:
    """Returns a training step of the normal digits network on `size` images."""
    nn = m.nn
    model = nn.Sequential(
        nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)
    ).to(device)  # fmt: skip
    optimizer = m.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    x = _numbers(m, device, size, 64)
    y = m.tensor(np.arange(size) % 10, device=device)

    def step() -> None:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()

    return step


TIMED: tuple[tuple[str, Make, tuple[int, ...]], ...] = (
    ("add", _add, (1000, 1 << 20, 1 << 26)),
    ("exp", _exp, (1 << 20, 1 << 26)),
    ("sum", _sum, (1 << 20, 1 << 26)),
    ("sum of rows", _sum_rows, (1 << 20, 1 << 26)),
    ("sum of columns", _sum_columns, (1 << 20, 1 << 26)),
    ("softmax of rows", _softmax, (1 << 20, 1 << 26)),
    ("matmul, square", _matmul, (256**2, 1024**2, 4096**2)),
    ("training step, digits", _step, (32, 1024)),
)


def seconds(call: Callable[[], Any], wait: Callable[[], Any]) -> float:
    """Returns the median time of a call, of five batches that each last a few hundredths of a second."""
    call()
    wait()
    started = time.perf_counter()
    call()
    wait()
    repeats = max(1, int(0.05 / max(time.perf_counter() - started, 1e-6)))
    times = []
    for _ in range(5):
        started = time.perf_counter()
        for _ in range(repeats):
            call()
        wait()
        times.append((time.perf_counter() - started) / repeats)
    return statistics.median(times)


def times(most: float) -> list[str]:
    """Times operations with at most `most` elements; returns lines of Markdown, in microseconds."""
    torch = _torch()
    peers = ["torch"] if torch else []
    lines = [
        "| operation | size | " + " | ".join([*GRIDS, *peers]) + " |",
        "| --- | ---: |" + " ---: |" * (len(GRIDS) + len(peers)),
    ]
    for name, make, sizes in TIMED:
        for size in sorted({int(min(size, most)) for size in sizes}):
            cells = []
            for grid in GRIDS:
                with mg.kernels(grid):
                    cells.append(seconds(make(mg, size, "gpu"), mg.device("gpu").synchronize))
            if torch:
                cells.append(seconds(make(torch, size, "cuda"), torch.cuda.synchronize))
            lines.append(f"| {name} | {size} | " + " | ".join(f"{cell * 1e6:.1f}" for cell in cells) + " |")
    return lines


def _torch() -> Any:
    """Returns torch where it can use this GPU, with matmul in float32 as here, else None."""
    try:
        import torch
    except ImportError:
        return None
    if not torch.cuda.is_available():
        return None
    torch.backends.cuda.matmul.allow_tf32 = False
    return torch


def main(argv: list[str] | None = None) -> int:
    """Runs the command line and returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--small", action="store_true", help="small sizes only, as a simulated GPU needs")
    most = SMALL if parser.parse_args(argv).small else math.inf
    if not mg.backend.device_count():
        print(f"gpu_check: {mg.backend.device_report()[-1]}", file=sys.stderr)
        return 1
    build = mg.backend.build_info()["core"]
    versions = ", ".join(f"{name} {version}" for name, version in build["versions"].items())
    print(f"# mocrograd on a GPU\n\nKernels built for {build['accelerator']} with {versions}.\n\n## Results\n")
    lines, right = checks(most)
    print("\n".join([*lines, "## Times in microseconds", "", *times(most)]))
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
