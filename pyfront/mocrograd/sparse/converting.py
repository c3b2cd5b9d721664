"""Sparse tensors of dense ones, and the other way round; other layouts, dtypes and devices."""

from __future__ import annotations

import math
from typing import Any

from mocrograd import backend, dtypes, layout, ops
from mocrograd.sparse.graph import at_entries, build, dense_of, entries, like, linear
from mocrograd.sparse.layouts import checked_block, of_dense, to_layout
from mocrograd.sparse.tensor import BLOCKED, SparseTensor, become, kind_name, made, refusal, way
from mocrograd.tensor import Tensor
from mocrograd.types import Dtype


@way
def to_dense(self: SparseTensor, dtype: Dtype = None, *, masked_grad: bool | None = None) -> Tensor:
    """Return a dense tensor; values at the same position are added up."""
    if masked_grad is False and self.requires_grad:
        raise NotImplementedError("to_dense: the gradient is that at the entries; masked_grad=False is not supported")
    return dense_of(self) if dtype is None else dense_of(self).to(dtype)


def sparse_of(x: Tensor, kind: Any, sparse_dim: int) -> SparseTensor:
    """Return the elements of a dense tensor that are not zero, as a list of coordinates in another layout."""
    flags = x.detach() != 0
    if sparse_dim < len(x._shape):
        flags = flags.reshape(*x._shape[:sparse_dim], -1).any(-1)
    dims = x._shape[:sparse_dim]
    keys = flags.reshape(-1).nonzero().reshape(-1)
    index = ops.nonzero(flags).t().contiguous()
    values = x.reshape(math.prod(dims), *x._shape[sparse_dim:]).index_select(0, keys)
    return to_layout(build(values, layout.sparse_coo, (index,), x._shape, True), kind)


def compressed_of(x: Tensor, kind: Any, block: Any, dense_dim: Any) -> SparseTensor:
    """Return the elements of a dense tensor that are not zero, in a compressed layout.

    Raises:
        RuntimeError: It is no matrix or batch of matrices with as many entries each, or blocks do not divide it.
    """
    name, most = f"dense_to_{kind.name}", len(x._shape) - 2
    if most < 0:
        raise RuntimeError(f"{name}: only a matrix can be compressed, got {len(x._shape)} dimensions")
    dense = 0 if dense_dim is None else dense_dim
    if not 0 <= dense <= most:
        raise RuntimeError(f"{name}: dense_dim argument must be in [0,{most}] range, but {dense} is given")
    sizes = x._shape[most - dense : most - dense + 2]
    return of_dense(x, kind, checked_block(name, kind, sizes, block), dense)


@way
def to_sparse(
    self: SparseTensor, *args: Any, layout: Any = None, blocksize: Any = None, dense_dim: Any = None, **options: Any
) -> SparseTensor:
    """Return the tensor as a list of coordinates, or in the layout that is asked for."""
    wanted = layout or _coo()
    if args and args[0] is not None and (isinstance(args[0], bool) or not isinstance(args[0], int)):
        wanted = args[0]
    elif args and args[0] not in (None, self.sparse_dim()):
        raise RuntimeError(f"to_sparse: the tensor has {self.sparse_dim()} sparse dimensions already, got {args[0]}")
    if blocksize is not None and wanted not in BLOCKED:
        raise RuntimeError(
            f"to_sparse: conversion from {self.kind} to {kind_name(wanted)} with blocksize argument given is not "
            "supported"
        )
    _no_dense_dim(self, wanted, dense_dim)
    return to_layout(self, wanted, _pair(blocksize))


def _coo() -> Any:
    return layout.sparse_coo


def _pair(block: Any) -> Any:
    return (block, block) if hasattr(block, "__index__") else block if block is None else tuple(block)


def _no_dense_dim(x: SparseTensor, kind: Any, dense_dim: Any) -> None:
    """Raise where dense dimensions are asked for, which a sparse tensor has already.

    Raises:
        RuntimeError: They are.
    """
    if dense_dim is not None and (x.layout is kind or dense_dim != x.dense_dim()):
        raise RuntimeError(
            f"to_{kind.name}: conversion from {x.kind} to {kind_name(kind)} with dense_dim argument given is not "
            "supported"
        )


