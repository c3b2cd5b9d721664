"""Joining tensors along a dimension, the triangles of matrices, and rows backwards.

    join:      y[o, :] = x_0[o, :], x_1[o, :], ...    up to eight at a time
    triangle:  y[m, r, c] = x[m, r, c] where c - r <= k (lower) or c - r >= k (upper), 0 elsewhere
    reverse:   y[...] = x[...], where x is read backwards along its rows and y is written forwards

Words of join: y, x_0 to x_7 (0 where there are fewer), the lengths of their rows, outer, and the stride from row to
row of y, which is longer where more than eight are joined. Words of triangle: y, x, matrices, rows, columns, k. All
operands are contiguous, but those of reverse have any strides other than 1 of y and -1 of x along the innermost
dimension.
"""

from std.sys import simd_width_of, size_of

from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.loops import STREAMED, Offsets, Output, elements, for_each_run, lanes, streamed
from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.types import Buffer, Words, buffer, dtype_name, word
from mojo_kernels.runtime.words import first_shape

comptime GRAIN = 64
"""Elements of a share are a multiple of this: a cache line at least, so that workers seldom share one."""
comptime SHORT = 32
"""Elements of a row up to which rows are joined by columns."""
comptime ROWS = 128
"""How many of them at a time: 32 KiB of 8-byte elements, which the first-level cache holds."""
comptime _STREAMED = 4 * STREAMED
"""Bytes of rows backwards from which on stores go by the caches: 4 MiB took 1.3 times as long so (EPYC, 2026-11)."""
comptime MANY = 8
"""How many tensors one call joins."""


@always_inline
def _copy[S: Schedule, dt: DType](y: Buffer[dt], x: Buffer[dt], count: Int):
    comptime W = simd_width_of[dt]()
    var i = 0
    comptime if S.SIMD:
        while i + W <= count:
            y.unsafe_store(i, x.unsafe_load[width=W](i))
            i += W
    while i < count:
        y.unsafe_store(i, x.unsafe_load(i))
        i += 1


@doc_hidden
struct Join[dt: DType](Kernel):
    """A unit is one element that is copied."""

    comptime WORDS: StaticString = "y:w xs:rrrrrrrr lengths:........ outer stride"

    @staticmethod
    def name() -> String:
        return String("join.forward.", dtype_name(Self.dt))

    @staticmethod
    def _row(args: Words) -> Int:
        var total = 0
        for k in range(MANY):
            total += word(args, Self.AT.lengths + k)
        return total

    @staticmethod
    def units(args: Words) -> Int:
        return Self._row(args) * word(args, Self.AT.outer)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(Self.units(args), 0, 2 * size_of[Self.dt](), 0.1)

    @staticmethod
    def grain(args: Words) -> Int:
        var row = Self._row(args)
        return GRAIN * row if row <= SHORT else GRAIN

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var row = Self._row(args)
        comptime if S.SIMD:
            if row <= SHORT:
                Self.columns(args, start // row, stop // row)
                return
        var stride = word(args, Self.AT.stride)
        var outer = start // row
        var column = start - outer * row
        var left = stop - start
        while left > 0:
            var y = buffer[Self.dt](args, Self.AT.y).unsafe_offset(outer * stride)
            var first = 0
            for k in range(MANY):
                var length = word(args, Self.AT.lengths + k)
                var skip = max(column - first, 0)
                var count = min(length - skip, left)
                if count > 0:
                    var x = buffer[Self.dt](args, Self.AT.xs + k).unsafe_offset(outer * length + skip)
                    _copy[S](y.unsafe_offset(first + skip), x, count)
                    left -= count
                first += length
            column = 0
            outer += 1

    @staticmethod
    def columns(args: Words, start: Int, stop: Int):
        """Joins short rows: some rows of one operand after the other, which stay in the cache."""
        var stride = word(args, Self.AT.stride)
        for outer in range(start, stop, ROWS):
            var y = buffer[Self.dt](args, Self.AT.y).unsafe_offset(outer * stride)
            for k in range(MANY):
                var length = word(args, Self.AT.lengths + k)
                var x = buffer[Self.dt](args, Self.AT.xs + k).unsafe_offset(outer * length)
                for r in range(min(ROWS, stop - outer) if length > 0 else 0):
                    for c in range(length):
                        y.unsafe_store(r * stride + c, x.unsafe_load(r * length + c))
                y = y.unsafe_offset(length)


@doc_hidden
struct Triangle[upper: Bool, dt: DType](Kernel):
    """A unit is one row."""

    comptime WORDS: StaticString = "y:w x:r matrices rows columns diagonal"

    @staticmethod
    def name() -> String:
        return String("triu" if Self.upper else "tril", ".forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.matrices) * word(args, Self.AT.rows)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(Self.units(args), 0, word(args, Self.AT.columns) * 2 * size_of[Self.dt](), 2.0)

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var rows = word(args, Self.AT.rows)
        var columns = word(args, Self.AT.columns)
        var k = word(args, Self.AT.diagonal)
        for unit in range(start, stop):
            var y = buffer[Self.dt](args, Self.AT.y).unsafe_offset(unit * columns)
            var x = buffer[Self.dt](args, Self.AT.x).unsafe_offset(unit * columns)
            var diagonal = unit % rows + k
            var edge = max(min(diagonal if Self.upper else diagonal + 1, columns), 0)
            comptime if Self.upper:
                for c in range(edge):
                    y.unsafe_store(c, 0)
                _copy[S](y.unsafe_offset(edge), x.unsafe_offset(edge), columns - edge)
            else:
                _copy[S](y, x, edge)
                for c in range(edge, columns):
                    y.unsafe_store(c, 0)


@doc_hidden
struct Reverse[dt: DType](Kernel):
    """A unit is an element."""

    comptime WORDS: StaticString = "y:w x:r shape:2"
    comptime SHAPE = first_shape(Self.WORDS)

    @staticmethod
    def name() -> String:
        return String("reverse.forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return elements(args, Self.SHAPE)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(Self.units(args), 0, 2 * size_of[Self.dt](), 0.1)

    @staticmethod
    def grain(args: Words) -> Int:
        return 4096

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var count = streamed[Self.dt](args, Self.AT.y, Self.SHAPE, stop - start)
        if count * size_of[Self.dt]() < _STREAMED:
            count = 0
        var y = Output[S, Self.dt](args, Self.AT.y, 1, count, 1)

        def row(first: Int, at: Offsets, length: Int) {imm}:
            var out = y.run(at[0])
            var x = buffer[Self.dt](args, Self.AT.x).unsafe_offset(Int(at[1]))

            def body[w: Int](i: Int) {imm}:
                comptime if w == 1:
                    out.store[w](i, x.unsafe_load[width=w](-i))
                else:
                    out.store[w](i, x.unsafe_load[width=w](1 - w - i).reversed())

            lanes[S, simd_width_of[Self.dt](), unroll=4](length, body, out.ahead(length))

        for_each_run[2](args, Self.SHAPE, start, stop, row)
