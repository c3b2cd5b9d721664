"""The names that torch's objects have in files."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mocrograd import dtypes


class Element(NamedTuple):
    """The type of the elements in a file.

    Attributes:
        name: torch's name of the dtype.
        file: NumPy's dtype of the bytes; those of bfloat16 are the upper halves of float32.
        dtype: What tensors of them become.
    """

    name: str
    file: np.dtype[np.generic]
    dtype: dtypes.dtype


ELEMENTS = {
    name: Element(name, np.dtype("uint16" if name == "bfloat16" else name), dtype)
    for name, dtype in [
        *[(dtype.name, dtype) for dtype in dtypes.ALL],
        ("float16", dtypes.float32),
        ("bfloat16", dtypes.float32),
        ("int8", dtypes.int32),
        ("int16", dtypes.int32),
        ("uint16", dtypes.int32),
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
}
"""torch's classes of memory, by which files tell the type of the elements."""
