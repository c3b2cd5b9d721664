"""Memory of the host and of devices: blocks, copies and values."""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable
from typing import Any

from mocrograd.backend import recording
from mocrograd.backend.devices import cpu, device, meta
from mocrograd.backend.extensions import core
from mocrograd.errors import OutOfMemoryError

__all__ = [
    "address_of",
    "allocate",
    "allocate_host",
    "copy_bytes",
    "copy_host",
    "empty_cache",
    "equal_bytes",
    "memory_stats",
    "read_scalar",
    "read_values",
    "start_of",
    "write_bytes",
]


def allocate(nbytes: int, target: device) -> tuple[object, int]:
    """Return (storage, address) of `nbytes` fresh bytes; the memory lives as long as the storage object.

    Raises:
        OutOfMemoryError: There is not enough memory.
    """
    if target is not cpu:
        return _elsewhere(nbytes, target)
    on_host: tuple[object, int] = core.allocate(nbytes)
    return on_host


class _NoMemory:
    """The storage of a tensor that has no memory."""


_NOWHERE = 1 << 60
"""The address of all tensors that have no memory, which no kernel is given."""


def _elsewhere(nbytes: int, target: device) -> tuple[object, int]:
    if nbytes >= 1 << 62:  # more than a word of a kernel counts
        raise OutOfMemoryError(f"could not allocate {nbytes} bytes on {target}")
    if target is meta:
        return _NoMemory(), _NOWHERE
    on_device: tuple[object, int] = core.allocate_device(target.handle, nbytes)
    return on_device


allocate_host: Callable[[int], tuple[object, int]] = core.allocate
copy_host: Callable[[int, int, int], None] = core.copy_host
"""Copies bytes between two blocks of host memory that do not overlap: (target, source, nbytes)."""


def copy_bytes(target: int, to: device, source: int, origin: device, nbytes: int, waits: bool = True) -> None:
    """Copy bytes between the host and GPUs, or within one of them.

    Copies to the host, and between two GPUs, wait until they are done; those within a GPU never do.

    Args:
        target: Where they go.
        to: The device that this is on.
        source: Where they are.
        origin: The device that this is on.
        nbytes: How many there are.
        waits: Whether to wait for a copy to a GPU; the caller keeps the source alive until then.

    Raises:
        NotImplementedError: The source has no memory.
        IndexError: The GPU that was waited for met an index out of range; other errors stand for other values.
    """
    if origin is meta:
        raise NotImplementedError("Cannot copy out of meta tensor; no data!")
    if to is meta:
        return
    if to.handle and origin.handle:
        waits = to is not origin
        if waits:
            origin.synchronize()
        fault = core.copy_device(to.handle, target, source, nbytes, 3, waits)
        if waits:
            to.look_at(fault)
    elif to.handle:
        fault = core.copy_device(to.handle, target, source, nbytes, 1, waits)
        if waits:
            to.look_at(fault)
    elif origin.handle:
        origin.look_at(core.copy_device(origin.handle, target, source, nbytes, 2, True))
    else:
        ctypes.memmove(target, source, nbytes)


def equal_bytes(a: int, b: int, nbytes: int) -> bool:
    """Return whether two blocks of host memory have equal contents."""
    return ctypes.string_at(a, nbytes) == ctypes.string_at(b, nbytes)


_C_TYPES: dict[str, Any] = {
    "float32": ctypes.c_float,
    "float64": ctypes.c_double,
    "int64": ctypes.c_int64,
    "int32": ctypes.c_int32,
    "uint8": ctypes.c_uint8,
    "bool": ctypes.c_bool,
    "int16": ctypes.c_int16,
    "int8": ctypes.c_int8,
}


def _bytes_of(address: int, dtype_name: str) -> bytes:
    return ctypes.string_at(address, 8 if dtype_name == "complex64" else 16)


def address_of(array: Any) -> int:
    """Return the address of a NumPy array's first element."""
    flags = array.flags
    if array.size and flags.c_contiguous and flags.writeable and array.dtype.isbuiltin == 1:  # a third of the time
        return ctypes.addressof(ctypes.c_char.from_buffer(array))
    address: int = array.__array_interface__["data"][0]
    return address


_DEVICE_START = 8 * 19
"""Where, behind what a capsule of device memory points to, the address of its first byte is."""


def start_of(storage: Any, where: device) -> int | None:
    """Return the address of the first byte of a storage; None of memory that a compiled step holds."""
    if type(storage).__name__ != "PyCapsule":
        interface = getattr(storage, "__array_interface__", None)
        return int(interface["data"][0]) if interface else None
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    block: int = pointer(storage, b"mocrograd.storage")
    return ctypes.c_int64.from_address(block + _DEVICE_START).value if where.handle else block


def write_bytes(address: int, content: bytes) -> None:
    """Write bytes to host memory."""
    ctypes.memmove(address, content, len(content))


def read_scalar(address: int, dtype_name: str) -> bool | int | float | complex:
    """Return one element of host memory as a Python number."""
    if dtype_name == "float16":
        half: float = struct.unpack("e", ctypes.string_at(address, 2))[0]
        return half
    if dtype_name == "bfloat16":  # the upper half of a float32
        upper: float = struct.unpack("<f", b"\0\0" + ctypes.string_at(address, 2))[0]
        return upper
    if dtype_name.startswith("complex"):
        return complex(*struct.unpack("=2f" if dtype_name == "complex64" else "=2d", _bytes_of(address, dtype_name)))
    value: bool | int | float = _C_TYPES[dtype_name].from_address(address).value
    return value


_FORMATS = {
    "float32": "f", "float64": "d", "int64": "q", "int32": "i", "uint8": "B", "bool": "?", "int16": "h", "int8": "b",
}  # fmt: skip
"""Letters of the module `struct`."""


def read_values(address: int, nbytes: int, dtype_name: str, shape: tuple[int, ...]) -> Any:
    """Return elements of host memory, which lie row-major, as nested lists of Python numbers; None for other dtypes."""
    letter = _FORMATS.get(dtype_name)
    view: Any = memoryview(ctypes.string_at(address, nbytes))
    return letter and view.cast(letter, shape).tolist()


def memory_stats() -> dict[str, int]:
    """Return the host pool's bytes: "allocated" (in use), "peak" and "reserved" (in use or kept for reuse).

    Example:
        >>> import mocrograd as mg
        >>> before = mg.memory_stats()["allocated"]
        >>> block = mg.zeros(1 << 20)
        >>> mg.memory_stats()["allocated"] - before >= 4 << 20
        True
    """
    recording.cannot_replay("it asks how much memory is in use")
    live, peak, reserved = core.memory_stats()
    return {"allocated": live, "peak": peak, "reserved": reserved}


def empty_cache() -> None:
    """Give the host memory that is kept for reuse back to the system.

    Example:
        >>> import mocrograd as mg
        >>> block = mg.zeros(1 << 20)
        >>> del block
        >>> mg.empty_cache()
        >>> mg.memory_stats()["reserved"] >= mg.memory_stats()["allocated"]
        True
    """
    core.empty_cache()
