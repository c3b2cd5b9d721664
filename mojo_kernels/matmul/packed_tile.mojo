"""Register tiles over packed panels: every address of a step is a constant away from one of two pointers.

Which shape is fastest depends on the processor: on how many operands it loads in the time of a multiplication, and on
how far ahead it finds independent sums. All of `SHAPES` are compiled, and `runtime/tuning.mojo` tells which one runs.
Each element of y is summed in the same order by all of them.
"""

from std.math import fma
from std.memory import stack_allocation
from std.sys import CompilationTarget, simd_width_of, size_of
from std.sys.intrinsics import PrefetchOptions, prefetch

from mojo_kernels.matmul.tile import MR, Target
from mojo_kernels.runtime.loops import LINE
from mojo_kernels.runtime.tuning import tuned_shape
from mojo_kernels.runtime.types import Buffer

comptime _MANY_REGISTERS = CompilationTarget.has_avx512f() or not CompilationTarget.is_x86()
"""Whether there are 32 vector registers and not 16."""


@fieldwise_init
struct Shape(TrivialRegisterPassable):
    """Rows and vectors of columns of a register tile, and the operand of which a block is copied at once."""

    var rows: Int
    """Its rows."""
    var vectors: Int
    """Its vectors of columns."""
    var block_of_b: Bool
    """Whether the block that stays in the second-level cache is of b, and panels of a pass it; otherwise the reverse."""


comptime SHAPES: List[Shape] = [
    Shape(8, 2, False),
    Shape(12, 2, False),
    Shape(14, 2, False),
    Shape(8, 3, False),
    Shape(8, 2, True),
    Shape(12, 2, True),
    Shape(8, 3, True),
] if _MANY_REGISTERS else [Shape(4, 3, False), Shape(6, 2, False), Shape(4, 3, True)]
"""The shapes that there are, the built-in choice first: their sums and a vector of each column leave a register for an element of a."""
comptime TALLEST = 12 if _MANY_REGISTERS else MR
"""The most rows of a tile of two vectors whose operands are read as they lie."""
comptime WORTH = 1 << 14
"""Elements of a to one vector of columns for which the number of rows is looked up, which takes 6 ns."""
comptime STEPS = 4
"""Elements of k between two jumps."""


@always_inline
def most_rows[dt: DType](elements: Int) -> Int:
    """Returns the most rows of a tile of two vectors whose operands are read as they lie: those of the measured shape.

    Parameters:
        dt: The dtype.

    Args:
        elements: The number of elements of a.

    Returns:
        `MR` to `TALLEST`.
    """
    if elements >= WORTH:
        var shape = tuned_shape[dt]()
        comptime for i in range(1, len(SHAPES)):
            comptime if SHAPES[i].vectors == 2:
                comptime rows = min(SHAPES[i].rows, TALLEST)
                if shape == i:
                    return rows
    return MR


struct Ahead(TrivialRegisterPassable):
    """Memory to ask for, in lines of the cache, while a column of tiles is computed: a part of it by each tile.
    """

    var first: Int
    """The address of the first line."""
    var row: Int
    """Bytes from one row of lines to the next."""
    var rows: Int
    """The number of rows, 0 for nothing."""
    var nbytes: Int
    """Bytes of a row."""

    @always_inline
    def __init__(out self, first: Int = 0, row: Int = 0, rows: Int = 0, nbytes: Int = 0):
        """Describes memory.

        Args:
            first: The address of the first line.
            row: Bytes from one row of lines to the next.
            rows: The number of rows, 0 for nothing.
            nbytes: Bytes of a row.
        """
        self.first = first
        self.row = row
        self.rows = rows
        self.nbytes = nbytes

    @always_inline
    def ask(mut self, most: Int):
        """Asks for the next rows.

        Args:
            most: How many, if there are so many left.
        """
        var count = min(most, self.rows)
        for _ in range(count):
            for offset in range(0, self.nbytes, LINE):
                prefetch[PrefetchOptions().for_read().medium_locality()](
                    Buffer[DType.uint8](unsafe_from_address=self.first + offset)
                )
            self.first += self.row
        self.rows -= count


@no_inline
def packed_tile[
    dt: DType, rows: Int, vectors: Int
](a: Int, b: Int, kc: Int, target: Target[dt], first: Int, column: Int):
    """Sums a tile over a block of k, in registers, in ascending order, and passes the sums on.

    Parameters:
        dt: The dtype.
        rows: The rows of the tile.
        vectors: The vectors of columns.

    Args:
        a: The address of the tile's panel of a: `rows` elements for each k.
        b: The address of the panel of b: `vectors` vectors for each k.
        kc: The number of k.
        target: Where sums go.
        first: The tile's first row in y.
        column: The tile's first column in y.
    """
    comptime w = simd_width_of[dt]()
    comptime size = size_of[Scalar[dt]]()
    var destination = Buffer[dt](unsafe_from_address=target.y).unsafe_offset(first * target.y_row + column)
    if target.adds:
        comptime for i in range(rows):
            var row = destination.unsafe_offset(i * target.y_row)
            comptime for offset in range(0, vectors * w, LINE // size):
                prefetch[PrefetchOptions().for_write().high_locality()](row.unsafe_offset(offset))
    var sums = stack_allocation[rows * vectors, SIMD[dt, w]]()
    comptime for t in range(rows * vectors):
        sums[unsafe_offset=t] = 0
    var x = Buffer[dt](unsafe_from_address=a)
    var y = Buffer[dt](unsafe_from_address=b)

    @always_inline
    def step[l: Int](x: Buffer[dt], y: Buffer[dt]) {imm}:
        var columns = stack_allocation[vectors, SIMD[dt, w]]()
        comptime for v in range(vectors):
            columns[unsafe_offset=v] = y.unsafe_load[width=w]((l * vectors + v) * w)
        comptime for i in range(rows):
            var xi = SIMD[dt, w](x.unsafe_load(l * rows + i))
            comptime for v in range(vectors):
                comptime t = vectors * i + v
                sums[unsafe_offset=t] = fma(xi, columns[unsafe_offset=v], sums[unsafe_offset=t])

    for _ in range(kc // STEPS):
        comptime for l in range(STEPS):
            step[l](x, y)
        x = x.unsafe_offset(STEPS * rows)
        y = y.unsafe_offset(STEPS * vectors * w)
    for _ in range(kc % STEPS):
        step[0](x, y)
        x = x.unsafe_offset(rows)
        y = y.unsafe_offset(vectors * w)
    if not target.plain:
        var all = SIMD[DType.bool, w](fill=True)
        comptime for i in range(rows):
            comptime for v in range(vectors):
                target.store[w, False](first + i, column + v * w, sums[unsafe_offset=vectors * i + v], all)
        return
    comptime for i in range(rows):
        comptime for v in range(vectors):
            var at = destination.unsafe_offset(v * w)
            var sum = sums[unsafe_offset=vectors * i + v]
            if target.adds:
                sum += at.unsafe_load[width=w]()
            at.unsafe_store(sum)
        destination = destination.unsafe_offset(target.y_row)
