"""Products on a GPU by its matrix instructions: 16-bit floats with sums in float32, and float32 rounded to TF32.

Panels of a and b lie in shared memory row by row, twice, as words of 32 bits along k: two halves or one float32. A warp
multiplies eight words of k at a time. Its lanes hold (l is the lane, of NVIDIA's 32 and AMD's 64):

| | NVIDIA, `mma.m16n8k16` and `m16n8k8` | AMD, `mfma.16x16x16` |
|---|---|---|
| rows of a | l/4 and l/4 + 8, words l%4 and l%4 + 4 | l%16, words 2(l/16) and the next |
| columns of b | l/4, words l%4 and l%4 + 4 | l%16, words 2(l/16) and the next |
| elements of y | rows l/4 and l/4 + 8, columns 2(l%4) and the next | row l%16, columns 4(l/16) to 4(l/16) + 3 |

On AMD the instruction receives b for its first operand and a for its second, so that a lane's results are neighbours in a
row of y. Rows of a panel are 20 words apart, so the words that a warp reads at once lie in different banks.
"""

from max.gpu import MAX_THREADS_PER_BLOCK_METADATA, block_idx, grid_dim, thread_idx
from max.gpu.compute.mma import mma
from max.gpu.sync import barrier
from std.collections import Array
from std.memory import bitcast
from std.sys import is_amd_gpu, size_of
from std.utils import StaticTuple

from mojo_kernels.matmul.gpu_panel import PIECES, Panels, Results, Shared, shared_memory
from mojo_kernels.matmul.gpu_split import Share
from mojo_kernels.matmul.operands import Operands
from mojo_kernels.runtime.bfloat16 import BFLOAT16
from mojo_kernels.runtime.gpu import WordBlock
from mojo_kernels.runtime.types import Words

comptime _WORD = DType.uint32
comptime _PITCH = 20
"""Words between the rows of a panel, of which 16 are used."""
comptime _STEP = 8
"""Words of k that an instruction multiplies."""
comptime _HIGH = 16
"""Rows of y of an instruction."""
comptime _Sums = SIMD[DType.float32, 4]


@always_inline
def round_to_tf32[w: Int](x: SIMD[DType.float32, w]) -> SIMD[_WORD, w]:
    """Rounds to the 10 bits of fraction that TF32 has, to nearest, ties away from 0; what is not finite stays so.

    Parameters:
        w: The number of lanes.

    Args:
        x: The numbers.

    Returns:
        The bits of the rounded numbers.
    """
    var bits = bitcast[_WORD](x)
    var special = (bits & 0x7F800000).eq(0x7F800000)
    var quiet = x.eq(x).select(bits, bits | 0x00400000)  # of a nan's fraction only the upper bits are read
    return special.select(quiet, bits + 0x1000) & 0xFFFFE000


