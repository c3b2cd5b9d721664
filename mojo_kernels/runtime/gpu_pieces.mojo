"""Pointwise kernels on a GPU whose threads load and store 16 bytes at once.

A thread does a piece: as many neighbouring elements as 16 bytes have of the kernel's smallest floating or integer operand. It can
where each operand lies in memory one by one along the innermost dimension, or is one value there, where no piece crosses the end
of that dimension, and where addresses are multiples of what is loaded at once (`made_of_pieces`). Behind the last whole piece
of a single dimension a thread does the rest one by one.
"""

from mojo_kernels.runtime.context import ContextPointer
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.loops import PIECE_BYTES
from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.strided import operands_of
from mojo_kernels.runtime.team import Part
from mojo_kernels.runtime.types import Sizes, Words, word
from mojo_kernels.runtime.words import letter_at


struct Pieces[piece: Int, stored: DType = DType.float32](Schedule):
    """A thread of a GPU on a piece.

    Parameters:
        piece: The elements of a piece.
        stored: How operands of float32 are stored.
    """

    comptime NAME: StaticString = "pieces"
    """What tells it from other schedules."""
    comptime SIMD = False
    """Lanes are those of a piece."""
    comptime PIECE = Self.piece
    """The elements of a piece."""
    comptime STORED = Self.stored
    """How operands of float32 are stored."""

    @staticmethod
    def run(ctx: ContextPointer, part: Part, args: Words, units: Int, grain: Int, cost: Cost):
        """Does nothing: a launch has a thread for each piece.

        Args:
            ctx: The call's context.
            part: The function that does the units from its second to its third argument.
            args: The packed words that `part` receives.
            units: The number of units of work.
            grain: Shares are multiples of this many units.
            cost: What all units cost.
        """
        pass


def piece_of(sizes: Sizes) -> Int:
    """Returns how many elements a piece has.

    Args:
        sizes: The bytes of an element of each operand.

    Returns:
        The elements of 16 bytes of the smallest operand; those of one byte count where there are no others.
    """
    var least = PIECE_BYTES
    for k in range(operands_of(sizes)):
        if sizes[k] > 1:
            least = min(least, Int(sizes[k]))
    return PIECE_BYTES // least if least < PIECE_BYTES else PIECE_BYTES


def made_of_pieces[operands: StaticString, at: Int, sizes: Sizes](args: Words) -> Bool:
    """Tells whether a call's operands are made of pieces.

    Parameters:
        operands: The kernel's `WORDS`, of which the first are its operands.
        at: The index of the shape's first word.
        sizes: The bytes of an element of each operand.

    Args:
        args: The packed words.

    Returns:
        True where each thread may do one.
    """
    comptime piece = piece_of(sizes)
    var ndim = word(args, at)
    if ndim > 1 and word(args, at + ndim) % piece != 0:
        return False
    comptime count = operands_of(sizes)
    comptime for j in range(count):
        comptime bytes = min(piece * Int(sizes[j]), PIECE_BYTES)
        if word(args, j) % bytes != 0:
            return False
        comptime if letter_at(operands, j) >= ord("a"):
            comptime k = _strided_before(operands, j)
            if word(args, j) != 0 and not _follows(args, at, ndim, k, bytes // Int(sizes[j])):
                return False
    return True


def _strided_before(operands: StaticString, j: Int) -> Int:
    """Counts the operands with strides before operand j: small letters."""
    var count = 0
    for i in range(j):
        count += Int(letter_at(operands, i) >= ord("a"))
    return count


@no_inline
def _follows(args: Words, at: Int, ndim: Int, k: Int, whole: Int) -> Bool:
    """Tells whether the strides of operand k are 0 or 1 within rows, which begin at multiples of `whole` elements.
    """
    var strides = at + 1 + (k + 1) * ndim
    var inner = word(args, strides + ndim - 1)
    if inner == 0:
        return True
    if inner != 1:
        return False
    for d in range(ndim - 1):
        if word(args, strides + d) % whole != 0:
            return False
    return True
