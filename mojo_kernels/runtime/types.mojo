"""Pointer aliases, packed words and dtype lists: the one file to edit when Mojo renames things.

A kernel receives packed 64-bit words: addresses, sizes, strides (in elements), scalars (the bits of a float64
for floating dtypes, the integer itself for integral ones), and the address of the call's `Context` last.
Booleans are stored as bytes, and int8 stands for them: see `BOOL`.
"""

from std.memory import bitcast

from mojo_kernels.runtime.bfloat16 import BFLOAT16, to_bfloat16

comptime Words = MutPointer[Int64, MutAnyOrigin]
"""The packed words of a call."""
comptime Buffer[dtype: DType] = MutPointer[Scalar[dtype], MutAnyOrigin]
"""The elements of a tensor.

Parameters:
    dtype: The dtype.
"""
comptime Sizes = SIMD[DType.int64, 8]
"""The bytes of an element of each operand; 0 behind the last."""
comptime KernelEntry = def(Words) thin abi("C") -> Int64
"""A form of a kernel: a function of packed words that returns a status. The kernel table holds it with a signature (words.mojo)."""

comptime OK = Int64(0)
"""The status of a kernel that did its work."""
comptime FAILED = Int64(1)
"""The status of a kernel that the device refused: RuntimeError in Python."""
comptime INDEX_OUT_OF_RANGE = Int64(2)
"""The status of an index outside its tensor: IndexError in Python."""
comptime OUT_OF_MEMORY = Int64(3)
"""The status of a kernel that got no scratch memory: MemoryError in Python."""
comptime DIVISION_BY_ZERO = Int64(4)
"""The status of integers that would be divided by 0: RuntimeError in Python."""
comptime SMALL_STACK = Int64(5)
"""The status of a kernel that was not run, because its tiles may not fit on the thread's stack: RuntimeError in Python."""
comptime VALUE_OUT_OF_RANGE = Int64(6)
"""The status of a value that the operation does not take, such as a probability above 1: RuntimeError in Python."""

comptime MAX_RANK = 16
"""The most dimensions of a tensor."""
comptime MAX_WORDS = 128
"""The most words of a call."""

comptime FLOATS = [DType.float32, DType.float64]
"""The floating dtypes."""
comptime NUMBERS = [DType.float32, DType.float64, DType.int64]
"""The dtypes that sums and products are in."""
comptime INTEGERS = [DType.int64, DType.int32, DType.uint8]
"""The integers."""
comptime NARROW = [DType.int32, DType.uint8]
"""The narrow integers: they wrap around, and their sums and products are in int64."""
comptime BOOL = DType.int8
"""The dtype of stored booleans, bytes of 0 or 1: not uint8, whose bytes are numbers, and no other kernel but a cast takes int8."""
comptime STORED = [DType.float32, DType.float64, DType.int64, DType.int32, DType.uint8, BOOL]
"""The dtypes that a tensor may have."""


@always_inline
def word(args: Words, i: Int) -> Int:
    """Returns a word as an integer.

    Args:
        args: The packed words.
        i: The index of the word.

    Returns:
        The integer: a size, a stride, a flag or an address.
    """
    return Int(args.unsafe_load(i))


@always_inline
def buffer[dtype: DType](args: Words, i: Int) -> Buffer[dtype]:
    """Returns a word as the address of elements.

    Parameters:
        dtype: The dtype of the elements.

    Args:
        args: The packed words.
        i: The index of the word.

    Returns:
        The address, whose memory Python keeps for as long as the call.
    """
    return Buffer[dtype](unsafe_from_address=word(args, i))


@always_inline
def scalar[dtype: DType](args: Words, i: Int) -> Scalar[dtype]:
    """Returns a word as a scalar operand.

    Parameters:
        dtype: The dtype of the scalar.

    Args:
        args: The packed words.
        i: The index of the word: the bits of a float64 for floating dtypes, the integer otherwise.

    Returns:
        The scalar.
    """
    comptime if dtype == BFLOAT16:
        var value = bitcast[DType.float64](args.unsafe_load(i)).cast[DType.float32]()
        return to_bfloat16[1](value).cast[dtype]()
    elif dtype.is_floating_point():
        return bitcast[DType.float64](args.unsafe_load(i)).cast[dtype]()
    else:
        return args.unsafe_load(i).cast[dtype]()


def dtype_name(dtype: DType) -> String:
    """Returns the name that Python knows a dtype by.

    Args:
        dtype: The dtype that a kernel is instantiated for.

    Returns:
        The dtype's own name, but "bool" and "bfloat16" for the dtypes that they are stored in.
    """
    if dtype == BFLOAT16:
        return "bfloat16"
    return "bool" if dtype == BOOL else String(dtype)
