"""Entries of an index on a GPU in the order of what they name, those that name the same in their own order.

A kernel that adds entries up by index gives each a key (`keys`), the entries are sorted by their keys, and each sum finds its own
next to each other (`first_of`) and adds them in the order of the index: what the sum of a loop over the index is, to the bit. The
sort is a stable one by digits of 4 bits, the lowest first: per digit each block of threads counts those of its tile, a block adds
the counts up, and each moves its tile's entries behind those that come before. Longer keys are sorted part by part.
"""

from max.gpu import block_idx, grid_dim, thread_idx
from max.gpu.host import DeviceBuffer
from max.gpu.sync import barrier
from std.memory import stack_allocation
from std.memory.pointer import AddressSpace
from std.sys import has_accelerator

from mojo_kernels.runtime.context import ContextPointer
from mojo_kernels.runtime.gpu import WordBlock, blocks_for, device_context, launch_units, word_block
from mojo_kernels.runtime.gpu_faults import launch_telling
from mojo_kernels.runtime.team import Part
from mojo_kernels.runtime.types import Buffer, MAX_WORDS, Words, word

comptime KEY = DType.uint32
"""The dtype of keys and of entries' indices."""
comptime EXTRA = 3
"""Words behind those of the kernel: the addresses of the keys and of the entries in their order, and how many there are."""
comptime MOST_ENTRIES = 1 << 31
"""Entries, and keys, from which on they do not fit."""
comptime FEW_ENTRIES = 512
"""Entries up to which a thread looks through all of them sooner than they are sorted; not measured."""
comptime _THREADS = 256
comptime _EACH = 8
"""Entries of a thread."""
comptime _BITS = 4
comptime _DIGITS = 1 << _BITS
comptime _Counts = MutPointer[UInt32, MutUntrackedOrigin, address_space=AddressSpace.SHARED]


@always_inline
def first_of(keys: Buffer[KEY], entries: Int, key: Int) -> Int:
    """Returns where the entries of a key begin, or would.

    Args:
        keys: The keys in order.
        entries: Their number.
        key: The key.

    Returns:
        The number of entries with smaller keys.
    """
    var low = 0
    var high = entries
    while low < high:
        var middle = (low + high) // 2
        if Int(keys.unsafe_load(middle)) < key:
            low = middle + 1
        else:
            high = middle
    return low


struct _Sort(TrivialRegisterPassable):
    """A pass of the sort: the words of its kernels."""

    var keys: Int
    var order: Int
    """The address of the entries, 0 in the first pass, where they are in their own order."""
    var to_keys: Int
    var to_order: Int
    var counts: Int
    """The address of a count for each digit and block."""
    var entries: Int
    var shift: Int
    var blocks: Int

    @always_inline
    def __init__(out self, args: Words):
        self.keys = word(args, 0)
        self.order = word(args, 1)
        self.to_keys = word(args, 2)
        self.to_order = word(args, 3)
        self.counts = word(args, 4)
        self.entries = word(args, 5)
        self.shift = word(args, 6)
        self.blocks = word(args, 7)

    @always_inline
    def digit(self, i: Int) -> Int:
        var key = Buffer[KEY](unsafe_from_address=self.keys).unsafe_load(i)
        return Int((key >> UInt32(self.shift)) & (_DIGITS - 1))

    @always_inline
    def tally(self, tile: Int, counts: _Counts, sums: _Counts):
        """Counts each thread's digits, and adds them up by sixteen threads; all threads of a block call it together.
        """
        var me = Int(thread_idx.x)
        for digit in range(_DIGITS):
            counts[unsafe_offset=digit * _THREADS + me] = 0
        for i in range(self.first(tile), min(self.first(tile) + _EACH, self.entries)):
            counts[unsafe_offset=self.digit(i) * _THREADS + me] += 1
        barrier()
        var sum = UInt32(0)
        for k in range(16):
            sum += counts[unsafe_offset=me * 16 + k]
        sums[unsafe_offset=me] = sum
        barrier()

    @always_inline
    def first(self, tile: Int) -> Int:
        """Returns this thread's first entry."""
        return (tile * _THREADS + Int(thread_idx.x)) * _EACH


@always_inline
def _shared[count: Int]() -> _Counts:
    return rebind[_Counts](stack_allocation[count, UInt32, address_space=AddressSpace.SHARED]())


