"""Reading PyTorch's files: a zip archive with a pickle, and an entry for each storage.

The pickle names a storage by the number of its entry and describes a tensor in it by offset, sizes and strides. Entries
are not compressed, so each is read once, straight into the memory that its tensors keep, or mapped.
"""

from __future__ import annotations

import io
import pickle
from typing import IO, Any

import numpy as np

from mocrograd.ops.creation import from_numpy
from mocrograd.serialization import sums, zipped
from mocrograd.serialization.files import map_into_memory
from mocrograd.serialization.objects import Fresh, Objects, Storage, fill
from mocrograd.serialization.placement import Placement
from mocrograd.tensor import Tensor


class Archive(Objects):
    """A file of torch's.

    Args:
        file: The file, which is open for reading at any position.
        move: Moves tensors to their device.
        weights_only: Whether to refuse everything but tensors and plain containers.
        mapped: Whether to map the file into memory instead of reading it. What is written to the tensors stays there.
        verify: Whether to hold entries against their sums; None for those that are read, not those that are mapped.
    """

    def __init__(self, file: IO[bytes], move: Placement, weights_only: bool, mapped: bool, verify: bool | None) -> None:
        """Read the list of entries.

        Raises:
            pickle.UnpicklingError: It is no zip file, or none of torch's.
        """
        super().__init__(move, weights_only)
        self._file = file
        try:
            entries = zipped.entries(file)
            starts = [
                entry.start(file) for entry in entries
            ]  # of all: a damaged name may be one that seems to be missing
        except zipped.Damaged as error:
            raise self._damaged(error) from None
        root = entries[0].name.partition("/")[0] if entries else ""
        found = zip(entries, starts, strict=True)
        self._entries = {e.name[len(root) + 1 :]: (e, start) for e, start in found if e.name.startswith(root + "/")}
        if "data.pkl" not in self._entries or "constants.pkl" in self._entries:
            what = "a program of torch.jit" if "constants.pkl" in self._entries else "a zip archive of something else"
            raise pickle.UnpicklingError(f"expected a file of save() or torch.save(), got {what}")
        summed = any(entry.crc for entry in entries)  # torch writes zeros if it is told to leave sums out
        self._verified = summed and verify is not False
        self._verified_where_mapped = summed and verify is True
        order = self._bytes("byteorder") if "byteorder" in self._entries else b"little"
        if order not in (b"little", b"big"):
            raise pickle.UnpicklingError(f"a file has an unknown order of bytes: {order!r}")
        self._swapped = order == b"big"
        self._map = map_into_memory(file) if mapped else None

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
        name = f"data/{key}"
        entry, start = self._entry(name, length * element.file.itemsize)
        same = element.name == element.dtype.name and element.name != "bool" and not self._swapped
        if self._map is not None and same and length and start % element.file.itemsize == 0:
            if self._verified_where_mapped or (self._verified and not entry.is_tight(self._file, start)):
                self._compare(name, entry, sums.total(memoryview(self._map)[start : start + entry.size]))
            mapped: Any = from_numpy(np.frombuffer(self._map, element.file, length, start))
            return mapped if mapped.dtype is element.dtype else mapped.view(element.dtype)
        memory = Fresh(element, length)
        self._fill(name, memory.bytes())
        return memory.converted(self._swapped)

    def _bytes(self, name: str) -> bytes:
        raw = bytearray(self._entries[name][0].size)
        self._fill(name, memoryview(raw))
        return bytes(raw)

    def _entry(self, name: str, nbytes: int) -> tuple[zipped.Entry, int]:
        """Return an entry, which must have so many bytes, and where in the file they begin."""
        if name not in self._entries:
            raise pickle.UnpicklingError(f"{self._name()} refers to its entry {name}, which is missing")
        entry, start = self._entries[name]
        if entry.method or entry.flags & 1:
            raise pickle.UnpicklingError(
                f"the entry {name} of {self._name()} is compressed or encrypted, expected plain bytes"
            )
        if nbytes > entry.size:
            raise pickle.UnpicklingError(
                f"the entry {name} of {self._name()} has {entry.size} bytes, expected {nbytes}"
            )
        return entry, start

    def _fill(self, name: str, target: memoryview) -> None:
        """Read an entry into memory, or as much of it as there is memory for."""
        entry, start = self._entry(name, len(target))
        self._file.seek(start)
        if not self._verified:
            fill(self._file, target)
            return
        rest = memoryview(bytearray(entry.size - len(target)))
        found = 0
        for memory in (target, rest):
            for piece in sums.pieces(memory):
                fill(self._file, piece)
                found = sums.total(piece, found)
        self._compare(name, entry, found)

    def _compare(self, name: str, entry: zipped.Entry, found: int) -> None:
        if found != entry.crc:
            raise pickle.UnpicklingError(
                f"the entry {name} of {self._name()} is damaged: its bytes have the checksum {found:08x}, expected "
                f"{entry.crc:08x}; load(verify=False) reads them as they are"
            )

    def _name(self) -> str:
        """Return the file's path, if it has one."""
        name = getattr(self._file, "name", None)
        return f"the file {name!r}" if isinstance(name, (str, bytes)) else "a file"

    def _damaged(self, error: zipped.Damaged) -> pickle.UnpicklingError:
        return pickle.UnpicklingError(f"{self._name()} is a damaged zip archive: {error}")
