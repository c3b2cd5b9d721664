"""Elements at the places that sorts and searches find along a dimension, and gradients put back there."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from mocrograd.autograd import Function
from mocrograd.backend import call
from mocrograd.layout import Shape
from mocrograd.tensor import Tensor, fresh


class Found(NamedTuple):
    """Values and their indices."""

    values: Tensor
    indices: Tensor


def three(shape: Shape, dim: int) -> Shape:
    """Return a shape as three dimensions: those before `dim`, `dim`, and those behind it."""
    return math.prod(shape[:dim]), shape[dim] if shape else 1, math.prod(shape[dim + 1 :])


class Pick(Function):
    """y[o, j, i] = x[o, index[o, j, i], i]."""

    size: int

    @staticmethod
    def forward(ctx: Any, x: Tensor, places: Tensor) -> Tensor:
        """Gather the elements."""
        outer, ctx.size, inner = x._shape
        out = fresh(places._shape, places._size, x.dtype, x.device)
        ctx.save_for_backward(places)
        _run("pick", out, x, places, (outer, places._shape[1], ctx.size, inner))
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        """Scatter the gradient into zeros."""
        return Put.run(grad.contiguous(), ctx.saved_tensors[0], ctx.size), None


class Put(Function):
    """y[o, index[o, j, i], i] += x[o, j, i], from zeros: the transpose of Pick."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, places: Tensor, size: int) -> Tensor:
        """Scatter into zeros, adding up."""
        outer, k, inner = x._shape
        out = fresh((outer, size, inner), outer * size * inner, x.dtype, x.device)
        ctx.save_for_backward(places)
        _run("put", out, x, places, (outer, k, size, inner))
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        """Gather the gradient."""
        return Pick.run(grad.contiguous(), ctx.saved_tensors[0]), None, None


def _run(name: str, out: Tensor, x: Tensor, places: Tensor, sizes: Shape) -> None:
    if out._size:
        device = out.device
        kernel = device.table[f"{name}.forward.{out.dtype.kernels}"]
        call(kernel, out._size, out.address, x.address, places.address, *sizes, device.context)


def pick(input: Tensor, dim: int, places: Tensor) -> Tensor:
    """Return the elements along a dimension at valid indices, which have as many dimensions as the input."""
    x = input.contiguous().reshape(three(input._shape, dim))
    outer, _, inner = x._shape
    along = places._shape[dim] if places._shape else 1
    return Pick.run(x, places.contiguous().reshape(outer, along, inner)).reshape(places._shape)
