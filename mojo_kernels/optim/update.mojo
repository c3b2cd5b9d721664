"""Optimizer updates: one call updates all tensors of a group.

An optimizer is one struct: its options, what it keeps per element and per tensor, and the formula on lanes
(adam.mojo, plain.mojo).

The table is in host memory and holds `count` entries of int64 words: param, grad, states..., scalars..., number of
elements. The addresses are of contiguous elements of one dtype; a state of address 0 is not kept. The scalars, such as
the number of steps, are one element each, which every call advances: so no word is a counter, and a call can be
replayed.

Of parameters of 16 bits, gradients and states of each element have 16 bits too; arithmetic and scalars are float32, and
each number is rounded once.
"""

from std.collections import Array
from std.sys import simd_width_of, size_of

from mojo_kernels.elementwise.narrow import convert
from mojo_kernels.elementwise.stored import computed_in
from mojo_kernels.runtime.context import ContextPointer
from mojo_kernels.runtime.gpu import launch_units
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.loops import lanes
from mojo_kernels.runtime.schedule import Original, Schedule
from mojo_kernels.runtime.types import MAX_WORDS, Words, buffer, dtype_name, scalar, word
from mojo_kernels.runtime.words import Cells, Names, count_cells

comptime BLOCK = 4096
"""Elements of a unit, roughly, over all tensors."""
comptime STRIPES = 64
"""The most units."""
comptime LINE = 16
"""Stripes are cut at multiples of this many elements."""


trait OptimizerOp(TrivialRegisterPassable):
    """An optimizer: its options, read from the words, and its formula."""

    comptime NAME: StaticString
    comptime WORDS: StaticString
    """The words: table, count and options, and in brackets the cells of an entry (words.mojo): param, grad, states per element
    (`u`), states per tensor (`U`), numel."""
    comptime AT = Names[Self.WORDS]()
    """The indices of the words."""
    comptime CELL = Cells[Self.WORDS]()
    """The indices of the cells of an entry."""
    comptime FIRST: Int = Self.CELL.grad + 1
    """The cell of the first state."""
    comptime STATES: Int = count_cells(Self.WORDS, "u") - 1
    """The number of states per element: of all that is moved but the parameter."""
    comptime SCALARS: Int = count_cells(Self.WORDS, "U")
    """The number of states per tensor; the number of steps so far comes first."""
    comptime COST: Float64
    """Nanoseconds of arithmetic per element."""

    def __init__(out self, args: Words):
        """Reads the options.

        Args:
            args: The packed words.
        """
        ...

    def advance(mut self, mut scalars: Array[Float64, Self.SCALARS]):
        """Moves a tensor's scalars on by one step, and takes from them what `update` needs.

        Args:
            scalars: Those of the tensor, which become the new ones.
        """
        ...

    def update[
        dt: DType, w: Int
    ](self, param: SIMD[dt, w], grad: SIMD[dt, w], mut states: Array[SIMD[dt, w], Self.STATES]) -> SIMD[
        dt, w
    ]:
        """Moves elements.

        Parameters:
            dt: The dtype.
            w: The number of lanes.

        Args:
            param: The elements.
            grad: Their gradient.
            states: Their states, which become the new ones.

        Returns:
            The new elements.
        """
        ...


@always_inline
def _move[Op: OptimizerOp, stored: DType, S: Schedule](op: Op, entry: Words, start: Int, stop: Int):
    """Moves elements `start` to `stop` of the tensor that an entry of the table describes."""
    comptime dt = computed_in(stored)
    var param = buffer[stored](entry, Op.CELL.param)
    var grad = buffer[stored](entry, Op.CELL.grad)

    def body[w: Int](k: Int) {imm}:
        var i = start + k
        var states = Array[SIMD[dt, w], Op.STATES](fill=0)
        comptime for s in range(Op.STATES):
            if word(entry, Op.FIRST + s) != 0:
                states[s] = convert[dt](buffer[stored](entry, Op.FIRST + s).unsafe_load[width=w](i))
        var p = convert[dt](param.unsafe_load[width=w](i))
        var g = convert[dt](grad.unsafe_load[width=w](i))
        param.unsafe_store(i, convert[stored](op.update(p, g, states)))
        comptime for s in range(Op.STATES):
            if word(entry, Op.FIRST + s) != 0:
                buffer[stored](entry, Op.FIRST + s).unsafe_store(i, convert[stored](states[s]))

    lanes[S, simd_width_of[dt]()](stop - start, body)


@always_inline
def _scalars[Op: OptimizerOp, stored: DType](entry: Words) -> Array[Float64, Op.SCALARS]:
    """Reads the scalars of the tensor that an entry describes."""
    var scalars = Array[Float64, Op.SCALARS](fill=0)
    comptime for s in range(Op.SCALARS):
        scalars[s] = (
            buffer[computed_in(stored)](entry, Op.FIRST + Op.STATES + s).unsafe_load(0).cast[DType.float64]()
        )
    return scalars^


