"""An optimizer's update of tensors of known sizes."""

from std.collections import Array
from std.sys import simd_width_of

from mojo_kernels.generated.loops import each
from mojo_kernels.matmul.tile import load_lanes, store_lanes
from mojo_kernels.numerics.fence import fence
from mojo_kernels.optim.update import OptimizerOp
from mojo_kernels.runtime.types import Buffer


@always_inline
def update_lanes[
    Op: OptimizerOp, dt: DType, w: Int, tail: Bool
](op: Op, i: Int, mask: SIMD[DType.bool, w], param: Buffer[dt], grad: SIMD[dt, w], *states: Int):
    """Moves a vector of elements.

    Parameters:
        Op: The optimizer.
        dt: The dtype.
        w: The number of elements.
        tail: Whether those within the mask count alone.

    Args:
        op: The optimizer with the options of this step.
        i: The number of the first element.
        mask: The elements that count.
        param: The elements of the tensor.
        grad: The gradient of the vector.
        states: The addresses of the tensor's states, 0 for one that is not kept.
    """
    var own = Array[SIMD[dt, w], Op.STATES](fill=0)
    comptime for s in range(Op.STATES):
        if states[s] != 0:
            own[s] = load_lanes[dt, w, tail](Buffer[dt](unsafe_from_address=states[s]).unsafe_offset(i), mask)
    var old = load_lanes[dt, w, tail](param.unsafe_offset(i), mask)
    var new = op.update(old, grad, own)
    store_lanes[dt, w, tail](param.unsafe_offset(i), fence(new), mask)
    comptime for s in range(Op.STATES):
        if states[s] != 0:
            store_lanes[dt, w, tail](
                Buffer[dt](unsafe_from_address=states[s]).unsafe_offset(i), fence(own[s]), mask
            )


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
        var lanes = load_lanes[dt, w, tail](grad.unsafe_offset(i), mask)
        update_lanes[Op, dt, w, tail](op, i, mask, param, lanes, *states)

    each[dt, count](body)
