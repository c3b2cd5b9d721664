"""Kernels of ops with three operands and a number, and of ops on integers alone.

A scalar operand has address 0 and its value in the word named for it; gradients are contiguous, or 0 where not wanted.
"""

from std.sys import simd_width_of

from mojo_kernels.elementwise.pointwise import PointwiseLoop, sizes_of
from mojo_kernels.elementwise.traits import BinaryOp, IntegerOp, TernaryOp
from mojo_kernels.runtime.loops import (
    Input,
    Offsets,
    Output,
    for_each_run,
    inner_stride,
    lanes,
    streamed,
)
from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.types import Buffer, Words, dtype_name, scalar, word


@doc_hidden
struct TernaryForward[Op: TernaryOp, dt: DType](PointwiseLoop):
    comptime WORDS: StaticString = "y:w x:r a:r b:r scalar_a:n scalar_b:n value:n shape:4"
    comptime SIZES = sizes_of[Self.dt, Self.dt, Self.dt, Self.dt]()
    comptime FLOPS: Float64 = 2
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
            3,
        )
        var x = Input[S, Self.dt](args, Self.AT.x, inner_stride(args, Self.SHAPE, 1), Self.AT.x)
        var a = Input[S, Self.dt](args, Self.AT.a, inner_stride(args, Self.SHAPE, 2), Self.AT.scalar_a)
        var b = Input[S, Self.dt](args, Self.AT.b, inner_stride(args, Self.SHAPE, 3), Self.AT.scalar_b)
        var value = scalar[Self.dt](args, Self.AT.value)

        def run_of(first: Int, at: Offsets, count: Int) {imm}:
            var out = y.run(at[0])
            var x_run = x.run(at[1])
            var a_run = a.run(at[2])
            var b_run = b.run(at[3])

            def body[w: Int](i: Int) {imm}:
                var number = SIMD[Self.dt, w](value)
                out.store[w](i, Self.Op.forward(x_run.load[w](i), a_run.load[w](i), b_run.load[w](i), number))

            lanes[S, simd_width_of[Self.dt](), unroll=2](count, body, out.ahead(count))

        for_each_run[4](args, Self.SHAPE, start, stop, run_of)


@doc_hidden
struct TernaryBackward[Op: TernaryOp, dt: DType](PointwiseLoop):
    comptime WORDS: StaticString = "dx:W da:W db:W x:r a:r b:r dy:r scalar_a:n scalar_b:n value:n shape:4"
    comptime SIZES = sizes_of[Self.dt, Self.dt, Self.dt, Self.dt, Self.dt, Self.dt, Self.dt]()
    comptime FLOPS: Float64 = 3
    comptime COST = Self.Op.COST

    @staticmethod
    def name() -> String:
        return String(Self.Op.NAME, ".backward.", dtype_name(Self.dt))

    @staticmethod
    def rows[S: Schedule](args: Words, start: Int, stop: Int):
        # one vector of addresses: a third captured value of one struct type was read as the first (Mojo 1.2)
        var outputs = Offsets(
            Int64(word(args, Self.AT.dx)), Int64(word(args, Self.AT.da)), Int64(word(args, Self.AT.db)), 0
        )
        var x = Input[S, Self.dt](args, Self.AT.x, inner_stride(args, Self.SHAPE, 0), Self.AT.x)
        var a = Input[S, Self.dt](args, Self.AT.a, inner_stride(args, Self.SHAPE, 1), Self.AT.scalar_a)
        var b = Input[S, Self.dt](args, Self.AT.b, inner_stride(args, Self.SHAPE, 2), Self.AT.scalar_b)
        var dy = Input[S, Self.dt](args, Self.AT.dy, inner_stride(args, Self.SHAPE, 3), Self.AT.dy)
        var value = scalar[Self.dt](args, Self.AT.value)

        def run_of(first: Int, at: Offsets, count: Int) {imm}:
            var x_run = x.run(at[0])
            var a_run = a.run(at[1])
            var b_run = b.run(at[2])
            var dy_run = dy.run(at[3])

            def body[w: Int](i: Int) {imm}:
                var number = SIMD[Self.dt, w](value)
                var grads = Self.Op.grad(
                    x_run.load[w](i), a_run.load[w](i), b_run.load[w](i), number, dy_run.load[w](i)
                )
                comptime for k in range(3):
                    if outputs[k] != 0:
                        var to = Buffer[Self.dt](unsafe_from_address=Int(outputs[k]))
                        to.unsafe_store(first + i, grads[k])

            lanes[S, simd_width_of[Self.dt](), unroll=2](count, body)

        for_each_run[4](args, Self.SHAPE, start, stop, run_of)


@doc_hidden
struct Integers[Op: IntegerOp](BinaryOp):
    """An op on integers as a binary op, of which only integer kernels are made."""

    comptime NAME: StaticString = Self.Op.NAME
    comptime INTEGRAL = True
    comptime COST = 0.3

    @staticmethod
    def forward[dt: DType, w: Int](a: SIMD[dt, w], b: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_integral()
        return Self.Op.forward(a, b)

    @staticmethod
    def grad[
        dt: DType, w: Int
    ](a: SIMD[dt, w], b: SIMD[dt, w], dy: SIMD[dt, w]) -> Tuple[SIMD[dt, w], SIMD[dt, w]]:
        return (SIMD[dt, w](0), SIMD[dt, w](0))
