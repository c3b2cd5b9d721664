"""Matrix product on the GPU: a block of threads computes a tile of y from tiles of a and b in shared memory."""

from max.gpu import block_idx, thread_idx
from max.gpu.sync import barrier
from std.memory import stack_allocation
from std.memory.pointer import AddressSpace
from std.sys import has_accelerator

from mojo_kernels.matmul.operands import Operands
from mojo_kernels.runtime.context import ContextPointer
from mojo_kernels.runtime.gpu import WordBlock, device_context, word_block
from mojo_kernels.runtime.loops import Offsets, for_each_run, inner_stride
from mojo_kernels.runtime.types import Words

comptime TILE = 16
"""Rows and columns of a tile; a block has TILE x TILE threads."""
comptime BATCH = 12
"""The index of the batch shape's first word."""


def _tile_of_y[dt: DType](block: WordBlock):
    var args = Words(unsafe_from_address=Int(Pointer(to=block)))
    var p = Operands[dt](args)
    var batch = Int(block_idx.z)

    def find(first: Int, at: Offsets, count: Int) {mut p}:
        p.move(first * p.m * p.n, Int(at[0]), Int(at[1]))

    for_each_run[2](args, BATCH, batch, batch + 1, find)
    var tile_a = stack_allocation[TILE * TILE, Scalar[dt], address_space=AddressSpace.SHARED]()
    var tile_b = stack_allocation[TILE * TILE, Scalar[dt], address_space=AddressSpace.SHARED]()
    var x = Int(thread_idx.x)
    var y = Int(thread_idx.y)
    var i = Int(block_idx.y) * TILE + y
    var j = Int(block_idx.x) * TILE + x
    var sum = Scalar[dt](0)
    for k0 in range(0, p.k, TILE):
        var in_a = i < p.m and k0 + x < p.k
        var in_b = j < p.n and k0 + y < p.k
        tile_a[unsafe_offset=y * TILE + x] = p.element(
            p.a, i * p.a_row + (k0 + x) * p.a_column
        )[] if in_a else 0
        tile_b[unsafe_offset=y * TILE + x] = p.element(
            p.b, (k0 + y) * p.b_row + j * p.b_column
        )[] if in_b else 0
        barrier()
        for l in range(TILE):
            sum += tile_a[unsafe_offset=y * TILE + l] * tile_b[unsafe_offset=l * TILE + x]
        barrier()  # all threads have read the tiles before the next ones replace them
    if i < p.m and j < p.n:
        var target = p.element(p.y, i * p.y_row + j * p.y_column)
        if p.bias != 0:
            sum += p.element(p.bias, j)[]
        target[] = sum + target[] if p.accumulate else sum


def launch_tiles[dt: DType](ctx: ContextPointer, args: Words, count: Int, batches: Int) raises:
    """Launches one block of threads for each tile of y, for all batches.

    Parameters:
        dt: The dtype.

    Args:
        ctx: The call's context.
        args: The packed words.
        count: Their number.
        batches: The number of products in the batch.

    Raises:
        What the device's driver reports.
    """
    comptime if has_accelerator():
        var p = Operands[dt](args)
        device_context(ctx).enqueue_function[_tile_of_y[dt]](
            word_block(args, count),
            grid_dim=((p.n + TILE - 1) // TILE, (p.m + TILE - 1) // TILE, batches),
            block_dim=(TILE, TILE),
        )
