"""Reading PyTorch's files: a zip archive with a pickle, and an entry for each piece of memory that tensors lie in.

The pickle refers to memory by the number of its entry and describes tensors in it by offset, sizes and strides. Entries
lie in the file as they are, so each is read once, straight into the memory that its tensors keep, or mapped.
"""

from __future__ import annotations

import contextlib
import io
import os
import pickle
import struct
import zipfile
from mmap import ACCESS_COPY, mmap
from typing import IO, Any
from weakref import WeakKeyDictionary

import numpy as np

from mocrograd.ops.creation import from_numpy
from mocrograd.serialization.objects import Fresh, Objects, Storage, fill
from mocrograd.serialization.placement import Placement
from mocrograd.tensor import Tensor

_HEADER = 30
"""Bytes of an entry's header before its name."""


_mapped: WeakKeyDictionary[mmap, tuple[int, int]] = WeakKeyDictionary()
"""The files that tensors lie in: device and number in the file system."""


def unlink_mapped(path: Any) -> None:
    """Take a file's name away if tensors lie in it: writing there would take their memory away, and end the process."""
    with contextlib.suppress(FileNotFoundError):
        found = os.stat(path)
        if (found.st_dev, found.st_ino) in _mapped.values():
            os.unlink(os.path.realpath(path))


class Archive(Objects):
    """A file of torch's.

    Args:
        file: The file, which is open for reading at any position.
        place: Moves tensors to their device.
        weights_only: Whether to refuse everything but tensors and plain containers.
        mapped: Whether to map the file into memory instead of reading it. What is written to the tensors stays there.
    """

    def __init__(self, file: IO[bytes], place: Placement, weights_only: bool, mapped: bool) -> None:
        """Read the list of entries.

        Raises:
            pickle.UnpicklingError: It is no zip file, or none of torch's.
        """
        super().__init__(place, weights_only)
        self._file = file
        self._end = file.seek(0, io.SEEK_END)
        try:
            entries = zipfile.ZipFile(file).infolist()
        except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error, OSError) as error:
            raise pickle.UnpicklingError(f"a file is a damaged zip archive: {error}") from None
        root = entries[0].filename.partition("/")[0] if entries else ""
        self._entries = {e.filename[len(root) + 1 :]: e for e in entries if e.filename.startswith(root + "/")}
        if "data.pkl" not in self._entries or "constants.pkl" in self._entries:
            what = "a program of torch.jit" if "constants.pkl" in self._entries else "a zip archive of something else"
            raise pickle.UnpicklingError(f"expected a file of save() or torch.save(), got {what}")
        order = self._bytes("byteorder") if "byteorder" in self._entries else b"little"
        if order not in (b"little", b"big"):
            raise pickle.UnpicklingError(f"a file has an unknown order of bytes: {order!r}")
        self._swapped = order == b"big"
        self._map = mmap(file.fileno(), 0, access=ACCESS_COPY) if mapped else None
        if self._map is not None:
            found = os.fstat(file.fileno())
            _mapped[self._map] = found.st_dev, found.st_ino

    def load(self) -> Any:
        """Return the object in the file.

        Raises:
            pickle.UnpicklingError: Something in it does not fit, or may not be loaded.
        """
        made = self.unpickled(io.BytesIO(self._bytes("data.pkl")))
        self._check_used()
        return made

    def _read(self, storage: Storage) -> Tensor:
        """Return a piece of memory as a tensor of one dimension, which is on the CPU."""
        element, key, _, length = storage
        start = self._start(f"data/{key}", length * element.file.itemsize)
        same = element.file == element.dtype.numpy and element.name != "bool" and not self._swapped
        if self._map is not None and same and length and start % element.file.itemsize == 0:
            return from_numpy(np.frombuffer(self._map, element.file, length, start))
        memory = Fresh(element, length)
        self._file.seek(start)
        return memory.read(self._file, self._swapped)

    def _bytes(self, name: str) -> bytes:
        size = self._entries[name].file_size
        self._file.seek(self._start(name, size))
        raw = bytearray(size)
        fill(self._file, memoryview(raw))
        return bytes(raw)

    def _start(self, name: str, nbytes: int) -> int:
        """Return where the bytes of an entry begin in the file, of which there must be so many."""
        entry = self._entries.get(name)
        if entry is None:
            raise pickle.UnpicklingError(f"a file refers to its entry {name}, which is missing")
        if entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & 1:
            raise pickle.UnpicklingError(f"the entry {name} of a file is compressed or encrypted, expected plain bytes")
        if not 0 <= entry.header_offset <= self._end - _HEADER:
            raise pickle.UnpicklingError(f"the entry {name} of a file lies outside of it")
        self._file.seek(entry.header_offset)
        header = bytearray(_HEADER)
        fill(self._file, memoryview(header))
        start: int = entry.header_offset + _HEADER + sum(struct.unpack_from("<HH", header, 26))
        found = max(min(entry.file_size, self._end - start), 0)
        if header[:4] != b"PK\x03\x04" or nbytes > found:
            raise pickle.UnpicklingError(f"the entry {name} of a file has {found} bytes, expected {nbytes}")
        return start
