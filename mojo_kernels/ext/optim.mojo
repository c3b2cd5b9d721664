"""The extension `optim`: optimizer updates."""

from mojo_kernels.elementwise.narrow import HALVES
from mojo_kernels.optim.adam import ADAMS
from mojo_kernels.optim.plain import PLAIN
from mojo_kernels.optim.update import Update
from mojo_kernels.python.extension import extension
from mojo_kernels.python.register import register
from mojo_kernels.python.table import Object, Table
from mojo_kernels.runtime.types import FLOATS


def _fill(table: Table):
    comptime for dt in FLOATS:
        _register[dt](table)
    comptime for dt in HALVES:
        _register[dt](table)


def _register[dt: DType](table: Table):
    """Registers all updates of tensors of a dtype."""
    comptime for i in range(ADAMS.length):
        register[Update[ADAMS()[i], dt]](table)
    comptime for i in range(PLAIN.length):
        register[Update[PLAIN()[i], dt]](table)


@export
def PyInit_optim() abi("C") -> Object:
    """Makes the extension module.

    Returns:
        The module.
    """
    return extension("optim", _fill)
