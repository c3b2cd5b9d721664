"""The file of a model's numbers: a header, then the numbers, each tensor at a multiple of 64 bytes.

The header is `MAGIC`, the model's identity, the number of bytes behind it, and their CRC-32, 8 bytes each, then zeros up to
64 bytes. What differs in any of them, or in length, is refused.
"""

from std.collections import Array
from std.ffi import external_call

from mojo_kernels.native.status import DAMAGED, MEMORY, OK, UNREADABLE
from mojo_kernels.runtime.system import advise_huge_pages, free_block, new_block
from mojo_kernels.runtime.types import Words

comptime MAGIC = Int64(0x5354_4857_524F_4D31)
"""The first 8 bytes of every file, "1MORWHTS"."""
comptime HEADER = 64
"""The bytes of the header."""
comptime _POLYNOMIAL = UInt32(0xEDB8_8320)
comptime _STRIDE = 8
comptime _HUGE = 4 << 20
comptime _HUGE_PAGE = 2 << 20
comptime _Bytes = MutPointer[UInt8, MutAnyOrigin]


def take(nbytes: Int) -> Int:
    """Takes memory from the system, in huge pages where it is large.

    Args:
        nbytes: The size.

    Returns:
        An address, a multiple of 64; 0 where there is no memory. `free_block` gives it back.
    """
    var address = new_block(max(nbytes, 64), _HUGE_PAGE if nbytes >= _HUGE else 64)
    if address != 0 and nbytes >= _HUGE:
        advise_huge_pages(address, nbytes)
    return address


def checksum(address: Int, nbytes: Int) -> UInt32:
    """Computes a CRC-32 by tables, 8 bytes at a time.

    Args:
        address: The first byte.
        nbytes: How many there are.

    Returns:
        The checksum that zlib's `crc32` returns.
    """
    var tables = Array[UInt32, 256 * _STRIDE](fill=0)
    for i in range(256):
        var value = UInt32(i)
        for _ in range(8):
            value = (value >> 1) ^ (_POLYNOMIAL if value & 1 == 1 else 0)
        tables[i] = value
    for i in range(256, 256 * _STRIDE):
        var before = tables[i - 256]
        tables[i] = (before >> 8) ^ tables[Int(before & 255)]
    var bytes = _Bytes(unsafe_from_address=address)
    var sum = ~UInt32(0)
    var i = 0
    while i + _STRIDE <= nbytes:
        var next = UInt32(0)
        comptime for k in range(_STRIDE):
            var byte = UInt32(bytes.unsafe_load(i + k))
            comptime if k < 4:
                byte ^= (sum >> UInt32(8 * k)) & 255
            next ^= tables[256 * (_STRIDE - 1 - k) + Int(byte)]
        sum = next
        i += _STRIDE
    while i < nbytes:
        sum = (sum >> 8) ^ tables[Int((sum ^ UInt32(bytes.unsafe_load(i))) & 255)]
        i += 1
    return ~sum


def load(path: Int, identity: Int64, nbytes: Int, target: Words) -> Int32:
    """Reads the numbers of a model into memory of their own.

    Args:
        path: The address of the file's name.
        identity: What the file must say of the model that it belongs to.
        nbytes: The bytes of all numbers.
        target: Where the address of the memory goes, which `free_block` gives back.

    Returns:
        `OK`, or why there are none.
    """
    var mode: StaticString = "rb\0"
    var file = external_call["fopen", Int](path, mode.unsafe_ptr())
    if file == 0:
        return UNREADABLE
    var status = _read(file, identity, nbytes, target)
    _ = external_call["fclose", Int32](file)
    return status


@always_inline
def _fread(address: Int, nbytes: Int, file: Int) -> Int:
    return external_call["fread", Int](address, 1, nbytes, file)


def _read(file: Int, identity: Int64, nbytes: Int, target: Words) -> Int32:
    var header = Array[Int64, HEADER // 8](fill=0)
    if _fread(Int(MutPointer(to=header)), HEADER, file) != HEADER:
        return UNREADABLE if external_call["ferror", Int32](file) != 0 else DAMAGED
    if header[0] != MAGIC or header[1] != identity or header[2] != Int64(nbytes):
        return DAMAGED
    var address = take(nbytes)
    if address == 0:
        return MEMORY
    var beyond = UInt8(0)
    var whole = _fread(address, nbytes, file) == nbytes
    whole = whole and _fread(Int(MutPointer(to=beyond)), 1, file) == 0
    if not whole or Int64(checksum(address, nbytes)) != header[3]:
        free_block(address)
        return DAMAGED
    target[] = Int64(address)
    return OK
