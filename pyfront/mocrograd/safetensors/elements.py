"""Elements of files: what they become as tensors and as arrays, and memory to read them into."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from mocrograd import backend
from mocrograd.autograd import no_grad
from mocrograd.safetensors.errors import SafetensorError
from mocrograd.safetensors.header import Info
from mocrograd.safetensors.source import Axis, Source, read_region
from mocrograd.serialization.names import ELEMENTS, Element
from mocrograd.serialization.objects import Fresh
from mocrograd.tensor import Tensor

Array = np.ndarray[Any, Any]

_TENSORS = {
    "F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16", "I64": "int64", "I32": "int32",
    "I16": "int16", "I8": "int8", "U64": "uint64", "U32": "uint32", "U16": "uint16", "F8_E4M3": "float8_e4m3fn",
    "F8_E5M2": "float8_e5m2", "F8_E8M0": "float8_e8m0fnu", "U8": "uint8", "BOOL": "bool",
    "C64": "complex64",
}  # fmt: skip
"""The dtype of torch for each type of elements that can be read as a tensor."""
_ARRAYS = {
    "F64": "f8", "F32": "f4", "F16": "f2", "I64": "i8", "I32": "i4", "I16": "i2", "I8": "i1", "U64": "u8", "U32": "u4",
    "U16": "u2", "U8": "u1", "C64": "c8",
}  # fmt: skip
"""The dtype of NumPy for each type of elements that an array has as they are."""
SHORT = {name: short for short, name in _TENSORS.items()} | {
    np.dtype(code).name: short for short, code in _ARRAYS.items()
}
"""The type of elements for each dtype that can be written, by the dtype's name."""
_LIMIT = 1 << 48
"""Sizes from which on nothing fits into memory."""


def tensor(name: str, info: Info, source: Source, data: int, device: backend.device, axes: Sequence[Axis]) -> Tensor:
    """Return a part of a tensor.

    Args:
        name: The tensor's name.
        info: What the header says of it.
        source: The file.
        data: Where the bytes of tensors begin.
        device: Where the result shall be.
        axes: The part, for each dimension.

    Raises:
        SafetensorError: It has elements of a type that mocrograd does not have.
    """
    _check_sizes(name, info)
    if info.dtype not in _TENSORS:
        raise SafetensorError(f"the tensor {name!r} has elements of {info.dtype}, expected {', '.join(_TENSORS)}")
    counts = [axis.length for axis in axes]
    memory = Fresh(element(info), math.prod(counts))
    read_region(source, data + info.start, info.shape, axes, memory.raw)
    with no_grad():
        return memory.converted(swapped=False).to(device=device).reshape(counts).detach()


def element(info: Info) -> Element:
    """Return the type of a tensor's elements, which is one that can be read as a tensor."""
    return ELEMENTS[_TENSORS[info.dtype]]


def array(name: str, info: Info, source: Source, data: int, axes: Sequence[Axis]) -> Array:
    """Return a part of a tensor as an array; elements of bfloat16 become float32.

    Args:
        name: The tensor's name.
        info: What the header says of it.
        source: The file.
        data: Where the bytes of tensors begin.
        axes: The part, for each dimension.

    Raises:
        SafetensorError: It has elements of a type that NumPy does not have.
    """
    if info.dtype in ("BF16", "BOOL"):
        made = tensor(name, info, source, data, backend.cpu, axes)
        return (made.float() if info.dtype == "BF16" else made).numpy()
    _check_sizes(name, info)
    if info.dtype not in _ARRAYS:
        known = ", ".join([*_ARRAYS, "BF16", "BOOL"])
        raise SafetensorError(f"the tensor {name!r} has elements of {info.dtype}, expected {known}")
    out: Array = np.empty([axis.length for axis in axes], "<" + _ARRAYS[info.dtype])
    read_region(source, data + info.start, info.shape, axes, out.reshape(-1))
    return out


def _check_sizes(name: str, info: Info) -> None:
    if math.prod(n for n in info.shape if n) >= _LIMIT:
        raise SafetensorError(f"the tensor {name!r} of shape {list(info.shape)} is larger than any memory")
