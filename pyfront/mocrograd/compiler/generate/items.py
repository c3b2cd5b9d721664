"""Items: the calls of a plan as generated code has them, one after the other.

A known item becomes code. The others remain the calls that they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from mocrograd import backend
from mocrograd.compiler.generate.text import Function
from mocrograd.compiler.passes import lasting
from mocrograd.compiler.trace import Block, Call, Operand

MOST_NANOSECONDS = 4000.0
"""A call of more work than this may be worth a second worker, so it remains a call."""


@dataclass(eq=False)
class Item:
    """Work that runs as a whole.

    Attributes:
        calls: The recorded calls that it does, or does a part of.
        operands: The memory that it touches.
    """

    calls: list[Call]
    operands: list[Operand]

    known = True
    may_fail = False

    def write(self, to: Function) -> None:
        """Write its code."""
        raise NotImplementedError

    def meets(self, other: Item) -> bool:
        """Return whether one of the two writes what the other touches."""
        return any(a.block is b.block and (a.writes or b.writes) for a in self.operands for b in other.operands)


class Ordinary(Item):
    """A call that remains one."""

    known = False

    def __init__(self, call: Call) -> None:
        super().__init__([call], call.operands)


@dataclass(eq=False)
class Elements(Item):
    """Pointwise calls over the same elements, one vector of all of them after the other.

    Attributes:
        count: The number of elements.
        dtype: Their dtype, by its name.
        local: The blocks that nobody else reads: they stay in registers.
    """

    count: int
    dtype: str
    local: set[Block] = field(default_factory=set)


Family = Callable[[Call], "list[Item] | None"]
"""Returns the items of a call that a family knows, None for another one."""


def items_of(calls: Sequence[Call], families: Sequence[Family]) -> list[Item]:
    """Return the items of a plan's calls."""
    items: list[Item] = []
    for call in calls:
        found = None
        if call.form == "tiled" and nanoseconds(call) <= MOST_NANOSECONDS:
            found = next((known for family in families if (known := family(call)) is not None), None)
        items += found or [Ordinary(call)]
    return items


def nanoseconds(call: Call) -> float:
    """Return roughly how long a call takes on one worker."""
    if call.steps:
        return sum(nanoseconds(step) for step in call.steps)
    if call.table:
        return 0.0  # the family of updates knows the sizes in the table
    return backend.describe(call.name, call.words).arithmetic


def local_blocks(item: Item, items: Sequence[Item]) -> set[Block]:
    """Return the blocks that an item makes and that no other item touches, nor anybody after the run."""
    mine = {operand.block for operand in item.operands if operand.writes}
    others = {operand.block for other in items if other is not item for operand in other.operands}
    return {block for block in mine - others if not lasting(block) and not block.role}
