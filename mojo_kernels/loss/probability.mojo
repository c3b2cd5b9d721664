"""Losses of numbers that must lie in a range, which is checked before anything is computed.

    binary_cross_entropy:  y = -(t max(log p, -100) + (1 - t) max(log(1 - p), -100)),  dp = dy (p - t) / (p (1 - p))
    variance:              y = max(v, least), of v that are not negative

Words, all contiguous:

- binary_cross_entropy forward: y, p, t, n
- binary_cross_entropy backward: dp, p, t, dy, n
- variance forward: y, v, n, least
"""

from std.sys import simd_width_of, size_of

from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.loops import lanes
from mojo_kernels.numerics.elementary import log
from mojo_kernels.numerics.exponential import log1p
from mojo_kernels.runtime.schedule import Schedule, Tiled
from mojo_kernels.runtime.types import FAILED, OK, Words, buffer, dtype_name, scalar, word


@doc_hidden
struct BinaryCrossEntropyForward[dt: DType](Kernel):
    """A unit is an element."""

    comptime WORDS: StaticString = "wrr."

    @staticmethod
    def name() -> String:
        return String("binary_cross_entropy.forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, 3)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(word(args, 3), 8, 3 * size_of[Self.dt](), 2)

    @staticmethod
    def grain(args: Words) -> Int:
        return simd_width_of[Self.dt]()

    @staticmethod
    def check(args: Words) -> Int64:
        var p = buffer[Self.dt](args, 1)
        var good = True

        def body[w: Int](i: Int) {imm, mut good}:
            var v = p.unsafe_load[width=w](i)
            good = good & (v.ge(0) & v.le(1)).reduce_and()  # nan is neither

        lanes[Tiled, simd_width_of[Self.dt]()](word(args, 3), body)
        return OK if good else FAILED

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var y = buffer[Self.dt](args, 0).unsafe_offset(start)
        var p = buffer[Self.dt](args, 1).unsafe_offset(start)
        var t = buffer[Self.dt](args, 2).unsafe_offset(start)

        def body[w: Int](i: Int) {imm}:
            var v = p.unsafe_load[width=w](i)
            var target = t.unsafe_load[width=w](i)
            var least = SIMD[Self.dt, w](-100)
            y.unsafe_store(i, (target - 1) * max(log1p(-v), least) - target * max(log(v), least))

        lanes[S, simd_width_of[Self.dt]()](stop - start, body)


@doc_hidden
struct BinaryCrossEntropyBackward[dt: DType](Kernel):
    """A unit is an element."""

    comptime WORDS: StaticString = "wrrr."

    @staticmethod
    def name() -> String:
        return String("binary_cross_entropy.backward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, 4)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(word(args, 4), 5, 4 * size_of[Self.dt](), 0.5)

    @staticmethod
    def grain(args: Words) -> Int:
        return simd_width_of[Self.dt]()

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var dp = buffer[Self.dt](args, 0).unsafe_offset(start)
        var p = buffer[Self.dt](args, 1).unsafe_offset(start)
        var t = buffer[Self.dt](args, 2).unsafe_offset(start)
        var dy = buffer[Self.dt](args, 3).unsafe_offset(start)

        def body[w: Int](i: Int) {imm}:
            var v = p.unsafe_load[width=w](i)
            var slope = (v - t.unsafe_load[width=w](i)) / max((1 - v) * v, SIMD[Self.dt, w](1e-12))
            dp.unsafe_store(i, dy.unsafe_load[width=w](i) * slope)

        lanes[S, simd_width_of[Self.dt]()](stop - start, body)


@doc_hidden
struct Variance[dt: DType](Kernel):
    """A unit is an element."""

    comptime WORDS: StaticString = "wr.f"

    @staticmethod
    def name() -> String:
        return String("variance.forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, 2)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(word(args, 2), 1, 2 * size_of[Self.dt](), 0.2)

    @staticmethod
    def grain(args: Words) -> Int:
        return simd_width_of[Self.dt]()

    @staticmethod
    def check(args: Words) -> Int64:
        var v = buffer[Self.dt](args, 1)
        var bad = False

        def body[w: Int](i: Int) {imm, mut bad}:
            bad = bad | v.unsafe_load[width=w](i).lt(0).reduce_or()

        lanes[Tiled, simd_width_of[Self.dt]()](word(args, 2), body)
        return FAILED if bad else OK

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var y = buffer[Self.dt](args, 0).unsafe_offset(start)
        var v = buffer[Self.dt](args, 1).unsafe_offset(start)
        var least = scalar[Self.dt](args, 3)

        def body[w: Int](i: Int) {imm}:
            var x = v.unsafe_load[width=w](i)
            y.unsafe_store(i, x.lt(least).select(SIMD[Self.dt, w](least), x))  # nan stays

        lanes[S, simd_width_of[Self.dt]()](stop - start, body)
