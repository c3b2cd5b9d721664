"""Sparse tensors of dense ones, and the other way round; other layouts, dtypes and devices."""

from __future__ import annotations

import math
from typing import Any

from mocrograd import backend, dtypes, layout, ops
from mocrograd.sparse.graph import (
    as_coo,
    at_entries,
    bounds_of,
    build,
    coalesced,
    dense_of,
    distinct,
    entries,
    linear,
)
from mocrograd.sparse.tensor import SparseTensor, become, made, refusal, way
from mocrograd.tensor import Tensor
from mocrograd.types import Dtype

_COMPRESSED = (layout.sparse_csr, layout.sparse_csc)


@way
def to_dense(self: SparseTensor, dtype: Dtype = None, *, masked_grad: bool | None = None) -> Tensor:
    """Return a dense tensor; values at the same position are added up."""
    if masked_grad is False and self.requires_grad:
        raise NotImplementedError("to_dense: the gradient is that at the entries; masked_grad=False is not supported")
    return dense_of(self) if dtype is None else dense_of(self).to(dtype)


def sparse_of(x: Tensor, kind: Any, sparse_dim: int) -> SparseTensor:
    """Return the elements of a dense tensor that are not zero."""
    flags = x.detach() != 0
    if sparse_dim < len(x._shape):
        flags = flags.reshape(*x._shape[:sparse_dim], -1).any(-1)
    dims = x._shape[:sparse_dim]
    keys = flags.reshape(-1).nonzero().reshape(-1)
    index = ops.nonzero(flags).t().contiguous()
    values = x.reshape(math.prod(dims), *x._shape[sparse_dim:]).index_select(0, keys)
    return to_layout(build(values, layout.sparse_coo, (index,), x._shape, True), kind)


def to_layout(x: SparseTensor, kind: Any) -> SparseTensor:
    """Return a tensor in another layout.

    Raises:
        RuntimeError: Only matrices of numbers can be compressed.
        NotImplementedError: There is no such layout.
    """
    if x.layout is kind:
        return x
    if kind is layout.sparse_coo:
        found = as_coo(x)
        return found if found._merged else coalesced(found)
    if kind not in _COMPRESSED:
        raise NotImplementedError(f"to_sparse: sparse_coo, sparse_csr and sparse_csc are supported, got {kind}")
    if len(x._shape) != 2 or x.dense_dim():
        raise RuntimeError(f"to_sparse: only matrices of numbers can be compressed, got shape {list(x._shape)}")
    x = coalesced(as_coo(x))
    rows, columns = x._index[0].detach()
    values = entries(x)
    if kind is layout.sparse_csc:
        order = ops.argsort(columns, stable=True)
        rows, columns, values = (
            columns.index_select(0, order),
            rows.index_select(0, order),
            values.index_select(0, order),
        )
    bounds = bounds_of(rows, x._shape[0 if kind is layout.sparse_csr else 1])
    return build(values, kind, (bounds, columns.contiguous()), x._shape, True)


@way
def to_sparse(self: SparseTensor, *args: Any, layout: Any = None, **options: Any) -> SparseTensor:
    """Return the tensor as a list of coordinates, or in the layout that is asked for."""
    wanted = layout or _coo()
    if args and args[0] is not None and (isinstance(args[0], bool) or not isinstance(args[0], int)):
        wanted = args[0]
    elif args and args[0] not in (None, self.sparse_dim()):
        raise RuntimeError(f"to_sparse: the tensor has {self.sparse_dim()} sparse dimensions already, got {args[0]}")
    return self if self.layout is wanted else to_layout(self, wanted)


def _coo() -> Any:
    return layout.sparse_coo


@way
def to_sparse_coo(self: SparseTensor) -> SparseTensor:
    """Return the tensor as a list of coordinates."""
    return to_layout(self, layout.sparse_coo)


@way
def to_sparse_csr(self: SparseTensor, dense_dim: int | None = None) -> SparseTensor:
    """Return a matrix with compressed rows."""
    return to_layout(self, layout.sparse_csr)


@way
def to_sparse_csc(self: SparseTensor, dense_dim: int | None = None) -> SparseTensor:
    """Return a matrix with compressed columns."""
    return to_layout(self, layout.sparse_csc)


