"""A trace of a recorded run: kernel calls over memory blocks, decoded from the tape.

A block is a piece of memory with one meaning: an argument, memory that existed before, or memory taken during the run,
which may have the addresses of an earlier block. Every address among a call's words is resolved to a block and an
offset, so that a plan can put the block elsewhere.
"""

from __future__ import annotations

import bisect
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from mocrograd import backend
from mocrograd.backend.recording import Values

ARGUMENT, CAPTURED, FRESH = "argument", "captured", "fresh"


class Unrecordable(Exception):
    """A run cannot be replayed; the message is the reason."""


@dataclass(eq=False)
class Block:
    """Memory with one meaning.

    Attributes:
        kind: `ARGUMENT`, `CAPTURED` (it existed before the run) or `FRESH` (the run took it).
        address: Its first byte, while the run was recorded.
        nbytes: Its size.
        owner: What keeps it alive: a weak reference to a tensor of captured memory, a number of an argument.
        freed: Whether the run gave it back before it ended.
        role: What a fresh block is to the plan: "" (temporary), "output", "grad", "data" (written from Python) or
            "constant" (the same at each run).
        name: What explanations call it.
        handle: The address of the GPU whose memory it is, 0 for the host's; of a fresh block.
    """

    kind: str
    address: int
    nbytes: int
    owner: Any = None
    freed: bool = False
    role: str = ""
    name: str = ""
    handle: int = 0


@dataclass(eq=False)
class Operand:
    """An address among a call's words, or in its table.

    Attributes:
        word: The index of the word, or of the cell of the table.
        access: "r", "w", "u" (read and written); in capitals where a pointwise kernel reads it without strides.
        block: The memory.
        offset: Where in the block, in bytes.
        in_table: Whether it stands in the table.
    """

    word: int
    access: str
    block: Block
    offset: int
    in_table: bool = False

    @property
    def reads(self) -> bool:
        """Whether the call reads it."""
        return self.access in "rRu"

    @property
    def writes(self) -> bool:
        """Whether the call writes it."""
        return self.access in "wWu"


@dataclass(eq=False)
class Varying:
    """Words of a call that differ from run to run: `count` of them from `word` on, which `values` gives."""

    word: int
    count: int
    values: Values


@dataclass(eq=False)
class Call:
    """A kernel call.

    Attributes:
        name: The kernel, "op.direction.dtype".
        form: Its form, "tiled", "original" or "gpu".
        entry: Its address.
        words: Its words, the context last.
        work: What the caller said it costs.
        operands: Its addresses.
        varying: Its words that differ from run to run.
        table: The cells of its table, if it has one.
        steps: The calls that were fused into this one.
        epilogue: What it computes besides, "" or "relu".
    """

    name: str
    form: str
    entry: int
    words: list[int]
    work: int
    operands: list[Operand] = field(default_factory=list)
    varying: list[Varying] = field(default_factory=list)
    table: list[int] = field(default_factory=list)
    steps: list[Call] = field(default_factory=list)
    epilogue: str = ""

    @property
    def reads(self) -> list[Block]:
        """The blocks it reads."""
        return [o.block for o in self.operands if o.reads]

    @property
    def writes(self) -> list[Block]:
        """The blocks it writes."""
        return [o.block for o in self.operands if o.writes]

    def letters(self, varying: Varying) -> str:
        """Return the letters that declare varying words (mojo_kernels/runtime/words.mojo)."""
        letters = backend.WORDS[self.name].letters[varying.word : varying.word + varying.count]
        return letters.replace("n", "f" if ".float" in self.name else ".")


@dataclass(eq=False)
class Note:
    """A report of eager code about a call: the number of the call, and its varying words."""

    call: int
    varying: Varying
    table: Any


@dataclass(eq=False)
class Trace:
    """A recorded run.

    Attributes:
        calls: Its kernel calls in order.
        live: The fresh blocks that it did not give back, by address.
        captured: The blocks that existed before and that it touched.
        peak: The most bytes that it held at once, what it gave back of older memory included.
    """

    calls: list[Call]
    live: dict[int, Block]
    captured: list[Block]
    peak: int

    def block_at(self, address: int) -> Block | None:
        """Return the live fresh block that an address lies in."""
        for block in self.live.values():
            if block.address <= address < block.address + max(block.nbytes, 1):
                return block
        return None


