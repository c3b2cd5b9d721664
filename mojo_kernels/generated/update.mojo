"""An optimizer's update of tensors of known sizes."""

from std.collections import Array
from std.sys import simd_width_of

from mojo_kernels.generated.loops import each
from mojo_kernels.matmul.tile import load_lanes, store_lanes
from mojo_kernels.numerics.fence import fence
from mojo_kernels.optim.update import OptimizerOp
from mojo_kernels.runtime.types import Buffer


@always_inline
def update[Op: OptimizerOp, dt: DType, count: Int](op: Op, param: Buffer[dt], grad: Buffer[dt], *states: Int):
    """Moves a tensor.

    Parameters:
        Op: The optimizer.
        dt: The dtype.
        count: The number of elements.

    Args:
        op: The optimizer with the options of this step.
        param: The elements.
        grad: Their gradient.
        states: The addresses of their states, 0 for one that is not kept.
    """

    def body[w: Int, tail: Bool](i: Int, mask: SIMD[DType.bool, w]) {imm}:
        var own = Array[SIMD[dt, w], Op.STATES](fill=0)
        comptime for s in range(Op.STATES):
            if states[s] != 0:
                own[s] = load_lanes[dt, w, tail](
                    Buffer[dt](unsafe_from_address=states[s]).unsafe_offset(i),
                    mask,
                )
        var old = load_lanes[dt, w, tail](param.unsafe_offset(i), mask)
        var new = op.update(old, load_lanes[dt, w, tail](grad.unsafe_offset(i), mask), own)
        store_lanes[dt, w, tail](param.unsafe_offset(i), fence(new), mask)
        comptime for s in range(Op.STATES):
            if states[s] != 0:
                store_lanes[dt, w, tail](
                    Buffer[dt](unsafe_from_address=states[s]).unsafe_offset(i),
                    fence(own[s]),
                    mask,
                )

    each[dt, count](body)
