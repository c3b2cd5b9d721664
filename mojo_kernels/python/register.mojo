"""How kernels come into the kernel table, the dict in which Python finds their addresses.

`register` instantiates a kernel under each schedule and for the GPU, and puts the addresses into the table as
"NAME.original", "NAME.tiled" and, in a build for a GPU, "NAME.gpu". What plans and profiles need stands beside them:
"NAME.words", "NAME.cost" and, for pointwise kernels, "NAME.part".
"""

from std.python import Python, PythonObject
from std.sys import has_accelerator

from mojo_kernels.runtime.kernel import CostEntry, Kernel, address_of, cost_entry, cpu_entry, gpu_entry
from mojo_kernels.runtime.schedule import Original, Tiled
from mojo_kernels.runtime.strided import operands_of
from mojo_kernels.runtime.team import Part
from mojo_kernels.runtime.types import KernelEntry, Sizes
from mojo_kernels.runtime.words import Letters, new_entry, new_signature


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
    register_cost(table, name, K.WORDS, cost_entry[K], K.SHAPE, K.SIZES)


def _is_floating(name: String) -> Bool:
    """Tells whether a kernel's dtype, which ends its name, is a floating one."""
    return "float" in name[byte = name.rfind(".") :]


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


def register_cost(
    table: PythonObject,
    name: String,
    words: StaticString,
    cost: CostEntry,
    shape: Int = -1,
    sizes: Sizes = Sizes(0),
) raises:
    """Puts into a table what a kernel's words are and the function that tells its cost.

    Args:
        table: A Python dict.
        name: The kernel's name, "op.direction.dtype".
        words: As `Kernel.WORDS`.
        cost: The function.
        shape: As `Kernel.SHAPE`.
        sizes: As `Kernel.SIZES`.

    Raises:
        What Python raises.
    """
    var c = cost
    table[name + ".cost"] = PythonObject(MutPointer(to=c).unsafe_bitcast[Int]()[])
    var bytes = Python.list()
    for k in range(operands_of(sizes)):
        bytes.append(Int(sizes[k]))
    table[name + ".words"] = Python.tuple(String(words), shape, bytes)
