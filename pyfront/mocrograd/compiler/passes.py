"""Passes over a recorded list of calls: each returns fewer calls with the same results.

1. `drop_dead` removes calls whose results nobody reads.
2. `fold_constants` moves calls with the same result at each run out of the plan: they run once, when it is made.
3. `fold_activations` makes a relu that alone reads a matrix product the epilogue of the product.
4. `fuse_chains` makes pointwise calls over the same elements one pass over tiles (mojo_kernels/runtime/chain.mojo).
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence

from mocrograd import backend
from mocrograd.compiler.trace import FRESH, Block, Call, Operand

_RELU = backend.WORDS["matmul.forward.float32"].at("relu")
_TILE = 1024
"""Elements of a tile: a chain's operands of 4 bytes take 4 KiB each of a first-level cache of 32 KiB or more."""


def lasting(block: Block) -> bool:
    """Return whether a block may be read after the run."""
    return block.kind != FRESH or block.role in ("output", "grad")


def drop_dead(calls: Sequence[Call]) -> list[Call]:
    """Drop the calls whose results nobody reads."""
    needed: set[Block] = set()
    kept: list[Call] = []
    for call in reversed(calls):
        if any(lasting(block) or block in needed for block in call.writes):
            needed.update(call.reads)
            kept.append(call)
    return kept[::-1]


def fold_constants(calls: Sequence[Call]) -> tuple[list[Call], list[Call]]:
    """Return the calls that have the same result at each run, and the others.

    The blocks of the former get the role "constant".
    """
    fixed: set[Block] = {block for call in calls for block in call.reads if block.role == "data"}
    writers: dict[Block, int] = {}
    for call in calls:
        for block in call.writes:
            writers[block] = writers.get(block, 0) + 1
    once: list[Call] = []
    for call in calls:
        alone = all(not lasting(block) and writers[block] == 1 for block in call.writes)
        if alone and not call.varying and not call.table and all(block in fixed for block in call.reads):
            once.append(call)
            for block in call.writes:
                fixed.add(block)
                block.role = "constant"
    chosen = set(once)
    return once, [call for call in calls if call not in chosen]


def fold_activations(calls: Sequence[Call]) -> list[Call]:
    """Make a relu the epilogue of the matrix product whose result it alone reads."""
    uses: dict[Block, int] = {}
    for call in calls:
        for operand in call.operands:
            uses[operand.block] = uses.get(operand.block, 0) + 1
    out: list[Call] = []
    makers: dict[Block, Call] = {}
    for call in calls:
        product = makers.get(call.operands[1].block) if call.name.startswith("relu.forward.") else None
        if product is not None and _relu_fits(product, call, uses) and not _touched(out, product, call):
            result = product.operands[0]
            result.block, result.offset = call.operands[0].block, 0
            product.words[_RELU] = 1
            product.epilogue = "relu"
            makers.pop(call.operands[1].block)
            continue
        if call.name.startswith("matmul.forward."):
            makers[call.operands[0].block] = call
        out.append(call)
    return out


def _relu_fits(product: Call, relu: Call, uses: dict[Block, int]) -> bool:
    y, x = relu.operands
    made = product.operands[0]
    return (
        product.form == "tiled"
        and not lasting(x.block)
        and uses[x.block] == 2
        and made.access == "w"
        and x.offset == made.offset == y.offset == 0
        and elements(relu) * itemsize(relu, 1) == x.block.nbytes
        and in_unit_order(relu, 0)
        and in_unit_order(relu, 1)
    )


def _touched(calls: Sequence[Call], since: Call, relu: Call) -> bool:
    """Return whether a call after `since` touches the block that a relu writes."""
    target = relu.operands[0].block
    after = calls[calls.index(since) + 1 :]
    return any(operand.block is target for call in after for operand in call.operands)


# ------------------------------------------------------------------------------------------- chains


def shape_at(call: Call) -> int:
    """Return the index of the first word of a pointwise call's shape, -1 for another kernel."""
    return (
        -1 if call.varying or call.form != "tiled" or call.name not in backend.WORDS else backend.WORDS[call.name].shape
    )


def elements(call: Call) -> int:
    """Return the number of elements of a pointwise call."""
    at = backend.WORDS[call.name].shape
    return math.prod(call.words[at + 1 : at + 1 + call.words[at]])


def layout_of(call: Call, number: int) -> list[tuple[int, int]]:
    """Return the sizes of a pointwise call's shape, each with the stride of an operand that has some."""
    pattern, at = backend.WORDS[call.name].letters, backend.WORDS[call.name].shape
    ndim = call.words[at]
    # strides stand in the order of the operands that have some, those that are absent included
    column = sum(access in "rwu" for access in pattern[: call.operands[number].word])
    dims = call.words[at + 1 : at + 1 + ndim]
    return list(zip(dims, call.words[at + 1 + (column + 1) * ndim : at + 1 + (column + 2) * ndim]))


def in_unit_order(call: Call, number: int) -> bool:
    """Return whether an operand's elements are contiguous in the order of the units."""
    if call.operands[number].access in "RW":
        return True
    step = 1
    for size, stride in reversed(layout_of(call, number)):
        if size != 1 and stride != step:
            return False
        step *= size
    return True


def _aligned(a: Call, i: int, b: Call, j: int) -> bool:
    """Return whether two pointwise calls touch a block element by element in the same order."""
    return (
        a.operands[i].offset == b.operands[j].offset
        and in_unit_order(a, i)
        and in_unit_order(b, j)
        and itemsize(a, i) == itemsize(b, j)
    )


