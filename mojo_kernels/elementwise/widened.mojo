"""Pointwise kernels of float16 and bfloat16: the code of the float32 kernel, between two conversions, tile by tile.

A tile of each operand is converted to float32 in scratch memory that stays in the first-level cache, the float32 kernel
runs over it, and its results are rounded once. So an operation is compiled for float32 alone, and its result is what
float32 arithmetic gives, rounded to nearest, ties to even.
"""

from std.memory import stack_allocation
from std.sys import is_gpu, simd_width_of, size_of

from mojo_kernels.elementwise.narrow import convert, narrow_name
from mojo_kernels.elementwise.pointwise import CHEAP, GRAIN, PointwiseLoop, launches_pieces
from mojo_kernels.runtime.context import ContextPointer
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.gpu import launch_units
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.loops import Offsets, elements, for_each_run, inner_stride, lanes
from mojo_kernels.runtime.schedule import Original, Schedule, Tiled
from mojo_kernels.runtime.strided import operands_of
from mojo_kernels.runtime.team import Part
from mojo_kernels.runtime.types import Buffer, MAX_WORDS, Sizes, Words, word
from mojo_kernels.runtime.words import letter_at

comptime TILE = 1024
"""Elements of a tile: five operands in float32 leave room in a first-level cache of 32 KiB."""
comptime _WIDE = size_of[DType.float32]()
comptime _CONVERT_NS = 0.05


def _narrow(sizes: Sizes) -> Sizes:
    """Returns the bytes of an element of each operand, of which those of float32 are narrow."""
    return sizes.eq(Int64(_WIDE)).select(Sizes(2), sizes)


def _is_strided(operands: StaticString, j: Int) -> Bool:
    """Tells whether operand j has strides in the shape: a small letter."""
    return letter_at(operands, j) >= ord("a")


def _strided_before(operands: StaticString, j: Int) -> Int:
    """Counts the operands with strides before operand j."""
    var count = 0
    for i in range(j):
        count += Int(_is_strided(operands, i))
    return count


def _reads(operands: StaticString, j: Int) -> Bool:
    var letter = letter_at(operands, j)
    return letter != ord("w") and letter != ord("W")


def _writes(operands: StaticString, j: Int) -> Bool:
    var letter = letter_at(operands, j)
    return letter != ord("r") and letter != ord("R")


@no_inline
def _convert[
    S: Schedule, source: DType, target: DType
](to: Int, step_to: Int, origin: Int, step: Int, count: Int):
    """Converts elements between two addresses, with strides in elements, of which one is 1."""
    var y = Buffer[target](unsafe_from_address=to)
    var x = Buffer[source](unsafe_from_address=origin)
    if step == 1 and step_to == 1:

        def body[w: Int](i: Int) {imm}:
            y.unsafe_store(i, convert[target](x.unsafe_load[width=w](i)))

        comptime width = min(simd_width_of[source](), simd_width_of[target]())
        lanes[S, width, unroll=2](count, body)
        return
    for i in range(count):
        y.unsafe_store(i * step_to, convert[target, source, 1](x.unsafe_load(i * step)))


@always_inline
def _run[
    S: Schedule, room: Int, operands: StaticString, at: Int, sizes: Sizes, dt: DType
](part: Part, args: Words, start: Int, stop: Int, tile: Int):
    """Does units `start` to `stop` with a part of the float32 kernel, `tile` of them at a time, of at most `room`.
    """
    comptime count = operands_of(sizes)
    comptime strided = _strided_before(operands, count)
    var words = Words(unsafe_from_address=Int(stack_allocation[MAX_WORDS, Int64]()))
    var scratch = Int(stack_allocation[count * room * _WIDE, UInt8, alignment=64]())
    for i in range(at):
        words.unsafe_store(i, args.unsafe_load(i))
    words.unsafe_store(at, 1)  # one dimension, in which all operands are contiguous
    comptime for k in range(strided):
        words.unsafe_store(at + 2 + k, 1)
    comptime for j in range(count):
        if word(args, j) != 0:
            words.unsafe_store(j, Int64(scratch + j * room * _WIDE))
    for first in range(start, stop, tile):
        var last = min(first + tile, stop)
        words.unsafe_store(at + 1, Int64(last - first))
        _exchange[S, room, operands, at, sizes, dt, True](args, scratch, first, last)
        part(words, 0, last - first)
        _exchange[S, room, operands, at, sizes, dt, False](args, scratch, first, last)


