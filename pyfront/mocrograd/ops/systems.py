"""What is composed of matrix products and solutions: exponentials, condition numbers, systems of tensors."""

from __future__ import annotations

import math
from typing import Any

from mocrograd.layout import normalize_dim
from mocrograd.ops.arguments import integer
from mocrograd.ops.creation import eye
from mocrograd.ops.decompositions import svdvals
from mocrograd.ops.diagonals import diagonal
from mocrograd.ops.joining import cat
from mocrograd.ops.linalg import LinAlgError, check_matrices, inv, solve, solve_triangular
from mocrograd.ops.matmul import check_operands, matmul
from mocrograd.ops.norms import matrix_norm
from mocrograd.ops.reduce import sum
from mocrograd.tensor import Tensor, method

__all__ = ["cholesky_inverse", "cholesky_solve", "matrix_exp"]

_TERMS = 18
"""Of the series of the exponential, which reaches float64's precision for norms up to 1."""


@method
def matrix_exp(input: Tensor) -> Tensor:
    """Return the exponentials of square matrices: by a series, of a matrix halved until its norm is at most 1.

    Args:
        input: (..., n, n).

    Raises:
        RuntimeError: The matrices are not square, or of integers.
    """
    check_matrices("linalg.matrix_exp", input)
    n = input._shape[-1]
    one = eye(n, dtype=input.dtype, device=input.device)
    if not input._size:
        return input * 1
    size = float(matrix_norm(input.detach(), 1).max().item())
    halvings = math.ceil(math.log2(size)) if 1 < size < math.inf else 0
    scaled = input * 2.0**-halvings
    power = one + scaled / _TERMS  # the series from its end: 1 + x (1 + x / 2 (1 + x / 3 (...)))
    for k in range(_TERMS - 1, 0, -1):
        power = one + matmul(scaled, power) / k
    for _ in range(halvings):
        power = matmul(power, power)
    return power


@method
def cholesky_solve(input: Tensor, L: Tensor, upper: bool = False) -> Tensor:
    """Return X such that A X = input, of matrices A that are given by their Cholesky factors.

    Args:
        input: (..., n, k).
        L: (..., n, n), the factors.
        upper: Whether they are upper triangles U with U^T U = A, in place of L with L L^T = A.

    Raises:
        RuntimeError: The sizes do not fit, or dtypes differ.
    """
    check_matrices("cholesky_solve", L)
    check_matrices("cholesky_solve", input, square=False)
    check_operands("cholesky_solve", input, L)
    if input._shape[-2] != L._shape[-1]:
        raise RuntimeError(
            f"cholesky_solve: Incompatible matrix sizes: factor {list(L._shape)}, input {list(input._shape)}"
        )
    first, second = (L.mT, L) if upper else (L, L.mT)
    return solve_triangular(second, solve_triangular(first, input, upper=False), upper=True)


@method
def cholesky_inverse(input: Tensor, upper: bool = False) -> Tensor:
    """Return the inverses of matrices that are given by their Cholesky factors; see `cholesky_solve`.

    Args:
        input: (..., n, n), the factors.
        upper: Whether they are upper triangles.

    Raises:
        RuntimeError: The factors are not square, or of integers.
    """
    check_matrices("cholesky_inverse", input)
    return cholesky_solve(eye(input._shape[-1], dtype=input.dtype, device=input.device), input, upper)


def cond(A: Tensor, p: Any = None) -> Tensor:
    """Return condition numbers: the norm of a matrix times that of its inverse.

    Args:
        A: (..., m, n); square but for the norms None, 2 and -2.
        p: None for the ratio of the singular values, or a norm of `linalg.matrix_norm`.

    Returns:
        One number per matrix; inf where it is singular.

    Raises:
        RuntimeError: The matrices are not square, of integers, or the norm is unknown.
    """
    check_matrices("linalg.cond", A, square=p not in (None, 2, -2))
    if p not in (None, "fro", "nuc", 1, -1, 2, -2, math.inf, -math.inf):
        raise RuntimeError(f"linalg.cond got an invalid norm type: {p}")
    if p in (None, 2, -2):
        if not A._size:
            return A.new_zeros(A._shape[:-2])
        values = svdvals(A)
        largest, smallest = values.select(-1, 0), values.select(-1, -1)
        return smallest / largest if p == -2 else largest / smallest
    if not A._size:
        return A.new_zeros(A._shape[:-2])
    try:
        inverse = inv(A)
    except LinAlgError:
        if len(A._shape) > 2:  # one by one: others may have inverses
            flat = A.flatten(0, -3)
            each = [cond(flat.select(0, i), p).reshape(1) for i in range(len(flat))]
            return cat(each).reshape(A._shape[:-2])
        return A.new_full((), math.inf)
    return matrix_norm(A, p) * matrix_norm(inverse, p)


def linalg_diagonal(A: Tensor, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """Return a view of the diagonals of matrices; see `diagonal`."""
    return diagonal(A, offset, dim1, dim2)


def vecdot(x: Tensor, y: Tensor, *, dim: int = -1) -> Tensor:
    """Return inner products along a dimension; the operands broadcast.

    Args:
        x: A floating tensor.
        y: A tensor of the same dtype.
        dim: The dimension.

    Raises:
        RuntimeError: The elements are no floats, or the shapes do not broadcast.
    """
    check_operands("linalg.vecdot", x, y)
    if not x.dtype.is_floating_point:
        raise RuntimeError(f"linalg.vecdot: Expected a floating point tensor as input. Got {x.dtype.name}")
    return sum(x * y, dim)


def tensorinv(A: Tensor, ind: int = 2) -> Tensor:
    """Return the inverse of a tensor that maps its last dimensions to its first ones.

    Args:
        A: Its first `ind` sizes have the product of the others.
        ind: How many dimensions come first.

    Raises:
        RuntimeError: `ind` is not positive, or the products differ.
        LinAlgError: There is no inverse.
    """
    if integer("linalg.tensorinv", "ind", ind) <= 0:
        raise RuntimeError(f"Expected a strictly positive integer for 'ind', but got {ind}")
    first, rest = A._shape[:ind], A._shape[ind:]
    if math.prod(first) != math.prod(rest):
        raise RuntimeError(
            f"linalg.tensorinv: Expected the sizes {list(first)} and {list(rest)} to have the same product"
        )
    return inv(A.reshape(math.prod(first), math.prod(rest))).reshape(*rest, *first)


def tensorsolve(A: Tensor, B: Tensor, dims: Any = None) -> Tensor:
    """Return X such that tensordot(A, X, X.ndim) = B.

    Args:
        A: Its first sizes are those of B, the product of the others is theirs.
        B: A tensor.
        dims: Dimensions of A that are moved to the end first.

    Raises:
        RuntimeError: The products differ.
        LinAlgError: There is no solution.
    """
    check_operands("linalg.tensorsolve", A, B)
    if dims is not None:
        ndim = len(A._shape)
        behind = [normalize_dim(d, ndim) for d in dims]
        A = A.permute(*[d for d in range(ndim) if d not in behind], *behind)
    first, rest = A._shape[: len(B._shape)], A._shape[len(B._shape) :]
    if math.prod(first) != math.prod(rest) or math.prod(first) != B._size:
        raise RuntimeError(
            f"linalg.tensorsolve: Expected the sizes {list(first)} and {list(rest)} to have the product of those of B, "
            f"{list(B._shape)}"
        )
    return solve(A.reshape(B._size, B._size), B.reshape(-1)).reshape(rest)
