"""Row loops that a block of GPU threads does together, with the names of rows.mojo.

A kernel whose unit is a long row runs under `Block`, where all threads of a block do the same row: thread t takes the
elements t, t + THREADS, ...; what they find is combined through shared memory in a tree of fixed shape, so
results do not depend on the order of the threads or on the size of the grid. Under the other schedules these loops are
those of rows.mojo, so that one body of a kernel serves the CPU, a GPU thread and a block of them.

A value that belongs to the row as a whole is stored by the thread that `owns` it.
"""

from max.gpu import block_idx, grid_dim, thread_idx
from max.gpu.sync import barrier
from std.math import isnan
from std.memory import stack_allocation
from std.memory.pointer import AddressSpace
from std.sys import has_accelerator

from mojo_kernels.runtime import rows
from mojo_kernels.runtime.context import ContextPointer
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.gpu import WordBlock, blocks_for, device_context, launch_units, word_block
from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.team import Part
from mojo_kernels.runtime.types import Buffer, Words

comptime THREADS = 128
"""Threads of a block: a power of two."""
comptime LONG = 128
"""Elements from which on a row is worth a block of threads."""


struct Block(Schedule):
    """All threads of a block on one row."""

    comptime NAME: StaticString = "block"
    """What tells it from other schedules."""
    comptime SIMD = False
    """Lanes are threads."""

    @staticmethod
    def run(ctx: ContextPointer, part: Part, args: Words, units: Int, grain: Int, cost: Cost):
        """Does nothing: `launch_rows` starts the blocks.

        Args:
            ctx: The call's context.
            part: The function that does the units from its second to its third argument.
            args: The packed words that `part` receives.
            units: The number of units of work.
            grain: Shares are multiples of this many units.
            cost: What all units cost.
        """
        pass


@always_inline
def owns[S: Schedule](i: Int) -> Bool:
    """Tells whether this thread does element `i` of its row, and so may store what is the row's.

    Parameters:
        S: The schedule.

    Args:
        i: The index of an element.

    Returns:
        True but for the other threads of a block.
    """
    comptime if S.NAME == Block.NAME:
        return Int(thread_idx.x) == i % THREADS
    else:
        return True


@always_inline
def fold[
    dt: DType, Value: def(Int) -> Scalar[dt], Combine: def(Scalar[dt], Scalar[dt]) -> Scalar[dt]
](start: Scalar[dt], first: Int, last: Int, value: Value, combine: Combine) -> Scalar[dt]:
    """Combines value(first), ..., value(last - 1); all threads of a block call it together.

    Parameters:
        dt: The dtype.
        Value: The type of `value`.
        Combine: The type of `combine`.

    Args:
        start: What combines to nothing.
        first: The first index.
        last: The index after the last.
        value: The value at an index.
        combine: Combines two values, associative but for rounding.

    Returns:
        The combination, the same in every thread.
    """
    var shared = stack_allocation[THREADS, Scalar[dt], address_space=AddressSpace.SHARED]()
    var me = Int(thread_idx.x)
    var own = start
    for i in range(first + me, last, THREADS):
        own = combine(own, value(i))
    shared[unsafe_offset=me] = own
    barrier()
    var half = THREADS // 2
    while half > 0:
        if me < half:
            shared[unsafe_offset=me] = combine(shared[unsafe_offset=me], shared[unsafe_offset=me + half])
        barrier()
        half //= 2
    var result = shared[unsafe_offset=0]
    barrier()  # all threads have the result before the next fold replaces it
    return result


@always_inline
def sum_over[S: Schedule, dt: DType, Value: def(Int) -> Scalar[dt]](count: Int, value: Value) -> Scalar[dt]:
    """Adds up value(0), ..., value(count - 1).

    Parameters:
        S: The schedule.
        dt: The dtype.
        Value: The type of `value`.

    Args:
        count: How many there are.
        value: The value at an index.

    Returns:
        The sum.
    """
    comptime if S.NAME == Block.NAME:

        def add(a: Scalar[dt], b: Scalar[dt]) {} -> Scalar[dt]:
            return a + b

        return fold[dt](0, 0, count, value, add)
    else:
        var sum = Scalar[dt](0)
        for i in range(count):
            sum += value(i)
        return sum


@always_inline
def sum_row2[
    S: Schedule, dt: DType, Body: def[w: Int](SIMD[dt, w], SIMD[dt, w]) -> SIMD[dt, w]
](x: Buffer[dt], y: Buffer[dt], count: Int, body: Body) -> Scalar[dt]:
    """Computes the sum of body(x[i], y[i]).

    Parameters:
        S: The schedule.
        dt: The dtype.
        Body: The type of the function.

    Args:
        x: The first input.
        y: The second input.
        count: The number of elements.
        body: The function of lanes.

    Returns:
        The sum.
    """
    comptime if S.NAME == Block.NAME:

        def value(i: Int) {imm} -> Scalar[dt]:
            return body[1](x.unsafe_load(i), y.unsafe_load(i))

        return sum_over[S, dt](count, value)
    else:
        return rows.sum_row2[S](x, y, count, body)


