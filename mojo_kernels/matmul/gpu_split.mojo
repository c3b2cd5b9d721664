"""Products on a GPU with few tiles and many terms: blocks of threads sum up parts of k, and a second launch adds the parts up.

How many parts there are depends on sizes alone, and they are added in their order, so results do not depend on the grid.
"""

from std.sys import size_of

from mojo_kernels.matmul.gpu_batch import one_product
from mojo_kernels.matmul.gpu_panel import Results, Sum
from mojo_kernels.matmul.operands import AT, Operands
from mojo_kernels.runtime.loops import shape_words
from mojo_kernels.runtime.types import Buffer, Words, word

comptime FILLED = 128
"""Blocks that keep a device busy, about an A100's or H100's multiprocessors; not measured."""
comptime LEAST_TERMS = 512
"""Terms of a part at least, so that it takes longer than adding it to the others; not measured."""
comptime _PANEL = 64
"""Terms that parts are multiples of: those of a panel, whatever its dtype, and of a small tile."""


def parts_of(tiles: Int, k: Int) -> Int:
    """Returns how many parts k is divided into.

    Args:
        tiles: The number of tiles, of all products of the batch.
        k: The number of terms.

    Returns:
        1 where the tiles are enough, or the terms few.
    """
    return max(min(FILLED // max(tiles, 1), k // LEAST_TERMS), 1)


struct Share[dt: DType](TrivialRegisterPassable):
    """One tile of one product, and the terms that a block of threads sums up for it.

    Parameters:
        dt: The dtype.
    """

    var p: Operands[Self.dt]
    """The product; its k is where the terms end."""
    var tile: Int
    """The index of the tile within the product."""
    var first: Int
    """The first term."""
    var sums: Int
    """Where sums go, 0 where all terms are summed up."""

    @always_inline
    def __init__(out self, args: Words, index: Int, tiles: Int, each: Int, parts: Int, room: Int):
        """Finds a share.

        Args:
            args: The packed words.
            index: Its index.
            tiles: The number of tiles, of all products.
            each: That of one product.
            parts: The parts of k.
            room: The address of the sums of all parts.
        """
        var part = index // tiles
        var batch = (index - part * tiles) // each
        self.p = one_product[Self.dt](args, batch)
        self.tile = index - part * tiles - batch * each
        self.first = 0
        self.sums = 0
        if parts > 1:
            var terms = (self.p.k + parts * _PANEL - 1) // (parts * _PANEL) * _PANEL
            self.first = part * terms
            self.p.k = min(self.p.k, self.first + terms)
            var products = tiles // each
            var before = (part * products + batch) * self.p.m * self.p.n
            self.sums = room + before * size_of[Sum[Self.dt]]()


def add_parts[dt: DType](args: Words, start: Int, stop: Int):
    """Adds up the parts of elements of y. Behind the words of the product stand the address of the sums and the number of parts.

    Parameters:
        dt: The dtype.

    Args:
        args: The packed words.
        start: The first element, counted over all products of the batch.
        stop: The element after the last.
    """
    var end = AT.batch + shape_words[2](args, AT.batch)
    var sums = Buffer[Sum[dt]](unsafe_from_address=word(args, end))
    var parts = word(args, end + 1)
    var elements = word(args, end + 2)
    var whole = Operands[dt](args)
    for element in range(start, stop):
        var batch, index = divmod(element, whole.m * whole.n)
        var i, j = divmod(index, whole.n)
        var sum = sums.unsafe_load(element)
        for part in range(1, parts):
            sum += sums.unsafe_load(part * elements + element)
        Results[dt, 1](args, one_product[dt](args, batch)).store(i, j, sum)
