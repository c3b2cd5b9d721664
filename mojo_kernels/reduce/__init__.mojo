"""Reductions over any dimensions: sums, products, extremes and their indices.

    sum: y = scale * sum x, dx = scale * dy           (mean is scale = 1 / n)
    max, min: nan wins; the gradient goes to the elements that equal the extreme (composed in Python)
    nonzero: the number of elements that are not 0, in int64
    argmax, argmin: the first index of the extreme, in the flattened reduced shape

Narrow integers and bools add up and multiply in int64, floats of 16 bits in float32, whose result is rounded once.

Long reductions are cut into blocks of `BLOCK` elements whose results are combined in order, and inside a block the
order is fixed too, so results do not depend on the number of workers.

y is contiguous; both shapes have the strides of x. With more than one block per output, scratch has room for outputs x
blocks elements; it is 0 otherwise, and where outputs are adjacent in x (`_side_by_side`). Only a GPU uses it for positions.
"""

from std.memory import stack_allocation
from std.sys import size_of, simd_width_of

from mojo_kernels.elementwise.narrow import convert, is_half
from mojo_kernels.reduce.combine import ReduceOp, is_nan
from mojo_kernels.runtime.context import ContextPointer
from mojo_kernels.runtime.gpu_rows import Block, fold, launch_blocks, launch_rows, owns
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.loops import Offsets, elements, for_each_run, inner_stride
from mojo_kernels.runtime.rows import fetch
from mojo_kernels.runtime.schedule import Original, Schedule
from mojo_kernels.runtime.types import Buffer, Words, buffer, dtype_name, scalar, word
from mojo_kernels.runtime.words import Names

comptime BLOCK = 16384
"""Elements of a reduction that are taken in one go; Python reads it from `core` and sizes the scratch by it."""
comptime LEAF = 2048
"""Elements of an output that are combined one by one before their sum is, to bound the error of long sums."""
comptime BAND = 2048
"""Neighbouring outputs that are reduced together; from an eighth of it on they are not kept in registers (two-core
EPYC, 4096 x 4096, 2026-11)."""
comptime _NEIGHBOURS = 512
"""Neighbouring outputs whose positions are found together."""
comptime _ROWS = 8
"""Rows whose elements are compared before a vector of positions goes back to the cache."""
comptime _MOST_ROWS = 1 << 31
"""More rows than positions of 32 bits can tell apart."""
comptime WORDS: StaticString = "y:w x:r scratch:w scale:n outputs:1 reduced:1"
"""The words (words.mojo)."""
comptime AT = Names[WORDS]()
"""Their indices."""


@always_inline
def pack_reduction(
    call: Words, y: Int, x: Int, scale: Int64, outputs: Tuple[Int, Int], reduced: Tuple[Int, Int]
) -> Int:
    """Writes the words of a reduction of one dimension to one dimension, without scratch.

    Args:
        call: Where the words go.
        y: The address of y.
        x: The address of x.
        scale: The scale, as kernels of the dtype take it.
        outputs: The number of outputs and their stride in x.
        reduced: The number of elements of x for each of them and their stride.

    Returns:
        The number of words before the context.
    """
    comptime REDUCED = AT.outputs + 3
    call.unsafe_store(AT.y, Int64(y))
    call.unsafe_store(AT.x, Int64(x))
    call.unsafe_store(AT.scratch, 0)
    call.unsafe_store(AT.scale, scale)
    call.unsafe_store(AT.outputs, 1)
    call.unsafe_store(AT.outputs + 1, Int64(outputs[0]))
    call.unsafe_store(AT.outputs + 2, Int64(outputs[1]))
    call.unsafe_store(REDUCED, 1)
    call.unsafe_store(REDUCED + 1, Int64(reduced[0]))
    call.unsafe_store(REDUCED + 2, Int64(reduced[1]))
    return REDUCED + 3


@always_inline
def _reduced(args: Words) -> Int:
    """Returns the index of the reduced shape's first word."""
    return AT.behind["reduced"](args)


@always_inline
def _side_by_side(args: Words) -> Bool:
    """Returns whether neighbouring outputs lie side by side in x, and the elements of one output do not.

    Such reductions have no blocks; their elements are combined one after the other.
    """
    return inner_stride(args, AT.outputs, 0) == 1 and inner_stride(args, _reduced(args), 0) != 1


