"""Sparse matrices of diagonals."""

from __future__ import annotations

from typing import Any

from mocrograd import dtypes, layout, ops
from mocrograd.layout import sparse_coo
from mocrograd.ops._arguments import checked
from mocrograd.sparse.building import shape_of
from mocrograd.sparse.graph import build
from mocrograd.sparse.layouts import to_layout
from mocrograd.sparse.tensor import SparseTensor, kind_name
from mocrograd.tensor import Tensor

_OF_DIAGONALS = layout.sparse_csr, layout.sparse_csc


@checked
def spdiags(diagonals: Tensor, offsets: Tensor, shape: Any, layout: Any = None) -> SparseTensor:
    """Return a sparse matrix of diagonals: element j of a diagonal stands in column j.

    Args:
        diagonals: (diagonals, length), or (length,) for one of them.
        offsets: How many columns each lies to the right of the main diagonal, int64.
        shape: (rows, columns).
        layout: `sparse_coo` by default, `sparse_csr` or `sparse_csc`.

    Raises:
        RuntimeError: There are not as many diagonals as offsets, an offset is given twice or is no int64, lies outside
            of the matrix, or the shape is that of no matrix.

    Example:
        >>> import mocrograd as mg
        >>> mg.sparse.spdiags(mg.tensor([1.0, 2.0]), mg.tensor([1]), (2, 2)).to_dense()
        tensor([[0., 2.],
                [0., 0.]])
    """
    size = shape_of("spdiags", shape)
    if len(size) != 2:
        raise RuntimeError("Output shape must be 2d")
    if len(diagonals._shape) > 2 or len(offsets._shape) > 1:
        raise RuntimeError("Diagonals must be vector or matrix, Offset scalar or vector")
    rows = diagonals.reshape(-1, diagonals._shape[-1] if diagonals._shape else 1)
    if offsets.dtype is not dtypes.int64:
        raise RuntimeError(f"Offset Tensor must have dtype Long but got {offsets.dtype}")
    steps = [int(n) for n in offsets.reshape(-1).tolist()]
    if rows._shape[0] != len(steps):
        raise RuntimeError(
            f"Number of diagonals ({rows._shape[0]}) does not match the number of offsets ({len(steps)})"
        )
    if len({*steps}) != len(steps):
        raise RuntimeError("Offset tensor contains duplicate values")
    if any(not -size[0] <= n <= size[1] for n in steps):
        raise RuntimeError(f"spdiags: expected offsets from {-size[0]} to {size[1]}, got {steps}")
    spans = [(max(n, 0), min(size[1], size[0] + n, rows._shape[1])) for n in steps]
    spans = [(first, max(first, last)) for first, last in spans]
    columns = [ops.arange(first, last, device=rows.device) for first, last in spans]
    index = ops.stack([ops.cat([c - n for c, n in zip(columns, steps)]), ops.cat(columns)])
    values = ops.cat([rows[i, first:last] for i, (first, last) in enumerate(spans)])
    new = build(values, sparse_coo, (index,), size, False)
    if layout not in (None, sparse_coo, *_OF_DIAGONALS):
        raise RuntimeError(f"Only output layouts (Sparse, SparseCsc, SparseCsr) are supported, got {kind_name(layout)}")
    return new if layout in (None, sparse_coo) else to_layout(new, layout)
