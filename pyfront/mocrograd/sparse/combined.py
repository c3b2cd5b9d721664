"""Rarer products of sparse matrices: sampled at entries, of rows that have entries, and with other reductions."""

from __future__ import annotations

import math
from typing import Any

from mocrograd import layout, ops
from mocrograd.sparse.graph import as_coo, bounds_of, build, coalesced, entries, keys_of, like, positions
from mocrograd.sparse.pointwise import add, mul
from mocrograd.sparse.products import _KERNELS, Pattern, Sampled, pattern_of, product
from mocrograd.sparse.tensor import SparseTensor, become, way
from mocrograd.tensor import Tensor

REDUCTIONS = ("sum", "mean", "amax", "amin")


def sampled_addmm(
    input: SparseTensor, mat1: Tensor, mat2: Tensor, *, beta: float = 1.0, alpha: float = 1.0, out: Any = None
) -> SparseTensor:
    """Return beta input + alpha mat1 mat2 at the entries of `input`, without computing the rest of the product.

    Args:
        input: A matrix with compressed rows, (batch..., rows, columns).
        mat1: A dense matrix, (batch..., rows, inner).
        mat2: A dense matrix, (batch..., inner, columns).
        beta: A factor.
        alpha: A factor.
        out: A tensor of the layout, shape and dtype of `input`, which takes the result.

    Raises:
        RuntimeError: A layout is another one, dtypes differ, or sizes do not fit.

    Example:
        >>> import mocrograd as mg
        >>> mg.sparse.sampled_addmm(mg.eye(2).to_sparse_csr(), mg.ones(2, 3), mg.ones(3, 2)).to_dense()
        tensor([[4., 0.],
                [0., 4.]])
    """
    _check_sampled(input, mat1, mat2)
    (rows, columns), batch = input._shape[-2:], input._batch
    many, inner = math.prod(batch), mat1._shape[-1]
    a = mat1.reshape(many * rows, inner)
    b = mat2.transpose(-1, -2).reshape(many * columns, inner)
    found = _sampled(a, b, pattern_of(input) if not batch else _diagonal(input)).reshape(input._elements._shape)
    found = found if alpha == 1 else found * alpha
    total = found if beta == 0 else found + (entries(input) if beta == 1 else entries(input) * beta)
    if out is None:
        return like(input, total)
    if not isinstance(out, SparseTensor) or out.layout is not input.layout:
        got = (
            out.kind if isinstance(out, SparseTensor) else "Strided" if isinstance(out, Tensor) else type(out).__name__
        )
        raise RuntimeError(f"sampled_addmm: Expected out to have sparse csr layout, but got {got}")
    return become(out, like(input, total))


def _diagonal(x: SparseTensor) -> Pattern:
    """Return the pattern of the matrix that has the matrices of a batch along its diagonal."""
    (rows, columns), many = x._shape[-2:], math.prod(x._batch)
    *batch, row, column = positions(x.layout, x._index)
    number = keys_of(ops.stack(batch), x._batch)
    row, column = number * rows + row, number * columns + column
    return Pattern(bounds_of(row, many * rows), row, column, (many * rows, many * columns))


def _check_sampled(input: Any, mat1: Any, mat2: Any) -> None:
    """Raise unless the operands are two dense matrices, and one with compressed rows that has their product's shape.

    Raises:
        RuntimeError: They are not.
    """
    if not isinstance(input, SparseTensor) or input.layout is not layout.sparse_csr:
        got = input.kind if isinstance(input, SparseTensor) else "Strided"
        raise RuntimeError(f"sampled_addmm: Expected self to have sparse csr layout, but got {got}")
    batch, (rows, columns) = input._batch, input._shape[len(input._batch) :][:2]
    for name, x in (("mat1", mat1), ("mat2", mat2)):
        if not isinstance(x, Tensor) or x._sparse:
            got = x.kind if isinstance(x, SparseTensor) else type(x).__name__
            raise RuntimeError(f"sampled_addmm: Expected {name} to have strided layout, but got {got}")
        if x.dtype is not input.dtype:
            raise RuntimeError(f"sampled_addmm: Expected {name} to have dtype {input.dtype}, but got {x.dtype}")
        if len(x._shape) != len(batch) + 2 or x._shape[:-2] != batch or input.dense_dim():
            raise RuntimeError(
                f"sampled_addmm: Expected {name} to be a matrix with the batch dimensions {list(batch)}, got shape "
                f"{list(x._shape)}, and {input.dense_dim()} dense dimensions of self"
            )
    if mat1._shape[-2] != rows or mat2._shape[-2:] != (mat1._shape[-1], columns):
        raise RuntimeError(
            f"sampled_addmm: mat1 and mat2 shapes cannot be multiplied to {rows}x{columns} "
            f"({'x'.join(map(str, mat1._shape))} and {'x'.join(map(str, mat2._shape))})"
        )


