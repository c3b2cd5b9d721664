"""Element types, and promotion: the dtype of a result of two of them.

Names and promotion are torch's: a Python scalar takes the dtype of the tensor it meets unless it is of a higher
kind (bool < integer < floating), and then the default dtype of its kind.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from mocrograd.shown import shown

_LETTERS = {"float": "f", "bfloat": "bf", "complex": "c", "int": "i", "uint": "u", "bool": "b"}


class dtype:
    """The type of a tensor's elements.

    Tensors have the types in `ALL`. Others are names alone, for promotion and limits: what needs memory or kernels of
    one raises TypeError.

    Attributes:
        name: Its name in the kernel table, "float32".
        itemsize: Bytes per element.
        width: Bytes per element in memory: `itemsize`, for types that tensors have.
        numpy: NumPy's dtype of the same layout, for types that tensors have; float32 for bfloat16, which NumPy lacks.
        kind: The rank in promotion: 0 bool, 1 integer, 2 floating, 3 complex.
        is_floating_point: Whether it is a floating type.
        is_complex: Whether it is a complex type.
        limits: The least and the greatest value of an integer type, else (0, 0).
        computes: The type that sums and products are in: int64 for integers and bools.
        kernels: The name in the table of kernels that compute with the elements: "uint8" for bools, bytes of 0 and 1.
        wide: The type that a narrow one is computed in, which has all its values: float32 or int32; None for others.

    Example:
        >>> import mocrograd as mg
        >>> mg.float32.itemsize, mg.float32.is_floating_point, mg.ones(2, dtype=mg.int8).dtype
        (4, True, mocrograd.int8)
    """

    __slots__ = (
        "computes", "is_complex", "is_floating_point", "itemsize", "kernels", "kind", "limits", "name", "numpy",
        "signed", "wide", "width",
    )  # fmt: skip
    computes: dtype
    kernels: str
    numpy: np.dtype[Any]
    wide: dtype | None
    width: int

    def __init__(self, name: str, kind: int, itemsize: int, signed: bool | None = True) -> None:
        """Describe a type.

        Args:
            name: Its name.
            kind: The rank in promotion.
            itemsize: Bytes per element.
            signed: Whether there are negative values; None where torch does not say.
        """
        self.name, self.kind, self.itemsize, self.signed = name, kind, itemsize, signed
        self.is_floating_point, self.is_complex = kind == 2, kind == 3
        most = 1 << 8 * itemsize - bool(signed)
        self.limits = (-most if signed else 0, most - 1) if kind == 1 and signed is not None else (0, 0)
        NAMED[name] = self

    @property
    def is_signed(self) -> bool:
        """Whether there are negative values.

        Raises:
            RuntimeError: It is a quantized type, or one of bits.
        """
        if self.signed is None:
            raise RuntimeError(f"is_signed is not defined for {self.name}")
        return self.signed

    @property
    def abbr(self) -> str:
        """Its name in few letters, "f32"."""
        found = re.fullmatch("([a-z]+)([0-9]*)(.*)", self.name)
        assert found is not None
        kind, bits, rest = found.groups()
        if kind == "bits":
            return f"b{bits}{rest or 'x1'}"
        narrow = kind in ("int", "uint") and int(bits) < 8
        return self.name if narrow or kind not in _LETTERS else f"{_LETTERS[kind]}{bits or 8}{rest.replace('_', '')}"

    def to_real(self) -> dtype:
        """Return the type of a complex one's parts; itself, where it is not complex."""
        return NAMED[_PARTS[self.name]] if self.is_complex else self

    def to_complex(self) -> dtype:
        """Return the complex type whose parts are of this one.

        Raises:
            RuntimeError: There is none.
        """
        if self.is_complex:
            return self
        if self.name not in _WITH_PARTS:
            raise RuntimeError(f"there is no complex dtype for {self.name}")
        return NAMED[_WITH_PARTS[self.name]]

    def __getattr__(self, name: str) -> Any:
        """Say which types tensors have, where somebody asks another one for memory or kernels."""
        if name in dtype.__slots__:
            raise TypeError(f"mocrograd has no tensors of {self.name} yet; there are {_NAMES}")
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __repr__(self) -> str:
        """Return "mocrograd.float32"."""
        return shown(self.name)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by name, so that a type stays one object."""
        return (_by_name, (self.name,))


NAMED: dict[str, dtype] = {}
"""All types by their names."""
_PARTS = {"complex32": "float16", "complex64": "float32", "complex128": "float64"}
_WITH_PARTS = {"bfloat16": "complex64"} | {part: name for name, part in _PARTS.items()}

float32 = dtype("float32", 2, 4)
float64 = dtype("float64", 2, 8)
int64 = dtype("int64", 1, 8)
int32 = dtype("int32", 1, 4)
uint8 = dtype("uint8", 1, 1, False)
bool_ = dtype("bool", 0, 1, False)
float16, bfloat16 = dtype("float16", 2, 2), dtype("bfloat16", 2, 2)
int16, int8 = dtype("int16", 1, 2), dtype("int8", 1, 1)

complex64, complex128 = dtype("complex64", 3, 8), dtype("complex128", 3, 16)

ALL = (float32, float64, int64, int32, uint8, bool_, float16, bfloat16, int16, int8)
"""The real types that tensors have."""
COMPLEX = (complex64, complex128)
"""The complex ones."""
for _dtype in (*ALL, *COMPLEX):
    _dtype.computes = _dtype if _dtype.kind >= 2 else int64
    _dtype.kernels = _dtype.name if _dtype.kind else "uint8"
    _dtype.numpy = np.dtype("float32" if _dtype is bfloat16 else _dtype.name)
    _dtype.wide, _dtype.width = None, _dtype.itemsize
float16.wide = bfloat16.wide = float32
int16.wide = int8.wide = int32

uint16, uint32, uint64 = (dtype(f"uint{8 * size}", 1, size, False) for size in (2, 4, 8))
complex32 = dtype("complex32", 3, 4)
float8_e4m3fn, float8_e4m3fnuz = dtype("float8_e4m3fn", 2, 1), dtype("float8_e4m3fnuz", 2, 1)
float8_e5m2, float8_e5m2fnuz = dtype("float8_e5m2", 2, 1), dtype("float8_e5m2fnuz", 2, 1)
float8_e8m0fnu = dtype("float8_e8m0fnu", 2, 1, False)
float4_e2m1fn_x2 = dtype("float4_e2m1fn_x2", 2, 1)
qint8, qint32 = dtype("qint8", 1, 1, None), dtype("qint32", 1, 4, None)
quint8, quint4x2, quint2x4 = (dtype(name, 1, 1, None) for name in ("quint8", "quint4x2", "quint2x4"))
bits1x8, bits2x4, bits4x2 = (dtype(name, 1, 1, None) for name in ("bits1x8", "bits2x4", "bits4x2"))
bits8, bits16 = dtype("bits8", 1, 1, None), dtype("bits16", 1, 2, None)
int1, int2, int3, int4, int5, int6, int7 = (dtype(f"int{bits}", 1, 1) for bits in range(1, 8))
uint1, uint2, uint3, uint4, uint5, uint6, uint7 = (dtype(f"uint{bits}", 1, 1, False) for bits in range(1, 8))
bit = uint1

for _dtype in (qint8, qint32, quint8, quint4x2, quint2x4):
    _dtype.limits = {qint8: int8, qint32: int32}.get(_dtype, uint8).limits
for _dtype in (int1, int2, int3, int4, int5, int6, int7, uint1, uint2, uint3, uint4, uint5, uint6, uint7):
    _dtype.limits = (0, 0)  # torch says none

INTEGERS = (int64, int32, int16, int8, uint8, uint16, uint32, uint64)
_PROMOTED = (*ALL, complex32, *COMPLEX)
"""The types that have a common type with each other."""
_BARE = (uint16, uint32, uint64, uint1, uint2, uint3, uint4, uint5, uint6, uint7)
"""Those that have one with floating types alone."""
_BY_NUMPY = {d.numpy: d for d in (*ALL, *COMPLEX) if d is not bfloat16}
_NAMES = ", ".join(d.name for d in (*ALL, *COMPLEX))
_DEFAULTS = [bool_, int64, float32, complex64]
"""What a Python number of each kind becomes."""
_SCALAR_KINDS: dict[type, int] = {bool: 0, int: 1, float: 2, complex: 3}


def _by_name(name: str) -> dtype:
    return NAMED[name]


class KernelNames(dict[dtype, str]):
    """The names of an operation's kernels by dtype.

    Those of complex dtypes are made when they are asked for: direct calls, which compute real numbers, find none.
    """

    def __init__(self, pattern: str, least: int = 0) -> None:
        """Write the names.

        Args:
            pattern: A name with "{}" for the dtype's.
            least: The kind from which on there are kernels.
        """
        super().__init__({d: pattern.format(d.name) for d in ALL if d.kind >= least})
        self._pattern = pattern

    def __missing__(self, dtype: dtype) -> str:
        """Return the name of a kernel that there may be."""
        return self._pattern.format(dtype.name)


def from_numpy(numpy_dtype: np.dtype[Any]) -> dtype:
    """Return the dtype of a NumPy array's elements.

    Raises:
        TypeError: There is none.
    """
    found = _BY_NUMPY.get(numpy_dtype) or (bfloat16 if numpy_dtype.name == "bfloat16" else None)
    if found is None:
        raise TypeError(f"can't convert np.ndarray of type {numpy_dtype}. The only supported types are: {_NAMES}.")
    return found


_WIDER = {"uint16": int32, "uint32": int64, "uint64": int64}


def representable(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return an array whose elements tensors can have: itself, or a copy in the machine's byte order and a wider dtype.

    Raises:
        RuntimeError: An element of uint64 does not fit into int64.
    """
    if array.dtype in _BY_NUMPY or array.dtype.name == "bfloat16":
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
        low, high = (a, b) if a.kind < b.kind else (b, a)
        return complex128 if high is complex64 and low is float64 else high
    if a.itemsize == b.itemsize:  # uint8 and int8, float16 and bfloat16
        return int16 if a.kind == 1 else float32
    return a if a.itemsize > b.itemsize else b


