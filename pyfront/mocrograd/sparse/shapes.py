"""Sparse tensors joined, cut and indexed: what moves entries and computes nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import reduce
from typing import Any

from mocrograd import dtypes, layout, ops
from mocrograd.ops.sorting import search
from mocrograd.sparse.graph import as_coo, build, coalesced, entries, linear
from mocrograd.sparse.order import permute
from mocrograd.sparse.tensor import SparseTensor, expect, refusal, show, way
from mocrograd.tensor import Tensor


def _dim(dim: Any, ndim: int) -> int:
    """Return a dimension from 0 on.

    Raises:
        IndexError: There is no such dimension.
    """
    if not -ndim <= dim < ndim:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-ndim}, {ndim - 1}], but got {dim})")
    return int(dim) % ndim


def _coordinates(name: str, x: SparseTensor) -> SparseTensor:
    """Return a list of coordinates whose entries may be moved one by one.

    Raises:
        NotImplementedError: The tensor is compressed.
    """
    if x.layout is not layout.sparse_coo:
        raise NotImplementedError(refusal(name, x))
    return linear(x)


def cat(tensors: Sequence[Any], dim: int = 0) -> SparseTensor:
    """Return lists of coordinates joined along a dimension.

    Raises:
        RuntimeError: One is dense, or the shapes do not fit.
        NotImplementedError: One is compressed.
        IndexError: There is no such dimension.
    """
    several = list(tensors)
    for i, x in enumerate(several):
        if not isinstance(x, SparseTensor):
            raise RuntimeError(f"Concatenating sparse tensors, but a dense tensor was found at position {i}.")
    first = several[0]
    d, sparse = _dim(dim, len(first._shape)), first.sparse_dim()
    for i, x in enumerate(several):
        if x.sparse_dim() != sparse or len(x._shape) != len(first._shape):
            raise RuntimeError(
                f"All tensors must have the same number of sparse and dense dimensions: {sparse} and "
                f"{first.dense_dim()} of the first one, {x.sparse_dim()} and {x.dense_dim()} of that at position {i}"
            )
        if x._shape[:d] + x._shape[d + 1 :] != first._shape[:d] + first._shape[d + 1 :]:
            raise RuntimeError(
                f"All tensors must have the same shape: {list(first._shape)} (except in the concatenating dimension), "
                f"but found shape: {list(x._shape)} at position {i}"
            )
    dtype = reduce(dtypes.promote, [x.dtype for x in several])
    several = [_coordinates("cat", x) for x in several]
    sizes = [x._shape[d] for x in several]
    starts = [sum(sizes[:i]) for i in range(len(sizes))]
    shape = (*first._shape[:d], sum(sizes), *first._shape[d + 1 :])
    parts = [entries(x).to(dtype) for x in several]
    if d >= sparse:
        parts = [_widened(part, d - sparse + 1, start, sum(sizes)) for part, start in zip(parts, starts)]
        starts = [0] * len(starts)
    index = ops.cat([_moved(x._index[0], d, start) for x, start in zip(several, starts)], 1)
    ordered = all(x._merged for x in several) and (len(several) == 1 or d == 0 < sparse)
    return build(ops.cat(parts), layout.sparse_coo, (index,), shape, ordered)


def _moved(index: Tensor, dim: int, start: int) -> Tensor:
    """Return coordinates, one of them farther by `start`."""
    if not start:
        return index
    steps = index.new_zeros(index._shape[0], 1)
    steps[dim] = start
    return index + steps


def _widened(values: Tensor, dim: int, start: int, size: int) -> Tensor:
    """Return values with zeros around them along a dimension."""
    before = (*values._shape[:dim], start, *values._shape[dim + 1 :])
    behind = (*values._shape[:dim], size - start - values._shape[dim], *values._shape[dim + 1 :])
    return ops.cat([values.new_zeros(before), values, values.new_zeros(behind)], dim)


def stack(tensors: Sequence[Any], dim: int = 0) -> SparseTensor:
    """Return lists of coordinates along a new dimension; the errors are those of `cat`."""
    several = list(tensors)
    for i, x in enumerate(several):
        if not isinstance(x, SparseTensor):
            raise RuntimeError(f"Concatenating sparse tensors, but a dense tensor was found at position {i}.")
        if x._shape != several[0]._shape:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(several[0]._shape)} at entry 0 and "
                f"{list(x._shape)} at entry {i}"
            )
    d = _dim(dim, len(several[0]._shape) + 1)
    return cat([unsqueeze(x, d) for x in several], d)


def vstack(tensors: Sequence[Any]) -> SparseTensor:
    """Return lists of coordinates below each other; the errors are those of `cat`."""
    return cat([unsqueeze(x, 0) if isinstance(x, SparseTensor) and len(x._shape) == 1 else x for x in tensors])


def hstack(tensors: Sequence[Any]) -> SparseTensor:
    """Return lists of coordinates beside each other; the errors are those of `cat`."""
    several = list(tensors)
    return cat(several, 0 if len(several[0]._shape) == 1 else 1)


@way
def unsqueeze(self: SparseTensor, dim: int) -> SparseTensor:
    """Return the tensor with a dimension of size 1 in front of another one.

    Raises:
        IndexError: There is no such dimension.
    """
    d = _dim(dim, len(self._shape) + 1)
    x = _coordinates("unsqueeze", self)
    shape, sparse = (*x._shape[:d], 1, *x._shape[d:]), x.sparse_dim()
    if d > sparse:
        return build(entries(x).unsqueeze(d - sparse + 1), x.layout, x._index, shape, x._merged)
    index = x._index[0]
    index = ops.cat([index[:d], index.new_zeros(1, index._shape[1]), index[d:]])
    return build(entries(x), x.layout, (index,), shape, x._merged)


@way
def squeeze(self: SparseTensor, *dim: Any) -> SparseTensor:
    """Return the tensor without its dimensions of size 1, or without those that are given, where of size 1.

    Raises:
        IndexError: There is no such dimension.
    """
    ndim = len(self._shape)
    given = dim[0] if len(dim) == 1 and isinstance(dim[0], (tuple, list)) else dim or range(ndim)
    gone = {d for d in [_dim(d, ndim) for d in given] if self._shape[d] == 1}
    if not gone:
        return self
    x = _coordinates("squeeze", self)
    sparse = x.sparse_dim()
    kept = [d for d in range(sparse) if d not in gone]
    index = ops.stack([x._index[0][d] for d in kept]) if kept else x._index[0][:0]
    shape = tuple([x._shape[d] for d in range(ndim) if d not in gone])
    values = entries(x)
    dense = [size for d, size in enumerate(x._shape) if d >= sparse and d not in gone]
    return build(values.reshape(values._shape[0], *dense), x.layout, (index,), shape, x._merged)


@way
def index_select(self: SparseTensor, dim: int, index: Tensor) -> SparseTensor:
    """Return the slices along a dimension that an index names, negative ones counted from the end.

    Raises:
        IndexError: There is no such dimension or slice, or the index is no vector of integers.
    """
    d = _dim(dim, len(self._shape))
    if not isinstance(index, Tensor):
        raise TypeError(f"index_select(): argument 'index' must be Tensor, not {type(index).__name__}")
    if index._sparse or len(index._shape) != 1 or index.dtype not in (dtypes.int64, dtypes.int32):
        raise IndexError("index_select() argument index must be 1-D long-tensor.")
    size, index = self._shape[d], index.to(dtypes.int64)
    outside = (index < -size) | (index >= size)
    if bool(outside.any()):
        raise IndexError(
            f"index_select(): index contains {int(index[outside][0])} that is out of range for tensor of size "
            f"{list(self._shape)} at dimension {d}"
        )
    x = _coordinates("index_select", self)
    index = ops.where(index < 0, index + size, index)
    shape, sparse = (*x._shape[:d], index._size, *x._shape[d + 1 :]), x.sparse_dim()
    if d >= sparse:
        return build(entries(x).index_select(d - sparse + 1, index), x.layout, x._index, shape, x._merged)
    order = ops.argsort(x._index[0][d], stable=True)
    known = x._index[0][d].index_select(0, order)
    starts = search(known, index.contiguous(), False)
    counts = search(known, index.contiguous(), True) - starts
    which = ops.repeat_interleave(ops.arange(index._size, device=x.device), counts)
    before = (counts.cumsum(0) - counts).index_select(0, which)
    positions = starts.index_select(0, which) + ops.arange(which._size, device=x.device) - before
    taken = order.index_select(0, positions)
    rows = x._index[0].index_select(1, taken)
    rows[d] = which
    ordered = which._size < 2 or (d == 0 and x._merged)
    return build(entries(x).index_select(0, taken), x.layout, (rows,), shape, ordered)


@way
def select(self: SparseTensor, dim: int, index: int) -> Any:
    """Return one slice along a dimension: sparse, or dense where no sparse dimension is left.

    Raises:
        IndexError: There is no such dimension or slice.
    """
    d = _dim(dim, len(self._shape))
    size, i = self._shape[d], index.__index__()
    if not -size <= i < size:
        raise IndexError(f"select(): index {i} out of range for tensor of size {list(self._shape)} at dimension {d}")
    if d < len(self._batch):
        parts = tuple([part.select(d, i % size) for part in self._index])
        return build(
            entries(self).select(d, i % size), self.layout, parts, self._shape[:d] + self._shape[d + 1 :], True
        )
    x, i = linear(self) if self.is_sparse else coalesced(as_coo(self)), i % size
    shape, sparse = x._shape[:d] + x._shape[d + 1 :], x.sparse_dim()
    if d >= sparse:
        return build(entries(x).select(d - sparse + 1, i), x.layout, x._index, shape, x._merged)
    found = (x._index[0][d] == i).nonzero().reshape(-1)
    values = entries(x).index_select(0, found)
    if sparse == 1:
        return values.sum(0, dtype=x.dtype)
    index_ = x._index[0]
    rest = ops.cat([index_[:d], index_[d + 1 :]]).index_select(1, found)
    return build(values, layout.sparse_coo, (rest,), shape, x._merged or found._size < 2)


@way
def narrow_copy(self: SparseTensor, dim: int, start: int, length: int) -> SparseTensor:
    """Return the slices of a dimension from `start` on.

    Raises:
        RuntimeError: There is no such dimension, or the slices are not all inside.
    """
    ndim = len(self._shape)
    if not 0 <= dim < ndim:
        raise RuntimeError(f"Dimension {dim} out of range. Expecting 0 <= dim < {ndim}.")
    size = self._shape[dim]
    if length < 0 or not 0 <= start <= size - length:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({size}).")
    x = _coordinates("narrow_copy", self)
    shape, sparse = (*x._shape[:dim], length, *x._shape[dim + 1 :]), x.sparse_dim()
    if dim >= sparse:
        values = entries(x).narrow(dim - sparse + 1, start, length).clone()
        return build(values, x.layout, x._index, shape, x._merged)
    along = x._index[0][dim]
    found = ((along >= start) & (along < start + length)).nonzero().reshape(-1)
    index = _moved(x._index[0].index_select(1, found), dim, -start)
    return build(entries(x).index_select(0, found), x.layout, (index,), shape, x._merged or found._size < 2)


@way
def unbind(self: SparseTensor, dim: int = 0) -> tuple[Any, ...]:
    """Return all slices along a dimension; the errors are those of `select`."""
    return tuple([select(self, dim, i) for i in range(self._shape[_dim(dim, len(self._shape))])])


@way
def movedim(self: SparseTensor, source: Any, destination: Any) -> SparseTensor:
    """Return the tensor with dimensions at other positions; dense ones stay behind sparse ones.

    Raises:
        RuntimeError: A dimension is named twice, or there are not as many sources as destinations.
    """
    ndim = len(self._shape)
    sources = [_dim(d, ndim) for d in (source if isinstance(source, (tuple, list)) else (source,))]
    targets = [_dim(d, ndim) for d in (destination if isinstance(destination, (tuple, list)) else (destination,))]
    if len(sources) != len(targets) or len({*sources}) != len(sources) or len({*targets}) != len(targets):
        raise RuntimeError(
            f"movedim: expected as many different sources as destinations, got {source} and {destination}"
        )
    order = [d for d in range(ndim) if d not in sources]
    for target, d in sorted(zip(targets, sources)):
        order.insert(target, d)
    return permute(self, *order)


def _swapped(self: SparseTensor, axis0: int, axis1: int) -> SparseTensor:
    return self.transpose(axis0, axis1)  # type: ignore[return-value]


for _name, _form in {"swapaxes": _swapped, "swapdims": _swapped, "moveaxis": movedim}.items():
    setattr(SparseTensor, _name, _form)


@way
def __getitem__(self: SparseTensor, index: Any) -> Any:
    """Return what integers, None, `...` and whole slices select: sparse, or dense where no sparse dimension is left.

    Raises:
        NotImplementedError: The index holds something else.
        IndexError: There is no such element.
    """
    items = index if isinstance(index, tuple) else (index,)
    for item in items:
        number = not isinstance(item, (bool, Tensor)) and hasattr(item, "__index__")
        whole = isinstance(item, slice) and item == slice(None)
        if not (number or whole or item is None or item is Ellipsis):
            raise NotImplementedError(refusal("__getitem__", self))
    named = len([item for item in items if item is not None and item is not Ellipsis])
    if named > len(self._shape):
        raise IndexError(f"too many indices for tensor of dimension {len(self._shape)}")
    x: Any = self
    d = 0
    for item in items:
        if item is None:
            x = x.unsqueeze(d)
        elif item is not Ellipsis and not isinstance(item, slice):
            size, i = x._shape[d], item.__index__()
            if not -size <= i < size:
                raise IndexError(f"index {i} is out of bounds for dimension {d} with size {size}")
            x = select(x, d, i) if isinstance(x, SparseTensor) else x.select(d, i)
            continue
        d += len(self._shape) - named if item is Ellipsis else 1
    return x


def _resized(self: SparseTensor, size: Any, sparse_dim: int, dense_dim: int, keep: bool) -> SparseTensor:
    """Give a tensor another size, in place.

    Raises:
        RuntimeError: It is no list of coordinates, takes part in a graph, or its entries do not fit the size.
    """
    x, shape = expect(self, "sparse_resize_"), tuple(size)
    if x.requires_grad:
        raise RuntimeError("sparse_resize_: cannot resize tensors that require grad")
    if sparse_dim + dense_dim != len(shape):
        raise RuntimeError(
            f"number of dimensions must be sparse_dim ({sparse_dim}) + dense_dim ({dense_dim}), but got {len(shape)}"
        )
    if any(n < 0 for n in shape):
        raise RuntimeError(f"sparse_resize_: expected sizes of at least 0, got {list(shape)}")
    if keep and x._nnz():
        if (sparse_dim, dense_dim) != (x.sparse_dim(), x.dense_dim()):
            raise RuntimeError(
                "changing the number of sparse or dense dimensions on a non-empty sparse tensor is not supported."
            )
        if any(new < old for new, old in zip(shape, x._shape)):
            raise RuntimeError("shrinking the size of dimensions on a non-empty sparse tensor is not supported.")
        values = x._elements
        for d in range(1, dense_dim + 1):
            values = _widened(values, d, 0, shape[sparse_dim + d - 1])
        index, merged = x._index[0], x._merged
    else:
        values = x._elements.new_zeros(0, *shape[sparse_dim:])
        index, merged = x._index[0].new_zeros(sparse_dim, 0), True
    if math.prod(shape) >= 1 << 62:
        raise RuntimeError(f"numel: integer multiplication overflow: a tensor of shape {list(shape)} is too large")
    show(x, values, x.layout, (index,), shape, merged)
    x._cache = {}
    x._changed()
    return x


@way
def sparse_resize_(self: SparseTensor, size: Any, sparse_dim: int, dense_dim: int) -> SparseTensor:
    """Give a list of coordinates another, not smaller, size, in place; it keeps its entries."""
    return _resized(self, size, sparse_dim, dense_dim, True)


@way
def sparse_resize_and_clear_(self: SparseTensor, size: Any, sparse_dim: int, dense_dim: int) -> SparseTensor:
    """Give a list of coordinates another size and no entries, in place."""
    return _resized(self, size, sparse_dim, dense_dim, False)


@way
def resize_as_sparse_(self: SparseTensor, the_template: SparseTensor) -> SparseTensor:
    """Give a list of coordinates the size of another one, in place."""
    return _resized(self, the_template._shape, the_template.sparse_dim(), the_template.dense_dim(), True)
