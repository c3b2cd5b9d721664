"""Normalisation of rows; `__init__.mojo` lists the words."""

from std.math import sqrt
from std.sys import size_of

from mojo_kernels.elementwise.stored import computed_in
from mojo_kernels.normalization.passes import (
    Sums,
    each,
    element_or,
    load,
    gradient,
    lane_count,
    store,
    scaled,
    squares,
    total,
    total_pair,
)
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.loops import clear
from mojo_kernels.runtime.rows import sum_lanes
from mojo_kernels.runtime.schedule import Original, Schedule
from mojo_kernels.runtime.types import Words, buffer, dtype_name, scalar, word


@doc_hidden
struct RowNorm[stored: DType](Kernel):
    """A unit is a row, whose numbers are of dt; x and y are stored otherwise, and so may be weight and bias.
    """

    comptime WORDS: StaticString = (
        "y:w mean:w rstd:w x:r weight:r bias:r rows columns span period centred narrow eps:f"
    )
    comptime dt = computed_in(Self.stored)

    @staticmethod
    def name() -> String:
        return String("row_norm.forward.", dtype_name(Self.stored))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.rows)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(
            word(args, Self.AT.rows) * word(args, Self.AT.columns), 7, 2 * size_of[Self.stored](), 0.25
        )

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        comptime if Self.stored != Self.dt:
            if word(args, Self.AT.narrow) != 0:
                for row in range(start, stop):
                    Self.row[S, Self.stored](args, row)
                return
        for row in range(start, stop):
            Self.row[S, Self.dt](args, row)

    @staticmethod
    @always_inline
    def row[S: Schedule, given: DType](args: Words, row: Int):
        """Does a row, with a weight and a bias of the dtype `given`."""
        comptime w = lane_count[Self.dt, S]()
        var columns = word(args, Self.AT.columns)
        var span = word(args, Self.AT.span)
        var count = Scalar[Self.dt](columns)
        var y = buffer[Self.stored](args, Self.AT.y).unsafe_offset(row * columns)
        var x = buffer[Self.stored](args, Self.AT.x).unsafe_offset(row * columns)
        var mean = Scalar[Self.dt](0)
        if word(args, Self.AT.centred) != 0:
            mean = total[w, Self.dt](x, columns) / count
        var variance = squares[w](x, columns, mean) / count
        var rstd = 1 / sqrt(variance + scalar[Self.dt](args, Self.AT.eps))
        buffer[Self.dt](args, Self.AT.mean).unsafe_store(row, mean)
        buffer[Self.dt](args, Self.AT.rstd).unsafe_store(row, rstd)
        if span != 0:
            var parts = columns // span
            for c in range(parts):
                var first = row % word(args, Self.AT.period) * parts + c
                var scale = rstd * element_or[Self.dt, given](args, Self.AT.weight, first, 1)
                var bias = element_or[Self.dt, given](args, Self.AT.bias, first, 0)
                scaled[w](y.unsafe_offset(c * span), x.unsafe_offset(c * span), span, mean, scale, bias)
        elif word(args, Self.AT.weight) == 0:
            scaled[w](y, x, columns, mean, rstd, 0)
        else:
            var weight = buffer[given](args, Self.AT.weight)
            var has_bias = word(args, Self.AT.bias) != 0
            var bias = buffer[given](args, Self.AT.bias if has_bias else Self.AT.weight)

            def body(i: Int, mask: SIMD[DType.bool, w]) {imm}:
                var v = (load[Self.dt](x, i, mask) - mean) * rstd * load[Self.dt](weight, i, mask)
                if has_bias:
                    v += load[Self.dt](bias, i, mask)
                store(y, i, v, mask)

            each[w](columns, body)


