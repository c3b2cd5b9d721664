"""Calls of a kernel whose operands lie between pages that nobody may touch, in a process of their own.

The operands of a call are copied into memory that two processes share. Each ends where a protected page begins, and
bytes of a pattern lie before it. A kernel that reads or writes behind an operand ends the process that runs it, one
that writes before it changes the pattern. Either way the process that called goes on, and its tensors are as they were.
"""

from __future__ import annotations

import ctypes
import faulthandler
import mmap
import os
import resource
import signal
import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

from mocrograd import backend
from mocrograd.backend import recording
from mocrograd.ops._memory import span
from mocrograd.tensor import Tensor

_PAGE = mmap.PAGESIZE
_PATTERN = 0xA5
_NO_ACCESS = 0
_RAISED = 3
"""The exit status of a process in which the kernel raised an exception."""
_RAISES = (IndexError, MemoryError, RuntimeError)
"""What a kernel's status becomes."""
_protect = ctypes.CDLL(None, use_errno=True).mprotect
_protect.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)


class _Region:
    """A copy of memory, before which lies a pattern and behind which a protected page.

    Attributes:
        low: The address of the memory's first byte.
        high: That of the byte after its last.
        moved: How much greater an address in the copy is.
    """

    def __init__(self, low: int, high: int) -> None:
        self.low, self.high = low, high
        pages = max(1, -(-(high - low) // _PAGE))
        self._map = mmap.mmap(-1, (pages + 2) * _PAGE)  # shared with a child
        first = ctypes.addressof(ctypes.c_char.from_buffer(self._map))
        self._pattern, self._slack = first + _PAGE, pages * _PAGE - (high - low)
        self.moved = self._pattern + self._slack - low
        ctypes.memset(self._pattern, _PATTERN, self._slack)
        ctypes.memmove(low + self.moved, low, high - low)
        for page in (first, first + (pages + 1) * _PAGE):
            if _protect(page, _PAGE, _NO_ACCESS):
                raise OSError(ctypes.get_errno(), "a page cannot be protected")

    def intact(self) -> bool:
        """Return whether the pattern is as it was."""
        return ctypes.string_at(self._pattern, self._slack) == bytes([_PATTERN]) * self._slack

    def give_back(self, low: int, high: int) -> None:
        """Copy bytes back to where they came from."""
        ctypes.memmove(low, low + self.moved, high - low)


class Range(NamedTuple):
    """The memory that a word of a call points to.

    Attributes:
        word: The index of the word.
        low: The address of the first byte.
        high: That of the byte after the last.
        written: Whether the kernel writes it.
    """

    word: int
    low: int
    high: int
    written: bool


def ranges_of(words: Sequence[Any], written: Sequence[Tensor]) -> list[Range]:
    """Return the memory of the tensors among words, some of which are written."""
    ranges = []
    for number, tensor in enumerate(words):
        if isinstance(tensor, Tensor):
            nbytes = span(tensor._shape, tensor._strides) * tensor.itemsize
            is_written = any(tensor is other for other in written)
            ranges.append(Range(number, tensor.address, tensor.address + nbytes, is_written))
    return ranges


def call_guarded(name: str, entry: int, work: int, words: Sequence[Any], ranges: Sequence[Range]) -> None:
    """Run a kernel on the CPU in guarded memory.

    Args:
        name: The kernel, for errors.
        entry: Its address in the kernel table.
        work: Roughly the number of operations.
        words: Its words, without the context.
        ranges: What its addresses point to.

    Raises:
        RuntimeError: It reached beyond an operand, or crashed in another way.
    """
    recording.cannot_replay("a library that was loaded with debug=True runs kernels in a process of their own")
    regions = _regions(ranges)
    moved = list(words)
    for own in ranges:
        moved[own.word] += _region_of(own, regions).moved
    ended, message = _in_a_child(lambda: backend.call(entry, work, *moved, backend.cpu.context))
    if os.WIFSIGNALED(ended):
        killer = signal.Signals(os.WTERMSIG(ended)).name
        raise RuntimeError(f"{name} reached memory beyond its operands, or crashed in another way: {killer}")
    if not all(region.intact() for region in regions):
        raise RuntimeError(f"{name} wrote to memory before its operands")
    if ended:
        kind, _, text = message.partition(": ")
        raise next((known for known in _RAISES if known.__name__ == kind), RuntimeError)(text)
    for own in ranges:
        if own.written:
            _region_of(own, regions).give_back(own.low, own.high)


def _regions(ranges: Sequence[Range]) -> list[_Region]:
    """Return a copy of the memory of operands; those that overlap are in one."""
    joined: list[tuple[int, int]] = []
    for _, low, high, _ in sorted(ranges, key=lambda own: own.low):
        if joined and low < joined[-1][1]:
            joined[-1] = joined[-1][0], max(high, joined[-1][1])
        else:
            joined.append((low, high))
    return [_Region(low, high) for low, high in joined]


def _region_of(own: Range, regions: Sequence[_Region]) -> _Region:
    return next(region for region in regions if region.low <= own.low and own.high <= region.high)


def _in_a_child(run: Any) -> tuple[int, str]:
    """Run a function in a child; return how it ended, as os.waitpid does, and the exception that it raised."""
    said, says = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", DeprecationWarning
        )  # the child starts no code that other threads' locks hold up
        child = os.fork()
    if child == 0:
        status = 1
        try:
            faulthandler.disable()
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # of a crash the parent tells
            run()
            status = 0
        except BaseException as error:
            os.write(says, f"{type(error).__name__}: {error}".encode()[:4096])
            status = _RAISED
        finally:
            os._exit(status)
    os.close(says)
    with os.fdopen(said, "rb") as pipe:
        message = pipe.read().decode("utf-8", "replace")
    return os.waitpid(child, 0)[1], message
