"""What pointwise kernels share: their units are the elements of the shape in their words.

A pointwise kernel says what its words are, how large the elements of its operands are, what an element costs, and how
elements whose operands lie in rows are computed (`PointwiseLoop`). The kernel follows (`Pointwise`).
"""

from std.sys import size_of

from mojo_kernels.runtime.context import ContextPointer
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.gpu import launch_units
from mojo_kernels.runtime.gpu_pieces import Pieces, made_of_pieces, piece_of
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.loops import elements
from mojo_kernels.runtime.schedule import Original, Schedule
from mojo_kernels.runtime.strided import operands_of, run_strided
from mojo_kernels.runtime.types import OK, Sizes, Words, word
from mojo_kernels.runtime.words import Names, first_shape

comptime CHEAP = 0.3
"""The cost up to which a kernel's time on a GPU is that of its memory, so that it is compiled for pieces too; not measured."""
comptime GRAIN = 4096
"""Elements of a share are a multiple of this: a page, and a multiple of every vector width."""


trait PointwiseLoop:
    """A function of the elements of operands that share a shape."""

    comptime WORDS: StaticString
    """The words of the kernel (words.mojo): the operands, their scalars, and last the shape."""
    comptime AT = Names[Self.WORDS]()
    """The indices of the words by their names."""
    comptime SHAPE: Int = first_shape(Self.WORDS)
    """The index of the shape's first word."""
    comptime SIZES: Sizes
    """The bytes of an element of each operand (`sizes_of`)."""
    comptime FLOPS: Float64
    """Arithmetic operations per element."""
    comptime COST: Float64
    """Nanoseconds per element on one worker, float32, in cache."""
    comptime PIECES: Bool = False
    """Whether `rows` reads and writes by `Input` and `Output` alone, which know pieces."""

    @staticmethod
    def name() -> String:
        """Returns the name in the kernel table, "op.direction.dtype".

        Returns:
            The name without its schedule.
        """
        ...

    @staticmethod
    def rows[S: Schedule](args: Words, start: Int, stop: Int):
        """Computes elements whose operands have innermost strides of 0 and 1, under `Original` of any strides.

        Parameters:
            S: The schedule: vectorised or not.

        Args:
            args: The packed words.
            start: The first element.
            stop: The element after the last.
        """
        ...

    @staticmethod
    def check(args: Words) -> Int64:
        """Looks for values that the kernel may not meet.

        Args:
            args: The packed words.

        Returns:
            `OK`, or the status that the call returns.
        """
        return OK

    @staticmethod
    def launch_check(ctx: ContextPointer, args: Words) raises:
        """Has a GPU look for such values, and report them, before the kernel runs there.

        Args:
            ctx: The call's context.
            args: The packed words.

        Raises:
            What the device's driver reports.
        """
        pass


@doc_hidden
struct Pointwise[Loop: PointwiseLoop](Kernel):
    comptime WORDS = Self.Loop.WORDS
    comptime SHAPE = Self.Loop.SHAPE
    comptime SIZES = Self.Loop.SIZES

    @staticmethod
    def name() -> String:
        return Self.Loop.name()

    @staticmethod
    def units(args: Words) -> Int:
        return elements(args, Self.SHAPE)

    @staticmethod
    def cost(args: Words) -> Cost:
        var bytes = 0  # those of scalars and absent operands do not count
        comptime for k in range(operands_of(Self.Loop.SIZES)):
            bytes += Int(Self.Loop.SIZES[k]) if word(args, k) != 0 else 0
        return Cost(Self.units(args), Self.Loop.FLOPS, bytes, Self.Loop.COST)

    @staticmethod
    def grain(args: Words) -> Int:
        return GRAIN

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        run_strided[S, Self.Loop.rows[S], Self.WORDS, Self.SHAPE, Self.Loop.SIZES](args, start, stop)

    @staticmethod
    def check(args: Words) -> Int64:
        return Self.Loop.check(args)

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        Self.Loop.launch_check(ctx, args)
        comptime if Self.Loop.PIECES and Self.Loop.COST <= CHEAP:
            if launches_pieces[Self.Loop, Self.Loop.SIZES](ctx, args, Self.words(args)):
                return
        launch_units[Self.run[Original]](ctx, args, Self.words(args), Self.units(args))


def launches_pieces[
    Loop: PointwiseLoop, sizes: Sizes, stored: DType = DType.float32
](ctx: ContextPointer, args: Words, count: Int) raises -> Bool:
    """Launches a pointwise kernel with a thread of a GPU for each piece, where its operands are made of pieces.

    Parameters:
        Loop: The kernel.
        sizes: The bytes of an element of each operand.
        stored: How operands of float32 are stored.

    Args:
        ctx: The call's context.
        args: The packed words.
        count: Their number.

    Returns:
        Whether it was launched.

    Raises:
        What the device's driver reports.
    """
    comptime piece = piece_of(sizes)
    if ctx[].workers < 0 or not made_of_pieces[Loop.WORDS, Loop.SHAPE, sizes](args):
        return False
    var units = elements(args, Loop.SHAPE)
    launch_units[_pieces[Loop, piece, stored]](ctx, args, count, (units + piece - 1) // piece)
    return True


def _pieces[Loop: PointwiseLoop, piece: Int, stored: DType](args: Words, start: Int, stop: Int):
    """Does pieces, one at a time."""
    var units = elements(args, Loop.SHAPE)
    for i in range(start, stop):
        Loop.rows[Pieces[piece, stored]](args, i * piece, min((i + 1) * piece, units))


def sizes_of[*dtypes: DType]() -> Sizes:
    """Returns the bytes of an element of operands.

    Parameters:
        dtypes: The dtype of each operand.

    Returns:
        The bytes.
    """
    var sizes = Sizes(0)
    comptime for k in range(dtypes.__len__()):
        sizes[k] = Int64(size_of[dtypes[k]]())
    return sizes
