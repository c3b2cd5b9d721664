"""Sparse tensors in graphs: their making of values, and the values of one.

All differentiation goes through `Build` and `Entries`. The gradient of a sparse tensor has its entries, so that of its
values is one number for each; what a gradient is at positions where it has no entry is 0.
"""

from __future__ import annotations

import math
from typing import Any

from mocrograd import dtypes, layout, ops
from mocrograd.autograd import Function
from mocrograd.layout import Shape
from mocrograd.ops.indexing import IndexAdd
from mocrograd.ops.sorting import search
from mocrograd.sparse.tensor import COLUMNS, SparseTensor, block_of, expect, made, remembered, values_of, way
from mocrograd.tensor import Tensor

Index = tuple[Tensor, ...]


class Build(Function):
    """A sparse tensor of values; each entry's gradient is what the result's is at its position."""

    what: tuple[Any, Shape, bool, Shape]

    @staticmethod
    def forward(ctx: Any, values: Tensor, kind: Any, index: Index, shape: Shape, merged: bool) -> SparseTensor:
        """Put the parts together."""
        ctx.save_for_backward(*index)
        ctx.what = kind, shape, merged, values._shape
        return made(values, kind, index, shape, merged)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Read the gradient at the entries."""
        kind, shape, merged, size = ctx.what
        return at_entries(grad, kind, ctx.saved_tensors, shape, merged, size), None, None, None, None


class Entries(Function):
    """The values of a sparse tensor of which no position is given twice."""

    what: tuple[Any, Shape, bool]

    @staticmethod
    def forward(ctx: Any, x: SparseTensor) -> Tensor:
        """Give the values."""
        ctx.save_for_backward(*x._index)
        ctx.what = x.layout, x._shape, x._merged
        return x._elements.detach()

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        """Make a sparse tensor of the gradient."""
        kind, shape, merged = ctx.what
        built: Tensor = Build.run(grad, kind, ctx.saved_tensors, shape, merged)
        return built


class Merge(Function):
    """A list of coordinates with the sums of values at each position."""

    @staticmethod
    def forward(ctx: Any, x: SparseTensor) -> SparseTensor:
        """Sort the positions, and add up by them."""
        index, shape = x._index[0], x._shape
        dims = shape[: index._shape[0]]
        if not dims:
            values = x._elements.sum(0, keepdim=True).to(x.dtype) if x._nnz() > 1 else x._elements
            return made(values, x.layout, (index[:, : values._shape[0]],), shape, True)
        keys, positions = ops.unique(keys_of(index, dims), return_inverse=True)
        values = added(x._elements, positions, keys._size)
        return made(values, x.layout, (coordinates(keys, dims),), shape, True)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        """Pass the gradient on: it is that at each position."""
        return grad


def keys_of(index: Tensor, dims: Shape) -> Tensor:
    """Return coordinates as positions in the flattened tensor."""
    keys = index.new_zeros(index._shape[1])
    for d, size in enumerate(dims):
        keys = keys * size + index[d]
    return keys


def coordinates(keys: Tensor, dims: Shape) -> Tensor:
    """Return positions in the flattened tensor as coordinates."""
    rows = []
    for size in reversed(dims):
        rows.append(keys % max(size, 1))
        keys = keys // max(size, 1)
    return ops.stack(rows[::-1]) if rows else keys.new_zeros(0, keys._size)


def added(values: Tensor, positions: Tensor, size: int) -> Tensor:
    """Return the sums of values by index."""
    sums = values.new_zeros(size, *values._shape[1:])
    return sums.index_add(0, positions, values) if values._size else sums


def coalesced(x: SparseTensor) -> SparseTensor:
    """Return a list of coordinates with each position once, in order: itself where it is so already."""
    if x._merged:
        return x
    if x.requires_grad:
        found: SparseTensor = Merge.run(x)
        return found
    kept: SparseTensor = remembered(x, "coalesced", lambda: Merge.run(x), True)
    return kept


def as_coo(x: SparseTensor) -> SparseTensor:
    """Return a tensor as a list of coordinates, coalesced unless it is such a list."""
    if x.layout is layout.sparse_coo:
        return x
    where = positions(x.layout, x._index, x._block)
    dims = x._shape[: where._shape[0]]
    values = entries(x).reshape(where._shape[1], *x._shape[len(dims) :])
    return build(values, layout.sparse_coo, (where,), x._shape, _ascending(keys_of(where, dims)))


def _ascending(keys: Tensor) -> bool:
    return keys._size < 2 or bool((keys[1:] > keys[:-1]).all())


def positions(kind: Any, index: Index, block: Shape = ()) -> Tensor:
    """Return the coordinates of the elements of a compressed tensor, in the order of its values.

    Args:
        kind: Its layout.
        index: Its bounds and plain indices.
        block: The sizes of a block, where its entries are blocks.
    """
    bounds, plain = index
    batch, count = plain._shape[:-1], plain._shape[-1]
    both = [rows_of(bounds, count), plain.to(dtypes.int64)]
    both = both[::-1] if kind in COLUMNS else both
    size = (*batch, count, *block)
    if block:
        steps = [ops.arange(n, device=plain.device) for n in block]
        inside = steps[0].unsqueeze(1), steps[1]
        both = [part[..., None, None] * n + step for part, n, step in zip(both, block, inside)]
    numbers = [ops.arange(n, device=plain.device).reshape(n, *[1] * (len(size) - d - 1)) for d, n in enumerate(batch)]
    return ops.stack([part.expand(size).reshape(math.prod(size)) for part in (*numbers, *both)])


def rows_of(bounds: Tensor, entries: int) -> Tensor:
    """Return the row of each entry, where rows begin at bounds, for each matrix of a batch."""
    batch, rows = bounds._shape[:-1], bounds._shape[-1] - 1
    many = math.prod(batch)
    first = ops.arange(many, device=bounds.device).unsqueeze(1) * (entries + 1)
    ends = bounds.reshape(many, rows + 1)[:, 1:] + first
    ones = ops.ones(many * rows, dtype=dtypes.int64, device=bounds.device)
    begun = added(ones, ends.reshape(many * rows), many * (entries + 1)).reshape(many, entries + 1)
    return begun.cumsum(1)[:, :entries].reshape(*batch, entries).contiguous()


def bounds_of(rows: Tensor, count: int) -> Tensor:
    """Return where each row begins among entries whose rows ascend, and the number of entries."""
    return search(rows.contiguous(), ops.arange(count + 1, device=rows.device), False)


def build(values: Tensor, kind: Any, index: Index, shape: Shape, merged: bool) -> SparseTensor:
    """Return a sparse tensor of parts, whose graph is that of the values."""
    new: SparseTensor = Build.run(values, kind, index, tuple(shape), merged)
    return new


def entries(x: SparseTensor) -> Tensor:
    """Return the values, with their graph.

    The tensor is coalesced, or compressed; else nothing may be recorded.
    """
    found: Tensor = Entries.run(x)
    return found


def like(x: SparseTensor, values: Tensor) -> SparseTensor:
    """Return a tensor of the same positions with other values."""
    shape = (*x._shape[: x.sparse_dim()], *values._shape[1:]) if x.is_sparse else x._shape
    return build(values, x.layout, x._index, shape, x._merged)


def distinct(x: SparseTensor) -> SparseTensor:
    """Return a tensor whose entries may be taken one by one: a list of coordinates coalesced."""
    return coalesced(x) if x.layout is layout.sparse_coo else x


def linear(x: SparseTensor) -> SparseTensor:
    """Return a tensor for what is the same of a sum and of each of its terms: coalesced where it is differentiated."""
    return distinct(x) if x.requires_grad else x


def at_entries(grad: Tensor, kind: Any, index: Index, shape: Shape, merged: bool, size: Shape) -> Tensor:
    """Return a gradient at the entries of a pattern, whose values have a size."""
    if isinstance(grad, SparseTensor):
        grad = distinct(grad)
        if merged and grad.layout is kind and all(a is b for a, b in zip(grad._index, index)):
            return entries(grad)
    where = index[0] if kind is layout.sparse_coo else positions(kind, index, block_of(kind, size, index))
    dims = shape[: where._shape[0]]
    keys = keys_of(where, dims)
    if not isinstance(grad, SparseTensor):
        return grad.reshape(math.prod(dims), *shape[len(dims) :]).index_select(0, keys).reshape(size)
    grad = coalesced(as_coo(grad))
    known = keys_of(grad._index[0], dims)
    return taken(entries(grad), known, keys).reshape(size)


def taken(values: Tensor, known: Tensor, keys: Tensor) -> Tensor:
    """Return the values whose ascending keys are known at other keys, 0 where there is none."""
    shape = (keys._size, *values._shape[1:])
    if not known._size or not keys._size:
        return values.new_zeros(shape)
    positions = search(known, keys, False).clamp(max=known._size - 1)
    found = (known.index_select(0, positions) == keys).reshape(-1, *(1,) * (len(shape) - 1))
    return ops.where(found, values.index_select(0, positions), ops.zeros((), dtype=values.dtype, device=values.device))


@way
def coalesce(self: SparseTensor) -> SparseTensor:
    """Return a list of coordinates with each position once, in order.

    Raises:
        RuntimeError: It is of another layout.
    """
    return coalesced(expect(self, "coalesce"))


@way
def values(self: SparseTensor) -> Tensor:
    """Return the values of the entries, which take part in the graph.

    Raises:
        RuntimeError: It is not coalesced.
    """
    return entries(values_of(self) if self.is_sparse else self)


def dense_of(x: SparseTensor) -> Tensor:
    """Return a dense tensor, whose gradient reaches the entries alone."""
    x = as_coo(linear(x))
    dims = x._shape[: x.sparse_dim()]
    flat = IndexAdd.run(_summable(entries(x)).contiguous(), keys_of(x._index[0], dims), 0, 1, (math.prod(dims),))
    return flat.to(x.dtype).reshape(x._shape)


def _summable(values: Tensor) -> Tensor:
    """Return values of a dtype that there are sums by index of."""
    return values.to(dtypes.int64) if values.dtype.kind < 2 else values
