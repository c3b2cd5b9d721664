"""Pointwise kernels: one op struct becomes loops over strided operands, for every dtype, schedule and device.

Words (see loops.mojo for shapes; a scalar operand has address 0 and its value in the word named for it):

- `UnaryForward`: y, x, shape(y, x)
- `UnaryBackward`: dx, x, y, dy, shape(dx, x, y, dy)
- `BinaryForward`, `Compare`: y, a, b, scalar, shape(y, a, b)
- `BinaryBackward`: da, db, a, b, dy, scalar, shape(a, b, dy); da and db are contiguous, or 0 where not wanted
- `Where`: y, c, a, b, scalar a, scalar b, shape(y, c, a, b)
- `Cast`: y, x, shape(y, x); between equal dtypes a strided copy
- `Fill`: y, scalar, shape(y)
"""

from std.sys import simd_width_of, size_of

from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.loops import (
    Offsets,
    Operand,
    elements,
    for_each_run,
    inner_stride,
    lanes,
    shape_words,
    store,
)
from mojo_kernels.runtime.ops import BinaryOp, CompareOp, UnaryOp
from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.types import Words, buffer, dtype_name, scalar, word

comptime GRAIN = 4096
"""Elements of a share are a multiple of this: a page, and a multiple of every vector width."""


@always_inline
def _present(args: Words, operands: Int) -> Int:
    """Counts the operands that are in memory: the others are absent, or scalars."""
    var count = 0
    for i in range(operands):
        count += Int(word(args, i) != 0)
    return count


@doc_hidden
struct UnaryForward[Op: UnaryOp, dt: DType](Kernel):
    comptime OPERANDS: StaticString = "wr"
    comptime SHAPE = 2

    @staticmethod
    def name() -> String:
        return String(Self.Op.NAME, ".forward.", dtype_name(Self.dt))

    @staticmethod
    def words(args: Words) -> Int:
        return Self.SHAPE + shape_words[2](args, Self.SHAPE)

    @staticmethod
    def units(args: Words) -> Int:
        return elements(args, Self.SHAPE)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(Self.units(args), 1, 2 * size_of[Self.dt](), Self.Op.COST)

    @staticmethod
    def grain(args: Words) -> Int:
        return GRAIN

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var y = buffer[Self.dt](args, 0)
        var sy = inner_stride(args, Self.SHAPE, 0)
        var x = Operand[Self.dt](args, 1, inner_stride(args, Self.SHAPE, 1), 1)

        def run_of(first: Int, at: Offsets, count: Int) {imm}:
            var out = y.unsafe_offset(Int(at[0]))

            def body[w: Int](i: Int) {imm}:
                store(out, i, sy, Self.Op.forward(x.load[w](at[1], i)))

            lanes[S, simd_width_of[Self.dt]()](count, body)

        for_each_run[2](args, Self.SHAPE, start, stop, run_of)


@doc_hidden
struct UnaryBackward[Op: UnaryOp, dt: DType](Kernel):
    comptime OPERANDS: StaticString = "wrrr"
    comptime SHAPE = 4

    @staticmethod
    def name() -> String:
        return String(Self.Op.NAME, ".backward.", dtype_name(Self.dt))

    @staticmethod
    def words(args: Words) -> Int:
        return Self.SHAPE + shape_words[4](args, Self.SHAPE)

    @staticmethod
    def units(args: Words) -> Int:
        return elements(args, Self.SHAPE)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(Self.units(args), 2, _present(args, 4) * size_of[Self.dt](), Self.Op.COST)

    @staticmethod
    def grain(args: Words) -> Int:
        return GRAIN

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var dx = buffer[Self.dt](args, 0)
        var stride = inner_stride(args, Self.SHAPE, 0)
        var x = Operand[Self.dt](args, 1, inner_stride(args, Self.SHAPE, 1), 1)
        var y = Operand[Self.dt](args, 2, inner_stride(args, Self.SHAPE, 2), 2)
        var dy = Operand[Self.dt](args, 3, inner_stride(args, Self.SHAPE, 3), 3)

        def run_of(first: Int, at: Offsets, count: Int) {imm}:
            var out = dx.unsafe_offset(Int(at[0]))

            def body[w: Int](i: Int) {imm}:
                var lanes_y = y.load[w](at[2], i)
                store(out, i, stride, Self.Op.grad(x.load[w](at[1], i), lanes_y, dy.load[w](at[3], i)))

            lanes[S, simd_width_of[Self.dt]()](count, body)

        for_each_run[4](args, Self.SHAPE, start, stop, run_of)


