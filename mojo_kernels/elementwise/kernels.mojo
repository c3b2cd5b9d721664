"""Pointwise kernels: one op struct becomes loops over strided operands, for every dtype, schedule and device.

A scalar operand has address 0 and its value in the word named for it. Gradients of two and more operands are contiguous, or 0
where not wanted. Between equal dtypes `Cast` is a strided copy.
"""

from std.sys import simd_width_of, size_of

from mojo_kernels.elementwise.pointwise import PointwiseLoop, sizes_of
from mojo_kernels.elementwise.traits import BinaryOp, CompareOp, UnaryGrad, UnaryOp
from mojo_kernels.runtime.context import ContextPointer
from mojo_kernels.runtime.gpu_faults import launch_telling, number_of, report
from mojo_kernels.runtime.loops import (
    Input,
    LINE,
    Offsets,
    Output,
    elements,
    for_each_run,
    inner_stride,
    lanes,
    streamed,
)
from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.types import BOOL, DIVISION_BY_ZERO, OK, Words, buffer, dtype_name, scalar, word
from mojo_kernels.runtime.words import Names, count_words, first_shape


comptime UNARY_WORDS: StaticString = "y:w x:r shape:2"
"""The words of a function of one operand (words.mojo)."""
comptime UNARY_BACKWARD_WORDS: StaticString = "dx:w x:r y:r dy:r shape:4"
"""The words of its gradient: x or y is 0, whichever was not saved."""
comptime BINARY_WORDS: StaticString = "y:w a:r b:r scalar:n shape:3"
"""The words of a function of two operands, of which one may be the scalar."""
comptime BINARY_BACKWARD_WORDS: StaticString = "da:W db:W a:r b:r dy:r scalar:n shape:3"
"""The words of its gradients, which are contiguous, or 0 where not wanted."""


@always_inline
def _unroll[cost: Float64]() -> Int:
    """Returns how many vectors one turn of a loop does: several where the loop itself would take most of the time.
    """
    return 4 if cost < 0.3 else 1


def _zeros[dt: DType](args: Words, shape: Int) -> Int64:
    """Returns whether there is a zero among the elements of the second operand of a binary kernel, as a status.
    """
    comptime AT = Names[BINARY_WORDS]()
    if word(args, AT.b) == 0:
        return OK if word(args, AT.scalar) != 0 or word(args, AT.a) == 0 else DIVISION_BY_ZERO
    var found = False
    var b = buffer[dt](args, AT.b)
    var stride = inner_stride(args, shape, 2)

    def run_of(first: Int, at: Offsets, count: Int) {mut found, imm}:
        for i in range(count):
            found |= b.unsafe_load(Int(at[2]) + i * stride) == 0

    for_each_run[3](args, shape, 0, elements(args, shape), run_of)
    return DIVISION_BY_ZERO if found else OK


def _report_zeros[dt: DType](args: Words, start: Int, stop: Int):
    """Reports zeros among elements of the second operand of a binary kernel, on a GPU; of a scalar there is one element.
    """
    comptime AT = Names[BINARY_WORDS]()
    comptime SHAPE = first_shape(BINARY_WORDS)
    var count = count_words[BINARY_WORDS](args)
    if word(args, AT.b) == 0:
        return report(args, count, 0, 0)
    var b = buffer[dt](args, AT.b)
    var stride = inner_stride(args, SHAPE, 2)

    def run_of(first: Int, at: Offsets, length: Int) {imm}:
        for i in range(length):
            if b.unsafe_load(Int(at[2]) + i * stride) == 0:
                report(args, count, 0, 0)

    for_each_run[3](args, SHAPE, start, stop, run_of)


@doc_hidden
struct UnaryForward[Op: UnaryOp, dt: DType](PointwiseLoop):
    comptime WORDS = UNARY_WORDS
    comptime SIZES = sizes_of[Self.dt, Self.dt]()
    comptime FLOPS: Float64 = 1
    comptime COST = Self.Op.COST
    comptime PIECES = True

    @staticmethod
    def name() -> String:
        return String(Self.Op.NAME, ".forward.", dtype_name(Self.dt))

    @staticmethod
    def rows[S: Schedule](args: Words, start: Int, stop: Int):
        var y = Output[S, Self.dt](
            args,
            Self.AT.y,
            inner_stride(args, Self.SHAPE, 0),
            streamed[Self.dt](args, Self.AT.y, Self.SHAPE, stop - start),
            1,
        )
        var x = Input[S, Self.dt](args, Self.AT.x, inner_stride(args, Self.SHAPE, 1), Self.AT.x)

        def run_of(first: Int, at: Offsets, count: Int) {imm}:
            var out = y.run(at[0])
            var x_run = x.run(at[1])

            def body[w: Int](i: Int) {imm}:
                out.store[w](i, Self.Op.forward(x_run.load[w](i)))

            lanes[S, simd_width_of[Self.dt](), unroll=_unroll[Self.COST]()](count, body, out.ahead(count))

        for_each_run[2](args, Self.SHAPE, start, stop, run_of)


