"""Kernels of rows for float16 and bfloat16: the code of the float32 kernel, between two conversions, some rows at a time.

Rows are converted to float32 in scratch memory, which stays in the caches, and results are rounded once from there. The
float32 kernel receives addresses at which the scratch would begin if it held all rows before its first one too. So it
finds its rows, and whatever else belongs to a row, by the row's own number, and is compiled once for all dtypes.

On a GPU, whose threads have no room for rows, the operands are converted as a whole, in memory of the device, by a thread
for each element; the float32 kernel's own form for GPUs runs in between.
"""

from max.gpu.host import DeviceBuffer
from std.memory import stack_allocation
from std.sys import has_accelerator, size_of, simd_width_of

from mojo_kernels.elementwise.narrow import convert, narrow_name
from mojo_kernels.runtime.context import ContextPointer
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.gpu import device_context, launch_units
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.loops import lanes
from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.team import Part
from mojo_kernels.runtime.types import Buffer, MAX_WORDS, Words, word
from mojo_kernels.runtime.words import count_words, letter_at

comptime LONGEST_ROW = 65536
"""Elements of the longest row that is computed so; Python reads it from `core`."""
comptime _TILE = 4096
"""Elements of an operand that are converted in one go, where rows are shorter."""
comptime OPERANDS = 8
"""Words that may be operands of rows: the first ones."""
comptime _CONVERT_NS = 0.05


trait RowKernel(Kernel):
    """A kernel of float32 over contiguous rows, with the words `rows` and `columns`."""

    comptime ROWS: Int
    """Bit j tells that operand j is elements (rows, columns), of which a kernel of 16 bits has 16 bits each; all its other
    operands are as they are."""

    @staticmethod
    def height(args: Words) -> Int:
        """Returns the rows of a unit.

        Args:
            args: The packed words.

        Returns:
            The number of rows.
        """
        return 1

    @staticmethod
    def begin(args: Words, start: Int, stop: Int):
        """Prepares units, before their rows are done.

        Args:
            args: The packed words.
            start: The first unit.
            stop: The unit after the last.
        """
        pass

    @staticmethod
    def rows[S: Schedule](args: Words, start: Int, stop: Int):
        """Does rows.

        Parameters:
            S: The schedule.

        Args:
            args: The packed words.
            start: The first row.
            stop: The row after the last, of the same unit unless a unit is a row.
        """
        Self.run[S](args, start, stop)


@always_inline
def _before(chosen: Int, j: Int) -> Int:
    """Counts the operands of rows before operand j."""
    var count = 0
    for i in range(j):
        count += (chosen >> i) & 1
    return count


@always_inline
def _exchange[
    S: Schedule, dt: DType, operands: StaticString, chosen: Int, fetch: Bool
](args: Words, scratch: Int, room: Int, first: Int, count: Int):
    """Converts elements of the operands to scratch memory, or results from there."""
    comptime for j in range(OPERANDS):
        comptime if (chosen >> j) & 1 == 1 and (letter_at(operands, j) == ord("r")) == fetch:
            if word(args, j) != 0:
                comptime k = _before(chosen, j)
                var narrow = Buffer[dt](unsafe_from_address=word(args, j)).unsafe_offset(first)
                var wide = Buffer[DType.float32](unsafe_from_address=scratch).unsafe_offset(k * room)

                def body[w: Int](i: Int) {imm}:
                    comptime if fetch:
                        wide.unsafe_store(i, convert[DType.float32](narrow.unsafe_load[width=w](i)))
                    else:
                        narrow.unsafe_store(i, convert[dt](wide.unsafe_load[width=w](i)))

                lanes[S, simd_width_of[DType.float32](), unroll=2](count, body)


