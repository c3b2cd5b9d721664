"""Sorting along a dimension, and what needs an order: the largest elements, medians, quantiles, sorted search."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

from mocrograd import dtypes
from mocrograd.autograd import Function
from mocrograd.autograd import mode as autograd_mode
from mocrograd.autograd.function import called, shows
from mocrograd.backend import LONGEST_SORT, allocate, call, recording
from mocrograd.layout import Shape, normalize_dim
from mocrograd.ops._arguments import takes_out
from mocrograd.ops._indices import Found, Unpick, pick
from mocrograd.ops._narrow import computed_wide, retried_wide
from mocrograd.ops._reduction import as_tensor
from mocrograd.ops.arithmetic import minimum
from mocrograd.ops.cast import in_order_like, in_rows, on_one_device, promoted, to_dtype
from mocrograd.ops.compare import where
from mocrograd.ops.reduce import shared_out
from mocrograd.shown import kind_of_result
from mocrograd.tensor import Tensor, fresh, method
from mocrograd.types import Operand

__all__ = [
    "argsort",
    "bucketize",
    "kthvalue",
    "median",
    "mode",
    "msort",
    "nanmedian",
    "nanquantile",
    "quantile",
    "searchsorted",
    "sort",
    "topk",
]

FEW = 128
"""The most elements that are selected by insertion; more are the start of a sort."""
_SHORT = 16
"""Elements of a row up to which any number of them is selected by insertion."""


_LONG_ON_GPU = 256
"""Elements of a row from which on a GPU sorts it, with all its threads, to select some; a thread selects of fewer."""


def _sorts_to_select(x: Tensor) -> bool:
    """Return whether elements of rows are selected by sorting all of them."""
    return bool(x.device.handle) and x._shape[-1] > _LONG_ON_GPU


@retried_wide
def sort_rows(x: Tensor, descending: bool) -> tuple[Tensor, Tensor]:
    """Return the elements of contiguous rows in order, and their indices."""
    if (
        autograd_mode.vmap is not None
        and (found := autograd_mode.vmap.run("sort_rows", sort_rows, (x, descending))) is not None
    ):
        return found
    columns = x._shape[-1]
    values = fresh(x._shape, x._size, x.dtype, x.device)
    indices = fresh(x._shape, x._size, dtypes.int64, x.device)
    if x._size:
        device = x.device
        nbytes = 8 * x._size * (1 if x.dtype.itemsize <= 4 else 2) if columns > LONGEST_SORT else 0
        storage, scratch = allocate(nbytes, device) if nbytes else (None, 0)
        kernel = device.table[f"sort.forward.{x.dtype.kernels}"]
        words = (values.address, indices.address, x.address, scratch, x._size // columns, columns)
        call(kernel, 10 * x._size, *words, int(descending), device.context)
        del storage
    return values, indices


class Sort(Function):
    """The elements of each row in order and their indices, to which the gradient goes back."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, descending: bool) -> tuple[Tensor, Tensor]:
        """Sort the rows."""
        values, indices = sort_rows(x, descending)
        return _keep(ctx, x, values, indices)

    @staticmethod
    def backward(ctx: Any, grad: Tensor, _: Any) -> tuple[Tensor, None]:
        """Scatter the gradient to the indices."""
        return _put_back(ctx, grad), None


