"""Elements as they are stored and as they are computed with."""

from mojo_kernels.elementwise.narrow import is_half


def computed_in(stored: DType) -> DType:
    """Returns the dtype that elements are computed in.

    Args:
        stored: The dtype that they are stored in, a floating one.

    Returns:
        Itself, and float32 for those of 16 bits.
    """
    return DType.float32 if is_half(stored) else stored
