"""The extension `softmax`: softmax, log-softmax and the losses over classes."""

from mojo_kernels.elementwise.narrow import HALVES
from mojo_kernels.elementwise.widened_rows import WidenedRows
from mojo_kernels.loss.cross_entropy import (
    CrossEntropyBackward,
    CrossEntropyForward,
    NLLLossBackward,
    NLLLossForward,
)
from mojo_kernels.python.extension import extension
from mojo_kernels.python.register import register
from mojo_kernels.python.table import Object, Table
from mojo_kernels.runtime.types import FLOATS
from mojo_kernels.softmax import SoftmaxBackward, SoftmaxForward


def _fill(table: Table):
    comptime for dt in FLOATS:
        comptime for logarithm in [False, True]:
            register[SoftmaxForward[logarithm, dt]](table)
            register[SoftmaxBackward[logarithm, dt]](table)
        register[CrossEntropyForward[dt]](table)
        register[CrossEntropyBackward[dt]](table)
        register[NLLLossForward[dt]](table)
        register[NLLLossBackward[dt]](table)
    comptime for dt in HALVES:
        comptime for logarithm in [False, True]:
            register[WidenedRows[SoftmaxForward[logarithm, DType.float32], dt]](table)
            register[WidenedRows[SoftmaxBackward[logarithm, DType.float32], dt]](table)
        register[WidenedRows[CrossEntropyForward[DType.float32], dt]](table)
        register[WidenedRows[CrossEntropyBackward[DType.float32], dt]](table)
        register[NLLLossForward[dt, DType.float32]](table)
        register[NLLLossBackward[dt, DType.float32]](table)


@export
def PyInit_softmax() abi("C") -> Object:
    """Makes the extension module.

    Returns:
        The module.
    """
    return extension("softmax", _fill)
