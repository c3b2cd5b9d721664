"""Linear algebra under torch's names: `mg.linalg.solve(A, B)`.

Written by scripts/stubs.py, from the functions themselves: `scripts/run stubs`.
"""

from collections.abc import Sequence
from typing import Any

from mocrograd.ops.calculus import linalg_vander
from mocrograd.ops.decompositions import EighResult, LstsqResult, QRResult, SVDResult
from mocrograd.ops.linalg import LinAlgError as LinAlgError
from mocrograd.ops.linalg import SlogdetResult, linalg_diagonal
from mocrograd.ops.linalg import matrix_exp as matrix_exp
from mocrograd.ops.matmul import matmul as matmul
from mocrograd.tensor import Tensor
from mocrograd.types import Dtype, Ints, Number

def cholesky(input: Tensor, *, upper: bool = False, out: Tensor | None = None) -> Tensor:
    """Return the Cholesky factors of symmetric positive-definite matrices; see `cholesky`."""

def cond(A: Tensor, p: Number | None = None, *, out: Tensor | None = None) -> Tensor:
    """Return condition numbers: the norm of a matrix times that of its inverse."""

def cross(input: Tensor, other: Tensor, *, dim: int = -1, out: Tensor | None = None) -> Tensor:
    """Return the cross products of vectors of three elements, which lie along a dimension."""

def det(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the determinants of square matrices: (..., n, n) to (...)."""

diagonal = linalg_diagonal

def eigh(A: Tensor, UPLO: str = "L", *, out: Tensor | tuple[Tensor, ...] | None = None) -> EighResult:
    """Return eigenvalues, the least first, and orthonormal eigenvectors, as columns, of symmetric matrices."""

def eigvalsh(A: Tensor, UPLO: str = "L", *, out: Tensor | None = None) -> Tensor:
    """Return the eigenvalues of symmetric matrices, the least first; the arguments are those of `eigh`."""

def inv(A: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the inverses of square matrices (..., n, n)."""

def lstsq(
    A: Tensor, B: Tensor, rcond: Any = None, *, driver: Any = None, out: Tensor | tuple[Tensor, ...] | None = None
) -> LstsqResult:
    """Return the least-squares solutions of A X = B."""

def matrix_norm(
    A: Tensor,
    ord: Any = "fro",
    dim: Ints = ...,
    keepdim: bool = False,
    *,
    dtype: Dtype = None,
    out: Tensor | None = None,
) -> Tensor:
    """Return a norm of matrices."""

def matrix_power(input: Tensor, n: int, *, out: Tensor | None = None) -> Tensor:
    """Return the n-th power of square matrices, that of the inverse where n is negative."""

def matrix_rank(
    A: Tensor,
    tol: Any = None,
    *,
    atol: Any = None,
    rtol: Any = None,
    hermitian: bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """Return how many singular values of matrices are larger than a tolerance."""

def multi_dot(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """Return the product of two or more matrices, multiplied in the order that costs least."""

def norm(
    A: Tensor,
    ord: Any = None,
    dim: Ints | None = None,
    keepdim: bool = False,
    *,
    dtype: Dtype = None,
    out: Tensor | None = None,
) -> Tensor:
    """Return the norm of a vector or of matrices."""

def pinv(
    A: Tensor,
    rcond: Any = None,
    *,
    atol: Any = None,
    rtol: Any = None,
    hermitian: bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """Return the pseudoinverses of matrices (..., m, n), as (..., n, m)."""

def qr(A: Tensor, mode: str = "reduced", *, out: Tensor | tuple[Tensor, ...] | None = None) -> QRResult:
    """Return orthogonal Q and upper triangular R such that A = Q R."""

def slogdet(input: Tensor, *, out: Tensor | tuple[Tensor, ...] | None = None) -> SlogdetResult:
    """Return sign and logarithm of the magnitude of the determinants of square matrices."""

def solve(A: Tensor, B: Tensor, *, left: bool = True, out: Tensor | None = None) -> Tensor:
    """Return X such that A X = B, or X A = B."""

def solve_triangular(
    A: Tensor, B: Tensor, *, upper: bool, left: bool = True, unitriangular: bool = False, out: Tensor | None = None
) -> Tensor:
    """Return X such that A X = B, or X A = B, for triangular A."""

def svd(
    A: Tensor, full_matrices: bool = True, *, driver: Any = None, out: Tensor | tuple[Tensor, ...] | None = None
) -> SVDResult:
    """Return the singular value decomposition A = U diag(S) Vh."""

def svdvals(A: Tensor, *, driver: Any = None, out: Tensor | None = None) -> Tensor:
    """Return the singular values of matrices, the largest first."""

def tensorinv(A: Tensor, ind: int = 2, *, out: Tensor | None = None) -> Tensor:
    """Return the inverse of a tensor that maps its last dimensions to its first ones."""

def tensorsolve(A: Tensor, B: Tensor, dims: Sequence[int] | None = None, *, out: Tensor | None = None) -> Tensor:
    """Return X such that tensordot(A, X, X.ndim) = B."""

vander = linalg_vander

def vecdot(x: Tensor, y: Tensor, *, dim: int = -1, out: Tensor | None = None) -> Tensor:
    """Return inner products along a dimension; the operands broadcast."""

def vector_norm(
    x: Tensor,
    ord: float = 2,
    dim: Ints | None = None,
    keepdim: bool = False,
    *,
    dtype: Dtype = None,
    out: Tensor | None = None,
) -> Tensor:
    """Return (sum |x|^ord)^(1/ord) over dimensions, all by default."""
