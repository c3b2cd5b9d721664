"""Schedules: how a kernel's units of work are carried out on the CPU.

- `Original`: scalar code, one worker: the definition of correct.
- `Tiled`: vectorised and cache-tiled code under `fixed` (exactly N shares of the work) or `dynamic` (as many
  workers as the work is worth). Both run the same instructions, so one instance serves both; the context's
  `workers` tells them apart. Shares are cut at multiples of the kernel's grain, and no unit depends on another
  one's share, so results do not depend on the number of workers.
"""

from mojo_kernels.runtime.context import ContextPointer
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.team import Part, TeamPointer, run_shares
from mojo_kernels.runtime.types import Words

comptime WORTH_A_WORKER_NS = 6_000
"""Work below this many nanoseconds is not given a thread of its own (two-core EPYC, 2026-11: a parked thread
costs its waker 2-5 us, a spinning one 0.3 us)."""


trait Schedule:
    """A way of running a kernel on the CPU."""

    comptime NAME: StaticString
    """The schedule's name in the kernel table."""
    comptime SIMD: Bool
    """Whether loops are vectorised and tiled."""

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
        var workers = ctx[].workers
        if workers == 0:
            workers = min(ctx[].threads, Int(cost.nanoseconds() / WORTH_A_WORKER_NS))
        if workers <= 1:
            part(args, 0, units)
            return
        var grains = (units + grain - 1) // grain
        var share = (grains + workers - 1) // workers * grain
        run_shares(TeamPointer(unsafe_from_address=ctx[].team), part, args, units, share, ctx[].threads)
