"""New compressed sparse tensors, and what holds their indices to what torch's checks ask for."""

from __future__ import annotations

import math
from typing import Any

from mocrograd import dtypes, layout
from mocrograd.layout import Shape
from mocrograd.sparse.building import finished, integers_of, shape_of, values_of
from mocrograd.sparse.graph import rows_of
from mocrograd.sparse.invariants import check_sparse_tensor_invariants
from mocrograd.sparse.tensor import BLOCKED, COLUMNS, ROWS, SparseTensor, kind_name
from mocrograd.tensor import Tensor
from mocrograd.types import Device, Dtype

_NAMES = ("crow_indices", "col_indices", "row", "ncols"), ("ccol_indices", "row_indices", "column", "nrows")


def sparse_compressed_tensor(
    compressed_indices: Any, plain_indices: Any, values: Any, size: Any = None, *, dtype: Dtype = None,
    layout: Any = None, device: Device = None, pin_memory: bool = False, requires_grad: bool = False,
    check_invariants: bool | None = None,
) -> SparseTensor:  # fmt: skip
    """Return a sparse matrix whose rows, or columns, are compressed, or a batch of such matrices.

    Args:
        compressed_indices: (batch..., rows + 1): where each row (column) begins among the entries, and behind the last
            one their number. With blocks rows are rows of blocks.
        plain_indices: (batch..., entries): the column (row) of each entry.
        values: (batch..., entries, block rows, block columns, dense dimensions...); sizes of a block where entries are
            blocks.
        size: (batch..., rows, columns, dense dimensions...); by default the smallest that fits.
        dtype: The type of the values.
        layout: `sparse_csr`, `sparse_csc` for columns, `sparse_bsr` or `sparse_bsc` for blocks.
        device: Where the values are.
        pin_memory: Has no effect.
        requires_grad: Whether operations on it are recorded.
        check_invariants: Whether the entries of a row must be in order, too; all else is checked always. By default
            what `sparse.check_sparse_tensor_invariants` says.

    Raises:
        RuntimeError: Bounds do not ascend from 0 to the number of entries, an index is outside of the shape or given
            twice, sizes do not fit or are not multiples of the blocks', or the layout is another one.

    Example:
        >>> import mocrograd as mg
        >>> blocks = mg.tensor([[[1.0, 2.0], [3.0, 4.0]]])
        >>> mg.sparse_compressed_tensor([0, 1], [1], blocks, (2, 4), layout=mg.layout.sparse_bsr).to_dense()
        tensor([[0., 0., 1., 2.],
                [0., 0., 3., 4.]])
    """
    if layout not in ROWS + COLUMNS:
        got = "none" if layout is None else kind_name(layout)
        raise RuntimeError(f"sparse_compressed_tensor expected sparse compressed tensor layout but got {got}")
    names = _NAMES[layout in COLUMNS]
    entries = values_of(values, dtype, device)
    bounds = integers_of(names[0], compressed_indices, entries.device, None)
    plain = integers_of(names[1], plain_indices, entries.device, None)
    if bounds.dtype is not plain.dtype:
        bounds, plain = bounds.to(dtypes.int64), plain.to(dtypes.int64)
    _check_ranks(names, bounds, plain, entries, layout in BLOCKED)
    batch = len(bounds._shape) - 1
    block = entries._shape[batch + 1 : batch + 3] if layout in BLOCKED else (1, 1)
    if size is None:
        shape = _smallest(bounds, plain, entries, block, layout)
    else:
        shape = shape_of("sparse_compressed_tensor", size)
    _check_shape(names, bounds, plain, entries, layout, shape)
    order = layout in COLUMNS
    outer, inner = [shape[batch + i] // max(block[i], 1) for i in ((1, 0) if order else (0, 1))]
    if bounds._shape[-1] != outer + 1:
        raise RuntimeError(
            f"{names[0]}.shape[-1] must be equal to the number of {names[2]}{' blocks' if layout in BLOCKED else 's'} "
            f"+ 1 (={outer + 1}), but got {bounds._shape[-1]}"
        )
    ordered = check_sparse_tensor_invariants.is_enabled() if check_invariants is None else check_invariants
    _check_indices(names, bounds, plain, inner, ordered)
    return finished(entries, layout, (bounds, plain), shape, True, requires_grad)


def _check_ranks(names: Any, bounds: Tensor, plain: Tensor, values: Tensor, blocked: bool) -> None:
    """Raise unless indices and values have dimensions that fit each other.

    Raises:
        RuntimeError: They do not.
    """
    if not bounds._shape:
        raise RuntimeError(f"{names[0]} must have dimensionality >= 1 but got 0")
    if len(bounds._shape) != len(plain._shape):
        raise RuntimeError(
            f"{names[0]} and {names[1]} dimensionalities must be equal but got {len(bounds._shape)} and "
            f"{len(plain._shape)}, respectively"
        )
    batch = len(bounds._shape) - 1
    if len(values._shape) <= batch + 2 * blocked:
        raise RuntimeError(
            f"values must have dimensionality > sum of batch and block dimensionalities (={batch} + {2 * blocked}) but "
            f"got {len(values._shape)}"
        )
    if plain._shape[-1] != values._shape[batch]:
        raise RuntimeError(
            f"{names[1]}.shape[-1] must be equal to nnz (={values._shape[batch]}) as defined by values.shape[{batch}], "
            f"but got {plain._shape[-1]}"
        )
    if not bounds._shape[-1]:
        raise RuntimeError(f"{names[0]}.shape[-1] must be equal to the number of {names[2]}s + 1 (=1), but got 0")


def _smallest(bounds: Tensor, plain: Tensor, values: Tensor, block: Shape, kind: Any) -> Shape:
    """Return the smallest shape that has all indices."""
    batch = len(bounds._shape) - 1
    most = int(plain.max()) + 1 if plain._size else 0
    cells = (bounds._shape[-1] - 1, most)
    height, width = cells[::-1] if kind in COLUMNS else cells
    tail = values._shape[batch + 1 + 2 * (kind in BLOCKED) :]
    return (*bounds._shape[:-1], max(height * block[0], 0), max(width * block[1], 0), *tail)


def _check_shape(names: Any, bounds: Tensor, plain: Tensor, values: Tensor, kind: Any, shape: Shape) -> None:
    """Raise unless a shape has the dimensions of the parts, and blocks divide it.

    Raises:
        RuntimeError: It has not, or they do not.
    """
    batch, blocked = len(bounds._shape) - 1, kind in BLOCKED
    first = batch + 1 + 2 * blocked
    dense = len(values._shape) - first
    if len(shape) != batch + 2 + dense:
        raise RuntimeError(
            "tensor dimensionality must be sum of batch, base, and dense dimensionalities "
            f"(={batch} + 2 + {dense}) but got {len(shape)}"
        )
    heads = [list(part._shape[:batch]) for part in (bounds, plain, values)]
    if any(head != list(shape[:batch]) for head in heads):
        raise RuntimeError(
            f"all batch dimensions of {names[0]} (={heads[0]}), {names[1]} (={heads[1]}), and values (={heads[2]}) "
            f"must be equal to tensor batch dimensions (={list(shape[:batch])})"
        )
    for i in range(2 if blocked else 0):
        high = values._shape[batch + 1 + i]
        if high < 1 or shape[batch + i] % high:
            raise RuntimeError(
                f"tensor shape[{batch + i}] (={shape[batch + i]}) must be divisible with blocksize[{i}] (={high}) as "
                "defined by values shape"
            )
    if values._shape[first:] != shape[batch + 2 :]:
        raise RuntimeError(
            f"values has incorrect dense dimensions, expected {list(shape[batch + 2 :])}, got "
            f"{list(values._shape[first:])}"
        )


def _check_indices(names: Any, bounds: Tensor, plain: Tensor, inner: int, ordered: bool) -> None:
    """Raise unless bounds ascend from 0 to the number of entries, and each index is inside, once in its row.

    Raises:
        RuntimeError: They do not, or one is not.
    """
    name, other, _, most = names
    count = plain._shape[-1]
    steps = bounds[..., 1:] - bounds[..., :-1]
    conditions = {
        f"{name}[..., 0] == 0": (bounds[..., 0] == 0).all(),
        f"{name}[..., -1] == nnz": (bounds[..., -1] == count).all(),
        f"0 <= {name}[..., 1:] - {name}[..., :-1] <= {most}": (steps >= 0).all(),
        f"0 <= {other} < {most}": (plain >= 0).all() & (plain < inner).all(),
    }
    for condition, holds in conditions.items():
        if not bool(holds):
            raise RuntimeError(f"`{condition}` is not satisfied, got {most} {inner} and nnz {count}.")
    many, rows = math.prod(bounds._shape[:-1]), bounds._shape[-1] - 1
    numbers = rows_of(bounds, count).reshape(many, count)
    keys = (numbers * max(inner, 1) + plain.reshape(many, count)).reshape(many, count)
    for each in (lambda: keys, lambda: keys.sort(1).values):
        ascending = each()
        if bool((ascending[:, 1:] > ascending[:, :-1]).all()):
            return
        if ordered:
            break
    which = "sorted and distinct along the last dimension values" if ordered else "distinct"
    count_name = "nrows" if most == "ncols" else "ncols"
    raise RuntimeError(
        f"`{other}[..., {name}[..., i - 1]:{name}[..., i]] for all i = 1, ..., {count_name} are {which}` is not "
        f"satisfied, got {rows} {names[2]}s with {count} entries."
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
        requires_grad=requires_grad, check_invariants=check_invariants,
    )  # fmt: skip


def sparse_csc_tensor(
    ccol_indices: Any, row_indices: Any, values: Any, size: Any = None, *, dtype: Dtype = None, device: Device = None,
    pin_memory: bool = False, requires_grad: bool = False, check_invariants: bool | None = None,
) -> SparseTensor:  # fmt: skip
    """Return a sparse matrix whose columns are compressed; for the rest see `sparse_compressed_tensor`."""
    return sparse_compressed_tensor(
        ccol_indices, row_indices, values, size, dtype=dtype, layout=layout.sparse_csc, device=device,
        requires_grad=requires_grad, check_invariants=check_invariants,
    )  # fmt: skip


def sparse_bsr_tensor(
    crow_indices: Any, col_indices: Any, values: Any, size: Any = None, *, dtype: Dtype = None, device: Device = None,
    pin_memory: bool = False, requires_grad: bool = False, check_invariants: bool | None = None,
) -> SparseTensor:  # fmt: skip
    """Return a sparse matrix of blocks whose rows are compressed; for the rest see `sparse_compressed_tensor`.

    Example:
        >>> import mocrograd as mg
        >>> mg.sparse_bsr_tensor([0, 1], [1], mg.ones(1, 1, 2), (1, 4)).to_dense()
        tensor([[0., 0., 1., 1.]])
    """
    return sparse_compressed_tensor(
        crow_indices, col_indices, values, size, dtype=dtype, layout=layout.sparse_bsr, device=device,
        requires_grad=requires_grad, check_invariants=check_invariants,
    )  # fmt: skip


def sparse_bsc_tensor(
    ccol_indices: Any, row_indices: Any, values: Any, size: Any = None, *, dtype: Dtype = None, device: Device = None,
    pin_memory: bool = False, requires_grad: bool = False, check_invariants: bool | None = None,
) -> SparseTensor:  # fmt: skip
    """Return a sparse matrix of blocks whose columns are compressed; for the rest see `sparse_compressed_tensor`."""
    return sparse_compressed_tensor(
        ccol_indices, row_indices, values, size, dtype=dtype, layout=layout.sparse_bsc, device=device,
        requires_grad=requires_grad, check_invariants=check_invariants,
    )  # fmt: skip
