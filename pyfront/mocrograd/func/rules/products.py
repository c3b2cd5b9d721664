"""Rules of products of matrices. Where samples share an operand and want gradients of their own, it is read once."""

from __future__ import annotations

from typing import Any

from mocrograd import ops
from mocrograd.autograd import Function, mode
from mocrograd.func.batched import Job
from mocrograd.ops.matmul import AddMM, Linear, MatMul
from mocrograd.tensor import Tensor


def shared(x: Any) -> bool:
    """Return whether a value is one tensor for all samples, expanded."""
    return isinstance(x, Tensor) and x._strides[0] == 0 and x._shape[0] > 1


def _matmul(job: Job) -> Any:
    rank = max(job.rank(0), job.rank(1))
    return ops.matmul(job.aligned(0, rank), job.aligned(1, rank))


class SharedLinear(Function):
    """y = x w^T + bias for rows of samples that share w and bias, of which each has gradients of its own."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """Multiply all rows with the one weight."""
        ctx.save_for_backward(x, weight)
        return ops.linear(x, weight[0], None if bias is None else bias[0])

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Multiply gradients with the one weight, and with each sample's rows."""
        x, weight = ctx.saved_tensors
        wants_x, wants_weight, wants_bias = ctx.needs_input_grad
        dx = dw = db = None
        if wants_x:
            dx = ops.matmul(grad, weight) if mode.grad else ops.matmul(grad, weight[0])
        if wants_weight:
            one = x._shape[1] == 1  # an outer product
            dw = grad.mT * x if one else ops.matmul(grad.mT, x)
        if wants_bias:
            db = grad.reshape(grad._shape[0], -1) if grad._shape[1] == 1 else grad.sum(1)
        return dx, dw, db


def _linear(job: Job) -> Any:
    x, weight, bias = job.args
    if not job.mapped[1] and not job.mapped[2]:
        return ops.linear(x, weight, bias)
    x, weight, bias = job.whole(0), job.whole(1), job.whole(2)
    if shared(weight) and (bias is None or shared(bias)) and x._size:
        return SharedLinear.apply(x, weight, bias)
    out = ops.matmul(x, weight.mT)
    return out if bias is None else out + bias.unsqueeze(1)


def _addmm(job: Job) -> Any:
    beta, alpha = job.args[3:]
    if beta == 0 and not job.mapped[1] and not job.mapped[2]:
        return (ops.matmul(*job.args[1:3]) * alpha).expand(job.size, *job.args[1]._shape[:-1], job.args[2]._shape[-1])
    rank = max(job.rank(1), job.rank(2))
    out = ops.matmul(job.aligned(1, rank), job.aligned(2, rank))
    out = out if alpha == 1 else out * alpha
    if beta == 0:
        return out
    x = job.aligned(0, rank)
    return out + (x if beta == 1 else x * beta)


RULES = {MatMul: _matmul, Linear: _linear, AddMM: _addmm}
