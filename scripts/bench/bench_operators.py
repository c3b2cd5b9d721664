"""Time operators forward and backward on float32 against torch.

The largest size is 4096 x 1024. What this build of mocrograd does not have is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import contest
from contest import Case

SHAPES = ((8, 8), (64, 64), (512, 512), (4096, 1024))


class Operator(NamedTuple):
    """What is computed of the module and two matrices, an index of the same shape and one of rows; its cost.

    Attributes:
        needs: Names that mocrograd must have.
        operands: Float32 matrices that forward and backward read and write at least; an index counts twice.
        flops: Operations per element, forward and backward.
        run: Given the module, x, y, index, rows and a mask, computes the result.
    """

    needs: str
    operands: float
    flops: int
    run: Callable[[Any, Any, Any, Any, Any, Any], Any]


OPERATORS = {
    "sum": Operator("sum", 2, 1, lambda m, x, y, i, r, c: x.sum()),
    "mean of rows": Operator("mean", 2, 2, lambda m, x, y, i, r, c: x.mean(1)),
    "var of rows": Operator("var", 3, 6, lambda m, x, y, i, r, c: x.var(1)),
    "softmax": Operator("softmax", 5, 18, lambda m, x, y, i, r, c: m.softmax(x, 1)),
    "cumsum": Operator("cumsum", 4, 2, lambda m, x, y, i, r, c: m.cumsum(x, 1)),
    "sort": Operator("sort", 8, 0, lambda m, x, y, i, r, c: m.sort(x, 1)[0]),
    "gather": Operator("gather", 8, 1, lambda m, x, y, i, r, c: m.gather(x, 1, i)),
    "index_select": Operator("index_select", 4, 1, lambda m, x, y, i, r, c: m.index_select(x, 0, r)),
    "cat": Operator("cat", 4, 0, lambda m, x, y, i, r, c: m.cat((x, y), 1)),
    "copy of the transpose": Operator("transpose", 4, 0, lambda m, x, y, i, r, c: x.t().contiguous()),
    "where": Operator("where", 6.5, 0, lambda m, x, y, i, r, c: m.where(c, x, y)),
    "clamp": Operator("clamp", 5, 2, lambda m, x, y, i, r, c: m.clamp(x, -0.5, 0.5)),
}


def case(name: str, rows: int, columns: int) -> Case:
    """Return the case of one operator on one shape; what is checked is the gradient."""
    import mocrograd as mg
    import numpy as np

    operator = OPERATORS[name]
    rng = np.random.default_rng(0)
    # no two in a row are equal, so that there is one way to sort them
    a = rng.permuted(np.tile(np.linspace(-2, 2, columns, dtype=np.float32), (rows, 1)), axis=1)
    b = rng.standard_normal((rows, columns), np.float32)
    index = rng.integers(0, columns, (rows, columns))
    picked = rng.integers(0, rows, rows)

    def of_dtype(m: Any, dtype: str) -> Callable[[], Any]:
        x, y = (contest.tensor(m, array.astype(dtype)).requires_grad_() for array in (a, b))
        whole, some = contest.tensor(m, index), contest.tensor(m, picked)
        mask = contest.tensor(m, a > 0)

        def run() -> Any:
            y.grad = None
            return operator.run(m, x, y, whole, some, mask)

        shape = tuple(run().shape)
        upstream = contest.tensor(m, np.random.default_rng(1).standard_normal(shape, np.float32).astype(dtype))
        return contest.gradient_of(x, run, upstream)

    with mg.kernels("original"):
        expected = of_dtype(mg, "float64")().numpy()
    nbytes, flops = int(operator.operands * a.nbytes), operator.flops * a.size
    right = contest.close_to(expected, 1e-5)
    label = f"{name} {rows} x {columns}"
    return Case(name, a.size, nbytes, flops, lambda m: None if m is np else of_dtype(m, "float32"), right, label)


def cases(quick: bool) -> Iterator[Case]:
    """Yield the operators of all shapes."""
    for name, operator in OPERATORS.items():
        if contest.present(operator.needs):
            for rows, columns in SHAPES[:2] if quick else SHAPES:
                yield case(name, rows, columns)


if __name__ == "__main__":
    contest.main("operators", __doc__, cases)