def itemsize(call: Call, number: int) -> int:
    """Return the bytes of an element of an operand of a pointwise call."""
    return backend.WORDS[call.name].itemsizes[call.operands[number].word]


def conflict(first: Call, second: Call, pointwise: bool) -> bool:
    """Return whether `second` may not run before, or in one pass with, `first`."""
    for i, a in enumerate(first.operands):
        for j, b in enumerate(second.operands):
            if a.block is b.block and (a.writes or b.writes) and not (pointwise and _aligned(first, i, second, j)):
                return True
    return False


def _step_words(call: Call) -> int:
    """Return how many words a call takes in a chain at most."""
    tiles = len(backend.CHAIN_TILE.letters) * len(call.operands)
    return len(backend.CHAIN_STEP.letters) + tiles + len(call.words)


def fuse_chains(calls: Sequence[Call]) -> list[Call]:
    """Fuse pointwise calls over equally many elements into chains, unless a call between them conflicts."""
    out: list[Call] = []
    rest = list(calls)
    while rest:
        chain = [rest.pop(0)]
        if shape_at(chain[0]) >= 0:
            size = elements(chain[0])
            room = backend.CHAIN_WORDS - len(backend.CHAIN_HEAD.letters) - _step_words(chain[0])
            passed: list[Call] = []
            for call in rest:
                fits = shape_at(call) >= 0 and elements(call) == size and len(chain) < 64
                fits = fits and _step_words(call) <= room
                if (
                    fits
                    and not any(conflict(other, call, False) for other in passed)
                    and not any(conflict(other, call, True) for other in chain)
                ):
                    chain.append(call)
                    room -= _step_words(call)
                else:
                    passed.append(call)
                    if len(passed) > 16:
                        break
            if len(chain) > 1:
                taken = set(chain)
                rest = [call for call in rest if call not in taken]
        out += [_fused(chain, out, rest)] if len(chain) > 1 else chain
    return out


def _fused(chain: list[Call], before: Sequence[Call], after: Sequence[Call]) -> Call:
    """Return one call for a chain. What only the chain uses becomes a tile of scratch memory."""
    elsewhere = {o.block for call in (*before, *after) for o in call.operands}
    inside: dict[Block, list[tuple[Call, int]]] = {}
    for call in chain:
        for number, operand in enumerate(call.operands):
            inside.setdefault(operand.block, []).append((call, number))
    local = {
        block: uses
        for block, uses in inside.items()
        if block not in elsewhere
        and not lasting(block)
        and block.role == ""
        and uses[0][0].operands[uses[0][1]].access in "wW"
        and all(_aligned(*uses[0], *use) and use[0].operands[use[1]].offset == 0 for use in uses)
    }
    tile, slots = _slots(chain, local)
    head = {"units": elements(chain[0]), "tile": tile, "steps": len(chain)}
    words = [head.get(name, 0) for name in backend.CHAIN_HEAD.names]
    fused = Call(" + ".join(c.name.rpartition(".")[0] for c in chain), "tiled", backend.CHAIN, words, 0, steps=chain)
    for call in chain:
        mine = [(number, o) for number, o in enumerate(call.operands) if o.block in slots]
        step = {"part": backend.FORMS["part"][call.name], "tiles": len(mine), "words": len(call.words)}
        words += [step[name] for name in backend.CHAIN_STEP.names]
        for number, operand in mine:
            cells = {"word": operand.word, "itemsize": itemsize(call, number), "offset": slots[operand.block]}
            words += [cells[name] for name in backend.CHAIN_TILE.names]
        for operand in call.operands:
            if operand.block not in slots:
                fused.operands.append(Operand(len(words) + operand.word, operand.access, operand.block, operand.offset))
        words += call.words
        fused.work += call.work
    arithmetic = sum(backend.describe(call.name, call.words).arithmetic for call in chain)
    words[backend.CHAIN_HEAD.at("arithmetic")] = struct.unpack("q", struct.pack("d", arithmetic))[0]
    words[backend.CHAIN_HEAD.at("bytes")] = sum(operand.block.nbytes for operand in fused.operands)
    words[backend.CHAIN_HEAD.at("length")] = len(words)
    words.append(chain[0].words[-1])
    return fused


def _slots(chain: Sequence[Call], local: dict[Block, list[tuple[Call, int]]]) -> tuple[int, dict[Block, int]]:
    """Return the elements of a tile and an offset in scratch memory for each local block; offsets are reused."""
    last = {block: max(chain.index(call) for call, _ in uses) for block, uses in local.items()}
    widest = 8 * _TILE
    free: list[int] = []
    slots: dict[Block, int] = {}
    count = 0
    for number, call in enumerate(chain):
        for operand in call.operands:
            if operand.block in local and operand.block not in slots:
                if not free:
                    if (count + 1) * widest > backend.CHAIN_SCRATCH:
                        continue
                    free.append(count * widest)
                    count += 1
                slots[operand.block] = free.pop()
        free += [slots[b] for b, end in last.items() if end == number and b in slots]
    return _TILE, slots


__all__ = [
    "conflict",
    "drop_dead",
    "elements",
    "fold_activations",
    "fold_constants",
    "fuse_chains",
    "in_unit_order",
    "itemsize",
    "lasting",
    "layout_of",
    "shape_at",
]
