"""Operations on the bits of floats: neighbours, and the parts that a number is stored as."""

from std.builtin.variadics import TypeList
from std.memory import bitcast

from mojo_kernels.elementwise.lanes import copysign, is_inf, is_nan
from mojo_kernels.elementwise.traits import BinaryOp, UnaryOp
from mojo_kernels.numerics.elementary import scaled

comptime _WHOLE[dt: DType] = DType.int32 if dt == DType.float32 else DType.int64
comptime _DIGITS[dt: DType] = Scalar[_WHOLE[dt]](23 if dt == DType.float32 else 52)


@always_inline
def _bits[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[_WHOLE[dt], w]:
    return bitcast[_WHOLE[dt]](x)


@always_inline
def _parts[dt: DType, w: Int](x: SIMD[dt, w]) -> Tuple[SIMD[dt, w], SIMD[dt, w]]:
    """Returns m and n of x = m 2^n with 1/2 <= |m| < 1; of 0, inf and nan m is the number itself, n = 0."""
    comptime single = dt == DType.float32
    comptime LARGE = Scalar[dt](
        33554432.0 if single else 18014398509481984.0
    )  # 2^25, 2^54: no subnormal stays one
    comptime SMALLEST = Scalar[dt](1.1754943508222875e-38 if single else 2.2250738585072014e-308)
    comptime MASK = Scalar[_WHOLE[dt]](255 if single else 2047)
    comptime BIAS = Scalar[_WHOLE[dt]](126 if single else 1022)
    var small = abs(x).lt(SMALLEST)
    var bits = _bits(small.select(x * LARGE, x))
    var odd = x.eq(0) | is_nan(x) | is_inf(x)
    var n = (
        ((bits >> SIMD[_WHOLE[dt], w](_DIGITS[dt])) & MASK)
        - BIAS
        - small.select(SIMD[_WHOLE[dt], w](25 if single else 54), SIMD[_WHOLE[dt], w](0))
    )
    var half = (bits & ~(MASK << _DIGITS[dt])) | (BIAS << _DIGITS[dt])
    var m = bitcast[dt](half)
    return (odd.select(x, m), odd.select(SIMD[dt, w](0), n.cast[dt]()))


@doc_hidden
struct FrexpMantissa(UnaryOp):
    """y = x / 2^n with 1/2 <= |y| < 1, dx = dy / 2^n."""

    comptime NAME: StaticString = "frexp_mantissa"
    comptime INTEGRAL = False
    comptime COST = 0.2

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return _parts(x)[0]

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return scaled(dy, -_parts(x)[1])


@doc_hidden
struct FrexpExponent(UnaryOp):
    """y = the n of x / 2^n with a magnitude between 1/2 and 1; no gradient."""

    comptime NAME: StaticString = "frexp_exponent"
    comptime INTEGRAL = False
    comptime COST = 0.2

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return _parts(x)[1]

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        return 0


@doc_hidden
struct Nextafter(BinaryOp):
    """y = the number next to a on the way to b; da = dy, db = 0."""

    comptime NAME: StaticString = "nextafter"
    comptime INTEGRAL = False
    comptime COST = 0.2

    @staticmethod
    def forward[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        comptime One = SIMD[_WHOLE[dt], w]
        var outwards = ~(b.gt(a) ^ a.gt(0))
        var next = bitcast[dt](_bits(a) + outwards.select(One(1), One(-1)))
        var least = copysign(bitcast[dt](One(1)), b)
        var y = a.eq(0).select(least, next)
        return (is_nan(a) | is_nan(b)).select(a + b, a.eq(b).select(b, y))

    @staticmethod
    def grad[
        dt: DType, w: Int
    ](a: SIMD[dt, w], b: SIMD[dt, w], dy: SIMD[dt, w]) -> Tuple[SIMD[dt, w], SIMD[dt, w]]:
        return (dy, SIMD[dt, w](0))


comptime UNARY = TypeList.of[Trait=UnaryOp, FrexpMantissa, FrexpExponent]
"""The functions of one element."""
comptime BINARY = TypeList.of[Trait=BinaryOp, Nextafter]
"""The functions of two elements."""
