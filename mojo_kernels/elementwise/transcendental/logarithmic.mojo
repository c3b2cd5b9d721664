"""Powers and logarithms to other bases, near 0 and near 1, and what is made of them."""

from std.builtin.variadics import TypeList
from std.math import sqrt

from mojo_kernels.elementwise.traits import BinaryOp, UnaryOp
from mojo_kernels.numerics.elementary import exp, log
from mojo_kernels.numerics.exponential import (
    exp2,
    expm1,
    log10,
    log1p,
    log2,
    logaddexp,
    logaddexp2,
    logit,
)


@doc_hidden
struct Exp2(UnaryOp):
    """y = 2^x, dx = dy y log(2)."""

    comptime NAME: StaticString = "exp2"
    comptime INTEGRAL = False
    comptime COST = 0.3

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return exp2(x)

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return dy * y * Scalar[dt](0.6931471805599453)


@doc_hidden
struct Expm1(UnaryOp):
    """y = e^x - 1, dx = dy (y + 1)."""

    comptime NAME: StaticString = "expm1"
    comptime INTEGRAL = False
    comptime COST = 0.4

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return expm1(x)

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return dy * (y + 1)


@doc_hidden
struct Log2(UnaryOp):
    """y = log2(x), dx = dy / (x log(2))."""

    comptime NAME: StaticString = "log2"
    comptime INTEGRAL = False
    comptime COST = 0.3

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return log2(x)

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return dy / (x * Scalar[dt](0.6931471805599453))


@doc_hidden
struct Log10(UnaryOp):
    """y = log10(x), dx = dy / (x log(10))."""

    comptime NAME: StaticString = "log10"
    comptime INTEGRAL = False
    comptime COST = 0.3

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return log10(x)

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return dy / (x * Scalar[dt](2.302585092994046))


@doc_hidden
struct Log1p(UnaryOp):
    """y = log(1 + x), dx = dy / (1 + x)."""

    comptime NAME: StaticString = "log1p"
    comptime INTEGRAL = False
    comptime COST = 0.5

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return log1p(x)

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return dy / (x + 1)


@doc_hidden
struct Rsqrt(UnaryOp):
    """y = x^(-1/2), dx = -dy y^3 / 2."""

    comptime NAME: StaticString = "rsqrt"
    comptime INTEGRAL = False
    comptime COST = 0.3

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return 1 / sqrt(x)

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return -0.5 * dy * y * y * y


@doc_hidden
struct Logit(UnaryOp):
    """y = log(x / (1 - x)), dx = dy / (x (1 - x)), nan outside of [0, 1]."""

    comptime NAME: StaticString = "logit"
    comptime INTEGRAL = False
    comptime COST = 0.8

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return logit(x)

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return (x.lt(0) | x.gt(1)).select(SIMD[dt, w](0) / 0, dy / (x * (1 - x)))


@doc_hidden
struct Logaddexp(BinaryOp):
    """y = log(e^a + e^b); the gradients are dy in parts as e^a to e^b."""

    comptime NAME: StaticString = "logaddexp"
    comptime INTEGRAL = False
    comptime COST = 1.0

    @staticmethod
    def forward[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return logaddexp(a, b)

    @staticmethod
    def grad[
        dt: DType, w: Int
    ](a: SIMD[dt, w], b: SIMD[dt, w], dy: SIMD[dt, w]) -> Tuple[SIMD[dt, w], SIMD[dt, w]]:
        comptime assert dt.is_floating_point()
        return (dy / (1 + exp(b - a)), dy / (1 + exp(a - b)))


@doc_hidden
struct Logaddexp2(BinaryOp):
    """y = log2(2^a + 2^b); the gradients are dy in parts as 2^a to 2^b."""

    comptime NAME: StaticString = "logaddexp2"
    comptime INTEGRAL = False
    comptime COST = 1.0

    @staticmethod
    def forward[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return logaddexp2(a, b)

    @staticmethod
    def grad[
        dt: DType, w: Int
    ](a: SIMD[dt, w], b: SIMD[dt, w], dy: SIMD[dt, w]) -> Tuple[SIMD[dt, w], SIMD[dt, w]]:
        comptime assert dt.is_floating_point()
        return (dy / (1 + exp2(b - a)), dy / (1 + exp2(a - b)))


@doc_hidden
struct Xlogy(BinaryOp):
    """y = a log(b), 0 where a = 0 unless b is nan; da = dy log(b) (0 where a = 0 and b <= 0), db = dy a / b.
    """

    comptime NAME: StaticString = "xlogy"
    comptime INTEGRAL = False
    comptime COST = 0.4

    @staticmethod
    def forward[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return (a.eq(0) & b.eq(b)).select(SIMD[dt, w](0), a * log(b))

    @staticmethod
    def grad[
        dt: DType, w: Int
    ](a: SIMD[dt, w], b: SIMD[dt, w], dy: SIMD[dt, w]) -> Tuple[SIMD[dt, w], SIMD[dt, w]]:
        comptime assert dt.is_floating_point()
        return ((a.eq(0) & b.le(0)).select(SIMD[dt, w](0), dy * log(b)), dy * (a / b))


comptime UNARY = TypeList.of[Trait=UnaryOp, Exp2, Expm1, Log2, Log10, Log1p, Rsqrt, Logit]
"""The functions of one element."""
comptime BINARY = TypeList.of[Trait=BinaryOp, Logaddexp, Logaddexp2, Xlogy]
"""The functions of two elements."""
