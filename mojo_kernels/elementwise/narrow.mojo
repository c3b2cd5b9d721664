"""Narrow elements: float16, bfloat16, int8 and int16 in memory, computed with as float32 and int32.

`NarrowCast` converts between a narrow dtype and the one that it is computed in. All other conversions go by way of that
one: it holds every value of the narrow dtype, and torch rounds by way of float32 too.
"""

from std.sys import simd_width_of

from mojo_kernels.elementwise.pointwise import PointwiseLoop, sizes_of
from mojo_kernels.runtime.bfloat16 import BFLOAT16, from_bfloat16, to_bfloat16
from mojo_kernels.runtime.loops import Input, Offsets, Output, for_each_run, inner_stride, lanes, streamed
from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.types import Words, dtype_name

comptime HALVES = [DType.float16, BFLOAT16]
"""The floating dtypes of 16 bits, as they are stored."""
comptime SMALL = [DType.int16, DType.int8]
"""The signed integers of 16 bits and of 8."""


@always_inline
def is_half(dtype: DType) -> Bool:
    """Tells whether a dtype is a floating one of 16 bits, as it is stored.

    Args:
        dtype: The dtype.

    Returns:
        True for float16 and bfloat16.
    """
    return dtype == DType.float16 or dtype == BFLOAT16


@always_inline
def convert[target: DType, source: DType, width: Int](x: SIMD[source, width]) -> SIMD[target, width]:
    """Converts elements between a narrow dtype and the wide one, to nearest, ties to even.

    Parameters:
        target: The dtype of the result.
        source: The dtype of the elements.
        width: The number of lanes.

    Args:
        x: The elements.

    Returns:
        The converted elements.
    """
    comptime if target == source:
        return rebind[SIMD[target, width]](x)
    elif target == BFLOAT16:
        return to_bfloat16(x.cast[DType.float32]()).cast[target]()
    elif source == BFLOAT16:
        return from_bfloat16(x.cast[BFLOAT16]()).cast[target]()
    else:
        return x.cast[target]()


def narrow_name(dtype: DType) -> String:
    """Returns the name that Python knows a dtype by, of which none here is that of booleans.

    Args:
        dtype: The dtype that a kernel is instantiated for.

    Returns:
        The name.
    """
    return "int8" if dtype == DType.int8 else dtype_name(dtype)


@doc_hidden
struct NarrowCast[source: DType, target: DType](PointwiseLoop):
    comptime WORDS: StaticString = "y:w x:r shape:2"
    comptime SIZES = sizes_of[Self.target, Self.source]()
    comptime FLOPS: Float64 = 0
    comptime COST = 0.1
    comptime PIECES = True

    @staticmethod
    def name() -> String:
        return String("cast.", narrow_name(Self.source), ".", narrow_name(Self.target))

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
                out.store[w](i, convert[Self.target](x_run.load[w](i)))

            comptime width = min(simd_width_of[Self.source](), simd_width_of[Self.target]())
            lanes[S, width, unroll=2](count, body, out.ahead(count))

        for_each_run[2](args, Self.SHAPE, start, stop, run_of)
