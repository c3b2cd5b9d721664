"""The extension `matmul`: matrix products."""

from std.python import PythonObject

from mojo_kernels.matmul import MatMul
from mojo_kernels.matmul.linear import register_linear
from mojo_kernels.python.extension import extension
from mojo_kernels.runtime.kernel import register
from mojo_kernels.runtime.types import FLOATS, NUMBERS


def _fill(table: PythonObject) raises:
    comptime for dt in NUMBERS:
        register[MatMul[dt]](table)
    comptime for dt in FLOATS:
        register_linear[dt](table)


@export
def PyInit_matmul() abi("C") -> PythonObject:
    """Makes the extension module.

    Returns:
        The module.
    """
    return extension("matmul", _fill)
