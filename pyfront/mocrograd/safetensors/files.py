"""Saving and loading named tensors."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Mapping
from typing import IO, Any

from mocrograd import backend as devices
from mocrograd.autograd import no_grad
from mocrograd.backend import recording
from mocrograd.safetensors import header
from mocrograd.safetensors.elements import SHORT
from mocrograd.safetensors.opened import Reader, safe_open
from mocrograd.safetensors.shared import shared_names
from mocrograd.safetensors.source import Source
from mocrograd.serialization.files import replacement
from mocrograd.tensor import Tensor


def load_file(filename: str | os.PathLike[str], device: Any = "cpu", *, backend: str = "mmap") -> dict[str, Tensor]:
    """Return the tensors in a file by name, in the order of their bytes.

    Elements of float16 and bfloat16 become float32, those of int8, int16 and uint16 become int32.

    Args:
        filename: The file's path.
        device: Where the tensors shall be.
        backend: "mmap" or "pread"; the file is read with either.

    Raises:
        SafetensorError: It is no such file, is damaged, or holds elements of a type that mocrograd does not have.

    Example:
        >>> import tempfile
        >>> import mocrograd as mg
        >>> from mocrograd.safetensors import load_file, save_file
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_file({"weight": mg.ones(2)}, f"{folder}/net.safetensors")
        ...     load_file(f"{folder}/net.safetensors")
        {'weight': tensor([1., 1.])}
    """
    with safe_open(filename, "pt", device, backend=backend) as file:
        return file.get_tensors()


def load(data: bytes) -> dict[str, Tensor]:
    """Return the tensors in the bytes of a file, by name; see `load_file`.

    Raises:
        SafetensorError: They are none of such a file.

    Example:
        >>> import mocrograd as mg
        >>> from mocrograd import safetensors
        >>> safetensors.load(safetensors.save({"bias": mg.zeros(1)}))
        {'bias': tensor([0.])}
    """
    return Reader(Source(data), devices.cpu).all()


def deserialize(bytes: bytes) -> list[tuple[str, dict[str, Any]]]:
    """Return what the bytes of a file hold, as it is: names, and dicts of "shape", "dtype" and "data" as bytes.

    Raises:
        SafetensorError: They are none of such a file.

    Example:
        >>> import mocrograd as mg
        >>> from mocrograd import safetensors
        >>> [(name, found["shape"]) for name, found in safetensors.deserialize(safetensors.save({"bias": mg.zeros(3)}))]
        [('bias', [3])]
    """
    source = Source(bytes)
    found = header.parse(source)
    return [
        (name, {"shape": list(shape), "dtype": short, "data": source.read(found.data + start, stop - start)})
        for name, (short, shape, start, stop) in found.tensors.items()
    ]


def save_file(
    tensors: dict[str, Tensor], filename: str | os.PathLike[str], metadata: Mapping[str, str] | None = None
) -> None:
    """Write named tensors to a file.

    Args:
        tensors: The tensors, which must be contiguous and share no memory; `save_model` takes others.
        filename: The file's path. A file there is replaced when the new one is whole and on the disk.
        metadata: Text to keep with them, by name.

    Raises:
        ValueError: Something else is among the tensors, or one is not contiguous.
        TypeError: A name or a text is no str.
        RuntimeError: Some tensors share memory.

    Example:
        >>> import mocrograd as mg
        >>> from mocrograd import safetensors
        >>> safetensors.save_file({"weight": mg.ones(2)}, "weights.safetensors")
        >>> safetensors.load_file("weights.safetensors")
        {'weight': tensor([1., 1.])}
    """
    write = writer(tensors, metadata)
    with replacement(filename) as file:
        write(file)


def save(tensors: dict[str, Tensor], metadata: Mapping[str, str] | None = None) -> bytes:
    """Return the bytes of a file with named tensors; see `save_file`.

    Raises:
        ValueError: Something else is among the tensors, or one is not contiguous.
        TypeError: A name or a text is no str.
        RuntimeError: Some tensors share memory.

    Example:
        >>> import mocrograd as mg
        >>> from mocrograd import safetensors
        >>> safetensors.load(safetensors.save({"weight": mg.ones(2)}))
        {'weight': tensor([1., 1.])}
    """
    file = io.BytesIO()
    writer(tensors, metadata)(file)
    return file.getvalue()


def writer(tensors: Any, metadata: Mapping[str, str] | None) -> Callable[[IO[bytes]], None]:
    """Return what writes tensors to an open file, when all of them can be written."""
    if not isinstance(tensors, dict):
        raise ValueError(f"Expected a dict of [str, Tensor] but received {type(tensors)}")
    for name, tensor in tensors.items():
        if not isinstance(tensor, Tensor):
            raise ValueError(f"Key `{name}` is invalid, expected Tensor but received {type(tensor)}")
        check_name(name)
    shared = [names for names in shared_names(tensors) if len(names) > 1]
    if shared:
        raise RuntimeError(
            f"Some tensors share memory, so the file would hold it twice, and they would not share it when they are "
            f"loaded: {shared}. Use `save_model`, which writes shared memory once."
        )
    for name, tensor in tensors.items():
        if not tensor.is_contiguous():
            raise ValueError(
                f"You are trying to save a non contiguous tensor: `{name}` which is not allowed. Save the tensor "
                "that it is a part of and slice what is loaded, or call `.contiguous()` before saving."
            )
    described = {name: (SHORT[tensor.dtype.name], tensor.shape) for name, tensor in tensors.items()}
    raw, order = header.pack(described, metadata)

    def write(file: IO[bytes]) -> None:
        recording.cannot_replay("it saves to a file")
        file.write(raw)
        with no_grad():
            for name in order:
                file.write(tensors[name].detach().to("cpu")._raw_numpy().reshape(-1).view("uint8").data)

    return write


def check_name(name: Any) -> None:
    """Raise unless a tensor's name is text."""
    if not isinstance(name, str):
        raise TypeError(f"save: expected names of tensors as str, got {type(name).__name__} {name!r}")
