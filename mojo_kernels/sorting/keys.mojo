"""Integers that order as elements do: -0 as 0, nan behind everything."""

from std.memory import bitcast
from std.sys import size_of

from mojo_kernels.reduce.combine import is_nan

comptime key_dtype[dt: DType] = DType.uint64 if size_of[dt]() == 8 else DType.uint32
"""The dtype of the keys of a dtype.

Parameters:
    dt: The dtype.
"""
comptime greatest_key[dt: DType] = UInt64.MAX >> UInt64(64 - 8 * size_of[dt]())
"""The greatest key of a dtype, that of nan: a key has no more bits than the element.

Parameters:
    dt: The dtype.
"""


@always_inline
def keys_of[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[key_dtype[dt], w]:
    """Returns the keys of elements.

    Parameters:
        dt: The dtype.
        w: The number of lanes.

    Args:
        x: The elements.

    Returns:
        The keys.
    """
    comptime K = key_dtype[dt]
    comptime TOP = Scalar[K](1) << Scalar[K](8 * size_of[dt]() - 1)
    comptime if dt.is_floating_point():
        var bits = bitcast[K, w](x + 0)
        var keys = (bits & TOP).ne(0).select(~bits, bits | TOP)
        return is_nan(x).select(SIMD[K, w](Scalar[K].MAX), keys)
    elif dt.is_unsigned():
        return x.cast[K]()
    else:
        return bitcast[K, w](x) ^ TOP


@always_inline
def order_key[dt: DType](x: Scalar[dt], descending: Bool) -> UInt64:
    """Returns the key of an element, in either order.

    Parameters:
        dt: The dtype.

    Args:
        x: The element.
        descending: Whether the order is turned round.

    Returns:
        The key.
    """
    var key = keys_of[dt, 1](x).cast[DType.uint64]()
    return key ^ greatest_key[dt] if descending else key
