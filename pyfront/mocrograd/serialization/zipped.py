"""Zip archives with uncompressed entries: the container of PyTorch's files.

Python's `zipfile` takes 10 us for an entry, and it accepts archives that are damaged so that one entry reads as another
one.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import pairwise
from typing import IO, Any, NamedTuple

from mocrograd.serialization import sums

BEGINNING = b"PK\x03\x04"
"""How an archive with entries begins."""
_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_WIDE_END = struct.Struct("<4sQ2H2I4Q")
_LOCATOR = struct.Struct("<4sIQI")
_NARROW = 0xFFFFFFFF
"""Says that a size or an offset stands elsewhere, with 64 bits."""
_FEW = 0xFFFF
"""The same of the number of entries."""
_WIDE = 1
"""The kind of an extra field of numbers with 64 bits."""
_PLAIN = 20
"""The version of the format that a reader must know."""
_WITH_WIDE = 45
"""The same where there are such fields."""
_DATE = 0x21
"""The first of January 1980: files of the same content are the same."""
_ALIGNMENT = 64
"""Entries begin at multiples of so many bytes, so that programs can map them."""
_SMALL = 1 << 12
"""Bytes up to which an entry is written with its header at once."""
_FOLLOWED = 1 << 3
"""The flag of an entry whose sum and sizes stand behind it."""


class Damaged(Exception):
    """A file is no zip archive, or not a whole one."""


class Entry(NamedTuple):
    """What an archive's directory says of an entry.

    Attributes:
        name: Its name.
        raw: The name's bytes.
        flags: Of which bit 0 means that it is encrypted.
        method: How it is compressed; 0 for not at all.
        crc: The sum of its bytes.
        size: The number of bytes that it has in the file.
        header: Where in the file its header begins.
        limit: Where the next header, or the directory, begins.
    """

    name: str
    raw: bytes
    flags: int
    method: int
    crc: int
    size: int
    header: int
    limit: int

    def start(self, file: IO[bytes]) -> int:
        """Return where in the file the entry's bytes begin.

        Raises:
            Damaged: The header there is another one.
        """
        size = _LOCAL.size + len(self.raw)
        header = _read(file, self.header, size)
        if len(header) < size or header[:4] != BEGINNING or header[_LOCAL.size :] != self.raw:
            raise Damaged(f"there is no entry {self.name} at byte {self.header}")
        *_, name, extra = _LOCAL.unpack_from(header)
        start = self.header + size + extra
        if name != len(self.raw) or start + self.size > self.limit:
            raise Damaged(f"the entry {self.name} at byte {self.header} does not fit between its neighbours")
        return start

    def is_tight(self, file: IO[bytes], start: int) -> bool:
        """Return whether the bytes end where the next header begins, so that a wrong start would have shown."""
        end = start + self.size
        if not self.flags & _FOLLOWED:
            return end == self.limit
        after = _read(file, end, min(self.limit - end, 25))
        begin = b"PK\x07\x08" + self.crc.to_bytes(4, "little")
        wide, narrow = self.size.to_bytes(8, "little") * 2, self.size.to_bytes(8, "little")[:4] * 2
        return after == begin + wide or (after == begin + narrow and self.size < 1 << 32)


def entries(file: IO[bytes]) -> list[Entry]:
    """Return the directory of an archive that a file ends with.

    Raises:
        Damaged: There is none.
    """
    end, position = _found_end(file)
    *_, count, size, offset, _ = _END.unpack(end)
    locator = _read(file, max(position - _LOCATOR.size, 0), _LOCATOR.size)
    if locator[:4] == b"PK\x06\x07":
        position -= _LOCATOR.size + _WIDE_END.size
        wide = _read(file, max(position, 0), _WIDE_END.size)
        if position < 0 or wide[:4] != b"PK\x06\x06":
            raise Damaged("the end of its directory is missing")
        *_, count, size, offset = _WIDE_END.unpack(wide)
    before = position - size - offset  # bytes of something else that the archive was appended to
    if before < 0:
        raise Damaged("its directory is too large")
    found = list(_parsed(_read(file, position - size, size), before))
    if len(found) != count:
        raise Damaged(f"its directory has {len(found)} entries, expected {count}")
    limits = [*sorted(header for *_, header in found), position - size]
    if len(limits) > 1 and limits[-2] >= limits[-1]:
        raise Damaged("an entry lies outside of it")
    following = dict(pairwise(limits))
    return [Entry(*each, following[each[-1]]) for each in found]


def _found_end(file: IO[bytes]) -> tuple[bytes, int]:
    """Return the record at the end of an archive, and where it begins; a comment of up to 65535 bytes may follow."""
    length = file.seek(0, 2)
    for most in (_END.size, _END.size + 0xFFFF):
        start = max(length - most, 0)
        tail = _read(file, start, length - start)
        at = tail.rfind(b"PK\x05\x06")
        while at >= 0:
            if at + _END.size <= len(tail):
                end = tail[at : at + _END.size]
                if at + _END.size + int.from_bytes(end[-2:], "little") == len(tail):
                    return end, start + at
            at = tail.rfind(b"PK\x05\x06", 0, at)
    raise Damaged("the end of its directory is missing")


def _read(file: IO[bytes], start: int, count: int) -> bytes:
    """Return bytes from a position in a file, fewer only at its end."""
    file.seek(start)
    found = file.read(count)
    while len(found) < count and (more := file.read(count - len(found))):
        found += more
    return found


def _parsed(raw: bytes, before: int) -> Iterator[tuple[str, bytes, int, int, int, int, int]]:
    at = 0
    while at < len(raw):
        if len(raw) - at < _CENTRAL.size or raw[at : at + 4] != b"PK\x01\x02":
            raise Damaged("its directory is broken")
        fields = _CENTRAL.unpack_from(raw, at)
        _, _, _, flags, method, _, _, crc, packed, size, names, extras, comments, _, _, _, header = fields
        at += _CENTRAL.size + names + extras + comments
        if at > len(raw):
            raise Damaged("its directory is broken")
        name = raw[at - names - extras - comments : at - extras - comments]
        if _NARROW in (size, packed, header):
            size, packed, header = _widened(raw[at - extras - comments : at - comments], size, packed, header)
        if packed != size and not method:
            raise Damaged(f"its entry {name!r} has two sizes")
        text = name.decode(errors="replace")
        yield text, name, flags, method, crc, packed, header + before


def _widened(extra: bytes, *narrow: int) -> list[int]:
    """Return sizes and offset, of which those that need 64 bits follow each other in an extra field."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        at += 4
        if kind == _WIDE:
            wide = [int.from_bytes(extra[k : k + 8], "little") for k in range(at, at + length, 8)]
            if at + length <= len(extra) and length == 8 * narrow.count(_NARROW):
                return [wide.pop(0) if value == _NARROW else value for value in narrow]
        at += length
    raise Damaged("a size in its directory is missing")


