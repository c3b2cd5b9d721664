"""The extension `conv`: convolutions."""

from mojo_kernels.conv import (
    ConvCombine,
    ConvForward,
    ConvFrame,
    ConvMinimal,
    ConvMinimalCombine,
    ConvMinimalWeight,
    ConvPoints,
    ConvTurn,
    ConvWeight,
)
from mojo_kernels.python.extension import extension
from mojo_kernels.python.register import register
from mojo_kernels.python.table import Object, Table
from mojo_kernels.runtime.types import FLOATS


def _fill(table: Table):
    comptime for dt in FLOATS:
        register[ConvForward[dt]](table)
        register[ConvWeight[dt]](table)
        register[ConvCombine[dt]](table)
        register[ConvFrame[dt]](table)
        register[ConvTurn[dt]](table)
    register[ConvPoints[DType.float32]](table)
    register[ConvMinimal[DType.float32]](table)
    register[ConvMinimalWeight[DType.float32]](table)
    register[ConvMinimalCombine[DType.float32]](table)


@export
def PyInit_conv() abi("C") -> Object:
    """Makes the extension module.

    Returns:
        The module.
    """
    return extension("conv", _fill)
