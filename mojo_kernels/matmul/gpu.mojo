"""Matrix product on the GPU.

- `_elements_of_y`: a thread sums up one element of y (`original`, the definition).
- `_tiles_of_y`: a block of threads computes a tile of y from tiles of a and b in shared memory; blocks take tile
  after tile with a stride of the grid.
"""

from max.gpu import block_idx, grid_dim, thread_idx
from max.gpu.sync import barrier
from std.memory import stack_allocation
from std.memory.pointer import AddressSpace
from std.sys import has_accelerator

from mojo_kernels.matmul.naive import finish_element, naive_element
from mojo_kernels.matmul.operands import AT, Operands
from mojo_kernels.runtime.context import ContextPointer
from mojo_kernels.runtime.gpu import WordBlock, blocks_for, device_context, launch_units, word_block
from mojo_kernels.runtime.loops import Offsets, for_each_run
from mojo_kernels.runtime.types import Words

comptime TILE = 16
"""Rows and columns of a tile; a block has TILE x TILE threads."""


@always_inline
def _product[dt: DType](args: Words, batch: Int) -> Operands[dt]:
    """Returns one product of the batch."""
    var p = Operands[dt](args)

    def find(first: Int, at: Offsets, count: Int) {mut p}:
        p.move(first * p.m * p.n, Int(at[0]), Int(at[1]))

    for_each_run[2](args, AT.batch, batch, batch + 1, find)
    return p


def _elements_of_y[dt: DType](args: Words, start: Int, stop: Int):
    for element in range(start, stop):
        var whole = Operands[dt](args)
        var batch, index = divmod(element, whole.m * whole.n)
        var i, j = divmod(index, whole.n)
        naive_element(_product[dt](args, batch), i, j)


def _tiles_of_y[dt: DType](block: WordBlock, tiles: Int64):
    var args = Words(unsafe_from_address=Int(Pointer(to=block)))
    var tile_a = stack_allocation[TILE * TILE, Scalar[dt], address_space=AddressSpace.SHARED]()
    var tile_b = stack_allocation[TILE * TILE, Scalar[dt], address_space=AddressSpace.SHARED]()
    var x = Int(thread_idx.x)
    var y = Int(thread_idx.y)
    var whole = Operands[dt](args)
    var across = (whole.n + TILE - 1) // TILE
    var down = (whole.m + TILE - 1) // TILE
    for tile in range(Int(block_idx.x), Int(tiles), Int(grid_dim.x)):
        var p = _product[dt](args, tile // (across * down))
        var i = tile // across % down * TILE + y
        var j = tile % across * TILE + x
        var sum = Scalar[dt](0)
        for k0 in range(0, p.k, TILE):
            var a = Scalar[dt](0)
            var b = Scalar[dt](0)
            if i < p.m and k0 + x < p.k:
                a = p.element(p.a, i * p.a_row + (k0 + x) * p.a_column)[]
            if j < p.n and k0 + y < p.k:
                b = p.element(p.b, (k0 + y) * p.b_row + j * p.b_column)[]
            tile_a[unsafe_offset=y * TILE + x] = a
            tile_b[unsafe_offset=y * TILE + x] = b
            barrier()
            for l in range(TILE):
                sum += tile_a[unsafe_offset=y * TILE + l] * tile_b[unsafe_offset=l * TILE + x]
            barrier()  # all threads have read the tiles before the next ones replace them
        if i < p.m and j < p.n:
            finish_element(p, i, j, sum)


def launch_tiles[dt: DType](ctx: ContextPointer, args: Words, count: Int, batches: Int) raises:
    """Launches the products of a batch: a thread per element under `original`, else a block of threads per tile.

    Parameters:
        dt: The dtype.

    Args:
        ctx: The call's context.
        args: The packed words.
        count: Their number.
        batches: The number of products.

    Raises:
        What the device's driver reports.
    """
    var p = Operands[dt](args)
    if ctx[].workers < 0:
        launch_units[_elements_of_y[dt]](ctx, args, count, batches * p.m * p.n)
        return
    comptime if has_accelerator():
        var tiles = (p.n + TILE - 1) // TILE * ((p.m + TILE - 1) // TILE) * batches
        device_context(ctx).enqueue_function[_tiles_of_y[dt]](
            word_block(args, count), Int64(tiles), grid_dim=blocks_for(ctx, tiles), block_dim=(TILE, TILE)
        )
