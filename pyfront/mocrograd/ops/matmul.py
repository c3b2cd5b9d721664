"""Matrix products. Gradients are products too: da = dy b^T, db = a^T dy; batch dimensions broadcast."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

from mocrograd import backend, dtypes
from mocrograd.autograd import LEAF, Function, attach, mode
from mocrograd.backend import call
from mocrograd.layout import Shape, broadcast_shapes, contiguous_strides, expand_strides, walk
from mocrograd.ops.cast import to_dtype
from mocrograd.ops.outputs import deliver
from mocrograd.ops.reduce import BLOCK, Sum, sum_to
from mocrograd.tensor import Tensor, fresh, method

_KEYS = {d: f"matmul.forward.{d.name}" for d in dtypes.ALL}
_LINEAR_KEYS = {d: f"linear.backward.{d.name}" for d in dtypes.ALL}


@lru_cache(maxsize=8192)
def _batch(shape_a: Shape, strides_a: Shape, shape_b: Shape, strides_b: Shape) -> tuple[Shape, int, Shape]:
    """Return shape, size and words of the batch dimensions of a product."""
    batch = broadcast_shapes(shape_a, shape_b)
    own = contiguous_strides(batch)
    a, b = expand_strides(shape_a, strides_a, batch), expand_strides(shape_b, strides_b, batch)
    words = walk(batch, own, a, b)  # merged so that the result's batch is contiguous too
    ndim = words[0]
    return batch, math.prod(batch), (*words[: 1 + ndim], *words[1 + 2 * ndim :])


_NO_BATCH = (1, 1, 0, 0)


def product(
    a: Tensor,
    b: Tensor,
    bias: Tensor | None = None,
    a_transposed: bool = False,
    b_transposed: bool = False,
    alpha: Any = 1,
) -> Tensor:
    """Return alpha a b (+ bias), unrecorded, of at least two dimensions; operands may be given transposed."""
    shape: Shape
    words: Shape
    m, k = a._shape[-2:]
    a_row, a_column = a._strides[-2:]
    n = b._shape[-1]
    b_row, b_column = b._strides[-2:]
    if a_transposed:
        m, k, a_row, a_column = k, m, a_column, a_row
    if b_transposed:
        n, b_row, b_column = b._shape[-2], b_column, b_row
    if len(a._shape) == 2 and len(b._shape) == 2:
        shape, size, words = (m, n), m * n, _NO_BATCH
    else:
        batch, batches, words = _batch(a._shape[:-2], a._strides[:-2], b._shape[:-2], b._strides[:-2])
        shape, size = (*batch, m, n), batches * m * n
    device, dtype = a.device, a.dtype
    out = fresh(shape, size, dtype, device)
    if size:
        call(  # added to nothing, no activation
            device.table[_KEYS[dtype]], size * k, out.address, a.address, b.address,
            0 if bias is None else bias.address, m, n, k, a_row, a_column, b_row, b_column, 0, 0,
            alpha if dtype.is_floating_point else int(alpha), words, device.context,
        )  # fmt: skip
    return out


class MatMul(Function):
    """y = a b, over the last two dimensions."""

    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor) -> Tensor:
        """Multiply."""
        ctx.save_for_backward(a, b)
        return product(a, b)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """Multiply the gradient with the other operand, transposed."""
        a, b = ctx.saved_tensors
        wants_a, wants_b = ctx.edges
        if mode.grad:
            da = MatMul.run(grad, b.mT) if wants_a else None
            db = MatMul.run(a.mT, grad) if wants_b else None
        else:
            da = product(grad, b, b_transposed=True) if wants_a else None
            db = product(a, grad, a_transposed=True) if wants_b else None
        return (
            None if da is None else sum_to(da, a._shape),
            None if db is None else sum_to(db, b._shape),
        )


class Linear(Function):
    """y = x w^T + bias, for x of two dimensions."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """Multiply and add in one kernel."""
        ctx.save_for_backward(x, weight)
        return product(x, weight, bias, b_transposed=True)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Compute dx = dy w, dw = dy^T x, dbias = the column sums of dy."""
        x, weight = ctx.saved_tensors
        to_x, to_weight, to_bias = ctx.edges
        wants_x, wants_weight, wants_bias = to_x is not None, to_weight is not None, to_bias is not None
        if not mode.grad:
            grads: tuple[Tensor | None, ...] | None = backend.linear_backward(
                _LINEAR_KEYS, grad, x, weight, wants_x, wants_weight, wants_bias
            )
            if grads is not None:
                return grads
        if mode.grad:
            dx = MatMul.run(grad, weight) if wants_x else None
            dw = MatMul.run(grad.mT, x) if wants_weight else None
            return dx, dw, Sum.run(grad, (0,), False, 1) if wants_bias else None
        (m, n), k = grad._shape, weight._shape[1]
        device, dtype = grad.device, grad.dtype
        if not m * n * k or (n == 1 and m > BLOCK):
            dx = product(grad, weight) if wants_x else None
            dw = product(grad, x, a_transposed=True) if wants_weight else None
            return dx, dw, Sum.run(grad, (0,), False, 1) if wants_bias else None
        grad = grad.contiguous()
        dx = fresh(x._shape, x._size, dtype, device) if wants_x else None
        dw = fresh(weight._shape, weight._size, dtype, device) if wants_weight else None
        db = fresh((n,), n, dtype, device) if wants_bias else None
        call(
            device.table[_LINEAR_KEYS[dtype]], 2 * m * n * k,
            dx.address if dx is not None else 0,
            dw.address if dw is not None else 0,
            db.address if db is not None else 0,
            grad.address, x.address, weight.address, m, n, k, x._strides, weight._strides, device.context,
        )  # fmt: skip
        return dx, dw, db


