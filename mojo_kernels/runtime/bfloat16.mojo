"""Kernels hold bfloat16 as 16 bits of an integer: the upper half of a float32.

Processors' instructions for bfloat16 take numbers of less than full precision for 0, and a compiler uses them wherever
it keeps a number of this type or selects one. So no kernel has a number of this type.
"""

from std.memory import bitcast

comptime BFLOAT16 = DType.uint16
"""The dtype of stored bfloat16; nothing else has it."""


@always_inline
def to_bfloat16[width: Int](x: SIMD[DType.float32, width]) -> SIMD[BFLOAT16, width]:
    """Rounds to nearest, ties to even.

    Parameters:
        width: The number of lanes.

    Args:
        x: The numbers.

    Returns:
        The bits of the rounded numbers.
    """
    var bits = bitcast[DType.uint32](x)
    var up = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16
    return x.eq(x).select(up, SIMD[DType.uint32, width](0x7FC0)).cast[BFLOAT16]()


@always_inline
def from_bfloat16[width: Int](x: SIMD[BFLOAT16, width]) -> SIMD[DType.float32, width]:
    """Returns the numbers in float32, which has all of them.

    Parameters:
        width: The number of lanes.

    Args:
        x: The bits of the numbers.

    Returns:
        The numbers.
    """
    return bitcast[DType.float32](x.cast[DType.uint32]() << 16)
