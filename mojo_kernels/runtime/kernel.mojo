"""What a kernel is, and how one struct becomes the functions that Python calls.

A kernel whose work is a range of independent units implements `Kernel`: `units` reads from the packed words how many
there are, `run` does those from `start` to `stop`. `cpu_entry` runs it under a schedule, `gpu_entry` on the GPU, where a
thread does one unit at a time. A kernel that has a better form on the GPU (threads of a block that work together)
overrides `launch`. python/register.mojo puts the entries into the kernel table.
"""

from std.memory import bitcast

from mojo_kernels.runtime.context import ContextPointer, context
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.gpu import launch_units
from mojo_kernels.runtime.schedule import Original, Schedule
from mojo_kernels.runtime.types import FAILED, KernelEntry, OK, Sizes, Words
from mojo_kernels.runtime.words import Names, count_words


trait Kernel:
    """A range of independent units of work over packed words."""

    comptime WORDS: StaticString
    """What the words are, with names and letters, up to the context (words.mojo)."""
    comptime AT = Names[Self.WORDS]()
    """The indices of the words by their names."""
    comptime SHAPE: Int = -1
    """The first word of the shape of a pointwise kernel, whose units are elements; -1 in others."""
    comptime SIZES: Sizes = Sizes(0)
    """The bytes of an element of each operand of a pointwise kernel."""

    @staticmethod
    def name() -> String:
        """Returns the name in the kernel table, "op.direction.dtype".

        Returns:
            The name without its schedule.
        """
        ...

    @staticmethod
    def words(args: Words) -> Int:
        """Returns the number of words before the context.

        Args:
            args: The packed words.

        Returns:
            The index of the context's word.
        """
        return count_words[Self.WORDS](args)

    @staticmethod
    def units(args: Words) -> Int:
        """Returns the number of independent units of work.

        Args:
            args: The packed words.

        Returns:
            The number of units.
        """
        ...

    @staticmethod
    def run[S: Schedule](args: Words, start: Int, stop: Int):
        """Does the units from `start` to `stop`.

        Parameters:
            S: The schedule: vectorised and tiled or not.

        Args:
            args: The packed words.
            start: The first unit.
            stop: The unit after the last.
        """
        ...

    @staticmethod
    def cost(args: Words) -> Cost:
        """Returns what all units cost.

        Args:
            args: The packed words.

        Returns:
            Operations, bytes and time.
        """
        ...

    @staticmethod
    def grain(args: Words) -> Int:
        """Returns the number of units that a share of the work is a multiple of.

        Args:
            args: The packed words.

        Returns:
            A number of units.
        """
        return 1

    @staticmethod
    def check(args: Words) -> Int64:
        """Looks for values that no kernel may follow, such as an index outside its tensor.

        Args:
            args: The packed words.

        Returns:
            `OK`, or the status that the call returns.
        """
        return OK

    @staticmethod
    def finish(args: Words):
        """Combines what the units left behind, in a fixed order, once all are done.

        Args:
            args: The packed words.
        """
        pass

    @staticmethod
    def found(args: Words) -> Int64:
        """Returns what the units found, for kernels whose units check as they go, which `check` has prepared.

        Args:
            args: The packed words.

        Returns:
            `OK`, or the status that the call returns.
        """
        return OK

    @staticmethod
    def launch(ctx: ContextPointer, args: Words) raises:
        """Runs the kernel on the context's GPU; a kernel with a `finish` launches it here too.

        Args:
            ctx: The call's context.
            args: The packed words.

        Raises:
            What the device's driver reports.
        """
        launch_units[Self.run[Original]](ctx, args, Self.words(args), Self.units(args))


def cpu_entry[K: Kernel, S: Schedule](args: Words) abi("C") -> Int64:
    """Runs kernel `K` on the CPU: checks, all units under the schedule, then `finish`.

    Parameters:
        K: The kernel.
        S: The schedule.

    Args:
        args: The packed words.

    Returns:
        `OK`, or what `check` or the units found.
    """
    var status = K.check(args)
    if status == OK:
        S.run(context(args, K.words(args)), K.run[S], args, K.units(args), K.grain(args), K.cost(args))
        K.finish(args)
        status = K.found(args)
    return status


def gpu_entry[K: Kernel](args: Words) abi("C") -> Int64:
    """Runs kernel `K` on the GPU that its context names.

    Parameters:
        K: The kernel.

    Args:
        args: The packed words.

    Returns:
        `OK`, or `FAILED` where the driver refused.
    """
    try:
        K.launch(context(args, K.words(args)), args)
        return OK
    except:
        return FAILED


comptime CostEntry = def(Words, Words) thin abi("C") -> None
"""Writes five words about a call into its second argument: units, grain, flops, bytes, nanoseconds of arithmetic, the last
three as bits of float64."""


def describe(units: Int, grain: Int, cost: Cost, target: Words):
    """Writes the words of a `CostEntry`.

    Args:
        units: The number of units of work.
        grain: The number of units that a share is a multiple of.
        cost: What all units cost.
        target: Where the words go.
    """
    target.unsafe_store(0, Int64(units))
    target.unsafe_store(1, Int64(grain))
    target.unsafe_store(2, bitcast[DType.int64](cost.flops))
    target.unsafe_store(3, bitcast[DType.int64](cost.bytes))
    target.unsafe_store(4, bitcast[DType.int64](cost.arithmetic))


def cost_entry[K: Kernel](args: Words, target: Words) abi("C"):
    """Describes a call of kernel `K`.

    Parameters:
        K: The kernel.

    Args:
        args: The packed words of the call.
        target: Where the words of a `CostEntry` go.
    """
    describe(K.units(args), K.grain(args), K.cost(args), target)


def address_of(entry: KernelEntry) -> Int:
    """Returns a kernel's address, to hand out.

    Args:
        entry: The kernel.

    Returns:
        Its address.
    """
    var e = entry
    return MutPointer(to=e).unsafe_bitcast[Int]()[]