@doc_hidden
struct UnaryBackward[Op: UnaryGrad, dt: DType](PointwiseLoop):
    comptime WORDS = UNARY_BACKWARD_WORDS
    comptime SIZES = sizes_of[Self.dt, Self.dt, Self.dt, Self.dt]()
    comptime FLOPS: Float64 = 2
    comptime COST = Self.Op.COST
    comptime PIECES = True

    @staticmethod
    def name() -> String:
        return String(Self.Op.NAME, ".backward.", dtype_name(Self.dt))

    @staticmethod
    def rows[S: Schedule](args: Words, start: Int, stop: Int):
        var dx = Output[S, Self.dt](
            args,
            Self.AT.dx,
            inner_stride(args, Self.SHAPE, 0),
            streamed[Self.dt](args, Self.AT.dx, Self.SHAPE, stop - start),
            3,
        )
        var x = Input[S, Self.dt](args, Self.AT.x, inner_stride(args, Self.SHAPE, 1), Self.AT.x)
        var y = Input[S, Self.dt](args, Self.AT.y, inner_stride(args, Self.SHAPE, 2), Self.AT.y)
        var dy = Input[S, Self.dt](args, Self.AT.dy, inner_stride(args, Self.SHAPE, 3), Self.AT.dy)

        def run_of(first: Int, at: Offsets, count: Int) {imm}:
            var out = dx.run(at[0])
            var x_run = x.run(at[1])
            var y_run = y.run(at[2])
            var dy_run = dy.run(at[3])

            def body[w: Int](i: Int) {imm}:
                var lanes_y = y_run.load[w](i)
                out.store[w](i, Self.Op.grad(x_run.load[w](i), lanes_y, dy_run.load[w](i)))

            lanes[S, simd_width_of[Self.dt](), unroll=_unroll[Self.COST]()](count, body, out.ahead(count))

        for_each_run[4](args, Self.SHAPE, start, stop, run_of)


@doc_hidden
struct BinaryForward[Op: BinaryOp, dt: DType](PointwiseLoop):
    comptime WORDS = BINARY_WORDS
    comptime SIZES = sizes_of[Self.dt, Self.dt, Self.dt]()
    comptime FLOPS: Float64 = 1
    comptime COST = Self.Op.COST
    comptime PIECES = True

    @staticmethod
    def name() -> String:
        return String(Self.Op.NAME, ".forward.", dtype_name(Self.dt))

    @staticmethod
    def rows[S: Schedule](args: Words, start: Int, stop: Int):
        var y = Output[S, Self.dt](
            args,
            Self.AT.y,
            inner_stride(args, Self.SHAPE, 0),
            streamed[Self.dt](args, Self.AT.y, Self.SHAPE, stop - start),
            2,
        )
        var a = Input[S, Self.dt](args, Self.AT.a, inner_stride(args, Self.SHAPE, 1), Self.AT.scalar)
        var b = Input[S, Self.dt](args, Self.AT.b, inner_stride(args, Self.SHAPE, 2), Self.AT.scalar)

        def run_of(first: Int, at: Offsets, count: Int) {imm}:
            var out = y.run(at[0])
            var a_run = a.run(at[1])
            var b_run = b.run(at[2])

            def body[w: Int](i: Int) {imm}:
                out.store[w](i, Self.Op.forward(a_run.load[w](i), b_run.load[w](i)))

            lanes[S, simd_width_of[Self.dt](), unroll=_unroll[Self.COST]()](count, body, out.ahead(count))

        for_each_run[3](args, Self.SHAPE, start, stop, run_of)

    @staticmethod
    def check(args: Words) -> Int64:
        comptime if Self.Op.DIVIDES and Self.dt.is_integral():
            return _zeros[Self.dt](args, Self.SHAPE)
        else:
            return OK

    @staticmethod
    def launch_check(ctx: ContextPointer, args: Words) raises:
        comptime if Self.Op.DIVIDES and Self.dt.is_integral():
            var one = word(args, Self.AT.b) == 0
            if one and _zeros[Self.dt](args, Self.SHAPE) == OK:
                return
            var units = min(1, elements(args, Self.SHAPE)) if one else elements(args, Self.SHAPE)
            launch_telling[_report_zeros[Self.dt]](
                ctx, args, count_words[Self.WORDS](args), number_of(Self.name()), units
            )


