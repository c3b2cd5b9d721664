"""The team of threads, which join a call in well under a microsecond while they spin.

Each thread has a queue of shares in a cache line of its own, which it polls: one line carries a job to a thread, and
the same line carries back that it is done. A job is divided in proportion, so that the same thread gets the same part
of a tensor in kernel after kernel: where two cores share no cache, moving data between them costs more than the work.
The caller fills the queues, works through its own, and then steals shares that the others have not begun. So a thread
that sleeps or was preempted costs nothing, unless that happens in the middle of a share. Idle threads spin briefly,
then park on a futex, so that no core burns when nothing runs.

The team lives in one block of words whose address every context carries, so that all extensions of a process share it.
Where a second Python thread calls while the team is busy, it does its work alone. After fork the child calls
`forget`, and its first job starts new threads.
"""

from std.atomic import Atomic
from std.collections import Array
from std.ffi import external_call
from std.sys import CompilationTarget
from std.sys._assembly import inlined_assembly
from std.time import perf_counter_ns

from mojo_kernels.runtime.system import (
    free_block,
    keep_off,
    new_block,
    park,
    start_thread,
    this_core,
    thread_id,
    wake,
    yield_core,
)
from mojo_kernels.runtime.types import Words

comptime Part = def(Words, Int, Int) thin -> None
"""Does the units of work from its second to its third argument."""
comptime Opaque = MutPointer[NoneType, MutUntrackedOrigin]
"""A `void *` of C."""

comptime SPINS = 4_000
"""Turns of the idle loop before a thread parks: about 40 us on a 3.6 GHz EPYC, 2026-11."""
comptime MOST_THREADS = 256
"""The most threads of a team, the caller included."""

comptime _ROUNDS = 8
"""How often a round trip is measured, for the least of them."""
comptime _PATIENCE = 300
"""Turns of the waiting loop after which a thread that should spin is taken to be put aside."""

# A queue in one atomic word: the first share that is left, and the one behind the last.
comptime _FIRST = Int64(1) << 32
comptime _LAST_MASK = _FIRST - 1


struct Slot(Copyable, Movable):
    """One thread's queue, in a cache line of its own; the line next to it stays empty, as processors fetch pairs.
    """

    var queue: Int64
    """The first share that nobody has taken and the share behind the last."""
    var done: Int64
    """How many shares of this queue others than the caller have done."""
    var parked: Int64
    """1 where the thread sleeps, or has yet to start."""
    var part: Int
    """The address of the job's function."""
    var args: Int
    """The address of the job's packed words."""
    var units: Int
    """The job's units of work."""
    var share: Int
    """The units in one share."""
    var thread: Int
    """The system's number of the thread, 0 until it runs."""
    var _pad: SIMD[DType.int64, 8]

    def __init__(out self):
        """Makes an empty queue."""
        self.queue = 0
        self.done = 0
        self.parked = 1
        self.part = 0
        self.args = 0
        self.units = 0
        self.share = 0
        self.thread = 0
        self._pad = 0


comptime _SlotPointer = MutPointer[Slot, MutAnyOrigin]


struct Team(Copyable, Movable):
    """The queues of all threads, the caller's first, and what only callers touch."""

    var slots: Array[Slot, MOST_THREADS]
    """A queue for each thread; the first is that of the caller."""
    var busy: Int64
    """Whether a caller holds the team: 1 or 0."""
    var _pad: SIMD[DType.int64, 8]
    var started: Int
    """The number of threads started."""
    var caller_core: Int
    """The core that the threads keep off, -1 where they are not told yet."""
    var trip: Int
    """The latest `round_trip` in nanoseconds, 0 before the first."""
    var until_trip: Int
    """How many more decisions rest on the latest round trip."""
    var forked: Bool
    """Whether this is the child of a fork."""

    def __init__(out self):
        """Makes a team without threads; the first job that wants some starts them."""
        self.slots = Array[Slot, MOST_THREADS](fill=Slot())
        self.busy = 0
        self._pad = 0
        self.started = 0
        self.caller_core = -1
        self.trip = 0
        self.until_trip = 0
        self.forked = False


comptime TeamPointer = MutPointer[Team, MutAnyOrigin]
"""The address of a team, which lives as long as the process."""


@always_inline
def _pause():
    comptime if CompilationTarget.is_x86():
        inlined_assembly["pause", NoneType, constraints="", has_side_effect=True]()
    else:
        inlined_assembly["yield", NoneType, constraints="", has_side_effect=True]()


@always_inline
def _swap(p: MutPointer[Int64, _], expected: Int64, desired: Int64) -> Bool:
    var seen = expected
    return Atomic.compare_exchange(p, seen, desired)


