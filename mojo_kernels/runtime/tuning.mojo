"""What has been measured on this processor: which register tile products use, and how large their blocks are.

One block of words per process, which all extensions share. Python writes it (backend/tuning.py): at the first product
that is big enough to be worth a measurement, kernels ask for it. What the words say changes no bit of a result.
"""

from std.atomic import Atomic
from std.ffi import _Global
from std.os import abort
from std.sys import is_defined

from mojo_kernels.runtime.types import Words

comptime BIG = 1 << 23
"""Multiplications of a product that asks for a measurement: 0.1 ms on one core."""

comptime _ALONE = is_defined["MOCROGRAD_THREADS"]()
"""Whether this is a C library, which has nobody to measure and no run-time library to keep the words in."""
comptime _ASK = 0
comptime _FLOAT32 = 1
comptime _FLOAT64 = 2
comptime _BLOCK = 3
comptime _COUNT = 4


struct _Tuning(Defaultable, Movable):
    """The words: the address of a function that Python gives to be asked, 0 for none; shapes; bytes of a block.
    """

    var words: SIMD[DType.int64, _COUNT]

    def __init__(out self):
        self.words = 0


def _new() -> _Tuning:
    return _Tuning()


comptime _TUNING = _Global["mocrograd_tuning", _new]


def tuning_words() -> Words:
    """Returns the words, in the order that Python knows: function to ask, shape for float32, for float64, bytes of a block.

    Returns:
        The words, all 0 at first: the built-in choice.
    """
    try:
        return Words(unsafe_from_address=Int(_TUNING.get_or_create_ptr()))
    except e:
        abort(String("mocrograd: no memory for a few words: ", e))


@always_inline
def tuned_shape[dt: DType]() -> Int:
    """Returns the number of the shape of register tiles.

    Parameters:
        dt: The dtype.

    Returns:
        An index of the family of shapes.
    """
    comptime if _ALONE:
        return 0
    return Int(tuning_words().unsafe_load(_FLOAT64 if dt == DType.float64 else _FLOAT32))


@always_inline
def tuned_block(otherwise: Int) -> Int:
    """Returns the bytes of a packed block.

    Args:
        otherwise: The bytes where nothing was measured.

    Returns:
        The bytes.
    """
    comptime if _ALONE:
        return otherwise
    var block = Int(tuning_words().unsafe_load(_BLOCK))
    return block if block > 0 else otherwise


def ask_for_tuning(multiplications: Int):
    """Lets Python measure, once, before a product that is big. Call it on the thread that calls the kernel.

    Args:
        multiplications: How large the product is.
    """
    comptime if _ALONE:
        return
    if multiplications < BIG:
        return
    var ask = tuning_words().unsafe_offset(_ASK)
    var function = Atomic.load(ask)
    if function == 0 or not Atomic.compare_exchange(ask, function, Int64(0)):
        return
    var address = Int(function)
    MutPointer(to=address).unsafe_bitcast[def() thin abi("C") -> None]()[]()
