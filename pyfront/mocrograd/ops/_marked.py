"""Tensors whose elements are the conjugates, or the negatives, of what their memory holds: `conj()` and its parts.

Their addresses are marked (mojo_kernels/python/tensor.mojo). Views inherit the marks; whoever asks for the address, to
give it to a kernel, gets `MarkedOperand`, and `Function.run` and the check of arguments call again with copies that
hold the elements themselves. So no operation knows of marks but those here, and no kernel reads such memory. What is
written into such a tensor goes through the view of it without marks (`write`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mocrograd import backend
from mocrograd.autograd import Function, mode
from mocrograd.backend import call
from mocrograd.strides import zip_kept
from mocrograd.tensor import Tensor, blank, fresh_with, view_of

NEGATED = 1
"""The mark of a tensor of negatives."""
CONJUGATED = 2
"""The mark of a tensor of conjugates."""
MARKS = {"conj": CONJUGATED, "neg": NEGATED}
"""The marks by torch's names."""


def marked(address: int, marks: int) -> int:
    """Return an address with marks, as mojo_kernels/python/tensor.mojo reads it."""
    return (address | marks << 61 | 1 << 55) - (1 << 63) if marks else address


def _seen_with(x: Tensor, marks: int) -> Tensor:
    """Return a view of a tensor with other marks."""
    view = view_of(x, x._shape, x._strides, 0, x._size)
    _set_marks(view, x, marks)
    return view


def _set_marks(new: Tensor, x: Tensor, marks: int) -> None:
    address = marked(x._bare_address, marks)
    backend.set_memory(new, x.storage, x._shape, x._strides, x.dtype, x.device, address, x._size, x._dense)


class Conj(Function):
    """The conjugates of complex numbers, as a view."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """Return the view."""
        return _seen_with(x, x._marks ^ CONJUGATED)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        """Conjugate the gradient."""
        return Conj.run(grad)


class NegView(Function):
    """The negatives of numbers, as a view."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """Return the view."""
        return _seen_with(x, x._marks ^ NEGATED)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        """Negate the gradient."""
        return NegView.run(grad)


def with_marks(x: Tensor, marks: int) -> Tensor:
    """Return the view of a tensor that marks make: itself for none."""
    x = Conj.run(x) if marks & CONJUGATED else x
    return NegView.run(x) if marks & NEGATED else x


# ------------------------------------------------------------------------------------------ reading


def _computed(kernel: str, x: Tensor) -> Tensor:
    shape, strides, size, words = zip_kept(x._shape, x._strides)
    out = fresh_with(shape, strides, size, x.dtype, x.device)
    if size:
        device = x.device
        call(device.table[f"{kernel}.forward.{x.dtype.name}"], size, out.address, x.address, words, device.context)
    return out


def memory_of(x: Tensor) -> Tensor:
    """Return what memory holds of a tensor: an unrecorded view without marks."""
    bare: Tensor = blank(Tensor)
    _set_marks(bare, x, 0)
    return bare


def elements(x: Tensor, marks: int = 0) -> Tensor:
    """Return a tensor that holds what marks make of the elements, itself where memory does; unrecorded."""
    marks ^= x._marks
    if not marks:
        return memory_of(x) if x._marks else x
    out = memory_of(x)
    out = _computed("conj", out) if marks & CONJUGATED else out
    return _computed("neg", out) if marks & NEGATED else out


class Resolved(Function):
    """A copy of a marked tensor without marks."""

    torch_name = "Clone"

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """Compute the elements."""
        return elements(x)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        """Pass the gradient on."""
        return grad


def _standing_for(x: Tensor) -> Tensor:
    """Return a copy of a marked tensor that has its place in the graph and its count of changes."""
    if x.grad_fn is None:
        return Resolved.run(x)
    copy = elements(x)
    copy.requires_grad, copy.grad_fn, copy._edge, copy._stamp = x.requires_grad, x.grad_fn, x._edge, x._stamp
    return copy


class _Resolving:
    """The operands of one call without marks, and what becomes of its results."""

    def __init__(self) -> None:
        self.copies: dict[int, tuple[Tensor, Tensor, int]] = {}

    def operand(self, x: Any) -> Any:
        """Return an operand, also in lists and tuples, without marks."""
        if isinstance(x, Tensor):
            if not x._marks or (mode.vmap is not None and mode.vmap.is_batched(x)):
                return x
            if id(x) not in self.copies:
                copy = _standing_for(x)
                self.copies[id(x)] = copy, x, copy._version
            return self.copies[id(x)][0]
        if type(x) in (tuple, list) and any(isinstance(y, (Tensor, tuple, list)) for y in x):
            return type(x)([self.operand(y) for y in x])
        return x

    def result(self, x: Any) -> Any:
        """Return a result; where the call wrote into a copy, the operand gets what was written, and is the result."""
        for copy, operand, version in self.copies.values():
            if x is copy or copy._version != version:
                operand.detach().copy_(copy.detach())
            if x is copy:
                return operand
        return x


def resolved_call(function: Callable[..., Any], args: tuple[Any, ...], options: dict[str, Any] | None = None) -> Any:
    """Call what has come upon a marked operand again, with copies of such operands without marks.

    Args:
        function: What is called.
        args: Its arguments.
        options: Those by name.

    Raises:
        MarkedOperand: None of its arguments is marked.
    """
    resolving = _Resolving()
    plain = [resolving.operand(x) for x in args]
    named = {name: resolving.operand(x) for name, x in (options or {}).items()}
    if not resolving.copies:
        raise
    return resolving.result(function(*plain, **named))


Function.resolved = staticmethod(resolved_call)


# ------------------------------------------------------------------------------------------ writing


def write(target: Tensor, source: Tensor) -> None:
    """Copy a tensor of its dtype, which broadcasts, into a marked one: into the view of it without marks."""
    with_marks(target, target._marks).copy_(with_marks(source, target._marks))
