"""Rounding to integers, and division with a remainder."""

from std.builtin.variadics import TypeList
from std.math import ceil, floor, trunc

from mojo_kernels.elementwise.lanes import fmod, quotient_floor, quotient_trunc, round_even
from mojo_kernels.elementwise.traits import BinaryOp, UnaryOp


@doc_hidden
struct Floor(UnaryOp):
    """y = the greatest integer that is at most x, dx = 0."""

    comptime NAME: StaticString = "floor"
    comptime INTEGRAL = False
    comptime COST = 0.1

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return floor(x)

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        return 0


@doc_hidden
struct Ceil(UnaryOp):
    """y = the least integer that is at least x, dx = 0."""

    comptime NAME: StaticString = "ceil"
    comptime INTEGRAL = False
    comptime COST = 0.1

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return ceil(x)

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        return 0


@doc_hidden
struct Trunc(UnaryOp):
    """y = x without its fraction, dx = 0."""

    comptime NAME: StaticString = "trunc"
    comptime INTEGRAL = False
    comptime COST = 0.1

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return trunc(x)

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        return 0


@doc_hidden
struct Round(UnaryOp):
    """y = the nearest integer, the even one in a tie, dx = 0."""

    comptime NAME: StaticString = "round"
    comptime INTEGRAL = False
    comptime COST = 0.1

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return round_even(x)

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        return 0


@doc_hidden
struct Frac(UnaryOp):
    """y = x - trunc(x), dx = dy."""

    comptime NAME: StaticString = "frac"
    comptime INTEGRAL = False
    comptime COST = 0.1

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return x - trunc(x)

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        return dy


@doc_hidden
struct Remainder(BinaryOp):
    """y = a - b floor(a / b), with the sign of b; da = dy, db = -dy floor(a / b)."""

    comptime NAME: StaticString = "remainder"
    comptime INTEGRAL = True
    comptime COST = 1.0
    comptime DIVIDES = True

    @staticmethod
    def forward[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime if dt.is_floating_point():
            var rest = fmod(a, b)
            var other_side = (~rest.eq(0)) & (rest.lt(0) ^ b.lt(0))
            return other_side.select(rest + b, rest)
        else:
            return a - quotient_floor(a, b) * b

    @staticmethod
    def grad[
        dt: DType, w: Int
    ](a: SIMD[dt, w], b: SIMD[dt, w], dy: SIMD[dt, w]) -> Tuple[SIMD[dt, w], SIMD[dt, w]]:
        return (dy, -dy * quotient_floor(a, b))


@doc_hidden
struct Fmod(BinaryOp):
    """y = a - b trunc(a / b), with the sign of a; da = dy, db = -dy trunc(a / b)."""

    comptime NAME: StaticString = "fmod"
    comptime INTEGRAL = True
    comptime COST = 1.0
    comptime DIVIDES = True

    @staticmethod
    def forward[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime if dt.is_floating_point():
            return fmod(a, b)
        else:
            return a - quotient_trunc(a, b) * b

    @staticmethod
    def grad[
        dt: DType, w: Int
    ](a: SIMD[dt, w], b: SIMD[dt, w], dy: SIMD[dt, w]) -> Tuple[SIMD[dt, w], SIMD[dt, w]]:
        return (dy, -dy * quotient_trunc(a, b))


@doc_hidden
struct DivFloor(BinaryOp):
    """y = floor(a / b); no gradient."""

    comptime NAME: StaticString = "div_floor"
    comptime INTEGRAL = True
    comptime COST = 1.0
    comptime DIVIDES = True

    @staticmethod
    def forward[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        return quotient_floor(a, b)

    @staticmethod
    def grad[
        dt: DType, w: Int
    ](a: SIMD[dt, w], b: SIMD[dt, w], dy: SIMD[dt, w]) -> Tuple[SIMD[dt, w], SIMD[dt, w]]:
        return (SIMD[dt, w](0), SIMD[dt, w](0))


@doc_hidden
struct DivTrunc(BinaryOp):
    """y = trunc(a / b); no gradient."""

    comptime NAME: StaticString = "div_trunc"
    comptime INTEGRAL = True
    comptime COST = 1.0
    comptime DIVIDES = True

    @staticmethod
    def forward[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        return quotient_trunc(a, b)

    @staticmethod
    def grad[
        dt: DType, w: Int
    ](a: SIMD[dt, w], b: SIMD[dt, w], dy: SIMD[dt, w]) -> Tuple[SIMD[dt, w], SIMD[dt, w]]:
        return (SIMD[dt, w](0), SIMD[dt, w](0))


comptime UNARY = TypeList.of[Trait=UnaryOp, Floor, Ceil, Trunc, Round, Frac]
"""The functions of one element."""
comptime BINARY = TypeList.of[Trait=BinaryOp, Remainder, Fmod, DivFloor, DivTrunc]
"""The functions of two elements."""
