"""New sparse tensors, of indices and values, which are always checked: no index is outside of its tensor."""

from __future__ import annotations

import math
from typing import Any

from mocrograd import dtypes, layout, ops
from mocrograd.autograd import mode
from mocrograd.layout import sparse_coo
from mocrograd.ops._arguments import integers
from mocrograd.sparse.converting import to_layout
from mocrograd.sparse.graph import build, keys_of, pairs
from mocrograd.sparse.tensor import SparseTensor, made
from mocrograd.tensor import Tensor
from mocrograd.types import Device, Dtype

_PLAIN = {layout.sparse_csr: ("crow_indices", "col_indices", 0), layout.sparse_csc: ("ccol_indices", "row_indices", 1)}


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
        shape = _shape("sparse_coo_tensor", indices if size is None else size)
        index: Tensor = ops.zeros(len(shape), 0, dtype=dtypes.int64, device=device)
        return _finished(
            ops.zeros(0, dtype=dtype, device=device), layout.sparse_coo, (index,), shape, True, requires_grad
        )
    entries = _values(values, dtype, device)
    index = _integers("indices", indices, entries.device, dtypes.int64)
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
        shape = _shape("sparse_coo_tensor", size)
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
    return _finished(entries, layout.sparse_coo, (index,), shape, merged and is_coalesced is not False, requires_grad)


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


def _shape(name: str, size: Any) -> tuple[int, ...]:
    """Return a shape, which may be larger than any memory.

    Raises:
        TypeError: It holds something else than integers.
        RuntimeError: A size is negative.
    """
    shape = integers(name, "size", tuple(size) if isinstance(size, (tuple, list)) else (size,))
    if any(n < 0 for n in shape):
        raise RuntimeError(f"{name}: Trying to create tensor with negative dimension: {list(shape)}")
    return shape


def _values(values: Any, dtype: Any, device: Any) -> Tensor:
    if isinstance(values, SparseTensor):
        raise TypeError("expected values to be a dense tensor, got a sparse one")
    if isinstance(values, Tensor):
        return values.to(device or values.device, dtype or values.dtype)
    return ops.tensor(values, dtype=dtype, device=device)


def _integers(name: str, indices: Any, device: Any, dtype: Any) -> Tensor:
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


