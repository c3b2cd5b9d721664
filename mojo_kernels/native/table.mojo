"""The kernels of a C library: those that its model calls, by number, and no others are compiled.

The generated code registers all kernels of the extensions that it needs, as `PyInit_NAME` does. `register` compiles
those that the define MOCROGRAD_KERNELS names, a list with commas; of those in MOCROGRAD_PARTS, which are steps of
chains, the function that does some units.
"""

from std.sys import get_defined_string

from mojo_kernels.native.schedule import Native
from mojo_kernels.runtime.kernel import Kernel, address_of, cpu_entry
from mojo_kernels.runtime.team import Part
from mojo_kernels.runtime.types import Words

comptime Table = Words
"""The addresses of the entries of `KERNELS`, then those of `PARTS`."""
comptime KERNELS: StaticString = get_defined_string["MOCROGRAD_KERNELS", ""]()
"""The kernels that the model calls: their names without a form."""
comptime PARTS: StaticString = get_defined_string["MOCROGRAD_PARTS", ""]()
"""The kernels that are steps of its chains."""


def count_of(names: StaticString) -> Int:
    """Counts the names of a list.

    Args:
        names: The names, with commas between them.

    Returns:
        Their number.
    """
    if names.byte_length() == 0:
        return 0
    var count = 1
    for byte in names.as_bytes():
        count += Int(byte == UInt8(ord(",")))
    return count


def _number(names: StaticString, name: String) -> Int:
    """Returns where a list has a name, -1 where it does not."""
    var number = 0
    for piece in names.split(","):
        if piece == name:
            return number
        number += 1
    return -1


def register[K: Kernel](table: Table):
    """Puts the entries of kernel `K` into the table, if the model needs them.

    Parameters:
        K: The kernel.

    Args:
        table: The table.
    """
    comptime number = _number(KERNELS, K.name())
    comptime if number >= 0:
        table.unsafe_store(number, Int64(address_of(cpu_entry[K, Native])))
    comptime part = _number(PARTS, K.name())
    comptime if part >= 0:
        var run: Part = K.run[Native]
        table.unsafe_store(count_of(KERNELS) + part, Int64(MutPointer(to=run).unsafe_bitcast[Int]()[]))
