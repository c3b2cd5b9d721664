"""The extension `scan`: running sums, products and extremes."""

from mojo_kernels.python.extension import extension
from mojo_kernels.python.register import register
from mojo_kernels.python.table import Object, Table
from mojo_kernels.runtime.types import FLOATS, NARROW, NUMBERS
from mojo_kernels.scan import CumProdBackward, LogCumSumExp, RunningExtreme, SCANS, Scan


def _fill(table: Table):
    comptime for dt in NUMBERS:
        comptime for i in range(SCANS.length):
            register[Scan[SCANS()[i], dt]](table)
        register[RunningExtreme[True, dt]](table)
        register[RunningExtreme[False, dt]](table)
    comptime for dt in NARROW:
        comptime for i in range(SCANS.length):
            register[Scan[SCANS()[i], dt, DType.int64]](table)
        register[RunningExtreme[True, dt]](table)
        register[RunningExtreme[False, dt]](table)
    comptime for dt in FLOATS:
        register[Scan[LogCumSumExp, dt]](table)
        register[CumProdBackward[dt]](table)


@export
def PyInit_scan() abi("C") -> Object:
    """Makes the extension module.

    Returns:
        The module.
    """
    return extension("scan", _fill)
