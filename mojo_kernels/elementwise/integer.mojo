"""Operations on integers alone: bits, shifts, powers and divisors."""

from mojo_kernels.runtime.ops import IntegerOp


@doc_hidden
struct BitwiseAnd(IntegerOp):
    """y = a & b."""

    comptime NAME: StaticString = "bitwise_and"

    @staticmethod
    def forward[w: Int](a: SIMD[DType.int64, w], b: SIMD[DType.int64, w]) -> SIMD[DType.int64, w]:
        return a & b


@doc_hidden
struct BitwiseOr(IntegerOp):
    """y = a | b."""

    comptime NAME: StaticString = "bitwise_or"

    @staticmethod
    def forward[w: Int](a: SIMD[DType.int64, w], b: SIMD[DType.int64, w]) -> SIMD[DType.int64, w]:
        return a | b


@doc_hidden
struct BitwiseXor(IntegerOp):
    """y = a ^ b."""

    comptime NAME: StaticString = "bitwise_xor"

    @staticmethod
    def forward[w: Int](a: SIMD[DType.int64, w], b: SIMD[DType.int64, w]) -> SIMD[DType.int64, w]:
        return a ^ b


@doc_hidden
struct ShiftLeft(IntegerOp):
    """y = a 2^b, 0 where b is negative or beyond 63."""

    comptime NAME: StaticString = "bitwise_left_shift"

    @staticmethod
    def forward[w: Int](a: SIMD[DType.int64, w], b: SIMD[DType.int64, w]) -> SIMD[DType.int64, w]:
        var fits = b.ge(0) & b.lt(64)
        return fits.select(a << fits.select(b, SIMD[DType.int64, w](0)), SIMD[DType.int64, w](0))


@doc_hidden
struct ShiftRight(IntegerOp):
    """y = floor(a / 2^b), the sign alone where b is negative or beyond 63."""

    comptime NAME: StaticString = "bitwise_right_shift"

    @staticmethod
    def forward[w: Int](a: SIMD[DType.int64, w], b: SIMD[DType.int64, w]) -> SIMD[DType.int64, w]:
        var fits = b.ge(0) & b.lt(64)
        return a >> fits.select(b, SIMD[DType.int64, w](63))


@doc_hidden
struct IntegerPow(IntegerOp):
    """y = a^b modulo 2^64 by repeated squaring; for negative b it is 1 / a^-b, rounded towards zero."""

    comptime NAME: StaticString = "pow"

    @staticmethod
    def forward[w: Int](a: SIMD[DType.int64, w], b: SIMD[DType.int64, w]) -> SIMD[DType.int64, w]:
        var result = SIMD[DType.int64, w](1)
        var base = a
        var rest = b.lt(0).select(-b, b)
        var zero = SIMD[DType.int64, w](0)
        while rest.reduce_or() != 0:
            result = (rest & 1).eq(0).select(result, result * base)
            base *= base
            rest = (rest >> 1) & Int64.MAX  # the least number has no positive one
        var inverse = a.eq(1).select(SIMD[DType.int64, w](1), a.eq(-1).select(result, zero))
        return b.lt(0).select(inverse, result)


@always_inline
def _greatest_divisor[w: Int](a: SIMD[DType.int64, w], b: SIMD[DType.int64, w]) -> SIMD[DType.uint64, w]:
    """Returns the greatest common divisor, 0 for two zeros; without a sign, because that of 2^63 fits too."""
    var x = abs(a).cast[DType.uint64]()
    var y = abs(b).cast[DType.uint64]()
    var zero = SIMD[DType.uint64, w](0)
    while y.reduce_or() != 0:
        var done = y.eq(0)
        var rest = x % done.select(SIMD[DType.uint64, w](1), y)
        x = done.select(x, y)
        y = done.select(zero, rest)
    return x


@doc_hidden
struct Gcd(IntegerOp):
    """y = the greatest common divisor of |a| and |b|, 0 of two zeros."""

    comptime NAME: StaticString = "gcd"

    @staticmethod
    def forward[w: Int](a: SIMD[DType.int64, w], b: SIMD[DType.int64, w]) -> SIMD[DType.int64, w]:
        return _greatest_divisor(a, b).cast[DType.int64]()


@doc_hidden
struct Lcm(IntegerOp):
    """y = the least common multiple of |a| and |b| modulo 2^64, 0 where one is 0."""

    comptime NAME: StaticString = "lcm"

    @staticmethod
    def forward[w: Int](a: SIMD[DType.int64, w], b: SIMD[DType.int64, w]) -> SIMD[DType.int64, w]:
        var divisor = _greatest_divisor(a, b)
        var share = abs(a).cast[DType.uint64]() // divisor.eq(0).select(SIMD[DType.uint64, w](1), divisor)
        return abs(share.cast[DType.int64]() * b)
