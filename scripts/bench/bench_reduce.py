"""Time sums and maxima of float32 over rows, columns and everything against NumPy and torch, two threads each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import timing
from timing import Case

SHAPES = ((8, 8), (32, 64), (256, 1024), (4096, 4096))


def case(modules: dict[str, Any], what: str, run: Callable[[Any], Any], rows: int, columns: int) -> Case:
    """Return the case of one reduction, which arrays and tensors have by the same name."""
    import numpy as np

    a = np.random.default_rng(0).standard_normal((rows, columns), np.float32)
    x = {m: m.from_numpy(a.copy()) for m in modules.values()}
    return Case(
        f"{what} {rows} x {columns}",
        a.nbytes,
        1e-5 * a.size**0.5,
        lambda m: run(x[m]),
        lambda: run(a),
        lambda: run(a.astype(np.float64)),
    )


def cases(modules: dict[str, Any]) -> Iterator[Case]:
    """Yield the reductions of all shapes."""
    for rows, columns in SHAPES:
        yield case(modules, "sum", lambda v: v.sum(), rows, columns)
        yield case(modules, "sum of rows", lambda v: v.sum(1), rows, columns)
        yield case(modules, "sum of columns", lambda v: v.sum(0), rows, columns)
        yield case(modules, "max", lambda v: v.max(), rows, columns)


if __name__ == "__main__":
    timing.main(__doc__, cases)
