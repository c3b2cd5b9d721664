"""The numbers that kernels and Python share. Kernels declare them, and backend/constants.py reads them from here."""

from std.python import Python, PythonObject
from std.sys import simd_width_of

from mojo_kernels.conv.last import PANEL
from mojo_kernels.conv.minimal import PLANES
from mojo_kernels.conv.tiling import MOST, MOST_TILES
from mojo_kernels.conv.weight import SIDE
from mojo_kernels.joining import MANY
from mojo_kernels.moments import BLOCK as MOMENTS_BLOCK
from mojo_kernels.python.crc import folds
from mojo_kernels.python.plan import STATE
from mojo_kernels.python.shortcut import HEAD
from mojo_kernels.python.watch import KINDS
from mojo_kernels.reduce import BLOCK as REDUCE_BLOCK
from mojo_kernels.runtime.chain import HEAD_WORDS, MOST_WORDS, SCRATCH, STEP_WORDS, TILE_WORDS
from mojo_kernels.runtime.context import COSTS
from mojo_kernels.elementwise.widened_rows import LONGEST_ROW
from mojo_kernels.runtime.tape import CALL, GIVE, TAKE
from mojo_kernels.runtime.types import MAX_RANK
from mojo_kernels.sorting import LONGEST


def constants() raises -> PythonObject:
    """Makes a dict of the numbers by the names that Python has for them.

    Returns:
        The dict.

    Raises:
        What Python raises.
    """
    var table = Python.dict()
    table["CHAIN_HEAD"] = String(HEAD_WORDS)
    table["CHAIN_SCRATCH"] = SCRATCH
    table["CHAIN_STEP"] = String(STEP_WORDS)
    table["CHAIN_TILE"] = String(TILE_WORDS)
    table["CHAIN_WORDS"] = MOST_WORDS
    table["CONV_MOST"] = MOST
    table["CONV_MOST_TILES"] = MOST_TILES
    table["CONV_PANEL"] = PANEL
    table["CONV_PLANES"] = PLANES
    table["CONV_SIDE"] = SIDE
    table["COSTS"] = String(COSTS)
    table["FOLDS_CRC"] = folds()
    table["JOIN_MANY"] = MANY
    table["LONGEST_SORT"] = LONGEST
    table["LONGEST_ROW"] = LONGEST_ROW
    table["MAX_RANK"] = MAX_RANK
    table["MOMENTS_BLOCK"] = MOMENTS_BLOCK
    table["PLAN_STATE"] = STATE
    table["REDUCE_BLOCK"] = REDUCE_BLOCK
    table["SHORTCUT_HEAD"] = String(HEAD)
    table["TAPE_CALL"] = CALL
    table["TAPE_GIVE"] = GIVE
    table["TAPE_TAKE"] = TAKE
    table["VECTOR_BITS"] = 8 * simd_width_of[DType.uint8]()
    table["WATCH_KINDS"] = String(KINDS)
    return table
