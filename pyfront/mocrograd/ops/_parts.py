"""Views of complex numbers as their parts, and of pairs of real numbers as complex ones."""

from __future__ import annotations

from typing import Any

from mocrograd import backend
from mocrograd.autograd import Function
from mocrograd.dtypes import dtype as Kind
from mocrograd.layout import Shape, is_contiguous
from mocrograd.ops._marked import CONJUGATED, NEGATED, marked
from mocrograd.tensor import Tensor, view_of


def _seen_as(x: Tensor, dtype: Kind, shape: Shape, strides: Shape, address: int, size: int) -> Tensor:
    """Return a view whose elements have another dtype."""
    view = view_of(x, x._shape, x._strides, 0, x._size)
    dense = is_contiguous(shape, strides)
    backend.set_memory(view, x.storage, shape, strides, dtype, x.device, address, size, dense)
    return view


class AsReal(Function):
    """Complex numbers as pairs of real ones, in a dimension of 2 behind the others."""

    torch_name = "ViewAsReal"

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """Return the view."""
        shape, strides = (*x._shape, 2), (*[2 * s for s in x._strides], 1)
        address = x.address if x._marks & CONJUGATED else x._marked_address
        return _seen_as(x, x.dtype.to_real(), shape, strides, address, 2 * x._size)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        """Return the pairs of the gradient as complex numbers."""
        return AsComplex.run(grad.contiguous())


class AsComplex(Function):
    """Pairs of real numbers, in the last dimension, as complex ones."""

    torch_name = "ViewAsComplex"

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """Return the view.

        Raises:
            RuntimeError: The memory begins between two complex numbers.
        """
        if x._size and x._bare_address % x.dtype.to_complex().itemsize:
            raise RuntimeError("Tensor must have a storage_offset divisible by 2")
        shape, strides = x._shape[:-1], tuple([s // 2 for s in x._strides[:-1]])
        return _seen_as(x, x.dtype.to_complex(), shape, strides, x._marked_address, x._size // 2)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        """Return the parts of the gradient."""
        return AsReal.run(grad)


class Part(Function):
    """The real parts, or the imaginary ones; it keeps which."""

    torch_name = "Select"

    @staticmethod
    def forward(ctx: Any, x: Tensor, which: int) -> Tensor:
        """Return the view."""
        ctx.kept = which
        dtype = x.dtype.to_real()
        strides = tuple([2 * s for s in x._strides])
        marks = x._marks & NEGATED
        marks ^= NEGATED if which and x._marks & CONJUGATED else 0
        return _seen_as(x, dtype, x._shape, strides, marked(x._bare_address + which * dtype.itemsize, marks), x._size)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        """Return the gradient as a real number, or as an imaginary one."""
        grad = grad.to(grad.dtype.to_complex())
        return grad * 1j if ctx.kept else grad, None


def pairs(x: Tensor) -> Tensor:
    """Return complex numbers as pairs of real ones, in a view that takes no part in the graph."""
    return AsReal.forward(AsReal(), x)


def real_part(x: Tensor) -> Tensor:
    """Return the real parts of a complex tensor as a view; a real one itself."""
    part: Tensor = Part.run(x, 0) if x.dtype.is_complex else x
    return part


def imaginary_part(x: Tensor) -> Tensor:
    """Return the imaginary parts of a complex tensor as a view."""
    part: Tensor = Part.run(x, 1)
    return part
