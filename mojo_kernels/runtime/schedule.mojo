"""Schedules: how a kernel's units of work run on the CPU.

- `Original`: scalar code, one worker: the definition of correct.
- `Tiled`: vectorised and cache-tiled code under `fixed` (exactly N shares of the work) or `dynamic` (as many
  workers as the work is worth). Both run the same instructions, so one instance serves both; the context's
  `workers` tells them apart. Shares are cut at multiples of the kernel's grain, and no unit depends on another
  one's share, so results do not depend on the number of workers.
"""

from mojo_kernels.runtime.context import ContextPointer, Runner
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.team import MOST_THREADS, Part, TeamPointer, round_trip, run_shares, spins
from mojo_kernels.runtime.types import Words

comptime DECISIONS = 128
"""Decisions for more than one worker that rest on one measured round trip to a worker."""


def worth(ctx: ContextPointer, cost: Cost) -> Int:
    """Returns how many workers a call is worth: each joins only if the call is done sooner with it.

    Args:
        ctx: The call's context.
        cost: What all units cost.

    Returns:
        The number of workers, 1 or more.
    """
    if _best(ctx, cost, False) == 1:
        return 1
    var team = TeamPointer(unsafe_from_address=ctx[].team)
    team[].until_trip -= 1
    if team[].until_trip <= 0:
        var trip = round_trip(team)
        if trip > 0:
            team[].trip = trip
            team[].until_trip = DECISIONS
    return _best(ctx, cost, Float64(team[].trip) >= ctx[].costs.far_trip)


@always_inline
def _best(ctx: ContextPointer, cost: Cost, far: Bool) -> Int:
    var costs = ctx[].costs
    var team = TeamPointer(unsafe_from_address=ctx[].team)
    var least = costs.nanoseconds(cost, 1)
    var joining = Float64(0)
    for helper in range(1, min(ctx[].threads, MOST_THREADS)):
        joining += costs.far_join if far else costs.join
        if costs.nanoseconds(cost, helper + 1) + joining >= least:
            return helper
        if not spins(team, helper):
            joining += costs.wake
        var together = costs.nanoseconds(cost, helper + 1) + joining
        if together >= least:
            return helper
        least = together
    return min(ctx[].threads, MOST_THREADS)


trait Schedule:
    """A way of running a kernel on the CPU."""

    comptime NAME: StaticString
    """The schedule's name in the kernel table."""
    comptime SIMD: Bool
    """Whether loops are vectorised and tiled."""
    comptime PIECE: Int = 0
    """The elements that a thread of a GPU does at once, of operands that lie in memory one by one or are one value; 0 elsewhere."""
    comptime STORED: DType = DType.float32
    """How operands of float32 are stored where there are pieces."""

    @staticmethod
    def run(ctx: ContextPointer, part: Part, args: Words, units: Int, grain: Int, cost: Cost):
        """Runs `part` over all units.

        Args:
            ctx: The call's context.
            part: The function that does the units from its second to its third argument.
            args: The packed words that `part` receives.
            units: The number of units of work.
            grain: Shares are multiples of this many units.
            cost: What all units cost.
        """
        ...


struct Original(Schedule):
    """Scalar loops on one worker."""

    comptime NAME: StaticString = "original"
    """The schedule's name in the kernel table."""
    comptime SIMD = False
    """Scalar code."""

    @staticmethod
    def run(ctx: ContextPointer, part: Part, args: Words, units: Int, grain: Int, cost: Cost):
        """Runs `part` over all units, here and now.

        Args:
            ctx: The call's context.
            part: The function that does the units from its second to its third argument.
            args: The packed words that `part` receives.
            units: The number of units of work.
            grain: Shares are multiples of this many units.
            cost: What all units cost.
        """
        part(args, 0, units)


struct Tiled(Schedule):
    """Vectorised and tiled loops on a fixed or a chosen number of workers."""

    comptime NAME: StaticString = "tiled"
    """The schedule's name in the kernel table."""
    comptime SIMD = True
    """Vectorised and tiled code."""

    @staticmethod
    def run(ctx: ContextPointer, part: Part, args: Words, units: Int, grain: Int, cost: Cost):
        """Runs `part` over all units, in shares.

        Args:
            ctx: The call's context.
            part: The function that does the units from its second to its third argument.
            args: The packed words that `part` receives.
            units: The number of units of work.
            grain: Shares are multiples of this many units.
            cost: What all units cost.
        """
        # Out of line, once in each extension: kernels by the hundred call it.
        _run_tiled(ctx, part, args, units, grain, cost)


@no_inline
def _run_tiled(ctx: ContextPointer, part: Part, args: Words, units: Int, grain: Int, cost: Cost):
    var workers = ctx[].workers
    if workers == 0:
        workers = worth(ctx, cost)
    if workers <= 1:
        part(args, 0, units)
        return
    var grains = (units + grain - 1) // grain
    var share = (grains + workers - 1) // workers * grain
    var team = TeamPointer(unsafe_from_address=ctx[].team)
    if ctx[].runner != 0 and not team[].forked:
        var runner = ctx[].runner
        MutPointer(to=runner).unsafe_bitcast[Runner]()[](
            part, args, units, share, min(ctx[].threads, workers)
        )
    else:
        run_shares(team, part, args, units, share, ctx[].threads)
