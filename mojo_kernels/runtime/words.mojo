"""What a kernel's words are: a name and letters for each, by which they are packed, found, checked, recorded and fused.

    comptime WORDS: StaticString = "y:w x:r mask:r rows columns strides:... alpha:n batch:2"

A name stands for as many words as it has letters, for one integer where it has none; from `Names` kernels, and from the kernel
table Python, take the index of the first of them. The letters:

- `w` the address of memory that is written, `r` read, `u` both; 0 where an operand is absent or a scalar.
- `W`, `R` in a pointwise kernel: contiguous in the order of the units, without strides in the shape.
- `t` the address of a table, whose cells follow the words in brackets and repeat: "table:t count lr:f [param:u step:U size]".
- `U` in a table: the address of one element that is read and written.
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
comptime MAX_SHAPES = 2
"""The most shapes among a kernel's words."""
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


comptime _SPACE = UInt8(ord(" "))
comptime _COLON = UInt8(ord(":"))
comptime _OPEN = UInt8(ord("["))
comptime _CLOSE = UInt8(ord("]"))
comptime _UNKNOWN = -1
comptime _END: StaticString = "*"
"""No word's name: it stands for the end of all."""


@always_inline
def _byte(words: StaticString, i: Int) -> UInt8:
    """Returns a byte; what ends the words of a call, or of a table's cells, is a space."""
    var byte = words.unsafe_ptr()[unsafe_offset=i] if i < words.byte_length() else _SPACE
    return _SPACE if byte == _CLOSE else byte


def _cells(words: StaticString) -> Int:
    """Returns where the cells of a table begin, the length where there is none."""
    var i = 0
    while i < words.byte_length() and _byte(words, i) != _OPEN:
        i += 1
    return min(i + 1, words.byte_length())


def _index(words: StaticString, name: StaticString, start: Int = 0) -> Int:
    """Returns how many letters stand before those of a name, or `_UNKNOWN`; for `_END` the number of all."""
    var count = 0
    var i = start
    while i < words.byte_length() and _byte(words, i) != _OPEN:
        var k = 0
        while k < name.byte_length() and _byte(words, i + k) == name.unsafe_ptr()[unsafe_offset=k]:
            k += 1
        var found = k == name.byte_length()
        i += k
        found = found and (_byte(words, i) == _COLON or _byte(words, i) == _SPACE)
        if found:
            return count
        while _byte(words, i) != _SPACE and _byte(words, i) != _COLON:
            i += 1
        if _byte(words, i) == _COLON:
            i += 1
            while _byte(words, i) != _SPACE:
                i += 1
                count += 1
        else:
            count += 1
        i += 1
    return count if name == _END else _UNKNOWN


def letter_at(words: StaticString, index: Int, start: Int = 0) -> Int:
    """Returns a letter, of which a bare name has one: `.`.

    Args:
        words: The kernel's `WORDS`.
        index: How many letters stand before it.
        start: Where the words begin in the text.

    Returns:
        The letter, 0 behind the last.
    """
    var count = 0
    var i = start
    while i < words.byte_length() and _byte(words, i) != _OPEN:
        while _byte(words, i) != _SPACE and _byte(words, i) != _COLON:
            i += 1
        if _byte(words, i) == _COLON:
            i += 1
            while _byte(words, i) != _SPACE:
                if count == index:
                    return Int(_byte(words, i))
                i += 1
                count += 1
        else:
            if count == index:
                return ord(".")
            count += 1
        i += 1
    return 0


def _shape(words: StaticString, number: Int) -> Int:
    """Returns the index of the letter of a shape, the number of letters where there are not so many."""
    var found = 0
    var i = 0
    while True:
        var letter = letter_at(words, i)
        if letter == 0:
            return i
        if is_shape(letter):
            if found == number:
                return i
            found += 1
        i += 1


def first_shape(words: StaticString) -> Int:
    """Finds the first shape.

    Args:
        words: The kernel's `WORDS`.

    Returns:
        The index of its first word; -1 where there is none.
    """
    var index = _shape(words, 0)
    return index if letter_at(words, index) != 0 else -1


