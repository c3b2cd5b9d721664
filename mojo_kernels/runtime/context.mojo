"""The context of a call: how many workers, which team of threads, which GPU.

Python owns one context per implementation and device and passes its address as the last word of every call.
"""

from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.team import Part
from mojo_kernels.runtime.types import Words


comptime COSTS: StaticString = "work cached memory memory_all cache join wake far_trip far_join near_cache"
"""The fields of `Costs`, in their order in memory: Python sets them by these names."""


struct Costs(TrivialRegisterPassable):
    """What this machine takes for work and for workers; all fields are float64, in the order of `COSTS`.

    `scripts/fit_costs.py` measures them; the defaults are those of a two-core EPYC, 2026-11.
    """

    var work: Float64
    """Nanoseconds of this machine's arithmetic for one of `Cost.arithmetic`."""
    var cached: Float64
    """Nanoseconds per byte that one worker moves from and to its caches."""
    var memory: Float64
    """Nanoseconds per byte that one worker moves from and to memory."""
    var memory_all: Float64
    """Nanoseconds per byte that all workers together move from and to memory."""
    var cache: Float64
    """The size of the last cache in bytes."""
    var join: Float64
    """Nanoseconds in which a spinning worker joins and is waited for."""
    var wake: Float64
    """Nanoseconds that a caller loses by waking a worker."""
    var far_trip: Float64
    """The round trip in nanoseconds from which on a worker counts as far: its core shares no cache with the caller's."""
    var far_join: Float64
    """Nanoseconds in which a far worker that spins joins and is waited for."""
    var near_cache: Float64
    """The size of a core's own cache, of the second level, in bytes."""

    def __init__(out self):
        """Makes the costs of a two-core EPYC."""
        self.work = 1
        self.cached = 0.008
        self.memory = 0.02
        self.memory_all = 0.0155
        self.cache = 32e6
        self.join = 400
        self.wake = 2500
        self.far_trip = 150
        self.far_join = 1800
        self.near_cache = 1 << 20

    @always_inline
    def nanoseconds(self, cost: Cost, workers: Int) -> Float64:
        """Returns roughly how long workers take, once they are there.

        Args:
            cost: What all units cost.
            workers: The number of workers.

        Returns:
            Nanoseconds.
        """
        var n = Float64(workers)
        var moving = cost.bytes * self.cached / n
        if cost.bytes > self.cache:
            moving = cost.bytes * max(self.memory / n, self.memory_all)
        return max(cost.arithmetic * self.work / n, moving)


comptime Runner = def(Part, Words, Int, Int, Int) thin -> None
"""Runs a part over all units, of which there are so many, in shares of so many, on at most so many threads."""


struct Context(Copyable, Movable):
    """Where and how a kernel runs."""

    var workers: Int
    """The number of workers of `fixed`, 0 where the kernel chooses (`dynamic`)."""
    var threads: Int
    """The most threads that may work at once."""
    var team: Int
    """The address of the team of threads."""
    var device: Int
    """The address of a `DeviceContext`, 0 on the CPU."""
    var runner: Int
    """The address of a `Runner` that does the shares instead of the team, 0 for the team."""
    var costs: Costs
    """What the choice of workers rests on."""

    def __init__(out self, workers: Int, threads: Int, team: Int, device: Int):
        """Makes a context.

        Args:
            workers: The number of workers of `fixed`, 0 where the kernel chooses.
            threads: The most threads that may work at once.
            team: The address of the team of threads.
            device: The address of a `DeviceContext`, 0 on the CPU.
        """
        self.workers = workers
        self.threads = threads
        self.team = team
        self.device = device
        self.runner = 0
        self.costs = Costs()


comptime ContextPointer = MutPointer[Context, MutAnyOrigin]
"""The address of a context; Python owns it for the life of the process."""


@always_inline
def context(args: Words, i: Int) -> ContextPointer:
    """Returns the context whose address stands in a word.

    Args:
        args: The packed words.
        i: The index of the word, the last one of a call.

    Returns:
        The context.
    """
    return ContextPointer(unsafe_from_address=Int(args.unsafe_load(i)))