def promote_any(a: dtype, b: dtype) -> dtype:
    """Return the dtype that values of any two can be converted to, also of those that no tensor has.

    Raises:
        RuntimeError: There is none.
    """
    if a is b:
        return a
    low, high = sorted((a, b), key=lambda d: d.kind)
    if low in _BARE and high.is_floating_point and (high in _PROMOTED or high is float4_e2m1fn_x2):
        return high
    if low not in _PROMOTED or high not in _PROMOTED:
        raise RuntimeError(f"Promotion of {a.name} and {b.name} is not supported")
    if low.kind == 2 and high.is_complex:
        return promote_any(low, high.to_real()).to_complex()
    return promote(a, b)


def combine(high: dtype, low: dtype) -> dtype:
    """Return the dtype of a result of a tensor of dtype `high` and one of `low` that decides only by its kind.

    Args:
        high: The dtype of the tensor with dimensions.
        low: That of one without, or of a number.
    """
    if low.kind <= high.kind:
        return high
    return promote(high, low.to_real()).to_complex() if low.is_complex and high.is_floating_point else low


def number(value: Any, dtype: dtype) -> Any:
    """Return a Python number as kernels of a type take it; a negative integer wraps around in an unsigned type.

    Raises:
        RuntimeError: It does not fit.
    """
    if isinstance(value, (complex, np.complexfloating)):
        if dtype.kind == 3:
            return complex(value)
        if value.imag != 0:
            raise RuntimeError(f"value cannot be converted to type {dtype.name} without overflow: {value}")
        value = value.real
    if dtype.kind == 3:
        return float(value)
    if dtype.kind == 2:
        return float(value)
    if dtype.kind == 0:
        return int(bool(value))
    least, most = dtype.limits
    low = least if isinstance(value, (float, np.floating)) else least or -most
    if not low <= value <= most:  # nor is nan
        raise RuntimeError(f"value cannot be converted to type {dtype.name} without overflow: {value}")
    return wrap(int(value), dtype)


