"""Nodes of pointwise operations of a user's file whose kernels run in guarded memory."""

from __future__ import annotations

import math
from typing import Any

from mocrograd.build.guarded import call_guarded, ranges_of
from mocrograd.layout import Shape, broadcast_shapes, expand_strides, layout_words
from mocrograd.ops._pointwise import Binary, Unary
from mocrograd.tensor import Tensor, fresh

_NOTHING: tuple[Shape, Shape] = ((), ())


def _no_direct_call(*given: Any) -> None:
    """Leave a call to the general code."""


def _layout(operand: Any) -> tuple[Shape, Shape]:
    return (operand._shape, operand._strides) if isinstance(operand, Tensor) else _NOTHING


def _run(kernel: str, written: list[Tensor], operands: list[Any], numbers: list[Any], shaped: list[Any]) -> None:
    """Run a pointwise kernel: its operands (None where one is absent or a number), numbers, and those in its shape."""
    like = written[0]
    entry = like.device.table[kernel]
    layouts = [_layout(operand) for operand in shaped]
    shape = broadcast_shapes(*[shape for shape, _ in layouts])
    words = layout_words(shape, *[expand_strides(own, strides, shape) for own, strides in layouts])
    addresses = [operand.address if isinstance(operand, Tensor) else 0 for operand in operands]
    if like._size:
        call_guarded(kernel, entry, like._size, [*addresses, *numbers, *words], ranges_of(operands, written))


def _empty(like: Tensor, *operands: Any) -> Tensor:
    """Return an unset tensor of the shape that operands broadcast to."""
    shape = broadcast_shapes(*[_layout(operand)[0] for operand in operands])
    return fresh(shape, math.prod(shape), like.dtype, like.device)


class GuardedUnary(Unary):
    """The node of an operation of one operand."""

    direct = staticmethod(_no_direct_call)
    direct_backward = staticmethod(_no_direct_call)

    @staticmethod
    def forward(ctx: Any, x: Tensor, out: Tensor | None = None) -> Tensor:
        """Run the forward kernel."""
        out = _empty(x, x) if out is None else out
        _run(ctx.forwards[x.dtype], [out], [out, x], [], [out, x])
        if ctx.edges:
            ctx._saved = (x,)
        return out

    @classmethod
    def fused(cls, grad: Tensor, saved: Tensor) -> Tensor:
        """Run the backward kernel."""
        dx = _empty(grad, saved)
        _run(cls.backwards[grad.dtype], [dx], [dx, saved, None, grad], [], [dx, saved, None, grad])
        return dx


class GuardedBinary(Binary):
    """The node of an operation of two operands."""

    direct = staticmethod(_no_direct_call)
    direct_backward = staticmethod(_no_direct_call)

    @staticmethod
    def forward(ctx: Any, a: Any, b: Any, out: Tensor | None = None) -> Tensor:
        """Run the forward kernel."""
        like: Tensor = a if isinstance(a, Tensor) else b
        out = _empty(like, a, b) if out is None else out
        _run(ctx.forwards[like.dtype], [out], [out, a, b], [_number(a, b)], [out, a, b])
        if ctx.edges:
            ctx.remember(a, b, out)
        return out

    @classmethod
    def fused(cls, grad: Tensor, a: Any, b: Any, wants_a: bool, wants_b: bool) -> tuple[Tensor | None, Tensor | None]:
        """Run the backward kernel."""
        grad_a = _empty(grad, grad) if wants_a else None
        grad_b = _empty(grad, grad) if wants_b else None
        written = [own for own in (grad_a, grad_b) if own is not None]
        _run(cls.backwards[grad.dtype], written, [grad_a, grad_b, a, b, grad], [_number(a, b)], [a, b, grad])
        return grad_a, grad_b


def _number(a: Any, b: Any) -> Any:
    """Return which of two operands is a number, 0 where neither is."""
    return next((operand for operand in (a, b) if not isinstance(operand, Tensor)), 0)
