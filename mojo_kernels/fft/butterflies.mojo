"""Fourier transforms of few vectors of complex numbers in registers, by the usual factorisations."""

from std.collections import Array


@always_inline
def butterfly[R: Int, dt: DType, W: Int](mut re: Array[SIMD[dt, W], R], mut im: Array[SIMD[dt, W], R]):
    """Replaces R vectors a by y[j] = sum of a[k] e^(-2 pi i j k / R).

    Parameters:
        R: The number of vectors: 2, 3, 4, 5 or 8.
        dt: The dtype.
        W: The lanes of a vector.

    Args:
        re: The real parts.
        im: The imaginary parts.
    """
    comptime if R == 2:
        _two[0, 1](re, im)
    elif R == 3:
        _three(re, im)
    elif R == 4:
        _four[0, 1, 2, 3](re, im)
    elif R == 5:
        _five(re, im)
    else:
        comptime assert R == 8
        _eight(re, im)


@always_inline
def _two[
    a: Int, b: Int, R: Int, dt: DType, W: Int
](mut re: Array[SIMD[dt, W], R], mut im: Array[SIMD[dt, W], R]):
    """Replaces two vectors by their sum and difference."""
    var x = re[a]
    var y = im[a]
    re[a] = x + re[b]
    im[a] = y + im[b]
    re[b] = x - re[b]
    im[b] = y - im[b]


@always_inline
def _turn_back[
    a: Int, R: Int, dt: DType, W: Int
](mut re: Array[SIMD[dt, W], R], mut im: Array[SIMD[dt, W], R]):
    """Multiplies a vector by -i."""
    var x = re[a]
    re[a] = im[a]
    im[a] = -x


@always_inline
def _four[
    a: Int, b: Int, c: Int, d: Int, R: Int, dt: DType, W: Int
](mut re: Array[SIMD[dt, W], R], mut im: Array[SIMD[dt, W], R]):
    """Transforms four vectors; the results stand in the same order."""
    _two[a, c](re, im)
    _two[b, d](re, im)
    _turn_back[d](re, im)
    _two[a, b](re, im)
    _two[c, d](re, im)
    var x = re[b]
    var y = im[b]
    re[b] = re[c]
    im[b] = im[c]
    re[c] = x
    im[c] = y


@always_inline
def _eight[R: Int, dt: DType, W: Int](mut re: Array[SIMD[dt, W], R], mut im: Array[SIMD[dt, W], R]):
    """Transforms four even and four odd vectors, and joins them."""
    comptime HALF = Scalar[dt](0.70710678118654752440)
    _four[0, 2, 4, 6](re, im)
    _four[1, 3, 5, 7](re, im)
    var x = re[3]
    re[3] = (x + im[3]) * HALF
    im[3] = (im[3] - x) * HALF
    _turn_back[5](re, im)
    x = re[7]
    re[7] = (im[7] - x) * HALF
    im[7] = (im[7] + x) * -HALF
    _two[0, 1](re, im)
    _two[2, 3](re, im)
    _two[4, 5](re, im)
    _two[6, 7](re, im)
    # y[j] and y[j + 4] stand at 2 j and 2 j + 1
    var real = Array[SIMD[dt, W], R](fill=0)
    var imaginary = Array[SIMD[dt, W], R](fill=0)
    comptime for j in range(8):
        real[j] = re[(j % 4) * 2 + j // 4]
        imaginary[j] = im[(j % 4) * 2 + j // 4]
    re = real^
    im = imaginary^


@always_inline
def _three[R: Int, dt: DType, W: Int](mut re: Array[SIMD[dt, W], R], mut im: Array[SIMD[dt, W], R]):
    """Transforms three vectors."""
    comptime SINE = Scalar[dt](0.86602540378443864676)
    _two[1, 2](re, im)
    var x = re[0] - re[1] * Scalar[dt](0.5)
    var y = im[0] - im[1] * Scalar[dt](0.5)
    re[0] += re[1]
    im[0] += im[1]
    _apart[1, 2](re, im, x, y, re[2] * SINE, im[2] * SINE)


@always_inline
def _five[R: Int, dt: DType, W: Int](mut re: Array[SIMD[dt, W], R], mut im: Array[SIMD[dt, W], R]):
    """Transforms five vectors."""
    comptime C1 = Scalar[dt](0.30901699437494742410)
    comptime C2 = Scalar[dt](-0.80901699437494742410)
    comptime S1 = Scalar[dt](0.95105651629515357212)
    comptime S2 = Scalar[dt](0.58778525229247312917)
    _two[1, 4](re, im)
    _two[2, 3](re, im)
    var x1 = re[0] + re[1] * C1 + re[2] * C2
    var y1 = im[0] + im[1] * C1 + im[2] * C2
    var x2 = re[0] + re[1] * C2 + re[2] * C1
    var y2 = im[0] + im[1] * C2 + im[2] * C1
    re[0] += re[1] + re[2]
    im[0] += im[1] + im[2]
    var u1 = re[4] * S1 + re[3] * S2
    var v1 = im[4] * S1 + im[3] * S2
    var u2 = re[4] * S2 - re[3] * S1
    var v2 = im[4] * S2 - im[3] * S1
    _apart[1, 4](re, im, x1, y1, u1, v1)
    _apart[2, 3](re, im, x2, y2, u2, v2)


@always_inline
def _apart[
    a: Int, b: Int, R: Int, dt: DType, W: Int
](
    mut re: Array[SIMD[dt, W], R],
    mut im: Array[SIMD[dt, W], R],
    x: SIMD[dt, W],
    y: SIMD[dt, W],
    u: SIMD[dt, W],
    v: SIMD[dt, W],
):
    """Sets vector a to (x + i y) - i (u + i v), and b to (x + i y) + i (u + i v)."""
    re[a] = x + v
    im[a] = y - u
    re[b] = x - v
    im[b] = y + u
