"""The extension `normalization`: normalisation of rows and of channels."""

from mojo_kernels.elementwise.narrow import HALVES
from mojo_kernels.normalization import ChannelNorm, ChannelNormBackward, RowNorm, RowNormBackward
from mojo_kernels.python.extension import extension
from mojo_kernels.python.register import register
from mojo_kernels.python.table import Object, Table
from mojo_kernels.runtime.types import FLOATS


def _register[dt: DType](table: Table):
    register[RowNorm[dt]](table)
    register[RowNormBackward[dt]](table)
    register[ChannelNorm[True, dt]](table)
    register[ChannelNorm[False, dt]](table)
    register[ChannelNormBackward[dt]](table)


def _fill(table: Table):
    comptime for dt in FLOATS:
        _register[dt](table)
    comptime for dt in HALVES:
        _register[dt](table)


@export
def PyInit_normalization() abi("C") -> Object:
    """Makes the extension module.

    Returns:
        The module.
    """
    return extension("normalization", _fill)