def check_operands(name: str, a: Any, b: Any) -> None:
    """Raise unless both are tensors of one dtype on one device."""
    if isinstance(a, Tensor) and isinstance(b, Tensor) and a.dtype is b.dtype and a.device is b.device:
        return
    for x in (a, b):
        if not isinstance(x, Tensor):
            raise TypeError(f"{name}(): expected Tensor, got {type(x).__name__}")
    if a.dtype is not b.dtype:
        raise RuntimeError(
            f"{name}: expected m1 and m2 to have the same dtype, but got: {a.dtype.name} != {b.dtype.name}"
        )
    raise RuntimeError(
        f"{name}: Expected all tensors to be on the same device, but found at least two devices, "
        f"{a.device} and {b.device}!"
    )


def shapes_do_not_fit(name: str, a: Tensor, b: Tensor) -> RuntimeError:
    """Return the error of two operands whose sizes do not fit."""
    shapes = ["x".join(map(str, t._shape)) or "scalar" for t in (a, b)]
    return RuntimeError(f"{name}: mat1 and mat2 shapes cannot be multiplied ({shapes[0]} and {shapes[1]})")


@method
def matmul(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the matrix product, by torch's rules for one, two and more dimensions.

    Args:
        input: (k,), (m, k) or (..., m, k).
        other: (k,), (k, n) or (..., k, n), of the same dtype.
        out: Where the result is written.

    Returns:
        (..., m, n), without the dimension that a vector lacks.

    Raises:
        RuntimeError: The sizes do not fit, the batch dimensions do not broadcast, or dtypes or devices differ.
    """
    if out is not None:
        return deliver("matmul", out, matmul(input, other), exact=True)
    out = backend.matmul(_KEYS, input, other, None)
    if out is not None:
        if mode.grad and (input.requires_grad or other.requires_grad):
            node = MatMul()
            node.edges = [(t._edge or (t, LEAF)) if t.requires_grad else None for t in (input, other)]
            node._saved = (input, other)
            attach(node, out)
        return out
    a, b = input, other
    check_operands("matmul", a, b)
    if not a._shape or not b._shape:
        raise RuntimeError("both arguments to matmul need to be at least 1D, but they are "
                           f"{len(a._shape)}D and {len(b._shape)}D")  # fmt: skip
    if a._shape[-1] != b._shape[-2 if len(b._shape) > 1 else 0]:
        raise shapes_do_not_fit("matmul", a, b)
    if a.dtype is dtypes.bool_:
        raise NotImplementedError('"matmul" not implemented for bool')
    if a.dtype.computes is not a.dtype:
        return to_dtype(matmul(to_dtype(a, dtypes.int64), to_dtype(b, dtypes.int64)), a.dtype)
    drop_row, drop_column = len(a._shape) == 1, len(b._shape) == 1
    if drop_row:
        a = a.reshape(1, -1)
    if drop_column:
        b = b.reshape(-1, 1)
    if len(a._shape) > 2 and len(b._shape) == 2:  # one product of more rows
        out = MatMul.run(a.reshape(math.prod(a._shape[:-1]), a._shape[-1]), b).reshape(*a._shape[:-1], b._shape[-1])
    else:
        out = MatMul.run(a, b)
    if drop_row:
        out = out.squeeze(-2)
    return out.squeeze(-1) if drop_column else out


@method
def mm(input: Tensor, mat2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the product of two matrices.

    Raises:
        RuntimeError: One is no matrix, or the sizes do not fit.
    """
    check_operands("mm", input, mat2)
    for which, x in (("self", input), ("mat2", mat2)):
        if len(x._shape) != 2:
            raise RuntimeError(f"mm: {which} must be a matrix, got {len(x._shape)} dimensions")
    result = matmul(input, mat2)
    return result if out is None else deliver("mm", out, result, exact=True)


@method
def bmm(input: Tensor, mat2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the products of two batches of matrices, (b, m, k) and (b, k, n).

    Raises:
        RuntimeError: One has not three dimensions, or the sizes do not fit.
    """
    a, b = input, mat2
    check_operands("bmm", a, b)
    if len(a._shape) != 3 or len(b._shape) != 3 or a._shape[0] != b._shape[0]:
        raise RuntimeError(
            f"bmm: batch1 and batch2 must be 3D tensors of one batch size, got {list(a._shape)} and {list(b._shape)}"
        )
    result = matmul(a, b)
    return result if out is None else deliver("bmm", out, result, exact=True)


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Return input weight^T + bias.

    Args:
        input: (..., in_features).
        weight: (out_features, in_features), or without a bias (in_features,), for one number.
        bias: (out_features,), or None.

    Returns:
        (..., out_features).

    Raises:
        RuntimeError: The sizes do not fit, or dtypes or devices differ.
    """
    out: Tensor | None = backend.linear(_KEYS, input, weight, bias)
    if out is None:
        return _general_linear(input, weight, bias)
    if mode.grad:
        edges = [(t._edge or (t, LEAF)) if t is not None and t.requires_grad else None for t in (input, weight, bias)]
        if any(edges):
            node = Linear()
            node.edges, node._saved = edges, (input, weight)
            attach(node, out)
    return out


def _general_linear(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """Do what `linear` does for inputs of any rank, dtype and device, and check them."""
    check_operands("linear", x, weight)
    if len(weight._shape) == 1 and bias is None:
        return matmul(x, weight)
    if len(weight._shape) != 2 or not x._shape or x._shape[-1] != weight._shape[1]:
        shapes = ["x".join(map(str, s)) for s in (x._shape, weight._shape[::-1])]
        raise RuntimeError(f"linear: mat1 and mat2 shapes cannot be multiplied ({shapes[0]} and {shapes[1]})")
    if bias is not None:
        check_operands("linear", x, bias)
        if bias._shape != weight._shape[:1]:
            raise RuntimeError(f"linear: bias has shape {list(bias._shape)}, expected [{weight._shape[0]}]")
        if not bias._dense:
            bias = bias.contiguous()
    if len(x._shape) == 2:
        return Linear.run(x, weight, bias)
    rows = x.reshape(math.prod(x._shape[:-1]), x._shape[-1])
    return Linear.run(rows, weight, bias).reshape(*x._shape[:-1], weight._shape[0])
