"""Time pointwise operations on float32 from 8 x 8 to 4096 x 4096 against NumPy and torch, two threads each."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import timing
from timing import Case

SHAPES = ((8, 8), (32, 64), (256, 1024), (4096, 4096))


def of_shape(modules: dict[str, Any], rows: int, columns: int) -> Iterator[Case]:
    """Yield relu, exp and sums of one shape; of a larger one also sums with views and a sum in place."""
    import numpy as np

    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, rows, columns), np.float32)
    x = {m: m.from_numpy(a.copy()) for m in modules.values()}
    y = {m: m.from_numpy(b.copy()) for m in modules.values()}
    flipped = {m: m.from_numpy(np.ascontiguousarray(b.T)).T for m in modules.values()}
    wide = np.float64
    size = f"{rows} x {columns}"
    case = partial(Case, tolerance=1e-6)
    yield case(
        f"relu {size}",
        2 * a.nbytes,
        run=lambda m: m.relu(x[m]),
        numpy=lambda: np.maximum(a, 0),
        expected=lambda: np.maximum(a.astype(wide), 0),
    )
    yield case(
        f"exp {size}",
        2 * a.nbytes,
        run=lambda m: m.exp(x[m]),
        numpy=lambda: np.exp(a),
        expected=lambda: np.exp(a.astype(wide)),
    )
    add = partial(case, numpy=lambda: a + b, expected=lambda: a.astype(wide) + b)
    yield add(f"add {size}", 3 * a.nbytes, run=lambda m: x[m] + y[m])
    if rows < 256:
        return
    yield add(f"add transposed {size}", 3 * a.nbytes, run=lambda m: x[m] + flipped[m])
    yield case(
        f"add a row {size}",
        2 * a.nbytes,
        run=lambda m: x[m] + y[m][0],
        numpy=lambda: a + b[0],
        expected=lambda: a.astype(wide) + b[0],
    )
    zeros = {m: m.zeros((rows, columns)) for m in modules.values()}
    none = np.zeros_like(a)
    yield case(
        f"add in place {size}",
        3 * a.nbytes,
        run=lambda m: zeros[m].add_(zeros[m]),
        numpy=lambda: np.add(none, none, out=none),
        expected=lambda: none,
    )


def cases(modules: dict[str, Any]) -> Iterator[Case]:
    """Yield the cases of all shapes."""
    for rows, columns in SHAPES:
        yield from of_shape(modules, rows, columns)


if __name__ == "__main__":
    timing.main(__doc__, cases)