def _to_compressed(kind: Any) -> None:
    def plain(self: SparseTensor, dense_dim: int | None = None) -> SparseTensor:
        _no_dense_dim(self, kind, dense_dim)
        return to_layout(self, kind)

    def blocked(self: SparseTensor, blocksize: Any, dense_dim: int | None = None) -> SparseTensor:
        _no_dense_dim(self, kind, dense_dim)
        return to_layout(self, kind, _pair(blocksize))

    function = blocked if kind in BLOCKED else plain
    function.__name__ = f"to_{kind.name}"
    function.__doc__ = f"Return a matrix, or a batch of matrices, of the layout {kind.name}; see `Tensor.to_sparse`."
    way(function)


for _kind in (layout.sparse_csr, layout.sparse_csc, layout.sparse_bsr, layout.sparse_bsc):
    _to_compressed(_kind)


@way
def to_sparse_coo(self: SparseTensor) -> SparseTensor:
    """Return the tensor as a list of coordinates."""
    return to_layout(self, layout.sparse_coo)


def masked_by(x: Tensor, mask: SparseTensor) -> SparseTensor:
    """Return the elements of a tensor at the entries of a sparse one, also at each of those with the same position.

    Raises:
        RuntimeError: The shapes differ.
    """
    if x._shape != mask._shape:
        raise RuntimeError(
            f"sparse_mask(): operands have incompatible sizes; self has size {list(x._shape)} but mask has size "
            f"{list(mask._shape)}"
        )
    if x is mask:
        return clone(mask)
    values = at_entries(x, mask.layout, mask._index, mask._shape, False, mask._elements._shape)
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
    values = x._elements.detach().narrow(len(x._batch), 0, 0).clone()
    if x.layout is layout.sparse_coo:
        return made(values, x.layout, (x._index[0].new_zeros(x._index[0]._shape[0], 0),), x._shape, True)
    plain = x._index[1].new_zeros(*x._batch, 0)
    return made(values, x.layout, (ops.zeros_like(x._index[0]), plain), x._shape, True)


@way
def _like_sparse(self: SparseTensor, value: Any, dtype: Any, device: Any, requires_grad: bool) -> SparseTensor:
    """Return a tensor of one value: without entries for 0, and of a compressed tensor's entries for another one.

    Raises:
        NotImplementedError: All elements of a list of coordinates would be another one.
    """
    if value is None or value == 0:
        new = to(empty_of(self), self.device if device is None else device, dtype or self.dtype)
    elif self.is_sparse:
        raise NotImplementedError(refusal("fill_", self))
    else:
        values = ops.full_like(self._elements.detach(), value, dtype=dtype, device=device)
        new = to(like(self.detach(), values), values.device)
    new.requires_grad = requires_grad
    return new


@way
def fill_(self: SparseTensor, value: Any) -> SparseTensor:
    """Give all entries of a compressed tensor a value, in place.

    Raises:
        NotImplementedError: It is a list of coordinates, and the value is not 0.
    """
    number = value.item() if isinstance(value, Tensor) else value
    return become(self, _like_sparse(self, number, None, None, False)) if number else zero_(self)


@way
def copy_(self: SparseTensor, src: Any, non_blocking: bool = False) -> SparseTensor:
    """Take over the entries of another sparse tensor, in place.

    Raises:
        RuntimeError: The other one is dense.
    """
    if not isinstance(src, SparseTensor):
        raise RuntimeError("copy_() between dense and sparse Tensors is not implemented!")
    if src.layout is not self.layout or src._block != self._block:
        raise RuntimeError(
            "torch.copy_: copy of sparse compressed tensors having different layouts is not supported. self layout is "
            f"{self.kind} and src layout is {src.kind}, blocks {list(self._block)} and {list(src._block)}"
        )
    return become(self, clone(to(src, self.dtype)))
