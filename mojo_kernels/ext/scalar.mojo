"""The extension `scalar`: graphs of numbers, forward and backward. They run on the CPU alone, one node after the other."""

from mojo_kernels.python.extension import extension
from mojo_kernels.python.register import register_forms
from mojo_kernels.python.table import Object, Table
from mojo_kernels.runtime.kernel import Kernel, cost_entry, cpu_entry
from mojo_kernels.runtime.schedule import Original
from mojo_kernels.scalar import ScalarBackward, ScalarForward


def _add[K: Kernel](table: Table):
    """Puts in a kernel whose two forms are the same code."""
    register_forms[K.name()](table, K.WORDS, cpu_entry[K, Original], cpu_entry[K, Original], cost_entry[K])


def _fill(table: Table):
    _add[ScalarForward](table)
    _add[ScalarBackward](table)


@export
def PyInit_scalar() abi("C") -> Object:
    """Makes the extension module.

    Returns:
        The module.
    """
    return extension("scalar", _fill)
