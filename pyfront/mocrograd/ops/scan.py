"""Running sums, products and extremes along a dimension, and differences."""

from __future__ import annotations

from typing import Any

from mocrograd import dtypes
from mocrograd.autograd import Function, mode
from mocrograd.backend import call
from mocrograd.layout import Shape, normalize_dim
from mocrograd.ops._arguments import takes_out
from mocrograd.ops._indices import Found, Unpick, three
from mocrograd.ops._inplace import before
from mocrograd.ops._narrow import computed_wide
from mocrograd.ops._outputs import deliver, deliver_in_place
from mocrograd.ops._reduction import as_tensor
from mocrograd.ops.cast import converted, to_dtype
from mocrograd.ops.joining import cat, stack
from mocrograd.ops.splitting import narrow, unbind
from mocrograd.shown import kind_of_result
from mocrograd.tensor import Tensor, fresh, method
from mocrograd.types import Dtype

__all__ = ["cummax", "cummin", "cumprod", "cumsum", "diff", "logcumsumexp"]


def _scan(name: str, x: Tensor, dim: int, reverse: bool) -> Tensor:
    """Run a kernel along a dimension of a contiguous tensor."""
    out = fresh(x._shape, x._size, x.dtype.computes, x.device)
    if out._size:
        device = x.device
        kernel = device.table[f"{name}.forward.{x.dtype.kernels}"]
        call(kernel, x._size, out.address, x.address, three(x._shape, dim), int(reverse), device.context)
    return out


class CumSum(Function):
    """y[j] = x[0] + ... + x[j], or from the end; the gradient adds up the other way."""

    torch_name = "Cumsum"

    @staticmethod
    def forward(ctx: Any, x: Tensor, dim: int, reverse: bool) -> Tensor:
        """Run the kernel."""
        ctx.kept = dim, reverse
        return _scan("cumsum", x, dim, reverse)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        """Sum up the gradient from the other end."""
        dim, reverse = ctx.kept
        return CumSum.run(grad.contiguous(), dim, not reverse), None, None


class CumProd(Function):
    """y[j] = x[0] ... x[j]."""

    torch_name = "Cumprod"

    @staticmethod
    def forward(ctx: Any, x: Tensor, dim: int) -> Tensor:
        """Run the kernel."""
        ctx.kept = dim
        ctx.save_for_backward(x)
        return _scan("cumprod", x, dim, False)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        """dx[j] = x[0] ... x[j - 1] r[j], where r[j] = dy[j] + x[j + 1] r[j + 1]: right where there are zeros."""
        (x,) = ctx.saved_tensors
        if mode.grad:
            return _product_gradient(x, ctx.kept, grad), None
        grad = grad.contiguous()
        out = fresh(x._shape, x._size, x.dtype, x.device)
        if out._size:
            device = x.device
            kernel = device.table[f"cumprod.backward.{x.dtype.name}"]
            sizes = three(x._shape, ctx.kept)
            call(kernel, 4 * x._size, out.address, x.address, grad.address, *sizes, device.context)
        return out, None


def _product_gradient(x: Tensor, dim: int, grad: Tensor) -> Tensor:
    """Return the gradient of CumProd by operations."""
    if not x._size:
        return x * grad
    xs, grads = unbind(x, dim), unbind(grad, dim)
    rest, before = [grads[-1]], [x.new_ones(grads[0]._shape)]
    for j in range(len(xs) - 2, -1, -1):
        rest.append(grads[j] + xs[j + 1] * rest[-1])
    for j in range(len(xs) - 1):
        before.append(before[-1] * xs[j])
    return stack([a * b for a, b in zip(before, reversed(rest))], dim)


def product_of_others(x: Tensor, dims: Shape) -> Tensor:
    """Return for each element the product of the others along dimensions, by operations, without dividing.

    The first half of the product runs over the elements before it, the second over those behind it.
    """
    rest = [d for d in range(len(x._shape)) if d not in dims]
    moved = x.permute(*rest, *dims) if x._shape else x
    count = 1
    for d in dims:
        count *= x._shape[d]
    if not x._size:
        return x
    xs = unbind(moved.reshape(-1, count), 1)
    before, behind = [xs[0].new_ones(xs[0]._shape)], [xs[0].new_ones(xs[0]._shape)]
    for j in range(count - 1):
        before.append(before[-1] * xs[j])
        behind.append(behind[-1] * xs[count - 1 - j])
    out = stack([a * b for a, b in zip(before, reversed(behind))], 1).reshape(moved._shape)
    order = [*rest, *dims]
    return out.permute(*[order.index(d) for d in range(len(order))]) if order else out


