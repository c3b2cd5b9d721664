"""The error function and its kin, and the gamma function's."""

from std.builtin.variadics import TypeList

from mojo_kernels.elementwise.traits import UnaryGrad, UnaryOp
from mojo_kernels.numerics.elementary import exp
from mojo_kernels.numerics.gamma import digamma, lgamma, polygamma
from mojo_kernels.numerics.gamma_slope import gamma_slope
from mojo_kernels.numerics.special import erf, erfc, erfinv, exp_of_minus_square


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
        var inverse = erfinv(x)
        return dy * exp(inverse * inverse) * Scalar[dt](0.8862269254527579)


@doc_hidden
struct Lgamma(UnaryOp):
    """y = log|gamma(x)|, dx = dy digamma(x)."""

    comptime NAME: StaticString = "lgamma"
    comptime INTEGRAL = False
    comptime COST = 3.0

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return lgamma(x)

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return dy * digamma(x)


@doc_hidden
struct Digamma(UnaryOp):
    """y = the derivative of log gamma(x), dx = dy times the second one."""

    comptime NAME: StaticString = "digamma"
    comptime INTEGRAL = False
    comptime COST = 3.0

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return digamma(x)

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return dy * polygamma[1](x)


@doc_hidden
struct Polygamma[n: Int](UnaryOp):
    """y = the n-th derivative of digamma(x), dx = dy times the next one."""

    comptime NAME: StaticString = "polygamma1" if Self.n == 1 else "polygamma2"
    comptime INTEGRAL = False
    comptime COST = 3.0

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return polygamma[Self.n](x)

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return dy * polygamma[Self.n + 1](x)


@doc_hidden
struct StandardGamma(UnaryGrad):
    """y = a draw of the gamma distribution of concentration x and rate 1, made on the host, dx = dy times its slope.
    """

    comptime NAME: StaticString = "standard_gamma"
    comptime COST = 14.0

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return dy * gamma_slope(x, y)


comptime UNARY = TypeList.of[Trait=UnaryOp, Erf, Erfc, Erfinv, Lgamma, Digamma, Polygamma[1], Polygamma[2]]
"""The functions of one element."""
