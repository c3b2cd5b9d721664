"""Patches of images as a matrix product reads them: some columns of the matrix of patches, copied or summed up."""

from std.math import fma
from std.memory import stack_allocation
from std.sys import simd_width_of
from std.sys.intrinsics import masked_load, masked_store

from mojo_kernels.conv.geometry import Geometry, Numbers
from mojo_kernels.matmul.tile import lanes_below
from mojo_kernels.runtime.types import Buffer


struct Reach[dt: DType, step: Int, lanes: Int](TrivialRegisterPassable):
    """The pixels of a piece of a row for one tap, one or two apart.

    Parameters:
        dt: The dtype.
        step: Pixels from one window to the next, 1 or 2.
        lanes: Lanes of a vector of pixels.
    """

    comptime V = SIMD[Self.dt, Self.lanes]
    """A vector of pixels."""

    var near: SIMD[DType.bool, Self.lanes]
    """Which of the first lanes are read."""
    var further: SIMD[DType.bool, Self.lanes]
    """Which of the next ones are."""

    @always_inline
    def __init__(out self, length: Int):
        """Finds how far a piece reaches; pixels behind it are not touched.

        Args:
            length: The number of windows, from 1 to the lanes.
        """
        var count = Self.step * (length - 1) + 1
        self.near = lanes_below[Self.lanes](count)
        self.further = lanes_below[Self.lanes](count - Self.lanes)

    @always_inline
    def pixels(self, source: Buffer[Self.dt]) -> Self.V:
        """Returns the pixels of all windows.

        Args:
            source: The pixel of the first window.

        Returns:
            A pixel for each window, and then any.
        """
        var v = masked_load[Self.lanes](source, self.near, Self.V(0))
        comptime if Self.step == 2:
            var more = masked_load[Self.lanes](source.unsafe_offset(Self.lanes), self.further, Self.V(0))
            return rebind[Self.V](v.join(more).deinterleave()[0])
        return v

    @always_inline
    def filtered(self, source: Buffer[Self.dt], offsets: Numbers, kc: Int, w: Buffer[Self.dt]) -> Self.V:
        """Returns the sums of all windows for one filter.

        Args:
            source: The pixel of the first window for a tap without offset.
            offsets: The offsets of the taps.
            kc: The number of taps.
            w: The filter.

        Returns:
            A sum for each window, and then any.
        """
        var sum = Self.V(0)
        for l in range(kc):
            var v = self.pixels(source.unsafe_offset(offsets[unsafe_offset=l]))
            sum = fma(Self.V(w.unsafe_load(l)), v, sum)
        return sum