def _count(block: WordBlock):
    """Counts the digits of tiles."""
    var sort = _Sort(Words(unsafe_from_address=Int(Pointer(to=block))))
    var counts = _shared[_DIGITS * _THREADS]()
    var sums = _shared[_THREADS]()
    var me = Int(thread_idx.x)
    for tile in range(Int(block_idx.x), sort.blocks, Int(grid_dim.x)):
        sort.tally(tile, counts, sums)
        if me < _DIGITS:
            var sum = UInt32(0)
            for k in range(16):
                sum += sums[unsafe_offset=me * 16 + k]
            Buffer[KEY](unsafe_from_address=sort.counts).unsafe_store(me * sort.blocks + tile, sum)
        barrier()


def _add_up(block: WordBlock):
    """Replaces counts by how many stand before them, in one block of threads."""
    var sort = _Sort(Words(unsafe_from_address=Int(Pointer(to=block))))
    var counts = Buffer[KEY](unsafe_from_address=sort.counts)
    var sums = _shared[_THREADS]()
    var me = Int(thread_idx.x)
    var total = _DIGITS * sort.blocks
    var each = (total + _THREADS - 1) // _THREADS
    var sum = UInt32(0)
    for i in range(me * each, min(me * each + each, total)):
        sum += counts.unsafe_load(i)
    sums[unsafe_offset=me] = sum
    barrier()
    sum = 0
    for thread in range(me):
        sum += sums[unsafe_offset=thread]
    for i in range(me * each, min(me * each + each, total)):
        var count = counts.unsafe_load(i)
        counts.unsafe_store(i, sum)
        sum += count


