"""Losses of numbers that must lie in a range, which is checked before anything is computed; a GPU reports what does not.

    binary_cross_entropy:  y = -(t max(log p, -100) + (1 - t) max(log(1 - p), -100)),  dp = dy (p - t) / (p (1 - p))
    variance:              y = max(v, least), of v that are not negative

Words, all contiguous:

- binary_cross_entropy forward: y, p, t, n
- binary_cross_entropy backward: dp, p, t, dy, n
- variance forward: y, v, n, least
"""

from std.memory import bitcast
from std.sys import is_gpu, simd_width_of, size_of

from mojo_kernels.runtime.context import ContextPointer
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.gpu_faults import launch_telling, number_of, report
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.loops import lanes
from mojo_kernels.numerics.elementary import log
from mojo_kernels.numerics.exponential import log1p
from mojo_kernels.runtime.schedule import Original, Schedule, Tiled
from mojo_kernels.runtime.types import VALUE_OUT_OF_RANGE, OK, Words, buffer, dtype_name, scalar, word


@doc_hidden
struct BinaryCrossEntropyForward[dt: DType](Kernel):
    """A unit is an element."""

    comptime WORDS: StaticString = "y:w p:r target:r n"

    @staticmethod
    def name() -> String:
        return String("binary_cross_entropy.forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.n)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(word(args, Self.AT.n), 8, 3 * size_of[Self.dt](), 2)

    @staticmethod
    def grain(args: Words) -> Int:
        return simd_width_of[Self.dt]()

    @staticmethod
    def check(args: Words) -> Int64:
        var p = buffer[Self.dt](args, Self.AT.p)
        var good = True

        def body[w: Int](i: Int) {imm, mut good}:
            var v = p.unsafe_load[width=w](i)
            good = good & (v.ge(0) & v.le(1)).reduce_and()  # nan is neither

        lanes[Tiled, simd_width_of[Self.dt]()](word(args, Self.AT.n), body)
        return OK if good else VALUE_OUT_OF_RANGE

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        launch_telling[Self.run[Original]](
            ctx, args, Self.words(args), number_of(Self.name()), Self.units(args)
        )

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var y = buffer[Self.dt](args, Self.AT.y).unsafe_offset(start)
        var p = buffer[Self.dt](args, Self.AT.p).unsafe_offset(start)
        var t = buffer[Self.dt](args, Self.AT.target).unsafe_offset(start)

        def body[w: Int](i: Int) {imm}:
            var v = p.unsafe_load[width=w](i)
            var target = t.unsafe_load[width=w](i)
            comptime if is_gpu():
                if not (v.ge(0) & v.le(1)).reduce_and():
                    report(args, Self.words(args), bitcast[DType.int64](v[0].cast[DType.float64]()), 1)
            var least = SIMD[Self.dt, w](-100)
            y.unsafe_store(i, (target - 1) * max(log1p(-v), least) - target * max(log(v), least))

        lanes[S, simd_width_of[Self.dt]()](stop - start, body)


@doc_hidden
struct BinaryCrossEntropyBackward[dt: DType](Kernel):
    """A unit is an element."""

    comptime WORDS: StaticString = "dp:w p:r target:r dy:r n"

    @staticmethod
    def name() -> String:
        return String("binary_cross_entropy.backward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.n)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(word(args, Self.AT.n), 5, 4 * size_of[Self.dt](), 0.5)

    @staticmethod
    def grain(args: Words) -> Int:
        return simd_width_of[Self.dt]()

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var dp = buffer[Self.dt](args, Self.AT.dp).unsafe_offset(start)
        var p = buffer[Self.dt](args, Self.AT.p).unsafe_offset(start)
        var t = buffer[Self.dt](args, Self.AT.target).unsafe_offset(start)
        var dy = buffer[Self.dt](args, Self.AT.dy).unsafe_offset(start)

        def body[w: Int](i: Int) {imm}:
            var v = p.unsafe_load[width=w](i)
            var slope = (v - t.unsafe_load[width=w](i)) / max((1 - v) * v, SIMD[Self.dt, w](1e-12))
            dp.unsafe_store(i, dy.unsafe_load[width=w](i) * slope)

        lanes[S, simd_width_of[Self.dt]()](stop - start, body)


@doc_hidden
struct Variance[dt: DType](Kernel):
    """A unit is an element."""

    comptime WORDS: StaticString = "y:w v:r n least:f"

    @staticmethod
    def name() -> String:
        return String("variance.forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.n)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(word(args, Self.AT.n), 1, 2 * size_of[Self.dt](), 0.2)

    @staticmethod
    def grain(args: Words) -> Int:
        return simd_width_of[Self.dt]()

    @staticmethod
    def check(args: Words) -> Int64:
        var v = buffer[Self.dt](args, Self.AT.v)
        var bad = False

        def body[w: Int](i: Int) {imm, mut bad}:
            bad = bad | v.unsafe_load[width=w](i).lt(0).reduce_or()

        lanes[Tiled, simd_width_of[Self.dt]()](word(args, Self.AT.n), body)
        return VALUE_OUT_OF_RANGE if bad else OK

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        launch_telling[Self.run[Original]](
            ctx, args, Self.words(args), number_of(Self.name()), Self.units(args)
        )

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var y = buffer[Self.dt](args, Self.AT.y).unsafe_offset(start)
        var v = buffer[Self.dt](args, Self.AT.v).unsafe_offset(start)
        var least = scalar[Self.dt](args, Self.AT.least)

        def body[w: Int](i: Int) {imm}:
            var x = v.unsafe_load[width=w](i)
            comptime if is_gpu():
                if x.lt(0).reduce_or():
                    report(args, Self.words(args), bitcast[DType.int64](x[0].cast[DType.float64]()), 0)
            y.unsafe_store(i, x.lt(least).select(SIMD[Self.dt, w](least), x))  # nan stays

        lanes[S, simd_width_of[Self.dt]()](stop - start, body)
