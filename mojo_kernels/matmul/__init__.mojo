"""Matrix product: y[b, i, j] = activation(alpha sum_k a[b, i, k] b[b, k, j] (+ bias[j]) (+ what y held)).

Any strides, so all four transposition cases and every view run without a copy; batches broadcast by strides of 0.
Gradients are calls of the same kernel with exchanged strides: da = dy b^T, db = a^T dy. Each y[i, j] is summed over k
in an order that depends on the shapes and strides alone, not on the number of workers.

- `naive.mojo`: three loops, the definition (`original`, and all integers).
- `cpu.mojo`: register tiles (`tile.mojo`), blocks of the operands packed where that pays (`pack.mojo`).
- `skinny.mojo`: a few rows or columns, at memory speed.
- `batch_rows.mojo`, `batch_columns.mojo`: the few rows of a batch with a matrix of weights, whose rows or columns are
  the sums; each weight is moved once.
- `outer.mojo`: short sums into a large y, as gradients of weights have.
- `linear.mojo`: the three gradients of a linear layer in one call.
- `gpu.mojo`: tiles in shared memory; `gpu_fma.mojo` and `gpu_mma.mojo`: larger ones, in registers.

y is contiguous (batch, m, n). The address of `bias` is 0 where there is none; `activation` is 0 for none, 1 for relu.
The shape at the end is that of the batch, with the strides of a and b.
"""

from std.sys import size_of

from mojo_kernels.matmul.batch_columns import BatchColumns
from mojo_kernels.matmul.batch_rows import BatchRows
from mojo_kernels.matmul.cpu import Gemm
from mojo_kernels.matmul.gpu import launch_tiles
from mojo_kernels.matmul.naive import matmul_naive
from mojo_kernels.matmul.operands import AT, Operands, WORDS
from mojo_kernels.matmul.outer import Outer
from mojo_kernels.matmul.skinny import Skinny
from mojo_kernels.runtime.context import ContextPointer, context
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.loops import (
    Offsets,
    elements,
    for_each_run,
    inner_stride,
)
from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.tuning import ask_for_tuning
from mojo_kernels.runtime.types import OK, Words, dtype_name, word

comptime NS_PER_MULTIPLY_ADD = 0.008
"""Nanoseconds of a multiply-add on one worker, float32 (two-core EPYC, 256 to 1024 cubed, 2026-11)."""


@doc_hidden
struct MatMul[dt: DType](Kernel):
    """Words as above. A unit of work is a stripe of rows of y, or of columns where y is wider than high."""

    comptime WORDS = WORDS

    @staticmethod
    def name() -> String:
        return String("matmul.forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return elements(args, AT.batch) * Operands[Self.dt](args).stripes()

    @staticmethod
    def cost(args: Words) -> Cost:
        var m = word(args, AT.m)
        var n = word(args, AT.n)
        var k = word(args, AT.k)
        comptime size = size_of[Self.dt]()
        var cost = Cost(
            elements(args, AT.batch) * m * n,
            Float64(2 * k),
            size,
            Float64(max(k, 1) * size) * NS_PER_MULTIPLY_ADD / 4,
        )
        cost.bytes += Float64(elements(args, AT.batch) * (m + n) * k * size)
        return cost

    @staticmethod
    def check(args: Words) -> Int64:
        ask_for_tuning(word(args, AT.m) * word(args, AT.n) * word(args, AT.k))
        return OK

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var cache = context(args, Self.words(args))[].costs.near_cache
        var whole = Operands[Self.dt](args, Int(cache) // 2)
        var stripes = whole.stripes()
        var form = Skinny[Self.dt].form(
            whole
        )  # of the whole product: a stripe of another form would round otherwise

        def batches(first: Int, at: Offsets, count: Int) {imm}:
            for i in range(count):
                var one = whole
                one.move(
                    (first + i) * whole.m * whole.n,
                    Int(at[0]) + i * inner_stride(args, AT.batch, 0),
                    Int(at[1]) + i * inner_stride(args, AT.batch, 1),
                )
                var low = max(start - (first + i) * stripes, 0)
                var high = min(stop - (first + i) * stripes, stripes)
                var block = one.stripe(low, high)
                comptime if S.SIMD and Self.dt.is_floating_point():
                    if form != 0:
                        Skinny[Self.dt].run(block, form)
                    elif BatchRows[Self.dt].suits(block):
                        BatchRows[Self.dt].run(block)
                    elif BatchColumns[Self.dt].suits(block):
                        BatchColumns[Self.dt].run(block)
                    elif Outer[Self.dt].suits(block):
                        Outer[Self.dt].run(block)
                    else:
                        Gemm[Self.dt].run(block)
                else:
                    matmul_naive(block)

        for_each_run[2](
            args,
            AT.batch,
            start // stripes,
            (stop + stripes - 1) // stripes,
            batches,
        )

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        launch_tiles[Self.dt, False](ctx, args, Self.words(args), elements(args, AT.batch))