def _move(block: WordBlock):
    """Moves the entries of tiles to where they belong by this digit."""
    var sort = _Sort(Words(unsafe_from_address=Int(Pointer(to=block))))
    var counts = _shared[_DIGITS * _THREADS]()
    var sums = _shared[_THREADS]()
    var me = Int(thread_idx.x)
    for tile in range(Int(block_idx.x), sort.blocks, Int(grid_dim.x)):
        sort.tally(tile, counts, sums)
        var before = Buffer[KEY](unsafe_from_address=sort.counts).unsafe_load(me // 16 * sort.blocks + tile)
        for k in range(me // 16 * 16, me):
            before += sums[unsafe_offset=k]
        for k in range(16):
            var count = counts[unsafe_offset=me * 16 + k]
            counts[unsafe_offset=me * 16 + k] = before
            before += count
        barrier()
        for i in range(sort.first(tile), min(sort.first(tile) + _EACH, sort.entries)):
            var at = sort.digit(i) * _THREADS + me
            var to = Int(counts[unsafe_offset=at])
            counts[unsafe_offset=at] += 1
            var entry = UInt32(i)
            if sort.order != 0:
                entry = Buffer[KEY](unsafe_from_address=sort.order).unsafe_load(i)
            var key = Buffer[KEY](unsafe_from_address=sort.keys).unsafe_load(i)
            Buffer[KEY](unsafe_from_address=sort.to_keys).unsafe_store(to, key)
            Buffer[KEY](unsafe_from_address=sort.to_order).unsafe_store(to, entry)
        barrier()


def launch_ordered[
    keys: Part, sums: Part
](ctx: ContextPointer, args: Words, count: Int, number: Int64, entries: Int, most: Int, units: Int) raises:
    """Launches `keys` for each entry, sorts the entries by their keys, and launches `sums` for each unit.

    Both find `EXTRA` words behind those of the kernel, and `keys` may report bad values behind these.

    Parameters:
        keys: Writes the keys of entries.
        sums: Does units, of entries in order.

    Args:
        ctx: The call's context.
        args: The packed words.
        count: Their number.
        number: What tells of bad values (`number_of`).
        entries: The number of entries, less than `MOST_ENTRIES`.
        most: The largest key, that of entries that name nothing; less than `MOST_ENTRIES`.
        units: The number of units.

    Raises:
        What the device's driver reports.
    """
    comptime if has_accelerator():
        var words = Words(unsafe_from_address=Int(stack_allocation[MAX_WORDS, Int64]()))
        var room = _room(ctx, entries)
        for i in range(count):
            words.unsafe_store(i, args.unsafe_load(i))
        words.unsafe_store(count, Int64(Int(room[0].unsafe_ptr())))
        words.unsafe_store(count + 1, 0)
        words.unsafe_store(count + 2, Int64(entries))
        launch_telling[keys](ctx, words, count + EXTRA, number, entries)
        var now = 0
        var shift = 0
        while shift == 0 or most >> shift != 0:
            _launch_pass(ctx, room, now, shift, entries, shift > 0)
            now = 1 - now
            shift += _BITS
        words.unsafe_store(count, Int64(Int(room[now].unsafe_ptr())))
        words.unsafe_store(count + 1, Int64(Int(room[2 + now].unsafe_ptr())))
        launch_units[sums](ctx, words, count + EXTRA, units)
        _ = room^  # the device gives it back behind the last launch


def launch_sorted[
    keys: Part, result: Part
](ctx: ContextPointer, args: Words, count: Int, entries: Int, bits: List[Int]) raises:
    """Sorts entries by keys of several parts, and launches `result` for each place in their order.

    Both find `EXTRA` + 1 words behind those of the kernel: the last one is the number of the part.

    Parameters:
        keys: Writes a part of the keys of the entries in the order so far, whose address is 0 for the first part.
        result: Does what is done for the entry of each place.

    Args:
        ctx: The call's context.
        args: The packed words.
        count: Their number.
        entries: The number of entries, less than `MOST_ENTRIES`.
        bits: The bits of each part, at most 32, the least significant part first.

    Raises:
        What the device's driver reports.
    """
    comptime if has_accelerator():
        var words = Words(unsafe_from_address=Int(stack_allocation[MAX_WORDS, Int64]()))
        var room = _room(ctx, entries)
        for i in range(count):
            words.unsafe_store(i, args.unsafe_load(i))
        words.unsafe_store(count + 2, Int64(entries))
        var now = 0
        for part in range(len(bits)):
            words.unsafe_store(count, Int64(Int(room[now].unsafe_ptr())))
            words.unsafe_store(count + 1, Int64(Int(room[2 + now].unsafe_ptr()) if part > 0 else 0))
            words.unsafe_store(count + 3, Int64(part))
            launch_units[keys](ctx, words, count + EXTRA + 1, entries)
            for shift in range(0, bits[part], _BITS):
                _launch_pass(ctx, room, now, shift, entries, part > 0 or shift > 0)
                now = 1 - now
        words.unsafe_store(count + 1, Int64(Int(room[2 + now].unsafe_ptr())))
        launch_units[result](ctx, words, count + EXTRA + 1, entries)
        _ = room^  # the device gives it back behind the last launch


def _blocks(entries: Int) -> Int:
    return (entries + _THREADS * _EACH - 1) // (_THREADS * _EACH)


def _room(ctx: ContextPointer, entries: Int) raises -> List[DeviceBuffer[KEY]]:
    """Returns memory of the device: two buffers of keys, two of entries, one of counts."""
    var room = List[DeviceBuffer[KEY]]()
    comptime if has_accelerator():
        for _ in range(4):
            room.append(device_context(ctx).enqueue_create_buffer[KEY](entries))
        room.append(device_context(ctx).enqueue_create_buffer[KEY](_DIGITS * _blocks(entries)))
    return room^


def _launch_pass(
    ctx: ContextPointer, room: List[DeviceBuffer[KEY]], now: Int, shift: Int, entries: Int, ordered: Bool
) raises:
    """Launches a pass of the sort between two pairs of buffers; entries that are not `ordered` are in their own order.
    """
    comptime if has_accelerator():
        var blocks = _blocks(entries)
        var words = Words(unsafe_from_address=Int(stack_allocation[8, Int64]()))
        words.unsafe_store(0, Int64(Int(room[now].unsafe_ptr())))
        words.unsafe_store(1, Int64(Int(room[2 + now].unsafe_ptr()) if ordered else 0))
        words.unsafe_store(2, Int64(Int(room[1 - now].unsafe_ptr())))
        words.unsafe_store(3, Int64(Int(room[3 - now].unsafe_ptr())))
        words.unsafe_store(4, Int64(Int(room[4].unsafe_ptr())))
        words.unsafe_store(5, Int64(entries))
        words.unsafe_store(6, Int64(shift))
        words.unsafe_store(7, Int64(blocks))
        var grid = blocks_for(ctx, blocks)
        device_context(ctx).enqueue_function[_count](word_block(words, 8), grid_dim=grid, block_dim=_THREADS)
        device_context(ctx).enqueue_function[_add_up](word_block(words, 8), grid_dim=1, block_dim=_THREADS)
        device_context(ctx).enqueue_function[_move](word_block(words, 8), grid_dim=grid, block_dim=_THREADS)
