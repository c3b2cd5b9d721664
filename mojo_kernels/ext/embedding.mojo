"""The extension `embedding`: rows of a table by index, and sums of them."""

from mojo_kernels.elementwise.narrow import HALVES
from mojo_kernels.embedding import EmbeddingBackward, EmbeddingBag, EmbeddingForward
from mojo_kernels.python.extension import extension
from mojo_kernels.python.register import register
from mojo_kernels.python.table import Object, Table
from mojo_kernels.runtime.types import FLOATS


def _fill(table: Table):
    comptime for dt in FLOATS:
        register[EmbeddingForward[dt]](table)
        register[EmbeddingBackward[dt]](table)
        register[EmbeddingBag[dt]](table)
    comptime for dt in HALVES:
        register[EmbeddingForward[dt]](table)
        register[EmbeddingBackward[dt, DType.float32]](table)


@export
def PyInit_embedding() abi("C") -> Object:
    """Makes the extension module.

    Returns:
        The module.
    """
    return extension("embedding", _fill)
