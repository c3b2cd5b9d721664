"""A small team of threads that join a piece of work in well under a microsecond while they spin.

The caller opens a job, works on it itself, closes it, and waits only for the threads that joined while it
was open: a thread that sleeps or was descheduled costs nothing. Idle threads spin briefly, then park on a
futex, so that no core burns when nothing runs. The team lives in one block of words whose address every
context carries, so that all extensions of a process share it. Where a second Python thread calls while the
team is busy, it does its work alone. After fork the child calls `forget`, and its first job starts new threads.
"""

from std.atomic import Atomic
from std.collections import Array
from std.ffi import external_call
from std.sys import CompilationTarget
from std.sys._assembly import inlined_assembly

from mojo_kernels.runtime.system import (
    free_block,
    keep_off,
    new_block,
    park,
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

# A job's state in one atomic word: how many threads are inside, whether others may join, and which job it is.
comptime _INSIDE = Int64(1)
comptime _OPEN = Int64(1) << 16
comptime _JOB = Int64(1) << 17
comptime _INSIDE_MASK = _OPEN - 1

comptime SPINS = 4_000
"""Turns of the idle loop before a thread parks: about 40 us on a 3.6 GHz EPYC, 2026-11."""
comptime _MOST_HELPERS = 255
"""The most threads of a team besides the caller."""


struct Team(Copyable, Movable):
    """The words that callers and threads share; each contended word has a cache line of its own."""

    var state: Int64
    """How many threads are inside, whether others may join, and which job it is."""
    var _pad0: SIMD[DType.int64, 8]
    var next: Int64
    """The next share that nobody has taken."""
    var _pad1: SIMD[DType.int64, 8]
    var busy: Int64
    """Whether a caller holds the team: 1 or 0."""
    var _pad2: SIMD[DType.int64, 8]
    var wake: Int64
    """The number of jobs so far, on which idle threads park."""
    var parked: Int64
    """How many threads park."""
    var _pad3: SIMD[DType.int64, 8]
    var part: Int
    """The address of the job's function."""
    var args: Int
    """The address of the job's packed words."""
    var units: Int
    """The job's units of work."""
    var share: Int
    """The units in one share."""
    var shares: Int
    """The number of shares."""
    var helpers: Int
    """The most threads that may join the job."""
    var started: Int
    """The number of threads started."""
    var caller_core: Int
    """The core that the threads keep off, -1 before the first job that woke any."""
    var threads: Array[Int, _MOST_HELPERS]
    """The system's number of each thread, 0 until it runs."""

    def __init__(out self):
        """Makes a team without threads; the first job that wants some starts them."""
        self.state = 0
        self._pad0 = 0
        self.next = 0
        self._pad1 = 0
        self.busy = 0
        self._pad2 = 0
        self.wake = 0
        self.parked = 0
        self._pad3 = 0
        self.part = 0
        self.args = 0
        self.units = 0
        self.share = 0
        self.shares = 0
        self.helpers = 0
        self.started = 0
        self.caller_core = -1
        self.threads = Array[Int, _MOST_HELPERS](fill=0)


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


def _do_shares(team: TeamPointer):
    var part = MutPointer(to=team[].part).unsafe_bitcast[Part]()[]
    var args = Words(unsafe_from_address=team[].args)
    while True:
        var i = Int(Atomic.fetch_add(MutPointer(to=team[].next), Int64(1)))
        if i >= team[].shares:
            return
        part(args, i * team[].share, min((i + 1) * team[].share, team[].units))


def _park(team: TeamPointer, seen: Int64):
    _ = Atomic.fetch_add(MutPointer(to=team[].parked), Int64(1))
    park(Int(MutPointer(to=team[].wake)), Int(seen & 0xFFFFFFFF))
    _ = Atomic.fetch_add(MutPointer(to=team[].parked), Int64(-1))


def _helper(words: Opaque) abi("C") -> Opaque:
    var team = TeamPointer(unsafe_from_address=words.unsafe_bitcast[Int]().unsafe_load(0))
    var me = words.unsafe_bitcast[Int]().unsafe_load(1)
    free_block(Int(words))
    team[].threads[me] = thread_id()
    var last = Int64(-1)
    var idle = 0
    while True:
        var seen = Atomic.load(MutPointer(to=team[].wake))
        var state = Atomic.load(MutPointer(to=team[].state))
        if (state & _OPEN) != 0 and (state >> 17) != last and me < team[].helpers:
            if _swap(MutPointer(to=team[].state), state, state + _INSIDE):
                last = state >> 17
                _do_shares(team)
                _ = Atomic.fetch_add(MutPointer(to=team[].state), -_INSIDE)
                idle = 0
            continue
        _pause()
        idle += 1
        if idle > SPINS:
            _park(team, seen)
            idle = 0


def _start(team: TeamPointer, helpers: Int):
    """Starts threads until there are `helpers`. Where the system refuses one, the team stays smaller."""
    while team[].started < helpers:
        var words = MutPointer[Int, MutUntrackedOrigin](unsafe_from_address=new_block(16, 16))
        words.unsafe_store(0, Int(team))
        words.unsafe_store(1, team[].started)
        var entry = _helper
        var handle = Int(0)
        var refused = external_call["pthread_create", Int32](
            MutPointer(to=handle), Int(0), MutPointer(to=entry).unsafe_bitcast[Int]()[], words
        )
        if refused != 0:
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
    for i in range(team[].started):
        if team[].threads[i] == 0:
            team[].caller_core = -1  # it has not run yet: the next job tries again
        else:
            keep_off(team[].threads[i], core)


def forget(team: TeamPointer):
    """Forgets all threads and any open job: for the child of a fork, where no thread came along.

    Args:
        team: The team.
    """
    team[] = Team()


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
    var helpers = min(min(threads, shares) - 1, _MOST_HELPERS)
    if helpers <= 0 or not _swap(MutPointer(to=team[].busy), 0, 1):
        for i in range(shares):
            part(args, i * share, min((i + 1) * share, units))
        return
    _start(team, helpers)
    _keep_apart(team)
    var keep = part
    team[].part = MutPointer(to=keep).unsafe_bitcast[Int]()[]
    team[].args = Int(args)
    team[].units = units
    team[].share = share
    team[].shares = shares
    team[].helpers = helpers
    Atomic.store(MutPointer(to=team[].next), Int64(0))
    _ = Atomic.fetch_add(MutPointer(to=team[].state), _JOB + _OPEN)
    _ = Atomic.fetch_add(MutPointer(to=team[].wake), Int64(1))
    if Atomic.load(MutPointer(to=team[].parked)) > 0:
        wake(Int(MutPointer(to=team[].wake)), helpers)
    _do_shares(team)
    _ = Atomic.fetch_add(MutPointer(to=team[].state), -_OPEN)
    var turns = 0
    while (Atomic.load(MutPointer(to=team[].state)) & _INSIDE_MASK) != 0:
        _pause()
        turns += 1
        if turns > SPINS:
            yield_core()
    Atomic.store(MutPointer(to=team[].busy), Int64(0))
