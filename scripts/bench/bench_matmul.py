"""Time float32 matrix products against NumPy and torch, in one process.

Each size is checked against float64 first. Contenders take turns (A B C A B C ...); medians, GFLOP/s and the ratio
of speeds to NumPy's are printed. Two threads each.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from statistics import median
from typing import Any

THREADS = 2
# rows, columns, depth, whether the second operand is transposed
SIZES = (
    (64, 64, 64, False),
    (256, 256, 256, False),
    (512, 512, 512, False),
    (1024, 1024, 1024, False),
    (32, 64, 64, True),
    (32, 256, 256, True),
    (32, 4096, 8192, True),
    (1, 4096, 4096, True),
)


def contenders(a: Any, b: Any) -> dict[str, Callable[[], Any]]:
    """Return a function per library that multiplies two NumPy arrays; results are converted by the caller."""
    import mocrograd as mg
    import numpy as np

    mg.set_num_threads(THREADS)
    x, y = mg.from_numpy(a), mg.from_numpy(b)
    found: dict[str, Callable[[], Any]] = {"mocrograd": lambda: x @ y, "numpy": lambda: np.matmul(a, b)}
    try:
        import torch
    except ImportError:
        return found
    torch.set_num_threads(THREADS)
    p, q = torch.from_numpy(a), torch.from_numpy(b)
    found["torch"] = lambda: p @ q
    return found


def measure(functions: dict[str, Callable[[], Any]], repeat: int, rounds: int) -> dict[str, float]:
    """Return the median seconds of a call for each contender."""
    seconds: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(rounds):
        for name, function in functions.items():
            function()
            start = time.perf_counter()
            for _ in range(repeat):
                function()
            seconds[name].append((time.perf_counter() - start) / repeat)
    return {name: median(times) for name, times in seconds.items()}


def main() -> None:
    """Check and time all sizes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    import numpy as np

    rng = np.random.default_rng(0)
    for m, n, k, transposed in SIZES:
        a = rng.standard_normal((m, k)).astype(np.float32)
        b = rng.standard_normal((n, k) if transposed else (k, n)).astype(np.float32)
        b = b.T if transposed else b
        functions = contenders(a, b)
        expected = a.astype(np.float64) @ b.astype(np.float64)
        for name, function in functions.items():
            error = np.abs(np.asarray(function()) - expected).max()
            assert error < 1e-5 * k, f"{name} is off by {error} at {m} x {n} x {k}"
        times = measure(functions, max(1, int(2e7 / (m * n * k))), rounds)
        print(f"{m} x {n} x {k}{' transposed' if transposed else ''}")
        for name, t in times.items():
            speed = 2e-9 * m * n * k / t
            print(f"  {name:10} {t * 1e6:10.1f} us  {speed:7.1f} GFLOP/s  {times['numpy'] / t:5.2f} x numpy's speed")


if __name__ == "__main__":
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(variable, str(THREADS))
    main()
