"""The extension `optim`: optimizer updates."""

from std.python import PythonObject

from mojo_kernels.optim import OPTIMIZERS, Update
from mojo_kernels.python.extension import extension
from mojo_kernels.python.register import register
from mojo_kernels.runtime.types import FLOATS


def _fill(table: PythonObject) raises:
    comptime for i in range(OPTIMIZERS.length):
        comptime for dt in FLOATS:
            register[Update[OPTIMIZERS()[i], dt]](table)


@export
def PyInit_optim() abi("C") -> PythonObject:
    """Makes the extension module.

    Returns:
        The module.
    """
    return extension("optim", _fill)
