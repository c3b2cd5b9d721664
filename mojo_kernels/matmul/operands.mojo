"""One matrix product as addresses, sizes and strides, and its division into stripes."""

from std.sys import size_of

from mojo_kernels.runtime.types import Buffer, Words, scalar, word

comptime BATCH = 14
"""The index of the batch shape's first word."""

comptime STRIPE = 16
"""Rows (or columns, where y is wider than high) of y in one unit of work."""


struct Operands[dt: DType](TrivialRegisterPassable):
    """The product y (m, n) = activation(alpha a (m, k) b (k, n) + bias (n) + y), with strides in elements.

    Parameters:
        dt: The dtype of all matrices.
    """

    var y: Int
    """The address of y."""
    var a: Int
    """The address of a."""
    var b: Int
    """The address of b."""
    var bias: Int
    """The address of the bias, 0 for none."""
    var m: Int
    """Rows of y and a."""
    var n: Int
    """Columns of y and b."""
    var k: Int
    """Columns of a, rows of b."""
    var y_row: Int
    """The stride between rows of y."""
    var y_column: Int
    """The stride between columns of y."""
    var a_row: Int
    """The stride between rows of a."""
    var a_column: Int
    """The stride between columns of a."""
    var b_row: Int
    """The stride between rows of b."""
    var b_column: Int
    """The stride between columns of b."""
    var bias_row: Int
    """The bias's stride between rows of y, 0 unless transposed."""
    var bias_column: Int
    """The bias's stride between columns of y, 0 if transposed."""
    var accumulate: Bool
    """Whether to add to what y holds."""
    var relu: Bool
    """Whether negative results become 0."""
    var alpha: Scalar[Self.dt]
    """What the sums are multiplied with."""
    var block: Int
    """Bytes of a packed block of a."""

    @always_inline
    def __init__(out self, args: Words, block: Int = 0):
        """Reads a product from the words that matmul/__init__.mojo describes.

        Args:
            args: The packed words.
            block: Bytes of a packed block of a, for those that pack it.
        """
        self.y = word(args, 0)
        self.a = word(args, 1)
        self.b = word(args, 2)
        self.bias = word(args, 3)
        self.m = word(args, 4)
        self.n = word(args, 5)
        self.k = word(args, 6)
        self.y_row = self.n
        self.y_column = 1
        self.a_row = word(args, 7)
        self.a_column = word(args, 8)
        self.b_row = word(args, 9)
        self.b_column = word(args, 10)
        self.bias_row = 0
        self.bias_column = 1
        self.accumulate = word(args, 11) != 0
        self.relu = word(args, 12) != 0
        self.alpha = scalar[Self.dt](args, 13)
        self.block = block

    @always_inline
    def element(self, address: Int, offset: Int) -> Buffer[Self.dt]:
        """Returns a pointer to an element.

        Args:
            address: The address of y, a, b or the bias.
            offset: How many elements further.

        Returns:
            The pointer.
        """
        return Buffer[Self.dt](unsafe_from_address=address).unsafe_offset(offset)

    @always_inline
    def move(mut self, y: Int, a: Int, b: Int):
        """Moves the three matrices, to another one of a batch.

        Args:
            y: Elements to move y by.
            a: Elements to move a by.
            b: Elements to move b by.
        """
        comptime size = size_of[Scalar[Self.dt]]()
        self.y += y * size
        self.a += a * size
        self.b += b * size

    @always_inline
    def by_rows(self) -> Bool:
        """Tells whether stripes are rows of y.

        Returns:
            True for rows, False for columns.
        """
        return self.m >= self.n

    @always_inline
    def stripes(self) -> Int:
        """Returns the number of stripes.

        Returns:
            The longer side of y in stripes, rounded up.
        """
        return (max(self.m, self.n) + STRIPE - 1) // STRIPE

    @always_inline
    def stripe(self, low: Int, high: Int) -> Self:
        """Returns the product restricted to some stripes of y.

        Args:
            low: The first stripe.
            high: The stripe after the last.

        Returns:
            A smaller product.
        """
        if self.by_rows():
            comptime size = size_of[Scalar[Self.dt]]()
            var part = self
            part.m = min(high * STRIPE, self.m) - low * STRIPE
            part.y += low * STRIPE * self.y_row * size
            part.a += low * STRIPE * self.a_row * size
            return part
        return self.columns(low * STRIPE, min(high * STRIPE, self.n))

    @always_inline
    def columns(self, low: Int, high: Int) -> Self:
        """Returns the product restricted to some columns of y.

        Args:
            low: The first column.
            high: The column after the last.

        Returns:
            A smaller product.
        """
        comptime size = size_of[Scalar[Self.dt]]()
        var part = self
        part.n = high - low
        part.y += low * self.y_column * size
        part.b += low * self.b_column * size
        if self.bias != 0:
            part.bias += low * self.bias_column * size
        return part

    @always_inline
    def transposed(self) -> Self:
        """Returns the same product as y^T = b^T a^T.

        Returns:
            The product with a and b exchanged and all strides transposed.
        """
        var t = self
        t.m, t.n = self.n, self.m
        t.y_row, t.y_column = self.y_column, self.y_row
        t.a, t.a_row, t.a_column = self.b, self.b_column, self.b_row
        t.b, t.b_row, t.b_column = self.a, self.a_column, self.a_row
        t.bias_row, t.bias_column = self.bias_column, self.bias_row
        return t
