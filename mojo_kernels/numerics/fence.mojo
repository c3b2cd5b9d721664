"""Products that are rounded before they are added: compilers fuse both into one instruction otherwise."""

from std.sys import llvm_intrinsic


@always_inline
def fence[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns lanes as they are, rounded: no product before is fused with a sum behind.

    Separate kernels have that by their memory, and generated code that stands for them by this.

    Parameters:
        dt: The dtype.
        w: The number of lanes, one or those of a vector.

    Args:
        x: The lanes.

    Returns:
        The same lanes.
    """
    comptime if dt.is_floating_point():
        return llvm_intrinsic["llvm.arithmetic.fence", SIMD[dt, w], has_side_effect=False](x)
    else:
        return x
