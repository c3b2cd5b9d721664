"""The extension `sparse`: products of sparse matrices and dense ones."""

from mojo_kernels.matmul.sparse import SparseProduct, SparseSampled
from mojo_kernels.python.extension import extension
from mojo_kernels.python.register import register
from mojo_kernels.python.table import Object, Table
from mojo_kernels.runtime.types import FLOATS


def _fill(table: Table):
    comptime for dt in FLOATS:
        register[SparseProduct[dt]](table)
        register[SparseSampled[dt]](table)


@export
def PyInit_sparse() abi("C") -> Object:
    """Makes the extension module.

    Returns:
        The module.
    """
    return extension("sparse", _fill)
