"""Arrays of NumPy in safetensors files: the functions of the package's module of this name."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Mapping
from typing import IO, Any

import numpy as np

from mocrograd.safetensors.elements import SHORT
from mocrograd.safetensors.files import check_name
from mocrograd.safetensors.header import pack
from mocrograd.safetensors.opened import Reader, safe_open
from mocrograd.safetensors.source import Source
from mocrograd.serialization.files import replacement

__all__ = ["load", "load_file", "save", "save_file"]

Array = np.ndarray[Any, Any]


def save(tensor_dict: dict[str, Array], metadata: Mapping[str, str] | None = None) -> bytes:
    """Return the bytes of a file with named arrays.

    Args:
        tensor_dict: The arrays.
        metadata: Text to keep with them, by name.

    Raises:
        TypeError: A name or a text is no str.
        ValueError: Something else is among the arrays, or one has elements of a type that the format does not have.
    """
    file = io.BytesIO()
    _writer(tensor_dict, metadata)(file)
    return file.getvalue()


def save_file(
    tensor_dict: dict[str, Array], filename: str | os.PathLike[str], metadata: Mapping[str, str] | None = None
) -> None:
    """Write named arrays to a file, which is replaced when the new one is whole and on the disk; see `save`."""
    write = _writer(tensor_dict, metadata)
    with replacement(filename) as file:
        write(file)


def load(data: bytes) -> dict[str, Array]:
    """Return the arrays in the bytes of a file, by name.

    Raises:
        SafetensorError: They are none of such a file.
    """
    return Reader(Source(data), None).all()


def load_file(filename: str | os.PathLike[str], *, backend: str = "mmap") -> dict[str, Array]:
    """Return the arrays in a file by name, in the order of their bytes; elements of bfloat16 become float32.

    Args:
        filename: The file's path.
        backend: "mmap" or "pread"; the file is read with either.

    Raises:
        SafetensorError: It is no such file, is damaged, or holds elements of a type that NumPy does not have.
    """
    with safe_open(filename, "np", backend=backend) as file:
        return file.get_tensors()


def _writer(arrays: dict[str, Array], metadata: Mapping[str, str] | None) -> Callable[[IO[bytes]], None]:
    """Return what writes arrays to an open file, when all of them can be written."""
    described = {}
    for name, array in arrays.items():
        check_name(name)
        if not isinstance(array, np.ndarray) or array.dtype.name not in SHORT:
            what = f"elements of {array.dtype}" if isinstance(array, np.ndarray) else type(array).__name__
            raise ValueError(f"Key `{name}` is invalid, expected an array of a type of the format, got {what}")
        described[name] = SHORT[array.dtype.name], array.shape
    raw, order = pack(described, metadata)

    def write(file: IO[bytes]) -> None:
        file.write(raw)
        for name in order:
            array = arrays[name]
            file.write(np.ascontiguousarray(array, array.dtype.newbyteorder("<")).reshape(-1).view(np.uint8).data)

    return write
