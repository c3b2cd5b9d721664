"""The plans of a model as text, and how they become words that run.

The text is a list of items with spaces between them. A number is a word as it stands. A letter says what it is else:

    B8      a plan for a batch of 8; the size in bytes and the bytes of an element follow for each input and output
    K2+19   a call of kernel 2, whose 19 words follow
    P0      the address of part 0, a step of a chain
    W64     the address of byte 64 of the weights
    A128    the address of byte 128 of the memory for temporary results
    X1+0    the address of byte 0 of input or output 1, which each run gives
    C       the address of the context
"""

from mojo_kernels.runtime.types import Words

comptime PLAN_WORDS = 5
"""The words of a plan: its batch, where its words start and stop, where its patches start and stop; then two for each
input and output."""
comptime PATCH_WORDS = 3
"""The words of a patch: which word, the number of the input or output, the offset in bytes."""


@fieldwise_init
struct Program(TrivialRegisterPassable):
    """The text of a model's plans, and how much there is of everything."""

    var text: StaticString
    """The items."""
    var plans: Int
    """The number of plans."""
    var words: Int
    """The number of words of all calls, with two more for each call."""
    var patches: Int
    """The number of words that each run gives."""
    var pointers: Int
    """The number of inputs and outputs."""
    var inputs: Int
    """The number of inputs, which come first."""
    var arena: Int
    """The bytes of temporary results."""
    var weights: Int
    """The bytes of the weights."""
    var identity: Int64
    """What the file of weights must say."""


@fieldwise_init
struct Bases(TrivialRegisterPassable):
    """The addresses of everything of a model that a program names."""

    var table: Int
    """The address of the table of kernels and parts."""
    var parts: Int
    """The index of the first part in the table."""
    var weights: Int
    """The address of the weights."""
    var arena: Int
    """The address of temporary results."""
    var context: Int
    """The address of the context."""


@fieldwise_init
struct _Item(TrivialRegisterPassable):
    var letter: Int
    var value: Int64
    var more: Int64


comptime _END = 0
comptime _NUMBER = ord("0")


@always_inline
def _byte(text: StaticString, at: Int) -> Int:
    return Int(text.unsafe_ptr()[unsafe_offset=at]) if at < text.byte_length() else _END


def _integer(text: StaticString, mut at: Int) -> Int64:
    var negative = _byte(text, at) == ord("-")
    at += Int(negative)
    var value = Int64(0)
    while ord("0") <= _byte(text, at) <= ord("9"):
        value = value * 10 + Int64(_byte(text, at) - ord("0"))
        at += 1
    return -value if negative else value


def _next(text: StaticString, mut at: Int) -> _Item:
    while _byte(text, at) == ord(" ") or _byte(text, at) == ord("\n"):
        at += 1
    if _byte(text, at) == _END:
        return _Item(_END, 0, 0)
    var letter = _NUMBER
    if ord("A") <= _byte(text, at) <= ord("Z"):
        letter = _byte(text, at)
        at += 1
    var value = _integer(text, at)
    var more = Int64(0)
    if _byte(text, at) == ord("+"):
        at += 1
        more = _integer(text, at)
    return _Item(letter, value, more)


def write(program: Program, bases: Bases, words: Words, patches: Words, plans: Words):
    """Writes the words of all plans.

    Args:
        program: The plans as text.
        bases: The addresses of everything.
        words: Where the words go, call after call: the address of the kernel, the number of words, the words.
        patches: Where the patches go, `PATCH_WORDS` each.
        plans: Where the plans go, `PLAN_WORDS` and two for each input and output each.
    """
    var size = PLAN_WORDS + 2 * program.pointers
    var at = 0
    var word = 0
    var patch = 0
    var plan = plans.unsafe_offset(-size)
    while True:
        var item = _next(program.text, at)
        if item.letter == _END:
            return
        if item.letter == ord("B"):
            plan = plan.unsafe_offset(size)
            plan.unsafe_store(0, item.value)
            plan.unsafe_store(1, Int64(word))
            plan.unsafe_store(3, Int64(patch))
            for i in range(2 * program.pointers):
                plan.unsafe_store(PLAN_WORDS + i, _next(program.text, at).value)
            continue
        if item.letter == ord("X"):
            patches.unsafe_store(PATCH_WORDS * patch, Int64(word))
            patches.unsafe_store(PATCH_WORDS * patch + 1, item.value)
            patches.unsafe_store(PATCH_WORDS * patch + 2, item.more)
            patch += 1
        words.unsafe_store(word, _resolved(item, bases))
        word += 1
        if item.letter == ord("K"):
            words.unsafe_store(word, item.more)
            word += 1
        plan.unsafe_store(2, Int64(word))
        plan.unsafe_store(4, Int64(patch))


def _resolved(item: _Item, bases: Bases) -> Int64:
    """Returns the word that an item stands for."""
    var table = Words(unsafe_from_address=bases.table)
    if item.letter == ord("K"):
        return table.unsafe_load(Int(item.value))
    if item.letter == ord("P"):
        return table.unsafe_load(bases.parts + Int(item.value))
    if item.letter == ord("W"):
        return Int64(bases.weights) + item.value
    if item.letter == ord("A"):
        return Int64(bases.arena) + item.value
    if item.letter == ord("C"):
        return Int64(bases.context)
    return item.value
