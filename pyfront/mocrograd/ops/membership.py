"""Which elements are among others, and places in a shape."""

from __future__ import annotations

import math
from typing import Any

from mocrograd import dtypes
from mocrograd.ops.cast import common_dtype, on_one_device, to_dtype
from mocrograd.ops.compare import eq
from mocrograd.ops.creation import full
from mocrograd.ops.reduce import any
from mocrograd.ops.sorting import searchsorted, sort
from mocrograd.tensor import Tensor

__all__ = ["isin", "unravel_index"]

_FEW = 8
"""Up to so many elements are compared with each; more are sorted and searched."""


def isin(elements: Any, test_elements: Any, *, assume_unique: bool = False, invert: bool = False) -> Tensor:
    """Return whether each element is among others.

    Args:
        elements: A tensor or a number.
        test_elements: A tensor or a number; one of the two is a tensor.
        assume_unique: Whether no element stands twice among either; it has no effect.
        invert: Whether to return the opposite.

    Returns:
        Bools in the shape of `elements`.

    Raises:
        RuntimeError: The elements are bools.
    """
    for x in (elements, test_elements):
        if not isinstance(x, Tensor) and dtypes.scalar_kind(x) < 0:
            raise TypeError(f"isin(): an argument must be Tensor or Number, not {type(x).__name__}")
    if not isinstance(elements, Tensor) and not isinstance(test_elements, Tensor):
        raise TypeError(f"isin(): one argument must be Tensor, got {elements!r} and {test_elements!r}")
    for x in (elements, test_elements):
        if isinstance(x, Tensor) and x.dtype.kind == 0:
            raise RuntimeError(f"Unsupported input type encountered for isin(): {x.dtype.name}")
    dtype = common_dtype(elements, test_elements)
    device = (elements if isinstance(elements, Tensor) else test_elements).device
    a, b = [
        to_dtype(x.detach(), dtype) if isinstance(x, Tensor) else full((), x, dtype=dtype, device=device)
        for x in (elements, test_elements)
    ]
    a, b = on_one_device("isin", a, b.reshape(-1))
    if b._size <= _FEW:
        found = any(eq(a.unsqueeze(-1), b), -1)
    else:
        ordered = sort(b)[0]
        places = searchsorted(ordered, a.reshape(-1)).clamp(max=b._size - 1)
        found = eq(ordered.index_select(0, places).reshape(a._shape), a)
    return ~found if invert else found


def unravel_index(indices: Tensor, shape: Any) -> tuple[Tensor, ...]:
    """Return the coordinates of places that are counted row by row.

    Args:
        indices: Integers, any shape.
        shape: The shape that they are places of, a tuple or one integer.

    Returns:
        A tensor of the indices' shape per dimension, int64.

    Raises:
        TypeError: The indices are no integers, or a size is none.
        ValueError: A size is negative.
    """
    if not isinstance(indices, Tensor) or indices.dtype.kind != 1:
        what = indices.dtype if isinstance(indices, Tensor) else type(indices).__name__
        raise TypeError(f"unravel_index: expected 'indices' to be integer dtype, but got {what}")
    sizes = (shape,) if isinstance(shape, int) else shape
    if not isinstance(sizes, (tuple, list)):
        raise TypeError(
            f"unravel_index: expected 'shape' to be int or sequence of ints, but got {type(shape).__name__}"
        )
    for n in sizes:
        if isinstance(n, bool) or not isinstance(n, int):
            raise TypeError(
                f"unravel_index: expected 'shape' sequence to only contain ints, but got {type(n).__name__}"
            )
        if n < 0:
            raise ValueError(f"unravel_index: 'shape' cannot have negative values, but got {tuple(sizes)}")
    if math.prod(max(n, 1) for n in sizes) >= 1 << 63:
        raise ValueError(f"unravel_index: 'shape' {tuple(sizes)} has more places than int64 counts")
    places = to_dtype(indices, dtypes.int64)
    found: list[Tensor] = []
    step = 1
    for n in reversed(sizes):
        found.insert(0, (places // step) % n)
        step *= n
    return tuple(found)
