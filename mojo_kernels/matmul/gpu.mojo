"""Matrix product on the GPU.

- `elements_of_y`: a thread sums up one element of y (`original`, the definition).
- `_tiles_of_y`: a block of threads computes a tile of 16 x 16, an element per thread: integers, and few rows or columns.
- `fma_tiles` (gpu_fma.mojo): tiles of 64 x 64 or 128 x 128, in float32 and float64.
- `mma_tiles` (gpu_mma.mojo): the same by matrix instructions, of 16-bit floats, and of float32 where TF32 is allowed.

Blocks take tile after tile with a stride of the grid. Where tiles are few and terms many, they take parts of k
(gpu_split.mojo). Which form runs depends on sizes alone, so results do not depend on the
grid.
"""

from max.gpu import block_idx, grid_dim, thread_idx
from max.gpu.host import DeviceBuffer
from max.gpu.sync import barrier
from std.memory import stack_allocation
from std.sys import has_accelerator
from std.sys.info import _accelerator_arch

from mojo_kernels.elementwise.narrow import convert, is_half
from mojo_kernels.matmul.gpu_batch import one_product
from mojo_kernels.matmul.gpu_fma import fma_tiles
from mojo_kernels.matmul.gpu_mma import mma_tiles
from mojo_kernels.matmul.gpu_panel import Panels, Results, Sum, shared_memory
from mojo_kernels.matmul.gpu_split import Share, add_parts, parts_of
from mojo_kernels.matmul.operands import AT, Operands
from mojo_kernels.runtime.context import ContextPointer
from mojo_kernels.runtime.gpu import WordBlock, blocks_for, device_context, launch_units, word_block
from mojo_kernels.runtime.types import MAX_WORDS, Words, word

comptime TILE = 16
"""Rows and columns of a small tile; a block has TILE x TILE threads."""
comptime LARGEST = 128
"""Rows and columns of the largest tiles; a block has twice as many threads."""
comptime SMALLER = 64
"""Rows and columns of smaller ones, likewise."""
comptime ENOUGH = 64
"""Tiles of 128 from which on they keep a device busy, about half of an A100's or H100's multiprocessors; not measured."""
comptime HAS_TF32 = _has_tf32()
"""Whether the GPU that is compiled for has matrix instructions of TF32: NVIDIA's from sm_80 on."""
comptime HAS_MATRIX = HAS_TF32 or _has_mfma()
"""Whether it has those of 16-bit floats, as AMD's has too from gfx90a on."""
comptime FEW = 16
"""Rows or columns of y up to which tiles of 64 would compute mostly what nobody wants; not measured."""


def _has_tf32() -> Bool:
    """Reads the number in "sm_80", "sm_90a" or "nvidia:90"; AMD's names have one behind "gfx"."""
    var arch = String(_accelerator_arch())
    var number = 0
    for byte in arch.as_bytes():
        if byte >= 48 and byte <= 57:
            number = 10 * number + Int(byte) - 48
    return number >= 80 and ("sm_" in arch or "nvidia" in arch)


def _has_mfma() -> Bool:
    var arch = String(_accelerator_arch())
    return "gfx90a" in arch or "gfx94" in arch or "gfx95" in arch


@always_inline
def _term[dt: DType](p: Operands[dt], address: Int, offset: Int) -> Scalar[Sum[dt]]:
    """Returns an element of an operand in the dtype of the sums."""
    return convert[Sum[dt], dt, 1](p.element(address, offset)[])


def elements_of_y[dt: DType](args: Words, start: Int, stop: Int):
    """Computes elements of y one by one.

    Parameters:
        dt: The dtype.

    Args:
        args: The packed words.
        start: The first element, counted over all products of the batch.
        stop: The element after the last.
    """
    for element in range(start, stop):
        var whole = Operands[dt](args)
        var batch, index = divmod(element, whole.m * whole.n)
        var i, j = divmod(index, whole.n)
        var p = one_product[dt](args, batch)
        var sum = Scalar[Sum[dt]](0)
        for l in range(p.k):
            var a = _term(p, p.a, i * p.a_row + l * p.a_column)
            sum += a * _term(p, p.b, l * p.b_row + j * p.b_column)
        Results[dt, 1](args, p).store(i, j, sum)