class Writer:
    """An archive that is written from the beginning to the end.

    Args:
        file: A file that is open for writing.
        root: The folder that the entries lie in.
    """

    def __init__(self, file: Any, root: str) -> None:
        self._file = file
        self._root = root.encode() + b"/"
        self._directory: list[bytes] = []
        try:
            self._at: int = file.tell()
        except (AttributeError, OSError):  # a pipe
            self._at = 0

    def add(self, name: str, data: Any) -> None:
        """Write an entry of bytes."""
        raw, size, header = self._root + name.encode(), len(data), self._at
        crc = sums.total(data)
        version, at, extra, wide = _PLAIN, header, b"", b""
        if max(header, size) >= _NARROW:
            version, at = _WITH_WIDE, min(header, _NARROW)
            extra = _wide(size, size) if size >= _NARROW else b""
            wide = _wide(*[value for value in (size, size, header) if value >= _NARROW])
        shown = min(size, _NARROW)
        padding = -(header + _LOCAL.size + len(raw) + len(extra) + 4) % _ALIGNMENT
        extra += b"FB" + padding.to_bytes(2, "little") + bytes(padding)
        local = _LOCAL.pack(BEGINNING, version, 0, 0, 0, _DATE, crc, shown, shown, len(raw), len(extra)) + raw + extra
        if size <= _SMALL:
            self._write(local + data)
        else:
            self._write(local)
            self._write(data)
        central = _CENTRAL.pack(
            b"PK\x01\x02", version, version, 0, 0, 0, _DATE, crc, shown, shown, len(raw), len(wide), 0, 0, 0, 0, at
        )
        self._directory.append(central + raw + wide)

    def close(self) -> None:
        """Write the directory."""
        raw, start, count = b"".join(self._directory), self._at, len(self._directory)
        if max(start, len(raw)) >= _NARROW or count >= _FEW:
            wide = _WIDE_END.pack(
                b"PK\x06\x06", _WIDE_END.size - 12, _WITH_WIDE, _WITH_WIDE, 0, 0, count, count, len(raw), start
            )
            raw += wide + _LOCATOR.pack(b"PK\x06\x07", 0, start + len(raw), 1)
        few = min(count, _FEW)
        size = min(sum(map(len, self._directory)), _NARROW)
        self._write(raw + _END.pack(b"PK\x05\x06", 0, 0, few, few, size, min(start, _NARROW), 0))

    def _write(self, data: Any) -> None:
        self._at += len(data)
        while (count := self._file.write(data)) is not None and count < len(data):  # raw files may take a part
            data = memoryview(data)[count:]


def _wide(*values: int) -> bytes:
    """Return an extra field of numbers with 64 bits, nothing for none."""
    return struct.pack(f"<2H{len(values)}Q", _WIDE, 8 * len(values), *values) if values else b""
