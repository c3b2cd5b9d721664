"""Changes of a tensor's shape in place, which move no element."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mocrograd import backend
from mocrograd.autograd import mode
from mocrograd.ops.inplace import check_view
from mocrograd.ops.movement import squeeze, t, transpose, unsqueeze
from mocrograd.tensor import Tensor, method


def relabel(name: str, input: Tensor, view: Callable[[Tensor], Tensor]) -> Tensor:
    """Give a tensor the shape and the history of a view of it."""
    recorded = mode.grad and input.requires_grad
    if recorded and input.grad_fn is None:
        raise RuntimeError(f"{name}: a leaf Variable that requires grad is being used in an in-place operation.")
    if recorded:
        check_view(name, input)
    input._shared_stamp()
    old: Tensor = backend.new_alias(input)
    old.requires_grad, old.grad_fn, old._edge = input.requires_grad, input.grad_fn, input._edge
    new = view(old)
    input._changed()
    if new is not old:
        backend.place(
            input, new.storage, new._shape, new._strides, new.dtype, new.device, new.address, new._size, new._dense
        )
        input.grad_fn, input._edge = new.grad_fn, new._edge
    return input


@method
def squeeze_(input: Tensor, dim: Any = None) -> Tensor:
    """Drop dimensions of size 1, all of them or those named, and return the tensor itself."""
    return relabel("squeeze_", input, lambda x: squeeze(x, dim))


@method
def unsqueeze_(input: Tensor, dim: int) -> Tensor:
    """Put a dimension of size 1 in at `dim`, and return the tensor itself."""
    return relabel("unsqueeze_", input, lambda x: unsqueeze(x, dim))


@method
def transpose_(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """Exchange two dimensions, and return the tensor itself."""
    return relabel("transpose_", input, lambda x: transpose(x, dim0, dim1))


@method
def swapaxes_(input: Tensor, axis0: int, axis1: int) -> Tensor:
    """Exchange two dimensions, and return the tensor itself."""
    return transpose_(input, axis0, axis1)


@method
def swapdims_(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """Exchange two dimensions, and return the tensor itself."""
    return transpose_(input, dim0, dim1)


@method
def t_(input: Tensor) -> Tensor:
    """Transpose the matrix, and return the tensor itself."""
    return relabel("t_", input, t)
