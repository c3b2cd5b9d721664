"""Distances and similarities of vectors. Those of all pairs of rows have kernels, the others are composed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mocrograd import dtypes
from mocrograd.autograd import Function, mode
from mocrograd.autograd.function import shows
from mocrograd.backend import call
from mocrograd.layout import broadcast_shapes
from mocrograd.ops._narrow import computed_wide
from mocrograd.ops.cast import on_one_device, to_dtype
from mocrograd.ops.creation import tensor
from mocrograd.ops.indexing import index_select
from mocrograd.ops.norms import norm, vector_norm
from mocrograd.ops.reduce import sum
from mocrograd.tensor import Tensor, fresh

__all__ = ["cdist", "cosine_similarity", "pairwise_distance", "pdist"]
_MODES = ("use_mm_for_euclid_dist_if_necessary", "use_mm_for_euclid_dist", "donot_use_mm_for_euclid_dist")


class Cdist(Function):
    """Distances between the rows of matrices (batch, rows, columns)."""

    p: float

    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor, p: float) -> Tensor:
        """Compute the distance of each pair."""
        (batch, rows, columns), others, device = a._shape, b._shape[1], a.device
        size = batch * rows * others
        out = fresh((batch, rows, others), size, a.dtype, device)
        if size:
            call(
                device.table[f"cdist.forward.{a.dtype.name}"], size * columns, out.address, a.address, b.address,
                batch, rows, others, columns, p, device.context,
            )  # fmt: skip
        ctx.p = p
        ctx.save_for_backward(a, b, out)
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Pass the gradient of each distance to its two rows."""
        a, b, out = ctx.saved_tensors
        if mode.grad:
            slopes = _slopes(a.unsqueeze(2) - b.unsqueeze(1), out.unsqueeze(3), grad.unsqueeze(3), ctx.p)
            return slopes.sum(2), -slopes.sum(1), None
        grad = grad.contiguous()
        others = b._shape[1]
        da = _pulled(a, b, out, grad, others, 1, ctx.p) if ctx.wanted[0] else None
        db = _pulled(b, a, out, grad, 1, others, ctx.p) if ctx.wanted[1] else None
        return da, db, None


def _pulled(a: Tensor, b: Tensor, out: Tensor, grad: Tensor, of_a: int, of_b: int, p: float) -> Tensor:
    """Return the gradient of a, whose rows lie `of_a` apart in `out`, and those of b `of_b`."""
    batch, rows, columns = a._shape
    da = fresh(a._shape, a._size, a.dtype, a.device)
    if a._size:
        call(
            a.device.table[f"cdist.backward.{a.dtype.name}"], a._size * b._shape[1], da.address, a.address, b.address,
            out.address, grad.address, batch, rows, b._shape[1], columns, of_a, of_b, p, a.device.context,
        )  # fmt: skip
    return da


def _slopes(difference: Tensor, distance: Tensor, grad: Tensor, p: float) -> Tensor:
    """Return the gradients of pairs, computed by operations that can be differentiated again."""
    apart = distance != 0
    if p == 0:
        return difference * 0.0
    if p == 1:
        return difference.sign() * grad * apart
    if math.isinf(p):
        return difference.sign() * (difference.abs() == distance) * grad
    distance = distance.masked_fill(~apart, 1.0)
    if p == 2:
        return difference * (grad / distance) * apart
    same = difference == 0
    powers = difference.abs().masked_fill(same, 1.0).pow(p - 1).masked_fill(same, 0.0)
    return difference.sign() * powers * (grad * distance.pow(1 - p)) * apart


def _order(name: str, p: Any) -> float:
    if isinstance(p, bool) or not isinstance(p, (int, float)):
        raise TypeError(f"{name}(): argument 'p' must be float, not {type(p).__name__}")
    if not p >= 0:
        raise RuntimeError(f"{name} only supports non-negative p values, got {p}")
    return float(p)


@shows("Cdist")
def cdist(
    x1: Tensor, x2: Tensor, p: float = 2.0, compute_mode: str | None = "use_mm_for_euclid_dist_if_necessary"
) -> Tensor:
    """Return the distances between all rows of two matrices or batches of them.

    Args:
        x1: (..., rows, columns).
        x2: (..., others, columns); what stands before the rows broadcasts.
        p: The order of the norm, at least 0.
        compute_mode: One of torch's names; distances are always computed from differences.

    Returns:
        (..., rows, others).

    Raises:
        RuntimeError: Dtypes, dimensions, columns or `p` do not fit.
        ValueError: The mode is unknown.

    Example:
        >>> import mocrograd as mg
        >>> mg.cdist(mg.zeros(1, 2), mg.tensor([[3.0, 4.0]]))
        tensor([[5.]])
    """
    if compute_mode not in _MODES:
        raise ValueError(f"{compute_mode} is not a valid value for compute_mode")
    for what, x in (("X1", x1), ("X2", x2)):
        if len(x._shape) < 2:
            raise RuntimeError(f"cdist only supports at least 2D tensors, {what} got: {len(x._shape)}D")
        if not x.dtype.is_floating_point:
            raise RuntimeError(f"cdist only supports floating-point dtypes, {what} got: {x.dtype.name}")
    if x1._shape[-1] != x2._shape[-1]:
        raise RuntimeError(f"X1 and X2 must have the same number of columns. X1: {x1._shape[-1]} X2: {x2._shape[-1]}")
    order = _order("cdist", p)
    if x1.dtype is not x2.dtype:
        raise RuntimeError(f"cdist: expected X2 of dtype {x1.dtype.name} but found {x2.dtype.name}")
    on_one_device("cdist", x1, x2)
    before = tuple(broadcast_shapes(x1._shape[:-2], x2._shape[:-2]))
    batch = math.prod(before)
    a, b = (x.expand(*before, *x._shape[-2:]).contiguous().reshape(batch, *x._shape[-2:]) for x in (x1, x2))
    return Cdist.run(a, b, order).reshape(*before, x1._shape[-2], x2._shape[-2])


