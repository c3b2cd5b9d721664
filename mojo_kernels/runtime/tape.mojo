"""The tape: the log of kernel calls, and of memory taken and given back, written while somebody listens.

Compiled steps are recorded from it, and the profiler measures with it. While nobody listens, a call pays one look at a
word. Python decodes the log, whose events are words:

- `CALL`: 1, length, thread, start, stop, kernel, work, then the call's words; times in nanoseconds
- `TAKE`: 2, length, thread, address, bytes asked for, bytes taken
- `GIVE`: 3, length, thread, address

The length counts all words of an event. Memory of a GPU has the device's address as a seventh word. All functions here are called with Python's GIL held.
"""

from mojo_kernels.runtime.system import free_block, new_block, thread_id
from mojo_kernels.runtime.types import Words

comptime CALL = 1
"""The event of a kernel call."""
comptime TAKE = 2
"""The event of a block that the pool handed out."""
comptime GIVE = 3
"""The event of a block that came back to the pool."""
comptime _MOST_WORDS = 1 << 27
"""The most words of a log, a gigabyte; what comes after is lost."""


struct Tape(Copyable, Movable):
    """The log: a block of words that doubles when it is full."""

    var listeners: Int
    """How many listen."""
    var calls: Int
    """The number of calls in the log."""
    var address: Int
    """The address of the log."""
    var used: Int
    """The number of words in it."""
    var capacity: Int
    """The number of words that fit."""

    def __init__(out self):
        """Makes an empty tape that nobody listens to."""
        self.listeners = 0
        self.calls = 0
        self.address = 0
        self.used = 0
        self.capacity = 0

    def words(self) -> Words:
        """Returns the log.

        Returns:
            The first word.
        """
        return Words(unsafe_from_address=self.address)

    def clear(mut self):
        """Drops the log and its memory."""
        free_block(self.address)
        self = Tape()

    def _room(mut self, count: Int) -> Bool:
        """Makes room for some more words; says whether there is."""
        if self.used + count <= self.capacity:
            return True
        var capacity = max(2 * self.capacity, 1 << 16)
        if capacity > _MOST_WORDS or count > capacity // 2:
            return False
        var block = new_block(capacity * 8, 64)
        if block == 0:
            return False
        var target = Words(unsafe_from_address=block)
        for i in range(self.used):
            target.unsafe_store(i, self.words().unsafe_load(i))
        free_block(self.address)
        self.address = block
        self.capacity = capacity
        return True

    def note(mut self, kind: Int, a: Int, b: Int, c: Int, device: Int = 0):
        """Logs memory taken or given back.

        Args:
            kind: `TAKE` or `GIVE`.
            a: The block's address.
            b: The bytes asked for.
            c: The bytes taken.
            device: The address of the GPU whose memory it is, 0 for the host's.
        """
        var length = 7 if device != 0 else 6
        if self._room(length):
            var event = self.words().unsafe_offset(self.used)
            event.unsafe_store(
                0, SIMD[DType.int64, 4](Int64(kind), Int64(length), Int64(thread_id()), Int64(a))
            )
            event.unsafe_store(4, Int64(b))
            event.unsafe_store(5, Int64(c))
            if device != 0:
                event.unsafe_store(6, Int64(device))
            self.used += length

    def note_call(mut self, start: Int, stop: Int, kernel: Int, work: Int, args: Words, count: Int):
        """Logs a kernel call.

        Args:
            start: When it started, in nanoseconds.
            stop: When it returned.
            kernel: The kernel's address.
            work: The work that the caller gave.
            args: The call's words.
            count: Their number.
        """
        self.calls += 1
        if self._room(7 + count):
            var event = self.words().unsafe_offset(self.used)
            event.unsafe_store(
                0, SIMD[DType.int64, 4](CALL, Int64(7 + count), Int64(thread_id()), Int64(start))
            )
            event.unsafe_store(4, Int64(stop))
            event.unsafe_store(5, Int64(kernel))
            event.unsafe_store(6, Int64(work))
            for i in range(count):
                event.unsafe_store(7 + i, args.unsafe_load(i))
            self.used += 7 + count


comptime TapePointer = MutPointer[Tape, MutAnyOrigin]
"""The address of the tape, which lives as long as the process."""
