"""The extension `resample`: interpolation, frames and samples at points."""

from mojo_kernels.python.extension import extension
from mojo_kernels.python.register import register
from mojo_kernels.python.table import Object, Table
from mojo_kernels.resample import Resample, ResampleBackward
from mojo_kernels.resample.grid import GridSample, GridSampleBackward, GridSamplePointsBackward
from mojo_kernels.runtime.types import FLOATS


def _fill(table: Table):
    comptime for dt in FLOATS:
        register[Resample[dt]](table)
        register[GridSample[dt]](table)
        register[GridSampleBackward[dt]](table)
        register[GridSamplePointsBackward[dt]](table)
        register[ResampleBackward[dt]](table)


@export
def PyInit_resample() abi("C") -> Object:
    """Makes the extension module.

    Returns:
        The module.
    """
    return extension("resample", _fill)
