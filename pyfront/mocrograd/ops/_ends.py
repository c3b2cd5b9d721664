"""The numbers at the ends of evenly spaced ones."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mocrograd import dtypes
from mocrograd.ops._arguments import number
from mocrograd.tensor import Tensor


def real_of(value: Any) -> Any:
    """Return the number that a tensor holds, or the real part of a complex one without another.

    Raises:
        RuntimeError: It has another part.
    """
    value = value.item() if isinstance(value, Tensor) and not value._shape else value
    if not isinstance(value, complex):
        return value
    if value.imag:
        raise RuntimeError("value cannot be converted to type double without overflow")
    return value.real


def ends_of(name: str, start: Any, end: Any, dtype: Any) -> tuple[complex, complex, Any]:
    """Return the first and the last value, and the dtype, that of complex numbers where one of them is complex.

    Raises:
        TypeError: One is no number.
        RuntimeError: One is complex, and the dtype is not; or one is a tensor with dimensions.
    """
    found: list[complex] = []
    for what, value in (("start", start), ("end", end)):
        if isinstance(value, Tensor) and value._shape:
            raise RuntimeError(
                f"{name} only supports 0-dimensional start and end tensors, but {what} has shape {list(value._shape)}"
            )
        plain = value.item() if isinstance(value, Tensor) and value.dtype.is_complex and not value._shape else value
        found.append(complex(plain) if dtypes.scalar_kind(plain) == 3 else number(name, what, plain))
    if complex in map(type, found):
        dtype = dtypes.default_of(3) if dtype is None else dtype
        if isinstance(dtype, dtypes.dtype) and not dtype.is_complex:
            raise RuntimeError(f"{name}(): inferred dtype complex64 can't be safely cast to passed dtype {dtype.name}")
    return found[0], found[1], dtype


def spaced(first: Any, last: Any, steps: int, dtype: dtypes.dtype) -> np.ndarray:
    """Return evenly spaced numbers, which a conversion may round down; between integers for an integer dtype."""
    first, last = (math.trunc(first), math.trunc(last)) if dtype.kind < 2 else (first, last)
    step, i = (last - first) / max(steps - 1, 1), np.arange(steps)
    return np.where(i < max(steps // 2, 1), first + step * i, last - step * (steps - 1 - i))
