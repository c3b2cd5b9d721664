"""Angles reduced to the quadrant around 0, however large they are.

Multiples of pi / 2 are taken away in three parts with fused multiply-adds, which is exact as far as 1e5 in float32 and
1e9 in float64; beyond, 2 / pi is multiplied by integers of 224 bits.
"""

from std.math import floor, fma
from std.memory import bitcast

from mojo_kernels.numerics.elementary import ROUNDER

comptime WHOLE[dt: DType] = DType.int32 if dt == DType.float32 else DType.int64
"""The dtype of numbers of quadrants.

Parameters:
    dt: Float32 or float64.
"""
comptime _WORDS = 7
comptime _TWO_OVER_PI = [
    0,
    0,
    0xA2F9836E,
    0x4E441529,
    0xFC2757D1,
    0xF534DDC0,
    0xDB629599,
    0x3C439041,
    0xFE5163AB,
    0xDEBBC561,
    0xB7246E3A,
    0x424DD2E0,
    0x06492EEA,
    0x09D1921C,
    0xFE1DEB1C,
    0xB129A73E,
    0xE88235F5,
    0x2EBB4484,
    0xE99C7026,
    0xB45F7E41,
    0x3991D639,
    0x835339F4,
    0x9C845F8B,
    0xBDF9283B,
    0x1FF897FF,
    0xDE05980F,
    0xEF2F118B,
    0x5A0A6D1F,
    0x6D367ECF,
    0x27CB09B7,
    0x4F463F66,
    0x9E5FEA2D,
    0x7527BAC7,
    0xEBE5F17B,
    0x3D0739F7,
    0x8A5292EA,
    0x6BFB5FB1,
    0x1F8D5D08,
    0x56033046,
]
"""2 / pi in words of 32 bits, behind two words of zeros."""


@no_inline
def _reduce_far(x: Float64) -> Tuple[Float64, Int64]:
    """Returns x - n pi / 2 between -pi / 4 and pi / 4, and n modulo 4, for a finite x beyond 1e5."""
    var bits = bitcast[DType.uint64](abs(x))
    var exponent = Int(bits >> 52) - 1075
    var mantissa = (bits & 0xFFFFFFFFFFFFF) | 0x10000000000000
    # words before these give multiples of 4, and those behind them nothing that counts
    var first = ((exponent - 2) >> 5) + 2
    var shift = UInt64((exponent - 2) & 31)
    var window = SIMD[DType.uint64, 8](0)
    comptime for i in range(39):
        var index = first + _WORDS - 1 - i
        comptime WORD = UInt64(_TWO_OVER_PI[i])
        if 0 <= index < _WORDS:
            window[index] = WORD
    var product = SIMD[DType.uint64, 8](0)
    comptime for half in range(2):
        var factor = (mantissa >> UInt64(32 * half)) & 0xFFFFFFFF
        var carry = UInt64(0)
        comptime for i in range(_WORDS - half):
            var sum = window[i] * factor + product[i + half] + carry
            product[i + half] = sum & 0xFFFFFFFF
            carry = sum >> 32
    comptime for i in range(_WORDS - 1, -1, -1):
        var pair = product[i] << 32
        comptime if i > 0:
            pair |= product[i - 1]
        product[i] = (pair << shift) >> 32
    var n = Int64(product[_WORDS - 1] >> 30)
    product[_WORDS - 1] &= 0x3FFFFFFF
    var negative = product[_WORDS - 1] >= 0x20000000  # nearer to the next multiple
    if negative:
        n += 1
        var carry = UInt64(1)
        comptime for i in range(_WORDS):
            var sum = (product[i] ^ 0xFFFFFFFF) + carry
            product[i] = sum & 0xFFFFFFFF
            carry = sum >> 32
        product[_WORDS - 1] &= 0x3FFFFFFF
    var fraction = Float64(0)
    comptime for i in range(_WORDS):
        fraction += product[i].cast[DType.float64]() * (Float64(2) ** (32 * i - 222))
    var rest = fraction * 1.5707963267948966
    if negative != (x < 0):
        rest = -rest
    return (rest, -n if x < 0 else n)


@always_inline
def quadrants[dt: DType, w: Int](x: SIMD[dt, w]) -> Tuple[SIMD[dt, w], SIMD[WHOLE[dt], w]]:
    """Reduces angles to the quadrant around 0.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        x: Any values.

    Returns:
        The rest x - n pi / 2, nan for infinities and nan, and n, of which the last two bits count.
    """
    comptime single = dt == DType.float32
    comptime FAR = Scalar[dt](1e5 if single else 1e9)
    var n = fma(x, SIMD[dt, w](0.6366197723675814), SIMD[dt, w](ROUNDER[dt])) - ROUNDER[dt]
    var r = fma(n, SIMD[dt, w](-1.5707963705062866 if single else -1.5707963267948966), x)
    r = fma(n, SIMD[dt, w](4.371138828673793e-08 if single else -6.123233995736766e-17), r)
    r = fma(n, SIMD[dt, w](1.7151245100058819e-15 if single else 1.4973849048591698e-33), r)
    var whole = bitcast[WHOLE[dt]](n + ROUNDER[dt]) - bitcast[WHOLE[dt]](SIMD[dt, w](ROUNDER[dt]))
    var far = abs(x).gt(FAR) & abs(x).le(Scalar[dt].MAX_FINITE)
    if far.reduce_or():
        for lane in range(w):
            if far[lane]:
                var rest, turns = _reduce_far(x[lane].cast[DType.float64]())
                r[lane] = rest.cast[dt]()
                whole[lane] = turns.cast[WHOLE[dt]]()
    return (r, whole)


@always_inline
def quadrants_of_turns[dt: DType, w: Int](x: SIMD[dt, w]) -> Tuple[SIMD[dt, w], SIMD[WHOLE[dt], w]]:
    """Reduces angles of pi x to the quadrant around 0.

    Parameters:
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        x: Any values.

    Returns:
        The rest, an angle, and the number of quadrants before it.
    """
    var t = x - 2 * floor(fma(x, SIMD[dt, w](0.5), SIMD[dt, w](0.5)))  # exact
    var n = (t * 2 + ROUNDER[dt]) - ROUNDER[dt]
    var whole = bitcast[WHOLE[dt]](n + ROUNDER[dt]) - bitcast[WHOLE[dt]](SIMD[dt, w](ROUNDER[dt]))
    return (fma(n, SIMD[dt, w](-0.5), t) * Scalar[dt](3.141592653589793), whole)
