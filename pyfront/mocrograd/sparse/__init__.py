"""Sparse tensors, under torch's names: `mg.sparse.mm(a, b)`.

A sparse tensor keeps coordinates and values of some elements (`sparse_coo_tensor`), or those of a matrix with
compressed rows or columns (`sparse_csr_tensor`); `Tensor.to_sparse` makes one of a dense tensor.
"""

from typing import Any

from mocrograd.ops._arguments import checked
from mocrograd.sparse import display as display
from mocrograd.sparse import forms as forms
from mocrograd.sparse import products
from mocrograd.sparse.building import sparse_coo_tensor
from mocrograd.sparse.checking import as_sparse_gradcheck
from mocrograd.sparse.combined import hspmm as hspmm
from mocrograd.sparse.combined import reduced_product, sampled_addmm
from mocrograd.sparse.compressed import (
    sparse_bsc_tensor,
    sparse_bsr_tensor,
    sparse_compressed_tensor,
    sparse_csc_tensor,
    sparse_csr_tensor,
)
from mocrograd.sparse.diagonals import spdiags
from mocrograd.sparse.invariants import check_sparse_tensor_invariants
from mocrograd.sparse.reductions import log_softmax, softmax, sum
from mocrograd.sparse.tensor import SparseTensor
from mocrograd.tensor import Tensor

__all__ = [
    "SparseTensor", "addmm", "as_sparse_gradcheck", "check_sparse_tensor_invariants", "log_softmax", "mm",
    "sampled_addmm", "softmax", "spdiags", "spmm", "sum",
]  # fmt: skip
_MADE = (
    sparse_bsc_tensor, sparse_bsr_tensor, sparse_compressed_tensor, sparse_coo_tensor, sparse_csc_tensor,
    sparse_csr_tensor,
)  # fmt: skip


def mm(sparse: Tensor, dense: Tensor, reduce: str | None = None) -> Any:
    """Return the product of two matrices, of which at least one is sparse; its gradient is sparse for a sparse leaf.

    Args:
        sparse: A sparse matrix.
        dense: A matrix, sparse for a sparse product.
        reduce: For compressed rows and a dense matrix: "sum", "mean", "amax" or "amin" of the terms of a row.

    Raises:
        RuntimeError: Sizes do not fit, dtypes differ, one is no matrix, or there is no such reduction.

    Example:
        >>> import mocrograd as mg
        >>> mg.sparse.mm(mg.eye(2).to_sparse(), mg.ones(2, 2))
        tensor([[1., 1.],
                [1., 1.]])
    """
    for which, x in (("sparse", sparse), ("dense", dense)):
        if not isinstance(x, Tensor):
            raise TypeError(f"mm(): argument '{which}' must be Tensor, not {type(x).__name__}")
        if x.dim() != 2:
            raise RuntimeError(f"sparse.mm: expected '{which}' to be a matrix, got {x.dim()} dimensions")
    if reduce is not None:
        return reduced_product(sparse, dense, reduce)
    if not (isinstance(sparse, SparseTensor) or isinstance(dense, SparseTensor)):
        return sparse.mm(dense)
    return products.product("sparse.mm", sparse, dense, masked=True)


@checked
def addmm(mat: Tensor, mat1: Tensor, mat2: Tensor, *, beta: float = 1.0, alpha: float = 1.0) -> Any:
    """Return beta mat + alpha mat1 mat2 for a sparse `mat1`, whose gradient is sparse.

    Args:
        mat: What is added; it broadcasts.
        mat1: A sparse matrix.
        mat2: A dense one.
        beta: A factor.
        alpha: A factor.

    Raises:
        RuntimeError: Sizes do not fit, or dtypes differ.

    Example:
        >>> import mocrograd as mg
        >>> weights = mg.tensor([[0.0, 2.0]]).to_sparse()
        >>> mg.sparse.addmm(mg.ones(1, 1), weights, mg.tensor([[1.0], [3.0]]))
        tensor([[7.]])
    """
    if not (isinstance(mat1, SparseTensor) or isinstance(mat2, SparseTensor)):
        return mat.addmm(mat1, mat2, beta=beta, alpha=alpha)
    return products.added_product("sparse.addmm", mat, mat1, mat2, beta, alpha, True)


@checked
def spmm(input: Tensor, mat2: Tensor) -> Any:
    """Return the product of two matrices, as `mm` of the package does: `torch.spmm`, `torch.dsmm`.

    Example:
        >>> import mocrograd as mg
        >>> mg.sparse.spmm(mg.tensor([[0.0, 2.0]]).to_sparse(), mg.tensor([[1.0], [3.0]]))
        tensor([[6.]])
    """
    return input.mm(mat2)


dsmm = spmm


@checked
def sspaddmm(input: SparseTensor, mat1: SparseTensor, mat2: Tensor, *, beta: float = 1, alpha: float = 1) -> Any:
    """Return beta input + alpha mat1 mat2 as a sparse matrix: `Tensor.sspaddmm`."""
    return input.sspaddmm(mat1, mat2, beta=beta, alpha=alpha)


@checked
def smm(input: Tensor, mat: Tensor) -> Any:
    """Return the product of a sparse matrix and a dense one as a sparse matrix: `Tensor.smm`."""
    return input.smm(mat)


@checked
def resize_as_sparse_(input: SparseTensor, the_template: SparseTensor) -> SparseTensor:
    """Give a list of coordinates the size of another one, in place: `Tensor.resize_as_sparse_`."""
    return input.resize_as_sparse_(the_template)


hsmm, saddmm = hspmm, sspaddmm
