"""softmax and log-softmax along a dimension, each one kernel forward and one backward."""

from __future__ import annotations

from typing import Any

from mocrograd import backend, dtypes
from mocrograd.autograd import Function, mode
from mocrograd.backend import call
from mocrograd.layout import normalize_dim
from mocrograd.ops._arguments import takes_out
from mocrograd.ops._narrow import computed_wide, row_kernel
from mocrograd.ops.cast import converted, in_rows
from mocrograd.tensor import Tensor, fresh, method

__all__ = ["log_softmax", "softmax"]


def _rows(name: str, out: Tensor, *inputs: Tensor) -> Tensor:
    """Run a kernel over the rows of the last dimension."""
    if out._size:
        columns = out._shape[-1]
        device = out.device
        kernel = row_kernel(name, out, columns)
        addresses = [x.address for x in inputs]
        call(kernel, out._size * 4, out.address, *addresses, out._size // columns, columns, device.context)
    return out


@computed_wide
def _softmax_gradient(y: Tensor, grad: Tensor) -> Tensor:
    """Return the gradient of softmax in operations that can be differentiated again."""
    return y * (grad - (grad * y).sum(-1, keepdim=True))


@computed_wide
def _log_softmax_gradient(y: Tensor, grad: Tensor) -> Tensor:
    """Return the gradient of log-softmax in operations that can be differentiated again."""
    return grad - y.exp() * grad.sum(-1, keepdim=True)


class Softmax(Function):
    """y = e^x / sum e^x, dx = y (dy - sum dy y)."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """Run the kernel over rows."""
        y = _rows("softmax.forward", fresh(x._shape, x._size, x.dtype, x.device), x)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        """Subtract the mean, weighted by y, from the gradient, and multiply with y."""
        (y,) = ctx.saved_tensors
        if mode.grad:
            return _softmax_gradient(y, grad)
        return _rows("softmax.backward", fresh(y._shape, y._size, y.dtype, y.device), y, grad.contiguous())


class LogSoftmax(Function):
    """y = x - log sum e^x, dx = dy - e^y sum dy."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """Run the kernel over rows."""
        y = _rows("log_softmax.forward", fresh(x._shape, x._size, x.dtype, x.device), x)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        """Subtract each element's share of the sum from the gradient."""
        (y,) = ctx.saved_tensors
        if mode.grad:
            return _log_softmax_gradient(y, grad)
        return _rows("log_softmax.backward", fresh(y._shape, y._size, y.dtype, y.device), y, grad.contiguous())


_SOFTMAX = Softmax, dtypes.KernelNames("softmax.forward.{}", 2), dtypes.KernelNames("softmax.backward.{}", 2)
_LOG_SOFTMAX = (
    LogSoftmax, dtypes.KernelNames("log_softmax.forward.{}", 2), dtypes.KernelNames("log_softmax.backward.{}", 2),
)  # fmt: skip
"""What direct calls need: the node, and the names of the kernels forward and backward."""


def _along(function: type[Function], name: str, input: Any, dim: Any, dtype: Any) -> Tensor:
    if not isinstance(input, Tensor):
        raise TypeError(f"{name}(): argument 'input' must be Tensor, not {type(input).__name__}")
    x = input if dtype is None else converted(input, dtype)
    if not x.dtype.is_floating_point and x._size:
        raise NotImplementedError(f'"{name}" not implemented for {x.dtype.name}')
    if dim is None:
        raise TypeError(f"{name}(): missing argument 'dim'")
    dim = normalize_dim(dim, len(x._shape))
    if not x._shape:
        return function.run(x.reshape(1)).reshape(())
    if dim == len(x._shape) - 1:
        return function.run(x.contiguous())
    return in_rows(function.run(x.transpose(dim, -1).contiguous()).transpose(dim, -1))


@method
@takes_out()
def softmax(input: Tensor, dim: int, dtype: dtypes.dtype | None = None) -> Tensor:
    """Return e^input, divided by its sum along a dimension.

    Args:
        input: A floating tensor of any shape.
        dim: The dimension along which results add up to 1.
        dtype: The dtype to convert to first.

    Example:
        >>> import mocrograd as mg
        >>> mg.softmax(mg.zeros(2), 0)
        tensor([0.5000, 0.5000])
    """
    out: Tensor | None = backend.softmax(_SOFTMAX, input, dim) if dtype is None else None
    return _along(Softmax, "softmax", input, dim, dtype) if out is None else out


@method
@takes_out()
def log_softmax(input: Tensor, dim: int, dtype: dtypes.dtype | None = None) -> Tensor:
    """Return the logarithm of `softmax`, without its overflow.

    Args:
        input: A floating tensor of any shape.
        dim: The dimension along which exponentials of results add up to 1.
        dtype: The dtype to convert to first.

    Example:
        >>> import mocrograd as mg
        >>> mg.log_softmax(mg.zeros(2), 0)
        tensor([-0.6931, -0.6931])
    """
    out: Tensor | None = backend.softmax(_LOG_SOFTMAX, input, dim) if dtype is None else None
    return _along(LogSoftmax, "log_softmax", input, dim, dtype) if out is None else out
