"""Questions about tensors that have one answer here, and transposed views of matrices."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from mocrograd import backend
from mocrograd.ops.movement import transpose
from mocrograd.tensor import Tensor, method

__all__ = ["adjoint", "get_device", "is_same_size"]


def _matrices(name: str, input: Tensor, most: int | None = None) -> Tensor:
    """Return a view with the last two dimensions exchanged; a tensor of no dimensions as it is.

    Raises:
        RuntimeError: There is one dimension, or there are more than `most`.
    """
    ndim = len(input._shape)
    if ndim == 0:
        warnings.warn(f"{name} is deprecated on 0-D tensors.", stacklevel=3)
        return input
    if ndim == 1 or (most is not None and ndim > most):
        what = "matrices (2-D tensors)" if most else "matrices or batches of matrices"
        raise RuntimeError(f"{name} is only supported on {what}. Got {ndim}-D tensor.")
    return transpose(input, -2, -1)


@method
def adjoint(input: Tensor) -> Tensor:
    """Return a view with the last two dimensions exchanged.

    Args:
        input: A matrix, or a batch of them.

    Raises:
        RuntimeError: The tensor has one dimension.
    """
    if not isinstance(input, Tensor):
        raise TypeError(f"adjoint(): argument 'input' must be Tensor, not {type(input).__name__}")
    return _matrices("tensor.adjoint()", input)


def get_device(input: Tensor) -> int:
    """Return the number of the GPU that a tensor is on, -1 on the CPU.

    Args:
        input: A tensor.
    """
    if not isinstance(input, Tensor):
        raise TypeError(f"get_device(): argument 'input' must be Tensor, not {type(input).__name__}")
    return -1 if input.device is backend.cpu else input.device.index or 0


def is_same_size(input: Tensor, other: Tensor) -> bool:
    """Return whether two tensors have one shape.

    Args:
        input: A tensor.
        other: A tensor.
    """
    for what, x in (("input", input), ("other", other)):
        if not isinstance(x, Tensor):
            raise TypeError(f"is_same_size(): argument '{what}' must be Tensor, not {type(x).__name__}")
    return input._shape == other._shape


method(get_device)
method(is_same_size)


@method
def apply_(input: Tensor, callable: Callable[[Any], Any]) -> Tensor:
    """Replace each element by what a Python function makes of it, and return the tensor itself: slow, for tests.

    Args:
        input: A tensor on the CPU.
        callable: Takes a number and returns one.

    Raises:
        RuntimeError: The tensor requires a gradient.
        TypeError: The tensor is on a GPU, or the function cannot be called.
    """
    if input.requires_grad:
        raise RuntimeError("Can't call apply_() on a tensor that requires grad. Use detach().apply_() instead.")
    if input.device is not backend.cpu:
        raise TypeError(f"apply_ is only implemented on CPU tensors, got one on {input.device}")
    array = input.numpy()
    values = [callable(x) for x in array.reshape(-1).tolist()]
    array[...] = np.array(values).astype(array.dtype).reshape(array.shape)
    input._changed()
    return input


Tensor.H = property(lambda self: _matrices("tensor.H", self, 2), doc="A matrix transposed.")
Tensor.mT = property(
    lambda self: _matrices("tensor.mT", self), doc="The tensor with its last two dimensions exchanged."
)
Tensor.mH = property(lambda self: _matrices("tensor.mH", self), doc="The same as `mT`: there are no complex numbers.")
Tensor.is_cpu = property(lambda self: self.device is backend.cpu, doc="Whether the elements are in host memory.")
Tensor.is_cuda = property(lambda self: self.device is not backend.cpu, doc="Whether the elements are on a GPU.")
Tensor.retains_grad = property(lambda self: self._retains_grad, doc="Whether this result keeps its gradient in `grad`.")
for _name in ("is_meta", "is_mps", "is_nested", "is_quantized", "is_sparse", "is_sparse_csr", "is_xpu"):
    setattr(Tensor, _name, False)