@always_inline
def _exchange[
    S: Schedule, room: Int, operands: StaticString, at: Int, sizes: Sizes, dt: DType, fetch: Bool
](args: Words, scratch: Int, first: Int, last: Int):
    """Converts a tile's operands from the tensors to scratch memory, or its results from there to the tensors.
    """
    comptime count = operands_of(sizes)

    def run_of(i: Int, offsets: Offsets, n: Int) {imm}:
        comptime for j in range(count):
            comptime if _reads(operands, j) if fetch else _writes(operands, j):
                comptime size = Int(_narrow(sizes)[j])
                comptime wide = DType.float32 if Int(sizes[j]) == _WIDE else DType.uint8
                comptime narrow = dt if Int(sizes[j]) == _WIDE else DType.uint8
                var offset = i
                var step = 1
                comptime if _is_strided(operands, j):
                    comptime k = _strided_before(operands, j)
                    offset = Int(offsets[k])
                    step = inner_stride(args, at, k)
                if word(args, j) != 0:
                    var there = word(args, j) + offset * size
                    var here = scratch + j * room * _WIDE + (i - first) * size_of[wide]()
                    comptime if fetch:
                        _convert[S, narrow, wide](here, 1, there, step, n)
                    else:
                        _convert[S, wide, narrow](there, step, here, 1, n)

    for_each_run[_strided_before(operands, count)](args, at, first, last, run_of)


@no_inline
def _run_shared[
    operands: StaticString, at: Int, sizes: Sizes, dt: DType
](part: Part, args: Words, start: Int, stop: Int, tile: Int):
    """Is `_run` as one function for all kernels with such operands: a third of an extension would be copies of it.
    """
    _run[Tiled, TILE, operands, at, sizes, dt](part, args, start, stop, tile)


@doc_hidden
struct Widened[Wide: PointwiseLoop, dt: DType](Kernel):
    """`Wide`, a kernel of float32, for operands of 16 bits."""

    comptime WORDS = Self.Wide.WORDS
    comptime SHAPE = Self.Wide.SHAPE
    comptime SIZES = _narrow(Self.Wide.SIZES)

    @staticmethod
    def name() -> String:
        var name = Self.Wide.name()
        return String(name[byte = : name.rfind(".") + 1], narrow_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return elements(args, Self.SHAPE)

    @staticmethod
    def cost(args: Words) -> Cost:
        var bytes = 0
        comptime for k in range(operands_of(Self.SIZES)):
            bytes += Int(Self.SIZES[k]) if word(args, k) != 0 else 0
        comptime conversions = _CONVERT_NS * Float64(operands_of(Self.SIZES))
        return Cost(Self.units(args), Self.Wide.FLOPS, bytes, Self.Wide.COST + conversions)

    @staticmethod
    def grain(args: Words) -> Int:
        return GRAIN

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        comptime rows = Self.Wide.rows[S]
        comptime if is_gpu():  # code there calls no function by its address
            _run[S, 1, Self.WORDS, Self.SHAPE, Self.Wide.SIZES, Self.dt](rows, args, start, stop, 1)
        else:
            comptime tile = TILE if S.SIMD else 1
            _run_shared[Self.WORDS, Self.SHAPE, Self.Wide.SIZES, Self.dt](rows, args, start, stop, tile)

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        comptime if Self.Wide.PIECES and Self.Wide.COST <= CHEAP:
            if launches_pieces[Self.Wide, Self.SIZES, Self.dt](ctx, args, Self.words(args)):
                return
        launch_units[Self.run[Original]](ctx, args, Self.words(args), Self.units(args))
