"""Sums in memory that the processes of one machine share: each computes a part of the sum from what all have there.

MPI's own reduction copies the other processes' numbers before it adds them. Here they are read where they are. Who sums
a part begins with its own numbers and adds those of the others in the order of ranks, so a sum has the same bits in
every process and every run.

Memory is taken from one of two halves, and from the other one as soon as all that was begun is finished. Whoever begins
in a half has agreed on a call of the other half since, and all have finished with this one before that.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterable
from typing import Any

import numpy as np

from mocrograd import dtypes, ops
from mocrograd.distributed import mpi
from mocrograd.distributed.groups import ProcessGroup
from mocrograd.tensor import Tensor

SMALLEST = 1 << 16
"""How many bytes a sum must have; MPI is faster for fewer."""

_LARGEST = 1 << 26  # the bytes of a half, for each process
_LINE = 64  # bytes that one processor writes at a time
_FOLDER = "/dev/shm"


class Memory:
    """What the members of a group share.

    Args:
        group: The group.
    """

    def __init__(self, group: ProcessGroup) -> None:
        MPI = mpi.load()
        here = group.comm.Split_type(MPI.COMM_TYPE_SHARED)
        self._group = group
        self._possible = here.size == group.size()
        here.Free()
        self._half, self._bytes, self._taken, self._begun = 0, 0, 0, 0
        self._arrays: list[Any] = []

    def take(self, nbytes: int, expected: int) -> int | None:
        """Take memory for a sum; all members do so in the same order.

        Args:
            nbytes: How much.
            expected: How much will be taken until all is given back.

        Returns:
            Where it begins; None where there is not enough.
        """
        nbytes = _up(nbytes, _LINE)
        expected = _up(max(expected, nbytes), 1 << 20)
        half, taken = self._half, self._taken
        if not self._begun:
            if self._bytes < expected <= _LARGEST and self._possible:
                self._grow(expected)
            half, taken = 1 - half, 0
        if taken + nbytes > self._bytes:
            return None
        self._half, self._taken = half, taken + nbytes
        self._begun += 1
        return half * self._bytes + taken

    def give_back(self) -> None:
        """Give back what was taken first."""
        self._begun -= 1

    def _grow(self, nbytes: int) -> None:
        """Have so many bytes in each half, where the system has the room for it."""
        comm, own = self._group.comm, self._group.rank()
        self.close()
        size = 2 * nbytes * self._group.size()
        path = comm.bcast(_new_file(size) if own == 0 else "")
        try:
            mapped = _map(path, size) if path else None
        except OSError:
            mapped = None
        self._possible = all(comm.allgather(mapped is not None))
        if own == 0 and path:
            os.unlink(path)
        if self._possible and mapped is not None:
            self._arrays = list(np.frombuffer(mapped, np.uint8).reshape(self._group.size(), -1))
            self._bytes = nbytes

    def close(self) -> None:
        """Forget the memory; the system has it back once nobody has it."""
        self._arrays, self._bytes = [], 0

    def array(self, rank: int, where: int, count: int, dtype: dtypes.dtype) -> Any:
        """Return elements that a member has."""
        size: int = dtype.itemsize * count
        return self._arrays[rank][where : where + size].view(dtype.numpy)


class Sum:
    """A sum of arrays over the members of a group, which has begun.

    Args:
        memory: What they share.
        where: Where the array has its place there.
        parts: The tensors that make it up, one behind the other.
        call: What must be equal in all processes.
    """

    def __init__(self, memory: Memory, where: int, parts: Iterable[Tensor], call: tuple[Any, ...]) -> None:
        self._memory, self._where, self._group = memory, where, memory._group
        own, position = self._group.rank(), 0
        for part in parts:
            self._dtype = part.dtype
            array = memory.array(own, where + position, part.numel(), part.dtype)
            np.copyto(array, part._as_numpy().reshape(-1))
            position += part.nbytes
        self._count = position // self._dtype.itemsize
        self._call = call
        self._agreement = self._group.begin(*call)

    def finish(self, divisor: int = 1) -> list[Tensor]:
        """Wait for the others, and return the sum in parts, one of each process; they stay until the next sum.

        Args:
            divisor: What it is divided by.

        Raises:
            RuntimeError: A member makes another call, has left, or does not come.
        """
        memory, group = self._memory, self._group
        memory.give_back()
        group.end(self._agreement)
        own = group.rank()
        total = self._part(own, own)
        if total.numel():
            for rank in range(group.size()):
                if rank != own:
                    ops.add(total, self._part(rank, own), out=total)
            if divisor != 1:
                total.div_(divisor)
        group.agree("sum", *self._call)
        return [self._part(rank, rank) for rank in range(group.size())]

    def _part(self, holder: int, number: int) -> Tensor:
        """Return the part of the array that one member sums, as another has it."""
        size = self._dtype.itemsize
        each = _up(-(-self._count // self._group.size()), _LINE // size)
        low, high = (min(each * k, self._count) for k in (number, number + 1))
        return ops.from_numpy(self._memory.array(holder, self._where + low * size, high - low, self._dtype))


def begin(group: ProcessGroup, parts: list[Tensor], expected: int, *call: Any) -> Sum | None:
    """Begin to sum an array over the members of a group; all call it in the same order.

    Args:
        group: The group, of several.
        parts: The tensors that make up the array, of one dtype, on the CPU.
        expected: How many bytes will have been begun until all is finished.
        call: The name of the function, and what must be equal in all processes.

    Returns:
        The sum; None where MPI is to do it: on several machines, of another dtype, of little or of too much.
    """
    nbytes = sum(part.nbytes for part in parts)
    if nbytes < SMALLEST or parts[0].device.handle or parts[0].dtype not in (dtypes.float32, dtypes.float64):
        return None
    if group.memory is None:
        group.memory = Memory(group)
    where = group.memory.take(nbytes, expected)
    return None if where is None else Sum(group.memory, where, parts, call)


def _new_file(size: int) -> str:
    """Return the path of a file in memory that all processes of this user can open; "" where there is no room."""
    import tempfile  # takes a tenth of the whole import, and most programs need none of this

    try:
        number, path = tempfile.mkstemp(prefix="mocrograd-", dir=_FOLDER)
    except OSError:
        return ""
    try:
        os.posix_fallocate(number, 0, size)  # without it a write would end the process where there is no room
    except OSError:
        os.unlink(path)
        return ""
    finally:
        os.close(number)
    return path


def _map(path: str, size: int) -> mmap.mmap:
    number = os.open(path, os.O_RDWR)
    try:
        return mmap.mmap(number, size)
    finally:
        os.close(number)


def _up(number: int, unit: int) -> int:
    return -(-number // unit) * unit
