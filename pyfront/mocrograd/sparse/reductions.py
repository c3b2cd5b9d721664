"""Sums and softmax of sparse tensors, over entries alone."""

from __future__ import annotations

import math
from typing import Any

from mocrograd import dtypes, layout, ops
from mocrograd.sparse.graph import added, as_coo, build, coalesced, distinct, entries, keys_of, like, linear
from mocrograd.sparse.layouts import to_layout
from mocrograd.sparse.tensor import SparseTensor, expect, refusal, way
from mocrograd.tensor import Tensor
from mocrograd.types import Dtype


def _dims(name: str, x: SparseTensor, dim: Any) -> tuple[int, ...]:
    """Return dimensions from 0 on, each once.

    Raises:
        IndexError: There is no such dimension.
        RuntimeError: One is given twice.
    """
    ndim, found = len(x._shape), []
    for d in dim if isinstance(dim, (tuple, list)) else (dim,):
        if not hasattr(d, "__index__"):
            raise TypeError(f"{name}(): argument 'dim' must be tuple of ints, not {type(d).__name__}")
        if not -ndim <= d < ndim:
            raise IndexError(f"Dimension out of range (expected to be in range of [{-ndim}, {ndim - 1}], but got {d})")
        if d % ndim in found:
            raise RuntimeError(f"dim {d % ndim} appears multiple times in the list of dims")
        found.append(d % ndim)
    return tuple(found)


def sum(input: SparseTensor, dim: Any = None, dtype: Dtype = None) -> Tensor:
    """Return the sum of all elements, or a sparse tensor of sums along dimensions; dense where no sparse one is left.

    Args:
        input: A sparse tensor.
        dim: A dimension or several.
        dtype: The type of the sums.

    Raises:
        RuntimeError: The tensor is no list of coordinates, or a dimension is given twice.
        IndexError: There is no such dimension.

    Example:
        >>> import mocrograd as mg
        >>> mg.sparse.sum(mg.eye(2).to_sparse())
        tensor(2.)
    """
    if not isinstance(input, SparseTensor):
        raise RuntimeError("sparse.sum: expected a sparse tensor, got a dense one")
    return total(expect(input, "sparse.sum"), dim, False, dtype)


def total(x: SparseTensor, dim: Any, keepdim: bool, dtype: Any) -> Tensor:
    """Return the sums of a tensor of any layout."""
    if dim is None or dim == () or dim == []:
        everything: Tensor = entries(linear(x)).sum(dtype=dtype)
        return everything
    dims, kind = _dims("sum", x, dim), x.layout if len(x._shape) == 2 else layout.sparse_coo
    x = linear(as_coo(x))
    sparse = x.sparse_dim()
    dense = [d - sparse + 1 for d in dims if d >= sparse]
    values = entries(x)
    values = values.sum(dense, keepdim=keepdim, dtype=dtype) if dense else values
    if dtype is not None or values.dtype.kind < 2:
        values = values.to(dtype or dtypes.int64)
    kept = [d for d in range(sparse) if d not in dims]
    if len(kept) == sparse:
        return build(values, layout.sparse_coo, x._index, (*x._shape[:sparse], *values._shape[1:]), x._merged)
    if not kept and not keepdim:
        return values.sum(0)
    index = x._index[0]
    if keepdim:
        rows = [index[d] if d in kept else index.new_zeros(index._shape[1]) for d in range(sparse)]
        shape = tuple([x._shape[d] if d in kept else 1 for d in range(sparse)])
    else:
        rows, shape = [index[d] for d in kept], tuple([x._shape[d] for d in kept])
    summed = coalesced(build(values, layout.sparse_coo, (ops.stack(rows),), (*shape, *values._shape[1:]), False))
    return to_layout(summed, kind) if keepdim and kind is layout.sparse_csr else summed


@way
def _sum(self: SparseTensor, dim: Any = None, keepdim: bool = False, *, dtype: Dtype = None) -> Tensor:
    """Return the sum of all elements, or a sparse tensor of sums along dimensions."""
    return total(self, dim, keepdim, dtype)


