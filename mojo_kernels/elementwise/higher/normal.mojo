"""The scaled error function, and the normal distribution's logarithm and inverse."""

from std.builtin.variadics import TypeList

from mojo_kernels.elementwise.traits import UnaryOp
from mojo_kernels.numerics.elementary import exp
from mojo_kernels.numerics.normal import erfcx, erfcx_slope, log_ndtr, log_ndtr_slope, ndtri


@doc_hidden
struct Erfcx(UnaryOp):
    """y = e^(x^2) erfc(x), dx = dy (2 x y - 2 / sqrt(pi))."""

    comptime NAME: StaticString = "erfcx"
    comptime INTEGRAL = False
    comptime COST = 1.0

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return erfcx(x)

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return dy * erfcx_slope(x)


@doc_hidden
struct LogNdtr(UnaryOp):
    """y = the logarithm of the share below x, dx = dy sqrt(2 / pi) / erfcx(-x / sqrt(2))."""

    comptime NAME: StaticString = "log_ndtr"
    comptime INTEGRAL = False
    comptime COST = 2.0

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return log_ndtr(x)

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return dy * log_ndtr_slope(x)


@doc_hidden
struct Ndtri(UnaryOp):
    """y = the number below which a share of x lies, dx = dy sqrt(2 pi) e^(y^2 / 2)."""

    comptime NAME: StaticString = "ndtri"
    comptime INTEGRAL = False
    comptime COST = 6.0

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return ndtri(x)

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return dy * exp(y * y * 0.5) * Scalar[dt](2.5066282746310002)


comptime NORMAL = TypeList.of[Trait=UnaryOp, Erfcx, LogNdtr, Ndtri]
"""The functions of one element."""
