"""The extension `resample`: interpolation and frames."""

from std.python import PythonObject

from mojo_kernels.python.extension import extension
from mojo_kernels.python.register import register
from mojo_kernels.resample import Resample, ResampleBackward
from mojo_kernels.runtime.types import FLOATS
from mojo_kernels.runtime.words import Names

comptime WORDS: StaticString = "y:w x:r planes image:... result:... kind align scales:fff"
"""The words (words.mojo)."""
comptime AT = Names[WORDS]()
"""Their indices."""


def _fill(table: PythonObject) raises:
    comptime for dt in FLOATS:
        register[Resample[dt]](table)
        register[ResampleBackward[dt]](table)


@export
def PyInit_resample() abi("C") -> PythonObject:
    """Makes the extension module.

    Returns:
        The module.
    """
    return extension("resample", _fill)
