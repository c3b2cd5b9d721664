"""The extension `sorting`: sorting, the largest elements, indices in sorted rows, medians, and elements at indices."""

from mojo_kernels.python.extension import extension
from mojo_kernels.python.register import register
from mojo_kernels.python.table import Object, Table
from mojo_kernels.runtime.types import NARROW, NUMBERS
from mojo_kernels.sorting import SearchSorted, Sort, TopK
from mojo_kernels.sorting.nth import Nth
from mojo_kernels.sorting.pick import Pick, Unpick


def _fill(table: Table):
    comptime for dt in NUMBERS:
        register[Sort[dt]](table)
        register[TopK[dt]](table)
        register[SearchSorted[dt]](table)
        register[Nth[dt]](table)
        register[Pick[dt]](table)
        register[Unpick[dt]](table)
    comptime for dt in NARROW:
        register[Sort[dt]](table)
        register[TopK[dt]](table)
        register[SearchSorted[dt]](table)
        register[Nth[dt]](table)
        register[Pick[dt]](table)


@export
def PyInit_sorting() abi("C") -> Object:
    """Makes the extension module.

    Returns:
        The module.
    """
    return extension("sorting", _fill)
