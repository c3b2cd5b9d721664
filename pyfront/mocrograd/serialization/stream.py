"""Reading the files that PyTorch wrote before version 1.6: pickles one after the other, and then the storages."""

from __future__ import annotations

import io
import pickle
from typing import IO, Any

from mocrograd.serialization.objects import Fresh, Objects, Storage, fill
from mocrograd.serialization.placement import Placement
from mocrograd.tensor import Tensor

MAGIC = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
"""How such files begin: a number in a pickle."""
_VERSION = 1001


class Stream(Objects):
    """A file of torch's before version 1.6.

    Args:
        file: The file, which is open for reading and stands at its beginning.
        move: Moves tensors to their device.
        weights_only: Whether to refuse everything but tensors and plain containers.
    """

    def __init__(self, file: IO[bytes], move: Placement, weights_only: bool) -> None:
        super().__init__(move, weights_only)
        self._file = file
        self._fresh: dict[str, tuple[Storage, Fresh]] = {}

    def load(self) -> Any:
        """Return the object in the file.

        Raises:
            pickle.UnpicklingError: Something in it does not fit, or may not be loaded.
        """
        start = self._file.tell() + len(MAGIC)
        self._end = self._file.seek(0, io.SEEK_END)
        self._file.seek(start)
        version, system = self.unpickled(self._file), self.unpickled(self._file)
        if version != _VERSION or not isinstance(system, dict):
            raise pickle.UnpicklingError(f"a file has the version {version!r}, expected {_VERSION}")
        made = self.unpickled(self._file)
        self._check_used()
        keys = self.unpickled(self._file)
        if not isinstance(keys, list) or set(map(str, keys)) != self._referred:
            raise pickle.UnpicklingError("a file holds other storages than those of its tensors")
        for key in keys:
            self._fill(*self._fresh[str(key)], swapped=system.get("little_endian") is False)
        return made

    reads_later = True

    def stored(self, identity: Any) -> Storage:
        """Return the memory that a pickle refers to.

        Raises:
            pickle.UnpicklingError: It is described in another way.
        """
        whole = isinstance(identity, tuple) and len(identity) == 6 and identity[5] is None
        return super().stored(identity[:5] if whole else identity)

    def _read(self, storage: Storage) -> Tensor:
        """Return memory whose elements follow at the end of the file."""
        nbytes = storage.length * storage.element.file.itemsize
        if storage.key in self._fresh or nbytes > self._end - self._file.tell():
            raise pickle.UnpicklingError(f"a file refers to {nbytes} bytes of memory, which it does not have")
        memory = Fresh(storage.element, storage.length)
        self._fresh[storage.key] = storage, memory
        return memory.tensor

    def _fill(self, storage: Storage, memory: Fresh, swapped: bool) -> None:
        length = bytearray(8)
        fill(self._file, memoryview(length))
        if int.from_bytes(length, "little") != storage.length:
            raise pickle.UnpicklingError(f"a file has another storage than the {storage.length} elements it refers to")
        read = memory.read(self._file, swapped)
        placed = self._flat[storage.key, storage.element.name]
        if placed is not read:
            placed.copy_(read)
