"""Sparse tensors with their dimensions in another order."""

from __future__ import annotations

from typing import Any

from mocrograd import layout, ops
from mocrograd.sparse.graph import build, coalesced, entries
from mocrograd.sparse.tensor import SparseTensor, way

_OTHER = {
    layout.sparse_csr: layout.sparse_csc, layout.sparse_csc: layout.sparse_csr, layout.sparse_bsr: layout.sparse_bsc,
    layout.sparse_bsc: layout.sparse_bsr,
}  # fmt: skip


def _roles(x: SparseTensor) -> list[str]:
    """Return what the dimensions of a tensor are, in torch's words."""
    batch, sparse = len(x._batch), x.sparse_dim()
    return ["Batch"] * batch + ["Sparse"] * sparse + ["Dense"] * x.dense_dim()


@way
def transpose(self: SparseTensor, dim0: int, dim1: int) -> SparseTensor:
    """Return the tensor with two dimensions exchanged; compressed rows become compressed columns.

    Raises:
        IndexError: There is no such dimension.
        RuntimeError: They are not both of the batch, both sparse or both dense.
    """
    ndim = len(self._shape)
    for d in (dim0, dim1):
        if not -ndim <= d < ndim:
            raise IndexError(f"Dimension out of range (expected to be in range of [{-ndim}, {ndim - 1}], but got {d})")
    roles = _roles(self)
    if roles[dim0] != roles[dim1]:
        raise RuntimeError(
            "transpose(): can only transpose dimensions of the same type (Batch, Sparse, Dense), got "
            f"{dim0 % ndim}({roles[dim0]}) and {dim1 % ndim}({roles[dim1]})"
        )
    return permute(self, *[{dim0 % ndim: dim1 % ndim, dim1 % ndim: dim0 % ndim}.get(d, d) for d in range(ndim)])


@way
def permute(self: SparseTensor, *dims: Any) -> SparseTensor:
    """Return the tensor with its dimensions in another order; dense ones stay behind sparse ones.

    Raises:
        RuntimeError: The dimensions are others, or one of another type comes in the place of one.
    """
    order = tuple(dims[0]) if len(dims) == 1 and isinstance(dims[0], (tuple, list)) else dims
    ndim, batch, sparse = len(self._shape), len(self._batch), self.sparse_dim()
    order = tuple([d % ndim if ndim and -ndim <= d < ndim else ndim for d in order])
    if sorted(order) != list(range(ndim)):
        raise RuntimeError(f"permute(): expected each of {ndim} dimensions once, got {list(dims)}")
    roles = _roles(self)
    for i, d in enumerate(order):
        if roles[i] != roles[d]:
            raise RuntimeError(
                "permute(): can only exchange dimensions of the same type (Batch, Sparse, Dense), got "
                f"{d}({roles[d]}) in the place of {i}({roles[i]})"
            )
    if order == tuple(range(ndim)):
        return self
    shape = tuple([self._shape[d] for d in order])
    first = batch + sparse
    dense = [d - first for d in order[first:]]
    if not self.is_sparse:
        return _of_compressed(self, order[:batch], order[batch] != batch, dense, shape)
    x = coalesced(self) if self.requires_grad else self
    values = entries(x).permute(0, *[d + 1 for d in dense])
    index = ops.stack([x._index[0][d] for d in order[:sparse]])
    ordered = x._nnz() < 2 or (x._merged and order[:sparse] == tuple(range(sparse)))
    return build(values, layout.sparse_coo, (index,), shape, ordered)


def _of_compressed(x: SparseTensor, head: Any, turned: bool, dense: list[int], shape: Any) -> SparseTensor:
    """Return a compressed tensor with the dimensions of its batch, its matrices and its elements in another order."""
    batch, block = len(head), len(x._block)
    index = tuple([part.permute(*head, batch).contiguous() for part in x._index]) if batch else x._index
    inside = [batch + 2, batch + 1] if turned and block else [batch + 1 + i for i in range(block)]
    values = entries(x).permute(*head, batch, *inside, *[batch + 1 + block + d for d in dense])
    return build(values, _OTHER[x.layout] if turned else x.layout, index, shape, True)


@way
def t(self: SparseTensor) -> SparseTensor:
    """Return a matrix transposed.

    Raises:
        RuntimeError: It has more than two dimensions.
    """
    if len(self._shape) > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {len(self._shape)}D")
    return self if len(self._shape) < 2 else transpose(self, 0, 1)


def _turned(self: SparseTensor) -> SparseTensor:
    return transpose(self, -2, -1)


SparseTensor.T, SparseTensor.mT = property(t), property(_turned)  # type: ignore[method-assign, assignment]
