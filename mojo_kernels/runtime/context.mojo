"""The context of a call: how many workers, which team of threads, which GPU.

Python owns one context per implementation and device and passes its address as the last word of every call.
"""

from mojo_kernels.runtime.types import Words


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
