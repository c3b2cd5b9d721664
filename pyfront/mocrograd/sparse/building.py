"""New lists of coordinates, and the arguments of new sparse tensors, which are always checked."""

from __future__ import annotations

import math
from typing import Any

from mocrograd import dtypes, layout, ops
from mocrograd.autograd import mode
from mocrograd.ops._arguments import integers
from mocrograd.sparse.graph import build, keys_of
from mocrograd.sparse.tensor import SparseTensor, made
from mocrograd.tensor import Tensor
from mocrograd.types import Device, Dtype


def sparse_coo_tensor(
    indices: Any = None, values: Any = None, size: Any = None, *, dtype: Dtype = None, device: Device = None,
    pin_memory: bool = False, requires_grad: bool = False, check_invariants: bool | None = None,
    is_coalesced: bool | None = None,
) -> SparseTensor:  # fmt: skip
    """Return a sparse tensor of coordinates and values; values at the same position count as their sum.

    Args:
        indices: (sparse dimensions, entries), integers. With nothing but this: the size of a tensor without entries.
        values: (entries, ...): a number for each, or a tensor whose dimensions follow the sparse ones.
        size: The shape; by default the smallest one that has all indices.
        dtype: The type of the values.
        device: Where they are.
        pin_memory: Has no effect.
        requires_grad: Whether operations on it are recorded.
        check_invariants: Has no effect: all is checked always.
        is_coalesced: Whether positions are known to be in order, each once.

    Raises:
        RuntimeError: Sizes do not fit, or an index is negative or outside of the shape.
        TypeError: Something is no tensor and cannot become one, or `size` holds no integers.

    Example:
        >>> import mocrograd as mg
        >>> mg.sparse_coo_tensor([[0, 1], [2, 0]], [3.0, 4.0], (2, 3)).to_dense()
        tensor([[0., 0., 3.],
                [4., 0., 0.]])
    """
    if values is None and (size is None or indices is None):
        if isinstance(indices, Tensor):
            raise TypeError("sparse_coo_tensor(): argument 'values' must be Tensor, not NoneType")
        shape = shape_of("sparse_coo_tensor", indices if size is None else size)
        index: Tensor = ops.zeros(len(shape), 0, dtype=dtypes.int64, device=device)
        return finished(
            ops.zeros(0, dtype=dtype, device=device), layout.sparse_coo, (index,), shape, True, requires_grad
        )
    entries = values_of(values, dtype, device)
    index = integers_of("indices", indices, entries.device, dtypes.int64)
    if len(index._shape) != 2:
        raise RuntimeError(f"indices must be sparse_dim x nnz, but got: {list(index._shape)}")
    if not entries._shape:
        entries = entries.expand(1)
    if entries._shape[0] != index._shape[1]:
        raise RuntimeError(
            f"indices and values must have same nnz, but got nnz from indices: {index._shape[1]}, nnz from values: "
            f"{entries._shape[0]}"
        )
    dims = index._shape[0]
    if size is None:
        highest = [int(n) + 1 for n in index.amax(1).tolist()] if index._size else [0] * dims
        shape = (*[max(n, 0) for n in highest], *entries._shape[1:])
    else:
        shape = shape_of("sparse_coo_tensor", size)
    if len(shape) != dims + len(entries._shape) - 1:
        raise RuntimeError(
            f"'len(size) == sparse_dim + dense_dim' is not satisfied: len(size) = {len(shape)}, sparse_dim = {dims}, "
            f"dense_dim = {len(entries._shape) - 1}"
        )
    if entries._shape[1:] != shape[dims:]:
        raise RuntimeError(f"values has incorrect size, expected {list(shape[dims:])}, got {list(entries._shape[1:])}")
    _check_coordinates(index, shape)
    merged = index._shape[1] < 2
    if is_coalesced and not merged:
        keys = keys_of(index, shape[:dims])
        merged = bool((keys[1:] > keys[:-1]).all())
        if not merged:
            raise RuntimeError("cannot set is_coalesced to true if indices correspond to uncoalesced COO tensor")
    return finished(entries, layout.sparse_coo, (index,), shape, merged and is_coalesced is not False, requires_grad)


def _check_coordinates(index: Tensor, shape: tuple[int, ...]) -> None:
    """Raise unless all indices are inside of a shape.

    Raises:
        RuntimeError: One is not.
    """
    if math.prod(shape) >= 1 << 62:
        raise RuntimeError(f"numel: integer multiplication overflow: a tensor of shape {list(shape)} is too large")
    if not index._size:
        return
    low, high = index.amin(1).tolist(), index.amax(1).tolist()
    for d, (least, most) in enumerate(zip(low, high)):
        if least < 0:
            raise RuntimeError(f"found negative index {least} for dim {d}")
        if most >= shape[d]:
            raise RuntimeError(
                f"size is inconsistent with indices: for dim {d}, size is {shape[d]} but found index {most}"
            )


def shape_of(name: str, size: Any) -> tuple[int, ...]:
    """Return a shape, which may be larger than any memory.

    Raises:
        TypeError: It holds something else than integers.
        RuntimeError: A size is negative.
    """
    shape = integers(name, "size", tuple(size) if isinstance(size, (tuple, list)) else (size,))
    if any(n < 0 for n in shape):
        raise RuntimeError(f"{name}: Trying to create tensor with negative dimension: {list(shape)}")
    return shape


def values_of(values: Any, dtype: Any, device: Any) -> Tensor:
    """Return values as a dense tensor.

    Raises:
        TypeError: They are sparse.
    """
    if isinstance(values, SparseTensor):
        raise TypeError("expected values to be a dense tensor, got a sparse one")
    if isinstance(values, Tensor):
        return values.to(values.device if device is None else device, dtype or values.dtype)
    return ops.tensor(values, dtype=dtype, device=device)


def integers_of(name: str, indices: Any, device: Any, dtype: Any) -> Tensor:
    """Return indices as integers of a dtype; None for int64, or int32 where they are that."""
    if not isinstance(indices, Tensor):
        if indices is None:
            raise TypeError(f"expected {name} to be a tensor or a list of integers, got None")
        indices = ops.tensor(indices)
    if indices.dtype.is_complex or isinstance(indices, SparseTensor):
        raise TypeError(f"expected {name} to be a dense tensor of integers, got {indices.dtype}")
    wanted = dtype or (dtypes.int32 if indices.dtype is dtypes.int32 else dtypes.int64)
    made: Tensor = indices.detach().to(device, wanted).contiguous()
    return made


def finished(
    values: Tensor, kind: Any, index: tuple[Tensor, ...], shape: tuple[int, ...], merged: bool, requires_grad: bool
) -> SparseTensor:
    """Return a tensor of parts that were checked: a leaf, if it is to require a gradient, as torch's is."""
    if mode.vmap is not None:
        made(values, kind, index, shape, merged)  # refuses
    if not requires_grad:
        return build(values, kind, index, shape, merged)
    leaf = made(values, kind, index, shape, merged)
    leaf.requires_grad_()
    return leaf
