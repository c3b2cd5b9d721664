"""Storage: 64-byte-aligned blocks of host memory, pooled by size, and buffers of device memory.

Sizes are rounded up to one of four steps per power of two, so at most a fifth of a block is unused, and a freed block
serves the next request of its class: repeated steps allocate nothing. Where sizes keep changing, free blocks pile up in
classes that nobody asks for; they go back to the system before what is reserved grows beyond twice the peak. A block carries
its class and its pool in a header before its first byte. Blocks of 4 MiB and more ask for huge pages: a fresh
page costs a fault, and a fault of 2 MiB costs little more than one of 4 KiB.
All functions here are called with Python's GIL held.
"""

from std.bit import count_leading_zeros
from std.collections import Array
from std.sys import is_defined

from mojo_kernels.runtime.system import advise_huge_pages, free_block, new_block
from mojo_kernels.runtime.tape import GIVE, TAKE, TapePointer

comptime Address = Int
"""The address of a block's first byte; 0 is none."""
comptime _POOLED = not is_defined["MOCROGRAD_SANITIZE"]()
"""Whether blocks are kept for reuse. The address sanitizer sees only what goes back to the system."""
comptime _HEADER = 64
"""Bytes before a block's first one; they keep it aligned to 64."""
comptime _CLASSES = 256
"""The number of size classes, more than 64-bit sizes have."""
comptime SLACK = 64 << 20
"""Bytes that may always be kept for later."""
comptime _HUGE = 4 << 20
"""Bytes from which on a block asks for huge pages."""
comptime _HUGE_PAGE = 2 << 20
"""Bytes of a huge page."""


struct Pool(Copyable, Movable):
    """Free lists by size class, and what is in use."""

    var live: Int
    """Bytes handed out and not yet returned."""
    var peak: Int
    """The most that `live` has been."""
    var reserved: Int
    """Bytes taken from the system, in use or kept for the next request."""
    var tape: Int
    """The address of the tape that logs what is taken and given back, 0 while nobody listens."""
    var free: Array[Int, _CLASSES]
    """The first free block of each class, 0 where there is none; a free block's first word is the next one."""

    def __init__(out self):
        """Makes an empty pool."""
        self.live = 0
        self.peak = 0
        self.reserved = 0
        self.tape = 0
        self.free = Array[Int, _CLASSES](fill=0)


comptime PoolPointer = MutPointer[Pool, MutAnyOrigin]
"""The address of a pool, which lives as long as the process."""
comptime _Cells = MutPointer[Int, MutAnyOrigin]


@always_inline
def _cells(address: Int) -> _Cells:
    return _Cells(unsafe_from_address=address)


@always_inline
def _free_lists(pool: PoolPointer) -> _Cells:
    return _cells(Int(MutPointer(to=pool[].free)))


@always_inline
def _size_class(nbytes: Int) -> Int:
    """Returns the class of a size: four steps per power of two, from 64 bytes on."""
    var n = max(nbytes, 64) - 1
    var top = 63 - count_leading_zeros(n)
    return (top - 5) * 4 + ((n >> (top - 2)) & 3)


@always_inline
def _class_bytes(index: Int) -> Int:
    """Returns the size of the blocks of a class."""
    var top = index // 4 + 5
    return (5 + index % 4) << (top - 2)


def allocate(pool: PoolPointer, nbytes: Int) -> Address:
    """Takes a block from a pool, or from the system where the pool has none of its class.

    Args:
        pool: The pool.
        nbytes: The size, 0 or more.

    Returns:
        The address of at least `nbytes` bytes, aligned to 64, or 0 where there is no memory; `release` gives it back.
    """
    var index = _size_class(nbytes)
    var size = _class_bytes(index)
    var lists = _free_lists(pool)
    var address = lists.unsafe_load(index) if _POOLED else 0
    if address != 0:
        lists.unsafe_store(index, _cells(address)[])
    else:
        if pool[].reserved + size > 2 * max(pool[].peak, pool[].live + size) + SLACK:
            empty_cache(pool)
        address = _from_system(size if _POOLED else nbytes)
        if address == 0:
            return 0
        _cells(address).unsafe_store(-1, index)
        _cells(address).unsafe_store(-2, Int(pool))
        pool[].reserved += size
    pool[].live += size
    pool[].peak = max(pool[].peak, pool[].live)
    if pool[].tape != 0:
        TapePointer(unsafe_from_address=pool[].tape)[].note(TAKE, address, nbytes, size)
    return address


def _from_system(size: Int) -> Address:
    var base = new_block(size + _HEADER, _HUGE_PAGE if size >= _HUGE else 64)
    if base == 0:
        return 0
    if size >= _HUGE:
        advise_huge_pages(base, size + _HEADER)
    return base + _HEADER


def release(address: Address):
    """Returns a block to its pool.

    Args:
        address: An address of `allocate`.
    """
    var index = _cells(address).unsafe_load(-1)
    var pool = PoolPointer(unsafe_from_address=_cells(address).unsafe_load(-2))
    pool[].live -= _class_bytes(index)
    comptime if _POOLED:
        var lists = _free_lists(pool)
        _cells(address)[] = lists.unsafe_load(index)
        lists.unsafe_store(index, address)
    else:
        pool[].reserved -= _class_bytes(index)
        free_block(address - _HEADER)
    if pool[].tape != 0:
        TapePointer(unsafe_from_address=pool[].tape)[].note(GIVE, address, 0, 0)


def empty_cache(pool: PoolPointer):
    """Gives all free blocks back to the system.

    Args:
        pool: The pool.
    """
    var lists = _free_lists(pool)
    for index in range(_CLASSES):
        var address = lists.unsafe_load(index)
        while address != 0:
            var next = _cells(address)[]
            free_block(address - _HEADER)
            pool[].reserved -= _class_bytes(index)
            address = next
        lists.unsafe_store(index, 0)
