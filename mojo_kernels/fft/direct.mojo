"""Transforms by their definition: scalar loops, and on the GPU a thread for each number of the result."""

from mojo_kernels.runtime.types import Buffer

comptime COMPLEX = 0
"""From complex numbers to complex numbers."""
comptime FROM_REAL = 1
"""From n real numbers to n // 2 + 1 complex ones: the others are their conjugates."""
comptime TO_REAL = 2
"""Back from n // 2 + 1 complex numbers to n real ones; imaginary parts that must be 0 are not read."""


def columns_of(kind: Int, n: Int) -> Int:
    """Returns how many numbers a row of a result has.

    Args:
        kind: `COMPLEX`, `FROM_REAL` or `TO_REAL`.
        n: The length of the transform.

    Returns:
        The number.
    """
    return n // 2 + 1 if kind == FROM_REAL else n


def direct[
    kind: Int, dt: DType
](y: Buffer[dt], x: Buffer[dt], roots: Buffer[dt], n: Int, k: Int, scale: Float64, inverse: Bool):
    """Computes a number of a row's transform, in float64.

    Parameters:
        kind: `COMPLEX`, `FROM_REAL` or `TO_REAL`.
        dt: The dtype of the parts.

    Args:
        y: The row of the result.
        x: The row.
        roots: The powers e^(-2 pi i k / n).
        n: The length of the transform.
        k: The index of the number.
        scale: What it is multiplied by.
        inverse: Whether the exponent is positive.
    """
    var re = Float64(0)
    var im = Float64(0)
    var at = 0
    for j in range(n // 2 + 1 if kind == TO_REAL else n):
        var c = roots.unsafe_load(2 * at).cast[DType.float64]()
        var s = roots.unsafe_load(2 * at + 1).cast[DType.float64]()
        s = -s if inverse else s
        at += k
        at -= n if at >= n else 0
        comptime if kind == FROM_REAL:
            var a = x.unsafe_load(j).cast[DType.float64]()
            re += a * c
            im += a * s
        else:
            var a = x.unsafe_load(2 * j).cast[DType.float64]()
            var b = x.unsafe_load(2 * j + 1).cast[DType.float64]()
            comptime if kind == COMPLEX:
                re += a * c - b * s
                im += a * s + b * c
            else:
                re += a * c if j == 0 or 2 * j == n else 2 * (a * c - b * s)
    comptime if kind == TO_REAL:
        y.unsafe_store(k, (re * scale).cast[dt]())
    else:
        y.unsafe_store(2 * k, (re * scale).cast[dt]())
        y.unsafe_store(2 * k + 1, (im * scale).cast[dt]())
