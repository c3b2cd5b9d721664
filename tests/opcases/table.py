"""A row of the table of operations: an op, its reference, and how to check it.

A row's `call(m, *tensors)` runs with mocrograd as `m`, and with torch, because the names are the same; its `reference`
runs on NumPy arrays, floats as float64.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from mocrograd.backend import REDUCE_BLOCK

Shape = tuple[int, ...]
FLOATS = ("float32", "float64")
NUMBERS = (*FLOATS, "int64")
INTEGER = "int64"
INTEGERS = (INTEGER, "int32", "uint8")
ARITHMETIC = (*FLOATS, *INTEGERS)
ALL = (*ARITHMETIC, "bool")
LARGE = 3 * REDUCE_BLOCK + 5
"""Elements beyond which reductions work in several blocks."""


@dataclass(frozen=True)
class Row:
    """An operation and how to check it.

    Attributes:
        name: The test's id, unique.
        call: (module, *tensors) -> a tensor or a tuple of them.
        reference: (*arrays) -> an array or a tuple of them.
        cases: Tuples of shapes, one shape per input.
        dtypes: The dtypes of those inputs that have none of their own.
        ranges: (low, high) or (low, high, dtype) per input; the last one holds for the inputs that follow.
        away: The least magnitude of a value: keeps a distance from a kink at 0.
        result: The result's dtype: "same" as the inputs, "float" (float32 for integers), or a name.
        differentiable: Whether gradients are checked.
        smooth: Whether finite differences tell the gradient, which they do not through a narrower dtype.
        terms: How many numbers one result adds up, for a case; 1 for pointwise ops.
    """

    name: str
    call: Callable[..., Any]
    reference: Callable[..., Any]
    cases: tuple[tuple[Shape, ...], ...]
    dtypes: tuple[str, ...] = FLOATS
    ranges: tuple[tuple[Any, ...], ...] = ((-2.0, 2.0),)
    away: float = 0.0
    result: str = "same"
    differentiable: bool = True
    smooth: bool = True
    terms: Callable[..., int] = lambda *shapes: 1

    def arrays(self, case: tuple[Shape, ...], dtype: str) -> list[np.ndarray]:
        """Return the inputs of a case: always the same for the same row, case and dtype."""
        random = np.random.default_rng(zlib.crc32(f"{self.name} {case}".encode()))
        inputs = []
        for place, shape in enumerate(case):
            low, high, *own = self.ranges[min(place, len(self.ranges) - 1)]
            kind = own[0] if own else dtype
            if kind == "bool":
                values = random.integers(0, 2, shape) == 1
            elif kind in INTEGERS:  # negative ones wrap around in uint8
                values = random.integers(math.ceil(low), math.floor(high) + 1, shape)
            else:
                values = random.uniform(low, high, shape)
                values = np.where(np.abs(values) < self.away, np.copysign(self.away, values), values)
            inputs.append(np.array(values, dtype=kind))
        return inputs

    def expected(self, inputs: list[np.ndarray]) -> list[np.ndarray]:
        """Return what the reference makes of inputs, in float64 where they are floats."""
        wide = [a.astype(np.float64) if a.dtype.kind == "f" else a for a in inputs]
        return [np.asarray(a) for a in outputs(self.reference(*wide))]

    def result_dtypes(self, dtype: str, count: int) -> list[str]:
        """Return the dtypes of `count` results for inputs of a dtype."""
        if self.result == "same":
            return [dtype] * count
        if self.result == "float":
            return [dtype if dtype in FLOATS else "float32"] * count
        return (self.result.replace("same", dtype).split() * count)[:count]


def outputs(result: Any) -> list[Any]:
    """Return the results of a call as a list."""
    return list(result) if isinstance(result, (tuple, list)) else [result]


def size(case: tuple[Shape, ...]) -> int:
    """Return how many elements the inputs of a case have together."""
    return sum(math.prod(shape) for shape in case)


POINTWISE = ((), (1,), (7,), (31,), (33,), (127,), (129,), (1000,), (4097,), (3, 5), (2, 3, 4), (0,), (2, 0, 3))
PAIRS = (
    ((), ()), ((1,), (1,)), ((7,), (7,)), ((33,), (33,)), ((129,), (1,)), ((4097,), (4097,)), ((1000,), ()),
    ((), (31,)), ((3, 1), (1, 4)), ((3, 4), (4,)), ((4,), (3, 4)), ((3, 4), (3, 1)), ((2, 1, 5), (3, 1)),
    ((33, 65), (65,)), ((33, 65), (33, 1)), ((0,), (1,)), ((0, 3), (3,)), ((5, 0), (1, 1)),
)  # fmt: skip
"""Pairs of shapes that broadcast."""
WIDE = ((-5, 5),)
SOME = ((), (1,), (7,), (129,), (3, 5), (0,))
BLOCKS = ((1,), (7,), (31,), (33,), (129,), (4097,), (LARGE,))
MATRICES = ((1, 1), (3, 5), (31, 33), (129, 127), (5, LARGE // 3), (LARGE // 3, 5))
CUBES = ((2, 3, 4), (1, 5, 1), (7, 9, 11), (3, 1, 129))

ROWS: list[Row] = []


def row(
    name: str,
    call: Callable[..., Any],
    reference: Callable[..., Any],
    cases: Any,
    dtypes: tuple[str, ...] = FLOATS,
    **options: Any,
) -> None:
    """Add a row; a case of one input may be given as its shape."""
    full = tuple(case if case and isinstance(case[0], tuple) else (case,) for case in cases)
    ROWS.append(Row(name, call, reference, full, dtypes, **options))


def dims_size(dim: Any) -> Callable[[Shape], int]:
    """Return how many elements are reduced into one, for a shape."""
    dims = dim if isinstance(dim, tuple) else (dim,)
    return lambda shape: math.prod(shape if dim is None or not shape else [shape[d] for d in dims])


def moves(name: str, call: Callable[..., Any], cases: Any, reference: Callable[..., Any] | None = None,
          **options: Any) -> None:  # fmt: skip
    """Add a row of an op that only moves elements; without a reference NumPy's method of the same name is it."""
    row(name, lambda m, *x: call(m, *x), reference or (lambda *x: call(np, *x)), cases,
        **{"dtypes": ALL, "ranges": ((-9, 9),), **options})  # fmt: skip


