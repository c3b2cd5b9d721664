"""Memory that several processes share: a file in memory, which each of them maps, and which vanishes with the last."""

from __future__ import annotations

import mmap
import os
from typing import Any

import numpy as np

from mocrograd import backend
from mocrograd.layout import Shape, contiguous_strides
from mocrograd.ops._memory import move
from mocrograd.tensor import Tensor, blank, method


class SharedMemory(np.ndarray[Any, Any]):
    """The bytes of a shared file; `file` is its descriptor, which is closed with the last array of them."""

    file: Any = None


class _File:
    """An open descriptor."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __del__(self) -> None:
        os.close(self.number)


def _anonymous() -> int:
    """Open a file without a name."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("mocrograd")
    import tempfile  # takes a tenth of the whole import, and few systems need it

    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def mapped(number: int, size: int) -> SharedMemory:
    """Map a file.

    Args:
        number: Its descriptor, which belongs to what is returned.
        size: Its bytes.
    """
    memory = np.frombuffer(mmap.mmap(number, size), np.uint8).view(SharedMemory)
    memory.file = _File(number)
    return memory


def over(memory: SharedMemory, offset: int, shape: Shape, strides: Shape, dtype: Any) -> Tensor:
    """Return a tensor over shared memory.

    Args:
        memory: The bytes.
        offset: Where its first element is.
        shape: Its shape.
        strides: Its strides, in elements.
        dtype: The type of its elements.
    """
    out: Tensor = blank(Tensor)
    address = memory.__array_interface__["data"][0] + offset
    size = int(np.prod(shape, dtype=np.int64))
    dense = strides == contiguous_strides(shape)
    backend.set_memory(out, memory, shape, strides, dtype, backend.cpu, address, size, dense)
    return out


@method
def share_memory_(input: Tensor) -> Tensor:
    """Move the elements to memory that processes share, and return the tensor.

    Processes that get the tensor by `torch.multiprocessing` see what the others write. Memory of a GPU and shared
    memory stay as they are. Views that were made before keep the memory of before.

    Example:
        >>> import mocrograd as mg
        >>> mg.ones(2).share_memory_().is_shared()
        True
    """
    if is_shared(input) or not input._size:
        return input
    size = input._size * input.dtype.itemsize
    number = _anonymous()
    os.ftruncate(number, size)
    shared = over(mapped(number, size), 0, input._shape, contiguous_strides(input._shape), input.dtype)
    move(shared, input.detach())
    input._set_data(shared)
    return input


@method
def is_shared(input: Tensor) -> bool:
    """Return whether processes can share the memory: it is a GPU's, or was moved by `share_memory_`.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.ones(2)
        >>> x.is_shared(), x.share_memory_().is_shared()
        (False, True)
    """
    return input.device.type != "cpu" or isinstance(input.storage, SharedMemory)
