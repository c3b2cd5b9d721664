"""Reads the archive entries of a file of tensors by name."""

from __future__ import annotations

import os
import zipfile
from typing import IO, Any


class PyTorchFileReader:
    """The archive entries of a file that `torch.save` wrote.

    Args:
        file: Its path, or a file that is open for reading.

    Raises:
        RuntimeError: It is no archive.
    """

    def __init__(self, file: str | os.PathLike[str] | IO[bytes]) -> None:
        try:
            self._archive = zipfile.ZipFile(file)
        except zipfile.BadZipFile as error:
            raise RuntimeError(f"PytorchStreamReader failed reading zip archive: {error}") from None
        names = self._archive.namelist()
        self._root = names[0].split("/")[0] if names else ""

    def archive_name(self) -> str:
        """Return the folder that all entries lie in."""
        return self._root

    def get_all_records(self) -> list[str]:
        """Return the names of all entries, without the folder."""
        return [name.partition("/")[2] for name in self._archive.namelist()]

    def has_record(self, name: str) -> bool:
        """Tell whether there is an entry."""
        return f"{self._root}/{name}" in self._archive.namelist()

    def get_record(self, name: str) -> bytes:
        """Return the bytes of an entry.

        Raises:
            RuntimeError: There is none, or its bytes have changed.
        """
        try:
            return self._archive.read(f"{self._root}/{name}")
        except (KeyError, zipfile.BadZipFile) as error:
            raise RuntimeError(f"PytorchStreamReader failed locating file {name}: {error}") from None

    def get_storage_from_record(self, name: str, numel: int, dtype: Any) -> Any:
        """Return a tensor of the numbers in an entry.

        Args:
            name: The entry.
            numel: How many there are.
            dtype: Their dtype.
        """
        from mocrograd import frombuffer

        return frombuffer(bytearray(self.get_record(name)), dtype=dtype, count=numel)

    def version(self) -> int:
        """Return the number of the format."""
        return int(self.get_record("version"))