class LogCumSumExp(Function):
    """y[j] = log(e^x[0] + ... + e^x[j])."""

    torch_name = "Logcumsumexp"

    @staticmethod
    def forward(ctx: Any, x: Tensor, dim: int, reverse: bool) -> Tensor:
        """Run the kernel."""
        out = _scan("logcumsumexp", x, dim, reverse)
        ctx.kept = dim, reverse
        ctx.save_for_backward(x, out)
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        """dx[j] = e^x[j] (sum of dy[i] e^-y[i] over i >= j)."""
        x, y = ctx.saved_tensors
        dim, reverse = ctx.kept
        return ScaledSums.run(grad, -y, x, dim, not reverse), None, None


class ScaledSums(Function):
    """y[j] = sum of v[i] e^(a[i] + b[j]) over i up to j, or from j on; of numbers whose powers need not be finite."""

    @staticmethod
    def forward(ctx: Any, v: Tensor, a: Tensor, b: Tensor, dim: int, reverse: bool) -> Tensor:
        """Add up logarithms, for the numbers above and below 0 by themselves."""
        ctx.kept = dim, reverse
        operands = (v, a, b)
        v, a, b = v.detach(), a.detach(), b.detach()
        parts = []
        for sign in (1, -1):
            none = v * sign <= 0
            logs = (v * sign).masked_fill(none, 1.0).log().masked_fill(none, float("-inf")) + a
            parts.append((_scan("logcumsumexp", logs.contiguous(), dim, reverse) + b).exp())
        y = parts[0] - parts[1]
        ctx.save_for_backward(*operands, y)
        return y

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, Tensor, None, None]:
        """dv[i] is such a sum of dy over the other side, and da[i] = v[i] dv[i], db[j] = dy[j] y[j]."""
        v, a, b, y = ctx.saved_tensors
        dim, reverse = ctx.kept
        dv = ScaledSums.run(grad, b, a, dim, not reverse)
        return dv, v * dv, grad * y, None, None


class Running(Function):
    """The largest or smallest element so far and its index."""

    @staticmethod
    def forward(ctx: Any, name: str, x: Tensor, dim: int) -> tuple[Tensor, Tensor]:
        """Compute the extremes so far and their indices."""
        values = fresh(x._shape, x._size, x.dtype, x.device)
        indices = fresh(x._shape, x._size, dtypes.int64, x.device)
        if x._size:
            device = x.device
            kernel = device.table[f"{name}.forward.{x.dtype.kernels}"]
            sizes = three(x._shape, dim)
            call(kernel, x._size, values.address, indices.address, x.address, *sizes, device.context)
        ctx.kept, ctx.torch_name = dim, name.title()
        ctx.mark_non_differentiable(indices)
        ctx.save_for_backward(indices)
        return values, indices

    @staticmethod
    def backward(ctx: Any, grad: Tensor, _: Any) -> tuple[None, Tensor, None]:
        """Add the gradient up at the indices."""
        (indices,) = ctx.saved_tensors
        shape = three(indices._shape, ctx.kept)
        sums = Unpick.run(grad.contiguous().reshape(shape), indices.reshape(shape), shape[1])
        return None, sums.reshape(indices._shape), None


def _along(function: type[Function], x: Tensor, dim: Any, *options: Any) -> Tensor:
    dim = normalize_dim(dim, len(x._shape))
    if not x._shape:
        return function.run(x.reshape(1), dim, *options).reshape(())
    out: Tensor = function.run(x.contiguous(), dim, *options)
    return out


def _numbers(name: str, input: Any, dtype: Any) -> tuple[Tensor, dtypes.dtype]:
    x = as_tensor(name, input)
    dtype = dtype or x.dtype.computes
    if dtype.kind == 0:
        raise NotImplementedError(f'"{name}" not implemented for bool')
    return x if dtype.kind == 1 and x.dtype.kind < 2 else converted(x, dtype), dtype


@method
def cumsum(input: Tensor, dim: int, *, dtype: Dtype = None, out: Tensor | None = None) -> Tensor:
    """Return the sums of the elements up to each one along a dimension; integers and bools add up in int64.

    Args:
        input: A tensor.
        dim: The dimension.
        dtype: The dtype to convert to first.
        out: Where the result is written.

    Raises:
        NotImplementedError: The dtype is bool.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([3.0, 1.0, 2.0])
        >>> mg.cumsum(x, 0)
        tensor([3., 4., 6.])
    """
    x, dtype = _numbers("cumsum", input, dtype)
    result = to_dtype(_along(CumSum, x, dim, False), dtype)
    return result if out is None else deliver("cumsum", out, result)


