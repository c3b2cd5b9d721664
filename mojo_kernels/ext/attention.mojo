"""The extension `attention`: scaled dot-product attention."""

from mojo_kernels.attention import AttentionBackward, AttentionForward
from mojo_kernels.python.extension import extension
from mojo_kernels.python.register import register
from mojo_kernels.python.table import Object, Table
from mojo_kernels.runtime.types import FLOATS


def _fill(table: Table):
    comptime for dt in FLOATS:
        register[AttentionForward[dt]](table)
        register[AttentionBackward[dt]](table)


@export
def PyInit_attention() abi("C") -> Object:
    """Makes the extension module.

    Returns:
        The module.
    """
    return extension("attention", _fill)