@always_inline
def _slot(team: TeamPointer, i: Int) -> _SlotPointer:
    return _SlotPointer(unsafe_from_address=Int(team)).unsafe_offset(i)


@always_inline
def _take_first(slot: _SlotPointer) -> Int:
    """Takes the first share that is left in a queue, for its owner; -1 where there is none."""
    while True:
        var queue = Atomic.load(MutPointer(to=slot[].queue))
        if (queue >> 32) >= (queue & _LAST_MASK):
            return -1
        if _swap(MutPointer(to=slot[].queue), queue, queue + _FIRST):
            return Int(queue >> 32)


@always_inline
def _take_last(slot: _SlotPointer) -> Int:
    """Takes the last share that is left in a queue, for somebody else; -1 where there is none."""
    while True:
        var queue = Atomic.load(MutPointer(to=slot[].queue))
        if (queue >> 32) >= (queue & _LAST_MASK):
            return -1
        if _swap(MutPointer(to=slot[].queue), queue, queue - 1):
            return Int(queue & _LAST_MASK) - 1


@always_inline
def _run(slot: _SlotPointer, i: Int):
    """Does a share that was taken: until it counts as done, nobody writes the queue's job."""
    var part = MutPointer(to=slot[].part).unsafe_bitcast[Part]()[]
    var args = Words(unsafe_from_address=slot[].args)
    part(args, i * slot[].share, min((i + 1) * slot[].share, slot[].units))


def _help(team: TeamPointer, me: Int) -> Bool:
    """Does the shares of queue `me`, then what other queues have left; returns whether there was anything."""
    var own = _slot(team, me)
    var did = False
    while True:
        var i = _take_first(own)
        if i < 0:
            break
        did = True
        _run(own, i)
        _ = Atomic.fetch_add(MutPointer(to=own[].done), Int64(1))
    if not did:
        return False
    for k in range(team[].started + 1):
        var other = _slot(team, k)
        while k != me:
            var i = _take_last(other)
            if i < 0:
                break
            _run(other, i)
            _ = Atomic.fetch_add(MutPointer(to=other[].done), Int64(1))
    return True


def _park(slot: _SlotPointer):
    Atomic.store(MutPointer(to=slot[].parked), Int64(1))
    var queue = Atomic.load(MutPointer(to=slot[].queue))
    if (queue >> 32) >= (queue & _LAST_MASK):
        park(Int(MutPointer(to=slot[].parked)), 1)
    Atomic.store(MutPointer(to=slot[].parked), Int64(0))


def _helper(words: Opaque) abi("C") -> Opaque:
    var team = TeamPointer(unsafe_from_address=words.unsafe_bitcast[Int]().unsafe_load(0))
    var me = words.unsafe_bitcast[Int]().unsafe_load(1)
    free_block(Int(words))
    var own = _slot(team, me)
    own[].thread = thread_id()
    Atomic.store(MutPointer(to=own[].parked), Int64(0))
    var idle = 0
    while True:
        if _help(team, me):
            idle = 0
            continue
        _pause()
        idle += 1
        if idle > SPINS:
            _park(own)
            idle = 0


def _start(team: TeamPointer, helpers: Int):
    """Starts threads until there are `helpers`. Where the system refuses one, the team stays smaller."""
    while team[].started < helpers:
        var words = MutPointer[Int, MutUntrackedOrigin](unsafe_from_address=new_block(16, 16))
        words.unsafe_store(0, Int(team))
        words.unsafe_store(1, team[].started + 1)
        var entry = _helper
        var handle = Int(0)
        if not start_thread(MutPointer(to=handle), MutPointer(to=entry).unsafe_bitcast[Int]()[], Int(words)):
            free_block(Int(words))
            return
        _ = external_call["pthread_detach", Int32](handle)
        team[].started += 1
        team[].caller_core = -1


def _keep_apart(team: TeamPointer):
    """Keeps the threads off the caller's core, where each would wait for the other's time slice to end."""
    var core = this_core()
    if core < 0 or core == team[].caller_core:
        return
    team[].caller_core = core
    for i in range(1, team[].started + 1):
        var thread = _slot(team, i)[].thread
        if thread == 0:
            team[].caller_core = -1  # it has not run yet: the next job tries again
        else:
            keep_off(thread, core)


def forget(team: TeamPointer):
    """Forgets all threads and any open job: for the child of a fork, where no thread came along.

    Args:
        team: The team.
    """
    team[] = Team()
    team[].forked = True


