"""Time sums and maxima of float32 over rows, columns and everything against NumPy and torch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import contest
from contest import Case

SHAPES = ((8, 8), (32, 64), (256, 1024), (4096, 4096))
REDUCTIONS: dict[str, Callable[[Any], Any]] = {  # arrays and tensors have them by the same names
    "sum": lambda v: v.sum(),
    "sum of rows": lambda v: v.sum(1),
    "sum of columns": lambda v: v.sum(0),
    "max": lambda v: v.max(),
}


def cases(quick: bool) -> Iterator[Case]:
    """Yield the reductions of all shapes."""
    import numpy as np

    for rows, columns in SHAPES[:2] if quick else SHAPES:
        a = np.random.default_rng(0).standard_normal((rows, columns), np.float32)
        for name, reduce in REDUCTIONS.items():

            def make(m: Any, array: Any = a, reduce: Callable[[Any], Any] = reduce) -> Callable[[], Any]:
                return partial(reduce, contest.tensor(m, array))

            right = contest.close_to(reduce(a.astype(np.float64)), 1e-5 * a.size**0.5)
            yield Case(name, a.size, a.nbytes, a.size, make, right, f"{name} {rows} x {columns}")


if __name__ == "__main__":
    contest.main("reduce", __doc__, cases)
