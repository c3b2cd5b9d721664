"""How a Python extension with a kernel table is made."""

from std.ffi import external_call

from mojo_kernels.python.table import Object, Table, release
from mojo_kernels.runtime.system import new_block

comptime _API = 1013
"""The version of Python's C interface, the same since Python 3.0."""
comptime _DEFINITION = 13
"""The words of a PyModuleDef: five of an object's head, then name, documentation, size, and five addresses of parts."""


def extension(name: StaticString, fill: def(Table) thin -> None) -> Object:
    """Makes an extension module whose `kernels` is a dict from kernel name to address.

    Args:
        name: The module's name.
        fill: Registers the kernels in the dict.

    Returns:
        The module, or 0 where Python has refused something and keeps the exception.
    """
    var table = Table()
    fill(table)
    var module = new_module(name)
    add_to_module(module, "kernels", table.dict)
    if external_call["PyErr_Occurred", Object]() == 0:
        return module
    release(module)
    return 0


def new_module(name: StaticString) -> Object:
    """Makes an empty extension module.

    Args:
        name: Its name.

    Returns:
        The module, or 0 where Python has refused it.
    """
    var definition = MutPointer[Int, MutUntrackedOrigin](unsafe_from_address=new_block(8 * _DEFINITION, 64))
    for i in range(_DEFINITION):
        definition.unsafe_store(i, 0)
    definition.unsafe_store(0, 1)  # a reference, for the life of the process
    definition.unsafe_store(5, Int(name.unsafe_ptr()))
    definition.unsafe_store(7, -1)  # no state
    return external_call["PyModule_Create2", Object](definition, Int32(_API))


def add_to_module(module: Object, name: StaticString, value: Object):
    """Makes an object an attribute of a module.

    Args:
        module: The module, or 0.
        name: The attribute's name.
        value: The object, whose reference is taken over, or 0.
    """
    if module != 0 and value != 0:
        _ = external_call["PyObject_SetAttrString", Int32](module, name.unsafe_ptr(), value)
    release(value)