@doc_hidden
struct BinaryBackward[Op: BinaryOp, dt: DType](PointwiseLoop):
    comptime WORDS = BINARY_BACKWARD_WORDS
    comptime SIZES = sizes_of[Self.dt, Self.dt, Self.dt, Self.dt, Self.dt]()
    comptime FLOPS: Float64 = 2
    comptime COST = Self.Op.COST
    comptime PIECES = True

    @staticmethod
    def name() -> String:
        return String(Self.Op.NAME, ".backward.", dtype_name(Self.dt))

    @staticmethod
    def rows[S: Schedule](args: Words, start: Int, stop: Int):
        var da = Output[S, Self.dt](
            args, Self.AT.da, 1, streamed[Self.dt](args, Self.AT.da, Self.SHAPE, stop - start)
        )
        var db = Output[S, Self.dt](
            args, Self.AT.db, 1, streamed[Self.dt](args, Self.AT.db, Self.SHAPE, stop - start)
        )
        if (
            word(args, Self.AT.da) ^ word(args, Self.AT.db)
        ) % LINE != 0:  # vectors of one are never aligned where those of the other are
            da.streams = False
            db.streams = False
        var want_a = word(args, Self.AT.da) != 0
        var want_b = word(args, Self.AT.db) != 0
        var a = Input[S, Self.dt](args, Self.AT.a, inner_stride(args, Self.SHAPE, 0), Self.AT.scalar)
        var b = Input[S, Self.dt](args, Self.AT.b, inner_stride(args, Self.SHAPE, 1), Self.AT.scalar)
        var dy = Input[S, Self.dt](args, Self.AT.dy, inner_stride(args, Self.SHAPE, 2), Self.AT.dy)

        def run_of(first: Int, at: Offsets, count: Int) {imm}:
            var a_out = da.run(Int64(first))
            var b_out = db.run(Int64(first))
            var a_run = a.run(at[0])
            var b_run = b.run(at[1])
            var dy_run = dy.run(at[2])

            def body[w: Int](i: Int) {imm}:
                var grads = Self.Op.grad(a_run.load[w](i), b_run.load[w](i), dy_run.load[w](i))
                if want_a:
                    a_out.store[w](i, grads[0])
                if want_b:
                    b_out.store[w](i, grads[1])

            lanes[S, simd_width_of[Self.dt](), unroll=_unroll[Self.COST]()](
                count, body, (a_out if want_a else b_out).ahead(count)
            )

        for_each_run[3](args, Self.SHAPE, start, stop, run_of)


@doc_hidden
struct Compare[Op: CompareOp, dt: DType](PointwiseLoop):
    comptime WORDS: StaticString = "y:w a:r b:r scalar:n shape:3"
    comptime SIZES = sizes_of[BOOL, Self.dt, Self.dt]()
    comptime FLOPS: Float64 = 1
    comptime COST = 0.1
    comptime PIECES = True

    @staticmethod
    def name() -> String:
        return String(Self.Op.NAME, ".forward.", dtype_name(Self.dt))

    @staticmethod
    def rows[S: Schedule](args: Words, start: Int, stop: Int):
        var y = Output[S, BOOL](
            args,
            Self.AT.y,
            inner_stride(args, Self.SHAPE, 0),
            streamed[BOOL](args, Self.AT.y, Self.SHAPE, stop - start),
            2,
        )
        var a = Input[S, Self.dt](args, Self.AT.a, inner_stride(args, Self.SHAPE, 1), Self.AT.scalar)
        var b = Input[S, Self.dt](args, Self.AT.b, inner_stride(args, Self.SHAPE, 2), Self.AT.scalar)

        def run_of(first: Int, at: Offsets, count: Int) {imm}:
            var out = y.run(at[0])
            var a_run = a.run(at[1])
            var b_run = b.run(at[2])

            def body[w: Int](i: Int) {imm}:
                var mask = Self.Op.forward(a_run.load[w](i), b_run.load[w](i))
                out.store[w](i, mask.select(SIMD[BOOL, w](1), SIMD[BOOL, w](0)))

            lanes[S, simd_width_of[Self.dt](), unroll=4](count, body, out.ahead(count))

        for_each_run[3](args, Self.SHAPE, start, stop, run_of)


