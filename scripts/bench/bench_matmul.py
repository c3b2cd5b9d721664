"""Time matrix products against NumPy and torch.

Squares, one operand or both transposed or strided, skinny ones, those of small networks, batches, and float64.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import contest
from contest import Case


def product(group: str, m: int, n: int, k: int, layout: str = "nn", batch: int = 1, dtype: str = "float32") -> Case:
    """Return the case of m x k times k x n.

    Args:
        group: The panel of the chart.
        m: Rows of the result.
        n: Columns of the result.
        k: The dimension that is summed.
        layout: How each operand lies: "n" rows contiguous, "t" columns contiguous, "s" every eighth element.
        batch: How many products.
        dtype: Of all operands.
    """
    import numpy as np

    rng = np.random.default_rng(0)
    a, b = operand(rng, batch, m, k, layout[0], dtype), operand(rng, batch, k, n, layout[1], dtype)

    def make(module: Any) -> Callable[[], Any]:
        x, y = (a, b) if module is np else (module.from_numpy(a), module.from_numpy(b))
        return lambda: x @ y

    def fault(result: Any) -> str:
        # some rows of the product: enough to find a fault, and cheap in float64
        rows = slice(0, None, max(1, m // 16))
        tolerance = (2e-7 if dtype == "float32" else 4e-16) * max(k, 8)
        expected = a[..., rows, :].astype(np.float64) @ b
        return contest.close_to(expected, tolerance)(np.asarray(result)[..., rows, :])

    nbytes = batch * (m * k + k * n + m * n) * a.itemsize
    label = f"{f'{batch} x ' if batch > 1 else ''}{m} x {n} x {k} {layout} {dtype}"
    return Case(f"{group} {layout}", batch * m * n, nbytes, 2 * batch * m * n * k, make, fault, label)


def operand(rng: Any, batch: int, rows: int, columns: int, layout: str, dtype: str) -> Any:
    """Return a NumPy array that lies in memory as the layout says."""
    import numpy as np

    shape = (batch,) if batch > 1 else ()
    if layout == "t":
        return np.swapaxes(rng.standard_normal((*shape, columns, rows)).astype(dtype), -1, -2)
    if layout == "s":
        return rng.standard_normal((*shape, rows, 8 * columns)).astype(dtype)[..., ::8]
    return rng.standard_normal((*shape, rows, columns)).astype(dtype)


def cases(quick: bool) -> Iterator[Case]:
    """Yield all products; of the quick ones, one of each kind."""
    sizes = (8, 16, 31, 32, 33, 64, 65, 96, 128, 256, 257, 512, 1024, 2048)
    for n in (16, 33) if quick else sizes:
        yield product("square", n, n, n)
    for n in (32,) if quick else (64, 256):
        for layout in ("nt", "tn", "tt", "sn", "ns"):
            yield product("square", n, n, n, layout)
    long = 64 if quick else 4096
    for m in (1, 4) if quick else (1, 2, 4, 8, 16):
        for layout in ("nn", "nt"):
            yield product("rows", m, long, long, layout)
    for layout in ("nn", "tn", "ns"):
        yield product("column", long, 1, long, layout)
    shapes = ((32, 64, 64), (32, 32, 64), (32, 10, 32), (100, 16, 2), (100, 16, 16), (100, 1, 16))
    for m, n, k in shapes[:2] if quick else shapes:
        yield product("network", m, n, k, "nt")
        yield product("network", m, k, n, "nn")
        yield product("network", n, k, m, "tn")
    for size, batch in ((16, 4),) if quick else ((16, 64), (64, 32), (128, 8)):
        yield product("batch", size, size, size, "nn", batch)
    for n in (16,) if quick else (64, 256, 1024):
        yield product("float64", n, n, n, "nn", 1, "float64")


if __name__ == "__main__":
    contest.main("matmul", __doc__, cases, "GFLOP/s")
