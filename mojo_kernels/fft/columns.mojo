"""Where the first pass of a transform reads its columns, and where the last one leaves them.

The first pass reads a matrix in memory, and the last one writes one, so whole vectors of columns go through the
first-level cache once less on either side. Fewer columns than a vector has lanes are copied (`blocks`).
"""

from std.sys import simd_width_of

from mojo_kernels.runtime.types import Buffer


trait Source(TrivialRegisterPassable):
    """What a first pass reads."""

    comptime dt: DType
    """The dtype of the parts."""

    def load(
        self,
        e: Int,
        mut re: SIMD[Self.dt, simd_width_of[Self.dt]()],
        mut im: SIMD[Self.dt, simd_width_of[Self.dt]()],
    ):
        """Loads an element of the columns.

        Args:
            e: Its index.
            re: The real parts.
            im: The imaginary parts.
        """
        ...


trait Sink(TrivialRegisterPassable):
    """What a last pass writes."""

    comptime dt: DType
    """The dtype of the parts."""

    def store(
        self,
        e: Int,
        re: SIMD[Self.dt, simd_width_of[Self.dt]()],
        im: SIMD[Self.dt, simd_width_of[Self.dt]()],
    ):
        """Stores an element of the columns.

        Args:
            e: Its index.
            re: The real parts.
            im: The imaginary parts.
        """
        ...


@always_inline
def _buffer[dt: DType](address: Int) -> Buffer[dt]:
    return Buffer[dt](unsafe_from_address=address)


struct Columns[type: DType, swapped: Bool](Sink, Source):
    """Neighbouring complex columns in memory.

    Parameters:
        type: The dtype of the parts.
        swapped: Whether real and imaginary parts change places.
    """

    comptime dt = Self.type
    """The dtype of the parts."""
    comptime W = simd_width_of[Self.type]()
    """The number of columns."""

    var first: Int
    """The address of the first element of the first column."""
    var step: Int
    """The number of complex numbers from one element of a column to the next."""
    var scale: Scalar[Self.type]
    """What stored numbers are multiplied by."""

    @always_inline
    def __init__(out self, first: Buffer[Self.type], step: Int, scale: Scalar[Self.type] = 1):
        """Describes columns.

        Args:
            first: The first element of the first column.
            step: The number of complex numbers from one element of a column to the next.
            scale: What stored numbers are multiplied by.
        """
        self.first = Int(first)
        self.step = step
        self.scale = scale

    @always_inline
    def load(self, e: Int, mut re: SIMD[Self.type, Self.W], mut im: SIMD[Self.type, Self.W]):
        """Loads an element of the columns.

        Args:
            e: Its index.
            re: The real parts.
            im: The imaginary parts.
        """
        var pairs = (
            _buffer[Self.type](self.first).unsafe_load[width=2 * Self.W](2 * e * self.step).deinterleave()
        )
        comptime V = SIMD[Self.type, Self.W]
        re = rebind[V](pairs[1]) if Self.swapped else rebind[V](pairs[0])
        im = rebind[V](pairs[0]) if Self.swapped else rebind[V](pairs[1])

    @always_inline
    def store(self, e: Int, re: SIMD[Self.type, Self.W], im: SIMD[Self.type, Self.W]):
        """Stores an element of the columns, times the scale.

        Args:
            e: Its index.
            re: The real parts.
            im: The imaginary parts.
        """
        var u = (im if Self.swapped else re) * self.scale
        var v = (re if Self.swapped else im) * self.scale
        _buffer[Self.type](self.first).unsafe_store(2 * e * self.step, u.interleave(v))


struct Multiplied[type: DType](Sink):
    """A block whose elements are multiplied by factors, another one for each column.

    Parameters:
        type: The dtype of the parts.
    """

    comptime dt = Self.type
    """The dtype of the parts."""
    comptime W = simd_width_of[Self.type]()
    """The number of columns."""

    var block: Int
    """The address of the block."""
    var re: Int
    """The address of the real parts of the first element's factors."""
    var im: Int
    """The address of the imaginary parts."""
    var step: Int
    """The number of factors from one element to the next."""

    @always_inline
    def __init__(out self, block: Buffer[Self.type], re: Buffer[Self.type], im: Buffer[Self.type], step: Int):
        """Describes a block and its factors.

        Args:
            block: The block.
            re: The real parts of the first element's factors.
            im: The imaginary parts.
            step: The number of factors from one element to the next.
        """
        self.block = Int(block)
        self.re = Int(re)
        self.im = Int(im)
        self.step = step

    @always_inline
    def store(self, e: Int, re: SIMD[Self.type, Self.W], im: SIMD[Self.type, Self.W]):
        """Stores an element of the columns, times its factors; those of the first element are 1.

        Args:
            e: Its index.
            re: The real parts.
            im: The imaginary parts.
        """
        var c = _buffer[Self.type](self.re).unsafe_load[width=Self.W](e * self.step)
        var s = _buffer[Self.type](self.im).unsafe_load[width=Self.W](e * self.step)
        _buffer[Self.type](self.block).unsafe_store(2 * e * Self.W, re * c - im * s)
        _buffer[Self.type](self.block).unsafe_store(2 * e * Self.W + Self.W, re * s + im * c)
