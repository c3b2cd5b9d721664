"""Where the true elements of a mask are, found block by block: each is counted first, so that all can write at once.

    count_true:  counts[b] = how many elements of block b are true
    true_at:     out[d, j] = the index in dimension d of the j-th true element, in the order of the mask

The mask is contiguous, as the strides of the shape say; a block has `length` of its n elements. `ends` are the running
sums of the counts, out is (ndim, count). Were the mask changed between the two, a block would fill its own part of out
nevertheless.
"""

from std.bit import count_trailing_zeros, pop_count
from std.memory import pack_bits, stack_allocation

from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.schedule import Schedule
from mojo_kernels.runtime.types import Buffer, MAX_RANK, Words, buffer, word

comptime GROUP = 64
"""Elements that are looked at together, as the bits of a word."""


@always_inline
def _true_bits[S: Schedule](mask: Buffer[DType.uint8], i: Int, stop: Int) -> UInt64:
    """Returns which of the elements from i on are true, at most `GROUP` of them, as bits."""
    comptime if S.SIMD:
        if i + GROUP <= stop:
            return pack_bits(mask.unsafe_load[width=GROUP](i).ne(0)).cast[DType.uint64]()
    var bits = UInt64(0)
    for k in range(min(GROUP, stop - i)):
        if mask.unsafe_load(i + k) != 0:
            bits |= UInt64(1) << UInt64(k)
    return bits


@doc_hidden
struct CountTrue(Kernel):
    """A unit is a block."""

    comptime WORDS: StaticString = "counts:w mask:r n length"

    @staticmethod
    def name() -> String:
        return "count_true.forward.bool"

    @staticmethod
    def units(args: Words) -> Int:
        var length = word(args, Self.AT.length)
        return (word(args, Self.AT.n) + length - 1) // length

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(word(args, Self.AT.n), 0, 1, 0.03)

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var counts = buffer[DType.int64](args, Self.AT.counts)
        var mask = buffer[DType.uint8](args, Self.AT.mask)
        var n = word(args, Self.AT.n)
        var length = word(args, Self.AT.length)
        for block in range(start, stop):
            var last = min((block + 1) * length, n)
            var count = Int64(0)
            for i in range(block * length, last, GROUP):
                count += pop_count(_true_bits[S](mask, i, last)).cast[DType.int64]()
            counts.unsafe_store(block, count)


@doc_hidden
struct TrueAt(Kernel):
    """A unit is a block."""

    comptime WORDS: StaticString = "out:w mask:r ends:r n length count shape:1"

    @staticmethod
    def name() -> String:
        return "true_at.forward.bool"

    @staticmethod
    def units(args: Words) -> Int:
        var length = word(args, Self.AT.length)
        return (word(args, Self.AT.n) + length - 1) // length

    @staticmethod
    def cost(args: Words) -> Cost:
        var cost = Cost(word(args, Self.AT.n), 0, 1, 0.1)
        cost += Cost(word(args, Self.AT.count), 0, 8 * word(args, Self.AT.shape), 1)
        return cost

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var mask = buffer[DType.uint8](args, Self.AT.mask)
        var ends = buffer[DType.int64](args, Self.AT.ends)
        var n = word(args, Self.AT.n)
        var length = word(args, Self.AT.length)
        for block in range(start, stop):
            var at = Int(ends.unsafe_load(block - 1)) if block > 0 else 0
            var end = min(Int(ends.unsafe_load(block)), word(args, Self.AT.count))
            var last = min((block + 1) * length, n)
            if word(args, Self.AT.shape) == 1:
                at = Self.flat[S](args, mask, block * length, last, at, end)
            else:
                at = Self.indices[S](args, mask, block * length, last, at, end)
            Self.fill(args, at, end)

    @staticmethod
    def flat[
        S: Schedule
    ](args: Words, mask: Buffer[DType.uint8], start: Int, stop: Int, first: Int, end: Int) -> Int:
        """Writes the indices of one dimension, from `first` to `end` at the most; returns where it stopped.
        """
        var out = buffer[DType.int64](args, Self.AT.out)
        var at = first
        for i in range(start, stop, GROUP):
            var bits = _true_bits[S](mask, i, stop)
            while bits != 0 and at < end:
                out.unsafe_store(at, Int64(i) + count_trailing_zeros(bits).cast[DType.int64]())
                bits &= bits - 1
                at += 1
        return at

    @staticmethod
    def indices[
        S: Schedule
    ](args: Words, mask: Buffer[DType.uint8], start: Int, stop: Int, first: Int, end: Int) -> Int:
        """Does the same for several dimensions, or none: `row` is the first element of the row that is looked at.
        """
        var rank = word(args, Self.AT.shape)
        var index = stack_allocation[MAX_RANK, Int]()
        var row = start
        var columns = 1
        if rank > 0:
            columns = word(args, Self.AT.shape + rank)
            var rest = start // columns
            row = rest * columns
            for d in range(rank - 2, -1, -1):
                var size = word(args, Self.AT.shape + 1 + d)
                index[unsafe_offset=d] = rest % size
                rest //= size
        var out = buffer[DType.int64](args, Self.AT.out)
        var count = word(args, Self.AT.count)
        var at = first
        for i in range(start, stop, GROUP):
            var bits = _true_bits[S](mask, i, stop)
            while bits != 0 and at < end:
                var element = i + Int(count_trailing_zeros(bits))
                bits &= bits - 1
                while element - row >= columns:
                    row += columns
                    var d = rank - 2
                    index[unsafe_offset=d] += 1
                    while d > 0 and index[unsafe_offset=d] == word(args, Self.AT.shape + 1 + d):
                        index[unsafe_offset=d] = 0
                        d -= 1
                        index[unsafe_offset=d] += 1
                for d in range(rank - 1):
                    out.unsafe_store(d * count + at, Int64(index[unsafe_offset=d]))
                if rank > 0:
                    out.unsafe_store((rank - 1) * count + at, Int64(element - row))
                at += 1
        return at

    @staticmethod
    def fill(args: Words, first: Int, end: Int):
        """Names the first element where fewer are true than were counted."""
        var out = buffer[DType.int64](args, Self.AT.out)
        for d in range(word(args, Self.AT.shape)):
            for at in range(first, end):
                out.unsafe_store(d * word(args, Self.AT.count) + at, 0)
