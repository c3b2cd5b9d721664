"""The threads of one model: a team (runtime/team.mojo) whose threads are all there from the start and end with it."""

from std.atomic import Atomic
from std.collections import Array
from std.ffi import external_call
from std.sys import size_of

from mojo_kernels.native.schedule import THREADS
from mojo_kernels.runtime.system import free_block, new_block, park, start_thread, thread_id, wake
from mojo_kernels.runtime.team import MOST_THREADS, Opaque, SPINS, Team, TeamPointer, _help, _pause, _slot


struct Crew(Movable):
    """A team and the handles of its threads. The team comes first: the address of both is one."""

    var team: Team
    """The team."""
    var arrived: Int64
    """How many threads have taken a number."""
    var stopped: Int64
    """1 when the threads shall end."""
    var handles: Array[Int, MOST_THREADS]
    """What the system calls the threads."""

    def __init__(out self):
        """Makes a team without threads."""
        self.team = Team()
        self.arrived = 0
        self.stopped = 0
        self.handles = Array[Int, MOST_THREADS](fill=0)


comptime _CrewPointer = MutPointer[Crew, MutAnyOrigin]


def new_team() -> Int:
    """Makes a team and starts its threads.

    Returns:
        Its address, which `dismiss` takes; 0 where there is no memory, or the system refuses a thread.
    """
    var address = new_block(size_of[Crew](), 64)
    if address == 0:
        return 0
    var crew = _CrewPointer(unsafe_from_address=address)
    crew.unsafe_write(Crew())
    var entry = _work
    for i in range(THREADS - 1):
        var code = MutPointer(to=entry).unsafe_bitcast[Int]()[]
        if not start_thread(MutPointer(to=crew[].handles[i]), code, address):
            dismiss(address)
            return 0
        crew[].team.started += 1
    return address


def _work(words: Opaque) abi("C") -> Opaque:
    var crew = _CrewPointer(unsafe_from_address=Int(words))
    var team = TeamPointer(unsafe_from_address=Int(words))
    var me = Int(Atomic.fetch_add(MutPointer(to=crew[].arrived), Int64(1))) + 1
    var own = _slot(team, me)
    own[].thread = thread_id()
    Atomic.store(MutPointer(to=own[].parked), Int64(0))
    var idle = 0
    while Atomic.load(MutPointer(to=crew[].stopped)) == 0:
        if _help(team, me):
            idle = 0
            continue
        _pause()
        idle += 1
        if idle > SPINS:
            _park(crew, me)
            idle = 0
    return words


def _park(crew: _CrewPointer, me: Int):
    """Sleeps until there is work or the end: who brings either looks afterwards whether this thread is parked.
    """
    var own = _slot(TeamPointer(unsafe_from_address=Int(crew)), me)
    Atomic.store(MutPointer(to=own[].parked), Int64(1))
    var queue = Atomic.load(MutPointer(to=own[].queue))
    var empty = (queue >> 32) >= (queue & 0xFFFF_FFFF)
    if empty and Atomic.load(MutPointer(to=crew[].stopped)) == 0:
        park(Int(MutPointer(to=own[].parked)), 1)
    Atomic.store(MutPointer(to=own[].parked), Int64(0))


def dismiss(address: Int):
    """Ends all threads of a team, waits for their end, and gives back its memory.

    Args:
        address: The team's address, or 0.
    """
    if address == 0:
        return
    var crew = _CrewPointer(unsafe_from_address=address)
    var team = TeamPointer(unsafe_from_address=address)
    Atomic.store(MutPointer(to=crew[].stopped), Int64(1))
    for i in range(team[].started):
        var parked = MutPointer(to=_slot(team, i + 1)[].parked)
        if Atomic.load(parked) == 1:
            Atomic.store(parked, Int64(0))
            wake(Int(parked), 1)
    for i in range(team[].started):
        _ = external_call["pthread_join", Int32](crew[].handles[i], Int(0))
    free_block(address)
