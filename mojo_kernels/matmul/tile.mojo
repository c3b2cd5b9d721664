"""The register tile of a matrix product, and what becomes of its sums."""

from std.math import fma, iota
from std.memory import stack_allocation
from std.sys import CompilationTarget, simd_width_of, size_of
from std.sys.intrinsics import masked_load, masked_store

from mojo_kernels.matmul.operands import Operands
from mojo_kernels.runtime.types import Buffer

comptime MR = 8 if CompilationTarget.has_avx512f() or not CompilationTarget.is_x86() else 6
"""Rows of a register tile: with two vectors of columns, 16 (12) sums leave registers for the operands."""


@always_inline
def lanes_below[w: Int](count: Int) -> SIMD[DType.bool, w]:
    """Returns a mask of the first lanes.

    Parameters:
        w: The number of lanes.

    Args:
        count: How many are wanted.

    Returns:
        The mask.
    """
    return iota[DType.int32, w]().lt(SIMD[DType.int32, w](Int32(count)))


@always_inline
def load_lanes[dt: DType, w: Int, tail: Bool](p: Buffer[dt], mask: SIMD[DType.bool, w]) -> SIMD[dt, w]:
    """Returns a vector, or its lanes within a mask and zeros; memory behind the other lanes is not touched.

    Parameters:
        dt: The dtype.
        w: The number of lanes.
        tail: Whether the mask counts.

    Args:
        p: The first element.
        mask: The lanes that exist.

    Returns:
        The vector.
    """
    comptime if tail:
        return masked_load[w](p, mask, SIMD[dt, w](0))
    else:
        return p.unsafe_load[width=w]()


@always_inline
def store_lanes[dt: DType, w: Int, tail: Bool](p: Buffer[dt], value: SIMD[dt, w], mask: SIMD[DType.bool, w]):
    """Stores a vector, or its lanes within a mask.

    Parameters:
        dt: The dtype.
        w: The number of lanes.
        tail: Whether the mask counts.

    Args:
        p: The first element.
        value: The vector.
        mask: The lanes that exist.
    """
    comptime if tail:
        masked_store(value, p, mask)
    else:
        p.unsafe_store(value)


struct Target[dt: DType](TrivialRegisterPassable):
    """Where sums go: y = activation(alpha sum + bias + what y held), one block of k after another.

    Parameters:
        dt: The dtype.
    """

    var y: Int
    """The address of y."""
    var y_row: Int
    """The stride between rows of y."""
    var y_column: Int
    """The stride between columns of y."""
    var bias: Int
    """The address of the bias, 0 for none or where an earlier block of k has added it."""
    var bias_row: Int
    """The bias's stride between rows of y."""
    var bias_column: Int
    """The bias's stride between columns of y."""
    var alpha: Scalar[Self.dt]
    """What sums are multiplied with."""
    var adds: Bool
    """Whether y holds something to add to."""
    var relu: Bool
    """Whether negative results become 0."""
    var plain: Bool
    """Whether y is the sum, or what it held and the sum, and nothing else."""

    @always_inline
    def __init__(out self, p: Operands[Self.dt], starts: Bool, ends: Bool):
        """Makes the target of a block of k.

        Args:
            p: The product.
            starts: Whether the block is the first one.
            ends: Whether the block is the last one.
        """
        self.y = p.y
        self.y_row = p.y_row
        self.y_column = p.y_column
        self.bias = p.bias if starts else 0
        self.bias_row = p.bias_row
        self.bias_column = p.bias_column
        self.alpha = p.alpha
        self.adds = p.accumulate or not starts
        self.relu = p.relu and ends
        self.plain = self.bias == 0 and self.alpha == 1 and not self.relu

    @always_inline
    def store[w: Int, tail: Bool](self, i: Int, j: Int, sum: SIMD[Self.dt, w], mask: SIMD[DType.bool, w]):
        """Finishes the sums of some columns of a row of y and stores them; columns of y are contiguous.

        Parameters:
            w: The number of columns.
            tail: Whether the mask counts.

        Args:
            i: The row.
            j: The first column.
            sum: The sums.
            mask: The columns that exist.
        """
        var y = Buffer[Self.dt](unsafe_from_address=self.y).unsafe_offset(i * self.y_row + j)
        var start = SIMD[Self.dt, w](0)
        if self.bias != 0:
            var bias = Buffer[Self.dt](unsafe_from_address=self.bias)
            bias = bias.unsafe_offset(i * self.bias_row + j * self.bias_column)
            if self.bias_column == 1:
                start = load_lanes[Self.dt, w, tail](bias, mask)
            else:
                start = bias[]
        var value = fma(sum, SIMD[Self.dt, w](self.alpha), start)
        if self.adds:
            value += load_lanes[Self.dt, w, tail](y, mask)
        if self.relu:
            value = value.lt(0).select(SIMD[Self.dt, w](0), value)  # nan stays nan
        store_lanes[Self.dt, w, tail](y, value, mask)

    @always_inline
    def store_one(self, i: Int, j: Int, sum: Scalar[Self.dt]):
        """Finishes and stores one sum, at any strides.

        Args:
            i: The row.
            j: The column.
            sum: The sum.
        """
        var start = Scalar[Self.dt](0)
        if self.bias != 0:
            var bias = Buffer[Self.dt](unsafe_from_address=self.bias)
            start = bias.unsafe_load(i * self.bias_row + j * self.bias_column)
        var value = fma(sum, self.alpha, start)
        var y = Buffer[Self.dt](unsafe_from_address=self.y)
        y = y.unsafe_offset(i * self.y_row + j * self.y_column)
        if self.adds:
            value += y[]
        if self.relu and value < 0:
            value = 0
        y[] = value


