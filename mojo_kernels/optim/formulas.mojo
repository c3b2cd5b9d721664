"""What the optimizers' formulas share."""

from std.math import isnan

from mojo_kernels.numerics.power import pow
from mojo_kernels.runtime.types import Words, scalar, word


@always_inline
def real(args: Words, i: Int) -> Float64:
    """Returns an option.

    Args:
        args: The packed words.
        i: The index of its word.

    Returns:
        The number.
    """
    return scalar[DType.float64](args, i)


@always_inline
def sign(args: Words, i: Int) -> Float64:
    """Returns the gradient's sign.

    Args:
        args: The packed words.
        i: The index of the word that says whether to maximize.

    Returns:
        -1 to maximize, else 1.
    """
    return -1 if word(args, i) != 0 else 1


@always_inline
def power(base: Float64, exponent: Float64) -> Float64:
    """Returns a power.

    Args:
        base: The base.
        exponent: The exponent.

    Returns:
        The base to the exponent.
    """
    return pow[DType.float64, 1](base, exponent)


@always_inline
def mixed[dt: DType, w: Int](old: SIMD[dt, w], new: SIMD[dt, w], share: Float64) -> SIMD[dt, w]:
    """Returns an average moved towards a value.

    Parameters:
        dt: The dtype.
        w: The number of lanes.

    Args:
        old: The average so far.
        new: The value.
        share: How far to go, from 0 to 1.

    Returns:
        `old + share (new - old)`.
    """
    return old + (new - old) * share.cast[dt]()


@always_inline
def moved_square[dt: DType, w: Int](old: SIMD[dt, w], x: SIMD[dt, w], keep: Float64) -> SIMD[dt, w]:
    """Returns an average of squares moved towards a square.

    Parameters:
        dt: The dtype.
        w: The number of lanes.

    Args:
        old: The average so far.
        x: The value to be squared.
        keep: The share of the old average.

    Returns:
        `keep old + (1 - keep) x^2`.
    """
    return old * keep.cast[dt]() + x * x * (1 - keep).cast[dt]()


@always_inline
def larger[dt: DType, w: Int](old: SIMD[dt, w], new: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns the larger ones of two vectors; nan in either stays.

    Parameters:
        dt: The dtype.
        w: The number of lanes.

    Args:
        old: A vector.
        new: Another.

    Returns:
        Their maximum.
    """
    comptime assert dt.is_floating_point()
    return (old.gt(new) | isnan(old)).select(old, new)
