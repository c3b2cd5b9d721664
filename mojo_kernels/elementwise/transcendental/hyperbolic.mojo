"""Hyperbolic functions and their inverses; tanh stands in exponential.mojo."""

from std.builtin.variadics import TypeList
from std.math import sqrt

from mojo_kernels.elementwise.traits import UnaryOp
from mojo_kernels.numerics.exponential import acosh, asinh, atanh, cosh, sinh


@doc_hidden
struct Sinh(UnaryOp):
    """y = sinh(x), dx = dy cosh(x)."""

    comptime NAME: StaticString = "sinh"
    comptime INTEGRAL = False
    comptime COST = 0.6

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return sinh(x)

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return dy * cosh(x)


@doc_hidden
struct Cosh(UnaryOp):
    """y = cosh(x), dx = dy sinh(x)."""

    comptime NAME: StaticString = "cosh"
    comptime INTEGRAL = False
    comptime COST = 0.5

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return cosh(x)

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return dy * sinh(x)


@doc_hidden
struct Asinh(UnaryOp):
    """y = asinh(x), dx = dy / sqrt(x^2 + 1)."""

    comptime NAME: StaticString = "asinh"
    comptime INTEGRAL = False
    comptime COST = 0.8

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return asinh(x)

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return dy / sqrt(x * x + 1)


@doc_hidden
struct Acosh(UnaryOp):
    """y = acosh(x), dx = dy / sqrt(x^2 - 1)."""

    comptime NAME: StaticString = "acosh"
    comptime INTEGRAL = False
    comptime COST = 0.8

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return acosh(x)

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return dy / sqrt(x * x - 1)


@doc_hidden
struct Atanh(UnaryOp):
    """y = atanh(x), dx = dy / (1 - x^2)."""

    comptime NAME: StaticString = "atanh"
    comptime INTEGRAL = False
    comptime COST = 0.7

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return atanh(x)

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return dy / (1 - x * x)


comptime UNARY = TypeList.of[Trait=UnaryOp, Sinh, Cosh, Asinh, Acosh, Atanh]
"""The functions of one element."""
