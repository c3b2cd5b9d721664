"""Panels of a product's operands, on their way from a GPU's memory by way of registers into shared memory.

An operand is seen as rows along m or n and columns along k: a as it is, b transposed. A panel is `side` rows by 64 bytes of
columns. Each of 2 x `side` threads carries two pieces of 16 bytes of it, which it loads at once where the operand is made of
whole pieces, or else element by element; what lies outside of the operand is 0.
"""

from max.gpu import thread_idx
from std.collections import Array
from std.memory import stack_allocation
from std.memory.pointer import AddressSpace
from std.sys import size_of

from mojo_kernels.elementwise.narrow import convert, is_half
from mojo_kernels.matmul.operands import AT, Operands
from mojo_kernels.runtime.types import Words, scalar

comptime PANEL_BYTES = 64
"""Bytes of a row of a panel."""
comptime PIECE_BYTES = 16
"""Bytes that a thread loads at once."""
comptime PIECES = 2
"""Pieces of a panel that a thread carries."""
comptime Sum[dt: DType] = DType.float32 if is_half(dt) else dt
"""The dtype that products of a dtype are summed in.

Parameters:
    dt: The dtype.
"""
comptime Shared[dt: DType] = MutPointer[Scalar[dt], MutAnyOrigin, address_space=AddressSpace.SHARED]
"""Elements in shared memory.

Parameters:
    dt: The dtype.
"""
comptime Global[dt: DType] = MutPointer[Scalar[dt], MutAnyOrigin, address_space=AddressSpace.GLOBAL]
"""Elements in the device's memory.

Parameters:
    dt: The dtype.
"""


@always_inline
def shared_memory[dt: DType, count: Int]() -> Shared[dt]:
    """Returns shared memory of the block of threads.

    Parameters:
        dt: The dtype.
        count: The number of elements.

    Returns:
        Its first element, aligned for vectors of 16 bytes.
    """
    return rebind[Shared[dt]](
        stack_allocation[count, Scalar[dt], address_space=AddressSpace.SHARED, alignment=PIECE_BYTES]()
    )


