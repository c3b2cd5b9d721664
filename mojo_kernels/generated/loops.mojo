"""Loops of known length over elements, and what their bodies are written with."""

from std.math import iota
from std.memory import bitcast
from std.sys import simd_width_of

from mojo_kernels.matmul.tile import lanes_below
from mojo_kernels.runtime.types import Buffer, Words


@always_inline
def at[dt: DType](words: Words, i: Int) -> Buffer[dt]:
    """Returns the address of elements that stands in a word.

    Parameters:
        dt: The dtype of the elements.

    Args:
        words: The words of a generated function.
        i: The index of the word.

    Returns:
        The address.
    """
    return Buffer[dt](unsafe_from_address=Int(words.unsafe_load(i)))


@always_inline
def number[dt: DType, w: Int](bits: Int64) -> SIMD[dt, w]:
    """Returns a number in all lanes.

    Parameters:
        dt: The dtype.
        w: The number of lanes.

    Args:
        bits: The bits of the number as a float64.

    Returns:
        The lanes.
    """
    return SIMD[dt, w](bitcast[DType.float64](bits).cast[dt]())


@always_inline
def each[
    dt: DType,
    count: Int,
    Body: def[w: Int, tail: Bool](Int, SIMD[DType.bool, w]) -> None,
](body: Body):
    """Calls `body[w, tail](i, mask)` for all elements: vectors, then one of which the lanes within the mask count.

    Parameters:
        dt: The dtype whose vectors are taken.
        count: The number of elements.
        Body: The type of `body`.

    Args:
        body: Does elements `i` to `i + w`.
    """
    comptime W = simd_width_of[dt]() if count > 1 else 1
    for v in range(count // W):
        body[W, False](v * W, SIMD[DType.bool, W](fill=True))
    comptime if count % W != 0:
        body[W, True](count // W * W, lanes_below[W](count % W))
