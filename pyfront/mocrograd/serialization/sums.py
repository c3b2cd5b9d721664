"""CRC-32 sums of memory, large ones on several threads."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from typing import Any
from zlib import crc32

from mocrograd import backend

PIECE = 1 << 22
"""Bytes that a thread sums at a time: few enough to be in its cache still when they have just been read."""
_POLYNOMIAL = 0xEDB88320
"""CRC-32's, its highest power in the lowest bit."""
_ONE = 1 << 31


class Summed:
    """The sum of bytes that come one piece after the other.

    Attributes:
        value: The sum, once it has been closed.
    """

    def __init__(self) -> None:
        """Begin with no bytes."""
        self.value = 0
        self._pool: ThreadPoolExecutor | None = None
        self._parts: list[tuple[int, Future[int]]] = []

    def __enter__(self) -> Summed:
        """Return this object."""
        return self

    def __exit__(self, *failure: object) -> None:
        """Wait for the sum."""
        for size, part in self._parts:
            self.value = joined(self.value, part.result(), size)
        if self._pool is not None:
            self._pool.shutdown()

    def add(self, piece: Any) -> None:
        """Take the next piece of memory, which may not change before the end; threads sum those of PIECE bytes."""
        if len(piece) < PIECE and not self._parts:
            self.value = crc32(piece, self.value)
            return
        if self._pool is None:
            self._pool = ThreadPoolExecutor(backend.get_num_threads())
        self._parts.append((len(piece), self._pool.submit(crc32, piece)))


def pieces(memory: memoryview) -> Iterator[memoryview]:
    """Yield pieces of memory that threads can sum at once."""
    for start in range(0, len(memory), PIECE):
        yield memory[start : start + PIECE]


def total(memory: Any) -> int:
    """Return the sum of bytes in memory."""
    if len(memory) < 2 * PIECE:
        return crc32(memory)
    with Summed() as summed:
        for piece in pieces(memoryview(memory)):
            summed.add(piece)
    return summed.value


def joined(first: int, second: int, size: int) -> int:
    """Return the sum of bytes of which the first some have one sum, and the last `size` another."""
    return _product(first, _shift(size)) ^ second


@lru_cache
def _shift(size: int) -> int:
    """Return x to the power of 8 size, which puts so many bytes of zeros behind others."""
    result, power = _ONE, _ONE >> 8
    while size:
        if size & 1:
            result = _product(result, power)
        power = _product(power, power)
        size >>= 1
    return result


def _product(a: int, b: int) -> int:
    """Return the product of two polynomials over the integers modulo 2, modulo CRC-32's."""
    result = 0
    for bit in range(31, -1, -1):
        if a >> bit & 1:
            result ^= b
        b = b >> 1 ^ (_POLYNOMIAL if b & 1 else 0)
    return result