def _sampled(a: Tensor, b: Tensor, pattern: Pattern) -> Tensor:
    """Return the products of rows of two matrices that the entries of a pattern name."""
    if a.dtype in _KERNELS:
        y: Tensor = Sampled.run(a, b, pattern)
        return y
    return (a.index_select(0, pattern.rows) * b.index_select(0, pattern.columns)).sum(1, dtype=a.dtype)


def _matrices(name: str, mat1: Any, mat2: Any) -> SparseTensor:
    """Return a sparse matrix as a coalesced list of coordinates.

    Raises:
        TypeError: One is no tensor.
        RuntimeError: The first one is no sparse matrix, or the second one no dense one.
    """
    for which, x in (("mat1", mat1), ("mat2", mat2)):
        if not isinstance(x, Tensor):
            raise TypeError(f"{name}(): argument '{which}' must be Tensor, not {type(x).__name__}")
    if not isinstance(mat1, SparseTensor) or mat2._sparse:
        raise RuntimeError(f"{name}: expected a sparse matrix and a dense one")
    if len(mat1._shape) != 2 or mat1.dense_dim() or len(mat2._shape) != 2:
        raise RuntimeError(f"{name}: matrices expected, got {list(mat1._shape)} and {list(mat2._shape)}")
    return coalesced(as_coo(mat1))


def hspmm(mat1: SparseTensor, mat2: Tensor) -> SparseTensor:
    """Return the product of a sparse matrix and a dense one, as a sparse tensor of the rows that have entries.

    Args:
        mat1: A sparse matrix.
        mat2: A dense one.

    Raises:
        RuntimeError: Sizes do not fit, dtypes differ, or an argument is no such matrix.
    """
    x = _matrices("hspmm", mat1, mat2)
    rows = ops.unique(x._index[0][0])
    values = product("hspmm", x, mat2, True).index_select(0, rows)
    return build(values, layout.sparse_coo, (rows.unsqueeze(0),), (x._shape[0], mat2._shape[1]), True)


def _entries_of_rows(name: str, mat1: Any, mat2: Any) -> SparseTensor:
    """Return the product of a sparse matrix and a dense one as entries of the rows that have some."""
    whole = hspmm(_matrices(name, mat1, mat2), mat2)
    rows, columns = whole._index[0][0], whole._shape[1]
    index = ops.stack(
        [ops.repeat_interleave(rows, columns), ops.arange(columns, device=rows.device).repeat(rows._size)]
    )
    return build(entries(whole).reshape(-1), layout.sparse_coo, (index,), whole._shape, True)


@way
def smm(input: SparseTensor, mat: Tensor) -> SparseTensor:
    """Return the product of a sparse matrix and a dense one as a sparse matrix.

    Raises:
        RuntimeError: Sizes do not fit, dtypes differ, or an argument is no such matrix.
    """
    return _entries_of_rows("smm", input, mat)


@way
def sspaddmm(
    input: SparseTensor, mat1: SparseTensor, mat2: Tensor, *, beta: float = 1, alpha: float = 1
) -> SparseTensor:
    """Return beta input + alpha mat1 mat2 as a sparse matrix, for sparse `input` and `mat1`.

    Args:
        input: A sparse matrix.
        mat1: A sparse matrix.
        mat2: A dense one.
        beta: A factor.
        alpha: A factor.

    Raises:
        RuntimeError: Sizes do not fit, dtypes differ, or an argument is no such matrix.
    """
    if not isinstance(input, SparseTensor):
        raise RuntimeError("sspaddmm: expected a sparse matrix as input")
    total = _entries_of_rows("sspaddmm", mat1, mat2)
    added_to: SparseTensor = add(mul(as_coo(input), beta), mul(total, alpha))
    return added_to


def reduced_product(a: Any, b: Any, reduce: str) -> Tensor:
    """Return a product in which the terms of a row are reduced otherwise than by their sum; 0 where there is none.

    Args:
        a: A matrix with compressed rows.
        b: A dense matrix.
        reduce: "sum", "mean", "amax" or "amin". Of equal extremes each gets its share of the gradient.

    Raises:
        RuntimeError: There is no such reduction, the first matrix's rows are not compressed, or the second one is
            sparse.
    """
    if reduce not in REDUCTIONS:
        raise RuntimeError(f"sparse.mm: reduce argument must be one of {', '.join(REDUCTIONS)}, got {reduce}")
    if not isinstance(a, SparseTensor) or a.layout is not layout.sparse_csr or b._sparse:
        raise RuntimeError("sparse.mm: with a reduction, expected a matrix with compressed rows and a dense one")
    total: Tensor = product("sparse.mm", a, b, True)
    if reduce == "sum":
        return total
    pattern = pattern_of(a)
    if reduce == "mean":
        counts = (pattern.bounds[1:] - pattern.bounds[:-1]).clamp(min=1)
        return total / counts.to(total.dtype).unsqueeze(1)
    terms = entries(a).unsqueeze(1) * b.index_select(0, pattern.columns)
    where = pattern.rows.unsqueeze(1).expand_as(terms)
    return total.new_zeros(total._shape).scatter_reduce(0, where, terms, reduce, include_self=False)
