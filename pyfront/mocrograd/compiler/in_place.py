"""Results that take the place of operands: a pointwise call may write to the memory that it reads for the last time."""

from __future__ import annotations

from collections.abc import Sequence

from mocrograd.compiler.passes import elements, in_unit_order, itemsize, lasting, shape_at
from mocrograd.compiler.trace import Block, Call


def write_in_place(calls: Sequence[Call]) -> None:
    """Let results take the blocks of operands that nobody reads later, so that fewer lines of memory are touched.

    Both must be temporary, as large, and touched element by element in the same order.
    """
    first: dict[Block, int] = {}
    last: dict[Block, int] = {}
    for number, call in enumerate(calls):
        for operand in call.operands:
            first.setdefault(operand.block, number)
            last[operand.block] = number
    taken: dict[Block, Block] = {}
    for number, call in enumerate(calls):
        for part in (call, *call.steps):
            for operand in part.operands:
                operand.block = taken.get(operand.block, operand.block)
        if shape_at(call) < 0:
            continue
        written = [i for i, operand in enumerate(call.operands) if operand.writes]
        if len(written) != 1 or first[call.operands[written[0]].block] != number or not _whole(call, written[0]):
            continue
        result = call.operands[written[0]]
        for i, operand in enumerate(call.operands):
            old = operand.block
            if i != written[0] and last[old] == number and old.nbytes == result.block.nbytes and _whole(call, i):
                last[old] = last[result.block]
                taken[result.block] = old
                result.block = old
                break


def _whole(call: Call, number: int) -> bool:
    """Return whether an operand is all of a temporary block, which no other operand of the call touches."""
    operand = call.operands[number]
    block = operand.block
    return (
        not lasting(block)
        and block.role == ""
        and operand.access in "rRwW"
        and operand.offset == 0
        and elements(call) * itemsize(call, number) == block.nbytes
        and in_unit_order(call, number)
        and sum(other.block is block for other in call.operands) == 1
    )