def wrap(value: int, dtype: dtype) -> int:
    """Return an integer modulo the range of an integer type."""
    least, most = dtype.limits
    return (value - least) % (most - least + 1) + least


def wrapped(value: Any, dtype: dtype) -> Any:
    """Return a Python number as kernels of a type take it; an integer wraps around in the range of an integer type.

    Raises:
        RuntimeError: It does not even fit int64.
    """
    return wrap(int(number(value, int64)), dtype) if dtype.kind == 1 else number(value, dtype)


def scalar_kind(value: object) -> int:
    """Return the kind of a Python or NumPy scalar: 0 bool, 1 integer, 2 floating, 3 complex, -1 for anything else."""
    kind = _SCALAR_KINDS.get(type(value))
    if kind is not None:
        return kind
    if isinstance(value, np.bool_):
        return 0
    if isinstance(value, (np.integer, int)):
        return 1
    if isinstance(value, (np.floating, float)):
        return 2
    return 3 if isinstance(value, (np.complexfloating, complex)) else -1


def promote_scalar(a: dtype, kind: int) -> dtype:
    """Return the dtype of a result of a tensor of dtype `a` and a scalar of a kind."""
    return combine(a, _DEFAULTS[kind])


def default_of(kind: int) -> dtype:
    """Return the dtype of a tensor that is made of a Python number of a kind."""
    return _DEFAULTS[kind]


def get_default_dtype() -> dtype:
    """Return the dtype of tensors made of Python's floats: float32 unless `set_default_dtype` changed it.

    Example:
        >>> import mocrograd as mg
        >>> mg.get_default_dtype()
        mocrograd.float32
    """
    return _DEFAULTS[2]


def set_default_dtype(d: dtype) -> None:
    """Set the floating dtype of tensors that are made of Python's floats, or of nothing.

    Raises:
        TypeError: It is not a floating one, or one of 8 bits or less.

    Example:
        >>> import mocrograd as mg
        >>> mg.set_default_dtype(mg.float64)
        >>> mg.tensor(1.5).dtype
        mocrograd.float64
        >>> mg.set_default_dtype(mg.float32)
    """
    if not isinstance(d, dtype) or not d.is_floating_point:
        raise TypeError(f"only floating-point types are supported as the default type, got {d}")
    assert d.width
    _DEFAULTS[2:] = [d, complex128 if d is float64 else complex64]
