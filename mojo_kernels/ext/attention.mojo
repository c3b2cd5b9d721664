"""The extension `attention`: scaled dot-product attention."""

from mojo_kernels.attention.backward import AttentionBackward
from mojo_kernels.attention.forward import AttentionForward
from mojo_kernels.attention.tiles import AttentionTiles
from mojo_kernels.python.extension import extension
from mojo_kernels.python.register import register, register_forms
from mojo_kernels.python.table import Object, Table
from mojo_kernels.runtime.bfloat16 import BFLOAT16
from mojo_kernels.runtime.kernel import Kernel, cost_entry, cpu_entry
from mojo_kernels.runtime.schedule import Original, Tiled
from mojo_kernels.runtime.types import FLOATS


def _fill(table: Table):
    comptime for dt in FLOATS:
        register[AttentionForward[dt]](table)
        register[AttentionBackward[dt]](table)
    _register_cpu[AttentionTiles](table)
    _register_cpu[AttentionBackward[BFLOAT16]](table)


def _register_cpu[K: Kernel](table: Table):
    """Registers a kernel of bfloat16, which has no form for a GPU."""
    register_forms[K.name()](
        table, K.WORDS, cpu_entry[K, Original], cpu_entry[K, Tiled], cost_entry[K], 0, K.SHAPE, K.SIZES
    )


@export
def PyInit_attention() abi("C") -> Object:
    """Makes the extension module.

    Returns:
        The module.
    """
    return extension("attention", _fill)