struct Patches[dt: DType, lanes: Int = simd_width_of[dt]()](TrivialRegisterPassable):
    """Some columns of the matrix of patches: which pixels they are, but for the offset of the tap.

    Parameters:
        dt: The dtype.
        lanes: Lanes of a vector.
    """

    comptime W = Self.lanes
    """Lanes of a vector."""
    comptime NR = 2 * Self.W
    """Columns of a panel."""

    comptime NUMBERS = 4 * Self.NR
    """The most numbers that tell the pieces of a panel."""

    var count: Int
    """The number of pieces: pixels of one row, at most a vector of them; single pixels where windows lie far apart."""
    var step: Int
    """Pixels from one window to the next within a piece, 1 or 2; 0 where pieces are single pixels."""
    var longest: Int
    """The most pixels of a piece."""
    var numbers: Int
    """The address of the pieces: column, offset in x, length, and offset of the results in y of each."""

    @always_inline
    def __init__(out self, g: Geometry, group: Int, first: Int, columns: Int, numbers: Numbers):
        """Finds the pieces of columns, which are positions of the whole batch, image after image.

        Args:
            g: The sizes.
            group: The group.
            first: The first column.
            columns: The number of columns, at most NR.
            numbers: Room for `NUMBERS` numbers.
        """
        self.numbers = Int(numbers)
        self.count = 0
        self.longest = 0
        self.step = Int(g.stride[2]) if g.stride[2] <= 2 else 0
        var most = Self.W if self.step > 0 else 1
        var width = Int(g.result[2])
        var positions = g.positions()
        var j = 0
        while j < columns:
            var image = (first + j) // positions
            var p = first + j - image * positions
            var plane = image * g.groups + group
            var corner = plane * g.channels * g.pixels() + g.corner(p)
            var y = plane * g.filters * positions + p
            var room = min(width - p % width, columns - j)
            while room > 0:
                var length = min(room, most)
                var piece = self.piece(self.count)
                piece[unsafe_offset=0] = j
                piece[unsafe_offset=1] = corner
                piece[unsafe_offset=2] = length
                piece[unsafe_offset=3] = y
                self.count += 1
                self.longest = max(self.longest, length)
                j += length
                room -= length
                corner += length * Int(g.stride[2])
                y += length

    @always_inline
    def pack(self, x: Buffer[Self.dt], offsets: Numbers, kc: Int, panel: Buffer[Self.dt]):
        """Copies the columns, NR elements of the panel for each tap.

        Args:
            x: The images.
            offsets: The offsets of the taps.
            kc: The number of taps.
            panel: Where they go.
        """
        comptime HALF = Self.W // 2
        comptime for step in range(1, 3):
            if step == self.step:
                if self.longest > HALF:
                    comptime for pieces in range(1, 5):
                        if pieces == self.count:
                            return self.pack_rows[pieces, step, Self.W](x, offsets, kc, panel)
                else:
                    comptime for pieces in range(1, 9):
                        if pieces == self.count:
                            return self.pack_rows[pieces, step, HALF](x, offsets, kc, panel)
        for i in range(self.count):
            var piece = self.piece(i)
            var target = panel.unsafe_offset(piece[unsafe_offset=0])
            var source = x.unsafe_offset(piece[unsafe_offset=1])
            var length = piece[unsafe_offset=2]
            if self.step == 0:
                for l in range(kc):
                    target.unsafe_store(l * Self.NR, source.unsafe_load(offsets[unsafe_offset=l]))
            elif self.step == 1:
                Self.pack_piece[1](source, length, offsets, kc, target)
            else:
                Self.pack_piece[2](source, length, offsets, kc, target)

    @staticmethod
    def pack_piece[
        step: Int
    ](source: Buffer[Self.dt], length: Int, offsets: Numbers, kc: Int, target: Buffer[Self.dt]):
        """Copies a piece, tap by tap.

        Parameters:
            step: Pixels from one window to the next.

        Args:
            source: Its first pixel for a tap without offset.
            length: Its length.
            offsets: The offsets of the taps.
            kc: The number of taps.
            target: Where it goes, a row of a panel for each tap.
        """
        var reach = Reach[Self.dt, step, Self.W](length)
        var mask = lanes_below[Self.W](length)
        for l in range(kc):
            var v = reach.pixels(source.unsafe_offset(offsets[unsafe_offset=l]))
            masked_store(v, target.unsafe_offset(l * Self.NR), mask)

    @no_inline
    def filtered(
        self,
        x: Buffer[Self.dt],
        offsets: Numbers,
        kc: Int,
        w: Buffer[Self.dt],
        bias: Scalar[Self.dt],
        y: Buffer[Self.dt],
    ):
        """Computes the sums of the columns for one filter.

        Args:
            x: The images.
            offsets: The offsets of the taps.
            kc: The number of taps.
            w: The filter.
            bias: What is added.
            y: The results of the filter of all images.
        """
        for i in range(self.count):
            var piece = self.piece(i)
            var source = x.unsafe_offset(piece[unsafe_offset=1])
            var length = piece[unsafe_offset=2]
            var sum: SIMD[Self.dt, Self.W]
            if self.step == 2:
                sum = Reach[Self.dt, 2, Self.W](length).filtered(source, offsets, kc, w)
            else:
                sum = Reach[Self.dt, 1, Self.W](length).filtered(source, offsets, kc, w)
            masked_store(sum + bias, y.unsafe_offset(piece[unsafe_offset=3]), lanes_below[Self.W](length))

    @no_inline
    def scatter(self, sums: Buffer[Self.dt], filters: Int, positions: Int, y: Buffer[Self.dt]):
        """Copies sums of the columns to where they belong.

        Args:
            sums: The sums, NR elements for each filter.
            filters: The number of filters.
            positions: The elements of y from one filter to the next.
            y: The results of the first filter of all images.
        """
        for i in range(self.count):
            var piece = self.piece(i)
            var source = sums.unsafe_offset(piece[unsafe_offset=0])
            var target = y.unsafe_offset(piece[unsafe_offset=3])
            var some = lanes_below[Self.W](piece[unsafe_offset=2])
            for f in range(filters):
                var v = masked_load[Self.W](source.unsafe_offset(f * Self.NR), some, SIMD[Self.dt, Self.W](0))
                masked_store(v, target.unsafe_offset(f * positions), some)

    @always_inline
    def piece(self, i: Int) -> Numbers:
        """Returns a piece.

        Args:
            i: Its number.

        Returns:
            Its four numbers.
        """
        return Numbers(unsafe_from_address=self.numbers).unsafe_offset(4 * i)

    @no_inline
    def pack_rows[
        pieces: Int, step: Int, w: Int
    ](self, x: Buffer[Self.dt], offsets: Numbers, kc: Int, panel: Buffer[Self.dt]):
        """Copies a few pieces, tap by tap. Whole vectors are stored: what stands behind a piece is replaced by the next
        piece or the next tap, and the panel has room for a vector behind its end.

        Parameters:
            pieces: The number of pieces.
            step: Pixels from one window to the next.
            w: Lanes of a vector, which no piece is longer than.

        Args:
            x: The images.
            offsets: The offsets of the taps.
            kc: The number of taps.
            panel: Where they go.
        """
        var sources = stack_allocation[pieces, Buffer[Self.dt]]()
        var columns = stack_allocation[pieces, Int]()
        var reaches = stack_allocation[pieces, Reach[Self.dt, step, w]]()
        comptime for i in range(pieces):
            var piece = self.piece(i)
            columns[unsafe_offset=i] = piece[unsafe_offset=0]
            sources[unsafe_offset=i] = x.unsafe_offset(piece[unsafe_offset=1])
            reaches[unsafe_offset=i] = Reach[Self.dt, step, w](piece[unsafe_offset=2])
        var row = panel
        for l in range(kc):
            var offset = offsets[unsafe_offset=l]
            comptime for i in range(pieces):
                var v = reaches[unsafe_offset=i].pixels(sources[unsafe_offset=i].unsafe_offset(offset))
                row.unsafe_store(columns[unsafe_offset=i], v)
            row = row.unsafe_offset(Self.NR)