@always_inline
def spins(team: TeamPointer, helper: Int) -> Bool:
    """Returns whether a thread waits for work without sleeping.

    Args:
        team: The team.
        helper: The thread's number, from 1.

    Returns:
        Whether it would join at once.
    """
    return Atomic.load(MutPointer(to=_slot(team, helper)[].parked)) == 0


@always_inline
def _give(
    slot: _SlotPointer, part: Part, args: Words, units: Int, share: Int, first: Int, last: Int, wakes: Bool
):
    """Fills a queue with the shares from `first` to `last`, and wakes its thread if that may sleep."""
    var keep = part
    slot[].done = 0
    slot[].part = MutPointer(to=keep).unsafe_bitcast[Int]()[]
    slot[].args = Int(args)
    slot[].units = units
    slot[].share = share
    Atomic.store(MutPointer(to=slot[].queue), Int64(first) * _FIRST + Int64(last))
    if wakes and Atomic.load(MutPointer(to=slot[].parked)) == 1:
        Atomic.store(MutPointer(to=slot[].parked), Int64(0))
        wake(Int(MutPointer(to=slot[].parked)), 1)


def _nothing(args: Words, start: Int, stop: Int):
    pass


def round_trip(team: TeamPointer) -> Int:
    """Measures how long a share without work takes to reach a spinning thread and to be done.

    It tells whether the caller's core and the thread's share a cache, which on a virtual machine changes within
    seconds: 0.08 us if so, 0.25 us if not (two-core EPYC, 2026-11). A thread that sleeps is only woken, so that the
    next measurement meets it awake.

    Args:
        team: The team.

    Returns:
        Nanoseconds; 0 where another caller holds the team, or the thread sleeps or was put aside.
    """
    if not _swap(MutPointer(to=team[].busy), 0, 1):
        return 0
    _start(team, 1)
    _keep_apart(team)
    var slot = _slot(team, 1)
    var least = 0
    if team[].started > 0:
        if not spins(team, 1):
            _give(slot, _nothing, Words(unsafe_from_address=Int(team)), 0, 1, 0, 0, True)
        else:
            least = _least_trip(slot)
    Atomic.store(MutPointer(to=team[].busy), Int64(0))
    return least


def _least_trip(slot: _SlotPointer) -> Int:
    var least = Int.MAX
    for _ in range(_ROUNDS):
        var start = Int(perf_counter_ns())
        _give(slot, _nothing, Words(unsafe_from_address=Int(slot)), 0, 1, 0, 1, True)
        var turns = 0
        while Atomic.load(MutPointer(to=slot[].done)) == 0:
            _pause()
            turns += 1
            if turns == _PATIENCE and _take_last(slot) >= 0:
                return 0
        least = min(least, Int(perf_counter_ns()) - start)
    return least


def run_shares(team: TeamPointer, part: Part, args: Words, units: Int, share: Int, threads: Int):
    """Runs `part` over `units` units in shares of `share` units on at most `threads` threads, this one included.

    Args:
        team: The team, one per process.
        part: The function that does the units from its second to its third argument.
        args: The packed words that `part` receives.
        units: The number of units of work.
        share: The number of units in one share (the last may be shorter).
        threads: The most threads that work at once.
    """
    var shares = (units + share - 1) // share
    var most = min(min(threads, shares), MOST_THREADS)
    if most <= 1 or not _swap(MutPointer(to=team[].busy), 0, 1):
        for i in range(shares):
            part(args, i * share, min((i + 1) * share, units))
        return
    _start(team, most - 1)
    _keep_apart(team)
    var count = min(most, team[].started + 1)
    for k in range(count - 1, -1, -1):  # the caller's own last: the others should begin
        _give(_slot(team, k), part, args, units, share, k * shares // count, (k + 1) * shares // count, k > 0)
    var mine = 0
    while True:
        var i = _take_first(_slot(team, 0))
        if i < 0:
            break
        _run(_slot(team, 0), i)
        mine += 1
    for k in range(1, count):
        while True:
            var i = _take_last(_slot(team, k))
            if i < 0:
                break
            _run(_slot(team, k), i)
            mine += 1
    _wait(team, count, shares - mine)
    Atomic.store(MutPointer(to=team[].busy), Int64(0))


@always_inline
def _wait(team: TeamPointer, count: Int, shares: Int):
    """Waits until others have done `shares` shares of the first `count` queues."""
    var turns = 0
    while True:
        var done = Int64(0)
        for k in range(count):
            done += Atomic.load(MutPointer(to=_slot(team, k)[].done))
        if Int(done) == shares:
            return
        _pause()
        turns += 1
        if turns > SPINS:
            yield_core()
