"""What brings operands into the form that a convolution takes: a frame around images, filters turned round."""

from std.sys import simd_width_of, size_of

from mojo_kernels.conv.geometry import product, triple
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.loops import lanes
from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.types import Words, buffer, dtype_name, word


@doc_hidden
struct ConvFrame[dt: DType](Kernel):
    """Words: y, x, planes, sizes of x, of y, elements before the first one, step. Elements of x lie `step` apart in y, zeros
    between and around them; what lies outside of y is left out. A unit is a row of y."""

    comptime OPERANDS: StaticString = "wr"

    @staticmethod
    def name() -> String:
        return String("conv_frame.forward.", dtype_name(Self.dt))

    @staticmethod
    def words(args: Words) -> Int:
        return 15

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, 2) * word(args, 6) * word(args, 7)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(word(args, 2) * product(triple(args, 6)), 0, 2 * size_of[Self.dt](), 0.1)

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var source = triple(args, 3)
        var size = triple(args, 6)
        var before = triple(args, 9)
        var step = triple(args, 12)
        var width = Int(size[2])
        for unit in range(start, stop):
            var y = buffer[Self.dt](args, 0).unsafe_offset(unit * width)
            var row = Int64(unit) % size[1] - before[1]
            var rest = Int64(unit) // size[1]
            var slice = rest % size[0] - before[0]
            var i = row // step[1]
            var d = slice // step[0]
            var inside = i >= 0 and i < source[1] and i * step[1] == row
            inside = inside and d >= 0 and d < source[0] and d * step[0] == slice

            def zero[w: Int](j: Int) {imm}:
                y.unsafe_store(j, SIMD[Self.dt, w](0))

            if not inside:
                lanes[S, simd_width_of[Self.dt]()](width, zero)
                continue
            var x = buffer[Self.dt](args, 1).unsafe_offset(
                Int(((rest // size[0] * source[0] + d) * source[1] + i) * source[2])
            )
            if step[2] == 1:
                var low = max(Int(before[2]), 0)
                var high = min(Int(before[2] + source[2]), width)
                for j in range(min(low, width)):
                    y.unsafe_store(j, 0)

                def copied[w: Int](j: Int) {imm}:
                    y.unsafe_store(low + j, x.unsafe_load[width=w](low + j - Int(before[2])))

                lanes[S, simd_width_of[Self.dt]()](max(high - low, 0), copied)
                for j in range(max(high, min(low, width)), width):
                    y.unsafe_store(j, 0)
            else:
                lanes[S, simd_width_of[Self.dt]()](width, zero)
                var first = max(-(Int(before[2]) // Int(step[2])), 0)
                for j in range(first, Int(source[2])):
                    var place = Int(before[2]) + j * Int(step[2])
                    if place >= width:
                        break
                    if place >= 0:
                        y.unsafe_store(place, x.unsafe_load(j))


@doc_hidden
struct ConvTurn[dt: DType](Kernel):
    """Words: y, x, groups, filters, channels, window: y[group, channel, filter, k] = x[group, filter, channel, last - k]. A
    unit is a window of y."""

    comptime OPERANDS: StaticString = "wr"

    @staticmethod
    def name() -> String:
        return String("conv_turn.forward.", dtype_name(Self.dt))

    @staticmethod
    def words(args: Words) -> Int:
        return 6

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, 2) * word(args, 3) * word(args, 4)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(Self.units(args) * word(args, 5), 0, 2 * size_of[Self.dt](), 0.5)

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var filters = word(args, 3)
        var channels = word(args, 4)
        var window = word(args, 5)
        for unit in range(start, stop):
            var f = unit % filters
            var rest = unit // filters
            var c = rest % channels
            var from_unit = (rest // channels * filters + f) * channels + c
            var y = buffer[Self.dt](args, 0).unsafe_offset(unit * window)
            var x = buffer[Self.dt](args, 1).unsafe_offset(from_unit * window)
            for k in range(window):
                y.unsafe_store(k, x.unsafe_load(window - 1 - k))