class TopK(Function):
    """The k largest or smallest elements of each row, in order, and their indices."""

    torch_name = "Topk"

    @staticmethod
    def forward(ctx: Any, x: Tensor, k: int, largest: bool) -> tuple[Tensor, Tensor]:
        """Select the elements."""
        columns = x._shape[-1]
        shape = (*x._shape[:-1], k)
        size = math.prod(shape)
        values, indices = fresh(shape, size, x.dtype, x.device), fresh(shape, size, dtypes.int64, x.device)
        if size:
            device = x.device
            kernel = device.table[f"topk.forward.{x.dtype.kernels}"]
            words = (values.address, indices.address, x.address, x._size // columns, columns, k, int(largest))
            call(kernel, x._size, *words, device.context)
        return _keep(ctx, x, values, indices)

    @staticmethod
    def backward(ctx: Any, grad: Tensor, _: Any) -> tuple[Tensor, None, None]:
        """Scatter the gradient to the indices."""
        return _put_back(ctx, grad), None, None


def _keep(ctx: Any, x: Tensor, values: Tensor, indices: Tensor) -> tuple[Tensor, Tensor]:
    ctx.shape = x._shape
    ctx.mark_non_differentiable(indices)
    ctx.save_for_backward(indices)
    return values, indices


def _put_back(ctx: Any, grad: Tensor) -> Tensor:
    (indices,) = ctx.saved_tensors
    rows, columns, k = math.prod(ctx.shape[:-1]), ctx.shape[-1], indices._shape[-1]
    spread = Unpick.run(grad.contiguous().reshape(rows, k, 1), indices.reshape(rows, k, 1), columns)
    return spread.reshape(ctx.shape)


def _as_rows(name: str, input: Any, dim: Any) -> tuple[Tensor, int]:
    """Return a tensor whose last dimension is `dim`, and `dim` from the front."""
    x = as_tensor(name, input)
    dim = normalize_dim(dim, len(x._shape))
    if not x._shape:
        return x.reshape(1), 0
    return (x if dim == len(x._shape) - 1 else x.transpose(dim, -1)).contiguous(), dim


def _from_rows(input: Tensor, out: Tensor, dim: int) -> Tensor:
    """Return a result computed on rows, with the dimension moved back."""
    if not input._shape:
        return out.reshape(())
    return out if dim == len(input._shape) - 1 else out.transpose(dim, -1)


@method
@takes_out()
def sort(input: Tensor, dim: int = -1, descending: bool = False, stable: bool = False) -> Found:
    """Return the elements in order along a dimension, and their indices; nan is larger than any number.

    Args:
        input: A tensor.
        dim: The dimension.
        descending: Whether the largest comes first.
        stable: Whether equal elements keep their order, which they always do.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([3.0, 1.0, 2.0])
        >>> mg.sort(x)
        Found(values=tensor([1., 2., 3.]), indices=tensor([1, 2, 0]))
    """
    rows, dim = _as_rows("sort", input, dim)
    values, indices = Sort.run(rows, bool(descending))
    found = [in_order_like(_from_rows(input, x, dim), input) for x in (values, indices)]
    called("Sort", found[0])
    return kind_of_result(Found, "sort")(*found)


@method
@takes_out()
def argsort(input: Tensor, dim: int = -1, descending: bool = False, stable: bool = False) -> Tensor:
    """Return the indices of the elements in order along a dimension: the indices of `sort`.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([3.0, 1.0, 2.0])
        >>> mg.argsort(x)
        tensor([1, 2, 0])
    """
    return sort(as_tensor("argsort", input).detach(), dim, descending, stable).indices


@method
@takes_out()
@shows("Sort")
def msort(input: Tensor) -> Tensor:
    """Return the elements in order along the first dimension.

    Example:
        >>> import mocrograd as mg
        >>> mg.msort(mg.tensor([[3, 1], [2, 5]]))
        tensor([[2, 1],
                [3, 5]])
    """
    return sort(input, 0).values


@method
@takes_out()
@shows("Topk")
def topk(input: Tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Found:
    """Return the k largest elements along a dimension, in order, and their indices; the first of equal ones.

    Args:
        input: A tensor.
        k: How many.
        dim: The dimension.
        largest: Whether the largest; else the smallest.
        sorted: Whether they are in order, which they always are.

    Raises:
        RuntimeError: There are fewer than k elements, or they are bools.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([3.0, 1.0, 2.0])
        >>> mg.topk(x, 2)
        Found(values=tensor([3., 2.]), indices=tensor([0, 2]))
    """
    if input.dtype.kind == 0:
        raise RuntimeError("topk does not support bool dtypes")
    rows, dim = _as_rows("topk", input, dim)
    columns = rows._shape[-1]
    if not 0 <= k <= columns:
        raise RuntimeError(f"topk(): selected index k out of range: expected 0 to {columns}, got {k}")
    few = (k <= FEW and 4 * k <= columns and not _sorts_to_select(rows)) or columns <= _SHORT or k == 0
    if few:
        values, indices = TopK.run(rows, k, bool(largest))
    else:
        values, indices = Sort.run(rows, bool(largest))
        if k < columns:
            values, indices = values.narrow(-1, 0, k), indices.narrow(-1, 0, k)
    found = [in_rows(_from_rows(input, x, dim)) for x in (values, indices)]
    return kind_of_result(Found, "topk")(*found)


_MEDIAN, _NAN_MEDIAN = -1, -2
"""Positions that the kernel finds itself (mojo_kernels/sorting/nth.mojo)."""


class Nth(Function):
    """The element of each row that would be k-th, counted from 0, if the row were sorted, and its index."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, k: int, shape: Shape) -> tuple[Tensor, Tensor]:
        """Select the elements."""
        device, rows = x.device, math.prod(shape)
        if _sorts_to_select(x):
            return _keep(ctx, x, *_nth_by_sorting(x, k, shape))
        values, indices = fresh(shape, rows, x.dtype, device), fresh(shape, rows, dtypes.int64, device)
        if rows:
            words = (values.address, indices.address, x.address, rows, x._shape[-1], k)
            call(device.table[f"nth.forward.{x.dtype.kernels}"], 20 * x._size, *words, device.context)
        return _keep(ctx, x, values, indices)

    @staticmethod
    def backward(ctx: Any, grad: Tensor, _: Any) -> tuple[Tensor, None, None]:
        """Scatter the gradient to the indices."""
        (index,) = ctx.saved_tensors
        column = index._size, 1, 1
        spread = Unpick.run(grad.contiguous().reshape(column), index.reshape(column), ctx.shape[-1])
        return spread.reshape(ctx.shape), None, None


def _nth_by_sorting(x: Tensor, k: int, shape: Shape) -> tuple[Tensor, Tensor]:
    """Return what the kernel selects, from all elements in order."""
    values, indices = sort_rows(x, False)
    size = x._shape[-1]
    if k >= 0:
        return values.select(-1, k).clone().reshape(shape), indices.select(-1, k).clone().reshape(shape)
    numbers = (x == x).sum(-1, True)  # nan comes behind them
    middle = (numbers - 1).clamp(min=0) // 2 if k == _NAN_MEDIAN else where(numbers < size, numbers, (size - 1) // 2)
    last = len(x._shape) - 1
    return pick(values, last, middle).reshape(shape), pick(indices, last, middle).reshape(shape)


@lru_cache(maxsize=1024)
def _without_dim(shape: Shape, dim: int, keepdim: bool) -> Shape:
    """Return the shape of a result for each row along a dimension."""
    return shape[:dim] + ((1,) if keepdim else ()) + shape[dim + 1 :]


def _nth(name: str, x: Tensor, dim: int, keepdim: bool, position: int) -> Found:
    """Return the elements along a dimension that have a position in its order, and their indices."""
    ndim = len(x._shape)
    dim = normalize_dim(dim, ndim)
    shape = _without_dim(x._shape, dim, keepdim) if ndim else ()
    rows = x if dim == ndim - 1 else x.movedim(dim, -1) if ndim else x.reshape(1)
    return kind_of_result(Found, name)(*Nth.run(rows.contiguous(), position, shape))


@method
@takes_out()
@shows("Kthvalue")
def kthvalue(input: Tensor, k: int, dim: int = -1, keepdim: bool = False) -> Found:
    """Return the k-th smallest element along a dimension, counted from 1, and its index.

    Raises:
        RuntimeError: There are fewer than k elements.
        IndexError: The dimension is empty.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([3.0, 1.0, 2.0])
        >>> mg.kthvalue(x, 2)
        Found(values=tensor(2.), indices=tensor(2))
    """
    x = as_tensor("kthvalue", input)
    size = x._shape[normalize_dim(dim, len(x._shape))] if x._shape else 1
    if size == 0:
        raise IndexError(f"kthvalue(): Expected reduction dim {dim} to have non-zero size.")
    if not 1 <= k <= size:
        raise RuntimeError(
            f"kthvalue(): selected number k out of range for dimension {dim}: expected 1 to {size}, got {k}"
        )
    return _nth("kthvalue", x, dim, keepdim, k - 1)


class Chosen(Function):
    """An element of x that is known already; those that equal it share the gradient."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor) -> Tensor:
        """Return the element."""
        ctx.save_for_backward(x, y)
        return y

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        """Divide the gradient among the elements that equal it."""
        x, y = ctx.saved_tensors
        return shared_out(grad, x, y, (*y._shape, *(1,) * (len(x._shape) - len(y._shape)))), None


def _median(name: str, input: Any, dim: Any, keepdim: bool, position: int) -> Any:
    x = as_tensor(name, input)
    if dim is not None:
        size = x._shape[normalize_dim(dim, len(x._shape))] if x._shape else 1
        if size == 0:
            raise IndexError(f"{name}(): Expected reduction dim {dim} to have non-zero size.")
        return _nth(name, x, dim, keepdim, position)
    if not x._size:
        if not x.dtype.is_floating_point:
            return x.new_full((), x.dtype.limits[0] or x.dtype.kind == 0)
        return x.sum() * math.nan
    value: Tensor = _nth(name, x.detach().reshape(-1), 0, False, position)[0]
    return Chosen.run(x, value) if x.requires_grad and autograd_mode.grad else value


def _named(name: str, dim: int | None, out: Any) -> Any:
    """Name the node of a median of all elements, or of those along a dimension."""
    values = out if dim is None else out[0]
    if values.grad_fn is not None:
        values.grad_fn.torch_name, values.grad_fn.torch_number = name, int(dim is not None)
    return out


@method
@takes_out()
def median(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
    """Return the median, the lower of two; with a dimension, (values, indices) along it. nan where there is one.

    Args:
        input: A tensor.
        dim: The dimension, all elements by default.
        keepdim: Whether it stays, with size 1.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([3.0, 1.0, 2.0])
        >>> mg.median(x)
        tensor(2.)
    """
    return _named("Median", dim, _median("median", input, dim, keepdim, _MEDIAN))


@method
@takes_out()
def nanmedian(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
    """Return the median of what is not nan, the lower of two; with a dimension, (values, indices) along it.

    Args:
        input: A tensor.
        dim: The dimension, all elements by default.
        keepdim: Whether it stays, with size 1.

    Example:
        >>> import mocrograd as mg
        >>> mg.nanmedian(mg.tensor([3.0, mg.nan, 1.0]))
        tensor(1.)
    """
    return _named("Nanmedian", dim, _median("nanmedian", input, dim, keepdim, _NAN_MEDIAN))


@method
@takes_out()
@shows("Mode")
def mode(input: Tensor, dim: int = -1, keepdim: bool = False) -> Found:
    """Return the most frequent element along a dimension, the smallest of several, and its last index.

    Raises:
        IndexError: The dimension is empty.

    Example:
        >>> import mocrograd as mg
        >>> mg.mode(mg.tensor([1, 2, 2])).values
        tensor(2)
    """
    x = as_tensor("mode", input)
    size = x._shape[normalize_dim(dim, len(x._shape))] if x._shape else 1
    if size == 0:
        raise IndexError(f"mode(): Expected reduction dim {dim} to have non-zero size.")

    rows, dim = _as_rows("mode", input, dim)
    values, indices = sort_rows(rows, False)
    index = _most_frequent(values, indices) if rows._size else indices.narrow(-1, 0, 1)
    value = pick(rows, len(rows._shape) - 1, index)
    value, index = _from_rows(input, value, dim), _from_rows(input, index, dim)
    if input._shape and not keepdim:
        value, index = value.squeeze(dim), index.squeeze(dim)
    return kind_of_result(Found, "mode")(value, index)


def _most_frequent(values: Tensor, indices: Tensor) -> Tensor:
    """Return the last index of the most frequent element of rows, of their elements in order and their indices."""
    rows = values.reshape(-1, values._shape[-1])
    numbers = (rows == rows).sum(1, True)  # each nan, which comes behind them, occurs once
    if rows.dtype.is_floating_point:
        rows = where(rows == rows, rows, math.inf)
    behind = minimum(search(rows, rows, True), numbers)
    counts = behind - minimum(search(rows, rows, False), numbers)
    last = pick(behind, 1, counts.argmax(1, keepdim=True)) - 1
    return pick(indices.reshape(rows._shape), 1, last.clamp(min=0)).reshape(*indices._shape[:-1], 1)


@retried_wide
def search(sorted: Tensor, values: Tensor, behind: bool) -> Tensor:
    """Return the positions of values in sorted rows, one row for all or as many as there are rows of values."""
    if autograd_mode.vmap is not None:
        found: Tensor | None = autograd_mode.vmap.run("search", search, (sorted, values, behind))
        if found is not None:
            return found
    out = fresh(values._shape, values._size, dtypes.int64, values.device)
    if out._size:
        device = out.device
        kernel = device.table[f"searchsorted.forward.{sorted.dtype.kernels}"]
        each = values._shape[-1] if len(sorted._shape) > 1 else 0
        words = (out.address, sorted.address, values.address, sorted._shape[-1], each, out._size, int(behind))
        call(kernel, 10 * out._size, *words, device.context)
    return out


@takes_out()
def searchsorted(
    sorted_sequence: Tensor, input: Operand, *, out_int32: bool = False, right: bool = False, side: Any = None,
    sorter: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """Return where values would be inserted into sorted rows to keep their order.

    Args:
        sorted_sequence: Sorted along the last dimension; one dimension serves all values.
        input: Values: a tensor, with the same dimensions before the last one, or a number.
        out_int32: Whether the result is int32 instead of int64.
        right: Whether behind equal elements.
        side: "left" or "right", another way to say `right`.
        sorter: The indices that sort the rows, which then need not be sorted.

    Raises:
        RuntimeError: Shapes or dtypes do not fit, or `side` and `right` disagree.

    Example:
        >>> import mocrograd as mg
        >>> mg.searchsorted(mg.tensor([1, 3, 5]), mg.tensor([4]))
        tensor([2])
    """
    row = as_tensor("searchsorted", sorted_sequence)
    scalar = not isinstance(input, Tensor)
    values: Any = (
        row.new_full((), input, dtype=dtypes.float32 if type(input) is float else row.dtype) if scalar else input
    )
    if side not in (None, "left", "right"):
        raise RuntimeError(f"searchsorted(): side can only be 'left' or 'right' but got {side}")
    if side == "left" and right:
        raise RuntimeError(
            "searchsorted(): side and right can't be set to opposites, got side of left while right was True"
        )
    if not row._shape:
        raise RuntimeError("searchsorted(): boundaries tensor should have positive dimension, got 0 dimension")
    if len(row._shape) > 1 and (scalar or row._shape[:-1] != values._shape[:-1] or not values._shape):
        raise RuntimeError(
            "searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries tensor "
            f"and input value tensor must match, but we got boundaries tensor {list(row._shape)} and "
            f"input value tensor {list(values._shape)}"
        )
    row, values = on_one_device("searchsorted", row.detach(), values.detach())
    if sorter is not None:
        if sorter._shape != row._shape:
            raise RuntimeError(
                f"searchsorted(): boundary and sorter must have the same size, but got {list(row._shape)} and "
                f"{list(sorter._shape)}"
            )
        if sorter.dtype is not dtypes.int64:
            raise RuntimeError(f"searchsorted(): sorter must be a tensor of long dtype but got {sorter.dtype.name}")
        if sorter._size and (bool(sorter.min() < 0) or bool(sorter.max() >= row._shape[-1])):
            raise RuntimeError(f"searchsorted(): sorter index out of range: expected 0 to {row._shape[-1] - 1}")
        row = pick(row, len(row._shape) - 1, sorter)
    row, values = promoted("searchsorted", row, values, True)
    out = search(row.contiguous(), values.contiguous(), right or side == "right")
    return to_dtype(out, dtypes.int32) if out_int32 else out


@takes_out()
def bucketize(input: Operand, boundaries: Tensor, *, out_int32: bool = False, right: bool = False) -> Tensor:
    """Return the number of the bucket between sorted boundaries that each value falls into.

    Args:
        input: Values: a tensor or a number.
        boundaries: Sorted, of one dimension.
        out_int32: Whether the result is int32 instead of int64.
        right: Whether a value that equals a boundary belongs to the bucket behind it.

    Raises:
        RuntimeError: The boundaries do not have one dimension, or dtypes differ.

    Example:
        >>> import mocrograd as mg
        >>> mg.bucketize(mg.tensor([4]), mg.tensor([1, 3, 5]))
        tensor([2])
    """
    if len(as_tensor("bucketize", boundaries)._shape) != 1:
        raise RuntimeError(f"bucketize(): boundaries tensor must be 1 dimension, but got dim({len(boundaries._shape)})")
    return searchsorted(boundaries, input, out_int32=out_int32, right=right)


# -------------------------------------------------------------------------------------- quantiles

INTERPOLATIONS = ("linear", "lower", "higher", "midpoint", "nearest")


def _quantile(name: str, input: Any, q: Any, dim: Any, keepdim: bool, interpolation: str, ignore_nan: bool) -> Tensor:
    x = as_tensor(name, input)
    if not x.dtype.is_floating_point:
        raise RuntimeError(f"{name}(): input tensor must be either float or double dtype, got {x.dtype.name}")
    if not x._size:
        raise RuntimeError(f"{name}(): input tensor must be non-empty")
    if interpolation not in INTERPOLATIONS:
        raise RuntimeError(
            f"{name}(): interpolation must be one of linear, lower, higher, midpoint or nearest, "
            f"but got {interpolation}"
        )
    if isinstance(q, Tensor):
        if len(q._shape) > 1:
            raise RuntimeError(f"{name}(): q must be a scalar or 1D tensor, got {len(q._shape)} dimensions")
        if q.dtype is not x.dtype:
            raise RuntimeError(f"{name}(): q tensor must be same dtype as the input tensor, got {q.dtype.name}")
        recording.cannot_replay(f"{name}() looks at shares on the host")
        shares = q.detach().cpu().numpy()
        if not ((shares >= 0) & (shares <= 1)).all():
            raise RuntimeError(f"{name}(): q values must be in the range [0, 1], got {shares.tolist()}")
    else:
        if not 0 <= q <= 1:
            raise RuntimeError(f"{name}(): q must be in the range [0, 1] but got {q}")
        q = x.new_full((), q)
    ndim = len(x._shape)
    dim_from_front = 0 if dim is None else normalize_dim(dim, ndim)
    if dim is None or not ndim:
        rows = x.contiguous().reshape(1, -1)
        shape = tuple([1] * ndim) if keepdim else ()
    else:
        moved = x.transpose(dim_from_front, -1)
        rows = moved.contiguous().reshape(math.prod(moved._shape[:-1]), moved._shape[-1])
        kept = tuple([1 if d == dim_from_front else n for d, n in enumerate(x._shape)])
        shape = kept if keepdim else tuple([n for d, n in enumerate(x._shape) if d != dim_from_front])
    values, _ = Sort.run(rows, False)
    columns = rows._shape[-1]
    numbers = (rows == rows).sum(-1, keepdim=True)
    ranks = q.reshape(1, -1) * to_dtype(
        (numbers - 1).clamp(min=0) if ignore_nan else numbers * 0 + columns - 1, x.dtype
    )
    if not ignore_nan:
        ranks = where(numbers == columns, ranks, float(columns - 1))
    if interpolation == "lower":
        ranks = ranks.floor()
    elif interpolation == "higher":
        ranks = ranks.ceil()
    elif interpolation == "nearest":
        ranks = ranks.round()
    below = to_dtype(ranks.detach(), dtypes.int64)
    out = pick(values, 1, below)
    if interpolation in ("linear", "midpoint"):
        above = to_dtype(ranks.detach().ceil(), dtypes.int64)
        weight = ranks - to_dtype(below, x.dtype) if interpolation == "linear" else 0.5
        upper = pick(values, 1, above)
        step = upper - out
        out = where(out == -math.inf, upper - step * (1 - weight), out + step * weight)  # from the end that is finite
    count = math.prod(q._shape)
    if dim is not None and ndim:  # rows were taken with the last dimension as this one
        sizes = list(x._shape)
        sizes[dim_from_front] = x._shape[-1]
        out = out.t().reshape(count, *sizes[:-1], 1).transpose(dim_from_front + 1, -1)
    return out.reshape(*q._shape, *shape)


@method
@takes_out()
@computed_wide
def quantile(
    input: Tensor, q: Operand, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"
) -> Tensor:
    """Return the elements below which shares of all lie, along a dimension; nan where there is one.

    Args:
        input: A floating tensor.
        q: Shares from 0 to 1: a number, or a tensor of one dimension, which the result gets as its first.
        dim: The dimension, all elements by default.
        keepdim: Whether it stays, with size 1.
        interpolation: "linear", "lower", "higher", "midpoint" or "nearest": what is between two elements.

    Raises:
        RuntimeError: The dtype is not a floating one, there are no elements, or a share is out of range.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([3.0, 1.0, 2.0])
        >>> mg.quantile(x, 0.5)
        tensor(2.)
    """
    return _quantile("quantile", input, q, dim, keepdim, interpolation, False)


@method
@takes_out()
@computed_wide
def nanquantile(
    input: Tensor, q: Operand, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"
) -> Tensor:
    """Return `quantile`, which takes the same arguments, of the elements that are not nan.

    Example:
        >>> import mocrograd as mg
        >>> mg.nanquantile(mg.tensor([1.0, mg.nan, 3.0]), mg.tensor([0.5, 1.0]))
        tensor([2., 3.])
    """
    return _quantile("nanquantile", input, q, dim, keepdim, interpolation, True)
