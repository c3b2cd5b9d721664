"""What a kernel is, and how one struct becomes the entries that Python calls.

A kernel whose work is a range of independent units implements `Kernel`: `units` reads from the packed words how many
there are, `run` does those from `start` to `stop`. `register` instantiates it under each schedule and for the
GPU, where a thread does one unit at a time, and puts the addresses into the table as
"NAME.original", "NAME.tiled" and, in a build for a GPU, "NAME.gpu". A kernel that has a better form on the GPU
(threads of a block that work together) overrides `launch`. What plans and profiles need stands beside them:
"NAME.words", "NAME.cost" and, for pointwise kernels, "NAME.part".
"""

from std.memory import bitcast
from std.python import Python, PythonObject
from std.sys import has_accelerator

from mojo_kernels.runtime.context import ContextPointer, context
from mojo_kernels.runtime.cost import Cost
from mojo_kernels.runtime.gpu import launch_units
from mojo_kernels.runtime.schedule import Original, Schedule, Tiled
from mojo_kernels.runtime.team import Part
from mojo_kernels.runtime.types import FAILED, KernelEntry, OK, Words
from mojo_kernels.runtime.words import Letters, count_words, new_entry, new_signature


trait Kernel:
    """A range of independent units of work over packed words."""

    comptime WORDS: StaticString
    """What the words are, a letter each, up to the context (words.mojo)."""
    comptime SHAPE: Int = -1
    """The first word of the shape of a pointwise kernel, whose units are elements; -1 in others."""

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


def _cost_entry[K: Kernel](args: Words, target: Words) abi("C"):
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


def register[K: Kernel](table: PythonObject) raises:
    """Puts the entries of kernel `K` into a table.

    Parameters:
        K: The kernel.

    Args:
        table: A Python dict from name to address.

    Raises:
        What Python raises.
    """
    var name = K.name()
    var signature = new_signature(K.WORDS, _is_floating(name))
    register_entry(table, name + ".original", cpu_entry[K, Original], signature)
    register_entry(table, name + ".tiled", cpu_entry[K, Tiled], signature)
    comptime if has_accelerator():
        register_entry(table, name + ".gpu", gpu_entry[K], signature)
    comptime if K.SHAPE >= 0:
        register_part(table, name + ".part", K.run[Tiled])
    register_cost(table, name, K.WORDS, K.SHAPE, _cost_entry[K])


def _is_floating(name: String) -> Bool:
    """Tells whether a kernel's dtype, which ends its name, is a floating one."""
    return ".float" in name[byte = name.rfind(".") :]


def register_entry(table: PythonObject, name: String, kernel: KernelEntry, signature: Letters) raises:
    """Puts one form of a kernel into a table.

    Args:
        table: A Python dict from name to address.
        name: The kernel's name and its form, "op.direction.dtype.form".
        kernel: The function.
        signature: The letters of its words.

    Raises:
        What Python raises.
    """
    table[name] = PythonObject(new_entry(address_of(kernel), signature))


def register_part(table: PythonObject, name: String, part: Part) raises:
    """Puts the function that does some units of a pointwise kernel into a table, for chains.

    Args:
        table: A Python dict from name to address.
        name: The kernel's name and ".part".
        part: The function.

    Raises:
        What Python raises.
    """
    var p = part
    table[name] = PythonObject(MutPointer(to=p).unsafe_bitcast[Int]()[])


def register_cost(table: PythonObject, name: String, words: StaticString, shape: Int, cost: CostEntry) raises:
    """Puts into a table what a kernel's words are and the function that tells its cost.

    Args:
        table: A Python dict.
        name: The kernel's name, "op.direction.dtype".
        words: As `Kernel.WORDS`.
        shape: As `Kernel.SHAPE`.
        cost: The function.

    Raises:
        What Python raises.
    """
    var c = cost
    table[name + ".cost"] = PythonObject(MutPointer(to=c).unsafe_bitcast[Int]()[])
    table[name + ".words"] = Python.tuple(String(words), shape)
