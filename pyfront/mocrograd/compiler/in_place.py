"""Results that take the place of operands: a pointwise call may write to the memory that it reads for the last time."""

from __future__ import annotations

from collections.abc import Sequence

from mocrograd.compiler.memory import Lifetime, lay_out
from mocrograd.compiler.passes import elements, in_unit_order, itemsize, lasting, shape_at
from mocrograd.compiler.trace import Block, Call


def lay_out_in_place(calls: Sequence[Call], spans: Sequence[Lifetime]) -> tuple[dict[Block, int], int]:
    """Return what `lay_out` returns, with results at the offsets of the operands whose place they take."""
    taken = taken_blocks(calls)
    by_block = {span.block: span for span in spans}
    for block, old in taken.items():
        by_block[old].last = max(by_block[old].last, by_block[block].last)
    offsets, size = lay_out([span for span in spans if span.block not in taken])
    return offsets | {block: offsets[old] for block, old in taken.items()}, size


def taken_blocks(calls: Sequence[Call]) -> dict[Block, Block]:
    """Return the blocks of results that may lie in that of an operand, each with the first block at that place.

    Both are temporary, as large, and touched element by element in the same order; nobody reads the operand later. So
    fewer lines of memory are touched.
    """
    first: dict[Block, int] = {}
    last: dict[Block, int] = {}
    for number, call in enumerate(calls):
        for operand in call.operands:
            first.setdefault(operand.block, number)
            last[operand.block] = number
    taken: dict[Block, Block] = {}
    for number, call in enumerate(calls):
        written = [i for i, operand in enumerate(call.operands) if operand.writes]
        if shape_at(call) < 0 or len(written) != 1 or not _is_whole(call, written[0]):
            continue
        result = call.operands[written[0]].block
        if first[result] != number:
            continue
        for i, operand in enumerate(call.operands):
            old = operand.block
            if i != written[0] and last[old] == number and old.nbytes == result.nbytes and _is_whole(call, i):
                taken[result] = taken.get(old, old)
                break
    return taken


def _is_whole(call: Call, number: int) -> bool:
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