@always_inline
def _advance[Op: OptimizerOp, stored: DType](mut op: Op, entry: Words):
    """Writes the scalars that the tensor of an entry has after the step."""
    comptime dt = computed_in(stored)
    var scalars = _scalars[Op, stored](entry)
    op.advance(scalars)
    comptime for s in range(Op.SCALARS):
        buffer[dt](entry, Op.FIRST + Op.STATES + s).unsafe_store(0, scalars[s].cast[dt]())


@always_inline
def _entry[Op: OptimizerOp](args: Words, i: Int) -> Words:
    return Words(unsafe_from_address=word(args, Op.AT.table)).unsafe_offset(i * (Op.CELL.numel + 1))


@always_inline
def _cut(count: Int, stripe: Int, stripes: Int) -> Int:
    """Returns the element of a tensor at which a stripe begins."""
    return count if stripe == stripes else count * stripe // stripes // LINE * LINE


@doc_hidden
struct Update[Op: OptimizerOp, dt: DType](Kernel):
    """Moves tensors that are stored in a dtype. A unit is a stripe of every tensor: a thread moves the rows of a weight whose gradient it computed.
    """

    comptime WORDS = Self.Op.WORDS
    comptime OPTIONS = Self.AT.count + 1
    """The index of the first option's word."""
    comptime NUMEL = Self.Op.CELL.numel
    """The last cell of an entry, which holds the number of elements."""

    @staticmethod
    def name() -> String:
        return String(Self.Op.NAME, ".", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        var count = 0
        for i in range(word(args, Self.AT.count)):
            count += word(_entry[Self.Op](args, i), Self.NUMEL)
        return min((count + BLOCK - 1) // BLOCK, STRIPES)

    @staticmethod
    def cost(args: Words) -> Cost:
        var cost = Cost(0, 0, 0, 0)
        for i in range(word(args, Self.AT.count)):
            var entry = _entry[Self.Op](args, i)
            var states = 0
            for s in range(Self.Op.STATES):
                states += Int(word(entry, Self.Op.FIRST + s) != 0)
            cost += Cost(
                word(entry, Self.NUMEL),
                Float64(2 + 2 * states),
                (3 + 2 * states) * size_of[Self.dt](),
                Self.Op.COST,
            )
        return cost

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var op = Self.Op(args)
        var stripes = Self.units(args)
        var before = Array[Float64, Self.Op.SCALARS](fill=-1)
        for i in range(word(args, Self.AT.count)):
            var entry = _entry[Self.Op](args, i)
            comptime if Self.Op.SCALARS > 0:  # powers take longer than a small tensor, and mostly all agree
                var scalars = _scalars[Self.Op, Self.dt](entry)
                var same = True
                comptime for s in range(Self.Op.SCALARS):
                    same &= scalars[s] == before[s]
                if not same:
                    before = scalars.copy()
                    op.advance(scalars)
            var count = word(entry, Self.NUMEL)
            var begin = _cut(count, start, stripes)
            var end = _cut(count, stop, stripes)
            if begin < end:
                _move[Self.Op, Self.dt, S](op, entry, begin, end)

    @staticmethod
    def finish(args: Words):
        comptime if Self.Op.SCALARS > 0:
            var op = Self.Op(args)
            for i in range(word(args, Self.AT.count)):
                _advance[Self.Op, Self.dt](op, _entry[Self.Op](args, i))

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        """Launches a grid per tensor and one thread for its scalars, with its entry and the options as words: the table lies in host memory.

        Args:
            ctx: The call's context.
            args: The packed words.

        Raises:
            What the device's driver reports.
        """
        var packed = Array[Int64, MAX_WORDS](fill=0)
        var words = Words(unsafe_from_address=Int(MutPointer(to=packed)))
        var options = Self.words(args) - Self.OPTIONS
        for i in range(options):
            packed[Self.NUMEL + 1 + i] = args.unsafe_load(Self.OPTIONS + i)
        for i in range(word(args, Self.AT.count)):
            var entry = _entry[Self.Op](args, i)
            for k in range(Self.NUMEL + 1):
                packed[k] = entry.unsafe_load(k)
            var count = word(entry, Self.NUMEL)
            if count > 0:
                launch_units[Self._elements](ctx, words, Self.NUMEL + 1 + options, count)
            comptime if Self.Op.SCALARS > 0:
                launch_units[Self._scalars_of](ctx, words, Self.NUMEL + 1 + options, 1)
        _ = packed^

    @staticmethod
    def _elements(args: Words, start: Int, stop: Int):
        """Moves elements of the tensor whose entry stands in the words, the options behind it."""
        var op = Self.Op(args.unsafe_offset(Self.NUMEL + 1 - Self.OPTIONS))
        comptime if Self.Op.SCALARS > 0:
            var scalars = _scalars[Self.Op, Self.dt](args)
            op.advance(scalars)
        _move[Self.Op, Self.dt, Original](op, args, start, stop)

    @staticmethod
    def _scalars_of(args: Words, start: Int, stop: Int):
        """Moves the scalars of the tensor on, once all elements are done."""
        var op = Self.Op(args.unsafe_offset(Self.NUMEL + 1 - Self.OPTIONS))
        _advance[Self.Op, Self.dt](op, args)
