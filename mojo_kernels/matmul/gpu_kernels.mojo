"""Products that have a form for the GPU alone: of 16-bit floats, and of float32 as TF32."""

from std.sys import size_of

from mojo_kernels.elementwise.narrow import is_half
from mojo_kernels.matmul.gpu import HAS_MATRIX, elements_of_y, launch_tiles
from mojo_kernels.matmul.operands import AT, WORDS
from mojo_kernels.runtime.context import ContextPointer
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.loops import elements
from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.types import Words, dtype_name, word


@doc_hidden
struct MatrixProduct[dt: DType](Kernel):
    """`MatMul` with sums in float32: the same words. A unit is an element of y."""

    comptime WORDS = WORDS

    @staticmethod
    def name() -> String:
        return String("matmul", "" if is_half(Self.dt) else "_tf32", ".forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return elements(args, AT.batch) * word(args, AT.m) * word(args, AT.n)

    @staticmethod
    def cost(args: Words) -> Cost:
        comptime size = size_of[Self.dt]()
        var k = word(args, AT.k)
        var cost = Cost(Self.units(args), Float64(2 * k), size, 0)
        cost.bytes += Float64(elements(args, AT.batch) * (word(args, AT.m) + word(args, AT.n)) * k * size)
        return cost

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        elements_of_y[Self.dt](args, start, stop)

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        launch_tiles[Self.dt, HAS_MATRIX](ctx, args, Self.words(args), elements(args, AT.batch))
