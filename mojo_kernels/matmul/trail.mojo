"""A register tile that asks for memory on its way: for what the next tiles will read."""

from std.math import fma
from std.memory import stack_allocation
from std.sys import simd_width_of
from std.sys.intrinsics import PrefetchOptions, prefetch

from mojo_kernels.matmul.cpu import KC
from mojo_kernels.matmul.packed_tile import STEPS
from mojo_kernels.matmul.tile import MR, Panel, Target
from mojo_kernels.runtime.loops import LINE
from mojo_kernels.runtime.types import Buffer


struct Trail(TrivialRegisterPassable):
    """Rows of memory to ask for, two lines at each step of a loop that computes something else.

    A processor has few buffers for lines that are under way: who asks for many at once waits.
    """

    var at: Int
    """The address of the next line."""
    var left: Int
    """Pairs of lines that are left in this row."""
    var pairs: Int
    """Pairs of lines in a row, 0 for nothing."""
    var skip: Int
    """Bytes from the end of a row to the next one."""

    @always_inline
    def __init__(out self, first: Int = 0, row: Int = 0, nbytes: Int = 0):
        """Describes memory.

        Args:
            first: The address of the first line.
            row: Bytes from one row to the next.
            nbytes: Bytes of a row.
        """
        self.at = first
        self.pairs = (nbytes + 2 * LINE - 1) // (2 * LINE)
        self.left = self.pairs
        self.skip = row - self.pairs * 2 * LINE

    @always_inline
    def ask(mut self):
        """Asks for the next two lines."""
        if self.pairs == 0:
            return
        comptime for line in range(2):
            prefetch[PrefetchOptions().for_read().medium_locality()](
                Buffer[DType.uint8](unsafe_from_address=self.at + line * LINE)
            )
        self.at += 2 * LINE
        self.left -= 1
        if self.left == 0:
            self.left = self.pairs
            self.at += self.skip


@no_inline
def trailing_tile[
    dt: DType, packed: Bool
](a: Panel[dt], b: Int, target: Target[dt], first: Int, column: Int, trail: Trail):
    """Sums a tile of `MR` rows and two vectors over a whole block of k, and asks for two lines every few steps.

    Parameters:
        dt: The dtype.
        packed: Whether a is a packed panel, `MR` elements for each k; otherwise its columns are contiguous.

    Args:
        a: The tile's rows of a.
        b: The address of the packed panel of b.
        target: Where sums go.
        first: The tile's first row in y.
        column: The tile's first column in y.
        trail: What to ask for.
    """
    comptime w = simd_width_of[dt]()
    var sums = stack_allocation[2 * MR, SIMD[dt, w]]()
    comptime for t in range(2 * MR):
        sums[unsafe_offset=t] = 0
    var x = Buffer[dt](unsafe_from_address=a.first)
    var y = Buffer[dt](unsafe_from_address=b)
    var next = trail
    for _ in range(KC // STEPS):
        comptime for l in range(STEPS):
            var low = y.unsafe_load[width=w](2 * l * w)
            var high = y.unsafe_load[width=w]((2 * l + 1) * w)
            comptime for i in range(MR):
                var xi = SIMD[dt, w](x.unsafe_load(l * MR + i if packed else i * a.row + l))
                sums[unsafe_offset=2 * i] = fma(xi, low, sums[unsafe_offset=2 * i])
                sums[unsafe_offset=2 * i + 1] = fma(xi, high, sums[unsafe_offset=2 * i + 1])
        x = x.unsafe_offset(STEPS * MR if packed else STEPS)
        y = y.unsafe_offset(STEPS * 2 * w)
        next.ask()
    if not target.plain:
        var all = SIMD[DType.bool, w](fill=True)
        comptime for t in range(2 * MR):
            target.store[w, False](first + t // 2, column + t % 2 * w, sums[unsafe_offset=t], all)
        return
    var destination = Buffer[dt](unsafe_from_address=target.y).unsafe_offset(first * target.y_row + column)
    comptime for t in range(2 * MR):
        var at = destination.unsafe_offset(t // 2 * target.y_row + t % 2 * w)
        var sum = sums[unsafe_offset=t]
        at.unsafe_store(sum + at.unsafe_load[width=w]() if target.adds else sum)