struct Panels[dt: DType, side: Int, whole: Bool](TrivialRegisterPassable):
    """An operand, as rows along m or n and columns along k.

    Parameters:
        dt: The dtype of its elements.
        side: The number of rows of a panel.
        whole: Whether it is made of whole pieces (`made_of_pieces`).
    """

    comptime W = PIECE_BYTES // size_of[Self.dt]()
    """Elements of a piece."""
    comptime K = PANEL_BYTES // size_of[Self.dt]()
    """Columns of a panel."""
    comptime Held = Array[SIMD[Self.dt, Self.W], PIECES]
    """The pieces of a panel that a thread carries."""

    var address: Int
    """The address of its first element."""
    var rows: Int
    """The number of rows."""
    var k: Int
    """The number of columns."""
    var row_step: Int
    """The stride between rows, in elements."""
    var k_step: Int
    """The stride between columns."""
    var along_k: Bool
    """Whether pieces lie along k, else along the rows."""

    @always_inline
    def __init__(out self, address: Int, rows: Int, k: Int, row_step: Int, k_step: Int):
        """Describes an operand.

        Args:
            address: The address of its first element.
            rows: The number of rows.
            k: The number of columns.
            row_step: The stride between rows, in elements.
            k_step: The stride between columns.
        """
        self.address = address
        self.rows = rows
        self.k = k
        self.row_step = row_step
        self.k_step = k_step
        self.along_k = k_step == 1 or row_step != 1

    @always_inline
    def made_of_pieces(self) -> Bool:
        """Tells whether all pieces are neighbours in memory, at multiples of their size, and none is outside in part.

        Returns:
            True where they may be loaded at once.
        """
        var near = self.k_step if self.along_k else self.row_step
        var far = self.row_step if self.along_k else self.k_step
        var length = self.k if self.along_k else self.rows
        return near == 1 and far % Self.W == 0 and length % Self.W == 0 and self.address % PIECE_BYTES == 0

    @always_inline
    def start_of[by_words: Bool](self, i: Int) -> Tuple[Int, Int]:
        """Returns the row and the column in a panel at which piece `i` of this thread begins.

        Parameters:
            by_words: Whether the panel is stored row by row, in words of 32 bits. Neighbouring threads then have
                neighbouring words, so that their stores meet different banks; else neighbouring pieces of memory.

        Args:
            i: The index of the piece.

        Returns:
            The row and the column.
        """
        var thread = Int(thread_idx.x)
        if self.along_k:
            var at = i * 2 * Self.side + thread
            return at // 4, at % 4 * Self.W
        comptime if by_words:
            var group = thread // 16
            comptime if size_of[Self.dt]() == 2:
                return group * Self.W, thread % 16 * 2 + i  # both halves of a word
            else:
                return (i * Self.side // 8 + group) * Self.W, thread % 16
        else:
            var at = i * 2 * Self.side + thread
            return at % (Self.side // Self.W) * Self.W, at // (Self.side // Self.W)

    @always_inline
    def fetch[by_words: Bool](self, row: Int, column: Int) -> Self.Held:
        """Loads this thread's pieces of a panel.

        Parameters:
            by_words: As for `start_of`.

        Args:
            row: The panel's first row.
            column: The panel's first column.

        Returns:
            The pieces.
        """
        var held = Self.Held(fill=0)
        comptime for i in range(PIECES):
            var at = self.start_of[by_words](i)
            held[i] = self._piece(row + at[0], column + at[1])
        return held^

    @always_inline
    def _piece(self, row: Int, column: Int) -> SIMD[Self.dt, Self.W]:
        var piece = SIMD[Self.dt, Self.W](0)
        if row < self.rows and column < self.k:
            var p = Global[Self.dt](unsafe_from_address=self.address).unsafe_offset(
                row * self.row_step + column * self.k_step
            )
            comptime if Self.whole:
                return p.unsafe_load[width=Self.W, alignment=PIECE_BYTES](0)
            var step = self.k_step if self.along_k else self.row_step
            var left = self.k - column if self.along_k else self.rows - row
            comptime for j in range(Self.W):
                if j < left:
                    piece[j] = p.unsafe_load(j * step)
        return piece


struct Results[dt: DType, w: Int](TrivialRegisterPassable):
    """Where the sums of a product go: y = activation(alpha sum (+ bias) (+ what y held)).

    Parameters:
        dt: The dtype of y.
        w: How many neighbours in a row come at a time.
    """

    comptime T = Sum[Self.dt]
    """The dtype of the sums."""
    comptime _BYTES = size_of[Self.dt]() * Self.w

    var p: Operands[Self.dt]
    """The product."""
    var alpha: Scalar[Self.T]
    """What sums are multiplied with."""
    var whole: Bool
    """Whether `w` neighbours may be loaded and stored at once."""
    var sums: Int
    """The address of sums over a part of k, which are stored as they are; 0 where sums are whole."""

    @always_inline
    def __init__(out self, args: Words, p: Operands[Self.dt], sums: Int = 0):
        """Describes the results of a product.

        Args:
            args: The packed words.
            p: The product.
            sums: The address of sums over a part of k, 0 where they are whole.
        """
        self.p = p
        self.sums = sums
        self.alpha = scalar[Self.T](args, AT.alpha)
        self.whole = p.n % Self.w == 0 and p.y % Self._BYTES == 0 and p.bias % Self._BYTES == 0

    @always_inline
    def store[source: DType](self, i: Int, j: Int, sums: SIMD[source, Self.w]):
        """Stores those of some elements in a row that y has.

        Parameters:
            source: The dtype of the sums, `T`.

        Args:
            i: The row.
            j: The first column.
            sums: The sums over k.
        """
        if i >= self.p.m:
            return
        if self.whole and j + Self.w <= self.p.n:
            self._store_lanes[Self.w](i, j, sums.cast[Self.T]())
            return
        comptime for c in range(Self.w):
            if j + c < self.p.n:
                self._store_lanes[1](i, j + c, sums[c].cast[Self.T]())

    @always_inline
    def _store_lanes[width: Int](self, i: Int, j: Int, sums: SIMD[Self.T, width]):
        comptime bytes = size_of[Self.dt]() * width
        if self.sums != 0:
            comptime own = size_of[Self.T]() * width
            Global[Self.T](unsafe_from_address=self.sums).unsafe_store[alignment=own](i * self.p.n + j, sums)
            return
        var value = self.alpha * sums
        if self.p.bias != 0:
            var bias = Global[Self.dt](unsafe_from_address=self.p.bias).unsafe_offset(j)
            value += convert[Self.T](bias.unsafe_load[width=width, alignment=bytes](0))
        var y = Global[Self.dt](unsafe_from_address=self.p.y).unsafe_offset(i * self.p.n + j)
        if self.p.accumulate:
            value += convert[Self.T](y.unsafe_load[width=width, alignment=bytes](0))
        if self.p.relu:
            value = value.lt(0).select(SIMD[Self.T, width](0), value)
        y.unsafe_store[alignment=bytes](0, convert[Self.dt](value))
