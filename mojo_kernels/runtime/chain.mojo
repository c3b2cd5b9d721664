"""Chains: pointwise kernels fused into one pass over tiles that stay in the first-level cache.

Each step runs over the same units of work, one tile after the other, so the next step finds in the cache what one
step wrote. A result that only the chain needs has no memory of its own: it lives in a tile of scratch, whose address
is moved back by the tile's offset, so that the step finds element i of the tensor at element i of the tile.

A chain's words begin with `HEAD_WORDS`: the units in all and in a tile, the cost, the number of steps and of the words
before the context. Each step follows with `STEP_WORDS`, with `TILE_WORDS` for each of its tiles in scratch, and with its
own words. The context comes last.
"""

from std.memory import stack_allocation

from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.team import Part
from mojo_kernels.runtime.types import Words, scalar, word
from mojo_kernels.runtime.words import Names

comptime HEAD_WORDS: StaticString = "units tile arithmetic:f bytes steps length"
"""The words before the first step (words.mojo)."""
comptime HEAD = Names[HEAD_WORDS]()
"""Their indices."""
comptime HEADER = HEAD.length + 1
"""Their number."""
comptime STEP_WORDS: StaticString = "part tiles words"
"""The first words of a step: the address of what runs a part of it, and how many tiles and words follow."""
comptime STEP = Names[STEP_WORDS]()
"""Their indices."""
comptime STEP_HEADER = STEP.words + 1
"""Their number."""
comptime TILE_WORDS: StaticString = "word itemsize offset"
"""The words of a tile: which of the step's words is its address, the bytes of an element, and where in scratch it is."""
comptime TILE = Names[TILE_WORDS]()
"""Their indices."""
comptime TILE_LENGTH = TILE.offset + 1
"""Their number."""
comptime SCRATCH = 1 << 16
"""The most bytes of the tiles in scratch of one chain."""
comptime MOST_WORDS = 4096
"""The most words of one chain."""


@always_inline
def _part(address: Int64) -> Part:
    var a = address
    return MutPointer(to=a).unsafe_bitcast[Part]()[]


@doc_hidden
struct Chain(Kernel):
    comptime WORDS: StaticString = ""  # as many as the steps need

    @staticmethod
    def name() -> String:
        return "chain"

    @staticmethod
    def words(args: Words) -> Int:
        return word(args, HEAD.length)

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, HEAD.units)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(1, 0, word(args, HEAD.bytes), scalar[DType.float64](args, HEAD.arithmetic))

    @staticmethod
    def grain(args: Words) -> Int:
        return word(args, HEAD.tile)

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        # each worker has its own tiles, and so its own words
        var own = stack_allocation[MOST_WORDS, Int64]()
        var words = Words(unsafe_from_address=Int(own))
        var tiles = stack_allocation[SCRATCH, UInt8, alignment=64]()
        for i in range(HEADER, Self.words(args)):
            words.unsafe_store(i, args.unsafe_load(i))
        var tile = word(args, HEAD.tile)
        for first in range(start, stop, tile):
            var last = min(first + tile, stop)
            var at = HEADER
            for _ in range(word(args, HEAD.steps)):
                var locals = word(words, at + STEP.tiles)
                var step = words.unsafe_offset(at + STEP_HEADER + TILE_LENGTH * locals)
                for k in range(locals):
                    var local = words.unsafe_offset(at + STEP_HEADER + TILE_LENGTH * k)
                    var address = Int(tiles) + word(local, TILE.offset) - first * word(local, TILE.itemsize)
                    step.unsafe_store(word(local, TILE.word), Int64(address))
                _part(words.unsafe_load(at + STEP.part))(step, first, last)
                at += STEP_HEADER + TILE_LENGTH * locals + word(words, at + STEP.words)
