"""The extension `pool`: pooling over windows."""

from mojo_kernels.elementwise.narrow import HALVES
from mojo_kernels.pool import AvgPoolBackward, Pool, PoolLast, PoolLastBackward, PoolMove
from mojo_kernels.python.extension import extension
from mojo_kernels.python.register import register
from mojo_kernels.python.table import Object, Table
from mojo_kernels.runtime.types import FLOATS


def _register[dt: DType](table: Table):
    register[Pool[True, dt]](table)
    register[Pool[False, dt]](table)
    register[AvgPoolBackward[dt]](table)
    register[PoolMove[True, dt]](table)
    register[PoolMove[False, dt]](table)


def _fill(table: Table):
    comptime for dt in FLOATS:
        _register[dt](table)
        register[PoolLast[True, dt]](table)
        register[PoolLast[False, dt]](table)
        register[PoolLastBackward[True, dt]](table)
        register[PoolLastBackward[False, dt]](table)
    comptime for dt in HALVES:
        _register[dt](table)


@export
def PyInit_pool() abi("C") -> Object:
    """Makes the extension module.

    Returns:
        The module.
    """
    return extension("pool", _fill)
