"""The error function and its kin."""

from mojo_kernels.runtime.numerics import exp
from mojo_kernels.runtime.numerics_special import erf, erfc, erfinv, exp_of_minus_square
from mojo_kernels.runtime.ops import UnaryOp


@doc_hidden
struct Erf(UnaryOp):
    """y = erf(x), dx = dy e^(-x^2) 2 / sqrt(pi)."""

    comptime NAME: StaticString = "erf"
    comptime INTEGRAL = False
    comptime COST = 0.8

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return erf(x)

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return dy * exp_of_minus_square(x) * Scalar[dt](1.1283791670955126)


@doc_hidden
struct Erfc(UnaryOp):
    """y = 1 - erf(x), dx = -dy e^(-x^2) 2 / sqrt(pi)."""

    comptime NAME: StaticString = "erfc"
    comptime INTEGRAL = False
    comptime COST = 0.8

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return erfc(x)

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return -dy * exp_of_minus_square(x) * Scalar[dt](1.1283791670955126)


@doc_hidden
struct Erfinv(UnaryOp):
    """y = the x of erf(x), dx = dy e^(y^2) sqrt(pi) / 2."""

    comptime NAME: StaticString = "erfinv"
    comptime INTEGRAL = False
    comptime COST = 1.0

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return erfinv(x)

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return dy * exp(y * y) * Scalar[dt](0.8862269254527579)
