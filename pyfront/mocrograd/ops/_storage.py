"""The memory behind tensors as torch shows it: blocks of bytes, by whose addresses programs find tied weights."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from typing import Any

import numpy as np

from mocrograd import backend, dtypes
from mocrograd.layout import Shape
from mocrograd.ops._memory import move, root_of, span
from mocrograd.tensor import Tensor, fresh, method

_CLASS_CELL = 8
"""How many bytes before its first one a block's header notes its class (mojo_kernels/runtime/storage.mojo)."""

_LEAST = 3
"""The class of the smallest blocks."""


def _class_bytes(index: int) -> int:
    """Return the size of the blocks of a class: four steps per power of two."""
    return (5 + index % 4) << (index // 4 + 3)


def extent(x: Tensor) -> tuple[int, int]:
    """Return the address of a tensor's memory and its size in bytes.

    The allocator knows the size up to its steps. So a view that nobody remembers the base of may be taken for all of a
    block that is at most a fifth longer.
    """
    base = root_of(x)
    reach = span(base._shape, base._strides) * base.dtype.itemsize
    storage = x.storage
    if isinstance(storage, np.ndarray):
        return int(storage.__array_interface__["data"][0]), storage.nbytes
    if type(storage).__name__ != "PyCapsule" or x.device is not backend.cpu:
        return base._bare_address, reach
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    start = pointer(storage, b"mocrograd.storage")
    index = ctypes.c_int64.from_address(start - _CLASS_CELL).value
    size = base._bare_address - start + reach
    smaller = _class_bytes(index - 1) if index > _LEAST else 0
    return start, size if size > smaller or base is not x else _class_bytes(index)


class UntypedStorage:
    """A block of memory.

    Args:
        size: How many bytes a new one has.
        device: Where it is; the CPU by default.
    """

    def __init__(self, size: int = 0, *, device: Any = None) -> None:
        self._show(fresh((size,), size, dtypes.uint8, backend.device("cpu" if device is None else device)))

    @classmethod
    def from_file(cls, filename: str | os.PathLike[str], shared: bool = False, nbytes: int = 0) -> UntypedStorage:
        """Return the bytes that a file begins with, read into memory.

        Args:
            filename: The file.
            shared: Must be False: changes do not reach the file.
            nbytes: How many bytes.

        Raises:
            NotImplementedError: `shared` is set.
            RuntimeError: The file has fewer bytes.
        """
        if shared:
            raise NotImplementedError("UntypedStorage.from_file: shared=True: files are read here, not mapped")
        new = cls(nbytes)
        with open(filename, "rb") as file:
            read = file.readinto(new._bytes.numpy())  # type: ignore[arg-type]
        if read < nbytes:
            raise RuntimeError(f"UntypedStorage.from_file: {filename} has {read} bytes, expected {nbytes}")
        return new

    def _show(self, bytes_: Tensor) -> None:
        self._bytes = bytes_

    @property
    def device(self) -> backend.device:
        """Where it is."""
        return self._bytes.device

    @property
    def is_cuda(self) -> bool:
        """Whether it is on a GPU."""
        return bool(self.device.handle)

    def data_ptr(self) -> int:
        """Return its address; 0 where a tensor has no memory."""
        return self._bytes.data_ptr()

    def nbytes(self) -> int:
        """Return how many bytes it has."""
        return self._bytes._size

    size = nbytes

    def element_size(self) -> int:
        """Return 1."""
        return 1

    def untyped(self) -> UntypedStorage:
        """Return itself."""
        return self

    def clone(self) -> UntypedStorage:
        """Return a copy."""
        new = UntypedStorage(self.nbytes(), device=self.device)
        return new.copy_(self)

    def copy_(self, source: UntypedStorage, non_blocking: bool = False) -> UntypedStorage:
        """Take the bytes of another one of the same size.

        Raises:
            RuntimeError: It has another size.
        """
        if source.nbytes() != self.nbytes():
            raise RuntimeError(f"size does not match, self was {self.nbytes()} bytes but src was {source.nbytes()}")
        move(self._bytes, source._bytes.to(self.device))
        return self

    def fill_(self, value: int) -> UntypedStorage:
        """Set all bytes."""
        self._bytes.fill_(value)
        return self

    def cpu(self) -> UntypedStorage:
        """Return it, or a copy on the CPU."""
        return self if self.device is backend.cpu else of(self._bytes.cpu())

    def resize_(self, size: int) -> UntypedStorage:
        """Do nothing where it has the size.

        Raises:
            NotImplementedError: It has another one: tensors keep their memory.
        """
        if size != self.nbytes():
            raise NotImplementedError(f"UntypedStorage.resize_: {self.nbytes()} bytes cannot become {size}")
        return self

    def tolist(self) -> list[int]:
        """Return the bytes."""
        found: list[int] = self._bytes.tolist()
        return found

    def __dlpack__(self, **options: Any) -> Any:
        """Give the bytes to another library, or to `asarray`."""
        return self._bytes.__dlpack__(**options)

    def __dlpack_device__(self) -> tuple[int, int]:
        """Say where they are."""
        return self._bytes.__dlpack_device__()

    def __len__(self) -> int:
        return self.nbytes()

    def __sizeof__(self) -> int:
        return super().__sizeof__() + self.nbytes()

    def __iter__(self) -> Iterator[int]:
        return iter(self.tolist())

    def __getitem__(self, index: Any) -> Any:
        found = self._bytes[index]
        return found.item() if isinstance(index, int) else _showing(found)

    def __setitem__(self, index: Any, value: int) -> None:
        self._bytes[index] = value

    def __repr__(self) -> str:
        return f"[mocrograd.UntypedStorage(device={self.device}) of size {self.nbytes()}]"


def of(x: Tensor) -> UntypedStorage:
    """Return the memory of a tensor."""
    start, size = extent(x)
    whole: Tensor = object.__new__(Tensor)
    shape: Shape = (size,)
    backend.set_memory(whole, x.storage, shape, (1,), dtypes.uint8, x.device, start, size, True)
    return _showing(whole)


def _showing(bytes_: Tensor) -> UntypedStorage:
    shown = object.__new__(UntypedStorage)
    shown._show(bytes_)
    return shown


@method
def untyped_storage(input: Tensor) -> UntypedStorage:
    """Return the memory of a tensor, which views share.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.ones(4)
        >>> x[2:].untyped_storage().nbytes()
        16
    """
    return of(input)
