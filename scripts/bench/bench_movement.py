"""Time copies of float32 numbers in another order, against NumPy and torch.

A transposed matrix made contiguous, two matrices joined by columns, rows and columns selected by index, and rows added
at an index, which is the gradient of selecting them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import contest
from contest import Case

COLUMNS = 64


def of_size(rows: int) -> Iterator[Case]:
    """Yield the cases of matrices of so many rows."""
    import numpy as np

    rng = np.random.default_rng(0)
    a = rng.standard_normal((rows, COLUMNS), np.float32)
    index, few = rng.integers(0, rows, rows), rng.integers(0, COLUMNS, COLUMNS)
    exact = a.astype(np.float64)

    def transpose(m: Any) -> Callable[[], Any]:
        x = contest.tensor(m, a)
        return (lambda: np.ascontiguousarray(x.T)) if m is np else lambda: x.t().contiguous()

    def join(m: Any) -> Callable[[], Any]:
        x, y = contest.tensor(m, a), contest.tensor(m, a)
        return (lambda: np.concatenate((x, y), 1)) if m is np else lambda: m.cat((x, y), 1)

    def pick_rows(m: Any) -> Callable[[], Any]:
        x, i = contest.tensor(m, a), contest.tensor(m, index)
        return (lambda: x.take(i, 0)) if m is np else lambda: m.index_select(x, 0, i)

    def pick_columns(m: Any) -> Callable[[], Any]:
        x, i = contest.tensor(m, a), contest.tensor(m, few)
        return (lambda: x.take(i, 1)) if m is np else lambda: m.index_select(x, 1, i)

    def add_rows(m: Any) -> Callable[[], Any]:
        x, i = contest.tensor(m, a), contest.tensor(m, index)
        if m is np:
            return lambda: picked(x.shape, i)
        x.requires_grad_()
        return contest.gradient_of(x, lambda: m.index_select(x, 0, i), m.ones(rows, COLUMNS))

    def case(name: str, operands: int, make: Callable[[Any], Callable[[], Any]], expected: Any) -> Case:
        return Case(name, a.size, operands * a.nbytes, 0, make, contest.close_to(expected, 0))

    yield case("transpose", 2, transpose, exact.T)
    yield case("join columns", 4, join, np.concatenate((exact, exact), 1))
    yield case("pick rows", 2, pick_rows, exact[index])
    yield case("pick columns", 2, pick_columns, exact[:, few])
    # picking moves two matrices; its gradient clears one and adds another to it
    yield case("pick rows, and back", 5, add_rows, picked(a.shape, index))


def picked(shape: tuple[int, ...], index: Any) -> Any:
    """Return a matrix that tells of each element how often it was picked with its row: ones, added by the index."""
    import numpy as np

    total = np.zeros(shape, np.float32)
    np.add.at(total, index, np.ones((len(index), *shape[1:]), np.float32))
    return total


def cases(quick: bool) -> Iterator[Case]:
    """Yield the cases of all sizes."""
    for rows in (1, 64) if quick else (1, 64, 1 << 10, 1 << 14, 1 << 18):
        yield from of_size(rows)


if __name__ == "__main__":
    contest.main("movement", __doc__, cases)
