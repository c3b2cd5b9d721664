"""What tensors and dtypes are: promotion, limits, and questions with torch's names."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np

from mocrograd import backend, dtypes
from mocrograd.dtypes import get_default_dtype, set_default_dtype
from mocrograd.layout import contiguous_format, preserve_format
from mocrograd.ops.cast import to_dtype
from mocrograd.tensor import Tensor, method

__all__ = [
    "can_cast",
    "contiguous_format",
    "finfo",
    "get_default_dtype",
    "iinfo",
    "is_floating_point",
    "is_nonzero",
    "is_signed",
    "is_tensor",
    "numel",
    "preserve_format",
    "promote_types",
    "result_type",
    "set_default_dtype",
]

type_of = type  # `type` is a method below
_LEGACY = {"float32": "Float", "float64": "Double", "int64": "Long", "int32": "Int", "uint8": "Byte", "bool": "Bool"}


def _dtype(name: str, value: Any) -> dtypes.dtype:
    if not isinstance(value, dtypes.dtype):
        raise TypeError(f"{name}(): expected mocrograd.dtype, got {type_of(value).__name__}")
    return value


def promote_types(type1: dtypes.dtype, type2: dtypes.dtype) -> dtypes.dtype:
    """Return the smallest dtype that both can be converted to, in which tensors of them meet."""
    return dtypes.promote(_dtype("promote_types", type1), _dtype("promote_types", type2))


def result_type(tensor1: Any, tensor2: Any) -> dtypes.dtype:
    """Return the dtype of arithmetic on two operands, tensors or numbers: those with dimensions decide within a kind.

    Raises:
        TypeError: One is neither a tensor nor a number.
    """
    ranks: list[tuple[int, dtypes.dtype]] = []
    for x in (tensor1, tensor2):
        if isinstance(x, Tensor):
            ranks.append((2 if x._shape else 1, x.dtype))
            continue
        kind = dtypes.scalar_kind(x)
        if kind < 0:
            raise TypeError(f"result_type(): expected Tensor or Number, got {type_of(x).__name__}")
        ranks.append((0, (dtypes.bool_, dtypes.int64, get_default_dtype())[kind]))
    (rank_a, a), (rank_b, b) = ranks
    if rank_a == rank_b or a.kind != b.kind:
        if a.kind != b.kind:
            return a if a.kind > b.kind else b
        return dtypes.promote(a, b)
    return a if rank_a > rank_b else b


def can_cast(from_: dtypes.dtype, to: dtypes.dtype) -> bool:
    """Return whether a conversion stays within a kind or goes to a higher one: bool, integer, floating."""
    from_, to = _dtype("can_cast", from_), _dtype("can_cast", to)
    return from_.kind <= to.kind


class finfo:
    """The limits of a floating-point dtype.

    Attributes:
        dtype: Its name.
        bits: Its size.
        eps: The step from 1 to the next number.
        max: The largest number.
        min: The smallest one, which is negative.
        tiny: The smallest positive number of full precision, also `smallest_normal`.
        resolution: The approximate decimal resolution.
    """

    def __init__(self, type: dtypes.dtype | None = None) -> None:
        """Look a dtype up, the default one if none is given.

        Raises:
            TypeError: It is not a floating one.
        """
        kind = get_default_dtype() if type is None else _dtype("finfo", type)
        if not kind.is_floating_point:
            raise TypeError(
                f"mocrograd.finfo() requires a floating point input type, got {kind.name}. Use iinfo instead"
            )
        info = np.finfo(kind.numpy)
        self.dtype, self.bits = kind.name, int(info.bits)
        self.eps, self.resolution = float(info.eps), float(info.resolution)
        self.max, self.min = float(info.max), float(info.min)
        self.tiny = self.smallest_normal = float(info.tiny)

    def __repr__(self) -> str:
        """Return the limits as text."""
        return (
            f"finfo(resolution={self.resolution:g}, min={self.min:g}, max={self.max:g}, eps={self.eps:g}, "
            f"smallest_normal={self.smallest_normal:g}, tiny={self.tiny:g}, dtype={self.dtype})"
        )


class iinfo:
    """The limits of an integer dtype.

    Attributes:
        dtype: Its name.
        bits: Its size.
        max: The largest number.
        min: The smallest one.
    """

    def __init__(self, type: dtypes.dtype) -> None:
        """Look a dtype up.

        Raises:
            TypeError: It is not an integer one.
        """
        kind = _dtype("iinfo", type)
        if kind.kind != 1:
            raise TypeError(f"mocrograd.iinfo() requires an integer input type, got {kind.name}. Use finfo instead")
        self.dtype, self.bits = kind.name, 8 * kind.itemsize
        self.min, self.max = kind.limits

    def __repr__(self) -> str:
        """Return the limits as text."""
        return f"iinfo(min={self.min}, max={self.max}, dtype={self.dtype})"


def is_tensor(obj: object) -> bool:
    """Return whether an object is a tensor."""
    return isinstance(obj, Tensor)


def is_floating_point(input: Tensor) -> bool:
    """Return whether a tensor's dtype is a floating one."""
    return input.dtype.is_floating_point


@method
def is_signed(input: Tensor) -> bool:
    """Return whether a tensor's dtype has negative numbers."""
    return input.dtype.is_floating_point or input.dtype.limits[0] < 0


@method
def is_nonzero(input: Tensor) -> bool:
    """Return whether the one element is not zero.

    Raises:
        RuntimeError: There is not exactly one element.
    """
    return bool(input)


def numel(input: Tensor) -> int:
    """Return the number of elements."""
    return input._size


@method
def ndimension(input: Tensor) -> int:
    """Return the number of dimensions."""
    return len(input._shape)


@method
def storage_offset(input: Tensor) -> int:
    """Return how many elements lie in front of the first one in the memory that a NumPy array or an allocation began.

    Raises:
        NotImplementedError: The tensor is on a GPU.
    """
    if input.device is not backend.cpu:
        raise NotImplementedError(f"storage_offset is not implemented for device {input.device}")
    storage = input.storage
    if isinstance(storage, np.ndarray):
        start = int(storage.__array_interface__["data"][0])
    elif type_of(storage).__name__ == "PyCapsule":
        pointer = ctypes.pythonapi.PyCapsule_GetPointer
        pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
        start = pointer(storage, b"mocrograd.storage")
    else:
        return 0  # memory that a compiled step holds
    return (input.address - start) // input.dtype.itemsize


@method
def type(input: Tensor, dtype: Any = None, non_blocking: bool = False) -> Any:
    """Return the tensor in another dtype, or the name of its type, as "mocrograd.FloatTensor".

    Args:
        input: A tensor.
        dtype: A dtype, such a name, or a class of tensors of a dtype, as FloatTensor.
        non_blocking: Has no effect.

    Raises:
        ValueError: There is no type of that name.
    """
    if dtype is None:
        return f"mocrograd.{_LEGACY[input.dtype.name]}Tensor"
    if isinstance(dtype, type_of):
        dtype = getattr(dtype, "dtype", dtype)
    if isinstance(dtype, str):
        names = {
            f"{package}.{short}Tensor": name for package in ("mocrograd", "torch") for name, short in _LEGACY.items()
        }
        if dtype not in names:
            raise ValueError(f"invalid type: '{dtype}', expected one of {', '.join(names)}")
        dtype = dtypes._by_name(names[dtype])
    return to_dtype(input, _dtype("type", dtype))
