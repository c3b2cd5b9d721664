"""Transforms of n real numbers by one of n / 2 complex ones, where n is even; of odd ones the imaginary parts are 0.

Numbers 2 j and 2 j + 1 are the parts of a complex number z[j]. With Z its transform of length h = n / 2, w = e^(-2 pi i / n),
E = (Z[k] + conj Z[h - k]) / 2 and O = (Z[k] - conj Z[h - k]) / 2i, the transform of all numbers is X[k] = E + w^k O and
X[h - k] = conj(E - w^k O). Press et al., Numerical Recipes, 2007, section 12.3.
"""

from std.bit import log2_floor
from std.sys import simd_width_of

from mojo_kernels.runtime.types import Buffer


def unfold_row[
    dt: DType
](y: Buffer[dt], z: Buffer[dt], roots: Buffer[dt], h: Int, inverse: Bool, first: Int, stop: Int):
    """Computes X[0] to X[h] of a row, times 2, from its Z: `Z` has been halved.

    Parameters:
        dt: The dtype of the parts.

    Args:
        y: The row of results, of h + 1 complex numbers; it may be `z`.
        z: The row, of h complex numbers.
        roots: The powers of w.
        h: Half of the number of real numbers.
        inverse: Whether the exponent is positive, so that results are conjugates.
        first: The first number k to do, with h - k; 0 for all.
        stop: The number before which to stop; h // 2 + 1 for all.
    """
    var sign = Scalar[dt](-1) if inverse else Scalar[dt](1)
    if first == 0:
        var a = z.unsafe_load(0) * 2
        var b = z.unsafe_load(1) * 2
        y.unsafe_store(0, a + b)
        y.unsafe_store(1, 0)
        y.unsafe_store(2 * h, a - b)
        y.unsafe_store(2 * h + 1, 0)
    _pairs[dt, False](y, z, roots, h, sign, max(first, 1), stop)


def fold_row[
    dt: DType
](z: Buffer[dt], x: Buffer[dt], roots: Buffer[dt], h: Int, inverse: Bool, first: Int, stop: Int):
    """Computes a row's Z, times 2, from X[0] to X[h], of which the first and the last count as real.

    Parameters:
        dt: The dtype of the parts.

    Args:
        z: The row of results, of h complex numbers.
        x: The row, of h + 1 complex numbers.
        roots: The powers of w.
        h: Half of the number of real numbers.
        inverse: Whether the exponent is positive; otherwise the row's conjugates are taken.
        first: The first number k to do, with h - k; 0 for all.
        stop: The number before which to stop; h // 2 + 1 for all.
    """
    var sign = Scalar[dt](1) if inverse else Scalar[dt](-1)
    if first == 0:
        var a = x.unsafe_load(0)
        var b = x.unsafe_load(2 * h)
        z.unsafe_store(0, a + b)
        z.unsafe_store(1, a - b)
    _pairs[dt, True](z, x, roots, h, sign, max(first, 1), stop)


@always_inline
def _pairs[
    dt: DType, back: Bool
](y: Buffer[dt], x: Buffer[dt], roots: Buffer[dt], h: Int, sign: Scalar[dt], first: Int, stop: Int):
    """Does numbers k and h - k, for k from `first` to before `stop`, as many together as do not meet those from behind.
    """
    comptime W = simd_width_of[dt]()
    var k = first
    comptime for i in range(log2_floor(W) + 1):
        comptime w = W >> i
        while k + w <= stop and (k + w - 1 < h - k - w + 1 or (w == 1 and k <= h - k)):
            _some_pairs[dt, back, w](y, x, roots, k, h - k - w + 1, sign)
            k += w


@always_inline
def _some_pairs[
    dt: DType, back: Bool, w: Int
](y: Buffer[dt], x: Buffer[dt], roots: Buffer[dt], k: Int, last: Int, sign: Scalar[dt]):
    """Does numbers from k on, and those from `last` on, which belong to them from behind."""
    comptime V = SIMD[dt, w]
    var low = x.unsafe_load[width=2 * w](2 * k).deinterleave()
    var high = x.unsafe_load[width=2 * w](2 * last).deinterleave()
    var root = roots.unsafe_load[width=2 * w](2 * k).deinterleave()
    var a = rebind[V](low[0])
    var b = rebind[V](low[1])
    var p = _reversed(rebind[V](high[0]))
    var q = _reversed(rebind[V](high[1]))
    _pair[back](a, b, p, q, rebind[V](root[0]), rebind[V](root[1]), sign)
    y.unsafe_store(2 * k, rebind[SIMD[dt, 2 * w]](a.interleave(b)))
    y.unsafe_store(2 * last, rebind[SIMD[dt, 2 * w]](_reversed(p).interleave(_reversed(q))))