struct Panel[dt: DType](TrivialRegisterPassable):
    """Some rows of an operand as a tile reads them.

    Parameters:
        dt: The dtype.
    """

    var first: Int
    """The address of the first element."""
    var row: Int
    """The stride between rows."""
    var column: Int
    """The stride between columns."""

    @always_inline
    def __init__(out self, first: Int, row: Int, column: Int):
        """Describes a panel.

        Args:
            first: The address of the first element.
            row: The stride between rows.
            column: The stride between columns.
        """
        self.first = first
        self.row = row
        self.column = column

    @always_inline
    def at(self, i: Int, j: Int) -> Buffer[Self.dt]:
        """Returns a pointer to an element.

        Args:
            i: The row.
            j: The column.

        Returns:
            The pointer.
        """
        return Buffer[Self.dt](unsafe_from_address=self.first).unsafe_offset(i * self.row + j * self.column)

    @always_inline
    def from_row(self, i: Int) -> Self:
        """Returns the panel from a row on.

        Args:
            i: The row.

        Returns:
            The panel.
        """
        return Self(Int(self.at(i, 0)), self.row, self.column)


@no_inline
def tile[
    dt: DType, rows: Int, vectors: Int, tail: Bool
](a: Panel[dt], b: Panel[dt], kc: Int, target: Target[dt], first: Int, column: Int, columns: Int):
    """Sums a tile over a block of k, in registers, in ascending order, and passes the sums on.

    Parameters:
        dt: The dtype.
        rows: The rows of the tile.
        vectors: The vectors of columns.
        tail: Whether the last vector is not whole.

    Args:
        a: The tile's rows of a.
        b: The block's rows of b, whose columns are contiguous, from the tile's first column on.
        kc: The number of k.
        target: Where sums go.
        first: The tile's first row in y.
        column: The tile's first column in y.
        columns: The number of columns.
    """
    comptime w = simd_width_of[dt]()
    var mask = lanes_below[w](columns - (vectors - 1) * w)
    var sums = stack_allocation[rows * vectors, SIMD[dt, w]]()
    comptime for t in range(rows * vectors):
        sums[unsafe_offset=t] = 0
    # two addresses for the rows of a, so that the strides of the rows fit into registers
    var x = Buffer[dt](unsafe_from_address=a.first)
    var x8 = x.unsafe_offset(8 * a.row)
    var y = Buffer[dt](unsafe_from_address=b.first)
    for _ in range(kc):
        var last = load_lanes[dt, w, tail](y.unsafe_offset((vectors - 1) * w), mask)
        var whole = y.unsafe_load[width=w]() if vectors == 2 else last
        comptime for i in range(rows):
            var ai = SIMD[dt, w]((x if i < 8 else x8).unsafe_load(i % 8 * a.row))
            comptime if vectors == 2:
                sums[unsafe_offset=2 * i] = fma(ai, whole, sums[unsafe_offset=2 * i])
            comptime index = vectors * i + vectors - 1
            sums[unsafe_offset=index] = fma(ai, last, sums[unsafe_offset=index])
        x = x.unsafe_offset(a.column)
        comptime if rows > 8:
            x8 = x8.unsafe_offset(a.column)
        y = y.unsafe_offset(b.row)
    var destination = Buffer[dt](unsafe_from_address=target.y).unsafe_offset(first * target.y_row + column)
    if target.plain:
        comptime for i in range(rows):
            comptime for v in range(vectors):
                comptime masked = tail and v == vectors - 1
                var at = destination.unsafe_offset(v * w)
                var sum = sums[unsafe_offset=vectors * i + v]
                if target.adds:
                    sum += load_lanes[dt, w, masked](at, mask)
                store_lanes[dt, w, masked](at, sum, mask)
            destination = destination.unsafe_offset(target.y_row)
        return
    comptime for i in range(rows):
        comptime for v in range(vectors):
            comptime masked = tail and v == vectors - 1
            target.store[w, masked](first + i, column + v * w, sums[unsafe_offset=vectors * i + v], mask)
