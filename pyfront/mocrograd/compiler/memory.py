"""The memory of a plan: an arena in which blocks that are never alive at the same time share addresses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mocrograd.compiler.trace import Block, Call

ALIGNMENT = 64
"""Bytes that every block's offset is a multiple of: a cache line."""


@dataclass
class Lifetime:
    """The calls between which a block is in use, the first and the last included."""

    block: Block
    first: int
    last: int


def lifetimes(calls: Sequence[Call], wanted: Iterable[Block]) -> list[Lifetime]:
    """Return how long each wanted block is in use: gradients to the end, others while calls touch them."""
    found: dict[Block, Lifetime] = {}
    chosen = set(wanted)
    for number, call in enumerate(calls):
        for operand in call.operands:
            if operand.block not in chosen:
                continue
            if operand.block in found:
                found[operand.block].last = number
            else:
                found[operand.block] = Lifetime(operand.block, number, number)
    for block, span in found.items():
        if block.role == "grad":
            span.last = len(calls)
    return list(found.values())


def lay_out(spans: Sequence[Lifetime], others: Sequence[Lifetime] = ()) -> tuple[dict[Block, int], int]:
    """Return an offset for each block and the size of the arena, both in bytes.

    `others` are lifetimes of the same blocks in another order of the calls: the memory then serves both orders.

    The largest blocks are placed first, each in the lowest gap that is free throughout its life (greedy by size, after
    Pisarchyk and Lee, Efficient Memory Management for Deep Neural Net Inference, 2020).
    """
    placed: list[tuple[int, int, Lifetime]] = []  # first byte, byte after the last, lifetime
    elsewhere = {span.block: span for span in others}
    offsets: dict[Block, int] = {}
    size = 0
    for span in sorted(spans, key=lambda s: (-s.block.nbytes, s.first)):
        nbytes = max(-(-span.block.nbytes // ALIGNMENT) * ALIGNMENT, ALIGNMENT)
        offset = 0
        for start, stop, other in sorted(placed, key=lambda p: p[0]):
            if _apart(span, other) and _apart(elsewhere.get(span.block), elsewhere.get(other.block)):
                continue
            if offset + nbytes <= start:
                break
            offset = max(offset, stop)
        placed.append((offset, offset + nbytes, span))
        offsets[span.block] = offset
        size = max(size, offset + nbytes)
    return offsets, size


def _apart(one: Lifetime | None, other: Lifetime | None) -> bool:
    return one is None or other is None or one.last < other.first or other.last < one.first
