"""Where the numbers of a transform on a GPU come from, and where they go.

A row of a transform of n numbers is read as complex numbers, as real ones, or as the first n // 2 + 1 of a row whose others are
their conjugates; of its results the first ones are kept, or their real parts. Real and imaginary parts may change places on
either side, which makes an inverse transform of a forward one.
"""

from mojo_kernels.runtime.types import Buffer, Words, scalar, word
from mojo_kernels.runtime.words import Names

comptime ENDS = " x_pitch y_pitch kept source real swap_x swap_y scale:f"
"""Words that kernels with `y`, `x` and these have in common: pitches are numbers of the dtype from one row to the next."""
comptime REAL = 1
"""The `source` whose numbers are real; ops/_fourier_gpu.py knows these numbers too."""
comptime HALF = 2
"""The `source` of which the first n // 2 + 1 complex numbers are there, for an odd n; the first counts as real."""


struct Ends[dt: DType, words: StaticString](TrivialRegisterPassable):
    """Both sides of a transform.

    Parameters:
        dt: The dtype of the parts.
        words: The words of the kernel.
    """

    comptime AT = Names[Self.words]()
    """The indices of the words by their names."""

    var address: Int
    """The address of the packed words."""

    @always_inline
    def __init__(out self, args: Words):
        """Describes the sides.

        Args:
            args: The packed words.
        """
        self.address = Int(args)

    @always_inline
    def _word(self, i: Int) -> Int:
        return word(Words(unsafe_from_address=self.address), i)

    @always_inline
    def load(self, row: Int, i: Int, n: Int) -> SIMD[Self.dt, 2]:
        """Loads a number of a row.

        Args:
            row: The index of the row.
            i: The index of the number.
            n: How many a whole row has.

        Returns:
            The real and the imaginary part.
        """
        var x = Buffer[Self.dt](unsafe_from_address=self._word(Self.AT.x))
        x = x.unsafe_offset(row * self._word(Self.AT.x_pitch))
        var source = self._word(Self.AT.source)
        var value = SIMD[Self.dt, 2](0)
        if source == REAL:
            value[0] = x.unsafe_load(i)
        else:
            var mirrored = source == HALF and 2 * i > n
            value = x.unsafe_load[width=2](2 * (n - i if mirrored else i))
            if source == HALF:
                value[1] = -value[1] if mirrored else value[1] if i > 0 else Scalar[Self.dt](0)
        return SIMD[Self.dt, 2](value[1], value[0]) if self._word(Self.AT.swap_x) != 0 else value

    @always_inline
    def store(self, row: Int, i: Int, n: Int, value: SIMD[Self.dt, 2]):
        """Stores a number of a row's results, times the scale, where it is kept.

        Args:
            row: The index of the row.
            i: The index of the number.
            n: How many a whole row has; where fewer are kept, the row was real, and so is its first result.
            value: The real and the imaginary part.
        """
        var kept = self._word(Self.AT.kept)
        if i >= kept:
            return
        var y = Buffer[Self.dt](unsafe_from_address=self._word(Self.AT.y))
        y = y.unsafe_offset(row * self._word(Self.AT.y_pitch))
        var scaled = value * scalar[Self.dt](Words(unsafe_from_address=self.address), Self.AT.scale)
        if self._word(Self.AT.swap_y) != 0:
            scaled = SIMD[Self.dt, 2](scaled[1], scaled[0])
        if self._word(Self.AT.real) != 0:
            y.unsafe_store(i, scaled[0])
            return
        if i == 0 and kept < n:
            scaled[1] = 0
        y.unsafe_store(2 * i, scaled)
