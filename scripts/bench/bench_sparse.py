"""Time products of a sparse matrix with a dense one, and their gradients, against torch."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import contest
from contest import Case

SIZES = ((10_000, 10, 16), (10_000, 10, 64), (100_000, 10, 16), (100_000, 10, 64), (100_000, 10, 1))
"""Rows, entries of a row on average, columns of the dense matrix."""


def case(name: str, rows: int, share: int, columns: int) -> Case:
    """Return the case of a product, or of the gradient of both of its operands too, with compressed rows.

    With coordinates ("coo ...") it is the gradient of the dense operand alone: torch's of the other one is dense.
    """
    import numpy as np

    warnings.filterwarnings("ignore", "Sparse (invariant|CSR)")  # torch's
    random = np.random.default_rng(0)
    index = np.unique(random.integers(0, rows, (rows * share, 2)), axis=0)
    values = random.standard_normal(len(index)).astype(np.float32)
    dense = random.standard_normal((rows, columns)).astype(np.float32)
    bounds = np.searchsorted(index[:, 0], np.arange(rows + 1))

    def make(m: Any) -> Callable[[], Any] | None:
        if m is np:
            return None
        crow, col = contest.tensor(m, bounds), contest.tensor(m, np.ascontiguousarray(index[:, 1]))
        s = m.sparse_csr_tensor(crow, col, contest.tensor(m, values), (rows, rows))
        coo = name.startswith("coo")
        s = s.to_sparse_coo().coalesce() if coo else s
        d = contest.tensor(m, dense)
        if name.endswith("product"):
            return lambda: s @ d
        s, d = s.requires_grad_(not coo), d.requires_grad_()

        def step() -> Any:
            s.grad = d.grad = None
            m.sparse.mm(s, d).sum().backward()
            return d.grad

        return step

    weights = np.zeros((rows, 1)) if name.endswith("product") else np.bincount(index[:, 1], values, rows)[:, None]
    exact = np.add.reduceat(
        values[:, None] * dense[index[:, 1]].astype(np.float64), bounds[:-1].clip(max=len(index) - 1)
    )
    exact[bounds[1:] == bounds[:-1]] = 0
    wanted = exact if name.endswith("product") else np.broadcast_to(weights, (rows, columns))

    def fault(result: Any) -> str:
        off = np.abs(np.asarray(result) - wanted).max()
        return "" if off <= 1e-4 else f"is off by up to {off}"

    each = {"product": 1, "coo product": 1, "gradient": 3, "coo gradient": 2}[name]
    bytes_moved = each * (len(index) * 12 + 2 * rows * columns * 4)
    flops = each * 2 * len(index) * columns
    return Case(name, rows * columns, bytes_moved, flops, make, fault, f"{name} {rows}^2, {len(index)} x {columns}")


def cases(quick: bool) -> Iterator[Case]:
    """Yield products and gradients of all sizes."""
    for rows, share, columns in ((100, 3, 4),) if quick else SIZES:
        for name in ("product", "gradient", "coo product", "coo gradient"):
            yield case(name, rows, share, columns)


if __name__ == "__main__":
    contest.main("sparse", __doc__, cases)