@always_inline
def _behind_shapes[words: StaticString, index: Int](args: Words) -> Int:
    """Returns where the word of a letter stands, which depends on how many dimensions the shapes before it have.
    """
    var extra = 0
    comptime for number in range(MAX_SHAPES):
        comptime shape = _shape(words, number)
        comptime if shape < index:
            comptime lists = 1 + letter_at(words, shape) - ord(
                "0"
            )  # the dims and the strides of each operand
            extra += word(args, shape + extra) * lists
    return index + extra


struct Names[text: StaticString](TrivialRegisterPassable):
    """The indices of words by their names: `Names["y:w x:r rows columns"]().columns` is 3, at compile time.

    A name that is not declared fails to compile, as does one behind a shape, whose index only the words of a call tell.

    Parameters:
        text: The kernel's `WORDS`.
    """

    @always_inline
    def __init__(out self):
        """Holds nothing."""
        pass

    @always_inline
    def __getattr__(self, name: StringLiteral) -> Int:
        """Returns the index of the first word of a name.

        Args:
            name: The name.

        Returns:
            The index.
        """
        comptime index = _index(Self.text, StringLiteral[name.value]())
        comptime assert index != _UNKNOWN, "the kernel's WORDS have no such name"
        comptime assert index <= _shape(
            Self.text, 0
        ), "the word stands behind a shape: behind[name](args) finds it"
        return index

    @always_inline
    def behind[name: StaticString](self, args: Words) -> Int:
        """Returns the index of the first word of a name that stands behind a shape.

        Parameters:
            name: The name.

        Args:
            args: The packed words.

        Returns:
            The index.
        """
        comptime index = _index(Self.text, name)
        comptime assert index != _UNKNOWN, "the kernel's WORDS have no such name"
        return _behind_shapes[Self.text, index](args)


struct Cells[text: StaticString](TrivialRegisterPassable):
    """The indices of the cells of a table's entry by their names, as `Names` has those of words.

    Parameters:
        text: The kernel's `WORDS`.
    """

    @always_inline
    def __init__(out self):
        """Holds nothing."""
        pass

    @always_inline
    def __getattr__(self, name: StringLiteral) -> Int:
        """Returns the index of a cell.

        Args:
            name: The name.

        Returns:
            The index.
        """
        comptime index = _index(Self.text, StringLiteral[name.value](), _cells(Self.text))
        comptime assert index != _UNKNOWN, "the cells of the kernel's WORDS have no such name"
        return index


def count_cells(words: StaticString, letter: StaticString) -> Int:
    """Counts the cells of a table's entry that have a letter.

    Args:
        words: The kernel's `WORDS`.
        letter: The letter.

    Returns:
        The number of cells.
    """
    var count = 0
    var i = 0
    while True:
        var found = letter_at(words, i, _cells(words))
        if found == 0:
            return count
        count += Int(found == ord(letter))
        i += 1


@always_inline
def count_words[words: StaticString](args: Words) -> Int:
    """Counts the words of a call before the context.

    Parameters:
        words: The kernel's `WORDS`.

    Args:
        args: The packed words.

    Returns:
        The index of the context's word.
    """
    return _behind_shapes[words, _index(words, _END)](args)


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


def new_signature(words: StaticString, floating: Bool) -> Letters:
    """Makes the signature of a kernel.

    Args:
        words: The kernel's `WORDS`.
        floating: Whether the kernel's dtype is a floating one.

    Returns:
        The letters of the words, every `n` replaced by what it means, and `CONTEXT`.
    """
    var length = _index(words, _END)
    var signature = Letters(unsafe_from_address=new_block(length + 2, 16))
    for i in range(length):
        var letter = letter_at(words, i)
        if letter == _NUMBER:
            letter = FLOAT if floating else ord(".")
        signature.unsafe_store(i, UInt8(letter))
    signature.unsafe_store(length, UInt8(CONTEXT))
    signature.unsafe_store(length + 1, 0)
    return signature
