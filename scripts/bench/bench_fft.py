"""Time Fourier transforms of rows of float32 and complex64 against NumPy and torch."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import contest
from contest import Case

LENGTHS = (64, 256, 1024, 4096, 16384, 65536, 1000, 1009, 6000)
NUMBERS = 1 << 18
"""Numbers of a batch."""


def case(name: str, n: int, numbers: int) -> Case:
    """Return the case of a transform of a batch of rows."""
    import numpy as np

    rows = max(1, numbers // n)
    random = np.random.default_rng(0)
    a = random.standard_normal((rows, n), np.float32)
    if name == "fft":
        a = (a + 1j * random.standard_normal((rows, n), np.float32)).astype(np.complex64)

    def make(m: Any) -> Callable[[], Any]:
        return partial(getattr(m.fft, name), contest.tensor(m, a))

    exact = getattr(np.fft, name)(a.astype(np.complex128 if name == "fft" else np.float64))

    def fault(result: Any) -> str:
        off = np.abs(np.asarray(result) - exact).max()
        return "" if off <= 1e-6 * np.abs(exact).max() * math.log2(n) else f"is off by up to {off}"

    half = 1 if name == "fft" else 2
    flops = int(5 * rows * n * math.log2(n) / half)
    return Case(
        name, a.size, a.nbytes + rows * (n // half) * 8, flops, make, fault, f"{name} {rows} x {n}", 8 * rows * n * n
    )


def cases(quick: bool) -> Iterator[Case]:
    """Yield the transforms of all lengths."""
    for n in LENGTHS[:2] if quick else LENGTHS:
        for name in ("fft", "rfft"):
            yield case(name, n, NUMBERS >> 6 if quick else NUMBERS)


if __name__ == "__main__":
    contest.main("fft", __doc__, cases)
