"""What a kernel's words are: a letter for each, by which calls from Python are packed, checked, recorded and fused.

- `w` the address of memory that is written, `r` read, `u` both; 0 where an operand is absent or a scalar.
- `W`, `R` in a pointwise kernel: contiguous in the order of the units, without strides in the shape.
- `t` the address of a table, whose cells the letters behind a colon describe, over and over.
- `.` an integer: a size, a stride, an index, a flag.
- `a` a flag: where it is not 0, the first operand is read too.
- `f` a float, as the bits of a float64.
- `n` a number of the kernel's dtype: a float in a kernel of a floating dtype, else an integer.
- a digit: a shape of as many words as it needs: ndim, the dims, then the strides of as many operands as the digit says.

The address of the call's `Context` follows the last of them.
"""

from mojo_kernels.runtime.system import new_block
from mojo_kernels.runtime.types import Words, word

comptime CONTEXT = ord("c")
"""The letter of the context's address, which ends a signature."""
comptime FLOAT = ord("f")
"""The letter of a float."""
comptime TABLE = ord("t")
"""The letter of a table."""
comptime _NUMBER = ord("n")
comptime _COLON = ord(":")
comptime _ADDRESSES = _bit("w") | _bit("r") | _bit("u") | _bit("W") | _bit("R") | _bit("c")
comptime Letters = MutPointer[UInt8, MutUntrackedOrigin]
"""A signature: the letters of a call's words, `CONTEXT`, and 0."""


def _bit(letter: StaticString) -> Int:
    return 1 << (ord(letter) - 64)


@always_inline
def is_shape(letter: Int) -> Bool:
    """Tells whether a letter stands for a shape.

    Args:
        letter: The letter.

    Returns:
        True for a digit.
    """
    return ord("0") <= letter <= ord("9")


@always_inline
def is_address(letter: Int) -> Bool:
    """Tells whether a letter stands for the address of elements or of a context.

    Args:
        letter: The letter.

    Returns:
        True for one of "wruWRc".
    """
    return letter >= 64 and (_ADDRESSES >> (letter - 64)) & 1 == 1


def _letter(letters: StaticString, i: Int) -> Int:
    return Int(letters.as_bytes()[i])


def _length(letters: StaticString) -> Int:
    """Counts the letters of the words themselves, those of a table's cells left out."""
    for i in range(letters.byte_length()):
        if _letter(letters, i) == _COLON:
            return i
    return letters.byte_length()


def first_shape(letters: StaticString) -> Int:
    """Finds the first word of the first shape.

    Args:
        letters: A kernel's `WORDS`.

    Returns:
        The number of words before it, which are one a letter.
    """
    for i in range(letters.byte_length()):
        if is_shape(_letter(letters, i)):
            return i
    return -1


@always_inline
def count_words[letters: StaticString](args: Words) -> Int:
    """Counts the words of a call before the context.

    Parameters:
        letters: The kernel's `WORDS`.

    Args:
        args: The packed words.

    Returns:
        The index of the context's word.
    """
    var count = 0
    comptime for i in range(_length(letters)):
        comptime letter = _letter(letters, i)
        comptime if is_shape(letter):
            count += word(args, count) * (1 + letter - ord("0"))
        count += 1
    return count


struct Entry(Copyable, Movable):
    """What the kernel table holds the address of: a form of a kernel and how its words are packed."""

    var kernel: Int
    """The address of a `KernelEntry`."""
    var signature: Letters
    """The letters of its words."""

    def __init__(out self, kernel: Int, signature: Letters):
        """Holds both.

        Args:
            kernel: The address of a `KernelEntry`.
            signature: The letters of its words.
        """
        self.kernel = kernel
        self.signature = signature


comptime EntryPointer = MutPointer[Entry, MutAnyOrigin]
"""The address of an entry, which lives as long as the process."""


def new_entry(kernel: Int, signature: Letters) -> Int:
    """Makes an entry of the kernel table.

    Args:
        kernel: The address of a `KernelEntry`.
        signature: The letters of its words.

    Returns:
        The entry's address.
    """
    var entry = EntryPointer(unsafe_from_address=new_block(16, 16))
    entry.unsafe_write(Entry(kernel, signature))
    return Int(entry)


@always_inline
def entry_at(address: Int) -> EntryPointer:
    """Returns an entry of the kernel table.

    Args:
        address: Its address.

    Returns:
        The entry.
    """
    return EntryPointer(unsafe_from_address=address)


def new_signature(letters: StaticString, floating: Bool) -> Letters:
    """Makes the signature of a kernel.

    Args:
        letters: The kernel's `WORDS`.
        floating: Whether the kernel's dtype is a floating one.

    Returns:
        The letters of the words, every `n` replaced by what it means, and `CONTEXT`.
    """
    var length = _length(letters)
    var signature = Letters(unsafe_from_address=new_block(length + 2, 16))
    for i in range(length):
        var letter = _letter(letters, i)
        if letter == _NUMBER:
            letter = FLOAT if floating else ord(".")
        signature.unsafe_store(i, UInt8(letter))
    signature.unsafe_store(length, UInt8(CONTEXT))
    signature.unsafe_store(length + 1, 0)
    return signature
