"""Elements at indices along a dimension, as sorts and searches find them, and gradients scattered back there."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, NamedTuple

from mocrograd.autograd import Function
from mocrograd.backend import call
from mocrograd.layout import Shape
from mocrograd.tensor import Tensor, fresh


class Found(NamedTuple):
    """Values and their indices."""

    values: Tensor
    indices: Tensor


@lru_cache(maxsize=8192)
def three(shape: Shape, dim: int) -> Shape:
    """Return a shape as three dimensions: those before `dim`, `dim`, and those behind it."""
    return math.prod(shape[:dim]), shape[dim] if shape else 1, math.prod(shape[dim + 1 :])


class Pick(Function):
    """y[o, j, i] = x[o, index[o, j, i], i]."""

    size: int

    @staticmethod
    def forward(ctx: Any, x: Tensor, indices: Tensor) -> Tensor:
        """Gather the elements."""
        outer, ctx.size, inner = x._shape
        out = fresh(indices._shape, indices._size, x.dtype, x.device)
        ctx.save_for_backward(indices)
        _run("pick", out, x, indices, (outer, indices._shape[1], ctx.size, inner))
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        """Scatter the gradient into zeros."""
        return Unpick.run(grad.contiguous(), ctx.saved_tensors[0], ctx.size), None


class Unpick(Function):
    """y[o, index[o, j, i], i] += x[o, j, i], from zeros: the transpose of Pick."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, indices: Tensor, size: int) -> Tensor:
        """Scatter into zeros, adding up."""
        outer, k, inner = x._shape
        out = fresh((outer, size, inner), outer * size * inner, x.dtype, x.device)
        ctx.save_for_backward(indices)
        _run("unpick", out, x, indices, (outer, k, size, inner))
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        """Gather the gradient."""
        return Pick.run(grad.contiguous(), ctx.saved_tensors[0]), None, None


def _run(name: str, out: Tensor, x: Tensor, indices: Tensor, sizes: Shape) -> None:
    if out._size:
        device = out.device
        kernel = device.table[f"{name}.forward.{out.dtype.kernels}"]
        call(kernel, out._size, out.address, x.address, indices.address, *sizes, device.context)


def pick(input: Tensor, dim: int, indices: Tensor) -> Tensor:
    """Return the elements along a dimension at valid indices, which have as many dimensions as the input."""
    x = input.contiguous().reshape(three(input._shape, dim))
    outer, _, inner = x._shape
    along = indices._shape[dim] if indices._shape else 1
    return Pick.run(x, indices.contiguous().reshape(outer, along, inner)).reshape(indices._shape)
