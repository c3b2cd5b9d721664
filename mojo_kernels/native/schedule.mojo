"""How a model of a C library runs its kernels: vectorised, on one thread or on the model's own team."""

from std.sys import get_defined_int

from mojo_kernels.runtime.context import ContextPointer
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.schedule import Schedule, worth
from mojo_kernels.runtime.team import Part, TeamPointer, run_shares
from mojo_kernels.runtime.types import Words

comptime THREADS = get_defined_int["MOCROGRAD_THREADS", 1]()
"""The most threads that a model works with."""


struct Native(Schedule):
    """The tiled code, on as many threads as a call is worth."""

    comptime NAME: StaticString = "native"
    """The schedule's name."""
    comptime SIMD = True
    """Vectorised and tiled code."""

    @staticmethod
    def run(ctx: ContextPointer, part: Part, args: Words, units: Int, grain: Int, cost: Cost):
        """Runs `part` over all units, in shares where there are threads.

        Args:
            ctx: The call's context.
            part: The function that does the units from its second to its third argument.
            args: The packed words that `part` receives.
            units: The number of units of work.
            grain: Shares are multiples of this many units.
            cost: What all units cost.
        """
        comptime if THREADS > 1:
            var workers = worth(ctx, cost)
            if workers > 1:
                var grains = (units + grain - 1) // grain
                var share = (grains + workers - 1) // workers * grain
                run_shares(TeamPointer(unsafe_from_address=ctx[].team), part, args, units, share, THREADS)
                return
        part(args, 0, units)
