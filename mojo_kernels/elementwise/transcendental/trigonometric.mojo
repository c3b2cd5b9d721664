"""Trigonometric functions and their inverses, and the geometry of points."""

from std.builtin.variadics import TypeList
from std.math import sqrt

from mojo_kernels.elementwise.traits import BinaryOp, UnaryOp
from mojo_kernels.numerics.special import sinc, sinc_slope
from mojo_kernels.numerics.trigonometric import acos, asin, atan, atan2, cos, hypot, sin, tan


@doc_hidden
struct Sin(UnaryOp):
    """y = sin(x), dx = dy cos(x)."""

    comptime NAME: StaticString = "sin"
    comptime INTEGRAL = False
    comptime COST = 0.4

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return sin(x)

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return dy * cos(x)


@doc_hidden
struct Cos(UnaryOp):
    """y = cos(x), dx = -dy sin(x)."""

    comptime NAME: StaticString = "cos"
    comptime INTEGRAL = False
    comptime COST = 0.4

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return cos(x)

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return -dy * sin(x)


@doc_hidden
struct Tan(UnaryOp):
    """y = tan(x), dx = dy (1 + y^2)."""

    comptime NAME: StaticString = "tan"
    comptime INTEGRAL = False
    comptime COST = 0.5

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return tan(x)

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return dy * (1 + y * y)


@doc_hidden
struct Asin(UnaryOp):
    """y = asin(x), dx = dy / sqrt(1 - x^2)."""

    comptime NAME: StaticString = "asin"
    comptime INTEGRAL = False
    comptime COST = 0.4

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return asin(x)

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return dy / sqrt(1 - x * x)


@doc_hidden
struct Acos(UnaryOp):
    """y = acos(x), dx = -dy / sqrt(1 - x^2)."""

    comptime NAME: StaticString = "acos"
    comptime INTEGRAL = False
    comptime COST = 0.4

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return acos(x)

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return -dy / sqrt(1 - x * x)


@doc_hidden
struct Atan(UnaryOp):
    """y = atan(x), dx = dy / (1 + x^2)."""

    comptime NAME: StaticString = "atan"
    comptime INTEGRAL = False
    comptime COST = 0.4

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return atan(x)

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return dy / (1 + x * x)


@doc_hidden
struct Sinc(UnaryOp):
    """y = sin(pi x) / (pi x), 1 where x = 0; dx = dy (cos(pi x) - y) / x."""

    comptime NAME: StaticString = "sinc"
    comptime INTEGRAL = False
    comptime COST = 0.5

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return sinc(x)

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return dy * sinc_slope(x)


@doc_hidden
struct Atan2(BinaryOp):
    """y = the angle of (b, a), da = dy b / (a^2 + b^2), db = -dy a / (a^2 + b^2), both 0 at the origin."""

    comptime NAME: StaticString = "atan2"
    comptime INTEGRAL = False
    comptime COST = 0.6

    @staticmethod
    def forward[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return atan2(a, b)

    @staticmethod
    def grad[
        dt: DType, w: Int
    ](a: SIMD[dt, w], b: SIMD[dt, w], dy: SIMD[dt, w]) -> Tuple[SIMD[dt, w], SIMD[dt, w]]:
        comptime assert dt.is_floating_point()
        var h = hypot(a, b)
        var safe = h.eq(0).select(SIMD[dt, w](1), h)  # there a and b are 0
        return (dy * (b / safe / safe), -dy * (a / safe / safe))


@doc_hidden
struct Hypot(BinaryOp):
    """y = sqrt(a^2 + b^2), da = dy a / y, db = dy b / y."""

    comptime NAME: StaticString = "hypot"
    comptime INTEGRAL = False
    comptime COST = 0.5

    @staticmethod
    def forward[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return hypot(a, b)

    @staticmethod
    def grad[
        dt: DType, w: Int
    ](a: SIMD[dt, w], b: SIMD[dt, w], dy: SIMD[dt, w]) -> Tuple[SIMD[dt, w], SIMD[dt, w]]:
        comptime assert dt.is_floating_point()
        var y = hypot(a, b)
        return (dy * (a / y), dy * (b / y))


comptime UNARY = TypeList.of[Trait=UnaryOp, Sin, Cos, Tan, Asin, Acos, Atan, Sinc]
"""The functions of one element."""
comptime BINARY = TypeList.of[Trait=BinaryOp, Atan2, Hypot]
"""The functions of two elements."""