@doc_hidden
struct BinaryForward[Op: BinaryOp, dt: DType](Kernel):
    comptime OPERANDS: StaticString = "wrr."
    comptime SHAPE = 4

    @staticmethod
    def name() -> String:
        return String(Self.Op.NAME, ".forward.", dtype_name(Self.dt))

    @staticmethod
    def words(args: Words) -> Int:
        return Self.SHAPE + shape_words[3](args, Self.SHAPE)

    @staticmethod
    def units(args: Words) -> Int:
        return elements(args, Self.SHAPE)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(Self.units(args), 1, _present(args, 3) * size_of[Self.dt](), Self.Op.COST)

    @staticmethod
    def grain(args: Words) -> Int:
        return GRAIN

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var y = buffer[Self.dt](args, 0)
        var stride = inner_stride(args, Self.SHAPE, 0)
        var a = Operand[Self.dt](args, 1, inner_stride(args, Self.SHAPE, 1), 3)
        var b = Operand[Self.dt](args, 2, inner_stride(args, Self.SHAPE, 2), 3)

        def run_of(first: Int, at: Offsets, count: Int) {imm}:
            var out = y.unsafe_offset(Int(at[0]))

            def body[w: Int](i: Int) {imm}:
                store(out, i, stride, Self.Op.forward(a.load[w](at[1], i), b.load[w](at[2], i)))

            lanes[S, simd_width_of[Self.dt]()](count, body)

        for_each_run[3](args, Self.SHAPE, start, stop, run_of)


@doc_hidden
struct BinaryBackward[Op: BinaryOp, dt: DType](Kernel):
    comptime OPERANDS: StaticString = "WWrrr."
    comptime SHAPE = 6

    @staticmethod
    def name() -> String:
        return String(Self.Op.NAME, ".backward.", dtype_name(Self.dt))

    @staticmethod
    def words(args: Words) -> Int:
        return Self.SHAPE + shape_words[3](args, Self.SHAPE)

    @staticmethod
    def units(args: Words) -> Int:
        return elements(args, Self.SHAPE)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(Self.units(args), 2, _present(args, 5) * size_of[Self.dt](), Self.Op.COST)

    @staticmethod
    def grain(args: Words) -> Int:
        return GRAIN

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var da = buffer[Self.dt](args, 0)
        var db = buffer[Self.dt](args, 1)
        var want_a = word(args, 0) != 0
        var want_b = word(args, 1) != 0
        var a = Operand[Self.dt](args, 2, inner_stride(args, Self.SHAPE, 0), 5)
        var b = Operand[Self.dt](args, 3, inner_stride(args, Self.SHAPE, 1), 5)
        var dy = Operand[Self.dt](args, 4, inner_stride(args, Self.SHAPE, 2), 4)

        def run_of(first: Int, at: Offsets, count: Int) {imm}:
            def body[w: Int](i: Int) {imm}:
                var grads = Self.Op.grad(a.load[w](at[0], i), b.load[w](at[1], i), dy.load[w](at[2], i))
                if want_a:
                    da.unsafe_store(first + i, grads[0])
                if want_b:
                    db.unsafe_store(first + i, grads[1])

            lanes[S, simd_width_of[Self.dt]()](count, body)

        for_each_run[3](args, Self.SHAPE, start, stop, run_of)


@doc_hidden
struct Compare[Op: CompareOp, dt: DType](Kernel):
    comptime OPERANDS: StaticString = "wrr."
    comptime SHAPE = 4

    @staticmethod
    def name() -> String:
        return String(Self.Op.NAME, ".forward.", dtype_name(Self.dt))

    @staticmethod
    def words(args: Words) -> Int:
        return Self.SHAPE + shape_words[3](args, Self.SHAPE)

    @staticmethod
    def units(args: Words) -> Int:
        return elements(args, Self.SHAPE)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(Self.units(args), 1, 1 + (_present(args, 3) - 1) * size_of[Self.dt](), 0.1)

    @staticmethod
    def grain(args: Words) -> Int:
        return GRAIN

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var y = buffer[DType.uint8](args, 0)
        var stride = inner_stride(args, Self.SHAPE, 0)
        var a = Operand[Self.dt](args, 1, inner_stride(args, Self.SHAPE, 1), 3)
        var b = Operand[Self.dt](args, 2, inner_stride(args, Self.SHAPE, 2), 3)

        def run_of(first: Int, at: Offsets, count: Int) {imm}:
            var out = y.unsafe_offset(Int(at[0]))

            def body[w: Int](i: Int) {imm}:
                var mask = Self.Op.forward(a.load[w](at[1], i), b.load[w](at[2], i))
                store(out, i, stride, mask.select(SIMD[DType.uint8, w](1), SIMD[DType.uint8, w](0)))

            lanes[S, simd_width_of[Self.dt]()](count, body)

        for_each_run[3](args, Self.SHAPE, start, stop, run_of)