class Decoder:
    """Turns a log into a trace."""

    def __init__(self, known: Sequence[Block], notes: Sequence[Note], thread: int) -> None:
        """Take the blocks that existed before the run, the notes on its calls, and the recorded thread."""
        self._before = sorted(known, key=lambda block: block.address)
        self._starts = [block.address for block in self._before]
        self._gone: set[Block] = set()
        self._notes: dict[int, list[Note]] = {}
        for note in notes:
            self._notes.setdefault(note.call, []).append(note)
        self._thread = thread
        self._live: dict[int, Block] = {}
        self._sorted: list[int] = []
        self._captured: dict[Block, None] = {}
        self._names = {
            address: (name, form)
            for form in ("original", "tiled", "gpu")
            for name, address in reversed(
                backend.FORMS[form].items()
            )  # own names, which come first, and not shared ones
        }

    def decode(self, log: bytes) -> Trace:
        """Return the trace of a log.

        Raises:
            Unrecordable: A call is none of the table's, or reads memory that nothing is known of.
        """
        words = array("q")
        words.frombytes(log)
        calls: list[Call] = []
        held = peak = older = at = number = 0
        while at < len(words):
            kind, length, thread = words[at : at + 3]
            event = words[at + 3 : at + length]
            at += length
            if kind == backend.TAPE_GIVE:
                block = self._live.pop(event[0], None)
                if block is not None:
                    self._sorted.remove(event[0])
                    block.freed = True
                    held -= block.owner
                elif thread == self._thread:
                    older += self._forget(event[0])
            elif thread != self._thread:
                continue
            elif kind == backend.TAPE_TAKE:
                self._live[event[0]] = Block(FRESH, event[0], event[1], event[2])
                self._live[event[0]].handle = event[3] if len(event) > 3 else 0
                bisect.insort(self._sorted, event[0])
                held += event[2]
                peak = max(peak, held)
            else:
                calls.append(self._call(number, event[2], event[3], list(event[4:])))
                number += 1
        return Trace(calls, self._live, list(self._captured), peak + older)

    def _forget(self, address: int) -> int:
        """Forget the block at an address that was given back; return its size."""
        found = self._find_before(address)
        if found is None:
            return 0
        self._gone.add(found)
        return found.nbytes

    def _call(self, number: int, entry: int, work: int, words: list[int]) -> Call:
        if entry not in self._names:
            raise Unrecordable("it calls a kernel that is not in the kernel table")
        name, form = self._names[entry]
        call = Call(name, form, entry, words, work)
        pattern, cells = backend.WORDS[name].letters, backend.WORDS[name].cells
        table = None
        for note in self._notes.get(number, ()):
            call.varying.append(note.varying)
            table = note.table if table is None else table
        for word, access in enumerate(pattern):
            if access == "t":
                if table is None:
                    raise Unrecordable(f"{name} did not declare where its table is")
                call.table = list(array("q", table))
                for cell, address in enumerate(call.table):
                    access = cells[cell % len(cells)].lower()
                    if access in "rwu" and address:
                        call.operands.append(self._operand(name, cell, access, address, True))
            elif access == "a":
                call.operands[0].access = "u" if words[word] else "w"
            elif access in "rwuRW" and words[word]:
                call.operands.append(self._operand(name, word, access, words[word], False))
        return call

    def _operand(self, name: str, word: int, access: str, address: int, in_table: bool) -> Operand:
        i = bisect.bisect_right(self._sorted, address) - 1
        block = self._live[self._sorted[i]] if i >= 0 else None
        if block is None or address >= block.address + max(block.nbytes, 1):
            block = self._find_before(address)
            if block is None or block in self._gone:
                raise Unrecordable(f"{name} uses memory that no tensor held before the run")
            self._captured[block] = None
        return Operand(word, access, block, address - block.address, in_table)

    def _find_before(self, address: int) -> Block | None:
        # spans of views overlap, so the nearest start is not always the one: look back a little further
        i = bisect.bisect_right(self._starts, address) - 1
        for block in reversed(self._before[max(i - 64, 0) : i + 1]):
            if block.address <= address < block.address + max(block.nbytes, 1):
                return block
        return None
