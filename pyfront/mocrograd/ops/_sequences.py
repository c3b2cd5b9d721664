"""Nested sequences of numbers as arrays, of the dtypes that torch gives them."""

from __future__ import annotations

from array import array as array_type
from typing import Any

import numpy as np

from mocrograd import dtypes
from mocrograd.tensor import Tensor


def from_sequence(data: Any, dtype: dtypes.dtype | None) -> np.ndarray[Any, Any]:
    """Return nested sequences as an array of the dtype that torch gives them."""
    wide = dtype.computes if dtype and dtype.kind else dtype
    if isinstance(data, (array_type, bytearray, memoryview)):  # Python's numbers, whatever memory they have
        data = data.tolist() if hasattr(data, "tolist") else list(data)
    plain = _plain(data)
    unsigned = dtype is not None and dtype.kind == 1 and not dtype.limits[0]
    try:
        if unsigned and np.array(plain).dtype.kind == "f":
            _check_no_negative_floats(plain, dtype)
        array = np.array(plain, dtype=None if wide is None else wide.numpy)
    except ValueError as error:
        if "inhomogeneous" in str(error):
            raise ValueError("tensor(): expected sequences of equal length at each depth") from None
        if "cannot convert float" in str(error):  # nan
            raise RuntimeError(f"tensor(): {error}") from None
        raise TypeError(f"tensor(): could not convert {type(data).__name__} to a tensor: {error}") from None
    except OverflowError as error:
        raise RuntimeError(f"tensor(): {error}") from None
    if dtype is not None:
        return _narrowed(array, dtype)
    if array.dtype.kind in "Ou" and array.dtype.itemsize == 8:
        array = _of_large_integers(plain, array)
    if array.dtype.kind == "f":
        return array.astype(np.float64 if _holds_doubles(data) else dtypes.get_default_dtype().numpy)
    if array.size == 0:
        return array.astype(dtypes.get_default_dtype().numpy)
    if array.dtype.kind == "c":
        return array.astype(np.complex128 if _holds_doubles(data) else dtypes.default_of(3).numpy)
    if array.dtype.kind not in "biu":
        wrong = ValueError if array.dtype.kind in "US" and not isinstance(data, (str, bytes)) else TypeError
        raise wrong(f"tensor(): expected numbers in nested sequences, got {type(data).__name__} of {array.dtype}")
    return dtypes.representable(array)


def _check_no_negative_floats(data: Any, dtype: Any) -> None:
    """Check that no negative number of a floating type shall become unsigned, where negative integers wrap around.

    Raises:
        RuntimeError: One shall.
    """
    if isinstance(data, (list, tuple)):
        for item in data:
            _check_no_negative_floats(item, dtype)
    elif isinstance(data, (float, np.floating)) and data < 0:
        raise RuntimeError(f"value cannot be converted to type {dtype.name} without overflow: {data}")


def _of_large_integers(data: Any, array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return an array of numbers that NumPy found no signed integers for: as floats where some of them are.

    Raises:
        ValueError: They are integers of more than 64 bits.
        RuntimeError: They are no numbers.
    """
    items = np.array(data, dtype=object).reshape(-1).tolist()
    if any(isinstance(item, np.uint64) for item in items):
        return array
    odd = next((item for item in items if not isinstance(item, (int, float, np.number, np.bool_))), None)
    if odd is not None or not items or None in items:
        raise RuntimeError(f"tensor(): Could not infer dtype of {type(odd).__name__}")
    if not any(isinstance(item, (float, np.floating)) for item in items):
        raise ValueError("tensor(): an integer does not fit into 64 bits")
    return np.array(data, dtype=np.float64)


def _holds_doubles(data: Any) -> bool:
    """Return whether there are NumPy's float64 or tensors of float64 among floats, which else are Python's own."""
    if isinstance(data, (list, tuple)):
        return not set(map(type, data)) <= _PYTHONS and any(map(_holds_doubles, data))
    if isinstance(data, Tensor):
        return data.dtype in (dtypes.float64, dtypes.complex128)
    if isinstance(data, (int, float, complex)) and not isinstance(data, np.generic):
        return False
    kept = hasattr(data, "dtype") or hasattr(data, "__array__") or hasattr(data, "__array_interface__")
    return kept and np.asarray(data).dtype in (np.float64, np.complex128)


_PYTHONS = {float, int, bool, complex}


def _narrowed(array: np.ndarray[Any, Any], dtype: dtypes.dtype) -> np.ndarray[Any, Any]:
    """Return numbers in a dtype, if each of them fits."""
    if array.size and array.dtype != dtype.numpy and not dtype.is_complex:
        if array.dtype.kind == "c":
            raise TypeError(f"tensor(): complex numbers cannot be converted to {dtype.name}")
        for value in (array.max().item(), array.min().item()):
            dtypes.number(value, dtype)
    return array.astype(dtype.numpy, copy=False)


def _plain(data: Any) -> Any:
    """Return nested sequences with numbers for the tensors among them."""
    if isinstance(data, (list, tuple)):
        return [_plain(item) for item in data] if any(isinstance(i, (list, tuple, Tensor)) for i in data) else data
    if isinstance(data, Tensor) and data._size != 1:
        raise ValueError("only one element tensors can be converted to Python scalars")
    return data.item() if isinstance(data, Tensor) else data
