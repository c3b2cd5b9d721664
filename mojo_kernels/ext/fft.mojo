"""The extension `fft`: fast Fourier transforms."""

from std.python import PythonObject

from mojo_kernels.fft import Transform
from mojo_kernels.fft.direct import COMPLEX, FROM_REAL, TO_REAL
from mojo_kernels.python.extension import extension
from mojo_kernels.python.register import register
from mojo_kernels.runtime.types import FLOATS


def _fill(table: PythonObject) raises:
    comptime for dt in FLOATS:
        register[Transform[COMPLEX, dt]](table)
        register[Transform[FROM_REAL, dt]](table)
        register[Transform[TO_REAL, dt]](table)


@export
def PyInit_fft() abi("C") -> PythonObject:
    """Makes the extension module.

    Returns:
        The module.
    """
    return extension("fft", _fill)