@always_inline
def sum_row[
    S: Schedule, dt: DType, Body: def[w: Int](SIMD[dt, w]) -> SIMD[dt, w]
](x: Buffer[dt], count: Int, body: Body) -> Scalar[dt]:
    """Computes the sum of body(x[i]).

    Parameters:
        S: The schedule.
        dt: The dtype.
        Body: The type of the function.

    Args:
        x: The input.
        count: The number of elements.
        body: The function of lanes.

    Returns:
        The sum.
    """
    comptime if S.NAME == Block.NAME:

        def value(i: Int) {imm} -> Scalar[dt]:
            return body[1](x.unsafe_load(i))

        return sum_over[S, dt](count, value)
    else:
        return rows.sum_row[S](x, count, body)


@always_inline
def largest[S: Schedule, dt: DType](x: Buffer[dt], count: Int) -> Scalar[dt]:
    """Returns the largest element of a row, nan where there is one.

    Parameters:
        S: The schedule.
        dt: The dtype, a floating one.

    Args:
        x: The row, which is not empty.
        count: The number of elements.

    Returns:
        The largest element.
    """
    comptime if S.NAME == Block.NAME:
        comptime assert dt.is_floating_point()

        def value(i: Int) {imm} -> Scalar[dt]:
            return x.unsafe_load(i)

        def larger(a: Scalar[dt], b: Scalar[dt]) {} -> Scalar[dt]:
            return a if a >= b or isnan(a) else b

        return fold[dt](Scalar[dt].MIN, 0, count, value, larger)
    else:
        return rows.largest[S](x, count)


@always_inline
def map_row[
    S: Schedule, dt: DType, Body: def[w: Int](SIMD[dt, w]) -> SIMD[dt, w]
](y: Buffer[dt], x: Buffer[dt], count: Int, body: Body, streams: Bool = False):
    """Computes y[i] = body(x[i]).

    Parameters:
        S: The schedule.
        dt: The dtype.
        Body: The type of the function.

    Args:
        y: The output; it may be x.
        x: The input.
        count: The number of elements.
        body: The function of lanes.
        streams: Whether vectors go by the caches: see `Output`.
    """
    comptime if S.NAME == Block.NAME:
        for i in range(Int(thread_idx.x), count, THREADS):
            y.unsafe_store(i, body[1](x.unsafe_load(i)))
    else:
        rows.map_row[S](y, x, count, body, streams)


@always_inline
def map_row2[
    S: Schedule, dt: DType, Body: def[w: Int](SIMD[dt, w], SIMD[dt, w]) -> SIMD[dt, w]
](z: Buffer[dt], x: Buffer[dt], y: Buffer[dt], count: Int, body: Body, streams: Bool = False):
    """Computes z[i] = body(x[i], y[i]).

    Parameters:
        S: The schedule.
        dt: The dtype.
        Body: The type of the function.

    Args:
        z: The output.
        x: The first input.
        y: The second input.
        count: The number of elements.
        body: The function of lanes.
        streams: Whether vectors go by the caches: see `Output`.
    """
    comptime if S.NAME == Block.NAME:
        for i in range(Int(thread_idx.x), count, THREADS):
            z.unsafe_store(i, body[1](x.unsafe_load(i), y.unsafe_load(i)))
    else:
        rows.map_row2[S](z, x, y, count, body, streams)


def _do_rows[part: Part](block: WordBlock, count: Int64):
    var args = Words(unsafe_from_address=Int(Pointer(to=block)))
    for row in range(Int(block_idx.x), Int(count), Int(grid_dim.x)):
        part(args, row, row + 1)


def launch_blocks[part: Part](ctx: ContextPointer, args: Words, count: Int, units: Int) raises:
    """Launches `part` over all units on the context's GPU, a block of threads together on one unit at a time.

    Parameters:
        part: The function that does the unit of its second argument, written for `Block`.

    Args:
        ctx: The call's context.
        args: The packed words.
        count: The number of words that `part` reads.
        units: The number of units.

    Raises:
        What the device's driver reports.
    """
    comptime if has_accelerator():
        device_context(ctx).enqueue_function[_do_rows[part]](
            word_block(args, count), Int64(units), grid_dim=blocks_for(ctx, units), block_dim=THREADS
        )


def launch_rows[
    alone: Part, together: Part
](ctx: ContextPointer, args: Words, count: Int, units: Int, length: Int) raises:
    """Launches a block of threads for each long row, or a thread for each short one; a thread always under `original`.

    Parameters:
        alone: The function that a thread runs over units.
        together: The same under `Block`.

    Args:
        ctx: The call's context.
        args: The packed words.
        count: The number of words that both read.
        units: The number of rows.
        length: The number of elements of a row.

    Raises:
        What the device's driver reports.
    """
    if ctx[].workers >= 0 and length >= LONG:
        launch_blocks[together](ctx, args, count, units)
    else:
        launch_units[alone](ctx, args, count, units)
