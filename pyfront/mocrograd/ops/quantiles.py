"""Quantiles along a dimension."""

from __future__ import annotations

import math
from typing import Any

from mocrograd import dtypes
from mocrograd.backend import recording
from mocrograd.layout import normalize_dim
from mocrograd.ops.cast import to_dtype
from mocrograd.ops.compare import where
from mocrograd.ops.places import pick
from mocrograd.ops.reduce import as_tensor
from mocrograd.ops.sorting import Sort
from mocrograd.tensor import Tensor, method

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
    if dim is not None and ndim:  # rows were taken with the last dimension in the place of this one
        moved = list(x._shape)
        moved[dim_from_front] = x._shape[-1]
        out = out.t().reshape(count, *moved[:-1], 1).transpose(dim_from_front + 1, -1)
    return out.reshape(*q._shape, *shape)


@method
def quantile(
    input: Tensor, q: Any, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"
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
    """
    return _quantile("quantile", input, q, dim, keepdim, interpolation, False)


@method
def nanquantile(
    input: Tensor, q: Any, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"
) -> Tensor:
    """Return `quantile`, which takes the same arguments, of the elements that are not nan."""
    return _quantile("nanquantile", input, q, dim, keepdim, interpolation, True)
