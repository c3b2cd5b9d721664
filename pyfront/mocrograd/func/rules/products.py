"""Rules of products of matrices. Where samples share an operand and want gradients of their own, it is read once."""

from __future__ import annotations

import math
from typing import Any

from mocrograd import ops
from mocrograd.autograd import Function, mode
from mocrograd.func.batched import Job, dense, raw_view, shaped
from mocrograd.ops.matmul import AddMM, Linear, MatMul, product
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
        """Multiply all rows, which are contiguous, with the one weight."""
        ctx.save_for_backward(x, weight)
        out = product(_flat(x), _one(weight), None if bias is None else _one(bias), b_transposed=True)
        return shaped(out, (*x._shape[:2], out._shape[1]))

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Multiply gradients with the one weight, and with each sample's rows."""
        x, weight = ctx.saved_tensors
        to_x, to_weight, to_bias = ctx.edges
        dx = dw = db = None
        if mode.grad:
            dx = ops.matmul(grad, weight) if to_x else None
            dw = ops.matmul(grad.mT, x) if to_weight else None
            return dx, dw, grad.sum(1) if to_bias else None
        grad = dense(grad)
        n, rows, columns = grad._shape
        if to_x is not None:
            dx = shaped(product(_flat(grad), _one(weight)), x._shape)
        if to_weight is not None:
            dw = product(grad, x, a_transposed=True)
        if to_bias is not None:
            db = grad.sum(1) if rows > 1 else raw_view(grad, (n, columns), (columns, 1), grad._size)
        return dx, dw, db


def _flat(x: Tensor) -> Tensor:
    """Return all samples' rows, which are contiguous, as one matrix."""
    n, rows, columns = x._shape
    return raw_view(x, (n * rows, columns), (columns, 1), x._size)


def _one(x: Tensor) -> Tensor:
    """Return what samples share."""
    shape = x._shape[1:]
    return raw_view(x, shape, x._strides[1:], math.prod(shape))


def _linear(job: Job) -> Any:
    x, weight, bias = job.args
    if not job.mapped[1] and not job.mapped[2]:
        return ops.linear(x, weight, bias)
    x, weight, bias = job.whole(0), job.whole(1), job.whole(2)
    if shared(weight) and (bias is None or (shared(bias) and bias._strides[1] == 1)) and x._size:
        return SharedLinear.run(dense(x), weight, bias)
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
