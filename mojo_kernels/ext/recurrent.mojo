"""The extension `recurrent`: recurrent layers."""

from mojo_kernels.python.extension import extension
from mojo_kernels.python.register import register
from mojo_kernels.python.table import Object, Table
from mojo_kernels.recurrent import GRU, LSTM, RELU, RecurrentBackward, RecurrentForward, TANH
from mojo_kernels.runtime.types import FLOATS


def _fill(table: Table):
    comptime for dt in FLOATS:
        comptime for cell in [LSTM, GRU, TANH, RELU]:
            register[RecurrentForward[cell, dt]](table)
            register[RecurrentBackward[cell, dt]](table)


@export
def PyInit_recurrent() abi("C") -> Object:
    """Makes the extension module.

    Returns:
        The module.
    """
    return extension("recurrent", _fill)
