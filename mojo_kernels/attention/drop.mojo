"""Dropout of weights: factors from the generator of `random`, computed where they are needed, not stored.

The factor of batch b, head h, row i and key j is that of position ((b H + h) L + i) S + j of a draw of all of them,
which forward and backward make alike, in any order.
"""

from mojo_kernels.attention.operands import KEYS, Sizes
from mojo_kernels.random import Kept, Random
from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.types import Buffer, Words, scalar, word
from mojo_kernels.runtime.words import Names

comptime DROP = "drop:f factor:f seed offset"
"""The words of a dropout (words.mojo)."""
comptime _AT = Names[DROP]()

comptime NS_PER_FACTOR = 0.4
"""Nanoseconds that a factor takes on one worker."""


struct Drop[dt: DType](TrivialRegisterPassable):
    """A dropout of weights, or none.

    Parameters:
        dt: The dtype.
    """

    comptime Source = Random[Kept, Self.dt]
    """The generator of the factors."""
    comptime ROOM = KEYS + Self.Source.GROUP
    """Elements that factors of a row of a tile need, as they are made in groups."""

    var probability: Scalar[Self.dt]
    """How probable it is that a weight is dropped; 0 for no dropout."""
    var factor: Scalar[Self.dt]
    """What stays is multiplied with this."""
    var key: UInt64
    """The seed."""
    var offset: Int
    """The position in the stream of the first weight."""

    @always_inline
    def __init__(out self, args: Words, at: Int):
        """Reads a dropout: the probability, the factor of what stays, the seed and the position in its stream.

        Args:
            args: The packed words.
            at: The index of its first word.
        """
        self.probability = scalar[Self.dt](args, at + _AT.drop)
        self.factor = scalar[Self.dt](args, at + _AT.factor)
        self.key = UInt64(word(args, at + _AT.seed))
        self.offset = word(args, at + _AT.offset)

    @always_inline
    def drops(self) -> Bool:
        """Tells whether there is a dropout.

        Returns:
            False where weights stay as they are.
        """
        return self.probability != 0

    @always_inline
    def cost(self) -> Float64:
        """Returns what a factor costs.

        Returns:
            Nanoseconds on one worker, 0 without dropout.
        """
        return NS_PER_FACTOR if self.drops() else 0

    @always_inline
    def factors[
        S: Schedule
    ](self, room: Buffer[Self.dt], sizes: Sizes, row: Int, first: Int, count: Int) -> Buffer[Self.dt]:
        """Makes the factors of some keys of a row.

        Parameters:
            S: The schedule.

        Args:
            room: Where they go: `ROOM` elements.
            sizes: The sizes of the attention.
            row: The row, counted over batches and heads.
            first: The first key.
            count: The number of keys, at most `KEYS`.

        Returns:
            A pointer to the first one.
        """
        var position = self.offset + row * sizes.keys + first
        comptime if S.SIMD:
            comptime GROUP = Self.Source.GROUP
            var group = position // GROUP
            for i in range((position + count - 1) // GROUP - group + 1):
                Self.Source.group(
                    room.unsafe_offset(i * GROUP), self.key, group + i, self.probability, self.factor
                )
            return room.unsafe_offset(position - group * GROUP)
        else:
            for i in range(count):
                room.unsafe_store(
                    i, Self.Source.element(self.key, position + i, self.probability, self.factor)
                )
            return room
