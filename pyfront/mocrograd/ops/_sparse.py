"""Methods of dense tensors that make sparse ones, and the names of what only these have.

The package `sparse` is imported at the first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from mocrograd import layout as layouts
from mocrograd.layout import strided
from mocrograd.tensor import Tensor, method

_OF_COORDINATES = ("coalesce", "indices")
_OF_ROWS = ("crow_indices", "col_indices")
_OF_COLUMNS = ("ccol_indices", "row_indices")


def _sparse(module: str) -> Any:
    return import_module(f"mocrograd.sparse.{module}")


@method
def to_sparse(
    input: Tensor, sparse_dim: Any = None, *, layout: Any = None, blocksize: Any = None, dense_dim: int | None = None
) -> Any:
    """Return a sparse tensor of the elements that are not zero.

    Args:
        input: A dense tensor; for a compressed layout (batch..., rows, columns, dense dimensions...).
        sparse_dim: The number of dimensions that indices run over, all by default; or the layout.
        layout: `sparse_coo` by default, or a compressed layout: `sparse_csr`, `sparse_csc`, `sparse_bsr`, `sparse_bsc`.
        blocksize: The rows and columns of a block, for the layouts of blocks.
        dense_dim: The number of the last dimensions that indices do not run over; 0 by default.

    Raises:
        RuntimeError: There are not as many dimensions, there is no matrix to compress, matrices of a batch have
            different numbers of entries, or blocks do not divide the matrix.

    Example:
        >>> import mocrograd as mg
        >>> mg.tensor([0.0, 2.0]).to_sparse()
        tensor(indices=tensor([[1]]),
               values=tensor([2.]),
               size=(2,), nnz=1, layout=mocrograd.sparse_coo)
    """
    if isinstance(sparse_dim, layouts.layout):
        sparse_dim, layout = None, sparse_dim
    kind = layouts.sparse_coo if layout is None else layout
    if kind is strided and sparse_dim is blocksize is dense_dim is None:
        return input
    if kind is strided:
        raise RuntimeError("to_sparse: expected a sparse layout, got strided")
    if kind is not layouts.sparse_coo and sparse_dim is None:
        return _sparse("converting").compressed_of(input, kind, blocksize, dense_dim)
    if blocksize is not None:
        raise RuntimeError(
            "dense_to_sparse: conversion from Strided to Sparse with blocksize argument given is not supported"
        )
    rank = len(input._shape)
    if dense_dim is not None and not (0 <= dense_dim < rank or dense_dim == rank == 0):
        raise RuntimeError(f"dense_to_sparse: dense_dim argument must be in [0,{max(rank - 1, 0)}], got {dense_dim}")
    dims = sparse_dim if sparse_dim is not None else rank - (dense_dim or 0)
    if isinstance(dims, bool) or not isinstance(dims, int):
        raise TypeError(f"to_sparse(): argument 'sparse_dim' must be int, not {type(dims).__name__}")
    if not (0 < dims <= rank or dims == rank == 0):
        raise RuntimeError(f"sparse_dim argument must be in [{min(rank, 1)},{rank}] range, but {dims} is given")
    return _sparse("converting").sparse_of(input, kind, dims)


@method
def to_sparse_coo(input: Tensor) -> Any:
    """Return a sparse tensor in coordinates of the elements that are not zero.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([[0.0, 5.0], [0.0, 0.0]]).to_sparse_coo()
        >>> x.indices(), x.values()
        (tensor([[0],
                [1]]), tensor([5.]))
    """
    return to_sparse(input)


@method
def to_sparse_csr(input: Tensor, dense_dim: int | None = None) -> Any:
    """Return a sparse matrix with compressed rows of what is not zero; the errors are `to_sparse`'s.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([[0.0, 5.0], [7.0, 0.0]]).to_sparse_csr()
        >>> x.crow_indices(), x.col_indices()
        (tensor([0, 1, 2]), tensor([1, 0]))
    """
    return to_sparse(input, layout=layouts.sparse_csr, dense_dim=dense_dim)


@method
def to_sparse_csc(input: Tensor, dense_dim: int | None = None) -> Any:
    """Return a sparse matrix with compressed columns of what is not zero; the errors are `to_sparse`'s.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([[0.0, 5.0], [7.0, 0.0]]).to_sparse_csc()
        >>> x.ccol_indices(), x.row_indices()
        (tensor([0, 1, 2]), tensor([1, 0]))
    """
    return to_sparse(input, layout=layouts.sparse_csc, dense_dim=dense_dim)


@method
def to_sparse_bsr(input: Tensor, blocksize: Any, dense_dim: int | None = None) -> Any:
    """Return a sparse matrix of blocks with compressed rows; the errors are `to_sparse`'s.

    Args:
        input: A dense matrix, or a batch of them.
        blocksize: The rows and columns of a block, or a number for both; blocks with a number that is not 0 are kept.
        dense_dim: The number of dimensions behind the matrix, 0 by default.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.eye(4).to_sparse_bsr((2, 2))
        >>> x.crow_indices(), x.col_indices(), x.values().shape
        (tensor([0, 1, 2]), tensor([0, 1]), mocrograd.Size([2, 2, 2]))
    """
    return to_sparse(input, layout=layouts.sparse_bsr, blocksize=blocksize, dense_dim=dense_dim)


@method
def to_sparse_bsc(input: Tensor, blocksize: Any, dense_dim: int | None = None) -> Any:
    """Return a sparse matrix of blocks with compressed columns; arguments and errors are those of `to_sparse_bsr`.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.eye(4).to_sparse_bsc((2, 2))
        >>> x.ccol_indices(), x.row_indices()
        (tensor([0, 1, 2]), tensor([0, 1]))
    """
    return to_sparse(input, layout=layouts.sparse_bsc, blocksize=blocksize, dense_dim=dense_dim)


@method
def sparse_mask(input: Tensor, mask: Tensor) -> Any:
    """Return the elements at the entries of a sparse tensor, as a sparse tensor; a position given twice has both.

    Args:
        input: A tensor.
        mask: A sparse tensor of its shape.

    Raises:
        TypeError: The mask is no tensor.
        RuntimeError: The mask is dense, or of another shape.

    Example:
        >>> import mocrograd as mg
        >>> mask = mg.eye(2).to_sparse()
        >>> mg.tensor([[1.0, 2.0], [3.0, 4.0]]).sparse_mask(mask).values()
        tensor([1., 4.])
    """
    if not isinstance(mask, Tensor):
        raise TypeError(f"sparse_mask(): argument 'mask' (position 1) must be Tensor, not {type(mask).__name__}")
    if not mask._sparse:
        raise RuntimeError("sparse_mask(): expected a sparse mask, got a dense tensor")
    return _sparse("converting").masked_by(input, mask)


@method
def sparse_dim(input: Tensor) -> int:
    """Return 0: no dimension of a dense tensor is sparse.

    Example:
        >>> import mocrograd as mg
        >>> mg.ones(2, 3).sparse_dim()
        0
    """
    return 0


@method
def dense_dim(input: Tensor) -> int:
    """Return the number of dimensions.

    Example:
        >>> import mocrograd as mg
        >>> mg.ones(2, 3).dense_dim()
        2
    """
    return len(input._shape)


def _of_sparse_ones(name: str) -> None:
    def function(input: Tensor, *args: Any, **options: Any) -> Any:
        raise NotImplementedError(f"{name}: expected a sparse tensor, got a dense one; to_sparse() makes one")

    function.__name__, function.__doc__ = name, f"Raise: only sparse tensors have `{name}`."
    method(function)


for _name in ("smm", "sspaddmm", "sparse_resize_", "sparse_resize_and_clear_", "resize_as_sparse_"):
    _of_sparse_ones(_name)


def _refusing(name: str, expected: str, error: type[Exception] = RuntimeError) -> None:
    def function(input: Tensor) -> Any:
        raise error(f"{name} expected {expected} but got Strided")

    function.__name__, function.__doc__ = name, f"Raise {error.__name__}, as torch does for dense tensors."
    method(function)


for _names, _expected in (
    (_OF_COORDINATES, "sparse coordinate tensor layout"), (("values",), "sparse tensor layout"),
    (_OF_ROWS, "sparse row compressed tensor layout"), (_OF_COLUMNS, "sparse column compressed tensor layout"),
):  # fmt: skip
    for _name in _names:
        _refusing(_name, _expected)
for _name in ("_indices", "_values", "_nnz"):
    _refusing(_name, "sparse coordinate tensor layout", NotImplementedError)