@always_inline
def _words[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[_WORD, 4]:
    """Returns a piece along k as words."""
    comptime if dt == DType.float32:
        return rebind[SIMD[_WORD, 4]](round_to_tf32(rebind[SIMD[DType.float32, w]](x)))
    else:
        return bitcast[_WORD, 4](rebind[SIMD[dt, 8]](x))


@always_inline
def _fill[
    dt: DType, side: Int, whole: Bool
](panel: Shared[_WORD], operand: Panels[dt, side, whole], held: Panels[dt, side, whole].Held):
    """Writes this thread's pieces into a panel."""
    comptime W = Panels[dt, side, whole].W
    comptime PER_WORD = 4 // size_of[dt]()
    if operand.along_k:
        comptime for i in range(PIECES):
            var at = operand.start_of[True](i)
            panel.unsafe_store[alignment=16](at[0] * _PITCH + at[1] // PER_WORD, _words[dt, W](held[i]))
        return
    comptime if dt == DType.float32:
        comptime for i in range(PIECES):
            var at = operand.start_of[True](i)
            var words = _words[dt, W](held[i])
            comptime for j in range(W):
                panel.unsafe_store((at[0] + j) * _PITCH + at[1], words[j])
    else:
        var at = operand.start_of[True](0)
        var low = bitcast[DType.uint16, W](held[0]).cast[_WORD]()
        var high = bitcast[DType.uint16, W](held[1]).cast[_WORD]() << 16
        comptime for j in range(W):
            panel.unsafe_store((at[0] + j) * _PITCH + at[1] // PER_WORD, (low | high)[j])


struct _Warp[dt: DType, side: Int](TrivialRegisterPassable):
    """A warp's part of a tile of y, and where in it this thread's elements are."""

    comptime AMD = is_amd_gpu()
    comptime LANES = 64 if Self.AMD else 32
    comptime WARPS = 2 * Self.side // Self.LANES
    comptime DOWN = min(Self.WARPS, 2) if not Self.AMD else Self.WARPS // 2
    """Warps above one another."""
    comptime WIDE = 16 if Self.AMD else 8
    """Columns of y of an instruction."""
    comptime ROWS = Self.side // Self.DOWN // _HIGH
    """Instructions above one another in a warp's part."""
    comptime COLUMNS = Self.side // (Self.WARPS // Self.DOWN) // Self.WIDE
    """Instructions side by side."""
    comptime A_WORDS = 2 if Self.AMD else 4
    """Words of a that a lane gives to an instruction; of b it gives two."""
    comptime NEAR = 4 if Self.AMD else 2
    """Neighbouring results of a lane."""
    comptime Sums = Array[_Sums, Self.ROWS * Self.COLUMNS]

    var row: Int
    """The first row of the warp's part."""
    var column: Int
    """The first column of the warp's part."""
    var near: Int
    """The row of a and the column of b of an instruction that this lane begins with."""
    var along: Int
    """The lane's other number: which words, or which results."""

    @always_inline
    def __init__(out self):
        """Finds this thread's place."""
        var warp = Int(thread_idx.x) // Self.LANES
        var lane = Int(thread_idx.x) % Self.LANES
        self.row = warp % Self.DOWN * Self.ROWS * _HIGH
        self.column = warp // Self.DOWN * Self.COLUMNS * Self.WIDE
        self.near = lane % 16 if Self.AMD else lane // 4
        self.along = lane // 16 if Self.AMD else lane % 4

    @always_inline
    def pair(self, panel: Shared[_WORD], row: Int, word: Int) -> SIMD[_WORD, 2]:
        """Returns the two words of a row of a panel that this lane gives to an instruction."""
        var p = panel.unsafe_offset((row + self.near) * _PITCH + word)
        comptime if Self.AMD:
            return p.unsafe_load[width=2, alignment=8](2 * self.along)
        else:
            return SIMD[_WORD, 2](p.unsafe_load(self.along), p.unsafe_load(self.along + 4))

    @always_inline
    def multiply(self, a: Shared[_WORD], b: Shared[_WORD], mut sums: Self.Sums):
        """Adds the product of two panels to the sums."""
        comptime for word in range(0, 2 * _STEP, _STEP):
            var of_b = Array[SIMD[_WORD, 2], Self.COLUMNS](fill=0)
            comptime for c in range(Self.COLUMNS):
                of_b[c] = self.pair(b, self.column + c * Self.WIDE, word)
            comptime for r in range(Self.ROWS):
                var first = self.pair(a, self.row + r * _HIGH, word)
                comptime if Self.AMD:
                    comptime for c in range(Self.COLUMNS):
                        comptime at = r * Self.COLUMNS + c
                        self._instruction[2](sums[at], of_b[c], first)
                else:
                    var second = self.pair(a, self.row + r * _HIGH + 8, word)
                    var four = SIMD[_WORD, 4](first[0], second[0], first[1], second[1])
                    comptime for c in range(Self.COLUMNS):
                        comptime at = r * Self.COLUMNS + c
                        self._instruction[4](sums[at], four, of_b[c])

    @always_inline
    def _instruction[w: Int](self, mut sums: _Sums, a: SIMD[_WORD, w], b: SIMD[_WORD, 2]):
        var d = _Sums(0)
        comptime if Self.dt == DType.float32:
            mma(d, bitcast[DType.float32, w](a), bitcast[DType.float32, 2](b), sums)
        else:
            comptime kind = DType.bfloat16 if Self.dt == BFLOAT16 else DType.float16
            mma(d, bitcast[kind, 2 * w](a), bitcast[kind, 4](b), sums)
        sums = d

    @always_inline
    def finish(self, results: Results[Self.dt, Self.NEAR], i: Int, j: Int, sums: Self.Sums):
        """Stores this lane's results in the tile of y that begins at row i and column j."""
        comptime for r in range(Self.ROWS):
            comptime for c in range(Self.COLUMNS):
                var sum = sums[r * Self.COLUMNS + c]
                var row = i + self.row + r * _HIGH + self.near
                var column = j + self.column + c * Self.WIDE + Self.NEAR * self.along
                comptime for part in range(4 // Self.NEAR):
                    var near = sum.slice[Self.NEAR, offset=part * Self.NEAR]()
                    results.store(row + 8 * part, column, near)


@__llvm_metadata(
    MAX_THREADS_PER_BLOCK_METADATA=StaticTuple[Int32, 1](Int32(2 * side)),
    `nvvm.minctasm`=SIMDLength(256 // side if whole else 1),
)
def mma_tiles[dt: DType, side: Int, whole: Bool](block: WordBlock, tiles: Int64, parts: Int64, room: Int64):
    """Computes tiles of y, or their sums over parts of k, one after the other with a stride of the grid.

    Parameters:
        dt: The dtype: float16, bfloat16, or float32, which is rounded to TF32.
        side: The rows and columns of a tile; there are twice as many threads.
        whole: Whether both operands are made of whole pieces.

    Args:
        block: The packed words.
        tiles: The number of tiles.
        parts: The parts of k.
        room: The address of the sums of all parts.
    """
    comptime Source = Panels[dt, side, whole]
    comptime size = side * _PITCH
    var args = Words(unsafe_from_address=Int(Pointer(to=block)))
    var panels = shared_memory[_WORD, 4 * size]()
    var warp = _Warp[dt, side]()
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
        var sums = _Warp[dt, side].Sums(fill=0)
        _fill(panels, a, a.fetch[True](i, share.first))
        _fill(panels.unsafe_offset(size), b, b.fetch[True](j, share.first))
        barrier()
        var now = 0
        for k in range(share.first, p.k, Source.K):
            var next_a = a.fetch[True](i, k + Source.K)
            var next_b = b.fetch[True](j, k + Source.K)
            warp.multiply(panels.unsafe_offset(now), panels.unsafe_offset(now + size), sums)
            now = 2 * size - now
            _fill(panels.unsafe_offset(now), a, next_a)
            _fill(panels.unsafe_offset(now + size), b, next_b)
            barrier()  # the next panels are there, and all threads have read these
        warp.finish(Results[dt, _Warp[dt, side].NEAR](args, p, share.sums), i, j, sums)
