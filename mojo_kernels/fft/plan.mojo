"""What a plan says: how a transform of a length is done. `ops/fft` in Python makes plans, with their tables of factors.

A plan is integers, and its table numbers of the transform's dtype, which begins with the roots e^(-2 pi i k / n).
"""

from std.sys import simd_width_of

from mojo_kernels.fft.passes import Numbers
from mojo_kernels.runtime.types import Buffer

comptime BY_ROWS = 0
"""A lane is a row, for short rows."""
comptime TWO_STEPS = 1
"""A row is a matrix: its columns are transformed, multiplied by factors, and its rows transformed."""
comptime CHIRP = 2
"""A convolution with a chirp, for lengths with large prime factors."""
comptime INNER = 64
"""Where the plan of a convolution's transform begins."""
comptime _RADICES = 8


struct Plan[dt: DType](TrivialRegisterPassable):
    """A plan and its table.

    Parameters:
        dt: The dtype of the table.
    """

    var numbers: Int
    """The address of the integers: kind, length, first and second length, offsets of both lengths' factors and of those between, two lists of radices."""
    var roots: Int
    """The address of the roots and factors."""

    def __init__(out self, numbers: Int, roots: Int):
        """Reads a plan.

        Args:
            numbers: The address of the integers.
            roots: The address of the table.
        """
        self.numbers = numbers
        self.roots = roots

    @always_inline
    def table(self) -> Buffer[Self.dt]:
        """Returns the table.

        Returns:
            The roots and factors.
        """
        return Buffer[Self.dt](unsafe_from_address=self.roots)

    @always_inline
    def __getitem__(self, i: Int) -> Int:
        """Returns an integer of the plan.

        Args:
            i: Its index.

        Returns:
            The integer.
        """
        return Int(Numbers(unsafe_from_address=self.numbers).unsafe_load(i))

    @always_inline
    def kind(self) -> Int:
        """Returns the way of the transform.

        Returns:
            `BY_ROWS`, `TWO_STEPS` or `CHIRP`.
        """
        return self[0]

    def by_lanes(self) -> Bool:
        """Tells whether a lane of a vector is a row, also of a convolution.

        Returns:
            True for short rows.
        """
        return self.kind() == BY_ROWS or (self.kind() == CHIRP and self.inner().kind() == BY_ROWS)

    @always_inline
    def length(self) -> Int:
        """Returns the number of complex numbers of a row.

        Returns:
            The length.
        """
        return self[1]

    @always_inline
    def part(self, step: Int) -> Int:
        """Returns the length that a step transforms; of a chirp the first is the convolution's.

        Args:
            step: 0 or 1.

        Returns:
            The length.
        """
        return self[2 + step]

    @always_inline
    def factors(self, step: Int) -> Buffer[Self.dt]:
        """Returns the factors of a step's passes; of a chirp the chirp and its transform.

        Args:
            step: 0 or 1.

        Returns:
            The factors.
        """
        return self.table().unsafe_offset(self[4 + step])

    @always_inline
    def between(self) -> Buffer[Self.dt]:
        """Returns the factors between two steps: all real parts, then all imaginary ones.

        Returns:
            The factors.
        """
        return self.table().unsafe_offset(self[6])

    @always_inline
    def count(self, step: Int) -> Int:
        """Returns the number of a step's passes.

        Args:
            step: 0 or 1.

        Returns:
            The number.
        """
        return self[_RADICES + 28 * step]

    @always_inline
    def radices(self, step: Int) -> Numbers:
        """Returns the radices of a step's passes.

        Args:
            step: 0 or 1.

        Returns:
            The radices.
        """
        return Numbers(unsafe_from_address=self.numbers).unsafe_offset(_RADICES + 28 * step + 1)

    def inner(self) -> Self:
        """Returns the plan of a convolution's transform.

        Returns:
            The plan.
        """
        return Self(self.numbers + 8 * INNER, self.roots)

    def block(self) -> Int:
        """Returns how large a block of a step is at most, with room for another element.

        Returns:
            The number of elements of the dtype.
        """
        return (max(self.part(0), self.part(1)) + 1) * 2 * simd_width_of[Self.dt]()

    def scratch(self) -> Int:
        """Returns how much memory a worker needs.

        Returns:
            The number of elements of the dtype.
        """
        if self.kind() == CHIRP:
            var rows = simd_width_of[Self.dt]() if self.by_lanes() else 1
            return 4 * self.part(0) * rows + 2 * self.inner().block()
        return 2 * self.block()
