"""One matrix product as addresses, sizes and strides, and its division into stripes."""

from std.memory import bitcast
from std.sys import size_of

from mojo_kernels.runtime.types import Buffer, Words, scalar, word
from mojo_kernels.runtime.words import Names

comptime WORDS: StaticString = (
    "y:w a:r b:r bias:r m n k a_row a_column b_row b_column accumulate:a relu alpha:n batch:2"
)
"""The words of a product (words.mojo)."""
comptime AT = Names[WORDS]()
"""The indices of its words."""

comptime _LARGE_BLOCK = 1 << 20
"""Bytes of a block from which on a square y is divided into columns: then each worker copies its own columns of b, and
rows of a, which are cheaper to copy, all of them (Xeon with 2 MiB of second-level cache, 256 cubed: 0.95)."""
comptime STRIPE = 16
"""Rows (or columns, where y is wider than high) of y in one unit of work."""


@always_inline
def pack_product(
    call: Words,
    y: Int,
    a: Int,
    b: Int,
    bias: Int,
    sizes: Tuple[Int, Int, Int],
    a_strides: Tuple[Int, Int],
    b_strides: Tuple[Int, Int],
) -> Int:
    """Writes the words of one product y = a b (+ bias), without a batch, an activation or a factor.

    Args:
        call: Where the words go.
        y: The address of y.
        a: The address of a.
        b: The address of b.
        bias: The address of the bias, 0 for none.
        sizes: The sizes m, n and k.
        a_strides: The strides of a, from row to row and from column to column.
        b_strides: The strides of b.

    Returns:
        The number of words before the context.
    """
    call.unsafe_store(AT.y, Int64(y))
    call.unsafe_store(AT.a, Int64(a))
    call.unsafe_store(AT.b, Int64(b))
    call.unsafe_store(AT.bias, Int64(bias))
    call.unsafe_store(AT.m, Int64(sizes[0]))
    call.unsafe_store(AT.n, Int64(sizes[1]))
    call.unsafe_store(AT.k, Int64(sizes[2]))
    call.unsafe_store(AT.a_row, Int64(a_strides[0]))
    call.unsafe_store(AT.a_column, Int64(a_strides[1]))
    call.unsafe_store(AT.b_row, Int64(b_strides[0]))
    call.unsafe_store(AT.b_column, Int64(b_strides[1]))
    call.unsafe_store(AT.accumulate, 0)
    call.unsafe_store(AT.relu, 0)
    call.unsafe_store(AT.alpha, bitcast[DType.int64](Float64(1)))
    call.unsafe_store(AT.batch, SIMD[DType.int64, 4](1, 1, 0, 0))  # one dimension, of one, and strides
    return AT.batch + 4


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
        """Reads a product from its words.

        Args:
            args: The packed words.
            block: Bytes of a packed block of a, for those that pack it.
        """
        self.y = word(args, AT.y)
        self.a = word(args, AT.a)
        self.b = word(args, AT.b)
        self.bias = word(args, AT.bias)
        self.m = word(args, AT.m)
        self.n = word(args, AT.n)
        self.k = word(args, AT.k)
        self.y_row = self.n
        self.y_column = 1
        self.a_row = word(args, AT.a_row)
        self.a_column = word(args, AT.a_column)
        self.b_row = word(args, AT.b_row)
        self.b_column = word(args, AT.b_column)
        self.bias_row = 0
        self.bias_column = 1
        self.accumulate = word(args, AT.accumulate) != 0
        self.relu = word(args, AT.relu) != 0
        self.alpha = scalar[Self.dt](args, AT.alpha)
        self.block = block

    @always_inline
    def __init__(out self, *, m: Int, n: Int, k: Int):
        """Describes a product whose addresses and strides are still to be set.

        Args:
            m: Rows of y and a.
            n: Columns of y and b.
            k: Columns of a, rows of b.
        """
        self.y = 0
        self.a = 0
        self.b = 0
        self.bias = 0
        self.m = m
        self.n = n
        self.k = k
        self.y_row = n
        self.y_column = 1
        self.a_row = 0
        self.a_column = 0
        self.b_row = 0
        self.b_column = 0
        self.bias_row = 0
        self.bias_column = 1
        self.accumulate = False
        self.relu = False
        self.alpha = 1
        self.block = 0

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
        return self.m > self.n or (self.m == self.n and self.block < _LARGE_BLOCK)

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
