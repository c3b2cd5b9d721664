"""The extension `conv`: convolutions."""

from std.builtin.variadics import TypeList

from mojo_kernels.conv import (
    ConvCombine,
    ConvCombineTiles,
    ConvDepthwise,
    ConvDepthwiseWeight,
    ConvForward,
    ConvFrame,
    ConvLast,
    ConvLastWeight,
    ConvMinimal,
    ConvMinimalCombine,
    ConvMinimalWeight,
    ConvPanels,
    ConvPoints,
    ConvTiles,
    ConvTurn,
    ConvWeight,
    ConvWeightTiles,
)
from mojo_kernels.matmul.amx import may_multiply
from mojo_kernels.matmul.half import IS_LIBRARY
from mojo_kernels.python.extension import extension
from mojo_kernels.python.register import register, register_forms
from mojo_kernels.python.table import Object, Table
from mojo_kernels.runtime.bfloat16 import BFLOAT16
from mojo_kernels.runtime.kernel import Kernel, cost_entry, cpu_entry
from mojo_kernels.runtime.schedule import Original, Tiled
from mojo_kernels.runtime.types import FLOATS

comptime _TILES = TypeList.of[
    Trait=Kernel, ConvTiles, ConvWeightTiles, ConvCombineTiles, ConvFrame[BFLOAT16], ConvTurn[BFLOAT16]
]


def _fill(table: Table):
    comptime for dt in FLOATS:
        register[ConvForward[dt]](table)
        register[ConvWeight[dt]](table)
        register[ConvCombine[dt]](table)
        register[ConvFrame[dt]](table)
        register[ConvTurn[dt]](table)
        register[ConvPanels[dt]](table)
        register[ConvLast[dt]](table)
        register[ConvLastWeight[dt]](table)
        register[ConvDepthwise[dt]](table)
        register[ConvDepthwiseWeight[dt]](table)
    register[ConvPoints[DType.float32]](table)
    register[ConvMinimal[DType.float32]](table)
    register[ConvMinimalWeight[DType.float32]](table)
    register[ConvMinimalCombine[DType.float32]](table)
    comptime if IS_LIBRARY:  # what was recorded on a processor with tiles may run elsewhere
        comptime for i in range(_TILES.length):
            register[_TILES()[i]](table)
    else:
        if may_multiply():
            _register_tiles(table)


def _register_tiles(table: Table):
    """Registers the kernels of bfloat16, which have no form for a GPU."""
    comptime for i in range(_TILES.length):
        comptime K = _TILES()[i]
        register_forms[K.name()](
            table, K.WORDS, cpu_entry[K, Original], cpu_entry[K, Tiled], cost_entry[K], 0, K.SHAPE, K.SIZES
        )


@export
def PyInit_conv() abi("C") -> Object:
    """Makes the extension module.

    Returns:
        The module.
    """
    return extension("conv", _fill)
