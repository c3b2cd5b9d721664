"""Parcels: values sent from one process to another.

A value travels as a pickle through a connection. Large arrays do not fit into a connection's buffer: their sender would
wait until the receiver has time. They are written to a file in memory, which has no name and vanishes with its last
descriptor, and the descriptor is sent; the receiver reads them into memory of the pool. A batch of 19 MB costs the
receiver a sixth of what a pickle costs, and its sender continues at once.
"""

from __future__ import annotations

import io
import os
import pickle
from multiprocessing import reduction
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from mocrograd.dtypes import bfloat16, uint8
from mocrograd.ops import empty, from_numpy
from mocrograd.tensor import Tensor

_LARGE = 1 << 15
"""Bytes from which on an array goes through a file."""
_FILES = hasattr(os, "memfd_create")


def _share(array: np.ndarray[Any, Any], requires_grad: bool) -> Tensor:
    """Return a tensor on memory that nobody else has."""
    return from_numpy(array).requires_grad_(requires_grad)


class _Pickler(pickle.Pickler):
    """Pickles a tensor as an array that the tensor at the other end need not copy."""

    def reducer_override(self, value: Any) -> Any:
        """Say how to pickle a value; NotImplemented where it is as always."""
        if type(value) is Tensor and value.device.type == "cpu" and value.dtype is not bfloat16:
            return _share, (value.detach().contiguous().numpy(), value.requires_grad)
        return NotImplemented


class Parcel:
    """A pickled value, with the large arrays of it apart.

    Args:
        text: The pickle.
        arrays: The bytes of each large array.
    """

    def __init__(self, text: bytes, arrays: list[Any]) -> None:
        self.text = text
        self.arrays = arrays

    @classmethod
    def pack(cls, value: Any) -> Parcel:
        """Pickle a value.

        Args:
            value: Anything that can be pickled.
        """
        arrays: list[memoryview] = []

        def stays(buffer: pickle.PickleBuffer) -> bool:
            array = buffer.raw()
            if _FILES and array.nbytes >= _LARGE:
                arrays.append(array)
                return False
            return True

        text = io.BytesIO()
        _Pickler(text, 5, buffer_callback=stays).dump(value)
        return cls(text.getvalue(), arrays)

    def unpack(self) -> Any:
        """Return the value."""
        return pickle.loads(self.text, buffers=self.arrays)

    def send(self, channel: Connection[Any, Any], label: Any) -> None:
        """Send the parcel.

        Args:
            channel: The connection.
            label: What the receiver reads before it unpacks.

        Raises:
            OSError: Nobody is at the other end.
        """
        head = label, self.text, [array.nbytes for array in self.arrays]
        if not self.arrays:
            channel.send(head)
            return
        file = os.memfd_create("mocrograd")
        try:
            for array in self.arrays:
                _write(file, array)
            channel.send(head)
            reduction.send_handle(channel, file, 0)
        finally:
            os.close(file)

    @classmethod
    def receive(cls, channel: Connection[Any, Any]) -> tuple[Any, Parcel]:
        """Wait for a parcel.

        Args:
            channel: The connection.

        Returns:
            Its label and the parcel.

        Raises:
            EOFError: Nobody is at the other end.
        """
        label, text, sizes = channel.recv()
        arrays: list[Any] = []
        if sizes:
            file = reduction.recv_handle(channel)
            try:
                # An array has a block of its own, so that who keeps the labels of a batch does not keep the images.
                for start, size in zip(np.cumsum([0, *sizes]).tolist(), sizes):
                    arrays.append(empty(size, dtype=uint8, device="cpu").numpy())
                    _read(file, arrays[-1], start)
            finally:
                os.close(file)
        return label, cls(text, arrays)


def _write(file: int, array: memoryview) -> None:
    written = 0
    while written < array.nbytes:
        written += os.write(file, array[written:])


def _read(file: int, array: np.ndarray[Any, Any], start: int) -> None:
    done = 0
    while done < array.size:
        got = os.preadv(file, [array.data[done:]], start + done)
        if not got:
            raise EOFError(f"expected {array.size} bytes of an array, but got {done}")
        done += got