# Where torch is no measure for values and derivatives at special points, and why.

VALUE, FIRST, SECOND = "value", "gradient", "second derivative"


class Elsewhere(NamedTuple):
    """Results that are not held against torch's.

    Attributes:
        kinds: Which of values, gradients and second derivatives.
        where: (*operands) -> a mask of a pointwise operation's elements.
        only_nan: Whether only where torch has nan.
        why: The reason.
        here_and_there: Whether torch's results depend on the processor, so that they may equal ours.
    """

    kinds: tuple[str, ...]
    where: Callable[..., Any]
    only_nan: bool
    why: str
    here_and_there: bool = False


ELSEWHERE: dict[str, list[Elsewhere]] = {}
"""By the names of rows."""


def anywhere(*operands: Any) -> bool:
    return True


def _extreme(x: Any) -> Any:
    """Return where numbers are denormal, near to that, or near the largest."""
    small, large = (1e-36, 1e38) if x.dtype == np.float32 else (1e-300, 1e300)
    return ((np.abs(x) < small) & (x != 0)) | ((np.abs(x) > large) & np.isfinite(x))


def extremes(*operands: Any) -> Any:
    return np.any([_extreme(x) for x in operands], axis=0)


def elsewhere(
    names: str,
    kinds: str,
    why: str,
    where: Callable[..., Any] = anywhere,
    only_nan: bool = False,
    here_and_there: bool = False,
) -> None:
    """Declare results of rows, whose names stand between commas, that are not held against torch's."""
    chosen = tuple([k for k in (VALUE, FIRST, SECOND) if k[0] in kinds])
    for name in names.split(", "):
        ELSEWHERE.setdefault(name, []).append(Elsewhere(chosen, where, only_nan, why, here_and_there))


NOT_IN_TORCH = {
    "cdist": "not implemented", "pdist": "not implemented", "multi_margin_loss": "not implemented",
    "segment_reduce": "not implemented", "embedding_bag": "not implemented", "index_reduce prod": "not with two zeros", "scatter_reduce prod": "not with two zeros",
}  # fmt: skip
"""Second derivatives that torch refuses: how the names of rows begin, and why."""
