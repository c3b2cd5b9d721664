"""Time sums and maxima of float32 over rows, columns and everything against NumPy and torch, two threads each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import timing
from timing import Case

SHAPES = ((8, 8), (32, 64), (256, 1024), (4096, 4096))


def cases(modules: dict[str, Any]) -> Iterator[Case]:
    """Yield the reductions of all shapes."""
    import numpy as np

    rng = np.random.default_rng(0)
    for rows, columns in SHAPES:
        a = rng.standard_normal((rows, columns), np.float32)
        x = {m: m.from_numpy(a.copy()) for m in modules.values()}

        def case(what: str, run: Callable[[Any], Any], a: Any = a, x: dict[Any, Any] = x) -> Case:
            return Case(
                f"{what} {a.shape[0]} x {a.shape[1]}",
                a.nbytes,
                1e-5 * a.size**0.5,
                lambda m: run(x[m]),
                lambda: run(a),
                lambda: run(a.astype(np.float64)),
            )

        yield case("sum", lambda v: v.sum())
        yield case("sum of rows", lambda v: v.sum(1))
        yield case("sum of columns", lambda v: v.sum(0))
        yield case("max", lambda v: v.max())


if __name__ == "__main__":
    timing.main(__doc__, cases)