@doc_hidden
struct RowNormBackward[stored: DType](Kernel):
    """A unit is a block of rows, whose numbers are of dt; x, dy and dx are stored otherwise, and so may be the weight.
    """

    comptime WORDS: StaticString = (
        "dx:w dweight:w dbias:w dy:r x:r mean:r rstd:r weight:r rows columns span period centred narrow block"
    )
    comptime dt = computed_in(Self.stored)

    @staticmethod
    def name() -> String:
        return String("row_norm.backward.", dtype_name(Self.stored))

    @staticmethod
    def units(args: Words) -> Int:
        return (word(args, Self.AT.rows) + word(args, Self.AT.block) - 1) // word(args, Self.AT.block)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(
            word(args, Self.AT.rows) * word(args, Self.AT.columns), 12, 3 * size_of[Self.stored](), 0.35
        )

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        for unit in range(start, stop):
            if word(args, Self.AT.span) == 0:
                Self.clear_sums(args, unit)
            comptime if Self.stored != Self.dt:
                if word(args, Self.AT.narrow) != 0:
                    Self.rows[S, Self.stored](args, unit)
                    continue
            Self.rows[S, Self.dt](args, unit)

    @staticmethod
    def clear_sums(args: Words, unit: Int):
        """Clears the sums of a unit."""
        var columns = word(args, Self.AT.columns)
        for grad in [Self.AT.dweight, Self.AT.dbias]:
            if word(args, grad) != 0:
                clear[Original](buffer[Self.dt](args, grad).unsafe_offset(unit * columns), columns)

    @staticmethod
    @always_inline
    def rows[S: Schedule, given: DType](args: Words, unit: Int):
        """Does the rows of a unit, with a weight of the dtype `given`."""
        var block = word(args, Self.AT.block)
        for row in range(unit * block, min((unit + 1) * block, word(args, Self.AT.rows))):
            if word(args, Self.AT.span) == 0:
                Self.columns_row[S, given](args, unit, row)
            else:
                Self.spans_row[S, given](args, row)

    @staticmethod
    @always_inline
    def columns_row[S: Schedule, given: DType](args: Words, unit: Int, row: Int):
        """Does a row with a weight per column."""
        comptime w = lane_count[Self.dt, S]()
        comptime V = SIMD[Self.dt, w]
        var columns = word(args, Self.AT.columns)
        var dy = buffer[Self.stored](args, Self.AT.dy).unsafe_offset(row * columns)
        var x = buffer[Self.stored](args, Self.AT.x).unsafe_offset(row * columns)
        var mean = buffer[Self.dt](args, Self.AT.mean).unsafe_load(row)
        var rstd = buffer[Self.dt](args, Self.AT.rstd).unsafe_load(row)
        var weighted = word(args, Self.AT.weight) != 0
        var weight = buffer[given](args, Self.AT.weight if weighted else Self.AT.dy)
        var sums = Sums[Self.dt, w]()
        var wants_weight = word(args, Self.AT.dweight) != 0
        var wants_bias = word(args, Self.AT.dbias) != 0
        var dweight = buffer[Self.dt](args, Self.AT.dweight).unsafe_offset(unit * columns)
        var dbias = buffer[Self.dt](args, Self.AT.dbias).unsafe_offset(unit * columns)

        def first(i: Int, mask: SIMD[DType.bool, w]) {imm, mut sums}:
            var g = load[Self.dt](dy, i, mask)
            var xhat = mask.select((load[Self.dt](x, i, mask) - mean) * rstd, V(0))
            if wants_weight:
                store(dweight, i, load[Self.dt](dweight, i, mask) + g * xhat, mask)
            if wants_bias:
                store(dbias, i, load[Self.dt](dbias, i, mask) + g, mask)
            if weighted:
                g *= load[Self.dt](weight, i, mask)
            sums.a += g
            sums.b += g * xhat

        each[w](columns, first)
        if word(args, Self.AT.dx) == 0:
            return
        var dx = buffer[Self.stored](args, Self.AT.dx).unsafe_offset(row * columns)
        var count = Scalar[Self.dt](columns)
        var shift = sum_lanes(sums.a) / count if word(args, Self.AT.centred) != 0 else Scalar[Self.dt](0)
        var slope = sum_lanes(sums.b) / count * rstd

        def second(i: Int, mask: SIMD[DType.bool, w]) {imm}:
            var g = load[Self.dt](dy, i, mask)
            if weighted:
                g *= load[Self.dt](weight, i, mask)
            store(dx, i, rstd * (g - shift - (load[Self.dt](x, i, mask) - mean) * slope), mask)

        each[w](columns, second)

    @staticmethod
    @always_inline
    def spans_row[S: Schedule, given: DType](args: Words, row: Int):
        """Does a row with a weight per span."""
        comptime w = lane_count[Self.dt, S]()
        var columns = word(args, Self.AT.columns)
        var span = word(args, Self.AT.span)
        var parts = columns // span
        var dy = buffer[Self.stored](args, Self.AT.dy).unsafe_offset(row * columns)
        var x = buffer[Self.stored](args, Self.AT.x).unsafe_offset(row * columns)
        var mean = buffer[Self.dt](args, Self.AT.mean).unsafe_load(row)
        var rstd = buffer[Self.dt](args, Self.AT.rstd).unsafe_load(row)
        var first = row % word(args, Self.AT.period) * parts
        var all = Scalar[Self.dt](0)
        var along = Scalar[Self.dt](0)
        for c in range(parts):
            var sums = total_pair[w, Self.dt](
                dy.unsafe_offset(c * span), x.unsafe_offset(c * span), span, mean
            )
            if word(args, Self.AT.dweight) != 0:
                buffer[Self.dt](args, Self.AT.dweight).unsafe_store(row * parts + c, sums[1] * rstd)
            if word(args, Self.AT.dbias) != 0:
                buffer[Self.dt](args, Self.AT.dbias).unsafe_store(row * parts + c, sums[0])
            var scale = element_or[Self.dt, given](args, Self.AT.weight, first + c, 1)
            all += scale * sums[0]
            along += scale * sums[1]
        if word(args, Self.AT.dx) == 0:
            return
        var dx = buffer[Self.stored](args, Self.AT.dx).unsafe_offset(row * columns)
        var count = Scalar[Self.dt](columns)
        var shift = rstd * all / count if word(args, Self.AT.centred) != 0 else Scalar[Self.dt](0)
        var slope = rstd * rstd * rstd * along / count
        for c in range(parts):
            gradient[w](
                dx.unsafe_offset(c * span),
                dy.unsafe_offset(c * span),
                x.unsafe_offset(c * span),
                span,
                mean,
                rstd * element_or[Self.dt, given](args, Self.AT.weight, first + c, 1),
                shift,
                slope,
            )
