"""Variances with their means, and the logarithm of sums of exponentials: one pass forward, one backward."""

from __future__ import annotations

import builtins
import math
import warnings
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from mocrograd import dtypes
from mocrograd.autograd import Function, mode
from mocrograd.autograd.function import called, shows
from mocrograd.backend import MOMENTS_BLOCK, allocate, call
from mocrograd.errors import NoKernel
from mocrograd.layout import Shape
from mocrograd.ops._arguments import takes_out
from mocrograd.ops._narrow import row_kernel
from mocrograd.ops._reduction import as_tensor, dims_of
from mocrograd.ops.cast import to_dtype
from mocrograd.tensor import Tensor, fresh, method
from mocrograd.types import Ints, Number

__all__ = ["logsumexp", "std", "std_mean", "var", "var_mean"]

NARROW = 16
"""Columns below which they are copied to rows first."""


class _Rows(NamedTuple):
    """A tensor as three contiguous dimensions, of which the middle one holds those to be reduced.

    Attributes:
        order: The dimensions in the order that they must have in memory, None for their own.
        sizes: The three sizes.
        result: The shape of what is left.
    """

    order: Shape | None
    sizes: Shape
    result: Shape


@lru_cache(maxsize=8192)
def _in_three(shape: Shape, dims: Shape, keepdim: bool) -> _Rows:
    """Return how a shape is reduced."""
    result = _reduced(shape, dims, keepdim)
    n = math.prod([shape[d] for d in dims])
    inner = math.prod(shape[dims[-1] + 1 :]) if dims else 1
    side_by_side = not dims or dims[-1] - dims[0] == len(dims) - 1
    if side_by_side and (inner == 1 or inner >= NARROW):
        return _Rows(None, (math.prod(shape[: dims[0]]) if dims else 1, n, inner), result)
    rest = [d for d in range(len(shape)) if d not in dims]
    return _Rows((*rest, *dims), (math.prod([shape[d] for d in rest]), n, 1), result)


def _reduced(shape: Shape, dims: Shape, keepdim: bool) -> Shape:
    if keepdim:
        return tuple([1 if d in dims else n for d, n in enumerate(shape)])
    return tuple([n for d, n in enumerate(shape) if d not in dims])


def _check_recorded(ctx: Any, x: Tensor) -> None:
    """Raise NoKernel where results of 16 bits would be saved: the gradient is computed from those in float32."""
    if x.dtype.wide is not None and ctx.edges and ctx.edges[0] is not None:
        raise NoKernel(f"{type(ctx).__name__}: the gradient is computed in {x.dtype.wide.name}")


