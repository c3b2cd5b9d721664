"""Normalisation of rows; the words stand in `__init__.mojo`."""

from std.math import sqrt
from std.sys import size_of

from mojo_kernels.normalization.passes import (
    Sums,
    each,
    element_or,
    get,
    gradient,
    lane_count,
    put,
    scaled,
    squares,
    total,
    total_pair,
)
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.rows import sum_lanes
from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.types import Words, buffer, dtype_name, scalar, word


@doc_hidden
struct RowNorm[dt: DType](Kernel):
    """A unit is a row."""

    comptime WORDS: StaticString = "wwwrrr.....f"

    @staticmethod
    def name() -> String:
        return String("row_norm.forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, 6)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(word(args, 6) * word(args, 7), 7, 2 * size_of[Self.dt](), 0.25)

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        comptime w = lane_count[Self.dt, S]()
        var columns = word(args, 7)
        var span = word(args, 8)
        var period = word(args, 9)
        var count = Scalar[Self.dt](columns)
        for row in range(start, stop):
            var y = buffer[Self.dt](args, 0).unsafe_offset(row * columns)
            var x = buffer[Self.dt](args, 3).unsafe_offset(row * columns)
            var mean = Scalar[Self.dt](0)
            if word(args, 10) != 0:
                mean = total[w](x, columns) / count
            var variance = squares[w](x, columns, mean) / count
            var rstd = 1 / sqrt(variance + scalar[Self.dt](args, 11))
            buffer[Self.dt](args, 1).unsafe_store(row, mean)
            buffer[Self.dt](args, 2).unsafe_store(row, rstd)
            if span != 0:
                var parts = columns // span
                for c in range(parts):
                    var place = row % period * parts + c
                    var scale = rstd * element_or[Self.dt](args, 4, place, 1)
                    var bias = element_or[Self.dt](args, 5, place, 0)
                    scaled[w](y.unsafe_offset(c * span), x.unsafe_offset(c * span), span, mean, scale, bias)
            elif word(args, 4) == 0:
                scaled[w](y, x, columns, mean, rstd, 0)
            else:
                var weight = buffer[Self.dt](args, 4)
                var has_bias = word(args, 5) != 0
                var bias = buffer[Self.dt](args, 5 if has_bias else 4)

                def body(i: Int, mask: SIMD[DType.bool, w]) {imm}:
                    var v = (get(x, i, mask) - mean) * rstd * get(weight, i, mask)
                    if has_bias:
                        v += get(bias, i, mask)
                    put(y, i, v, mask)

                each[w](columns, body)


@doc_hidden
struct RowNormBackward[dt: DType](Kernel):
    """A unit is a block of rows."""

    comptime WORDS: StaticString = "wwwrrrrr......"

    @staticmethod
    def name() -> String:
        return String("row_norm.backward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return (word(args, 8) + word(args, 13) - 1) // word(args, 13)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(word(args, 8) * word(args, 9), 12, 3 * size_of[Self.dt](), 0.35)

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var block = word(args, 13)
        for unit in range(start, stop):
            if word(args, 10) == 0:
                comptime w = lane_count[Self.dt, S]()
                for place in [1, 2]:
                    if word(args, place) != 0:
                        var sums = buffer[Self.dt](args, place).unsafe_offset(unit * word(args, 9))

                        def zero(i: Int, mask: SIMD[DType.bool, w]) {imm}:
                            put(sums, i, SIMD[Self.dt, w](0), mask)

                        each[w](word(args, 9), zero)
            for row in range(unit * block, min((unit + 1) * block, word(args, 8))):
                if word(args, 10) == 0:
                    Self.columns_row[S](args, unit, row)
                else:
                    Self.spans_row[S](args, row)

    @staticmethod
    @always_inline
    def columns_row[S: Schedule](args: Words, unit: Int, row: Int):
        """Does a row with a weight per column."""
        comptime w = lane_count[Self.dt, S]()
        comptime V = SIMD[Self.dt, w]
        var columns = word(args, 9)
        var dy = buffer[Self.dt](args, 3).unsafe_offset(row * columns)
        var x = buffer[Self.dt](args, 4).unsafe_offset(row * columns)
        var mean = buffer[Self.dt](args, 5).unsafe_load(row)
        var rstd = buffer[Self.dt](args, 6).unsafe_load(row)
        var weighted = word(args, 7) != 0
        var weight = buffer[Self.dt](args, 7 if weighted else 3)
        var sums = Sums[Self.dt, w]()
        var wants_weight = word(args, 1) != 0
        var wants_bias = word(args, 2) != 0
        var dweight = buffer[Self.dt](args, 1).unsafe_offset(unit * columns)
        var dbias = buffer[Self.dt](args, 2).unsafe_offset(unit * columns)

        def first(i: Int, mask: SIMD[DType.bool, w]) {imm, mut sums}:
            var g = get(dy, i, mask)
            var xhat = mask.select((get(x, i, mask) - mean) * rstd, V(0))
            if wants_weight:
                put(dweight, i, get(dweight, i, mask) + g * xhat, mask)
            if wants_bias:
                put(dbias, i, get(dbias, i, mask) + g, mask)
            if weighted:
                g *= get(weight, i, mask)
            sums.a += g
            sums.b += g * xhat

        each[w](columns, first)
        if word(args, 0) == 0:
            return
        var dx = buffer[Self.dt](args, 0).unsafe_offset(row * columns)
        var count = Scalar[Self.dt](columns)
        var shift = sum_lanes(sums.a) / count if word(args, 12) != 0 else Scalar[Self.dt](0)
        var slope = sum_lanes(sums.b) / count * rstd

        def second(i: Int, mask: SIMD[DType.bool, w]) {imm}:
            var g = get(dy, i, mask)
            if weighted:
                g *= get(weight, i, mask)
            put(dx, i, rstd * (g - shift - (get(x, i, mask) - mean) * slope), mask)

        each[w](columns, second)

    @staticmethod
    @always_inline
    def spans_row[S: Schedule](args: Words, row: Int):
        """Does a row with a weight per span."""
        comptime w = lane_count[Self.dt, S]()
        var columns = word(args, 9)
        var span = word(args, 10)
        var parts = columns // span
        var dy = buffer[Self.dt](args, 3).unsafe_offset(row * columns)
        var x = buffer[Self.dt](args, 4).unsafe_offset(row * columns)
        var mean = buffer[Self.dt](args, 5).unsafe_load(row)
        var rstd = buffer[Self.dt](args, 6).unsafe_load(row)
        var place = row % word(args, 11) * parts
        var all = Scalar[Self.dt](0)
        var along = Scalar[Self.dt](0)
        for c in range(parts):
            var sums = total_pair[w](dy.unsafe_offset(c * span), x.unsafe_offset(c * span), span, mean)
            if word(args, 1) != 0:
                buffer[Self.dt](args, 1).unsafe_store(row * parts + c, sums[1] * rstd)
            if word(args, 2) != 0:
                buffer[Self.dt](args, 2).unsafe_store(row * parts + c, sums[0])
            var scale = element_or[Self.dt](args, 7, place + c, 1)
            all += scale * sums[0]
            along += scale * sums[1]
        if word(args, 0) == 0:
            return
        var dx = buffer[Self.dt](args, 0).unsafe_offset(row * columns)
        var count = Scalar[Self.dt](columns)
        var shift = rstd * all / count if word(args, 12) != 0 else Scalar[Self.dt](0)
        var slope = rstd * rstd * rstd * along / count
        for c in range(parts):
            gradient[w](
                dx.unsafe_offset(c * span),
                dy.unsafe_offset(c * span),
                x.unsafe_offset(c * span),
                span,
                mean,
                rstd * element_or[Self.dt](args, 7, place + c, 1),
                shift,
                slope,
            )
