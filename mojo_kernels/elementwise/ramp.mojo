"""Evenly spaced numbers: y[i] = first + i step, and `last` at the end, which rounding might miss.

Floats are computed in float64 and rounded once. The step of integers is whole.
"""

from std.math import fma, iota
from std.sys import simd_width_of, size_of

from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.loops import lanes
from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.types import Words, buffer, dtype_name, scalar, word


@doc_hidden
struct Ramp[dt: DType](Kernel):
    """A unit is an element."""

    comptime WORDS: StaticString = "y:w count " + (
        "first:f step:f last:f" if Self.dt.is_floating_point() else "first step last"
    )
    comptime WIDE = DType.float64 if Self.dt.is_floating_point() else DType.int64

    @staticmethod
    def name() -> String:
        return String("ramp.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.count)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(word(args, Self.AT.count), 2, size_of[Self.dt](), 0.15)

    @staticmethod
    def grain(args: Words) -> Int:
        return 4096

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var y = buffer[Self.dt](args, Self.AT.y).unsafe_offset(start)
        var first = scalar[Self.WIDE](args, Self.AT.first)
        var step = scalar[Self.WIDE](args, Self.AT.step)

        def body[w: Int](i: Int) {imm}:
            var at = (iota[DType.int64, w]() + Int64(start + i)).cast[Self.WIDE]()
            y.unsafe_store(i, fma(at, SIMD[Self.WIDE, w](step), SIMD[Self.WIDE, w](first)).cast[Self.dt]())

        lanes[S, simd_width_of[Self.WIDE](), unroll=4](stop - start, body)
        if stop == word(args, Self.AT.count) and stop > start:
            y.unsafe_store(stop - start - 1, scalar[Self.WIDE](args, Self.AT.last).cast[Self.dt]())
