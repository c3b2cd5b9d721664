"""The names that torch's objects have in files."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from mocrograd import dtypes


class Element(NamedTuple):
    """The type of the elements in a file.

    Attributes:
        name: torch's name of the dtype.
        file: NumPy's dtype of the bytes: int16 for bfloat16; those of floats of 8 bits are the index of a value in
            `EIGHT_BITS`.
        dtype: What tensors of them become.
    """

    name: str
    file: np.dtype[np.generic]
    dtype: dtypes.dtype


def _values(fraction: int, bias: int, odd: dict[int, float]) -> np.ndarray[Any, Any]:
    """Return the values of the 256 patterns of a floating type of 8 bits.

    Args:
        fraction: The bits of the fraction.
        bias: What is taken off the exponent.
        odd: Values by pattern that do not follow from the bits.
    """
    patterns = np.arange(256)
    exponent, part = (patterns & 127) >> fraction, (patterns & ((1 << fraction) - 1)) / (1 << fraction)
    size = np.where(exponent > 0, 1 + part, 2 * part) * 2.0 ** (exponent - bias)
    values = np.where(patterns < 128, size, -size)
    for pattern, value in odd.items():
        values[pattern] = value
    return values.astype(np.float32)


def _ieee(sign: int) -> dict[int, float]:
    return {sign + 124: math.copysign(math.inf, -sign), **{sign + pattern: math.nan for pattern in (125, 126, 127)}}


EIGHT_BITS = {
    "float8_e4m3fn": _values(3, 7, {0x7F: math.nan, 0xFF: math.nan}),
    "float8_e4m3fnuz": _values(3, 8, {0x80: math.nan}),
    "float8_e5m2": _values(2, 15, _ieee(0) | _ieee(128)),
    "float8_e5m2fnuz": _values(2, 16, {0x80: math.nan}),
    "float8_e8m0fnu": np.append(2.0 ** (np.arange(255) - 127), math.nan).astype(np.float32),
}
"""The values of all bytes, by the name of the dtype."""
_FILES = {"bfloat16": "int16", **dict.fromkeys(EIGHT_BITS, "uint8")}


def warn_of_wider(elements: Iterable[Element], stacklevel: int) -> bool:
    """Warn, once for all, of elements that tensors do not have, so that they have become wider.

    Args:
        elements: The types of elements in a file.
        stacklevel: How far up the caller is that the warning is for.

    Returns:
        Whether there are such elements.
    """
    wider = sorted(f"{found.name} is {found.dtype.name}" for found in elements if found.name != found.dtype.name)
    if wider:
        text = f"mocrograd has no such tensors yet as a file holds, so they were converted: {', '.join(wider)} now"
        warnings.warn(text, stacklevel=stacklevel + 1)
    return bool(wider)


ELEMENTS = {
    name: Element(name, np.dtype(_FILES.get(name, name)), dtype)
    for name, dtype in [
        *[(dtype.name, dtype) for dtype in (*dtypes.ALL, *dtypes.COMPLEX)],
        ("uint16", dtypes.int32),
        ("uint32", dtypes.int64),
        ("uint64", dtypes.int64),
        *[(name, dtypes.float32) for name in EIGHT_BITS],
    ]
}
"""By the dtype's name."""

STORAGES = {
    "FloatStorage": "float32",
    "DoubleStorage": "float64",
    "LongStorage": "int64",
    "IntStorage": "int32",
    "ByteStorage": "uint8",
    "BoolStorage": "bool",
    "HalfStorage": "float16",
    "BFloat16Storage": "bfloat16",
    "CharStorage": "int8",
    "ShortStorage": "int16",
    "ComplexFloatStorage": "complex64",
    "ComplexDoubleStorage": "complex128",
}
"""torch's classes of memory, by which files tell the type of the elements."""
