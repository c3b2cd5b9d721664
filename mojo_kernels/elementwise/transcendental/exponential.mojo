"""Exponentials, logarithms, powers and what is made of them."""

from std.builtin.variadics import TypeList
from std.math import sqrt

from mojo_kernels.elementwise.traits import BinaryOp, UnaryOp
from mojo_kernels.numerics.elementary import exp, log, tanh
from mojo_kernels.numerics.power import pow
from mojo_kernels.numerics.exponential import sigmoid


@doc_hidden
struct Exp(UnaryOp):
    """y = e^x, dx = dy y."""

    comptime NAME: StaticString = "exp"
    comptime INTEGRAL = False
    comptime COST = 0.3

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return exp(x)

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        return dy * y


@doc_hidden
struct Log(UnaryOp):
    """y = log(x), dx = dy / x."""

    comptime NAME: StaticString = "log"
    comptime INTEGRAL = False
    comptime COST = 0.3

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return log(x)

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        return dy / x


@doc_hidden
struct Sqrt(UnaryOp):
    """y = x^(1/2), dx = dy / 2y."""

    comptime NAME: StaticString = "sqrt"
    comptime INTEGRAL = False
    comptime COST = 0.3

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return sqrt(x)

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        return dy / (y + y)


@doc_hidden
struct PowHalf(UnaryOp):
    """y = x^(1/2), dx = dy / (2 y), for which x is kept: the result may be overwritten, as that of other powers.
    """

    comptime NAME: StaticString = "pow_half"
    comptime INTEGRAL = False
    comptime COST = Sqrt.COST

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return sqrt(x)

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return dy / (2 * sqrt(x))


@doc_hidden
struct Sigmoid(UnaryOp):
    """y = 1 / (1 + e^-x), dx = dy y (1 - y)."""

    comptime NAME: StaticString = "sigmoid"
    comptime INTEGRAL = False
    comptime COST = 0.4

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return sigmoid(x)

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        return dy * y * (1 - y)


@doc_hidden
struct Tanh(UnaryOp):
    """y = tanh(x), dx = dy (1 - y^2)."""

    comptime NAME: StaticString = "tanh"
    comptime INTEGRAL = False
    comptime COST = 0.4

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return tanh(x)

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        return dy * (1 - y * y)


@doc_hidden
struct Pow(BinaryOp):
    """y = a^b, da = dy b a^(b-1) (0 where b = 0), db = dy y log(a) (0 where a = 0 and b >= 0)."""

    comptime NAME: StaticString = "pow"
    comptime INTEGRAL = False
    comptime COST = 4.0

    @staticmethod
    def forward[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return pow(a, b)

    @staticmethod
    def grad[
        dt: DType, w: Int
    ](a: SIMD[dt, w], b: SIMD[dt, w], dy: SIMD[dt, w]) -> Tuple[SIMD[dt, w], SIMD[dt, w]]:
        comptime assert dt.is_floating_point()
        var zero = SIMD[dt, w](0)
        var da = b.eq(0).select(zero, dy * (b * pow(a, b - 1)))
        var db = (a.eq(0) & b.ge(0)).select(zero, dy * (pow(a, b) * log(a)))
        return (da, db)


comptime UNARY = TypeList.of[Trait=UnaryOp, Exp, Log, Sqrt, PowHalf, Sigmoid, Tanh]
"""The functions of one element."""
comptime BINARY = TypeList.of[Trait=BinaryOp, Pow]
"""The functions of two elements."""