SparseTensor.sum = SparseTensor._sum  # type: ignore[attr-defined, method-assign]
del SparseTensor._sum  # type: ignore[attr-defined]


@way
def norm(self: SparseTensor, p: Any = "fro", dim: Any = None, keepdim: bool = False, dtype: Dtype = None) -> Tensor:
    """Return the norm of the values at all positions that have entries.

    Raises:
        RuntimeError: Some dimensions are asked for, and not all, or they are to be kept.
    """
    ndim = len(self._shape)
    if keepdim:
        raise RuntimeError("norm of a sparse tensor: keepdim=True is not supported")
    if dim is not None and dim != () and dim != [] and len(_dims("norm", self, dim)) != ndim:
        raise RuntimeError(
            "norm of a sparse tensor: only full reductions are supported, so 'dim' must be empty or name all dimensions"
        )
    if p == "nuc":
        raise NotImplementedError(refusal("norm with p='nuc'", self))
    found: Tensor = entries(distinct(self)).norm(p, dtype=dtype)
    return found


@way
def any(self: SparseTensor, *dims: Any, **options: Any) -> Tensor:
    """Return whether an entry is not 0.

    Raises:
        NotImplementedError: Dimensions are asked for.
    """
    if dims or options:
        raise NotImplementedError(refusal("any along a dimension", self))
    found: Tensor = entries(distinct(self)).any()
    return found


def softmax(input: SparseTensor, dim: int, *, dtype: Dtype = None) -> SparseTensor:
    """Return the softmax over the entries along a dimension: what is not there counts as minus infinity.

    Args:
        input: A list of coordinates.
        dim: The dimension.
        dtype: The type that is computed in.

    Raises:
        RuntimeError: The tensor is no list of coordinates.
        IndexError: There is no such dimension.

    Example:
        >>> import mocrograd as mg
        >>> mg.sparse.softmax(mg.eye(2).to_sparse(), 1).to_dense()
        tensor([[1., 0.],
                [0., 1.]])
    """
    return _softmax("softmax", input, dim, dtype)


def log_softmax(input: SparseTensor, dim: int, *, dtype: Dtype = None) -> SparseTensor:
    """Return the logarithm of `softmax`, whose arguments and errors it has.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([[0.0, 1.0, 2.0]]).to_sparse()  # what is 0 has no entry, and no share
        >>> mg.sparse.log_softmax(x, 1).values()
        tensor([-1.3133, -0.3133])
    """
    return _softmax("log_softmax", input, dim, dtype)


def _softmax(name: str, input: SparseTensor, dim: int, dtype: Any) -> SparseTensor:
    if not isinstance(input, SparseTensor) or input.layout is not layout.sparse_coo:
        raise NotImplementedError(f"sparse.{name}: expected a sparse tensor in coordinates; use nn.functional.{name}")
    (d,) = _dims(name, input, dim)
    x = coalesced(input)
    values = entries(x) if dtype is None else entries(x).to(dtype)
    sparse = x.sparse_dim()
    if d >= sparse:
        return like(x, getattr(ops, name)(values, d - sparse + 1))
    others = [e for e in range(sparse) if e != d]
    shape = tuple([x._shape[e] for e in others])
    keys = keys_of(ops.stack([x._index[0][e] for e in others]), shape) if others else x._index[0][0] * 0
    groups, which = ops.unique(keys, return_inverse=True)
    flat = values.reshape(x._nnz(), math.prod(values._shape[1:]))
    most = flat.new_full((groups._size, flat._shape[1]), -math.inf)
    most = most.scatter_reduce(0, which.unsqueeze(1).expand_as(flat), flat.detach(), "amax")
    shifted = flat - most.index_select(0, which)
    sums = added(shifted.exp(), which, groups._size).index_select(0, which)
    result = shifted - sums.log() if name == "log_softmax" else shifted.exp() / sums
    return like(x, result.reshape(values._shape))