@doc_hidden
struct Where[dt: DType](Kernel):
    comptime OPERANDS: StaticString = "wrrr.."
    comptime SHAPE = 6

    @staticmethod
    def name() -> String:
        return String("where.forward.", dtype_name(Self.dt))

    @staticmethod
    def words(args: Words) -> Int:
        return Self.SHAPE + shape_words[4](args, Self.SHAPE)

    @staticmethod
    def units(args: Words) -> Int:
        return elements(args, Self.SHAPE)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(Self.units(args), 1, 1 + (_present(args, 4) - 1) * size_of[Self.dt](), 0.1)

    @staticmethod
    def grain(args: Words) -> Int:
        return GRAIN

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var y = buffer[Self.dt](args, 0)
        var stride = inner_stride(args, Self.SHAPE, 0)
        var c = Operand[DType.uint8](args, 1, inner_stride(args, Self.SHAPE, 1), 1)
        var a = Operand[Self.dt](args, 2, inner_stride(args, Self.SHAPE, 2), 4)
        var b = Operand[Self.dt](args, 3, inner_stride(args, Self.SHAPE, 3), 5)

        def run_of(first: Int, at: Offsets, count: Int) {imm}:
            var out = y.unsafe_offset(Int(at[0]))

            def body[w: Int](i: Int) {imm}:
                var no = c.load[w](at[1], i).eq(0)
                store(out, i, stride, no.select(b.load[w](at[3], i), a.load[w](at[2], i)))

            lanes[S, simd_width_of[Self.dt]()](count, body)

        for_each_run[4](args, Self.SHAPE, start, stop, run_of)


@doc_hidden
struct Cast[source: DType, target: DType](Kernel):
    comptime OPERANDS: StaticString = "wr"
    comptime SHAPE = 2

    @staticmethod
    def name() -> String:
        return String("cast.", dtype_name(Self.source), ".", dtype_name(Self.target))

    @staticmethod
    def words(args: Words) -> Int:
        return Self.SHAPE + shape_words[2](args, Self.SHAPE)

    @staticmethod
    def units(args: Words) -> Int:
        return elements(args, Self.SHAPE)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(Self.units(args), 0, size_of[Self.source]() + size_of[Self.target](), 0.1)

    @staticmethod
    def grain(args: Words) -> Int:
        return GRAIN

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var y = buffer[Self.target](args, 0)
        var stride = inner_stride(args, Self.SHAPE, 0)
        var x = Operand[Self.source](args, 1, inner_stride(args, Self.SHAPE, 1), 1)

        def run_of(first: Int, at: Offsets, count: Int) {imm}:
            var out = y.unsafe_offset(Int(at[0]))

            def body[w: Int](i: Int) {imm}:
                var value = x.load[w](at[1], i)
                comptime if Self.target == DType.uint8 and Self.source != DType.uint8:
                    var zero = value.eq(0)
                    store(out, i, stride, zero.select(SIMD[Self.target, w](0), SIMD[Self.target, w](1)))
                else:
                    store(out, i, stride, value.cast[Self.target]())

            lanes[S, simd_width_of[Self.source]()](count, body)

        for_each_run[2](args, Self.SHAPE, start, stop, run_of)


@doc_hidden
struct Fill[dt: DType](Kernel):
    comptime OPERANDS: StaticString = "w."
    comptime SHAPE = 2

    @staticmethod
    def name() -> String:
        return String("fill.", dtype_name(Self.dt))

    @staticmethod
    def words(args: Words) -> Int:
        return Self.SHAPE + shape_words[1](args, Self.SHAPE)

    @staticmethod
    def units(args: Words) -> Int:
        return elements(args, Self.SHAPE)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(Self.units(args), 0, size_of[Self.dt](), 0.1)

    @staticmethod
    def grain(args: Words) -> Int:
        return GRAIN

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var y = buffer[Self.dt](args, 0)
        var stride = inner_stride(args, Self.SHAPE, 0)
        var value = scalar[Self.dt](args, 1)

        def run_of(first: Int, at: Offsets, count: Int) {imm}:
            var out = y.unsafe_offset(Int(at[0]))

            def body[w: Int](i: Int) {imm}:
                store(out, i, stride, SIMD[Self.dt, w](value))

            lanes[S, simd_width_of[Self.dt]()](count, body)

        for_each_run[1](args, Self.SHAPE, start, stop, run_of)
