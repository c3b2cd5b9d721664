"""Products on a GPU by multiply-adds in full precision: a block of threads computes a square tile of y.

Panels of a and b lie in shared memory column by column, twice, so that the next ones are written while these are
read. A thread keeps 8 columns of 4 or 8 rows of y in registers: what it reads of the panels serves 4 or 8 times.
"""

from max.gpu import MAX_THREADS_PER_BLOCK_METADATA, block_idx, grid_dim, thread_idx
from max.gpu.sync import barrier
from std.collections import Array
from std.utils import StaticTuple

from mojo_kernels.matmul.gpu_panel import PIECES, Panels, Results, Shared, shared_memory
from mojo_kernels.matmul.gpu_split import Share
from mojo_kernels.matmul.operands import Operands
from mojo_kernels.runtime.gpu import WordBlock
from mojo_kernels.runtime.types import Words

comptime _QUAD = 4
"""Neighbouring rows or columns of a thread."""


@always_inline
def _fill[
    dt: DType, side: Int, whole: Bool
](panel: Shared[dt], operand: Panels[dt, side, whole], held: Panels[dt, side, whole].Held):
    """Writes this thread's pieces into a panel."""
    comptime pitch = side + _QUAD
    comptime for i in range(PIECES):
        var at = operand.start_of[False](i)
        var target = panel.unsafe_offset(at[1] * pitch + at[0])
        if operand.along_k:
            comptime for j in range(Panels[dt, side, whole].W):
                target.unsafe_store(j * pitch, held[i][j])
        else:
            target.unsafe_store[alignment=16](0, held[i])


@__llvm_metadata(
    MAX_THREADS_PER_BLOCK_METADATA=StaticTuple[Int32, 1](Int32(2 * side)),
    `nvvm.minctasm`=SIMDLength(256 // side if whole and dt == DType.float32 else 1),
)
def fma_tiles[dt: DType, side: Int, whole: Bool](block: WordBlock, tiles: Int64, parts: Int64, room: Int64):
    """Computes tiles of y, or their sums over parts of k, one after the other with a stride of the grid.

    Parameters:
        dt: The dtype.
        side: The rows and columns of a tile; there are twice as many threads.
        whole: Whether both operands are made of whole pieces.

    Args:
        block: The packed words.
        tiles: The number of tiles.
        parts: The parts of k.
        room: The address of the sums of all parts.
    """
    comptime Source = Panels[dt, side, whole]
    comptime pitch = side + _QUAD
    comptime size = Source.K * pitch
    comptime across_threads = side // 8
    comptime row_quads = side // 64
    comptime rows = _QUAD * row_quads
    var args = Words(unsafe_from_address=Int(Pointer(to=block)))
    var panels = shared_memory[dt, 4 * size]()
    var x = Int(thread_idx.x) % across_threads * _QUAD
    var y = Int(thread_idx.x) // across_threads * _QUAD
    var first = Operands[dt](args)
    var across = (first.n + side - 1) // side
    var down = (first.m + side - 1) // side
    for index in range(Int(block_idx.x), Int(tiles * parts), Int(grid_dim.x)):
        var share = Share[dt](args, index, Int(tiles), across * down, Int(parts), Int(room))
        var p = share.p
        var i = share.tile // across * side
        var j = share.tile % across * side
        var a = Source(p.a, p.m, p.k, p.a_row, p.a_column)
        var b = Source(p.b, p.n, p.k, p.b_column, p.b_row)
        var sums = Array[SIMD[dt, _QUAD], 2 * rows](fill=0)
        _fill(panels, a, a.fetch[False](i, share.first))
        _fill(panels.unsafe_offset(size), b, b.fetch[False](j, share.first))
        barrier()
        var now = 0
        for k in range(share.first, p.k, Source.K):
            var next_a = a.fetch[False](i, k + Source.K)
            var next_b = b.fetch[False](j, k + Source.K)
            var from_a = panels.unsafe_offset(now + y)
            var from_b = panels.unsafe_offset(now + size + x)
            for first_l in range(0, Source.K, _QUAD):
                comptime for l in range(_QUAD):
                    var of_b = from_b.unsafe_offset((first_l + l) * pitch)
                    var of_a = from_a.unsafe_offset((first_l + l) * pitch)
                    var left = of_b.unsafe_load[width=_QUAD, alignment=16](0)
                    var right = of_b.unsafe_load[width=_QUAD, alignment=16](side // 2)
                    comptime for q in range(row_quads):
                        var column = of_a.unsafe_load[width=_QUAD, alignment=16](q * 64)
                        comptime for r in range(_QUAD):
                            comptime at = 2 * (q * _QUAD + r)
                            sums[at] = SIMD[dt, _QUAD](column[r]).fma(left, sums[at])
                            sums[at + 1] = SIMD[dt, _QUAD](column[r]).fma(right, sums[at + 1])
            now = 2 * size - now
            _fill(panels.unsafe_offset(now), a, next_a)
            _fill(panels.unsafe_offset(now + size), b, next_b)
            barrier()  # the next panels are there, and all threads have read these
        var results = Results[dt, _QUAD](args, p, share.sums)
        comptime for q in range(row_quads):
            comptime for r in range(_QUAD):
                comptime at = 2 * (q * _QUAD + r)
                results.store(i + y + q * 64 + r, j + x, sums[at])
                results.store(i + y + q * 64 + r, j + x + side // 2, sums[at + 1])