@method
def cumprod(input: Tensor, dim: int, *, dtype: Dtype = None, out: Tensor | None = None) -> Tensor:
    """Return the products of the elements up to each one along a dimension; integers and bools multiply in int64.

    Args:
        input: A tensor.
        dim: The dimension.
        dtype: The dtype to convert to first.
        out: Where the result is written.

    Raises:
        NotImplementedError: The dtype is bool.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([3.0, 1.0, 2.0])
        >>> mg.cumprod(x, 0)
        tensor([3., 3., 6.])
    """
    x, dtype = _numbers("cumprod", input, dtype)
    result = to_dtype(_along(CumProd, x, dim), dtype)
    return result if out is None else deliver("cumprod", out, result)


def _same_dtype(name: str, input: Tensor, dtype: Any) -> None:
    if dtype is not None and dtype is not input.dtype:
        raise RuntimeError(f"{name}: Bad in-place call: expected dtype {input.dtype.name}, got {dtype.name}")


@method
def cumsum_(input: Tensor, dim: int, *, dtype: Dtype = None) -> Tensor:
    """Replace the elements by `cumsum`."""
    _same_dtype("cumsum_", input, dtype)
    return deliver_in_place("cumsum_", input, to_dtype(cumsum(input, dim), input.dtype))


@method
def cumprod_(input: Tensor, dim: int, *, dtype: Dtype = None) -> Tensor:
    """Replace the elements by `cumprod`."""
    _same_dtype("cumprod_", input, dtype)
    return deliver_in_place("cumprod_", input, to_dtype(cumprod(before(input)[0], dim), input.dtype))


@method
@takes_out()
def logcumsumexp(input: Tensor, dim: int) -> Tensor:
    """Return the logarithms of the sums of exponentials up to each element along a dimension.

    Args:
        input: A floating or complex tensor.
        dim: The dimension.

    Raises:
        NotImplementedError: The dtype is neither a floating nor a complex one.

    Example:
        >>> import mocrograd as mg
        >>> mg.logcumsumexp(mg.zeros(3), 0)
        tensor([0.0000, 0.6931, 1.0986])
    """
    x = as_tensor("logcumsumexp", input)
    if not (x.dtype.is_floating_point or x.dtype.is_complex):
        raise NotImplementedError(f'"logcumsumexp" not implemented for {x.dtype.name}')
    return _along(LogCumSumExp, x, dim, False)


def _running(name: str, input: Any, dim: Any) -> Found:
    x = as_tensor(name, input)
    rows = x.contiguous() if x._shape else x.reshape(1)
    found = Running.run(name, rows, normalize_dim(dim, len(x._shape)))
    return kind_of_result(Found, name)(*(found if x._shape else [y.reshape(()) for y in found]))


@method
@takes_out()
def cummax(input: Tensor, dim: int) -> Found:
    """Return the largest elements up to each one along a dimension, and their indices: the last of equal ones.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([3.0, 1.0, 2.0])
        >>> mg.cummax(x, 0).values
        tensor([3., 3., 3.])
    """
    return _running("cummax", input, dim)


@method
@takes_out()
def cummin(input: Tensor, dim: int) -> Found:
    """Return the smallest elements up to each one along a dimension, and their indices: the last of equal ones.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([3.0, 1.0, 2.0])
        >>> mg.cummin(x, 0).values
        tensor([3., 1., 1.])
    """
    return _running("cummin", input, dim)


@method
@takes_out(cast=True)
@computed_wide
def diff(
    input: Tensor, n: int = 1, dim: int = -1, prepend: Tensor | None = None, append: Tensor | None = None
) -> Tensor:
    """Return the differences of neighbours along a dimension, taken n times.

    Args:
        input: A tensor of one dimension or more; of bools neighbours are compared.
        n: How often; the input itself comes back, without what is put before and behind it, where it is 0.
        dim: The dimension.
        prepend: What is put before the input first.
        append: What is put behind it.

    Raises:
        RuntimeError: The input has no dimensions, or n is negative.

    Example:
        >>> import mocrograd as mg
        >>> mg.diff(mg.tensor([1, 4, 9]))
        tensor([3, 5])
    """
    x = as_tensor("diff", input)
    if not x._shape:
        raise RuntimeError("diff expects input to be at least one-dimensional, got a tensor of shape []")
    if n < 0:
        raise RuntimeError(f"order must be non-negative but got {n}")
    dim = normalize_dim(dim, len(x._shape))
    if n == 0:
        return x.clone()
    parts = [part for part in (prepend, x, append) if part is not None]
    x = cat(parts, dim) if len(parts) > 1 else x
    for _ in range(min(n, x._shape[dim])):
        length = max(x._shape[dim] - 1, 0)
        later, sooner = narrow(x, dim, min(1, x._shape[dim]), length), narrow(x, dim, 0, length)
        x = later != sooner if x.dtype is dtypes.bool_ else later - sooner
    return x
