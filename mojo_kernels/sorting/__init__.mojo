"""Sorting of rows, the k largest elements of rows, and indices in sorted rows.

    sort:          values = x in order, indices = where each stood; equal elements keep their order, nan comes last
    topk:          the first k of that order, by insertion into the k best so far; k is small
    searchsorted:  y = how many elements of a sorted row come before a value

The order is that of integers, `order_key`. `Tiled` sorts by its bytes, from the lowest on (bytes that all elements share
are left out); a key of at most 32 bits and its index are one 64-bit word. Rows of at most `FEW` elements are sorted by
insertion. `Original` is a heap sort of the indices, which takes no memory of its own. A GPU sorts the elements of all
rows together by their keys and then by their rows (gpu_order.mojo); rows of at most `GPU_FEW` elements have a thread
each.

Among the words of searchsorted, n is the length of a sorted row, `each` the number of values per row (0: all belong
to the only row), `count` the number of all values, and `right` tells whether a value goes behind equal elements. Rows
of more than `LONGEST` elements need scratch: n words of 64 bits per row, two n where elements have 64 bits.
"""

from std.bit import log2_floor
from std.memory import stack_allocation
from std.sys import size_of, simd_width_of

from mojo_kernels.reduce.combine import is_nan
from mojo_kernels.runtime.context import ContextPointer
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.gpu import launch_units
from mojo_kernels.runtime.gpu_order import EXTRA, KEY, MOST_ENTRIES, launch_sorted
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.loops import LINE
from mojo_kernels.runtime.schedule import Original, Schedule
from mojo_kernels.runtime.types import Buffer, Words, buffer, dtype_name, word
from mojo_kernels.sorting.keys import order_key

comptime LONGEST = 4096
"""Elements of the longest row that is sorted without scratch; mocrograd/ops/sorting.py knows it too."""
comptime LANES = 8
"""Values that are searched for side by side, so that the reads of one do not wait for another's."""
comptime FEW = 48
"""Elements up to which insertion is faster (two-core EPYC, 2026-11)."""
comptime GPU_FEW = 32
"""Elements up to which a thread of a GPU sorts a row; not measured."""
comptime Keys = Buffer[DType.uint64]
"""Keys, or keys with indices in the lower half."""


