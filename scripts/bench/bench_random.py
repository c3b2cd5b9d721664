"""Time drawing uniform and normal float32 numbers into existing memory, against NumPy and torch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import contest
from contest import Case


def moments(mean: float, deviation: float) -> Callable[[Any], str]:
    """Return a check of mean and standard deviation, six standard errors wide."""
    import numpy as np

    def fault(result: Any) -> str:
        got = np.asarray(result, dtype=np.float64)
        width = 6 * deviation / got.size**0.5
        right = abs(got.mean() - mean) < width and abs(got.std() - deviation) < width
        return "" if right else f"has mean {got.mean()} and deviation {got.std()}, not {mean} and {deviation}"

    return fault


def of_size(size: int) -> Iterator[Case]:
    """Yield both draws of one size."""
    import numpy as np

    def uniform(m: Any) -> Callable[[], Any]:
        out = m.empty(size, dtype=m.float32)
        return partial(np.random.default_rng(0).random, out=out, dtype=np.float32) if m is np else out.uniform_

    def normal(m: Any) -> Callable[[], Any]:
        out = m.empty(size, dtype=m.float32)
        return partial(np.random.default_rng(0).standard_normal, out=out, dtype=np.float32) if m is np else out.normal_

    yield Case("uniform", size, 4 * size, 0, uniform, moments(0.5, 12**-0.5))
    yield Case("normal", size, 4 * size, 0, normal, moments(0.0, 1.0))


def cases(quick: bool) -> Iterator[Case]:
    """Yield the draws of all sizes."""
    for size in (64, 4096) if quick else (64, 1 << 12, 1 << 16, 1 << 20, 1 << 24):
        yield from of_size(size)


if __name__ == "__main__":
    contest.main("random", __doc__, cases)