class Moments(Function):
    """The variance, or its root, and the mean along the middle one of the three sizes of a contiguous tensor.

    They have a shape that is given with the sizes; where none are, the tensor has three dimensions, and they keep all.
    """

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, divisor: float, root: bool, sizes: Shape | None, shape: Shape | None
    ) -> tuple[Tensor, Tensor]:
        """Compute variance and mean.

        Raises:
            NoKernel: There is none of the dtype on the device, or the backward would need what is not rounded.
        """
        _check_recorded(ctx, x)
        outer, n, inner = sizes or x._shape
        device = x.device
        shape = (outer, 1, inner) if shape is None else shape
        out = fresh(shape, outer * inner, x.dtype, device)
        mean = fresh(shape, outer * inner, x.dtype, device)
        if n == 0:
            out.fill_(math.nan)
            mean.fill_(math.nan)
        elif out._size:
            blocks = -(-n // MOMENTS_BLOCK) if inner == 1 else 1
            storage, scratch = allocate(outer * blocks * 16, device) if blocks > 1 else (None, 0)
            kernel = device.table[f"moments.forward.{x.dtype.name}"]
            words = (out.address, mean.address, x.address, scratch, outer, n, inner)
            call(kernel, x._size, *words, float(divisor), int(root), device.context)
            del storage
        ctx.kept = divisor, root, (outer, n, inner)
        ctx.save_for_backward(x, out if root else None, mean)  # a variance may be changed in place
        return out, mean

    @staticmethod
    def backward(ctx: Any, grad: Tensor | None, grad_mean: Tensor | None) -> tuple[Tensor | None, ...]:
        """Return a (x - mean) + b."""
        dx = Moments._slope(ctx, grad, grad_mean)
        return dx, None, None, None, None

    @staticmethod
    def _slope(ctx: Any, grad: Tensor | None, grad_mean: Tensor | None) -> Tensor | None:
        x, out, mean = ctx.saved_tensors
        divisor, root, sizes = ctx.kept
        outer, n, inner = sizes
        if n == 0:
            return x * 0
        kept = outer, 1, inner
        shift = None if grad_mean is None else grad_mean.reshape(kept) / n
        if grad is None:
            return None if shift is None else shift.expand(sizes).reshape(x._shape)
        grad = grad.reshape(kept)
        if divisor <= 0:
            factor = grad * math.nan
        elif root:
            out = out.reshape(kept)
            factor = (grad / (out * divisor)).masked_fill(out == 0, 0.0)
        else:
            factor = grad * (2 / divisor)
        if mode.grad:
            rows = x.reshape(sizes)
            dx = (rows - rows.mean(1, keepdim=True)) * factor
            return (dx if shift is None else dx + shift).reshape(x._shape)
        factor = factor.contiguous()
        shift = None if shift is None else shift.contiguous()
        dx = fresh(x._shape, x._size, x.dtype, x.device)
        if x._size:
            device = x.device
            kernel = device.table[f"moments.backward.{x.dtype.name}"]
            addresses = dx.address, x.address, mean.address, factor.address, 0 if shift is None else shift.address
            call(kernel, x._size, *addresses, outer, n, inner, device.context)
        return dx

    def _kind(self) -> str:
        return "Std" if self.kept[1] else "Var"


def _moments(
    name: str, input: Any, dim: Any, unbiased: Any, keepdim: bool, correction: Any, root: bool
) -> tuple[Tensor, Tensor]:
    x = as_tensor(name, input)
    if x.dtype.is_complex:
        re, im = [_moments(name, part, dim, unbiased, keepdim, correction, False) for part in (x.real, x.imag)]
        spread = re[0] + im[0]
        return spread.sqrt() if root else spread, x.mean(None if isinstance(dim, bool) else dim, keepdim)
    if not x.dtype.is_floating_point:
        raise RuntimeError(f"{name}(): std and var only support floating point and complex dtypes, got {x.dtype.name}")
    if isinstance(dim, bool):  # torch's var(input, unbiased)
        if unbiased is not None:
            raise TypeError(f"{name}(): argument 'dim' must be an int or a tuple of ints, not bool")
        dim, unbiased = None, dim
    if unbiased is not None:
        if not isinstance(unbiased, (bool, np.bool_)):
            raise TypeError(
                f"{name}(): argument 'unbiased' must be bool, not {type(unbiased).__name__}; see 'correction'"
            )
        if correction is not None:
            raise TypeError(f"{name}(): got both 'unbiased' and 'correction'")
        correction = int(unbiased)
    correction = 1 if correction is None else correction
    order, sizes, shape = _in_three(x._shape, dims_of(x, dim), bool(keepdim))
    rows = (x if order is None else x.permute(order)).contiguous()
    if sizes[1] <= correction:
        warnings.warn(
            f"{name}(): degrees of freedom is <= 0. Correction should be strictly less than the reduction factor "
            "(input numel divided by output numel).",
            stacklevel=4,
        )
    divisor = builtins.max(sizes[1] - correction, 0)
    if mode.vmap is not None:  # which makes samples rows
        out, mean = Moments.run(rows.reshape(sizes), divisor, root, None, None)
        return out.reshape(shape), mean.reshape(shape)
    out, mean = Moments.run(rows, divisor, root, sizes, shape)
    return out, mean


def _both(spread: Tensor, mean: Tensor) -> tuple[Tensor, Tensor]:
    """Return a variance or its root, and a mean that may be changed in place, as backward has one for itself."""
    return spread, mean.clone() if mean.requires_grad else mean


@method
@takes_out(cast=True)
def var(
    input: Tensor,
    dim: Ints | None = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: Number | None = None,
) -> Tensor:
    """Return the variance over dimensions, all by default.

    Args:
        input: A floating tensor.
        dim: A dimension or a tuple of them.
        unbiased: Whether 1 is taken off the count: another way to say `correction`.
        keepdim: Whether reduced dimensions stay, with size 1.
        correction: What is taken off the count of elements, by which squares are divided; 1 by default.

    Raises:
        RuntimeError: The dtype is not a floating one.
        TypeError: `unbiased` is a number, or `correction` is given too.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([3.0, 1.0, 2.0])
        >>> mg.var(x)
        tensor(1.)
    """
    return _moments("var", input, dim, unbiased, keepdim, correction, False)[0]


@method
@takes_out(cast=True)
def std(
    input: Tensor,
    dim: Ints | None = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: Number | None = None,
) -> Tensor:
    """Return the standard deviation over dimensions, the root of `var`, which takes the same arguments.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([3.0, 1.0, 2.0])
        >>> mg.std(x)
        tensor(1.)
    """
    return _moments("std", input, dim, unbiased, keepdim, correction, True)[0]


@shows("VarMean")
def var_mean(
    input: Tensor,
    dim: Ints | None = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: Number | None = None,
) -> tuple[Tensor, Tensor]:
    """Return `var`, which takes the same arguments, and the mean.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([3.0, 1.0, 2.0])
        >>> mg.var_mean(x)
        (tensor(1.), tensor(2.))
    """
    return _both(*_moments("var_mean", input, dim, unbiased, keepdim, correction, False))


@shows("StdMean")
def std_mean(
    input: Tensor,
    dim: Ints | None = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: Number | None = None,
) -> tuple[Tensor, Tensor]:
    """Return `std`, which takes the same arguments, and the mean.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([3.0, 1.0, 2.0])
        >>> mg.std_mean(x)
        (tensor(1.), tensor(2.))
    """
    return _both(*_moments("std_mean", input, dim, unbiased, keepdim, correction, True))


class LogSumExp(Function):
    """y = log sum e^x of each row, dx = dy e^(x - y)."""

    torch_name = "Logsumexp"

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """Run the kernel over rows.

        Raises:
            NoKernel: There is none of the dtype on the device, or the backward would need what is not rounded.
        """
        _check_recorded(ctx, x)
        rows, columns = x._shape
        out = fresh((rows, 1), rows, x.dtype, x.device)
        if columns == 0:
            out.fill_(-math.inf)
        elif rows:
            device = x.device
            kernel = row_kernel("logsumexp.forward", x, columns)
            call(kernel, 4 * x._size, out.address, x.address, rows, columns, device.context)
        ctx.save_for_backward(x, out)
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        """Multiply the gradient with the softmax."""
        x, y = ctx.saved_tensors
        if mode.grad:
            return (x - y).exp() * grad
        grad = grad.contiguous()
        dx = fresh(x._shape, x._size, x.dtype, x.device)
        if x._size:
            device = x.device
            kernel = device.table[f"logsumexp.backward.{x.dtype.name}"]
            addresses = dx.address, x.address, y.address, grad.address
            call(kernel, 4 * x._size, *addresses, *x._shape, device.context)
        return dx


@method
@takes_out(cast=True)
def logsumexp(input: Tensor, dim: Ints, keepdim: bool = False) -> Tensor:
    """Return the logarithm of the sum of exponentials over dimensions, without its overflow.

    Args:
        input: A tensor; integers become float32.
        dim: A dimension or a tuple of them.
        keepdim: Whether reduced dimensions stay, with size 1.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([3.0, 1.0, 2.0])
        >>> mg.logsumexp(x, 0)
        tensor(3.4076)
    """
    x = as_tensor("logsumexp", input)
    x = x if x.dtype.kind >= 2 else to_dtype(x, dtypes.float32)
    dims = dims_of(x, dim)
    rest = [d for d in range(len(x._shape)) if d not in dims]
    rows = x.contiguous() if (*rest, *dims) == tuple(range(len(x._shape))) else x.permute(*rest, *dims).contiguous()
    rows = rows.reshape(math.prod([x._shape[d] for d in rest]), math.prod([x._shape[d] for d in dims]))
    return called("Logsumexp", LogSumExp.run(rows).reshape(_reduced(x._shape, dims, keepdim)))
