"""How kernels come into the kernel table, the dict in which Python finds their addresses.

`register` instantiates a kernel under each schedule and for the GPU, and puts the addresses into the table as
"NAME.original", "NAME.tiled" and, in a build for a GPU, "NAME.gpu". What plans and profiles need stands beside them:
"NAME.words", "NAME.cost" and, for pointwise kernels, "NAME.part".
"""

from std.sys import has_accelerator

from mojo_kernels.python.table import Object, Table, integer, sequence, text
from mojo_kernels.runtime.kernel import CostEntry, Kernel, address_of, cost_entry, cpu_entry, gpu_entry
from mojo_kernels.runtime.schedule import Original, Tiled
from mojo_kernels.runtime.strided import operands_of
from mojo_kernels.runtime.team import Part
from mojo_kernels.runtime.types import KernelEntry, Sizes
from mojo_kernels.runtime.words import Letters, new_entry, new_signature


def register[K: Kernel](table: Table):
    """Puts the entries of kernel `K` into a table.

    Parameters:
        K: The kernel.

    Args:
        table: A Python dict from name to address.
    """
    var part = 0
    comptime if K.SHAPE >= 0:
        part = _address_of_part(K.run[Tiled])
    register_forms[K.name()](
        table, K.WORDS, cpu_entry[K, Original], cpu_entry[K, Tiled], cost_entry[K], part, K.SHAPE, K.SIZES
    )
    comptime if has_accelerator():
        _register_gpu(table, materialize[K.name()](), K.WORDS, gpu_entry[K])


@always_inline
def register_forms[
    NAME: String
](
    table: Table,
    words: StaticString,
    original: KernelEntry,
    tiled: KernelEntry,
    cost: CostEntry,
    part: Int = 0,
    shape: Int = -1,
    sizes: Sizes = Sizes(0),
):
    """Puts the forms that a kernel has in every build into a table.

    Parameters:
        NAME: The kernel's name, which the compiler puts together: the code for it would be as long as a kernel.

    Args:
        table: A Python dict from name to address.
        words: As `Kernel.WORDS`.
        original: The form `original`.
        tiled: The form `tiled`.
        cost: The function that tells the cost.
        part: The address of the function that does some units of a pointwise kernel, for chains; 0 in others.
        shape: As `Kernel.SHAPE`.
        sizes: As `Kernel.SIZES`.
    """
    _register_forms(table, materialize[NAME](), words, original, tiled, cost, part, shape, sizes)


@no_inline
def _register_forms(
    table: Table,
    name: String,
    words: StaticString,
    original: KernelEntry,
    tiled: KernelEntry,
    cost: CostEntry,
    part: Int,
    shape: Int,
    sizes: Sizes,
):
    var signature = new_signature(words, _is_floating(name))
    register_entry(table, name + ".original", original, signature)
    register_entry(table, name + ".tiled", tiled, signature)
    if part != 0:
        table.store(name + ".part", integer(part))
    register_cost(table, name, words, cost, shape, sizes)


@no_inline
def _register_gpu(table: Table, name: String, words: StaticString, form: KernelEntry):
    register_entry(table, name + ".gpu", form, new_signature(words, _is_floating(name)))


@no_inline
def register_cost(
    table: Table, name: String, words: StaticString, cost: CostEntry, shape: Int = -1, sizes: Sizes = Sizes(0)
):
    """Puts what plans and profiles need of a kernel into a table.

    Args:
        table: A Python dict from name to address.
        name: The kernel's name.
        words: As `Kernel.WORDS`.
        cost: The function that tells the cost.
        shape: As `Kernel.SHAPE`.
        sizes: As `Kernel.SIZES`.
    """
    var told = cost
    table.store(name + ".cost", integer(MutPointer(to=told).unsafe_bitcast[Int]()[]))
    var bytes = List[Object]()
    for k in range(operands_of(sizes)):
        bytes.append(integer(Int(sizes[k])))
    table.store(name + ".words", sequence([text(String(words)), integer(shape), sequence(bytes^)]))


def _address_of_part(part: Part) -> Int:
    var p = part
    return MutPointer(to=p).unsafe_bitcast[Int]()[]


def _is_floating(name: String) -> Bool:
    """Tells whether a kernel's dtype, which ends its name, is a floating one."""
    return "float" in name[byte = name.rfind(".") :]


def register_entry(table: Table, name: String, kernel: KernelEntry, signature: Letters):
    """Puts one form of a kernel into a table.

    Args:
        table: A Python dict from name to address.
        name: The kernel's name and its form, "op.direction.dtype.form".
        kernel: The function.
        signature: The letters of its words.
    """
    table.store(name, integer(new_entry(address_of(kernel), signature)))
