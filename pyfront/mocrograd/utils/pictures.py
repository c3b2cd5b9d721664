"""PNG pictures from arrays of numbers."""

from __future__ import annotations

import struct
import zlib

import numpy as np

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOUR_TYPES = {1: 0, 3: 2, 4: 6}
"""PNG's number for grey, for colours and for colours with opacity, by the number of channels."""


def png(pixels: np.ndarray) -> bytes:
    """Encode a picture as PNG.

    Args:
        pixels: (height, width) or (height, width, channels), uint8; one channel is grey, three are red, green and
            blue, a fourth is opacity.

    Raises:
        ValueError: It has another shape or dtype, or no pixel.
    """
    picture = pixels[:, :, None] if pixels.ndim == 2 else pixels
    if picture.ndim != 3 or picture.shape[2] not in _COLOUR_TYPES or picture.dtype != np.uint8 or not picture.size:
        raise ValueError(f"png(): expected (height, width, 1, 3 or 4) of uint8, got {pixels.shape} of {pixels.dtype}")
    height, width, channels = picture.shape
    rows = np.zeros((height, 1 + width * channels), np.uint8)  # a first byte of 0: the row is stored as it is
    rows[:, 1:] = picture.reshape(height, width * channels)
    head = struct.pack(">IIBBBBB", width, height, 8, _COLOUR_TYPES[channels], 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(rows.tobytes())), (b"IEND", b"")]
    return _SIGNATURE + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
