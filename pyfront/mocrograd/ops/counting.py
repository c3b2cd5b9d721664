"""Which values occur and how often: unique values, counts, histograms, covariances, membership."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from mocrograd import dtypes
from mocrograd.backend import recording
from mocrograd.layout import Shape, normalize_dim
from mocrograd.ops._arguments import integer, number, takes_out
from mocrograd.ops._memory import fill
from mocrograd.ops._narrow import computed_wide
from mocrograd.ops._nonzero import positions_of
from mocrograd.ops._parts import AsComplex, AsReal
from mocrograd.ops._reduction import as_tensor
from mocrograd.ops.cast import common_dtype, on_one_device, to_dtype
from mocrograd.ops.compare import eq, where
from mocrograd.ops.creation import arange, full, linspace, shape_of
from mocrograd.ops.indexing import IndexAdd, IndexSelect
from mocrograd.ops.joining import cat, stack
from mocrograd.ops.reduce import any
from mocrograd.ops.scan import cumsum
from mocrograd.ops.sorting import argsort, search, searchsorted, sort
from mocrograd.shown import result_of
from mocrograd.tensor import Tensor, fresh, method
from mocrograd.types import Ints

__all__ = [
    "bincount",
    "corrcoef",
    "cov",
    "histc",
    "histogram",
    "histogramdd",
    "isin",
    "nonzero_static",
    "unique",
    "unique_consecutive",
    "unravel_index",
]

_PIECE = 1 << 18
"""Elements that are counted in one go."""


def _runs_of(x: Tensor, starts: Tensor, dim: int, shape: Shape, order: Tensor | None, wanted: list[bool]) -> Any:
    """Return the first slice of each run of equal ones: alone, or with the parts that are wanted.

    Args:
        x: The slices, along `dim`; those of a run are neighbours.
        starts: Whether a slice differs from the one before it.
        dim: The dimension.
        shape: The shape of the inverse.
        order: Where each slice stood before they were put in order.
        wanted: Whether to return the inverse, and the counts.
    """
    n = starts._size
    firsts = positions_of(starts)
    found = [IndexSelect.run(x.contiguous(), firsts, dim, 1, firsts._shape, 0)]
    if wanted[0]:
        ranks = cumsum(starts, 0) - 1
        found.append((ranks if order is None else ranks.index_copy(0, order, ranks)).reshape(shape))
    if wanted[1]:
        found.append(cat([firsts[1:], full((firsts._size and 1,), n, device=x.device)]) - firsts)
    return found[0] if len(found) == 1 else tuple(found)


def _starts(rows: Tensor) -> Tensor:
    """Return which rows, (n,) or (n, columns), differ from the one before them; the first one does."""
    first = full((rows._shape[0] and 1,), True, dtype=dtypes.bool_, device=rows.device)
    differ = rows[1:] != rows[:-1]
    return cat([first, differ if len(rows._shape) == 1 else any(differ, 1)])


def _order_of(rows: Tensor) -> Tensor:
    """Return the indices that put rows of columns in order.

    Stable sorts from the last column to the first do it. As most rows differ early, this is tried with the first
    columns alone: that is enough where rows that agree in them are equal.
    """
    n, columns = rows._shape
    count = 1
    while True:
        order = arange(n, device=rows.device)
        for column in reversed(range(min(count, columns))):
            order = order[argsort(rows[:, column].contiguous()[order], 0, stable=True)]
        if count >= columns:
            return order
        ordered = rows[order]
        if bool((_starts(ordered[:, :count]) == _starts(ordered)).all()):
            return order
        count *= 4


def _slices(x: Tensor, dim: int) -> Tensor:
    """Return the slices along a dimension as rows."""
    return x.movedim(dim, 0).reshape(x._shape[dim], x._size // max(x._shape[dim], 1))


def _check_slices(name: str, x: Tensor, dim: int) -> int:
    """Return the dimension whose slices are compared.

    Raises:
        IndexError: There are no dimensions.
        RuntimeError: Slices have no elements.
    """
    if not x._shape:
        raise IndexError(f"{name}(): Dimension specified as {dim} but tensor has no dimensions")
    d = normalize_dim(dim, len(x._shape))
    if 0 in x._shape[:d] + x._shape[d + 1 :]:
        raise RuntimeError(f"{name}(): there are no elements along dim {dim} of shape {list(x._shape)}")
    return d


@method
def unique(
    input: Tensor,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """Return the distinct values, in order.

    Args:
        input: A tensor.
        sorted: Whether they are in order, which they always are.
        return_inverse: Whether to return, for each element, where its value stands.
        return_counts: Whether to return how often each value occurs.
        dim: The dimension whose slices are compared; by default elements are.

    Returns:
        The values, or a tuple that begins with them.

    Example:
        >>> import mocrograd as mg
        >>> mg.unique(mg.tensor([2, 1, 2]))
        tensor([1, 2])
    """
    x = as_tensor("unique", input)
    if x.dtype.is_complex:
        raise NotImplementedError(f'"unique" not implemented for {x.dtype.name}')
    recording.cannot_replay("unique() makes a result whose length depends on values")
    x, wanted = x.detach(), [return_inverse, return_counts]
    if dim is None:
        values, order = sort(x.reshape(-1))
        return _runs_of(values, _starts(values), 0, x._shape, order, wanted)
    d = _check_slices("unique", x, dim)
    order = _order_of(_slices(x, d))
    x = IndexSelect.run(x.contiguous(), order, d, 1, order._shape, 0)
    return _runs_of(x, _starts(_slices(x, d)), d, order._shape, order, wanted)


@method
def unique_consecutive(
    input: Tensor, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """Return the first of each run of equal neighbours.

    Args:
        input: A tensor.
        return_inverse: Whether to return, for each element, where its run stands.
        return_counts: Whether to return how long each run is.
        dim: The dimension whose slices are compared; by default the elements of the flattened tensor are.

    Returns:
        The values, or a tuple that begins with them.

    Example:
        >>> import mocrograd as mg
        >>> values, counts = mg.unique_consecutive(mg.tensor([1, 1, 2, 1]), return_counts=True)
        >>> values, counts
        (tensor([1, 2, 1]), tensor([2, 1, 1]))
    """
    x = as_tensor("unique_consecutive", input)
    recording.cannot_replay("unique_consecutive() makes a result whose length depends on values")
    x, wanted = x.detach(), [return_inverse, return_counts]
    if dim is None:
        rows = x.reshape(-1)
        return _runs_of(rows, _starts(rows), 0, x._shape, None, wanted)
    d = _check_slices("unique_consecutive", x, dim)
    return _runs_of(x, _starts(_slices(x, d)), d, (x._shape[d],), None, wanted)


def _counts(x: Tensor, size: int) -> Tensor:
    """Return how often each number below `size` occurs; indices are widened piece by piece."""
    if 0 < x._size <= _PIECE:
        index = to_dtype(x, dtypes.int64).contiguous()
        every = fresh((1, x._size, 1), x._size, dtypes.int64, x.device)
        fill(every, 1)
        few: Tensor = IndexAdd.run(every, index, 1, 1, shape_of("bincount", (size,))).reshape(size)
        return few
    counts = x.new_zeros((size,), dtype=dtypes.int64)
    ones = counts.new_full((min(x._size, _PIECE),), 1)
    for first in range(0, x._size, _PIECE):
        piece = x[first : first + _PIECE]
        counts.index_add_(0, to_dtype(piece, dtypes.int64), ones[: piece._size])
    return counts


@method
def bincount(input: Tensor, weights: Tensor | None = None, minlength: int = 0) -> Tensor:
    """Return how often each number from 0 on occurs, or the sum of its weights.

    Args:
        input: Integers from 0 on, in one dimension.
        weights: A number for each of them.
        minlength: The least length of the result.

    Raises:
        RuntimeError: The input is not of one dimension, of integers from 0 on, or the weights are of another shape.

    Example:
        >>> import mocrograd as mg
        >>> mg.bincount(mg.tensor([0, 2, 2]))
        tensor([1, 0, 2])
    """
    x = as_tensor("bincount", input)
    if x.dtype.kind == 2:
        raise NotImplementedError(f'"bincount" not implemented for {x.dtype.name}')
    if minlength < 0:
        raise RuntimeError(f"minlength should be >= 0, got {minlength}")
    if len(x._shape) != 1:
        raise RuntimeError(f"bincount only supports 1-d non-negative integral inputs, got shape {list(x._shape)}")
    if weights is not None and weights._shape != x._shape:
        raise RuntimeError(
            f"weights should be 1-d and have the same length as input, got {list(weights._shape)} for {list(x._shape)}"
        )
    recording.cannot_replay("bincount() makes a result whose length depends on values")
    if x._size and int(x.min()) < 0:
        raise RuntimeError(f"bincount only supports 1-d non-negative integral inputs, got {int(x.min())}")
    size = int(x.max()) + 1 if x._size else 0
    size = size if size > minlength else minlength
    if weights is None or not x._size:
        return _counts(x, size)
    kept = weights.dtype if weights.dtype is dtypes.float32 else dtypes.float64
    return _weights(to_dtype(x, dtypes.int64).contiguous(), to_dtype(weights.detach(), kept), size)


def _weights(index: Tensor, weights: Tensor, size: int) -> Tensor:
    """Return the sum of the weights of each number below `size`, in the dtype of the weights."""
    sums: Tensor = IndexAdd.run(weights.contiguous().reshape(1, -1, 1), index, 1, 1, (size,)).reshape(size)
    return sums


@method
@takes_out()
def histc(input: Tensor, bins: int = 100, min: float = 0, max: float = 0) -> Tensor:
    """Return how many elements fall into each of equal intervals; what is outside of them, and nan, is left out.

    Args:
        input: A floating tensor.
        bins: The number of intervals.
        min: Where they begin; with `max` equal to it, at the smallest element.
        max: Where they end, which belongs to the last one.

    Raises:
        RuntimeError: There is no interval, or an end of the range is not finite.

    Example:
        >>> import mocrograd as mg
        >>> mg.histc(mg.tensor([0.0, 1.0, 1.0]), bins=2)
        tensor([1., 2.])
    """
    x = as_tensor("histc", input)
    if not x.dtype.is_floating_point:
        raise NotImplementedError(f'"histc" not implemented for {x.dtype.name}')
    bins = integer("histc", "bins", bins)
    low, high = number("histc", "min", min), number("histc", "max", max)
    if bins <= 0:
        raise RuntimeError(f"histc(): bins must be > 0, got {bins}")
    values = x.detach().reshape(-1)
    shape_of("histc", (bins,))
    if low == high and values._size:
        low, high = values.min().item(), values.max().item()
    if low == high:
        low, high = low - 1, high + 1
    if not (math.isfinite(low) and math.isfinite(high)):
        raise RuntimeError(f"histc(): range of [{low}, {high}] is not finite")
    if low > high:
        raise RuntimeError(f"histc(): max must be larger than min, got [{low}, {high}]")
    first, last = values.new_full((), low), values.new_full((), high)
    cells = to_dtype((values - first) * bins / (last - first), dtypes.int64).clamp(0, bins - 1)
    slots = where((values >= first) & (values <= last), cells, bins)  # the last slot is for what lies outside
    return to_dtype(_counts(slots, bins + 1)[:bins], x.dtype)


@result_of("histogram")
class Histogram(NamedTuple):
    """The result of `histogram`."""

    hist: Tensor
    bin_edges: Tensor


@result_of("histogramdd")
class HistogramDD(NamedTuple):
    """The result of `histogramdd`."""

    hist: Tensor
    bin_edges: tuple[Tensor, ...]


def _range_of(name: str, values: Tensor, given: Any) -> tuple[float, float]:
    """Return where the intervals of a dimension begin and end.

    Raises:
        RuntimeError: An end is not finite, or they stand the wrong way round.
    """
    if given is not None:
        low, high = given
        if low > high:
            raise RuntimeError(f"{name}(): min should not exceed max, but got min {low} max {high}")
    else:
        low, high = (values.min().item(), values.max().item()) if values._size else (0.0, 1.0)
    if not (math.isfinite(low) and math.isfinite(high)):
        raise RuntimeError(f"{name}(): dimension's range [{low}, {high}] is not finite")
    return (low - 0.5, high + 0.5) if low == high else (low, high)


def _edges(name: str, values: Tensor, bins: Any, given: Any) -> Tensor:
    """Return the ends of the intervals of one dimension, which `bins` are or count.

    Raises:
        RuntimeError: They are not of one dimension and of the dtype of the values, or there is no interval.
    """
    if isinstance(bins, Tensor):
        if len(bins._shape) != 1:
            raise RuntimeError(f"{name}(): bins tensor should have one dimension, got {list(bins._shape)}")
        if bins._size < 2:
            raise RuntimeError(f"{name}(): bins must be > 0, but got {bins._size - 1}")
        if bins.dtype is not values.dtype:
            raise RuntimeError(f"{name}(): input tensor and bins tensors should have the same dtype, got {bins.dtype}")
        return bins.detach()
    count = integer(name, "bins", bins)
    if count <= 0:
        raise RuntimeError(f"{name}(): bins must be > 0, but got {count}")
    return linspace(*_range_of(name, values, given), count + 1, dtype=values.dtype, device=values.device)


def _histogram(
    name: str, x: Tensor, bins: list[Any], range: Any, weight: Tensor | None, density: bool
) -> tuple[Tensor, list[Tensor]]:
    """Count rows of points (n, dimensions) in intervals of each dimension."""
    if x.dtype not in (dtypes.float32, dtypes.float64):
        raise NotImplementedError(f'"{name}" not implemented for {x.dtype.name}')
    if weight is not None and (weight._size != len(x) or weight.dtype is not x.dtype):
        raise RuntimeError(
            f"{name}(): expected a weight of dtype {x.dtype.name} for each of {len(x)} elements, got "
            f"{list(weight._shape)} of {weight.dtype.name}"
        )
    ends = None if range is None else [number(name, "range", end) for end in range]
    if ends is not None and len(ends) != 2 * len(bins):
        raise RuntimeError(
            f"{name}(): for {len(bins)} dimensions range should have {2 * len(bins)} elements, got {len(ends)}"
        )
    columns = [column.contiguous() for column in x.detach().unbind(1)]
    edges = [
        _edges(name, column, count, None if ends is None else ends[2 * d : 2 * d + 2])
        for d, (column, count) in enumerate(zip(columns, bins))
    ]
    walls = [wall.to(device=x.device) for wall in edges]
    sizes = [len(wall) - 1 for wall in walls]
    total = math.prod(shape_of(name, tuple(sizes)))
    slots = full((len(x),), 0, device=x.device)
    inside = slots == 0
    for column, wall, size in zip(columns, walls, sizes):
        inside = inside & (column >= wall[0]) & (column <= wall[-1])
        cells = search(wall.contiguous(), column, True).clamp(1, size) - 1  # the last one has both its ends
        slots = slots * size + cells
    slots = where(inside, slots, total)  # the last slot is for what lies outside
    counts = (
        _counts(slots, total + 1)
        if weight is None
        else _weights(slots, to_dtype(weight.detach(), dtypes.float64), total + 1)
    )
    counts = to_dtype(counts[:total], dtypes.float64).reshape(*sizes)
    if density:
        counts = counts / counts.sum()
        for d, wall in enumerate(walls):
            counts = counts / (wall[1:] - wall[:-1]).reshape(-1, *[1] * (len(sizes) - 1 - d))
    return to_dtype(counts, x.dtype), edges


@method
@takes_out()
def histogram(
    input: Tensor, bins: Any = 100, *, range: Any = None, weight: Tensor | None = None, density: bool = False
) -> Histogram:
    """Return how many elements fall into each interval, and the intervals' ends.

    Args:
        input: A tensor of float32 or float64.
        bins: The number of equal intervals, or their ends, ascending.
        range: Where they begin and end; by default at the smallest and largest element.
        weight: How much each element counts.
        density: Whether to divide by the sum and by each interval's length.

    Returns:
        hist (bins,) and bin_edges (bins + 1,). An interval has its left end; the last one has both.

    Raises:
        RuntimeError: There is no interval, an end of the range is not finite, or weights do not fit.
        NotImplementedError: The elements are of another dtype.

    Example:
        >>> import mocrograd as mg
        >>> counts, edges = mg.histogram(mg.tensor([0.1, 0.2, 0.9]), bins=2, range=(0.0, 1.0))
        >>> counts, edges
        (tensor([2., 1.]), tensor([0.0000, 0.5000, 1.0000]))
    """
    x = as_tensor("histogram", input).reshape(-1, 1)
    if isinstance(bins, Tensor) and range is not None:
        raise TypeError("histogram(): bins as a tensor have their range, got another one")
    hist, edges = _histogram("histogram", x, [bins], range, weight, density)
    return Histogram(hist, edges[0])


def histogramdd(
    input: Tensor, bins: Any, range: Any = None, weight: Tensor | None = None, density: bool = False
) -> HistogramDD:
    """Return how many points fall into each cell of a grid, and the cells' ends.

    Args:
        input: The points, (*, dimensions), of float32 or float64.
        bins: The number of equal intervals, one for all dimensions or one for each, or their ends for each.
        range: Where they begin and end, two numbers for each dimension; by default at the outermost points.
        weight: How much each point counts.
        density: Whether to divide by the sum and by each cell's volume.

    Returns:
        hist, of a size for each dimension, and bin_edges, a tensor for each dimension.

    Raises:
        RuntimeError: The points have no dimensions, the numbers of these differ, there is no interval, an end is not
            finite, or weights do not fit.
        NotImplementedError: The points are of another dtype.

    Example:
        >>> import mocrograd as mg
        >>> points = mg.tensor([[0.1, 0.1], [0.9, 0.1], [0.8, 0.9]])
        >>> counts, edges = mg.histogramdd(points, bins=[2, 2], range=[0.0, 1.0, 0.0, 1.0])
        >>> counts
        tensor([[1., 0.],
                [1., 1.]])
    """
    x = as_tensor("histogramdd", input)
    if len(x._shape) < 2:
        raise RuntimeError(f"histogramdd(): input tensor should have at least 2 dimensions, got {len(x._shape)}")
    dims = x._shape[-1]
    if isinstance(bins, Tensor):
        raise TypeError("histogramdd(): bins must be int, or a tuple of ints or tensors, got a tensor")
    each = list(bins) if isinstance(bins, (tuple, list)) else [bins] * dims
    if len(each) != dims:
        raise RuntimeError(
            f"histogramdd(): The size of bins must be equal to the innermost dimension of the input, {dims}, "
            f"got {len(each)}"
        )
    hist, edges = _histogram("histogramdd", x.reshape(math.prod(x._shape[:-1]), dims), each, range, weight, density)
    return HistogramDD(hist, tuple(edges))


def _check_weights(what: str, weights: Tensor, integral: bool, count: int) -> None:
    """Raise where weights do not fit the number of observations."""
    if len(weights._shape) > 1:
        raise RuntimeError(f"cov(): expected {what} to have one or fewer dimensions but got {len(weights._shape)}")
    if (weights.dtype.kind == 1) is not integral or weights.dtype.kind == 0:
        kind = "integral" if integral else "floating point"
        raise RuntimeError(f"cov(): expected {what} to have {kind} dtype but got {weights.dtype.name}")
    if weights._size != count:
        raise RuntimeError(
            f"cov(): expected {what} to have as many elements as there are observations, {count}, but got "
            f"{weights._size}"
        )
    if weights._size and bool((weights < 0).any()):
        raise RuntimeError(f"cov(): {what} cannot be negative")


@method
@computed_wide
def cov(
    input: Tensor, *, correction: int = 1, fweights: Tensor | None = None, aweights: Tensor | None = None
) -> Tensor:
    """Return the covariances of rows, each a variable with an observation per column.

    Args:
        input: A tensor of at most two dimensions; one dimension is one variable.
        correction: What is taken off the number of observations.
        fweights: How often each observation counts, integers.
        aweights: How much each observation counts.

    Raises:
        RuntimeError: There are more than two dimensions, or weights are of another number, kind or negative, or their
            sum is 0.

    Example:
        >>> import mocrograd as mg
        >>> mg.cov(mg.tensor([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0]]))
        tensor([[1., 2.],
                [2., 4.]])
    """
    x = as_tensor("cov", input)
    if len(x._shape) > 2:
        raise RuntimeError(
            f"cov(): expected input to have two or fewer dimensions but got an input with {len(x._shape)}"
        )
    if x.dtype is dtypes.bool_:
        raise RuntimeError("cov(): bool dtype is not supported for input")
    x = x if x.dtype.kind >= 2 else to_dtype(x, dtypes.float32)
    rows = x if len(x._shape) == 2 else x.reshape(1, -1)
    weights: Any = None
    for what, other, integral in (("fweights", fweights, True), ("aweights", aweights, False)):
        if other is not None:
            _check_weights(what, other, integral, rows._shape[1])
            weights = other if weights is None else weights * other
    correction = integer("cov", "correction", correction)
    if weights is None:
        total: Any = float(rows._shape[1])
        off = rows - rows.mean(1, keepdim=True)
        product = off @ off.mH
        norm: Any = total - correction if total > correction else 0.0
        return (product / norm).squeeze()
    total = weights.sum()
    if not total.detach().item():
        raise RuntimeError("cov(): weights sum to zero, can't be normalized")
    off = rows - (rows * weights).sum(1, keepdim=True) / total
    spread = (weights * aweights).sum() / total if aweights is not None else 1.0
    weighted = off * weights
    return (weighted @ to_dtype(off.mH, weighted.dtype) / (total - spread * correction).clamp(min=0)).squeeze()


@method
@computed_wide
def corrcoef(input: Tensor) -> Tensor:
    """Return the correlations of rows, each a variable with an observation per column.

    Raises:
        RuntimeError: There are more than two dimensions.

    Example:
        >>> import mocrograd as mg
        >>> mg.corrcoef(mg.tensor([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0]])).round(decimals=3)
        tensor([[1., 1.],
                [1., 1.]])
    """
    x = as_tensor("corrcoef", input)
    if len(x._shape) > 2:
        raise RuntimeError(f"corrcoef(): expected input to have two or fewer dimensions, got {len(x._shape)}")
    c = cov(x)
    if not c._shape:
        return c / c
    d = c.reshape(-1)[:: c._shape[0] + 1].sqrt()
    c = c / d.unsqueeze(1) / d.unsqueeze(0)
    return AsComplex.run(AsReal.run(c).clamp(-1, 1)) if c.dtype.is_complex else c.clamp(-1, 1)


# ------------------------------------------------------------------------------------- membership

_FEW = 8
"""Up to so many elements are compared with each; more are sorted and searched."""


@takes_out()
def isin(elements: Any, test_elements: Any, *, assume_unique: bool = False, invert: bool = False) -> Tensor:
    """Return whether each element is among others.

    Args:
        elements: A tensor or a number.
        test_elements: A tensor or a number; one of the two is a tensor.
        assume_unique: Whether no element stands twice among either; it has no effect.
        invert: Whether to return the opposite.

    Returns:
        Bools in the shape of `elements`.

    Raises:
        RuntimeError: The elements are bools.

    Example:
        >>> import mocrograd as mg
        >>> mg.isin(mg.tensor([1, 2, 3]), mg.tensor([2]))
        tensor([False,  True, False])
    """
    for x in (elements, test_elements):
        if not isinstance(x, Tensor) and dtypes.scalar_kind(x) < 0:
            raise TypeError(f"isin(): an argument must be Tensor or Number, not {type(x).__name__}")
    if not isinstance(elements, Tensor) and not isinstance(test_elements, Tensor):
        raise TypeError(f"isin(): one argument must be Tensor, got {elements!r} and {test_elements!r}")
    for x in (elements, test_elements):
        if x.dtype.kind == 0 if isinstance(x, Tensor) else isinstance(x, (bool, np.bool_)):
            raise RuntimeError("Unsupported input type encountered for isin(): bool")
    dtype = common_dtype(elements, test_elements)
    device = (elements if isinstance(elements, Tensor) else test_elements).device
    a, b = [
        to_dtype(x.detach(), dtype) if isinstance(x, Tensor) else full((), x, dtype=dtype, device=device)
        for x in (elements, test_elements)
    ]
    a, b = on_one_device("isin", a, b.reshape(-1))
    if b._size <= _FEW:
        found = any(eq(a.unsqueeze(-1), b), -1)
    else:
        ordered = sort(b)[0]
        positions = searchsorted(ordered, a.reshape(-1)).clamp(max=b._size - 1)
        found = eq(ordered.index_select(0, positions).reshape(a._shape), a)
    return ~found if invert else found


def unravel_index(indices: Tensor, shape: Ints) -> tuple[Tensor, ...]:
    """Return the coordinates of indices into the flattened tensor.

    Args:
        indices: Integers, any shape.
        shape: The shape that they are indices into, a tuple or one integer.

    Returns:
        A tensor of the indices' shape per dimension, int64.

    Raises:
        TypeError: The indices are no integers, or a size is none.
        ValueError: A size is negative.

    Example:
        >>> import mocrograd as mg
        >>> mg.unravel_index(mg.tensor([4]), (2, 3))
        (tensor([1]), tensor([1]))
    """
    if not isinstance(indices, Tensor) or indices.dtype.kind != 1:
        what = indices.dtype if isinstance(indices, Tensor) else type(indices).__name__
        raise TypeError(f"unravel_index: expected 'indices' to be integer dtype, but got {what}")
    sizes = (shape,) if isinstance(shape, int) else shape
    if not isinstance(sizes, (tuple, list)):
        raise TypeError(
            f"unravel_index: expected 'shape' to be int or sequence of ints, but got {type(shape).__name__}"
        )
    for n in sizes:
        if isinstance(n, bool) or not isinstance(n, int):
            raise TypeError(
                f"unravel_index: expected 'shape' sequence to only contain ints, but got {type(n).__name__}"
            )
        if n < 0:
            raise ValueError(f"unravel_index: 'shape' cannot have negative values, but got {tuple(sizes)}")
    if math.prod(max(n, 1) for n in sizes) >= 1 << 63:
        raise ValueError(f"unravel_index: 'shape' {tuple(sizes)} has more elements than int64 can count")
    positions = to_dtype(indices, dtypes.int64)
    found: list[Tensor] = []
    step = 1
    for n in reversed(sizes):
        found.insert(0, (positions // step) % n)
        step *= n
    return tuple(found)


@method
@takes_out()
def nonzero_static(input: Tensor, *, size: int, fill_value: int = -1) -> Tensor:
    """Return where the first so many elements are that are not zero; the shape does not depend on values.

    Args:
        input: A tensor.
        size: The number of rows of the result.
        fill_value: What stands in rows beyond the last such element.

    Returns:
        (size, dimensions), int64.

    Raises:
        RuntimeError: `size` is negative.

    Example:
        >>> import mocrograd as mg
        >>> mg.nonzero_static(mg.tensor([0, 7, 0, 8]), size=3, fill_value=-1)
        tensor([[ 1],
                [ 3],
                [-1]])
    """
    count, fill = integer("nonzero_static", "size", size), integer("nonzero_static", "fill_value", fill_value)
    if count < 0:
        raise RuntimeError(f"nonzero_static: 'size' must be an non-negative integer, got {count}")
    found = (input.detach() != 0).reshape(-1)
    rank = cumsum(found, 0)
    slots = (rank - 1).clamp(max=count).masked_fill(~found, count)  # the last slot is for what is not wanted
    firsts = rank.new_zeros(shape_of("nonzero_static", (count + 1,)))
    firsts.scatter_(0, slots, arange(found._size, device=input.device))
    empty = arange(count, device=input.device) >= found.sum()
    columns = unravel_index(firsts[:count], tuple([max(n, 1) for n in input._shape]))
    rows = stack(columns, 1) if columns else rank.new_zeros((count, 0))
    return rows.masked_fill(empty.unsqueeze(1), fill)
