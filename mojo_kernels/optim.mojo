"""Optimizer updates: one call moves all tensors of a group.

An optimizer is one struct: its options, how many states it keeps per element, and the formula on lanes. To add one,
write its struct and put its name into `OPTIMIZERS`.

Words: table, count, then the options. The table lies in host memory and holds `count` entries of int64 words: param,
grad, states..., number of elements. The addresses are of contiguous elements of one dtype; a state of address 0 is
not kept.
"""

from std.builtin.variadics import TypeList
from std.collections import Array
from std.sys import simd_width_of, size_of

from mojo_kernels.runtime.context import ContextPointer
from mojo_kernels.runtime.gpu import launch_units
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.loops import lanes
from mojo_kernels.runtime.schedule import Original, Schedule
from mojo_kernels.runtime.types import MAX_WORDS, Words, buffer, dtype_name, scalar, word

comptime BLOCK = 4096
"""Elements of a unit, roughly, over all tensors."""
comptime STRIPES = 64
"""The most units."""
comptime LINE = 16
"""Stripes are cut at multiples of this many elements."""
comptime OPTIONS = 2
"""The index of the first option's word."""


trait OptimizerOp(TrivialRegisterPassable):
    """An optimizer: its options, read from the words, and its formula."""

    comptime NAME: StaticString
    comptime OPTIONS: Int
    """The number of option words."""
    comptime STATES: Int
    """The number of states per element."""

    def __init__(out self, args: Words, at: Int):
        """Reads the options.

        Args:
            args: The packed words.
            at: The index of the first option.
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


@doc_hidden
struct SGD(OptimizerOp):
    """With g = grad (-grad to maximize) + weight_decay param: buf = momentum buf + (1 - dampening) g, g at first.

    param -= lr g without momentum, lr (g + momentum buf) with nesterov, lr buf otherwise. Options: lr, momentum,
    dampening, weight_decay, then as integers nesterov, maximize, first.
    """

    comptime NAME: StaticString = "sgd"
    comptime OPTIONS = 7
    comptime STATES = 1

    var lr: Float64
    var momentum: Float64
    var share: Float64
    var weight_decay: Float64
    var nesterov: Bool
    var sign: Float64
    var first: Bool

    @always_inline
    def __init__(out self, args: Words, at: Int):
        self.lr = scalar[DType.float64](args, at)
        self.momentum = scalar[DType.float64](args, at + 1)
        self.share = 1 - scalar[DType.float64](args, at + 2)
        self.weight_decay = scalar[DType.float64](args, at + 3)
        self.nesterov = word(args, at + 4) != 0
        self.sign = -1 if word(args, at + 5) != 0 else 1
        self.first = word(args, at + 6) != 0

    @always_inline
    def update[
        dt: DType, w: Int
    ](self, param: SIMD[dt, w], grad: SIMD[dt, w], mut states: Array[SIMD[dt, w], Self.STATES]) -> SIMD[
        dt, w
    ]:
        var step = grad * self.sign.cast[dt]()
        if self.weight_decay != 0:
            step += param * self.weight_decay.cast[dt]()
        if self.momentum != 0:
            var momentum = self.momentum.cast[dt]()
            states[0] = step if self.first else states[0] * momentum + step * self.share.cast[dt]()
            step = step + states[0] * momentum if self.nesterov else states[0]
        return param - step * self.lr.cast[dt]()


comptime OPTIMIZERS = TypeList.of[Trait=OptimizerOp, SGD]
"""The optimizers."""


@always_inline
def _move[Op: OptimizerOp, dt: DType, S: Schedule](op: Op, entry: Words, start: Int, stop: Int):
    """Moves elements `start` to `stop` of the tensor that an entry of the table describes."""
    var param = buffer[dt](entry, 0)
    var grad = buffer[dt](entry, 1)

    def body[w: Int](k: Int) {imm}:
        var i = start + k
        var states = Array[SIMD[dt, w], Op.STATES](fill=0)
        comptime for s in range(Op.STATES):
            if word(entry, 2 + s) != 0:
                states[s] = buffer[dt](entry, 2 + s).unsafe_load[width=w](i)
        param.unsafe_store(i, op.update(param.unsafe_load[width=w](i), grad.unsafe_load[width=w](i), states))
        comptime for s in range(Op.STATES):
            if word(entry, 2 + s) != 0:
                buffer[dt](entry, 2 + s).unsafe_store(i, states[s])

    lanes[S, simd_width_of[dt]()](stop - start, body)


@always_inline
def _entry[Op: OptimizerOp](args: Words, i: Int) -> Words:
    return Words(unsafe_from_address=word(args, 0)).unsafe_offset(i * (3 + Op.STATES))


@always_inline
def _cut(count: Int, stripe: Int, stripes: Int) -> Int:
    """Returns the element of a tensor at which a stripe begins."""
    return count if stripe == stripes else count * stripe // stripes // LINE * LINE


@doc_hidden
struct Update[Op: OptimizerOp, dt: DType](Kernel):
    """A unit is a stripe of every tensor: a thread moves the rows of a weight whose gradient it computed."""

    comptime COUNT = 2 + Self.Op.STATES
    """The word of an entry that holds the number of elements."""

    comptime OPERANDS: StaticString = "t.:ur." if Self.Op.STATES == 0 else "t.:uru." if Self.Op.STATES == 1 else "t.:uruu."

    @staticmethod
    def name() -> String:
        return String(Self.Op.NAME, ".", dtype_name(Self.dt))

    @staticmethod
    def words(args: Words) -> Int:
        return OPTIONS + Self.Op.OPTIONS

    @staticmethod
    def units(args: Words) -> Int:
        var count = 0
        for i in range(word(args, 1)):
            count += word(_entry[Self.Op](args, i), Self.COUNT)
        return min((count + BLOCK - 1) // BLOCK, STRIPES)

    @staticmethod
    def cost(args: Words) -> Cost:
        var cost = Cost(0, 0, 0, 0)
        for i in range(word(args, 1)):
            var entry = _entry[Self.Op](args, i)
            var states = 0
            for s in range(Self.Op.STATES):
                states += Int(word(entry, 2 + s) != 0)
            cost += Cost(
                word(entry, Self.COUNT), Float64(2 + 2 * states), (3 + 2 * states) * size_of[Self.dt](), 0.05
            )
        return cost

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var op = Self.Op(args, OPTIONS)
        var stripes = Self.units(args)
        for i in range(word(args, 1)):
            var entry = _entry[Self.Op](args, i)
            var count = word(entry, Self.COUNT)
            var begin = _cut(count, start, stripes)
            var end = _cut(count, stop, stripes)
            if begin < end:
                _move[Self.Op, Self.dt, S](op, entry, begin, end)

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        """Launches one grid per tensor, with its entry and the options as words: the table lies in host memory.

        Args:
            ctx: The call's context.
            args: The packed words.

        Raises:
            What the device's driver reports.
        """
        var packed = Array[Int64, MAX_WORDS](fill=0)
        var words = Words(unsafe_from_address=Int(MutPointer(to=packed)))
        for i in range(Self.Op.OPTIONS):
            packed[Self.COUNT + 1 + i] = args.unsafe_load(OPTIONS + i)
        for i in range(word(args, 1)):
            var entry = _entry[Self.Op](args, i)
            for k in range(Self.COUNT + 1):
                packed[k] = entry.unsafe_load(k)
            var count = word(entry, Self.COUNT)
            if count > 0:
                launch_units[Self._elements](ctx, words, Self.COUNT + 1 + Self.Op.OPTIONS, count)
        _ = packed^

    @staticmethod
    def _elements(args: Words, start: Int, stop: Int):
        """Moves elements of the tensor whose entry stands in the words, the options behind it."""
        _move[Self.Op, Self.dt, Original](Self.Op(args, Self.COUNT + 1), args, start, stop)
