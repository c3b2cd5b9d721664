"""Sparse tensors in other layouts: coordinates, compressed rows and columns, blocks of either, and batches of these."""

from __future__ import annotations

import math
from typing import Any

from mocrograd import dtypes, layout, ops
from mocrograd.layout import Shape
from mocrograd.sparse.graph import added, as_coo, build, coalesced, entries, keys_of, rows_of
from mocrograd.sparse.tensor import BLOCKED, COLUMNS, ROWS, SparseTensor, kind_name
from mocrograd.tensor import Tensor


def of_dense(x: Tensor, kind: Any, block: Shape, dense_dim: int) -> SparseTensor:
    """Return the elements of a dense tensor that are not zero, in a compressed layout.

    Args:
        x: A tensor of shape (batch..., rows, columns, dense dimensions...).
        kind: The layout.
        block: The rows and columns of a block, for a layout of blocks.
        dense_dim: The number of dense dimensions.

    Raises:
        RuntimeError: Matrices of a batch have different numbers of entries.
    """
    batch = len(x._shape) - 2 - dense_dim
    head, (rows, columns), tail = x._shape[:batch], x._shape[batch : batch + 2], x._shape[batch + 2 :]
    high, wide = block or (1, 1)
    counts, axes = [rows // high, columns // wide], [batch, batch + 2]
    parts = x.reshape(*head, counts[0], high, counts[1], wide, *tail)
    if kind in COLUMNS:
        counts, axes = counts[::-1], axes[::-1]
    parts = parts.permute(*range(batch), *axes, batch + 1, batch + 3, *range(batch + 4, len(parts._shape)))
    many, (outer, inner) = math.prod(head), counts
    cells = parts.reshape(many * outer * inner, *block, *tail)
    flags = (cells.detach() != 0).reshape(cells._shape[0], math.prod(cells._shape[1:])).any(1)
    keys = flags.nonzero().reshape(-1)
    count = _count(flags.reshape(many, outer * inner).sum(1))
    bounds = _bounds(flags.reshape(many, outer, inner).sum(2)).reshape(*head, outer + 1)
    plain = (keys % max(inner, 1)).reshape(*head, count)
    values = cells.index_select(0, keys).reshape(*head, count, *block, *tail)
    return build(values, kind, (bounds, plain), x._shape, True)


def _count(counts: Tensor) -> int:
    """Return the number of entries that each matrix of a batch has.

    Raises:
        RuntimeError: They are different.
    """
    if not counts._size:
        return 0
    least, most = int(counts.min()), int(counts.max())
    if least != most:
        raise RuntimeError(f"Expect the same number of specified elements per batch, got from {least} to {most}.")
    return most


def _bounds(counts: Tensor) -> Tensor:
    """Return the bounds of rows with counts of entries, for each matrix of a batch."""
    return ops.cat([counts.new_zeros(counts._shape[0], 1), counts.cumsum(1)], 1)


def to_layout(x: SparseTensor, kind: Any, block: Any = None) -> SparseTensor:
    """Return a tensor in another layout.

    Args:
        x: A tensor of any layout.
        kind: The layout.
        block: The rows and columns of a block, for a layout of blocks; by default those of the tensor's own.

    Raises:
        RuntimeError: Only matrices and batches of them can be compressed, blocks do not divide them, or become others.
        NotImplementedError: There is no such layout.
    """
    if x.layout in BLOCKED and kind in BLOCKED and block not in (None, x._block):
        name = "to" if x.layout is kind else "sparse_compressed_to"
        raise RuntimeError(
            f"{name}_{kind.name}: conversion from {x.kind} to {kind_name(kind)} with blocksize changed from "
            f"{list(x._block)} to {list(block)} is not supported"
        )
    if x.layout is kind:
        return x
    if kind is layout.sparse_coo:
        found = as_coo(x)
        return found if found._merged or x.layout in BLOCKED else coalesced(found)
    if kind not in ROWS + COLUMNS:
        raise NotImplementedError(f"to_sparse: expected a sparse layout, got {kind}")
    if not x.is_sparse and (x.layout in BLOCKED) is (kind in BLOCKED):
        return _turned(x, kind)
    if x.layout in BLOCKED:
        raise RuntimeError(f"sparse_compressed_to_{kind.name}: expected SparseCsr or SparseCsc layout but got {x.kind}")
    name = f"{'coo' if x.is_sparse else 'sparse_compressed'}_to_{kind.name}"
    x = coalesced(as_coo(x))
    if x.sparse_dim() < 2:
        raise RuntimeError(
            f"{name}: conversion from {x.kind} to {kind_name(kind)} for input tensors with sparse_dim()!=2 is not "
            f"supported: only a matrix can be compressed, got {x.sparse_dim()} sparse dimensions"
        )
    sizes = x._shape[x.sparse_dim() - 2 : x.sparse_dim()]
    return _of_coordinates(x, kind, checked_block(name, kind, sizes, block))


def like_layout(x: SparseTensor, other: SparseTensor) -> SparseTensor:
    """Return a tensor in the layout of another one, with blocks of its size."""
    return to_layout(x, other.layout, other._block or None)


def checked_block(name: str, kind: Any, sizes: Shape, block: Any) -> Shape:
    """Return the sizes of blocks, () for a layout without blocks.

    Args:
        name: The conversion, for messages.
        kind: The layout.
        sizes: The rows and columns of the matrix.
        block: What was given: two numbers, a number for both, or None.

    Raises:
        RuntimeError: They are missing, not wanted, no two numbers above 0, or do not divide the matrix.
        TypeError: They are no integers.
    """
    if (block is not None) is not (kind in BLOCKED):
        raise RuntimeError(
            f"{name}: conversion to {kind_name(kind)} {'with' if kind not in BLOCKED else 'without'} blocksize "
            "argument given is not supported"
        )
    if block is None:
        return ()
    both = tuple(block) if isinstance(block, (tuple, list)) else (block, block)
    if not all(hasattr(n, "__index__") and not isinstance(n, bool) for n in both):
        raise TypeError(f"{name}: argument 'blocksize' must be tuple of ints, got {block!r}")
    if len(both) != 2:
        raise RuntimeError(f"{name}: blocksize needs to be a tuple of size 2, but got {len(both)}")
    if min(both) < 1:
        raise RuntimeError(f"{name}: blocksize needs to be positive, but got {list(both)}")
    if sizes[0] % both[0] or sizes[1] % both[1]:
        raise RuntimeError(
            f"{name}: tensor sparse size ({sizes[0]},{sizes[1]}) must be divisible by given blocksize "
            f"({both[0]},{both[1]})"
        )
    return int(both[0]), int(both[1])


def _of_coordinates(x: SparseTensor, kind: Any, block: Shape) -> SparseTensor:
    """Return a coalesced list of coordinates in a compressed layout."""
    batch = x.sparse_dim() - 2
    head, tail = x._shape[:batch], x._shape[batch + 2 :]
    index = x._index[0].detach()
    cells = [index[batch + i] // (block or (1, 1))[i] for i in (0, 1)]
    sizes = [x._shape[batch + i] // (block or (1, 1))[i] for i in (0, 1)]
    if kind in COLUMNS:
        cells, sizes = cells[::-1], sizes[::-1]
    outer, inner = sizes
    keys = keys_of(ops.stack([*index[:batch], *cells]), (*head, outer, inner))
    values = entries(x)
    if block:
        keys, which = ops.unique(keys, return_inverse=True)
        high, wide = block
        inside = (which * high + index[batch] % high) * wide + index[batch + 1] % wide
        summable = values.to(dtypes.int64) if values.dtype.kind < 2 else values
        values = added(summable, inside, keys._size * high * wide).to(x.dtype)
    elif kind in COLUMNS:
        keys, order = ops.sort(keys)
        values = values.index_select(0, order)
    many = math.prod(head)
    counts = added(keys.new_ones(keys._size), keys // max(inner, 1), many * outer).reshape(many, outer)
    count = _count(counts.sum(1))
    bounds = _bounds(counts).reshape(*head, outer + 1)
    plain = (keys % max(inner, 1)).reshape(*head, count)
    return build(values.reshape(*head, count, *block, *tail), kind, (bounds, plain), x._shape, True)


def _turned(x: SparseTensor, kind: Any) -> SparseTensor:
    """Return a tensor of compressed rows with compressed columns, or vice versa; blocks stay as they are."""
    bounds, plain = x._index
    head, count = plain._shape[:-1], plain._shape[-1]
    many, batch, block = math.prod(head), len(head), x._block
    axis = batch + (1 if kind in COLUMNS else 0)
    outer = x._shape[axis] // (block[axis - batch] if block else 1)
    first = ops.arange(many, device=plain.device).unsqueeze(1) * outer
    keys, order = ops.sort((plain.reshape(many, count) + first).reshape(many * count), stable=True)
    rows = rows_of(bounds, count).reshape(many * count).index_select(0, order).reshape(plain._shape)
    counts = added(keys.new_ones(keys._size), keys, many * outer).reshape(many, outer)
    size = x._elements._shape
    values = entries(x).reshape(many * count, *size[batch + 1 :]).index_select(0, order).reshape(size)
    return build(values, kind, (_bounds(counts).reshape(*head, outer + 1), rows), x._shape, True)
