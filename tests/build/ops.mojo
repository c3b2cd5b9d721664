"""Ops and kernels of a user: what tests of mocrograd.kernel_library compile."""

from std.math import fma

from mojo_kernels.elementwise.traits import BinaryOp, UnaryOp
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.types import Words, buffer, dtype_name, scalar, word


struct SoftSquare(UnaryOp):
    """The function y = x^2 / (1 + x^2), whose gradient reads x and y."""

    comptime NAME: StaticString = "softsquare"
    comptime INTEGRAL = False
    comptime COST = 0.2

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        return x * x / (1 + x * x)

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        return dy * 2 * x * (1 - y) * (1 - y)


# struct Forgotten(UnaryOp): a comment is no op
struct Blend(BinaryOp):
    """The function y = a^2 b + b, of integers too."""

    comptime NAME: StaticString = "blend"
    comptime INTEGRAL = True
    comptime COST = 0.1

    @staticmethod
    def forward[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        return fma(a * a, b, b)

    @staticmethod
    def grad[
        dt: DType, w: Int
    ](a: SIMD[dt, w], b: SIMD[dt, w], dy: SIMD[dt, w]) -> Tuple[SIMD[dt, w], SIMD[dt, w]]:
        return (2 * a * b * dy, (a * a + 1) * dy)


struct ScaledRows[dt: DType](Kernel):
    """Each row x is multiplied by alpha; `past` more elements are written than a row has, before it where negative.
    """

    comptime WORDS: StaticString = "y:w x:r rows columns alpha:n past"

    @staticmethod
    def name() -> String:
        return String("scaled_rows.forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.rows)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(word(args, Self.AT.rows) * word(args, Self.AT.columns), 1, 8, 0.5)

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var columns = word(args, Self.AT.columns)
        var alpha = scalar[Self.dt](args, Self.AT.alpha)
        for row in range(start, stop):
            var y = buffer[Self.dt](args, Self.AT.y).unsafe_offset(row * columns)
            var x = buffer[Self.dt](args, Self.AT.x).unsafe_offset(row * columns)
            for j in range(columns):
                y.unsafe_store(j, alpha * x.unsafe_load(j))
            for j in range(word(args, Self.AT.past)):
                y.unsafe_store(columns + j, 0)
            for j in range(word(args, Self.AT.past), 0):
                y.unsafe_store(j, 0)
