"""The words that Mojo executes: call after call, tables behind them, and the positions of a run's values."""

from __future__ import annotations

from array import array
from collections.abc import Hashable, Mapping, Sequence

from mocrograd import backend
from mocrograd.backend import recording
from mocrograd.compiler.trace import Block, Call


class Program:
    """A block of words for `backend.replay`.

    Args:
        calls: What runs, in order.
        addresses: The addresses of the blocks that never move.
        values: What `run` receives a word for, in order: blocks that move, and (varying words, number) of a call.
        letters: What these words are (mojo_kernels/runtime/words.mojo).

    Attributes:
        address: Where the words are.
        stop: How many of them are calls; tables follow.
        table_address: Where it stands which words each value goes to.
    """

    def __init__(
        self,
        calls: Sequence[Call],
        addresses: Mapping[Block, int],
        values: Sequence[Hashable] = (),
        letters: str = "",
    ) -> None:
        self._letters = letters.encode()
        self._positions: dict[Hashable, list[tuple[int, int]]] = {}
        words: list[int] = []
        tables: list[tuple[int, Call]] = []
        for call in calls:
            start = len(words) + 2
            words += (call.entry, len(call.words), *call.words)
            for varying in call.varying:
                for k in range(varying.count):
                    self._positions[varying, k] = [(start + varying.word + k, 0)]
            self._note(start, call, in_table=False)
            if call.table:
                tables.append((start, call))
        self.stop = len(words)
        links = []
        for start, call in tables:
            links.append((start, len(words)))
            self._note(len(words), call, in_table=True)
            words += call.table
        self._words = array("q", words)
        self.address = self._words.buffer_info()[0]
        for position, table in links:
            self._words[position] = self.address + 8 * table
        for block, address in addresses.items():
            self.move(block, address)
        fields: list[int] = []
        for value in values:
            positions = self._positions.get(value, [])
            fields += (len(positions), *[field for position in positions for field in position])
        self._table = array("q", fields)
        self.table_address = self._table.buffer_info()[0] if fields else 0

    def _note(self, start: int, call: Call, *, in_table: bool) -> None:
        for operand in call.operands:
            if operand.in_table is in_table:
                self._positions.setdefault(operand.block, []).append((start + operand.word, operand.offset))

    def move(self, block: Block, address: int) -> None:
        """Set the address of a block."""
        for position, offset in self._positions.get(block, ()):
            self._words[position] = address + offset

    def run(self, work: int, values: Sequence[float]) -> None:
        """Run all calls with the values of this run."""
        if recording.kept is not None:
            recording.kept.append(self)
        backend.replay(self.address, self.stop, self.table_address, work, self._letters, *values)
