"""What a kernel is, and how one struct becomes the entries that Python calls.

A kernel whose work is a range of independent units implements `Kernel`: `units` reads from the packed words how many
there are, `run` does those from `start` to `stop`. `register` instantiates it under each schedule and for the
GPU, where a thread does one unit at a time, and puts the addresses into the table as
"NAME.original", "NAME.tiled" and, in a build for a GPU, "NAME.gpu". A kernel that has a better form on the GPU
(threads of a block that work together) overrides `launch`.
"""

from std.python import PythonObject
from std.sys import has_accelerator

from mojo_kernels.runtime.context import ContextPointer, context
from mojo_kernels.runtime.gpu import launch_units
from mojo_kernels.runtime.schedule import Original, Schedule, Tiled
from mojo_kernels.runtime.types import FAILED, KernelEntry, OK, Words


trait Kernel:
    """A range of independent units of work over packed words."""

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
        ...

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
    def nanoseconds(args: Words) -> Float64:
        """Returns roughly what all units cost one worker, in nanoseconds.

        Args:
            args: The packed words.

        Returns:
            Nanoseconds.
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
        `OK`, or what `check` found.
    """
    var status = K.check(args)
    if status == OK:
        S.run(context(args, K.words(args)), K.run[S], args, K.units(args), K.grain(args), K.nanoseconds(args))
        K.finish(args)
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
    comptime if has_accelerator():
        register_entries(table, name, cpu_entry[K, Original], cpu_entry[K, Tiled], gpu_entry[K])
    else:
        register_entries(table, name, cpu_entry[K, Original], cpu_entry[K, Tiled], None)


def register_entries(
    table: PythonObject, name: String, original: KernelEntry, tiled: KernelEntry, gpu: Optional[KernelEntry]
) raises:
    """Puts the entries of one kernel into a table.

    Args:
        table: A Python dict from name to address.
        name: The kernel's name, "op.direction.dtype".
        original: Its scalar form.
        tiled: Its vectorised form.
        gpu: Its form on the GPU, in a build that has one.

    Raises:
        What Python raises.
    """
    table[name + ".original"] = PythonObject(address_of(original))
    table[name + ".tiled"] = PythonObject(address_of(tiled))
    if gpu:
        table[name + ".gpu"] = PythonObject(address_of(gpu.value()))
