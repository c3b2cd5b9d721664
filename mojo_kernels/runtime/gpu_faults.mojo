"""Values that a kernel on a GPU may not follow, such as an index outside its tensor: told without the host's waiting.

Each GPU has a few cells of its memory, its fault: the number of what met a value, the value and a bound. A kernel that meets a
bad value leaves its work on it undone and `report`s it there, unless something is there already. The host looks at the
cells where it waits for the GPU in any case, and raises then (pyfront/mocrograd/backend/devices.py).
"""

from std.memory import stack_allocation
from std.sys import has_accelerator, is_gpu

from mojo_kernels.runtime.context import ContextPointer
from mojo_kernels.runtime.gpu import launch_units
from mojo_kernels.runtime.gpu_rows import launch_rows
from mojo_kernels.runtime.team import Part
from mojo_kernels.runtime.types import MAX_WORDS, Words

comptime FAULT_CELLS = 3
"""The cells of a fault, of int64: the number of what met it, 0 where there is none, the value and the bound."""
comptime FAULT_WORD = 16
"""The word, behind a `DeviceContext` at the start of a device's block, that holds the address of its fault."""


def number_of(name: String, asker: Int = 0) -> Int64:
    """Returns the number of a kernel, the 32 bits of the hash FNV-1a of its name, and above them who asked for it.

    Args:
        name: The kernel's name.
        asker: The number of an operation (pyfront/mocrograd/backend/faults.py), 0 where the kernel's name says it.

    Returns:
        A number, practically never 0.
    """
    var hash = UInt32(2166136261)
    for byte in name.as_bytes():
        hash = (hash ^ UInt32(byte)) * 16777619
    return Int64(hash) | Int64(asker) << 32


@always_inline
def report(args: Words, count: Int, value: Int64, bound: Int64):
    """Tells the host of a bad value, in a kernel on a GPU that was launched by `launch_telling`; elsewhere nothing happens.

    Args:
        args: The packed words.
        count: The number of words that the kernel declares.
        value: The bad value.
        bound: What it should be less than.
    """
    comptime if is_gpu():
        var fault = Words(unsafe_from_address=Int(args.unsafe_load(count)))
        if fault.unsafe_load(0) == 0:
            fault.unsafe_store(1, value)
            fault.unsafe_store(2, bound)
            fault.unsafe_store(0, args.unsafe_load(count + 1))


def _tell(ctx: ContextPointer, args: Words, count: Int, number: Int64, told: Words):
    """Copies words, and puts behind them what `report` reads."""
    for i in range(count):
        told.unsafe_store(i, args.unsafe_load(i))
    told.unsafe_store(count, Words(unsafe_from_address=ctx[].device).unsafe_load(FAULT_WORD))
    told.unsafe_store(count + 1, number)


def launch_telling[
    part: Part
](ctx: ContextPointer, args: Words, count: Int, number: Int64, units: Int) raises:
    """Launches a thread for each unit, as `launch_units`, of a kernel that reports bad values.

    Parameters:
        part: The function that does the units from its second to its third argument.

    Args:
        ctx: The call's context.
        args: The packed words.
        count: The number of words that `part` reads.
        number: What tells of bad values (`number_of`).
        units: The number of units.

    Raises:
        What the device's driver reports.
    """
    comptime if has_accelerator():
        var told = Words(unsafe_from_address=Int(stack_allocation[MAX_WORDS, Int64]()))
        _tell(ctx, args, count, number, told)
        launch_units[part](ctx, told, count + 2, units)


def launch_rows_telling[
    alone: Part, together: Part
](ctx: ContextPointer, args: Words, count: Int, number: Int64, units: Int, length: Int) raises:
    """Launches threads or blocks of threads for rows, as `launch_rows`, of a kernel that reports bad values.

    Parameters:
        alone: The function that a thread runs over units.
        together: The same under `Block`.

    Args:
        ctx: The call's context.
        args: The packed words.
        count: The number of words that both read.
        number: What tells of bad values (`number_of`).
        units: The number of rows.
        length: The number of elements of a row.

    Raises:
        What the device's driver reports.
    """
    comptime if has_accelerator():
        var told = Words(unsafe_from_address=Int(stack_allocation[MAX_WORDS, Int64]()))
        _tell(ctx, args, count, number, told)
        launch_rows[alone, together](ctx, told, count + 2, units, length)