@always_inline
def _offset(args: Words, at: Int, i: Int) -> Int:
    """Returns the offset in x of element `i` of a shape."""
    var found = 0

    def take(first: Int, offsets: Offsets, count: Int) {mut found}:
        found = Int(offsets[0])

    for_each_run[1](args, at, i, i + 1, take)
    return found


@doc_hidden
struct Reduce[Op: ReduceOp, source: DType, dt: DType = source](Kernel):
    """Words as above. A unit is one block of one output; units of one output are neighbours.

    What is combined is of dtype dt, in which the elements of x are taken. So is y, but for floats of 16 bits, whose
    results have 16 bits too.
    """

    comptime W = simd_width_of[Self.dt]()
    comptime Y = Self.source if is_half(Self.source) else Self.dt

    comptime WORDS = WORDS

    @staticmethod
    def name() -> String:
        return String(Self.Op.NAME, ".forward.", dtype_name(Self.source))

    @staticmethod
    def blocks(args: Words) -> Int:
        return 1 if _side_by_side(args) else (elements(args, _reduced(args)) + BLOCK - 1) // BLOCK

    @staticmethod
    def units(args: Words) -> Int:
        return elements(args, AT.outputs) * Self.blocks(args)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(
            elements(args, AT.outputs) * elements(args, _reduced(args)), 1, size_of[Self.source](), 0.03
        )

    @staticmethod
    def grain(args: Words) -> Int:
        return Self.W if _side_by_side(args) else 1  # a vector spans several outputs

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var blocks = Self.blocks(args)
        var x = buffer[Self.source](args, AT.x)
        var at = _reduced(args)
        var i = start
        comptime if S.SIMD:
            if _side_by_side(args):  # a vector takes several outputs at once
                i = Self.columns(args, start, stop)
        while i < stop:
            var output = i // blocks
            var first = (i - output * blocks) * BLOCK
            var last = min(first + BLOCK, elements(args, at)) if blocks > 1 else elements(args, at)
            var sum = Self.block[S](args, x.unsafe_offset(_offset(args, AT.outputs, output)), first, last)
            if owns[S](0):
                if blocks == 1:
                    Self.store[1](args, buffer[Self.Y](args, AT.y), i, sum)
                else:
                    buffer[Self.dt](args, AT.scratch).unsafe_store(i, sum)
            i += 1

    @staticmethod
    def finish(args: Words):
        if Self.blocks(args) > 1:
            Self.combine_blocks(args, 0, elements(args, AT.outputs))

    @staticmethod
    def combine_blocks(args: Words, start: Int, stop: Int):
        """Combines the blocks of outputs `start` to `stop`, in order."""
        var blocks = Self.blocks(args)
        var y = buffer[Self.Y](args, AT.y)
        var parts = buffer[Self.dt](args, AT.scratch)
        for output in range(start, stop):
            var sum = Self.Op.start[Self.dt]()
            for b in range(blocks):
                sum = Self.Op.combine[Self.dt, 1](sum, parts.unsafe_load(output * blocks + b))
            Self.store[1](args, y, output, sum)

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        # threads whose outputs lie side by side read side by side when each does an output of its own
        var together = 0 if _side_by_side(args) else min(elements(args, _reduced(args)), BLOCK)
        launch_rows[Self.run[Original], Self.run[Block]](
            ctx, args, Self.words(args), Self.units(args), together
        )
        if Self.blocks(args) > 1:
            launch_rows[Self.combine_blocks, Self.combine_together](
                ctx, args, Self.words(args), elements(args, AT.outputs), Self.blocks(args)
            )

    @staticmethod
    def combine_together(args: Words, start: Int, stop: Int):
        """Combines the many blocks of one output, by a block of GPU threads."""
        var blocks = Self.blocks(args)
        var parts = buffer[Self.dt](args, AT.scratch).unsafe_offset(start * blocks)

        def part(b: Int) {imm} -> Scalar[Self.dt]:
            return parts.unsafe_load(b)

        def combine(a: Scalar[Self.dt], b: Scalar[Self.dt]) {} -> Scalar[Self.dt]:
            return Self.Op.combine[Self.dt, 1](a, b)

        var sum = fold[Self.dt](Self.Op.start[Self.dt](), 0, blocks, part, combine)
        if owns[Block](0):
            Self.store[1](args, buffer[Self.Y](args, AT.y), start, sum)

    @staticmethod
    @always_inline
    def store[w: Int](args: Words, y: Buffer[Self.Y], i: Int, sum: SIMD[Self.dt, w]):
        """Stores outputs."""
        var value = sum
        comptime if Self.Op.NAME == "sum":
            value *= scalar[Self.dt](args, AT.scale)
        y.unsafe_store(i, convert[Self.Y](value))

    @staticmethod
    def block[S: Schedule](args: Words, x: Buffer[Self.source], first: Int, last: Int) -> Scalar[Self.dt]:
        """Combines elements `first` to `last` of the reduced shape for the output whose data start at x."""
        comptime if S.NAME == Block.NAME:

            def element(i: Int) {imm} -> Scalar[Self.dt]:
                return Self.taken[1](x, _offset(args, _reduced(args), i))

            def combine(a: Scalar[Self.dt], b: Scalar[Self.dt]) {} -> Scalar[Self.dt]:
                return Self.Op.combine[Self.dt, 1](a, b)

            return fold[Self.dt](Self.Op.start[Self.dt](), first, last, element, combine)
        var total = Self.Op.start[Self.dt]()
        for leaf in range(first, last, LEAF):
            total = Self.Op.combine[Self.dt, 1](total, Self.leaf[S](args, x, leaf, min(leaf + LEAF, last)))
        return total

    @staticmethod
    def leaf[S: Schedule](args: Words, x: Buffer[Self.source], first: Int, last: Int) -> Scalar[Self.dt]:
        """Combines at most `LEAF` elements."""
        var at = _reduced(args)
        var stride = inner_stride(args, at, 0)
        var total = Self.Op.start[Self.dt]()

        def run_of(index: Int, offsets: Offsets, count: Int) {mut total, imm}:
            var p = x.unsafe_offset(Int(offsets[0]))
            var i = 0
            comptime if S.SIMD:
                if stride == 1:
                    total = Self.Op.combine[Self.dt, 1](total, Self.contiguous(p, count))
                    i = count
            while i < count:
                total = Self.Op.combine[Self.dt, 1](total, Self.taken[1](p, i * stride))
                i += 1

        for_each_run[1](args, at, first, last, run_of)
        return total

    @staticmethod
    def contiguous(p: Buffer[Self.source], count: Int) -> Scalar[Self.dt]:
        """Combines a run of neighbours: four vectors side by side, then their lanes, then the rest."""
        comptime W = Self.W
        var i = 0
        var total = Self.Op.start[Self.dt]()
        if count >= W:
            var a = SIMD[Self.dt, W](total)
            var b = a
            var c = a
            var d = a
            while i + 4 * W <= count:
                a = Self.Op.combine[Self.dt, W](a, Self.taken[W](p, i))
                b = Self.Op.combine[Self.dt, W](b, Self.taken[W](p, i + W))
                c = Self.Op.combine[Self.dt, W](c, Self.taken[W](p, i + 2 * W))
                d = Self.Op.combine[Self.dt, W](d, Self.taken[W](p, i + 3 * W))
                fetch[4 * W](p, i + LEAF)
                i += 4 * W
            while i + W <= count:
                a = Self.Op.combine[Self.dt, W](a, Self.taken[W](p, i))
                i += W
            a = Self.Op.combine[Self.dt, W](
                Self.Op.combine[Self.dt, W](a, b), Self.Op.combine[Self.dt, W](c, d)
            )
            total = Self.combined(a)
        while i < count:
            total = Self.Op.combine[Self.dt, 1](total, Self.taken[1](p, i))
            i += 1
        return total

    @staticmethod
    @always_inline
    def taken[w: Int](p: Buffer[Self.source], i: Int) -> SIMD[Self.dt, w]:
        """Returns what elements count as."""
        var x = p.unsafe_load[width=w](i)
        comptime if is_half(Self.source):
            return Self.Op.take[Self.dt, w](convert[Self.dt](x))
        else:
            return Self.Op.take[Self.source, w](x).cast[Self.dt]()

    @staticmethod
    @always_inline
    def combined[w: Int](v: SIMD[Self.dt, w]) -> Scalar[Self.dt]:
        """Combines lanes by halves."""
        comptime if w == 1:
            return v[0]
        else:
            var low = v.slice[w // 2]()
            return Self.combined(Self.Op.combine[Self.dt, w // 2](low, v.slice[w // 2, offset=w // 2]()))

    @staticmethod
    def columns(args: Words, start: Int, stop: Int) -> Int:
        """Reduces outputs side by side in x, several vectors at a time; returns the first output left."""
        comptime W = Self.W
        var x = buffer[Self.source](args, AT.x)
        var y = buffer[Self.Y](args, AT.y)
        var at = _reduced(args)
        var done = start

        def outputs(first: Int, offsets: Offsets, count: Int) {mut done, imm}:
            if first != done:
                return
            var i = 0
            while i + BAND // 8 <= count:
                var width = min((count - i) // W * W, BAND)
                Self.band(args, at, x.unsafe_offset(Int(offsets[0]) + i), y.unsafe_offset(first + i), width)
                i += width
            comptime for vectors in [8, 4, 2, 1]:
                while i + vectors * W <= count:
                    Self.stripe[vectors](
                        args, at, x.unsafe_offset(Int(offsets[0]) + i), y.unsafe_offset(first + i)
                    )
                    i += vectors * W
            while i < count:
                var sum = Self.block[Original](
                    args, x.unsafe_offset(Int(offsets[0]) + i), 0, elements(args, at)
                )
                Self.store[1](args, y, first + i, sum)
                i += 1
            done = first + count

        for_each_run[1](args, AT.outputs, start, stop, outputs)
        return done

    @staticmethod
    def band(args: Words, at: Int, x: Buffer[Self.source], y: Buffer[Self.Y], width: Int):
        """Reduces many vectors of outputs, whose sums stay in the first-level cache: x is read in long runs.
        """
        comptime W = Self.W
        var totals = Buffer[Self.dt](unsafe_from_address=Int(stack_allocation[BAND, Scalar[Self.dt]]()))
        var sums = Buffer[Self.dt](unsafe_from_address=Int(stack_allocation[BAND, Scalar[Self.dt]]()))
        var stride = inner_stride(args, at, 0)
        var last = elements(args, at)
        var nothing = SIMD[Self.dt, W](Self.Op.start[Self.dt]())

        def run_of(index: Int, offsets: Offsets, count: Int) {imm}:
            for l in range(count):
                var row = x.unsafe_offset(Int(offsets[0]) + l * stride)
                for v in range(0, width, W):
                    var sum = sums.unsafe_load[width=W](v)
                    sums.unsafe_store(v, Self.Op.combine[Self.dt, W](sum, Self.taken[W](row, v)))

        for v in range(0, width, W):
            totals.unsafe_store(v, nothing)
        for leaf in range(0, last, LEAF):
            for v in range(0, width, W):
                sums.unsafe_store(v, nothing)
            for_each_run[1](args, at, leaf, min(leaf + LEAF, last), run_of)
            for v in range(0, width, W):
                var total = totals.unsafe_load[width=W](v)
                totals.unsafe_store(v, Self.Op.combine[Self.dt, W](total, sums.unsafe_load[width=W](v)))
        for v in range(0, width, W):
            Self.store[W](args, y, v, totals.unsafe_load[width=W](v))

    @staticmethod
    def stripe[vectors: Int](args: Words, at: Int, x: Buffer[Self.source], y: Buffer[Self.Y]):
        """Reduces `vectors` vectors of outputs."""
        comptime W = Self.W
        comptime Lanes = SIMD[Self.dt, W]
        var totals = stack_allocation[vectors, Lanes]()
        var sums = stack_allocation[vectors, Lanes]()
        comptime for v in range(vectors):
            totals[unsafe_offset=v] = Lanes(Self.Op.start[Self.dt]())
        var stride = inner_stride(args, at, 0)
        var last = elements(args, at)

        def run_of(index: Int, offsets: Offsets, count: Int) {imm}:
            var p = x.unsafe_offset(Int(offsets[0]))
            for l in range(count):
                comptime for v in range(vectors):
                    var next = Self.taken[W](p, l * stride + v * W)
                    sums[unsafe_offset=v] = Self.Op.combine[Self.dt, W](sums[unsafe_offset=v], next)

        for leaf in range(0, last, LEAF):
            comptime for v in range(vectors):
                sums[unsafe_offset=v] = Lanes(Self.Op.start[Self.dt]())
            for_each_run[1](args, at, leaf, min(leaf + LEAF, last), run_of)
            comptime for v in range(vectors):
                totals[unsafe_offset=v] = Self.Op.combine[Self.dt, W](
                    totals[unsafe_offset=v], sums[unsafe_offset=v]
                )
        comptime for v in range(vectors):
            Self.store[W](args, y, v * W, totals[unsafe_offset=v])


@doc_hidden
struct ArgExtreme[Op: ReduceOp, source: DType, dt: DType = source](Kernel):
    """Words as above; y and scratch hold int64, scale is unused. A unit is one output. Elements are compared in dt.
    """

    comptime Values = Reduce[Self.Op, Self.source, Self.dt]
    comptime W = simd_width_of[Self.dt]()

    comptime WORDS = WORDS

    @staticmethod
    def name() -> String:
        return String("arg", Self.Op.NAME, ".forward.", dtype_name(Self.source))

    @staticmethod
    def units(args: Words) -> Int:
        return elements(args, AT.outputs)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(elements(args, AT.outputs) * elements(args, _reduced(args)), 1, size_of[Self.source](), 1)

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        var outputs = Self.units(args)
        var blocks = Self.Values.blocks(args)
        if blocks > 1 and ctx[].workers >= 0:
            launch_blocks[Self.part](ctx, args, Self.words(args), outputs * blocks)
            launch_blocks[Self.best_part](ctx, args, Self.words(args), outputs)
        else:
            launch_rows[Self.run[Original], Self.together](
                ctx, args, Self.words(args), outputs, elements(args, _reduced(args))
            )

    @staticmethod
    def together(args: Words, start: Int, stop: Int):
        """Finds the position of one output, by a block of GPU threads."""

        def same(i: Int) {} -> Int64:
            return Int64(i)

        var index = Self.first_best(args, start, 0, elements(args, _reduced(args)), same)
        if owns[Block](0):
            buffer[DType.int64](args, AT.y).unsafe_store(start, index)

    @staticmethod
    def part(args: Words, start: Int, stop: Int):
        """Finds the position in one block of elements of an output, by a block of GPU threads, for `best_part`.
        """
        var blocks = Self.Values.blocks(args)
        var first = start % blocks * BLOCK

        def same(i: Int) {} -> Int64:
            return Int64(i)

        var last = min(first + BLOCK, elements(args, _reduced(args)))
        var index = Self.first_best(args, start // blocks, first, last, same)
        if owns[Block](0):
            buffer[DType.int64](args, AT.scratch).unsafe_store(start, index)

    @staticmethod
    def best_part(args: Words, start: Int, stop: Int):
        """Finds the position of one output among those that `part` found."""
        var blocks = Self.Values.blocks(args)
        var parts = buffer[DType.int64](args, AT.scratch).unsafe_offset(start * blocks)

        def found(b: Int) {imm} -> Int64:
            return parts.unsafe_load(b)

        var index = Self.first_best(args, start, 0, blocks, found)
        if owns[Block](0):
            buffer[DType.int64](args, AT.y).unsafe_store(start, index)

    @staticmethod
    @always_inline
    def first_best[
        Candidate: def(Int) -> Int64
    ](args: Words, output: Int, first: Int, last: Int, candidate: Candidate) -> Int64:
        """Returns the best of candidates `first` to `last` for an output, the first one of equals."""
        var at = _reduced(args)
        var row = buffer[Self.source](args, AT.x).unsafe_offset(_offset(args, AT.outputs, output))

        def better_of(a: Int64, b: Int64) {imm} -> Int64:
            if a < 0 or b < 0:
                return max(a, b)
            var early = min(a, b)
            var late = max(a, b)
            var best = Self.Values.taken[1](row, _offset(args, at, Int(early)))
            return late if Self.better(
                Self.Values.taken[1](row, _offset(args, at, Int(late))), best
            ) else early

        return fold[DType.int64](-1, first, last, candidate, better_of)

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var first = start
        comptime if S.SIMD:
            if _side_by_side(args) and elements(args, _reduced(args)) < _MOST_ROWS:
                first = Self.columns(args, start, stop)
        for output in range(first, stop):
            Self.one[S](args, output)

    @staticmethod
    def one[S: Schedule](args: Words, output: Int):
        """Finds the position of one output."""
        var y = buffer[DType.int64](args, AT.y)
        var x = buffer[Self.source](args, AT.x)
        var at = _reduced(args)
        var stride = inner_stride(args, at, 0)
        var row = x.unsafe_offset(_offset(args, AT.outputs, output))
        var best = Self.Values.taken[1](row, 0)
        var index = 0

        def run_of(first: Int, offsets: Offsets, count: Int) {mut best, mut index, imm}:
            var p = row.unsafe_offset(Int(offsets[0]))
            comptime if S.SIMD:
                if stride == 1:
                    var extreme = Self.Values.contiguous(p, count)
                    if Self.better(extreme, best):
                        best = extreme
                        index = first + Self.find(p, count, extreme)
                    return
            for i in range(count):
                var next = Self.Values.taken[1](p, i * stride)
                if Self.better(next, best):
                    best = next
                    index = first + i

        for_each_run[1](args, at, 0, elements(args, at), run_of)
        y.unsafe_store(output, Int64(index))

    @staticmethod
    def columns(args: Words, start: Int, stop: Int) -> Int:
        """Finds the positions of outputs side by side in x, many vectors at a time; returns the first output left.
        """
        var x = buffer[Self.source](args, AT.x)
        var y = buffer[DType.int64](args, AT.y)
        var done = start

        def outputs(first: Int, offsets: Offsets, count: Int) {mut done, imm}:
            if first != done:
                return
            var i = 0
            while i + Self.W <= count:
                var width = min((count - i) // Self.W * Self.W, _NEIGHBOURS)
                Self.band(args, x.unsafe_offset(Int(offsets[0]) + i), y.unsafe_offset(first + i), width)
                i += width
            while i < count:
                Self.one[Original](args, first + i)
                i += 1
            done = first + count

        for_each_run[1](args, AT.outputs, start, stop, outputs)
        return done

    @staticmethod
    def band(args: Words, x: Buffer[Self.source], y: Buffer[DType.int64], width: Int):
        """Finds the positions of vectors of outputs, which stay in the first-level cache: x is read in long runs.
        """
        comptime W = Self.W
        comptime PLACE = DType.int32 if size_of[Self.dt]() == 4 else DType.int64  # as wide: one vector
        var bests = Buffer[Self.dt](unsafe_from_address=Int(stack_allocation[_NEIGHBOURS, Scalar[Self.dt]]()))
        var indices = Buffer[PLACE](unsafe_from_address=Int(stack_allocation[_NEIGHBOURS, Scalar[PLACE]]()))
        var at = _reduced(args)
        var stride = inner_stride(args, at, 0)
        for i in range(0, width, W):
            bests.unsafe_store(i, Self.Values.taken[W](x, i))
            indices.unsafe_store(i, SIMD[PLACE, W](0))

        def run_of(first: Int, offsets: Offsets, count: Int) {imm}:
            for row in range(0, count, _ROWS):
                var rows = min(_ROWS, count - row)
                var p = x.unsafe_offset(Int(offsets[0]) + row * stride)
                for i in range(0, width, W):
                    var best = bests.unsafe_load[width=W](i)
                    var index = indices.unsafe_load[width=W](i)
                    for r in range(rows):
                        var next = Self.Values.taken[W](p, r * stride + i)
                        var stays = Self.Op.combine(best, next).eq(best) | is_nan(best)
                        best = stays.select(best, next)
                        index = stays.select(index, SIMD[PLACE, W](Scalar[PLACE](first + row + r)))
                    bests.unsafe_store(i, best)
                    indices.unsafe_store(i, index)

        for_each_run[1](args, at, 0, elements(args, at), run_of)
        for i in range(0, width, W):
            y.unsafe_store(i, indices.unsafe_load[width=W](i).cast[DType.int64]())

    @staticmethod
    @always_inline
    def better(next: Scalar[Self.dt], best: Scalar[Self.dt]) -> Bool:
        """Tells whether an element takes the place of the first one so far; nan beats any number."""
        return not Self.Op.combine[Self.dt, 1](best, next).eq(best) and not is_nan[Self.dt, 1](best)

    @staticmethod
    def find(p: Buffer[Self.source], count: Int, value: Scalar[Self.dt]) -> Int:
        """Returns the first index of a value that is there, nan included."""
        comptime W = simd_width_of[Self.dt]()
        var nan = is_nan[Self.dt, 1](value)
        var i = 0
        while i + W <= count:
            var next = Self.Values.taken[W](p, i)
            if (is_nan[Self.dt, W](next) if nan else next.eq(value)).reduce_or():
                break
            i += W
        while True:
            var next = Self.Values.taken[1](p, i)
            if is_nan[Self.dt, 1](next) if nan else next.eq(value):
                return i
            i += 1