@doc_hidden
struct Where[dt: DType](PointwiseLoop):
    comptime WORDS: StaticString = "y:w condition:r a:r b:r scalar_a:n scalar_b:n shape:4"
    comptime SIZES = sizes_of[Self.dt, BOOL, Self.dt, Self.dt]()
    comptime FLOPS: Float64 = 1
    comptime COST = 0.1
    comptime PIECES = True

    @staticmethod
    def name() -> String:
        return String("where.forward.", dtype_name(Self.dt))

    @staticmethod
    def rows[S: Schedule](args: Words, start: Int, stop: Int):
        var y = Output[S, Self.dt](
            args,
            Self.AT.y,
            inner_stride(args, Self.SHAPE, 0),
            streamed[Self.dt](args, Self.AT.y, Self.SHAPE, stop - start),
            3,
        )
        var c = Input[S, BOOL](args, Self.AT.condition, inner_stride(args, Self.SHAPE, 1), Self.AT.condition)
        var a = Input[S, Self.dt](args, Self.AT.a, inner_stride(args, Self.SHAPE, 2), Self.AT.scalar_a)
        var b = Input[S, Self.dt](args, Self.AT.b, inner_stride(args, Self.SHAPE, 3), Self.AT.scalar_b)

        def run_of(first: Int, at: Offsets, count: Int) {imm}:
            var out = y.run(at[0])
            var c_run = c.run(at[1])
            var a_run = a.run(at[2])
            var b_run = b.run(at[3])

            def body[w: Int](i: Int) {imm}:
                var no = c_run.load[w](i).eq(0)
                out.store[w](i, no.select(b_run.load[w](i), a_run.load[w](i)))

            lanes[S, simd_width_of[Self.dt](), unroll=4](count, body, out.ahead(count))

        for_each_run[4](args, Self.SHAPE, start, stop, run_of)


@doc_hidden
struct Cast[source: DType, target: DType](PointwiseLoop):
    comptime WORDS: StaticString = "y:w x:r shape:2"
    comptime SIZES = sizes_of[Self.target, Self.source]()
    comptime FLOPS: Float64 = 0
    comptime COST = 0.1
    comptime PIECES = True

    @staticmethod
    def name() -> String:
        return String("cast.", dtype_name(Self.source), ".", dtype_name(Self.target))

    @staticmethod
    def rows[S: Schedule](args: Words, start: Int, stop: Int):
        var y = Output[S, Self.target](
            args,
            Self.AT.y,
            inner_stride(args, Self.SHAPE, 0),
            streamed[Self.target](args, Self.AT.y, Self.SHAPE, stop - start),
            1,
        )
        var x = Input[S, Self.source](args, Self.AT.x, inner_stride(args, Self.SHAPE, 1), Self.AT.x)

        def run_of(first: Int, at: Offsets, count: Int) {imm}:
            var out = y.run(at[0])
            var x_run = x.run(at[1])

            def body[w: Int](i: Int) {imm}:
                var value = x_run.load[w](i)
                comptime if Self.target == BOOL and Self.source != BOOL:
                    var zero = value.eq(0)
                    out.store[w](i, zero.select(SIMD[Self.target, w](0), SIMD[Self.target, w](1)))
                elif Self.target == DType.uint8 and Self.source.is_floating_point():
                    out.store[w](i, value.cast[DType.int64]().cast[Self.target]())  # -1 becomes 255
                else:
                    out.store[w](i, value.cast[Self.target]())

            lanes[S, simd_width_of[Self.source](), unroll=4](count, body, out.ahead(count))

        for_each_run[2](args, Self.SHAPE, start, stop, run_of)


@doc_hidden
struct Fill[dt: DType](PointwiseLoop):
    comptime WORDS: StaticString = "y:w value:n shape:1"
    comptime SIZES = sizes_of[Self.dt]()
    comptime FLOPS: Float64 = 0
    comptime COST = 0.1
    comptime PIECES = True

    @staticmethod
    def name() -> String:
        return String("fill.", dtype_name(Self.dt))

    @staticmethod
    def rows[S: Schedule](args: Words, start: Int, stop: Int):
        var y = Output[S, Self.dt](
            args,
            Self.AT.y,
            inner_stride(args, Self.SHAPE, 0),
            streamed[Self.dt](args, Self.AT.y, Self.SHAPE, stop - start),
        )
        var value = scalar[Self.dt](args, Self.AT.value)

        def run_of(first: Int, at: Offsets, count: Int) {imm}:
            var out = y.run(at[0])

            def body[w: Int](i: Int) {imm}:
                out.store[w](i, SIMD[Self.dt, w](value))

            lanes[S, simd_width_of[Self.dt](), unroll=4](count, body, out.ahead(count))

        for_each_run[1](args, Self.SHAPE, start, stop, run_of)
