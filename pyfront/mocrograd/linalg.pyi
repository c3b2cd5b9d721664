"""Linear algebra under torch's names: `mg.linalg.solve(A, B)`.

Written by scripts/stubs.py, from the functions themselves: `scripts/run stubs`.
"""

from collections.abc import Sequence
from typing import Any

from mocrograd.ops.calculus import linalg_vander
from mocrograd.ops.decompositions import EighResult, LstsqResult, QRResult, SVDResult
from mocrograd.ops.eigen import EigResult
from mocrograd.ops.informed import CholeskyExResult, InvExResult, SolveExResult
from mocrograd.ops.ldl import LDLExResult, LDLResult
from mocrograd.ops.linalg import LinAlgError as LinAlgError
from mocrograd.ops.linalg import SlogdetResult, linalg_diagonal
from mocrograd.ops.linalg import matrix_exp as matrix_exp
from mocrograd.ops.lu import LUFactorExResult, LUFactorResult, LUResult
from mocrograd.ops.matmul import matmul as matmul
from mocrograd.tensor import Tensor
from mocrograd.types import Dtype, Ints, Number

def cholesky(input: Tensor, *, upper: bool = False, out: Tensor | None = None) -> Tensor:
    """Return the Cholesky factors of symmetric positive-definite matrices; see `cholesky`."""

def cholesky_ex(
    A: Tensor, *, upper: bool = False, check_errors: bool = False, out: Tensor | tuple[Tensor, ...] | None = None
) -> CholeskyExResult:
    """Return the Cholesky factors of symmetric positive-definite matrices, and whether each is one."""

def cond(A: Tensor, p: Number | None = None, *, out: Tensor | None = None) -> Tensor:
    """Return condition numbers: the norm of a matrix times that of its inverse."""

def cross(input: Tensor, other: Tensor, *, dim: int = -1, out: Tensor | None = None) -> Tensor:
    """Return the cross products of vectors of three elements, which lie along a dimension."""

def det(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the determinants of square matrices: (..., n, n) to (...)."""

diagonal = linalg_diagonal

def eig(A: Tensor, *, out: Tensor | tuple[Tensor, ...] | None = None) -> EigResult:
    """Return eigenvalues and eigenvectors of square matrices: A = V diag(L) V^-1."""

def eigh(A: Tensor, UPLO: str = "L", *, out: Tensor | tuple[Tensor, ...] | None = None) -> EighResult:
    """Return eigenvalues, the least first, and orthonormal eigenvectors, as columns, of Hermitian matrices."""

def eigvals(A: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the eigenvalues of square matrices (..., n, n), in no order; see `linalg.eig`."""

def eigvalsh(A: Tensor, UPLO: str = "L", *, out: Tensor | None = None) -> Tensor:
    """Return the eigenvalues of symmetric or Hermitian matrices, the least first; the arguments are those of `eigh`."""

def householder_product(A: Tensor, tau: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the first n columns of products of Householder reflections: the Q of what `geqrf` returned."""

def inv(A: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the inverses of square matrices (..., n, n)."""

def inv_ex(A: Tensor, *, check_errors: bool = False, out: Tensor | tuple[Tensor, ...] | None = None) -> InvExResult:
    """Return the inverses of square matrices, and whether each has one."""

def ldl_factor(A: Tensor, *, hermitian: bool = False, out: Tensor | tuple[Tensor, ...] | None = None) -> LDLResult:
    """Return factors L and D of symmetric matrices, for `linalg.ldl_solve`; see `linalg.ldl_factor_ex`."""

def ldl_factor_ex(
    A: Tensor, *, hermitian: bool = False, check_errors: bool = False, out: Tensor | tuple[Tensor, ...] | None = None
) -> LDLExResult:
    """Return factors L and D of symmetric matrices, and whether systems can be solved by them; without gradients."""

def ldl_solve(LD: Tensor, pivots: Tensor, B: Tensor, *, hermitian: bool = False, out: Tensor | None = None) -> Tensor:
    """Return X such that A X = B, of symmetric A that are given by what `linalg.ldl_factor` returned."""

def lstsq(
    A: Tensor, B: Tensor, rcond: Any = None, *, driver: Any = None, out: Tensor | tuple[Tensor, ...] | None = None
) -> LstsqResult:
    """Return the least-squares solutions of A X = B."""

def lu(A: Tensor, *, pivot: bool = True, out: Tensor | tuple[Tensor, ...] | None = None) -> LUResult:
    """Return P, L and U such that A = P L U."""

def lu_factor(A: Tensor, *, pivot: bool = True, out: Tensor | tuple[Tensor, ...] | None = None) -> LUFactorResult:
    """Return triangular factors of matrices, for `linalg.lu_solve`; see `linalg.lu_factor_ex`."""

def lu_factor_ex(
    A: Tensor, *, pivot: bool = True, check_errors: bool = False, out: Tensor | tuple[Tensor, ...] | None = None
) -> LUFactorExResult:
    """Return triangular factors of matrices, and whether systems can be solved by them."""

def lu_solve(
    LU: Tensor, pivots: Tensor, B: Tensor, *, left: bool = True, adjoint: bool = False, out: Tensor | None = None
) -> Tensor:
    """Return X such that A X = B, of matrices A that are given by what `linalg.lu_factor` returned."""

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

def solve_ex(
    A: Tensor,
    B: Tensor,
    *,
    left: bool = True,
    check_errors: bool = False,
    out: Tensor | tuple[Tensor, ...] | None = None,
) -> SolveExResult:
    """Return X such that A X = B, or X A = B, and whether each system has a solution; see `linalg.solve`."""

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
    """Return inner products along a dimension, of complex numbers those of x conjugated; the operands broadcast."""

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