@always_inline
def _pair[
    back: Bool, dt: DType, w: Int
](
    mut a: SIMD[dt, w],
    mut b: SIMD[dt, w],
    mut p: SIMD[dt, w],
    mut q: SIMD[dt, w],
    c: SIMD[dt, w],
    s: SIMD[dt, w],
    sign: Scalar[dt],
):
    """Replaces numbers k, a + i b, and h - k, p + i q, by those of the other side; w^k is c + i s."""
    comptime if back:
        b *= sign
        q *= sign
    var er = a + p
    var ei = b - q
    var dr = a - p
    var di = b + q
    var u: SIMD[dt, w]
    var v: SIMD[dt, w]
    comptime if back:  # i conj(w^k) times the difference
        u = dr * s - di * c
        v = dr * c + di * s
    else:  # -i w^k times the difference
        u = di * c + dr * s
        v = di * s - dr * c
    a = er + u
    b = ei + v
    p = er - u
    q = v - ei
    comptime if not back:
        b *= sign
        q *= sign


def unfold_block[dt: DType](block: Buffer[dt], roots: Buffer[dt], h: Int, inverse: Bool):
    """Does `unfold_row` for the columns of a block, which has room for h + 1 elements.

    Parameters:
        dt: The dtype of the parts.

    Args:
        block: The block.
        roots: The powers of w.
        h: Half of the number of real numbers.
        inverse: Whether the exponent is positive, so that results are conjugates.
    """
    comptime W = simd_width_of[dt]()
    var a = block.unsafe_load[width=W](0) * 2
    var b = block.unsafe_load[width=W](W) * 2
    block.unsafe_store(0, a + b)
    block.unsafe_store(W, SIMD[dt, W](0))
    block.unsafe_store(2 * h * W, a - b)
    block.unsafe_store(2 * h * W + W, SIMD[dt, W](0))
    _block_pairs[dt, False](block, roots, h, Scalar[dt](-1) if inverse else Scalar[dt](1))


def fold_block[dt: DType](block: Buffer[dt], roots: Buffer[dt], h: Int, inverse: Bool):
    """Does `fold_row` for the columns of a block of h + 1 elements, whose real and imaginary parts change places.

    Parameters:
        dt: The dtype of the parts.

    Args:
        block: The block.
        roots: The powers of w.
        h: Half of the number of real numbers.
        inverse: Whether the exponent is positive; otherwise the columns' conjugates are taken.
    """
    comptime W = simd_width_of[dt]()
    var a = block.unsafe_load[width=W](0)
    var b = block.unsafe_load[width=W](2 * h * W)
    block.unsafe_store(W, a + b)
    block.unsafe_store(0, a - b)
    _block_pairs[dt, True](block, roots, h, Scalar[dt](1) if inverse else Scalar[dt](-1))


@always_inline
def _block_pairs[dt: DType, back: Bool](block: Buffer[dt], roots: Buffer[dt], h: Int, sign: Scalar[dt]):
    """Does elements k and h - k of all columns, for k from 1 to h / 2."""
    comptime W = simd_width_of[dt]()
    comptime first = W if back else 0
    for k in range(1, h // 2 + 1):
        var low = block.unsafe_offset(2 * k * W)
        var high = block.unsafe_offset(2 * (h - k) * W)
        var a = low.unsafe_load[width=W](0)
        var b = low.unsafe_load[width=W](W)
        var p = high.unsafe_load[width=W](0)
        var q = high.unsafe_load[width=W](W)
        var c = SIMD[dt, W](roots.unsafe_load(2 * k))
        var s = SIMD[dt, W](roots.unsafe_load(2 * k + 1))
        _pair[back](a, b, p, q, c, s, sign)
        low.unsafe_store(first, a)
        low.unsafe_store(W - first, b)
        high.unsafe_store(first, p)
        high.unsafe_store(W - first, q)


@always_inline
def _reversed[dt: DType, w: Int](v: SIMD[dt, w]) -> SIMD[dt, w]:
    """Turns the order of lanes; `reversed` of one lane does not compile."""
    comptime if w == 1:
        return v
    else:
        return v.reversed()


def widen_row[dt: DType](z: Buffer[dt], x: Buffer[dt], n: Int):
    """Makes complex numbers of real ones.

    Parameters:
        dt: The dtype of the parts.

    Args:
        z: The complex row.
        x: The real row.
        n: The number of numbers.
    """
    for j in range(n):
        z.unsafe_store(2 * j, x.unsafe_load(j))
        z.unsafe_store(2 * j + 1, 0)


def mirror_row[dt: DType](z: Buffer[dt], x: Buffer[dt], n: Int):
    """Completes the first half of a row by its conjugates, for an odd length.

    Parameters:
        dt: The dtype of the parts.

    Args:
        z: The row of n complex numbers.
        x: The first n // 2 + 1 of them.
        n: The length.
    """
    z.unsafe_store(0, x.unsafe_load(0))
    z.unsafe_store(1, 0)
    for k in range(1, n // 2 + 1):
        var re = x.unsafe_load(2 * k)
        var im = x.unsafe_load(2 * k + 1)
        z.unsafe_store(2 * k, re)
        z.unsafe_store(2 * k + 1, im)
        z.unsafe_store(2 * (n - k), re)
        z.unsafe_store(2 * (n - k) + 1, -im)
