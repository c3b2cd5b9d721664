"""The safetensors format: named tensors in a file with a JSON header, in which many weights are published.

The functions have the names of the package `safetensors.torch`, which is not needed. The format has no checksums: a
file whose tensor bytes have changed loads as other numbers.
"""

from __future__ import annotations

import io
import json
import math
import os
from collections.abc import Mapping
from typing import IO, Any

from mocrograd import backend
from mocrograd.autograd import no_grad
from mocrograd.backend import recording
from mocrograd.serialization.files import replacement
from mocrograd.serialization.names import ELEMENTS, Element
from mocrograd.serialization.objects import Fresh
from mocrograd.tensor import Tensor

__all__ = ["load", "load_file", "save", "save_file"]

_NAMES = {
    "F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16", "I64": "int64", "I32": "int32",
    "I16": "int16", "I8": "int8", "U16": "uint16", "U8": "uint8", "BOOL": "bool",
}  # fmt: skip
_WRITTEN = {name: short for short, name in _NAMES.items()}
_LONGEST = 100_000_000
"""Bytes that a header has at most."""
_ALIGNMENT = 8


def load_file(filename: Any, device: Any = "cpu") -> dict[str, Tensor]:
    """Return the tensors in a file, by name.

    Elements of float16 and bfloat16 become float32, those of int8, int16 and uint16 become int32.

    Args:
        filename: The file's path.
        device: Where the tensors shall be.

    Raises:
        ValueError: It is no such file, is damaged, or holds elements of a type that mocrograd does not have.

    Example:
        >>> import tempfile
        >>> import mocrograd as mg
        >>> from mocrograd.safetensors import load_file, save_file
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_file({"weight": mg.ones(2)}, f"{folder}/net.safetensors")
        ...     load_file(f"{folder}/net.safetensors")
        {'weight': tensor([1., 1.])}
    """
    with open(filename, "rb") as file:
        return _read(file, os.fstat(file.fileno()).st_size, backend.device(device))


def load(data: bytes) -> dict[str, Tensor]:
    """Return the tensors in the bytes of a file, by name; see `load_file`.

    Raises:
        ValueError: They are none of such a file.
    """
    return _read(io.BytesIO(data), len(data), backend.cpu)


def save_file(tensors: Mapping[str, Tensor], filename: Any, metadata: Mapping[str, str] | None = None) -> None:
    """Write named tensors to a file; each has its own memory there, row-major.

    Args:
        tensors: The tensors.
        filename: The file's path. A file there is replaced when the new one is whole and on the disk.
        metadata: Text to keep with them, by name.

    Raises:
        TypeError: Something else is among the tensors or the metadata.
    """
    names, header = _header(tensors, metadata)
    with replacement(filename) as file:
        _write(file, tensors, names, header)


def save(tensors: Mapping[str, Tensor], metadata: Mapping[str, str] | None = None) -> bytes:
    """Return the bytes of a file with named tensors; see `save_file`.

    Raises:
        TypeError: Something else is among the tensors or the metadata.
    """
    names, header = _header(tensors, metadata)
    file = io.BytesIO()
    _write(file, tensors, names, header)
    return file.getvalue()


def _header(tensors: Mapping[str, Tensor], metadata: Mapping[str, str] | None) -> tuple[list[str], bytes]:
    """Return the names in the order in which the tensors are written, and the header."""
    for name, tensor in tensors.items():
        if not isinstance(name, str) or not isinstance(tensor, Tensor):
            raise TypeError(f"save: expected tensors by name, got {type(tensor).__name__} under {name!r}")
    for key, text in (metadata or {}).items():
        if not isinstance(key, str) or not isinstance(text, str):
            raise TypeError(f"save: expected text by name as metadata, got {text!r} under {key!r}")
    names = sorted(tensors, key=lambda name: (-tensors[name].itemsize, name))  # so that all are aligned
    described: dict[str, Any] = {"__metadata__": dict(metadata)} if metadata else {}
    end = 0
    for name in names:
        tensor = tensors[name]
        start, end = end, end + tensor.nbytes
        short = _WRITTEN[tensor.dtype.name]
        described[name] = {"dtype": short, "shape": list(tensor.shape), "data_offsets": [start, end]}
    header = json.dumps(described, ensure_ascii=False, separators=(",", ":")).encode()
    return names, header + b" " * (-len(header) % _ALIGNMENT)


def _write(file: IO[bytes], tensors: Mapping[str, Tensor], names: list[str], header: bytes) -> None:
    recording.cannot_replay("it saves to a file")
    file.write(len(header).to_bytes(8, "little"))
    file.write(header)
    with no_grad():
        for name in names:
            file.write(tensors[name].detach().to("cpu").contiguous().numpy().reshape(-1).view("uint8").data)


def _read(file: IO[bytes], size: int, device: backend.device) -> dict[str, Tensor]:
    recording.cannot_replay("it loads a file")
    length = int.from_bytes(file.read(8), "little")
    if not 2 <= length <= min(_LONGEST, size - 8):
        raise ValueError(f"a safetensors file has a header of 2 to {_LONGEST} bytes, this one of {size} says {length}")
    try:
        described = json.loads(file.read(length), object_pairs_hook=_without_twins)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"a safetensors file has a header that is no JSON object: {error}") from None
    if not isinstance(described, dict):
        raise ValueError(f"a safetensors file has a header that is no JSON object: {type(described).__name__}")
    described.pop("__metadata__", None)
    entries = sorted((_entry(name, entry) for name, entry in described.items()), key=lambda entry: entry[:2])
    read: dict[str, Tensor] = {}
    at = 0
    for start, end, name, element, shape in entries:
        if start != at or end > size - 8 - length:
            raise ValueError(f"the tensor {name!r} lies at bytes {start} to {end}, expected from {at} within the file")
        flat = Fresh(element, math.prod(shape)).read(file, swapped=False)
        with no_grad():
            read[name] = flat.to(device=device).reshape(shape).detach()
        at = end
    if at != size - 8 - length:
        raise ValueError(f"a safetensors file has {size - 8 - length} bytes of tensors, expected {at}")
    return {name: read[name] for name in described}


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("a safetensors file has two tensors of one name")
    return made


def _entry(name: str, entry: Any) -> tuple[int, int, str, Element, list[int]]:
    match entry:
        case {"dtype": str(short), "shape": [*shape], "data_offsets": [start, end]}:
            if all(type(n) is int and 0 <= n < 1 << 48 for n in (*shape, start, end)):
                if short not in _NAMES:
                    raise ValueError(f"the tensor {name!r} has elements of {short}, expected {', '.join(_NAMES)}")
                element = ELEMENTS[_NAMES[short]]
                if end - start == math.prod(shape) * element.file.itemsize:
                    return start, end, name, element, shape
    raise ValueError(f"a safetensors file describes the tensor {name!r} as {entry!r}, which does not fit together")
