"""The GPU form of a range of units: a grid of threads that each do one unit at a time.

The packed words travel by value with the launch, so one function over words serves the CPU and the GPU.
`original` is one thread per unit, `fixed` a grid of N blocks with a stride loop, `dynamic` a grid fitted to the
number of units and the device.
"""

from max.gpu import block_dim, block_idx, grid_dim, thread_idx
from max.gpu.host import DeviceContext
from std.collections import Array
from std.sys import has_accelerator

from mojo_kernels.runtime.context import ContextPointer
from mojo_kernels.runtime.team import Part
from mojo_kernels.runtime.types import MAX_WORDS, Words

comptime BLOCK = 256
"""Threads of a block."""
comptime MOST_BLOCKS = 8192
"""The largest grid of `dynamic`: 60 blocks for each of an H200's 132 multiprocessors, a stride loop does the rest."""
comptime WordBlock = Array[Int64, MAX_WORDS]
"""Packed words as a value, to pass to a GPU kernel."""


def word_block(args: Words, count: Int) -> WordBlock:
    """Copies words into a block that can be passed to a GPU kernel by value.

    Args:
        args: The packed words.
        count: How many there are.

    Returns:
        The block, zero behind them.
    """
    var block = WordBlock(fill=0)
    for i in range(count):
        block[i] = args.unsafe_load(i)
    return block^


def device_context(ctx: ContextPointer) -> ref[MutAnyOrigin] DeviceContext:
    """Returns the GPU's context that a call's context names.

    Args:
        ctx: The call's context, of a GPU.

    Returns:
        The device's context, which lives as long as the process.
    """
    return MutPointer[DeviceContext, MutAnyOrigin](unsafe_from_address=ctx[].device)[]


def blocks_for(ctx: ContextPointer, wanted: Int) -> Int:
    """Returns how many blocks to launch: all that are wanted, N under `fixed`, a bounded number under `dynamic`.

    Args:
        ctx: The call's context.
        wanted: The blocks that would do all the work at once.

    Returns:
        The size of the grid, at least 1.
    """
    if ctx[].workers > 0:
        return ctx[].workers
    if ctx[].workers < 0:
        return max(wanted, 1)
    return max(min(wanted, MOST_BLOCKS), 1)


def _do_units[part: Part](block: WordBlock, units: Int64):
    var args = Words(unsafe_from_address=Int(Pointer(to=block)))
    var i = Int(block_idx.x * block_dim.x + thread_idx.x)
    while i < Int(units):
        part(args, i, i + 1)
        i += Int(block_dim.x * grid_dim.x)


def launch_units[part: Part](ctx: ContextPointer, args: Words, count: Int, units: Int) raises:
    """Launches `part` over all units on the context's GPU, one unit at a time per thread.

    Parameters:
        part: The function that does the units from its second to its third argument.

    Args:
        ctx: The call's context.
        args: The packed words.
        count: The number of words that `part` reads.
        units: The number of units.

    Raises:
        What the device's driver reports.
    """
    comptime if has_accelerator():
        device_context(ctx).enqueue_function[_do_units[part]](
            word_block(args, count),
            Int64(units),
            grid_dim=blocks_for(ctx, (units + BLOCK - 1) // BLOCK),
            block_dim=BLOCK,
        )