def _finished(
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


def sparse_compressed_tensor(
    compressed_indices: Any, plain_indices: Any, values: Any, size: Any = None, *, dtype: Dtype = None,
    layout: Any = None, device: Device = None, pin_memory: bool = False, requires_grad: bool = False,
    check_invariants: bool | None = None,
) -> SparseTensor:  # fmt: skip
    """Return a sparse matrix whose rows, or columns, are compressed.

    Args:
        compressed_indices: Where each row (column) begins among the entries, and behind the last one their number.
        plain_indices: The column (row) of each entry.
        values: The entries' values.
        size: (rows, columns); by default the smallest that fits.
        dtype: The type of the values.
        layout: `sparse_csr`, or `sparse_csc` for columns.
        device: Where the values are.
        pin_memory: Has no effect.
        requires_grad: Whether operations on it are recorded.
        check_invariants: Has no effect: all is checked always.

    Raises:
        RuntimeError: Bounds do not ascend from 0 to the number of entries, an index is outside of the shape or given
            twice, sizes do not fit, or the layout is another one.
        NotImplementedError: A batch of matrices, or blocks, are asked for.
    """
    if layout not in _PLAIN:
        got = "none" if layout is None else layout
        raise RuntimeError(f"sparse_compressed_tensor expected sparse compressed tensor layout but got {got}")
    bounds_name, plain_name, row = _PLAIN[layout]
    entries = _values(values, dtype, device)
    bounds = _integers(bounds_name, compressed_indices, entries.device, None)
    plain = _integers(plain_name, plain_indices, entries.device, None)
    if len(bounds._shape) > 1 or len(plain._shape) > 1 or len(entries._shape) > 1:
        raise NotImplementedError("batches of sparse matrices, and entries that are blocks, are not supported")
    if bounds.dtype is not plain.dtype:
        bounds, plain = bounds.to(dtypes.int64), plain.to(dtypes.int64)
    if not bounds._shape or not plain._shape or not entries._shape or bounds._size < 1:
        raise RuntimeError(f"{bounds_name}, {plain_name} and values must have a dimension, the first one an element")
    if size is None:
        most = int(plain.max()) + 1 if plain._size else 0
        shape: tuple[int, ...] = (bounds._size - 1, most) if row == 0 else (most, bounds._size - 1)
    else:
        shape = _shape("sparse_compressed_tensor", size)
    if len(shape) != 2:
        raise NotImplementedError(f"expected the size of a matrix, got {list(shape)}")
    if plain._size != entries._size:
        raise RuntimeError(f"{plain_name} and values must have as many elements, got {plain._size} and {entries._size}")
    _check_bounds(bounds_name, plain_name, bounds, plain, shape if row == 0 else shape[::-1])
    new = _finished(entries, layout, (bounds, plain), shape, True, requires_grad)
    _check_distinct(plain_name, bounds_name, new)
    return new


def _check_bounds(bounds_name: str, plain_name: str, bounds: Tensor, plain: Tensor, shape: tuple[int, ...]) -> None:
    """Raise unless bounds ascend from 0 to the number of entries, and no index is outside.

    Raises:
        RuntimeError: They do not, or one is.
    """
    if bounds._size != shape[0] + 1:
        raise RuntimeError(
            f"`{bounds_name}.shape[-1] == {shape[0]} + 1` is not satisfied, got {bounds._size} for size {list(shape)}"
        )
    conditions = {
        f"{bounds_name}[..., 0] == 0": int(bounds[0]) == 0,
        f"{bounds_name}[..., -1] == nnz": int(bounds[-1]) == plain._size,
        f"0 <= {bounds_name}[..., 1:] - {bounds_name}[..., :-1]": bool((bounds[1:] >= bounds[:-1]).all()),
        f"0 <= {plain_name} < {shape[1]}": not plain._size or bool((plain >= 0).all() & (plain < shape[1]).all()),
    }
    for condition, holds in conditions.items():
        if not holds:
            raise RuntimeError(f"`{condition}` is not satisfied.")


def _check_distinct(plain_name: str, bounds_name: str, x: SparseTensor) -> None:
    """Raise where a position is given twice.

    Raises:
        RuntimeError: It is.
    """
    outer, inner = (0, 1) if x.layout is layout.sparse_csr else (1, 0)
    positions = pairs(x)
    keys = positions[outer] * max(x._shape[inner], 1) + positions[inner]
    for ordered in (lambda: keys, lambda: keys.sort().values):
        ascending = ordered()
        if bool((ascending[1:] > ascending[:-1]).all()):
            return
    raise RuntimeError(
        f"`{plain_name}[..., {bounds_name}[..., i - 1]:{bounds_name}[..., i]] for all i are distinct` is not satisfied."
    )


def sparse_csr_tensor(
    crow_indices: Any, col_indices: Any, values: Any, size: Any = None, *, dtype: Dtype = None, device: Device = None,
    pin_memory: bool = False, requires_grad: bool = False, check_invariants: bool | None = None,
) -> SparseTensor:  # fmt: skip
    """Return a sparse matrix whose rows are compressed; arguments and errors are those of `sparse_compressed_tensor`.

    Example:
        >>> import mocrograd as mg
        >>> mg.sparse_csr_tensor([0, 1, 2], [1, 0], [5.0, 6.0], (2, 2)).to_dense()
        tensor([[0., 5.],
                [6., 0.]])
    """
    return sparse_compressed_tensor(
        crow_indices, col_indices, values, size, dtype=dtype, layout=layout.sparse_csr, device=device,
        requires_grad=requires_grad,
    )  # fmt: skip


def sparse_csc_tensor(
    ccol_indices: Any, row_indices: Any, values: Any, size: Any = None, *, dtype: Dtype = None, device: Device = None,
    pin_memory: bool = False, requires_grad: bool = False, check_invariants: bool | None = None,
) -> SparseTensor:  # fmt: skip
    """Return a sparse matrix whose columns are compressed; for the rest see `sparse_compressed_tensor`."""
    return sparse_compressed_tensor(
        ccol_indices, row_indices, values, size, dtype=dtype, layout=layout.sparse_csc, device=device,
        requires_grad=requires_grad,
    )  # fmt: skip


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
    size = _shape("spdiags", shape)
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
    return new if layout in (None, sparse_coo) else to_layout(new, layout)
