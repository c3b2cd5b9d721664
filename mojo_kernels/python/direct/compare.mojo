"""The direct call of comparisons, whose results are bools and have no gradient."""

from mojo_kernels.python.call import Object, Objects, runtime_of
from mojo_kernels.python.direct.pointwise import binary_result


def compare(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Compares two operands: (names, a, b) -> y.

    Args:
        self_: The runtime.
        objects: A dict of the names of the kernels by dtype, and the operands, of which one may be a number.
        count: 3.

    Returns:
        A tensor of bools; None where the general way must do it; or NULL with an exception set.
    """
    return binary_result[compares=True](
        runtime_of(self_), objects.unsafe_load(0), objects.unsafe_load(1), objects.unsafe_load(2)
    )