def masked_by(x: Tensor, mask: SparseTensor) -> SparseTensor:
    """Return the elements of a tensor at the entries of a sparse one.

    Raises:
        RuntimeError: The shapes differ.
    """
    if x._shape != mask._shape:
        raise RuntimeError(
            f"sparse_mask(): operands have incompatible sizes; self has size {list(x._shape)} but mask has size "
            f"{list(mask._shape)}"
        )
    mask = distinct(mask)
    values = at_entries(x, mask.layout, mask._index, mask._shape, False)
    return build(values, mask.layout, mask._index, mask._shape, mask._merged)


@way
def to(self: SparseTensor, *args: Any, copy: bool = False, **options: Any) -> SparseTensor:
    """Return the tensor in a dtype and on a device; the arguments are those of `Tensor.to`."""
    given: Any = [arg._elements if isinstance(arg, SparseTensor) else arg for arg in args]
    target = self._elements[:0].detach().to(*given, **options)
    if target.dtype is self.dtype and target.device is self.device:
        return clone(self) if copy or True in args[1:] else self
    x = linear(self)
    values = entries(x).to(target.device, target.dtype)
    index = tuple([part.to(target.device) for part in x._index])
    return build(values, x.layout, index, x._shape, x._merged)


@way
def clone(self: SparseTensor, *, memory_format: Any = None) -> SparseTensor:
    """Return a copy of indices and values."""
    x = linear(self)
    index = tuple([part.clone() for part in x._index])
    return build(entries(x).clone(), x.layout, index, x._shape, x._merged)


@way
def cpu(self: SparseTensor) -> SparseTensor:
    """Return the tensor on the CPU."""
    return to(self, "cpu")


@way
def cuda(self: SparseTensor, device: Any = None, non_blocking: bool = False) -> SparseTensor:
    """Return the tensor on a GPU."""
    return to(self, backend.device("gpu") if device is None else device)


def _shorthand(name: str, dtype: dtypes.dtype) -> None:
    def function(self: SparseTensor) -> SparseTensor:
        return to(self, dtype)

    function.__name__, function.__doc__ = name, f"Return the tensor in {dtype.name}."
    way(function)


for _name, _dtype in (
    ("float", dtypes.float32), ("double", dtypes.float64), ("half", dtypes.float16), ("bfloat16", dtypes.bfloat16),
    ("long", dtypes.int64), ("int", dtypes.int32), ("bool", dtypes.bool_), ("cfloat", dtypes.complex64),
    ("cdouble", dtypes.complex128), ("short", dtypes.int16), ("char", dtypes.int8), ("byte", dtypes.uint8),
):  # fmt: skip
    _shorthand(_name, _dtype)


@way
def zero_(self: SparseTensor) -> SparseTensor:
    """Remove all entries, in place."""
    return become(self, empty_of(self))


def empty_of(x: SparseTensor) -> SparseTensor:
    """Return a tensor without entries, of a tensor's shape, dtype, layout and device."""
    values = x._elements[:0].detach().clone()
    if x.layout is layout.sparse_coo:
        return made(values, x.layout, (x._index[0].new_zeros(x._index[0]._shape[0], 0),), x._shape, True)
    return made(values, x.layout, (ops.zeros_like(x._index[0]), x._index[1].new_zeros(0)), x._shape, True)


@way
def _like_sparse(self: SparseTensor, value: Any, dtype: Any, device: Any, requires_grad: bool) -> SparseTensor:
    """Return a tensor without entries, for `zeros_like` and `empty_like`.

    Raises:
        NotImplementedError: All elements would be something else.
    """
    if value is not None and value != 0:
        raise NotImplementedError(refusal("fill_", self))
    new = to(empty_of(self), device or self.device, dtype or self.dtype)
    new.requires_grad = requires_grad
    return new


@way
def copy_(self: SparseTensor, src: Any, non_blocking: bool = False) -> SparseTensor:
    """Take over the entries of another sparse tensor, in place.

    Raises:
        RuntimeError: The other one is dense.
    """
    if not isinstance(src, SparseTensor):
        raise RuntimeError("copy_() between dense and sparse Tensors is not implemented!")
    return become(self, clone(to(src, self.dtype)))