@shows("Pdist")
def pdist(input: Tensor, p: float = 2) -> Tensor:
    """Return the distances between each two rows of a matrix: of row 0 to 1, 2, ..., then of row 1 to 2, 3, ...

    Args:
        input: (rows, columns).
        p: The order of the norm, at least 0.

    Returns:
        (rows (rows - 1) / 2).

    Raises:
        RuntimeError: Dtype, dimensions or `p` do not fit.

    Example:
        >>> import mocrograd as mg
        >>> points = mg.tensor([[0.0, 0.0], [3.0, 4.0], [0.0, 8.0]])
        >>> mg.nn.functional.pdist(points)
        tensor([5., 8., 5.])
    """
    if len(input._shape) != 2:
        raise RuntimeError(f"pdist only supports 2D tensors, got: {len(input._shape)}D")
    if not input.dtype.is_floating_point:
        raise RuntimeError(f"pdist only supports floating-point dtypes, got {input.dtype.name}")
    order, rows = _order("pdist", p), input._shape[0]
    above = np.flatnonzero(np.triu(np.ones((rows, rows), bool), 1)).tolist()
    indices = tensor(above, dtype=dtypes.int64, device=input.device)
    return index_select(cdist(input, input, order).reshape(-1), 0, indices)


@computed_wide
def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """Return x1 x2 / (max(|x1|, eps) max(|x2|, eps)), summed over a dimension.

    Args:
        x1: Vectors along `dim`.
        x2: Others; the two broadcast.
        dim: The dimension, after broadcasting.
        eps: The least length to divide by.

    Raises:
        RuntimeError: Neither tensor is floating, sizes do not broadcast, or `eps` is negative.

    Example:
        >>> import mocrograd as mg
        >>> first, second = mg.tensor([[1.0, 0.0]]), mg.tensor([[1.0, 1.0]])
        >>> mg.nn.functional.cosine_similarity(first, second)
        tensor([0.7071])
    """
    if isinstance(dim, bool) or not isinstance(dim, int):
        raise TypeError(f"cosine_similarity(): argument 'dim' must be int, not {type(dim).__name__}")
    shape = tuple(broadcast_shapes(x1._shape, x2._shape))
    common = dtypes.promote(x1.dtype, x2.dtype)
    if not common.is_floating_point:
        raise RuntimeError(f"expected common dtype to be floating point, yet common dtype is {common.name}")
    if eps < 0:
        raise RuntimeError(f"eps must be non-negative, got: {eps}")
    a, b = (to_dtype(x, common).expand(*shape) for x in on_one_device("cosine_similarity", x1, x2))
    return sum(_directed(a, dim, eps) * _directed(b, dim, eps), dim)


def _directed(x: Tensor, dim: int, eps: float) -> Tensor:
    """Return vectors over their lengths, at least eps; the gradient is that of the length also where it is less."""
    length = vector_norm(x, 2, dim, True)
    return x / (length + (length.detach() * -1 + eps).clamp(min=0))


@computed_wide
def pairwise_distance(x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Tensor:
    """Return the norm of x1 - x2 + eps over the last dimension.

    Args:
        x1: Vectors along the last dimension.
        x2: Others; the two broadcast.
        p: The order of the norm, any number.
        eps: Added to each difference.
        keepdim: Whether the last dimension stays, with size 1.

    Example:
        >>> import mocrograd as mg
        >>> first, second = mg.zeros(1, 2), mg.tensor([[3.0, 4.0]])
        >>> mg.nn.functional.pairwise_distance(first, second)
        tensor([5.0000])
    """
    if isinstance(p, bool) or not isinstance(p, (int, float)):
        raise TypeError(f"pairwise_distance(): argument 'p' must be float, not {type(p).__name__}")
    difference = x1 - x2 + float(eps)
    if difference.dtype.kind < 2:
        difference = to_dtype(difference, dtypes.get_default_dtype())
    return norm(difference, p, -1, keepdim)