@no_inline
def _by_rows[
    S: Schedule, dt: DType, operands: StaticString, chosen: Int
](begin: Part, part: Part, args: Words, columns: Int, height: Int, start: Int, stop: Int):
    """Does rows `start` to `stop` of units of some height; `begin` is called before the first row of each."""
    var words = Words(unsafe_from_address=Int(stack_allocation[MAX_WORDS, Int64]()))
    comptime size = _before(chosen, OPERANDS) * LONGEST_ROW
    var scratch = Int(stack_allocation[size, Float32, alignment=64]())
    var room = max(columns, _TILE)
    for i in range(count_words[operands](args)):
        words.unsafe_store(i, args.unsafe_load(i))
    var row = start
    while row < stop:
        var unit = row // height
        var end = stop if height == 1 else min(stop, (unit + 1) * height)
        var count = min(max(_TILE // max(columns, 1), 1), end - row)
        if height > 1 and row == unit * height:
            begin(args, unit, unit + 1)
        comptime for j in range(OPERANDS):
            comptime if (chosen >> j) & 1 == 1:
                if word(args, j) != 0:
                    comptime k = _before(chosen, j)
                    words.unsafe_store(
                        j, Int64(scratch + (k * room - row * columns) * size_of[DType.float32]())
                    )
        _exchange[S, dt, operands, chosen, True](args, scratch, room, row * columns, count * columns)
        part(words, row, row + count)
        _exchange[S, dt, operands, chosen, False](args, scratch, room, row * columns, count * columns)
        row += count


def convert_units[source: DType, target: DType](args: Words, start: Int, stop: Int):
    """Converts elements from the second address to the first.

    Parameters:
        source: The dtype of the second.
        target: The dtype of the first.

    Args:
        args: Two addresses.
        start: The first element.
        stop: The element after the last.
    """
    for i in range(start, stop):
        var value = Buffer[source](unsafe_from_address=word(args, 1)).unsafe_load[width=1](i)
        Buffer[target](unsafe_from_address=word(args, 0)).unsafe_store(i, convert[target, source, 1](value))


def _launch_wide[Wide: RowKernel, dt: DType](ctx: ContextPointer, args: Words) raises:
    """Launches a float32 kernel on the context's GPU, between conversions of its operands of rows."""
    comptime if has_accelerator():
        var words = Words(unsafe_from_address=Int(stack_allocation[MAX_WORDS, Int64]()))
        var pair = Words(unsafe_from_address=Int(stack_allocation[2, Int64]()))
        var count = word(args, Wide.AT.rows) * word(args, Wide.AT.columns)
        var room = List[DeviceBuffer[DType.float32]]()
        for i in range(Wide.words(args) + 1):
            words.unsafe_store(i, args.unsafe_load(i))
        comptime for fetch in [True, False]:
            comptime for j in range(OPERANDS):
                comptime if (Wide.ROWS >> j) & 1 == 1:
                    if word(args, j) != 0:
                        comptime if fetch:
                            room.append(
                                device_context(ctx).enqueue_create_buffer[DType.float32](max(count, 1))
                            )
                            words.unsafe_store(j, Int64(Int(room[len(room) - 1].unsafe_ptr())))
                        comptime reads = letter_at(Wide.WORDS, j) == ord("r")
                        comptime if reads == fetch:
                            pair.unsafe_store(0, words.unsafe_load(j) if fetch else args.unsafe_load(j))
                            pair.unsafe_store(1, args.unsafe_load(j) if fetch else words.unsafe_load(j))
                            comptime source = dt if fetch else DType.float32
                            comptime target = DType.float32 if fetch else dt
                            launch_units[convert_units[source, target]](ctx, pair, 2, count)
            comptime if fetch:
                Wide.launch(ctx, words)
        _ = room^  # the device gives it back behind the last launch


@doc_hidden
struct WidenedRows[Wide: RowKernel, dt: DType](Kernel):
    """`Wide`, a kernel of float32, for rows of 16 bits."""

    comptime WORDS = Self.Wide.WORDS

    @staticmethod
    def name() -> String:
        var name = Self.Wide.name()
        return String(name[byte = : name.rfind(".") + 1], narrow_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return Self.Wide.units(args)

    @staticmethod
    def cost(args: Words) -> Cost:
        var cost = Self.Wide.cost(args)
        cost.bytes /= 2
        comptime conversions = _CONVERT_NS * Float64(_before(Self.Wide.ROWS, OPERANDS))
        cost.arithmetic += Float64(word(args, Self.AT.rows) * word(args, Self.AT.columns)) * conversions
        return cost

    @staticmethod
    def grain(args: Words) -> Int:
        return Self.Wide.grain(args)

    @staticmethod
    def check(args: Words) -> Int64:
        return Self.Wide.check(args)

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var height = Self.Wide.height(args)
        _by_rows[S, Self.dt, Self.WORDS, Self.Wide.ROWS](
            Self.Wide.begin,
            Self.Wide.rows[S],
            args,
            word(args, Self.AT.columns),
            height,
            start * height,
            min(stop * height, word(args, Self.AT.rows)),
        )

    @staticmethod
    def finish(args: Words):
        Self.Wide.finish(args)

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        _launch_wide[Self.Wide, Self.dt](ctx, args)
