"""CRC-32 checksums of memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from zlib import crc32

import numpy as np

from mocrograd import backend

PIECE = 1 << 20
"""Bytes to read and sum at a time: few enough to be in the core's cache still when they have just been read."""
_BLOCK = 64
_FOLDED = 4096
"""Bytes from which on blocks are folded."""
_CLEAR = 0xFFFFFFFF
"""The sum before bytes for which the register is zero."""


def total(memory: Any, before: int = 0) -> int:
    """Return the sum of bytes in memory, or of those before, which have a sum, and these."""
    if len(memory) < _FOLDED or not backend.FOLDS_CRC:
        return crc32(memory, before)
    whole = np.frombuffer(memory, np.uint8)
    blocks = len(whole) // _BLOCK
    last = np.empty(16, np.uint8)
    backend.fold_crc(whole.ctypes.data, blocks, before ^ _CLEAR, last.ctypes.data)
    return crc32(whole[blocks * _BLOCK :].data, crc32(last.data, _CLEAR))


def pieces(memory: memoryview) -> Iterator[memoryview]:
    """Yield pieces of memory to read and sum one after the other."""
    for start in range(0, len(memory), PIECE):
        yield memory[start : start + PIECE]
