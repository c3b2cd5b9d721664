"""Pointer aliases, packed words and dtype lists: the one file to edit when Mojo renames things.

A kernel receives packed 64-bit words: addresses, sizes, strides (in elements), scalars (the bits of a float64
for floating dtypes, the integer itself for integral ones), and the address of the call's `Context` last.
Booleans are stored as bytes, so their kernels are instantiated for uint8.
"""

from std.memory import bitcast

comptime Words = MutPointer[Int64, MutAnyOrigin]
comptime Buffer[dtype: DType] = MutPointer[Scalar[dtype], MutAnyOrigin]
comptime KernelEntry = def(Words) thin abi("C") -> Int64

comptime OK = Int64(0)
comptime FAILED = Int64(1)
comptime INDEX_OUT_OF_RANGE = Int64(2)
comptime OUT_OF_MEMORY = Int64(3)

comptime MAX_RANK = 16
comptime MAX_WORDS = 128

comptime FLOATS = [DType.float32, DType.float64]
comptime NUMBERS = [DType.float32, DType.float64, DType.int64]
comptime STORED = [DType.float32, DType.float64, DType.int64, DType.uint8]


@always_inline
def word(args: Words, i: Int) -> Int:
    """Returns word `i` as an integer."""
    return Int(args.unsafe_load(i))


@always_inline
def buffer[dtype: DType](args: Words, i: Int) -> Buffer[dtype]:
    """Returns word `i` as the address of elements of `dtype`."""
    return Buffer[dtype](unsafe_from_address=word(args, i))


@always_inline
def scalar[dtype: DType](args: Words, i: Int) -> Scalar[dtype]:
    """Returns word `i` as a scalar operand: float64 bits for floating dtypes, the integer otherwise."""
    comptime if dtype.is_floating_point():
        return bitcast[DType.float64](args.unsafe_load(i)).cast[dtype]()
    else:
        return args.unsafe_load(i).cast[dtype]()


def dtype_name(dtype: DType) -> String:
    """Returns the name that Python knows a dtype by: booleans are stored as uint8."""
    if dtype == DType.uint8:
        return "bool"
    return String(dtype)