@doc_hidden
struct Sort[dt: DType](Kernel):
    """A unit is a row."""

    comptime WORDS: StaticString = "values:w indices:w x:r scratch:w rows columns descending"
    comptime PACKED = size_of[Self.dt]() <= 4
    """Whether a key and its index are one word."""
    comptime BYTES = size_of[Self.dt]()
    comptime PARTS = (Self.BYTES + 3) // 4
    """The parts of a key that a GPU sorts by."""

    @staticmethod
    def name() -> String:
        return String("sort.forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.rows)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(
            word(args, Self.AT.rows) * word(args, Self.AT.columns), 10, 2 * size_of[Self.dt]() + 8, 10
        )

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var n = word(args, Self.AT.columns)
        var descending = word(args, Self.AT.descending) != 0
        comptime KEPT = LONGEST if S.SIMD else 1
        comptime ASIDE = 1 if Self.PACKED else KEPT
        var keys = Int(stack_allocation[KEPT, UInt64, alignment=LINE]())
        var aside = Int(stack_allocation[ASIDE, UInt64, alignment=LINE]())
        for row in range(start, stop):
            var values = buffer[Self.dt](args, Self.AT.values).unsafe_offset(row * n)
            var indices = buffer[DType.int64](args, Self.AT.indices).unsafe_offset(row * n)
            var x = buffer[Self.dt](args, Self.AT.x).unsafe_offset(row * n)
            comptime if S.SIMD:
                if n <= FEW:
                    Self.insert(values, indices, x, n, descending)
                    continue
                if n > LONGEST:
                    keys = word(args, Self.AT.scratch) + row * n * (8 if Self.PACKED else 16)
                    aside = keys + n * 8
                var other = Keys(unsafe_from_address=keys)
                var other_indices = Keys(unsafe_from_address=aside)
                Self.by_bytes(values, indices, x, other, other_indices, n, descending)
            else:
                Self.heap(indices, x, n, descending)
                for j in range(n):
                    values.unsafe_store(j, x.unsafe_load(Int(indices.unsafe_load(j))))

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        var rows = word(args, Self.AT.rows)
        var entries = rows * word(args, Self.AT.columns)
        if word(args, Self.AT.columns) <= GPU_FEW or entries >= MOST_ENTRIES:
            launch_units[Self.run[Original]](ctx, args, Self.words(args), rows)
            return
        var bits = List[Int](length=Self.PARTS, fill=min(8 * Self.BYTES, 32))
        if rows > 1:
            bits.append(Int(log2_floor(rows - 1)) + 1)
        launch_sorted[Self.keys, Self.arrange](ctx, args, Self.words(args), entries, bits)

    @staticmethod
    def keys(args: Words, start: Int, stop: Int):
        """Writes a part of the keys, the last of which are the rows, of elements in their order so far."""
        var at = Self.words(args)
        var part = word(args, at + EXTRA)
        for i in range(start, stop):
            var entry = i
            if word(args, at + 1) != 0:
                entry = Int(buffer[KEY](args, at + 1).unsafe_load(i))
            var key = UInt64(entry // word(args, Self.AT.columns))
            if part < Self.PARTS:
                var x = buffer[Self.dt](args, Self.AT.x).unsafe_load(entry)
                key = order_key[Self.dt](x, word(args, Self.AT.descending) != 0) >> UInt64(32 * part)
            buffer[KEY](args, at).unsafe_store(i, key.cast[KEY]())

    @staticmethod
    def arrange(args: Words, start: Int, stop: Int):
        """Writes elements in the order of all."""
        var n = word(args, Self.AT.columns)
        for i in range(start, stop):
            var entry = Int(buffer[KEY](args, Self.words(args) + 1).unsafe_load(i))
            buffer[Self.dt](args, Self.AT.values).unsafe_store(
                i, buffer[Self.dt](args, Self.AT.x).unsafe_load(entry)
            )
            buffer[DType.int64](args, Self.AT.indices).unsafe_store(i, Int64(entry % n))

    @staticmethod
    def insert(
        values: Buffer[Self.dt], indices: Buffer[DType.int64], x: Buffer[Self.dt], n: Int, descending: Bool
    ):
        """Sorts a short row by insertion."""
        var keys = Keys(unsafe_from_address=Int(stack_allocation[FEW, UInt64]()))
        for j in range(n):
            var key = order_key[Self.dt](x.unsafe_load(j), descending)
            var at = j
            while at > 0 and keys.unsafe_load(at - 1) > key:
                keys.unsafe_store(at, keys.unsafe_load(at - 1))
                indices.unsafe_store(at, indices.unsafe_load(at - 1))
                at -= 1
            keys.unsafe_store(at, key)
            indices.unsafe_store(at, Int64(j))
        for j in range(n):
            values.unsafe_store(j, x.unsafe_load(Int(indices.unsafe_load(j))))

    @staticmethod
    def by_bytes(
        values: Buffer[Self.dt],
        indices: Buffer[DType.int64],
        x: Buffer[Self.dt],
        other: Keys,
        other_indices: Keys,
        n: Int,
        descending: Bool,
    ):
        """Sorts a row byte by byte; the memory of the outputs is one of the two buffers that keys move between.
        """
        var own = Keys(unsafe_from_address=Int(indices) if Self.PACKED else Int(values))
        var own_indices = Keys(unsafe_from_address=Int(indices))
        var counts = stack_allocation[Self.BYTES * 256, UInt32, alignment=LINE]()
        for c in range(Self.BYTES * 256):
            counts[unsafe_offset=c] = 0
        for j in range(n):
            var key = order_key[Self.dt](x.unsafe_load(j), descending)
            comptime for b in range(Self.BYTES):
                counts[unsafe_offset=b * 256 + Int((key >> UInt64(8 * b)) & 255)] += 1
            comptime if Self.PACKED:
                own.unsafe_store(j, (key << 32) | UInt64(j))
            else:
                own.unsafe_store(j, key)
                own_indices.unsafe_store(j, UInt64(j))
        var source = own
        var source_indices = own_indices
        var target = other
        var target_indices = other_indices
        comptime for b in range(Self.BYTES):
            comptime SHIFT = UInt64(8 * b + (32 if Self.PACKED else 0))
            var table = counts.unsafe_offset(b * 256)
            var shared = Int((source.unsafe_load(0) >> SHIFT) & 255)
            if Int(table[unsafe_offset=shared]) < n:
                var sum = UInt32(0)
                for c in range(256):
                    var count = table[unsafe_offset=c]
                    table[unsafe_offset=c] = sum
                    sum += count
                for j in range(n):
                    var key = source.unsafe_load(j)
                    var byte = Int((key >> SHIFT) & 255)
                    var at = Int(table[unsafe_offset=byte])
                    table[unsafe_offset=byte] += 1
                    target.unsafe_store(at, key)
                    comptime if not Self.PACKED:
                        target_indices.unsafe_store(at, source_indices.unsafe_load(j))
                swap(source, target)
                swap(source_indices, target_indices)
        for j in range(n):
            var index: Int
            comptime if Self.PACKED:
                index = Int(source.unsafe_load(j) & 0xFFFF_FFFF)
            else:
                index = Int(source_indices.unsafe_load(j))
            indices.unsafe_store(j, Int64(index))
            values.unsafe_store(j, x.unsafe_load(index))

    @staticmethod
    def heap(indices: Buffer[DType.int64], x: Buffer[Self.dt], n: Int, descending: Bool):
        """Sorts the indices of a row by a heap."""

        def before(a: Int64, b: Int64) {imm} -> Bool:
            var first = order_key[Self.dt](x.unsafe_load(Int(a)), descending)
            var second = order_key[Self.dt](x.unsafe_load(Int(b)), descending)
            return a < b if first == second else first < second

        def sink(top: Int, count: Int) {imm}:
            var at = top
            var moved = indices.unsafe_load(at)
            while 2 * at + 1 < count:
                var child = 2 * at + 1
                if child + 1 < count and before(indices.unsafe_load(child), indices.unsafe_load(child + 1)):
                    child += 1
                if not before(moved, indices.unsafe_load(child)):
                    break
                indices.unsafe_store(at, indices.unsafe_load(child))
                at = child
            indices.unsafe_store(at, moved)

        for j in range(n):
            indices.unsafe_store(j, Int64(j))
        for step in range(n // 2):
            sink(n // 2 - 1 - step, n)
        for step in range(n - 1):
            var last = n - 1 - step
            var top = indices.unsafe_load(0)
            indices.unsafe_store(0, indices.unsafe_load(last))
            indices.unsafe_store(last, top)
            sink(0, last)


@doc_hidden
struct TopK[dt: DType](Kernel):
    """A unit is a row."""

    comptime WORDS: StaticString = "values:w indices:w x:r rows columns k largest"

    @staticmethod
    def name() -> String:
        return String("topk.forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.rows)

    @staticmethod
    def cost(args: Words) -> Cost:
        return Cost(word(args, Self.AT.rows) * word(args, Self.AT.columns), 1, size_of[Self.dt](), 0.5)

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        comptime W = simd_width_of[Self.dt]()
        var n = word(args, Self.AT.columns)
        var k = word(args, Self.AT.k)
        var largest = word(args, Self.AT.largest) != 0
        for row in range(start, stop):
            var values = buffer[Self.dt](args, Self.AT.values).unsafe_offset(row * k)
            var indices = buffer[DType.int64](args, Self.AT.indices).unsafe_offset(row * k)
            var x = buffer[Self.dt](args, Self.AT.x).unsafe_offset(row * n)
            var j = 0
            while j < n:
                comptime if S.SIMD:
                    if (
                        j >= k and j + W <= n
                    ):  # vectors without a better element, nearly all of them, are passed over
                        var next = x.unsafe_load[width=W](j)
                        var worst = SIMD[Self.dt, W](values.unsafe_load(k - 1))
                        var better = next.gt(worst) | is_nan[Self.dt, W](next) if largest else ~next.ge(worst)
                        if not better.reduce_or():
                            j += W
                            continue
                        for lane in range(j, j + W):
                            Self.offer(values, indices, x, lane, k, k, largest)
                        j += W
                        continue
                Self.offer(values, indices, x, j, min(j, k), k, largest)
                j += 1

    @staticmethod
    @always_inline
    def offer(
        values: Buffer[Self.dt],
        indices: Buffer[DType.int64],
        x: Buffer[Self.dt],
        j: Int,
        found: Int,
        k: Int,
        largest: Bool,
    ):
        """Takes element j among the best `found` if it belongs there."""
        var next = x.unsafe_load(j)
        var key = order_key[Self.dt](next, largest)
        var at = found
        if found == k:
            if key >= order_key[Self.dt](values.unsafe_load(k - 1), largest):
                return
            at = k - 1
        while at > 0 and order_key[Self.dt](values.unsafe_load(at - 1), largest) > key:
            values.unsafe_store(at, values.unsafe_load(at - 1))
            indices.unsafe_store(at, indices.unsafe_load(at - 1))
            at -= 1
        values.unsafe_store(at, next)
        indices.unsafe_store(at, Int64(j))


@doc_hidden
struct SearchSorted[dt: DType](Kernel):
    """A unit is a value."""

    comptime WORDS: StaticString = "y:w sorted:r values:r n each count right"

    @staticmethod
    def name() -> String:
        return String("searchsorted.forward.", dtype_name(Self.dt))

    @staticmethod
    def units(args: Words) -> Int:
        return word(args, Self.AT.count)

    @staticmethod
    def cost(args: Words) -> Cost:
        var steps = log2_floor(word(args, Self.AT.n) + 1) + 1
        return Cost(word(args, Self.AT.count), Float64(steps), size_of[Self.dt]() + 8, 1.2 * Float64(steps))

    @staticmethod
    def grain(args: Words) -> Int:
        return 64

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        var n = word(args, Self.AT.n)
        var each = word(args, Self.AT.each)
        var behind = word(args, Self.AT.right) != 0
        var values = buffer[Self.dt](args, Self.AT.values)
        var y = buffer[DType.int64](args, Self.AT.y)
        var i = start
        while i < stop:
            var row = buffer[Self.dt](args, Self.AT.sorted).unsafe_offset(i // each * n if each > 0 else 0)
            comptime if S.SIMD and size_of[Self.dt]() >= 4:
                var last = min((i // each + 1) * each, stop) if each > 0 else stop
                while i + LANES <= last and n > 0:
                    var lanes = values.unsafe_load[width=LANES](i)
                    y.unsafe_store(i, Self.search[LANES](row, n, lanes, behind))
                    i += LANES
                if i == last:
                    continue
            y.unsafe_store(i, Self.search[1](row, n, values.unsafe_load(i), behind))
            i += 1

    @always_inline
    @staticmethod
    def search[
        w: Int
    ](row: Buffer[Self.dt], n: Int, values: SIMD[Self.dt, w], behind: Bool) -> SIMD[DType.int64, w]:
        """Returns where values belong, halving the range of each at each step."""
        var low = SIMD[DType.int64, w](0)
        var high = SIMD[DType.int64, w](Int64(n))
        var searches = low.lt(high)
        while searches.reduce_or():
            var middle = (low + high) >> 1
            var elements = SIMD[Self.dt, w](0)
            comptime if w == 1:
                elements = SIMD[Self.dt, w](row.unsafe_load(Int(middle[0])))
            else:
                elements = row.unsafe_gather(min(middle, Int64(n - 1)))
            var past = elements.gt(values) if behind else elements.ge(values)
            high = (searches & past).select(middle, high)
            low = (searches & ~past).select(middle + 1, low)
            searches = low.lt(high)
        return low
