"""Which values occur and how often: unique values, counts, histograms, covariances, membership."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mocrograd import dtypes
from mocrograd.backend import recording
from mocrograd.layout import normalize_dim
from mocrograd.ops._arguments import integer, number, takes_out
from mocrograd.ops._narrow import computed_wide
from mocrograd.ops._reduction import as_tensor
from mocrograd.ops.cast import common_dtype, on_one_device, to_dtype
from mocrograd.ops.compare import eq
from mocrograd.ops.creation import from_numpy, full, shape_of
from mocrograd.ops.indexing import IndexAdd
from mocrograd.ops.reduce import any
from mocrograd.ops.sorting import searchsorted, sort
from mocrograd.tensor import Tensor, method
from mocrograd.types import Ints

__all__ = [
    "bincount",
    "corrcoef",
    "cov",
    "histc",
    "isin",
    "unique",
    "unique_consecutive",
    "unravel_index",
]

_PIECE = 1 << 18
"""Elements that are counted in one go."""


def _found(x: Tensor, parts: list[Any], wanted: list[bool]) -> Any:
    """Return arrays as tensors on a device: the first one alone, or a tuple with those that are wanted."""
    out = [from_numpy(np.array(part)).to(device=x.device) for part, wants in zip(parts, [True, *wanted]) if wants]
    return out[0] if len(out) == 1 else tuple(out)


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


def _without_dim(values: Any) -> tuple[Any, Any, Any]:
    found, inverse, counts = np.unique(values, return_inverse=True, return_counts=True, equal_nan=False)
    return found, inverse.reshape(values.shape), counts


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
    """
    x = as_tensor("unique", input)
    recording.cannot_replay("unique() looks at values on the host")
    values = x.detach().cpu().numpy()
    if dim is None:
        parts = _without_dim(values)
    else:
        d = _check_slices("unique", x, dim)
        found, inverse, counts = np.unique(values, axis=d, return_inverse=True, return_counts=True, equal_nan=False)
        parts = found, inverse.reshape(-1), counts
    return _found(x, list(parts), [return_inverse, return_counts])


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
    """
    x = as_tensor("unique_consecutive", input)
    recording.cannot_replay("unique_consecutive() looks at values on the host")
    values = x.detach().cpu().numpy()
    d = 0 if dim is None else _check_slices("unique_consecutive", x, dim)
    rows = values.reshape(-1) if dim is None else np.moveaxis(values, d, 0)
    others = rows.reshape(len(rows), rows.size // max(len(rows), 1))
    starts = np.ones(len(rows), bool)
    starts[1:] = (others[1:] != others[:-1]).any(1)
    inverse = np.cumsum(starts) - 1
    positions = np.flatnonzero(starts)
    counts = np.diff(np.append(positions, len(rows)))
    found = rows[positions] if dim is None else np.moveaxis(rows[positions], 0, d)
    return _found(
        x, [found, inverse.reshape(values.shape if dim is None else -1), counts], [return_inverse, return_counts]
    )


def _counts(x: Tensor, size: int) -> Tensor:
    """Return how often each number below `size` occurs; indices are widened piece by piece."""
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
    index = to_dtype(x, dtypes.int64).contiguous()
    counted = to_dtype(weights.detach(), weights.dtype if weights.dtype is dtypes.float32 else dtypes.float64)
    return IndexAdd.run(counted.contiguous().reshape(1, -1, 1), index, 1, 1, (size,)).reshape(size)


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
    """
    x = as_tensor("histc", input)
    if not x.dtype.is_floating_point:
        raise NotImplementedError(f'"histc" not implemented for {x.dtype.name}')
    bins = integer("histc", "bins", bins)
    low, high = number("histc", "min", min), number("histc", "max", max)
    if bins <= 0:
        raise RuntimeError(f"histc(): bins must be > 0, got {bins}")
    recording.cannot_replay("histc() looks at values on the host")
    values = x.detach().cpu().numpy().reshape(-1)
    shape_of("histc", (bins,))
    if low == high and values.size:
        low, high = float(values.min()), float(values.max())
    if low == high:
        low, high = low - 1, high + 1
    if not (math.isfinite(low) and math.isfinite(high)):
        raise RuntimeError(f"histc(): range of [{low}, {high}] is not finite")
    if low > high:
        raise RuntimeError(f"histc(): max must be larger than min, got [{low}, {high}]")
    inside = values[(values >= low) & (values <= high)]
    with np.errstate(invalid="ignore", over="ignore"):  # ends that are nearly equal leave a factor of infinity
        positions = ((inside - values.dtype.type(low)) * values.dtype.type(bins / (high - low))).astype(np.int64)
    counts = np.bincount(np.clip(positions, 0, bins - 1), minlength=bins)
    return from_numpy(counts.astype(values.dtype)).to(device=x.device)


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
        RuntimeError: There are more than two dimensions, or weights are of another number, kind or negative.
    """
    x = as_tensor("cov", input)
    if len(x._shape) > 2:
        raise RuntimeError(
            f"cov(): expected input to have two or fewer dimensions but got an input with {len(x._shape)}"
        )
    if x.dtype is dtypes.bool_:
        raise RuntimeError("cov(): bool dtype is not supported for input")
    x = x if x.dtype.is_floating_point else to_dtype(x, dtypes.float32)
    rows = x if len(x._shape) == 2 else x.reshape(1, -1)
    weights: Any = None
    for what, other, integral in (("fweights", fweights, True), ("aweights", aweights, False)):
        if other is not None:
            _check_weights(what, other, integral, rows._shape[1])
            other = to_dtype(other, x.dtype)
            weights = other if weights is None else weights * other
    if weights is None:
        total: Any = float(rows._shape[1])
        off = rows - rows.mean(1, keepdim=True)
        product = off @ off.t()
        norm: Any = total - correction if total > correction else 0.0
        return (product / norm).squeeze()
    total = weights.sum()
    off = rows - (rows * weights).sum(1, keepdim=True) / total
    spread = (weights * to_dtype(aweights, x.dtype)).sum() / total if aweights is not None else 1.0
    return ((off * weights) @ off.t() / (total - spread * correction).clamp(min=0)).squeeze()


@method
@computed_wide
def corrcoef(input: Tensor) -> Tensor:
    """Return the correlations of rows, each a variable with an observation per column.

    Raises:
        RuntimeError: There are more than two dimensions.
    """
    x = as_tensor("corrcoef", input)
    if len(x._shape) > 2:
        raise RuntimeError(f"corrcoef(): expected input to have two or fewer dimensions, got {len(x._shape)}")
    c = cov(x)
    if not c._shape:
        return c / c
    d = c.reshape(-1)[:: c._shape[0] + 1].sqrt()
    return (c / d.unsqueeze(1) / d.unsqueeze(0)).clamp(-1, 1)


# ------------------------------------------------------------------------------------- membership

_FEW = 8
"""Up to so many elements are compared with each; more are sorted and searched."""


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
    """
    for x in (elements, test_elements):
        if not isinstance(x, Tensor) and dtypes.scalar_kind(x) < 0:
            raise TypeError(f"isin(): an argument must be Tensor or Number, not {type(x).__name__}")
    if not isinstance(elements, Tensor) and not isinstance(test_elements, Tensor):
        raise TypeError(f"isin(): one argument must be Tensor, got {elements!r} and {test_elements!r}")
    for x in (elements, test_elements):
        if isinstance(x, Tensor) and x.dtype.kind == 0:
            raise RuntimeError(f"Unsupported input type encountered for isin(): {x.dtype.name}")
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
