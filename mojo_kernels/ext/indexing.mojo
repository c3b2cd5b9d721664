"""The extension `indexing`: gather and scatter by index."""

from mojo_kernels.indexing import ADD, COPY, IndexSelect, IndexSum, Scatter
from mojo_kernels.python.extension import extension
from mojo_kernels.python.register import register
from mojo_kernels.python.table import Object, Table
from mojo_kernels.runtime.types import NARROW, NUMBERS, STORED


def _fill(table: Table):
    comptime for dt in STORED:
        register[IndexSelect[dt]](table)
        register[Scatter[COPY, dt]](table)
    comptime for dt in NUMBERS:
        register[Scatter[ADD, dt]](table)
        register[IndexSum[dt]](table)
    comptime for dt in NARROW:
        register[Scatter[ADD, dt]](table)


@export
def PyInit_indexing() abi("C") -> Object:
    """Makes the extension module.

    Returns:
        The module.
    """
    return extension("indexing", _fill)