def _tiles_of_y[dt: DType](block: WordBlock, tiles: Int64, parts: Int64, room: Int64):
    var args = Words(unsafe_from_address=Int(Pointer(to=block)))
    var tile_a = shared_memory[Sum[dt], TILE * TILE]()
    var tile_b = shared_memory[Sum[dt], TILE * TILE]()
    var x = Int(thread_idx.x) % TILE
    var y = Int(thread_idx.x) // TILE
    var whole = Operands[dt](args)
    var across = (whole.n + TILE - 1) // TILE
    var down = (whole.m + TILE - 1) // TILE
    for index in range(Int(block_idx.x), Int(tiles * parts), Int(grid_dim.x)):
        var share = Share[dt](args, index, Int(tiles), across * down, Int(parts), Int(room))
        var p = share.p
        var i = share.tile // across * TILE + y
        var j = share.tile % across * TILE + x
        var sum = Scalar[Sum[dt]](0)
        for k0 in range(share.first, p.k, TILE):
            var a = Scalar[Sum[dt]](0)
            var b = Scalar[Sum[dt]](0)
            if i < p.m and k0 + x < p.k:
                a = _term(p, p.a, i * p.a_row + (k0 + x) * p.a_column)
            if j < p.n and k0 + y < p.k:
                b = _term(p, p.b, (k0 + y) * p.b_row + j * p.b_column)
            tile_a[unsafe_offset=y * TILE + x] = a
            tile_b[unsafe_offset=y * TILE + x] = b
            barrier()
            for l in range(TILE):
                sum += tile_a[unsafe_offset=y * TILE + l] * tile_b[unsafe_offset=l * TILE + x]
            barrier()  # all threads have read the tiles before the next ones replace them
        Results[dt, 1](args, p, share.sums).store(i, j, sum)


@always_inline
def _tiles(m: Int, n: Int, side: Int) -> Int:
    """Returns how many tiles y has."""
    return (m + side - 1) // side * ((n + side - 1) // side)


def _whole[dt: DType](args: Words, p: Operands[dt]) -> Bool:
    """Tells whether the operands of all products of the batch are made of whole pieces."""
    comptime Source = Panels[dt, LARGEST, True]
    var ndim = word(args, AT.batch)
    var steps = 0
    for d in range(2 * ndim):
        steps |= word(args, AT.batch + 1 + ndim + d)
    var a = Source(p.a, p.m, p.k, p.a_row, p.a_column)
    var b = Source(p.b, p.n, p.k, p.b_column, p.b_row)
    return a.made_of_pieces() and b.made_of_pieces() and steps % Source.W == 0


comptime _Form = def(WordBlock, Int64, Int64, Int64) thin -> None
"""A kernel of tiles: the packed words, the number of tiles, the parts of k, and the address of their sums."""


def _launch_form[
    dt: DType, kernel: _Form, side: Int, threads: Int
](ctx: ContextPointer, args: Words, count: Int, batches: Int) raises:
    """Launches a kernel of tiles, and where it sums up parts of k, one that adds them up."""
    comptime if has_accelerator():
        var p = Operands[dt](args)
        var tiles = batches * _tiles(p.m, p.n, side)
        var parts = parts_of(tiles, p.k)
        var elements = batches * p.m * p.n
        var room = List[DeviceBuffer[Sum[dt]]]()
        var address = Int64(0)
        if parts > 1:
            room.append(device_context(ctx).enqueue_create_buffer[Sum[dt]](parts * elements))
            address = Int64(Int(room[0].unsafe_ptr()))
        device_context(ctx).enqueue_function[kernel](
            word_block(args, count),
            Int64(tiles),
            Int64(parts),
            address,
            grid_dim=blocks_for(ctx, tiles * parts),
            block_dim=threads,
        )
        if parts > 1:
            var words = Words(unsafe_from_address=Int(stack_allocation[MAX_WORDS, Int64]()))
            for i in range(count):
                words.unsafe_store(i, args.unsafe_load(i))
            words.unsafe_store(count, address)
            words.unsafe_store(count + 1, Int64(parts))
            words.unsafe_store(count + 2, Int64(elements))
            launch_units[add_parts[dt]](ctx, words, count + 3, elements)
        _ = room^  # the device gives it back behind the last launch


def _launch_large[
    dt: DType, matrix: Bool, side: Int, whole: Bool
](ctx: ContextPointer, args: Words, count: Int, batches: Int) raises:
    """Launches the kernel of tiles of 64 or 128."""
    comptime if matrix:
        _launch_form[dt, mma_tiles[dt, side, whole], side, 2 * side](ctx, args, count, batches)
    else:
        _launch_form[dt, fma_tiles[dt, side, whole], side, 2 * side](ctx, args, count, batches)


def launch_tiles[dt: DType, matrix: Bool](ctx: ContextPointer, args: Words, count: Int, batches: Int) raises:
    """Launches the products of a batch: a thread per element under `original`, else a block of threads per tile.

    Parameters:
        dt: The dtype.
        matrix: Whether larger tiles are computed by matrix instructions.

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
        launch_units[elements_of_y[dt]](ctx, args, count, batches * p.m * p.n)
        return
    comptime if has_accelerator():
        comptime if Sum[dt].is_floating_point() and (matrix or not is_half(dt)):
            if min(p.m, p.n) > FEW:
                if not _whole(args, p):
                    _launch_large[dt, matrix, SMALLER, False](ctx, args, count, batches)
                    return
                comptime if dt != DType.float64:  # whose sums of such a tile would leave a block no company
                    if batches * _tiles(p.m, p.n, LARGEST) >= ENOUGH:
                        _launch_large[dt, matrix, LARGEST, True](ctx, args, count, batches)
                        return
                _launch_large[dt, matrix, SMALLER, True](ctx, args, count, batches)
                return
        _launch_form[dt, _tiles_of_y[dt], TILE, TILE * TILE](ctx, args, count, batches)
