"""Reductions of segments: runs of neighbouring slices, whose lengths are given."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mocrograd import dtypes
from mocrograd.autograd import Function, mode
from mocrograd.layout import normalize_dim
from mocrograd.ops._narrow import computed_wide
from mocrograd.ops._reduction import as_tensor
from mocrograd.ops.cast import to_dtype
from mocrograd.ops.compare import masked_fill, where
from mocrograd.ops.creation import tensor
from mocrograd.ops.indexing import IndexAdd, IndexSelect
from mocrograd.ops.reduce import amax, amin, prod
from mocrograd.ops.scan import product_of_others
from mocrograd.ops.views import reshape
from mocrograd.tensor import Tensor
from mocrograd.types import Number

__all__ = ["segment_reduce"]

Integers = np.ndarray[Any, np.dtype[np.int64]]
_OVER_NOTHING = {"sum": 0.0, "mean": 0.0, "prod": 1.0, "max": -math.inf, "min": math.inf}


def padded(rows: Tensor, starts: Integers, lengths: Integers, fill: float) -> tuple[Tensor, Tensor]:
    """Return runs of rows side by side, filled up to the longest one.

    Args:
        rows: (rows, columns).
        starts: The first row of each run.
        lengths: The number of its rows.
        fill: What stands behind the shorter ones.

    Returns:
        (runs, longest, columns), and which rows are filled up, a bool of (runs, longest, 1).
    """
    steps = np.arange(int(lengths.max(initial=0)))[None]
    missing = steps >= lengths[:, None]
    filled = tensor(missing[:, :, None], device=rows.device)
    positions = np.where(missing, 0, starts[:, None] + steps).reshape(-1)
    shape = (*missing.shape, rows._shape[1])
    if not positions.size:
        return reshape(rows.narrow(0, 0, 0), shape), filled
    return masked_fill(reshape(_rows_at(rows, positions), shape), filled, fill), filled


def _rows_at(rows: Tensor, positions: Integers) -> Tensor:
    """Return rows by their places, which are in range."""
    index = tensor(positions, device=rows.device)
    picked: Tensor = IndexSelect.run(rows.contiguous().unsqueeze(0), index, 1, 1, (index._size,), 0)
    return picked.squeeze(0)


class Extreme(Function):
    """The greatest or least row of runs, as of `padded`; equal ones share the gradient, as do those that are nan."""

    @staticmethod
    def forward(ctx: Any, bags: Tensor, filled: Tensor, greatest: bool) -> Tensor:
        """Find them, and which rows they are."""
        top: Tensor = (amax if greatest else amin)(bags, 1, True)
        chosen = ((bags == top) | (bags != bags)) & ~filled
        count = to_dtype(chosen, bags.dtype).sum(1, True).clamp(min=1.0)
        ctx.save_for_backward(to_dtype(chosen, bags.dtype) / count)
        return top.squeeze(1)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        """Divide the gradient among them."""
        (share,) = ctx.saved_tensors
        return grad.unsqueeze(1) * share, None, None


class Product(Function):
    """The product of the rows of runs, as of `padded`; each element's gradient is the product of the others.

    A zero or nan touches the gradients of the others alone.
    """

    @staticmethod
    def forward(ctx: Any, bags: Tensor) -> Tensor:
        """Multiply."""
        ctx.save_for_backward(bags)
        return prod(bags, 1)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        """Multiply the others: divide by what is no zero and not nan, and count those."""
        (x,) = ctx.saved_tensors
        grad = grad.unsqueeze(1)
        if mode.grad:
            return grad * product_of_others(x, (1,))
        zero, unknown = x == 0, x != x
        rest = masked_fill(x, zero | unknown, 1.0)
        others = prod(rest, 1, True) / rest
        others = others * to_dtype(zero.sum(1, True) == zero, x.dtype)
        return grad * masked_fill(others, unknown.sum(1, True) != unknown, math.nan)


def _extremes(rows: Tensor, starts: Integers, lengths: Integers, reduce: str, initial: float | None) -> Tensor:
    bags, filled = padded(rows, starts, lengths, _OVER_NOTHING[reduce])
    if not bags._shape[1]:
        return bags.sum(1) + (_OVER_NOTHING[reduce] if initial is None else initial)
    top: Tensor = Extreme.run(bags, filled, reduce == "max")
    if initial is None:
        return top
    return where(top < initial if reduce == "max" else top > initial, initial, top)


def _sums(rows: Tensor, starts: Integers, lengths: Integers, mean: bool, initial: float | None) -> Tensor:
    which = np.repeat(np.arange(lengths.size), lengths)
    within = np.arange(which.size) - np.repeat(lengths.cumsum() - lengths, lengths)
    positions = np.repeat(starts, lengths) + within
    if positions.size != rows._shape[0] or (np.diff(positions) != 1).any():
        rows = _rows_at(rows, positions)
    index = tensor(which, device=rows.device)
    total: Tensor = IndexAdd.run(rows.contiguous().unsqueeze(0), index, 1, 1, (lengths.size,)).squeeze(0)
    total = total if initial is None else total + initial
    if not mean:
        return total
    counts = lengths if initial is None else np.maximum(lengths, 1)  # a mean of nothing is nan, or what it begins with
    return total / tensor(counts[:, None], dtype=rows.dtype, device=rows.device)


def _numbers(name: str, x: Tensor, data: Tensor, axis: int) -> Integers:
    """Return lengths or offsets as an array.

    Raises:
        RuntimeError: Their dimensions do not fit the data and the axis, or they are on another device.
        NotImplementedError: They are of another dtype than int64 and int32.
    """
    if x.device is not data.device:
        raise RuntimeError(f"segment_reduce(): expected {name} on {data.device}, got {x.device}")
    if len(data._shape) < len(x._shape) or not x._shape:
        raise RuntimeError(
            f"segment_reduce(): expected {name} of 1 to {len(data._shape)} dimensions, those of data up to the axis, "
            f"got {len(x._shape)}"
        )
    if axis != len(x._shape) - 1:
        raise RuntimeError(f"segment_reduce(): Expected axis to be the last dimension of {name} but got {axis}.")
    if x._shape[:-1] != data._shape[:axis]:
        raise RuntimeError(
            f"segment_reduce(): expected {name} of shape {[*data._shape[:axis], 'segments']}, got {list(x._shape)}"
        )
    if x.dtype not in (dtypes.int64, dtypes.int32):
        raise NotImplementedError(f'"segment_reduce" not implemented for {name} of {x.dtype.name}')
    array: Integers = x.detach().to("cpu").numpy().astype(np.int64)
    return array


def _by_lengths(lengths: Integers, size: int, unsafe: bool) -> tuple[Integers, Integers]:
    """Return starts and lengths, of shape (..., segments).

    Raises:
        RuntimeError: A length is negative, or their sums are not the size; with `unsafe`, they are greater.
    """
    if (lengths < 0).any():
        raise RuntimeError(f"lengths contains negative value! expected numbers from 0 on, got {int(lengths.min())}")
    ends = lengths.cumsum(-1)
    last = lengths.sum(-1)
    if (last > size if unsafe else last != size).any():
        raise RuntimeError(
            f"segment_reduce(): Expected all rows of lengths along axis to sum to data.size(lengths.dim()-1), {size}, "
            f"got {last.tolist()}"
        )
    return ends - lengths, lengths


def _by_offsets(offsets: Integers, size: int) -> tuple[Integers, Integers]:
    """Return starts and lengths, of shape (..., segments).

    Raises:
        RuntimeError: There are no offsets, one is less than the one before, or outside of the data.
    """
    if not offsets.shape[-1]:
        raise RuntimeError("segment_reduce(): expected at least one offset, got none")
    lengths = np.diff(offsets, axis=-1)
    if (lengths < 0).any() or (offsets < 0).any() or (offsets > size).any():
        raise RuntimeError(f"segment_reduce(): expected ascending offsets from 0 to {size}, got {offsets.tolist()}")
    return offsets[..., :-1], lengths


@computed_wide
def _reduced(rows: Tensor, reduce: str, starts: Integers, lengths: Integers, initial: float | None) -> Tensor:
    """Reduce runs of rows to one row each."""
    if reduce in ("sum", "mean"):
        return _sums(rows, starts, lengths, reduce == "mean", initial)
    if reduce != "prod":
        return _extremes(rows, starts, lengths, reduce, initial)
    product: Tensor = Product.run(padded(rows, starts, lengths, 1.0)[0])
    return product if initial is None else product * initial


def segment_reduce(
    data: Tensor,
    reduce: str,
    *,
    lengths: Tensor | None = None,
    indices: Tensor | None = None,
    offsets: Tensor | None = None,
    axis: int = 0,
    unsafe: bool = False,
    initial: Number | None = None,
) -> Tensor:
    """Return the sum, mean, maximum, minimum or product of each segment of a dimension.

    Maxima, minima and products hold as many elements as if all segments had the length of the longest one.

    Args:
        data: A tensor of floats, (*outer, n, *inner), with as many outer dimensions as `axis` says.
        reduce: "sum", "mean", "max", "min" or "prod".
        lengths: How many elements each segment has, one behind the other; (*outer, segments), int64 or int32.
        indices: None.
        offsets: Where segments start, and where the last one ends; (*outer, segments + 1). With offsets, lengths are
            not looked at.
        axis: The dimension.
        unsafe: Whether lengths may leave elements over at the end.
        initial: What each reduction begins with: a number that is added, multiplied, or compared.

    Returns:
        (*outer, segments, *inner). Over no elements it is `initial`, otherwise 0, nan, -inf, inf and 1 as of the
        reductions above.

    Raises:
        RuntimeError: There are neither lengths nor offsets, they do not fit, or the reduction is unknown.
        NotImplementedError: The data are no real floats.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
        >>> mg.segment_reduce(x, "max", lengths=mg.tensor([2, 1]))
        tensor([[3., 4.],
                [5., 6.]])
    """
    x = as_tensor("segment_reduce", data)
    dim = normalize_dim(axis, len(x._shape))
    if not isinstance(reduce, str):
        raise TypeError(f"segment_reduce(): argument 'reduce' must be str, not {type(reduce).__name__}")
    if reduce not in _OVER_NOTHING:
        raise RuntimeError(f"segment_reduce(): expected reduce to be sum, mean, max, min or prod, got {reduce!r}")
    if indices is not None:
        raise RuntimeError("segment_reduce(): indices based reduction is not supported yet.")
    if lengths is None and offsets is None:
        raise RuntimeError("segment_reduce(): Either lengths or offsets must be defined.")
    if isinstance(initial, complex):
        raise RuntimeError(f"segment_reduce(): expected a real number to begin with, got {initial}")
    if initial is not None and not isinstance(initial, (int, float)):
        raise TypeError(f"segment_reduce(): argument 'initial' must be Number, not {type(initial).__name__}")
    size = x._shape[dim] if x._shape else 1
    if offsets is not None:
        starts, counts = _by_offsets(_numbers("offsets", offsets, x, dim), size)
    else:
        assert lengths is not None
        starts, counts = _by_lengths(_numbers("lengths", lengths, x, dim), size, unsafe)
    if not x.dtype.is_floating_point:
        raise NotImplementedError(f'"segment_reduce" not implemented for {x.dtype.name}')
    outer = np.arange(math.prod(x._shape[:dim])).reshape(*x._shape[:dim], 1)
    starts = (starts + outer * size).reshape(-1)
    inner = x._shape[dim + 1 :]
    rows = reshape(x, (math.prod(x._shape[: dim + 1]), math.prod(inner)))
    reduced = _reduced(rows, reduce, starts, counts.reshape(-1), None if initial is None else float(initial))
    return reshape(reduced, (*counts.shape, *inner))
