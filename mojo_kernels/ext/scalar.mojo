"""The extension `scalar`: graphs of numbers, forward and backward. They run on the CPU alone, one node after the other."""

from std.python import PythonObject

from mojo_kernels.python.extension import extension
from mojo_kernels.python.register import register_cost, register_entry
from mojo_kernels.runtime.kernel import Kernel, cost_entry, cpu_entry
from mojo_kernels.runtime.schedule import Original
from mojo_kernels.runtime.words import new_signature
from mojo_kernels.scalar import ScalarBackward, ScalarForward


def _add[K: Kernel](table: PythonObject) raises:
    """Puts in a kernel whose two forms are the same code."""
    var signature = new_signature(K.WORDS, True)
    register_entry(table, K.name() + ".original", cpu_entry[K, Original], signature)
    register_entry(table, K.name() + ".tiled", cpu_entry[K, Original], signature)
    register_cost(table, K.name(), K.WORDS, cost_entry[K])


def _fill(table: PythonObject) raises:
    _add[ScalarForward](table)
    _add[ScalarBackward](table)


@export
def PyInit_scalar() abi("C") -> PythonObject:
    """Makes the extension module.

    Returns:
        The module.
    """
    return extension("scalar", _fill)
