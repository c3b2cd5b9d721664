"""How a Python extension with a kernel table is made."""

from std.os import abort
from std.python import Python, PythonObject
from std.python.bindings import PythonModuleBuilder


def extension(name: StaticString, fill: def(PythonObject) raises thin -> None) -> PythonObject:
    """Makes an extension module whose `kernels` is a dict from kernel name to address.

    Args:
        name: The module's name.
        fill: Registers the kernels in the dict.

    Returns:
        The module.
    """
    try:
        var table = Python.dict()
        fill(table)
        var builder = PythonModuleBuilder(name)
        var module = builder.finalize()
        module.kernels = table
        return module
    except e:
        abort(String("mocrograd: the extension ", name, " could not start: ", e))
