"""The extension `optim`: optimizer updates."""

from std.python import PythonObject

from mojo_kernels.optim.adam import ADAMS
from mojo_kernels.optim.plain import PLAIN
from mojo_kernels.optim.update import Update
from mojo_kernels.python.extension import extension
from mojo_kernels.python.register import register
from mojo_kernels.runtime.types import FLOATS


def _fill(table: PythonObject) raises:
    comptime for dt in FLOATS:
        comptime for i in range(ADAMS.length):
            register[Update[ADAMS()[i], dt]](table)
        comptime for i in range(PLAIN.length):
            register[Update[PLAIN()[i], dt]](table)


@export
def PyInit_optim() abi("C") -> PythonObject:
    """Makes the extension module.

    Returns:
        The module.
    """
    return extension("optim", _fill)
