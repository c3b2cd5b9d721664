"""How values of several processes become one: torch's names, and MPI's operations for them."""

from __future__ import annotations

from enum import Enum
from typing import Any

import numpy as np

from mocrograd import dtypes
from mocrograd.distributed import mpi


class ReduceOp(Enum):
    """How values of several processes become one.

    Example:
        >>> x = mg.tensor([dist.get_rank() + 1.0])
        >>> dist.all_reduce(x, op=dist.ReduceOp.MAX)
        >>> x
        tensor([2.])
    """

    SUM = 0
    AVG = 1
    PRODUCT = 2
    MIN = 3
    MAX = 4
    BAND = 5
    BOR = 6
    BXOR = 7
    PREMUL_SUM = 8


reduce_op = ReduceOp

_OF_BOOLS = {
    ReduceOp.SUM: "LOR", ReduceOp.MAX: "LOR", ReduceOp.BOR: "LOR",
    ReduceOp.PRODUCT: "LAND", ReduceOp.MIN: "LAND", ReduceOp.BAND: "LAND", ReduceOp.BXOR: "LXOR",
}  # fmt: skip
_OF_NUMBERS = {
    ReduceOp.SUM: "SUM", ReduceOp.AVG: "SUM", ReduceOp.PRODUCT: "PROD", ReduceOp.MIN: "MIN", ReduceOp.MAX: "MAX",
    ReduceOp.BAND: "BAND", ReduceOp.BOR: "BOR", ReduceOp.BXOR: "BXOR",
}  # fmt: skip
_extremes: dict[tuple[ReduceOp, str], Any] = {}


def operation(op: ReduceOp, dtype: dtypes.dtype) -> Any:
    """Return MPI's operation for elements of a type.

    Args:
        op: torch's name.
        dtype: The type of the elements.

    Raises:
        TypeError: `op` is no ReduceOp.
        RuntimeError: There is no such operation on this type.
    """
    if not isinstance(op, ReduceOp):
        raise TypeError(f"expected a ReduceOp, got {op!r}")
    floating = dtype.is_floating_point
    if floating and op in (ReduceOp.MIN, ReduceOp.MAX):
        return _extreme(op, dtype)
    names = _OF_BOOLS if dtype is dtypes.bool_ else _OF_NUMBERS
    bitwise = op in (ReduceOp.BAND, ReduceOp.BOR, ReduceOp.BXOR)
    if op not in names or (bitwise and floating) or (op is ReduceOp.AVG and not floating):
        raise RuntimeError(f"Cannot use ReduceOp.{op.name} with elements of {dtype.name}")
    return getattr(mpi.load(), names[op])


def _extreme(op: ReduceOp, dtype: dtypes.dtype) -> Any:
    """Return an operation that keeps NaN: MPI's own depends on the order in which processes come."""
    key = op, dtype.name
    if key not in _extremes:
        better = np.minimum if op is ReduceOp.MIN else np.maximum

        def combine(given: Any, kept: Any, datatype: Any) -> None:
            result = np.frombuffer(kept, dtype.numpy)
            better(np.frombuffer(given, dtype.numpy), result, out=result)

        _extremes[key] = mpi.load().Op.Create(combine, commute=True)
    return _extremes[key]
