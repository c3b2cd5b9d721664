"""Bytes of a file, read where they are needed."""

from __future__ import annotations

import os
import weakref
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from mocrograd.safetensors.errors import SafetensorError

_PAGE = 4096
"""Bytes that are read along where reading around them would cost another call."""
_CHUNK = 1 << 20
"""Bytes read at a time where some of them are not needed."""


class Source:
    """The bytes of a file in memory.

    Attributes:
        size: How many there are.
    """

    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data).cast("B")
        self.size = len(self._data)

    def fill(self, target: memoryview, at: int) -> None:
        """Copy the bytes from a position on into memory."""
        target[:] = self._data[at : at + len(target)]

    def read(self, at: int, count: int) -> bytes:
        """Return bytes from a position on."""
        target = bytearray(count)
        self.fill(memoryview(target), at)
        return bytes(target)


class FileSource(Source):
    """The bytes of a file on the disk, which is open as long as somebody holds this.

    Args:
        path: The file's path.

    Raises:
        OSError: It cannot be opened.
    """

    def __init__(self, path: Any) -> None:
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        weakref.finalize(self, os.close, self._descriptor)
        self.size = os.fstat(self._descriptor).st_size

    def fill(self, target: memoryview, at: int) -> None:
        """Read the bytes from a position on into memory.

        Raises:
            SafetensorError: The file has become shorter.
        """
        done = 0
        while done < len(target):
            count = os.preadv(self._descriptor, [target[done:]], at + done)
            if not count:
                raise SafetensorError(f"the file ends {len(target) - done} bytes too early")
            done += count


class Axis(NamedTuple):
    """The indices that are read along a dimension: the first one, how many, and the step from one to the next."""

    start: int
    length: int
    step: int


def read_region(source: Source, at: int, shape: Sequence[int], axes: Sequence[Axis], out: np.ndarray[Any, Any]) -> None:
    """Read a part of a tensor, and little else of the file.

    Args:
        source: The file.
        at: Where the tensor begins in it.
        shape: The tensor's shape.
        axes: The part, for each dimension.
        out: Row-major memory for the part's elements.
    """
    if out.size:
        strides = [out.itemsize] * len(shape)
        for i in range(len(shape) - 2, -1, -1):
            strides[i] = strides[i + 1] * shape[i + 1]
        first = at + sum(axis.start * stride for axis, stride in zip(axes, strides))
        steps = [axis.step * stride for axis, stride in zip(axes, strides)]
        _read(source, first, steps, out.reshape([axis.length for axis in axes]))


def _read(source: Source, at: int, steps: Sequence[int], out: np.ndarray[Any, Any]) -> None:
    """Read elements that lie steps of bytes apart."""
    extents = [out.itemsize]
    for step, count in zip(reversed(steps), reversed(out.shape)):
        extents.append(extents[-1] + step * (count - 1))
    if extents[-1] == out.nbytes:
        source.fill(out.reshape(-1).view(np.uint8).data, at)
        return
    step, inner = steps[0], extents[-2]
    if len(out) == 1 or inner > _CHUNK or step - out[0].nbytes >= _PAGE:
        for i in range(len(out)):
            _read(source, at + i * step, steps[1:], out[i : i + 1].reshape(out.shape[1:]))
        return
    rows = max(1, _CHUNK // step)
    for first in range(0, len(out), rows):
        part = out[first : first + rows]
        around = np.frombuffer(source.read(at + first * step, (len(part) - 1) * step + inner), np.uint8)
        part[...] = np.ndarray(part.shape, out.dtype, around.data, strides=tuple(steps))
