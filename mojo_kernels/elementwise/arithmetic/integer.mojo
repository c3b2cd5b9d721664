"""Operations on integers alone: bits, shifts, powers and divisors."""

from std.builtin.variadics import TypeList
from std.sys import size_of

from mojo_kernels.elementwise.traits import IntegerOp

comptime BITS[dt: DType] = 8 * size_of[dt]()
"""The bits of an integer.

Parameters:
    dt: An integral dtype.
"""
comptime UNSIGNED[
    dt: DType
] = DType.uint64 if dt == DType.int64 else DType.uint32 if dt == DType.int32 else dt
"""The dtype of magnitudes.

Parameters:
    dt: An integral dtype.
"""


@always_inline
def magnitude[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[UNSIGNED[dt], w]:
    """Returns |x|, that of the least number too.

    Parameters:
        dt: An integral dtype.
        w: The number of lanes.

    Args:
        x: The lanes.

    Returns:
        The lanes without signs.
    """
    return abs(x).cast[UNSIGNED[dt]]()


@doc_hidden
struct BitwiseAnd(IntegerOp):
    """y = a & b."""

    comptime NAME: StaticString = "bitwise_and"

    @staticmethod
    def forward[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        return a & b


@doc_hidden
struct BitwiseOr(IntegerOp):
    """y = a | b."""

    comptime NAME: StaticString = "bitwise_or"

    @staticmethod
    def forward[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        return a | b


@doc_hidden
struct BitwiseXor(IntegerOp):
    """y = a ^ b."""

    comptime NAME: StaticString = "bitwise_xor"

    @staticmethod
    def forward[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        return a ^ b


@doc_hidden
struct ShiftLeft(IntegerOp):
    """y = a 2^b, 0 where b is negative or moves every bit out."""

    comptime NAME: StaticString = "bitwise_left_shift"

    @staticmethod
    def forward[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        var fits = b.ge(0) & b.lt(SIMD[dt, w](BITS[dt]))
        return fits.select(a << fits.select(b, SIMD[dt, w](0)), SIMD[dt, w](0))


@doc_hidden
struct ShiftRight(IntegerOp):
    """y = floor(a / 2^b), the sign alone where b is negative or moves every bit out."""

    comptime NAME: StaticString = "bitwise_right_shift"

    @staticmethod
    def forward[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        var fits = b.ge(0) & b.lt(SIMD[dt, w](BITS[dt]))
        comptime if dt.is_unsigned():
            return fits.select(a >> fits.select(b, SIMD[dt, w](0)), SIMD[dt, w](0))
        else:
            return a >> fits.select(b, SIMD[dt, w](BITS[dt] - 1))


@doc_hidden
struct IntegerPow(IntegerOp):
    """y = a^b modulo 2^bits by repeated squaring; for negative b it is 1 / a^-b, rounded towards zero."""

    comptime NAME: StaticString = "pow"

    @staticmethod
    def forward[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        var result = SIMD[dt, w](1)
        var base = a
        var rest = magnitude(b)
        while rest.reduce_or() != 0:
            result = (rest & 1).eq(0).select(result, result * base)
            base *= base
            rest >>= 1
        comptime if dt.is_unsigned():
            return result
        else:
            var none = SIMD[dt, w](0)
            var inverse = a.eq(1).select(SIMD[dt, w](1), a.eq(none - 1).select(result, none))
            return b.lt(0).select(inverse, result)


@always_inline
def _greatest_divisor[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[UNSIGNED[dt], w]:
    """Returns the greatest common divisor, 0 for two zeros; without a sign, because that of the least number fits too.
    """
    comptime Lanes = SIMD[UNSIGNED[dt], w]
    var x = magnitude(a)
    var y = magnitude(b)
    while y.reduce_or() != 0:
        var done = y.eq(0)
        var rest = x % done.select(Lanes(1), y)
        x = done.select(x, y)
        y = done.select(Lanes(0), rest)
    return x


@doc_hidden
struct Gcd(IntegerOp):
    """y = the greatest common divisor of |a| and |b|, 0 of two zeros."""

    comptime NAME: StaticString = "gcd"

    @staticmethod
    def forward[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        return _greatest_divisor(a, b).cast[dt]()


@doc_hidden
struct Lcm(IntegerOp):
    """y = the least common multiple of |a| and |b| modulo 2^bits, 0 where one is 0."""

    comptime NAME: StaticString = "lcm"

    @staticmethod
    def forward[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        var divisor = _greatest_divisor(a, b)
        var share = magnitude(a) // divisor.eq(0).select(SIMD[UNSIGNED[dt], w](1), divisor)
        return abs(share.cast[dt]() * b)


comptime INTEGER = TypeList.of[
    Trait=IntegerOp, BitwiseAnd, BitwiseOr, BitwiseXor, ShiftLeft, ShiftRight, IntegerPow, Gcd, Lcm
]
"""The functions of two integers."""
