"""Element types, and promotion: the dtype of a result of two of them.

Names and promotion are torch's: a Python scalar takes the dtype of the tensor it meets unless it is of a higher
kind (bool < integer < floating), and then the default dtype of its kind.
"""

from __future__ import annotations

from typing import Any

import numpy as np


class dtype:
    """The type of a tensor's elements.

    Attributes:
        name: Its name in the kernel table, "float32".
        itemsize: Bytes per element.
        numpy: NumPy's dtype of the same layout.
        is_floating_point: Whether it is a floating type.
        limits: The least and the greatest value of an integer type, else (0, 0).
        computes: The type that sums and products are in: int64 for integers and bools.
        kernels: The name in the table of kernels that compute with the elements: "uint8" for bools, bytes of 0 and 1.
    """

    __slots__ = ("computes", "is_floating_point", "itemsize", "kernels", "kind", "limits", "name", "numpy")
    computes: dtype

    def __init__(self, name: str, kind: int) -> None:
        """Describe a type by its name and its kind: 0 bool, 1 integer, 2 floating."""
        self.name = name
        self.kind = kind
        self.kernels = name if kind else "uint8"
        self.numpy = np.dtype(name)
        self.itemsize = self.numpy.itemsize
        self.is_floating_point = kind == 2
        bounds = np.iinfo(self.numpy) if kind == 1 else None
        self.limits = (int(bounds.min), int(bounds.max)) if bounds else (0, 0)

    def __repr__(self) -> str:
        """Return "mocrograd.float32"."""
        return f"mocrograd.{self.name}"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by name, so that a type stays one object."""
        return (_by_name, (self.name,))


float32 = dtype("float32", 2)
float64 = dtype("float64", 2)
int64 = dtype("int64", 1)
int32 = dtype("int32", 1)
uint8 = dtype("uint8", 1)
bool_ = dtype("bool", 0)

ALL = (float32, float64, int64, int32, uint8, bool_)
for _dtype in ALL:
    _dtype.computes = _dtype if _dtype.is_floating_point else int64
_BY_NUMPY = {d.numpy: d for d in ALL}
_NAMES = ", ".join(d.name for d in ALL)
_DEFAULTS = [bool_, int64, float32]
"""What a Python number of each kind becomes."""
_SCALAR_KINDS: dict[type, int] = {bool: 0, int: 1, float: 2}


def _by_name(name: str) -> dtype:
    return next(d for d in ALL if d.name == name)


def from_numpy(numpy_dtype: np.dtype[Any]) -> dtype:
    """Return the dtype of a NumPy array's elements.

    Raises:
        TypeError: There is none.
    """
    found = _BY_NUMPY.get(numpy_dtype)
    if found is None:
        raise TypeError(f"can't convert np.ndarray of type {numpy_dtype}. The only supported types are: {_NAMES}.")
    return found


_WIDER = {"float16": float32, "int8": int32, "int16": int32, "uint16": int32, "uint32": int64, "uint64": int64}


def representable(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return an array whose elements tensors can have: itself, or a copy in the machine's byte order and a wider dtype.

    Raises:
        RuntimeError: An element of uint64 does not fit into int64.
    """
    if array.dtype in _BY_NUMPY:
        return array
    native = array.dtype.newbyteorder("=")
    wider = _WIDER.get(native.name)
    if wider is int64 and array.size and int(array.max()) > int64.limits[1]:
        raise RuntimeError(f"an element of {native.name} does not fit into int64: {int(array.max())}")
    return array.astype(native if wider is None else wider.numpy, copy=native != array.dtype or wider is not None)


def promote(a: dtype, b: dtype) -> dtype:
    """Return the dtype of a result of tensors of dtypes `a` and `b`."""
    if a is b:
        return a
    if a.kind != b.kind:
        return a if a.kind > b.kind else b
    return a if a.itemsize > b.itemsize else b


def number(value: Any, dtype: dtype) -> int | float:
    """Return a Python number as kernels of a type take it; a negative one wraps around in an unsigned type.

    Raises:
        RuntimeError: It does not fit.
    """
    if dtype.kind == 2:
        return float(value)
    if dtype.kind == 0:
        return int(bool(value))
    least, most = dtype.limits
    try:
        whole = int(value)
    except (ValueError, OverflowError):  # nan, inf
        whole = most + 1
    if not (least or -most) <= whole <= most:
        raise RuntimeError(f"value cannot be converted to type {dtype.name} without overflow: {value}")
    return wrap(whole, dtype)


def wrap(value: int, dtype: dtype) -> int:
    """Return an integer modulo the range of an integer type."""
    least, most = dtype.limits
    return (value - least) % (most - least + 1) + least


def wrapped(value: Any, dtype: dtype) -> int | float:
    """Return a Python number as kernels of a type take it; an integer wraps around in the range of an integer type.

    Raises:
        RuntimeError: It does not even fit int64.
    """
    return wrap(int(number(value, int64)), dtype) if dtype.kind == 1 else number(value, dtype)


def scalar_kind(value: object) -> int:
    """Return the kind of a Python or NumPy scalar: 0 bool, 1 integer, 2 floating, -1 for anything else."""
    kind = _SCALAR_KINDS.get(type(value))
    if kind is not None:
        return kind
    if isinstance(value, np.bool_):
        return 0
    if isinstance(value, (np.integer, int)):
        return 1
    return 2 if isinstance(value, (np.floating, float)) else -1


def promote_scalar(a: dtype, kind: int) -> dtype:
    """Return the dtype of a result of a tensor of dtype `a` and a scalar of a kind."""
    return a if a.kind >= kind else _DEFAULTS[kind]


def get_default_dtype() -> dtype:
    """Return the dtype of tensors made of Python's floats: float32 unless `set_default_dtype` changed it."""
    return _DEFAULTS[2]


def set_default_dtype(d: dtype) -> None:
    """Set the floating dtype of tensors that are made of Python's floats, or of nothing.

    Raises:
        TypeError: It is not a floating one.
    """
    if not isinstance(d, dtype) or not d.is_floating_point:
        raise TypeError(f"only floating-point types are supported as the default type, got {d}")
    _DEFAULTS[2] = d
