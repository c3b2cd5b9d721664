"""Square brackets: what stands for the index of one dimension."""

from __future__ import annotations

from typing import Any

import numpy as np

from mocrograd import backend, dtypes
from mocrograd.ops.cast import to_dtype
from mocrograd.ops.creation import tensor
from mocrograd.tensor import Tensor


def items_of(index: Any) -> tuple[Any, ...]:
    """Return the indices of the dimensions, as torch tells them from one index that is a sequence.

    A short sequence that is no tuple stands for several indices where one of its items could not be an integer.
    """
    if type(index) is int or type(index) is slice or isinstance(index, Tensor):
        return (index,)
    if isinstance(index, tuple):
        return index
    several = isinstance(index, (list, range)) and len(index) < _MANY and any(map(_is_no_number, index))
    return tuple(index) if several else (index,)


_SEQUENCES = (list, range, np.ndarray)
_MANY = 32
"""A sequence of so many items is one index."""


def _is_no_number(i: Any) -> bool:
    return i is None or i is Ellipsis or isinstance(i, (Tensor, slice, tuple, *_SEQUENCES))


def index_of_item(i: Any) -> Any:
    """Return what stands for one index: sequences and bools become tensors, int32 becomes int64, uint8 a mask."""
    if type(i) is int or type(i) is slice or i is None:
        return i
    if isinstance(i, (tuple, *_SEQUENCES)):
        if isinstance(i, np.ndarray) and i.dtype.kind in "iuf" and i.dtype != np.uint8:
            i = i.astype(np.int64)
        if isinstance(i, list) and any(isinstance(item, (str, bytes)) for item in i):
            raise TypeError(f"expected integers, bools, slices or tensors as indices, got a list with {i[0]!r}")
        i = tensor(i, device=backend.cpu)
        i = to_dtype(i, dtypes.int64) if i.dtype.is_floating_point else i
    elif i is True or i is False:
        return tensor(i, device=backend.cpu)
    if not isinstance(i, Tensor) or i.dtype.kind != 1:
        return i
    return to_dtype(i, dtypes.bool_ if i.dtype is dtypes.uint8 else dtypes.int64)


def range_of(i: slice, size: int) -> tuple[int, int, int]:
    """Return where a slice of a dimension starts, how many elements it has, and its step."""
    try:
        start, stop, step = i.indices(size)
    except TypeError:
        raise TypeError(f"slice indices must be integers or None, got {i}") from None
    except ValueError:
        raise ValueError("slice step must be positive") from None
    if step < 0:
        raise ValueError("step must be greater than zero")
    return start, len(range(start, stop, step)), step


def position_of(i: Any, size: int, d: int) -> int:
    """Return the position in dimension `d` that an index names, counted from the front."""
    if isinstance(i, Tensor) and i.dtype.is_floating_point:
        raise IndexError(f"tensors used as indices must be long, int, byte or bool tensors, got {i.dtype}")
    if isinstance(i, bool) or not hasattr(i, "__index__"):
        wrong = TypeError if isinstance(i, (str, bytes)) else IndexError
        raise wrong(
            "only integers, slices (`:`), ellipsis (`...`), None and long or bool tensors are valid indices "
            f"(got {type(i).__name__})"
        )
    value: int = i.__index__()
    if not -size <= value < size:
        if not -(1 << 63) <= value < 1 << 63:
            raise ValueError(f"index {value} does not fit into 64 bits")
        raise IndexError(f"index {value} is out of bounds for dimension {d} with size {size}")
    return value % size
