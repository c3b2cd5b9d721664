"""Decompositions of matrices, computed by NumPy on the host, and functions based on them.

The gradients are made of products and triangular systems, so they can be differentiated further. Singular vectors and
eigenvectors are determined up to their signs; a gradient is right for functions that do not depend on the signs.
Complex ones are determined up to factors of size 1; a function that depends on those has no gradient, and raises.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from mocrograd import dtypes
from mocrograd.autograd import Function, mode
from mocrograd.ops._arguments import takes_out
from mocrograd.ops._parts import imaginary_part, real_part
from mocrograd.ops._pointwise import conjugated
from mocrograd.ops.arithmetic import abs as absolute
from mocrograd.ops.cast import to_dtype
from mocrograd.ops.creation import empty, from_host, zeros
from mocrograd.ops.diagonals import diagonal
from mocrograd.ops.joining import cat, stack
from mocrograd.ops.linalg import (
    Cholesky,
    Det,
    Inverse,
    Slogdet,
    Solve,
    SolveTriangular,
    check_matrices,
    on_host,
    solve_triangular,
    triangle,
)
from mocrograd.ops.matmul import check_operands, matmul
from mocrograd.ops.reduce import sum as sum_of
from mocrograd.ops.splitting import narrow
from mocrograd.shown import result_of
from mocrograd.tensor import Tensor, method

__all__ = ["pinverse", "qr", "svd"]


@result_of("linalg_qr")
class QRResult(NamedTuple):
    """The result of `qr`."""

    Q: Tensor
    R: Tensor


@result_of("linalg_svd")
class SVDResult(NamedTuple):
    """The result of `linalg.svd`."""

    U: Tensor
    S: Tensor
    Vh: Tensor


@result_of("svd")
class OldSVDResult(NamedTuple):
    """The result of `svd`."""

    U: Tensor
    S: Tensor
    V: Tensor


@result_of("linalg_eigh")
class EighResult(NamedTuple):
    """The result of `linalg.eigh`."""

    eigenvalues: Tensor
    eigenvectors: Tensor


@result_of("linalg_lstsq")
class LstsqResult(NamedTuple):
    """The result of `linalg.lstsq`."""

    solution: Tensor
    residuals: Tensor
    rank: Tensor
    singular_values: Tensor


_NO_CONVERGENCE = (
    "The algorithm failed to converge because the input matrix is ill-conditioned or has non-finite values."
)


def _finite(x: Any) -> Any:
    """Return matrices as they are; raise where they are not finite: LAPACK would return nan, or never return."""
    if not np.isfinite(x).all():
        raise np.linalg.LinAlgError("non-finite values")
    return x


# ------------------------------------------------------------------------------------------------ QR


class QR(Function):
    """x = Q R, for matrices that are at least as high as wide."""

    complete: bool

    @staticmethod
    def forward(ctx: Any, x: Tensor, complete: bool) -> tuple[Tensor, Tensor]:
        """Factor on the host."""
        kind: Any = "complete" if complete else "reduced"
        q, r = on_host("linalg.qr", "", lambda a: tuple(np.linalg.qr(a, kind)), x)
        ctx.save_for_backward(q, r)
        ctx.complete = complete and x._shape[-2] > x._shape[-1]
        return q, r

    @staticmethod
    def backward(ctx: Any, grad_q: Tensor | None, grad_r: Tensor | None) -> tuple[Tensor, None]:
        """Compute (gQ + Q sym(R gR^H - gQ^H Q)) R^-H, where sym copies the lower triangle to the upper one, conjugated.

        The diagonal of R is real, so that of sym is, too.

        Raises:
            RuntimeError: Q has columns beyond those that x determines.
        """
        if ctx.complete:
            raise RuntimeError(
                "The QR decomposition is not differentiable when mode='complete' and nrows > ncols: expected "
                "mode='reduced'"
            )
        q, r = ctx.saved_tensors
        m: Any = 0
        if grad_r is not None:
            m = matmul(r, grad_r.mH)
        if grad_q is not None:
            m = m - matmul(grad_q.mH, q)
        below = triangle(m, False, -1)
        symmetric = below + below.mH + diagonal_matrices(real_part(diagonal(m, 0, -2, -1)))
        inner = matmul(q, symmetric)
        if grad_q is not None:
            inner = inner + grad_q
        return solve_triangular(r.mH, inner, upper=False, left=False), None


def linalg_qr(A: Tensor, mode: str = "reduced") -> QRResult:
    """Return orthogonal Q and upper triangular R such that A = Q R.

    Args:
        A: (..., m, n).
        mode: "reduced": Q (..., m, k), R (..., k, n) for k = min(m, n); "complete": k = m; "r": Q is empty.

    Raises:
        RuntimeError: A has no matrices, or is of integers; the mode is unknown.

    Example:
        >>> import mocrograd as mg
        >>> a = mg.tensor([[4.0, 2.0], [2.0, 3.0]])
        >>> q, r = mg.linalg.qr(a)
        >>> bool(mg.allclose(q @ r, a, atol=1e-5))
        True
    """
    check_matrices("linalg.qr", A, square=False)
    if mode not in ("reduced", "complete", "r"):
        raise RuntimeError(f"qr received unrecognized mode '{mode}' but expected one of 'reduced', 'r', or 'complete'")
    m, n = A._shape[-2:]
    if m >= n:
        q, r = QR.run(A, mode == "complete")
    else:  # the first m columns give Q and the first columns of R, and Q the others
        q, first = QR.run(narrow(A, -1, 0, m), False)
        r = cat([first, matmul(q.mH, narrow(A, -1, m, n - m))], -1)
    if mode == "r":
        return QRResult(empty(0, dtype=A.dtype, device=A.device), r.detach())
    return QRResult(q, r)


@method
@takes_out()
def qr(input: Tensor, some: bool = True) -> QRResult:
    """Return `linalg.qr(input)`, complete where `some` is False.

    Example:
        >>> import mocrograd as mg
        >>> a = mg.tensor([[4.0, 2.0], [2.0, 3.0]])
        >>> q, r = mg.qr(a)
        >>> bool(mg.allclose(q @ r, a, atol=1e-5))
        True
    """
    return linalg_qr(input, "reduced" if some else "complete")


# ----------------------------------------------------------------------------------- singular values


class SVD(Function):
    """x = U diag(S) Vh."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, full: bool) -> tuple[Tensor, Tensor, Tensor]:
        """Decompose on the host."""
        u, s, vh = on_host("linalg.svd", _NO_CONVERGENCE, lambda a: tuple(np.linalg.svd(_finite(a), full)), x)
        ctx.save_for_backward(u, s, vh)
        return u, s, vh

    @staticmethod
    def backward(ctx: Any, grad_u: Any, grad_s: Any, grad_vh: Any) -> tuple[Tensor, None]:
        """Compute U (skew(U^H gU) / E S + S skew(V^H gV) / E + diag(gS)) Vh, and what leaves the span of U or V.

        E[i, j] is S[j]^2 - S[i]^2. Columns beyond the singular values have no gradient. Complex vectors U and V may
        turn together, so that a function of them must not depend on; what turns U against V is divided by S.

        Raises:
            RuntimeError: The function depends on how complex vectors are turned.
        """
        u, s, vh = ctx.saved_tensors
        k = s._shape[-1]
        u, vh = narrow(u, -1, 0, k), narrow(vh, -2, 0, k)
        m, n = u._shape[-2], vh._shape[-1]
        core: Any = 0 if grad_s is None else diagonal_matrices(grad_s)
        rotation = turn = None
        if grad_u is not None:
            grad_u = narrow(grad_u, -1, 0, k)
            rotation = matmul(u.mH, grad_u)
            core = core + over_gaps(rotation - rotation.mH, s * s) * s[..., None, :]
        if grad_vh is not None:
            grad_vh = narrow(grad_vh, -2, 0, k)
            turn = matmul(vh, grad_vh.mH)
            core = core + s[..., :, None] * over_gaps(turn - turn.mH, s * s)
        if u.dtype.is_complex and (rotation is not None or turn is not None):
            check_phases("svd_backward: The singular vectors", rotation, turn)
            if rotation is not None:
                core = core + diagonal_matrices(imaginary_part(diagonal(rotation, 0, -2, -1)) / s) * 1j
        left = matmul(u, to_dtype(core, u.dtype))
        if rotation is not None and m > k:
            left = left + (grad_u - matmul(u, rotation)) / s[..., None, :]
        dx = matmul(left, vh)
        if turn is not None and n > k:
            dx = dx + matmul(u, (grad_vh - matmul(turn.mH, vh)) / s[..., :, None])
        return dx, None


def diagonal_matrices(x: Tensor) -> Tensor:
    """Return matrices with the last dimension of x on the diagonal."""
    n = x._shape[-1]
    return x[..., None] * from_host(np.eye(n, dtype=x.dtype.numpy), x.device, False)


def over_gaps(x: Tensor, values: Tensor) -> Tensor:
    """Return matrices over the differences of values, column less row, with zeros on the diagonal."""
    unit = np.eye(values._shape[-1], dtype=values.dtype.numpy)
    gaps = values[..., None, :] - values[..., :, None] + from_host(unit, values.device, False)
    return x / gaps * from_host(1 - unit, values.device, False)


def check_phases(name: str, *products: Tensor | None) -> None:
    """Raise where a function depends on factors of size 1, which no decomposition into vectors determines.

    Args:
        name: The derivative and the vectors, for the message.
        *products: Adjoint vectors times their gradients, as matrices, whose imaginary diagonals must cancel.

    Raises:
        RuntimeError: They do not.
    """
    turns = [imaginary_part(diagonal(x.detach(), 0, -2, -1)) for x in products if x is not None]
    most = absolute(turns[-1]) * 1e-2 + 1e-2 if len(turns) > 1 else 1e-2
    unlike = ~(absolute(sum_of(stack(turns), 0)) <= most)
    if bool((unlike if mode.vmap is None else mode.vmap.bare(unlike)).any()):
        raise RuntimeError(
            f"{name} in the complex case are specified up to multiplication by e^{{i phi}}. The specified loss "
            "function depends on this phase term, making it ill-defined."
        )


def linalg_svd(A: Tensor, full_matrices: bool = True, *, driver: Any = None) -> SVDResult:
    """Return the singular value decomposition A = U diag(S) Vh.

    Args:
        A: (..., m, n).
        full_matrices: Whether U is (..., m, m) and Vh (..., n, n), or only as large as S, (..., min(m, n)), needs.
        driver: None: there is one way to compute it.

    Raises:
        LinAlgError: It does not converge, as for nan.
        RuntimeError: A has no matrices, or is of integers; a driver is given.

    Example:
        >>> import mocrograd as mg
        >>> u, s, vh = mg.linalg.svd(mg.tensor([[3.0, 0.0], [0.0, 2.0]]))
        >>> s
        tensor([3., 2.])
    """
    check_matrices("linalg.svd", A, square=False)
    _no_driver("linalg.svd", driver)
    return SVDResult(*SVD.run(A, full_matrices))


def _no_driver(name: str, driver: Any) -> None:
    if driver is not None:
        raise RuntimeError(f"{name}: keyword argument `driver=` is only supported on CUDA inputs, got {driver!r}")


def svdvals(A: Tensor, *, driver: Any = None) -> Tensor:
    """Return the singular values of matrices, the largest first.

    Raises:
        LinAlgError: The decomposition does not converge, as for nan.
        RuntimeError: A has no matrices, or is of integers; a driver is given.

    Example:
        >>> import mocrograd as mg
        >>> a = mg.tensor([[4.0, 2.0], [2.0, 3.0]])
        >>> mg.linalg.svdvals(a)
        tensor([5.5616, 1.4384])
    """
    return linalg_svd(A, False, driver=driver).S


@method
@takes_out()
def svd(input: Tensor, some: bool = True, compute_uv: bool = True) -> OldSVDResult:
    """Return U, S and V such that input = U diag(S) V^H.

    Args:
        input: (..., m, n).
        some: Whether U and V are only as large as S needs.
        compute_uv: Whether to compute U and V; they are zeros otherwise.

    Example:
        >>> import mocrograd as mg
        >>> a = mg.tensor([[4.0, 2.0], [2.0, 3.0]])
        >>> u, s, vh = mg.linalg.svd(a)
        >>> bool(mg.allclose(u @ s.diag() @ vh, a, atol=1e-5))
        True
    """
    u, s, vh = linalg_svd(input, full_matrices=not some)
    if compute_uv:
        return OldSVDResult(u, s, vh.mH)
    (*batch, m, n) = input._shape
    made: dict[str, Any] = {"dtype": u.dtype, "device": s.device}
    return OldSVDResult(zeros(*batch, m, m, **made), s, zeros(*batch, n, n, **made))


def matrix_rank(A: Tensor, tol: Any = None, *, atol: Any = None, rtol: Any = None, hermitian: bool = False) -> Tensor:
    """Return how many singular values of matrices are larger than a tolerance.

    Args:
        A: (..., m, n).
        tol: The tolerance, in place of the following.
        atol: The least tolerance; 0 by default.
        rtol: The tolerance per largest singular value; max(m, n) times the dtype's step at 1 by default, 0 with `atol`.
        hermitian: Whether A is symmetric, so that its lower triangle alone is read.

    Returns:
        (...), of int64.

    Raises:
        RuntimeError: A has no matrices, or is of integers.

    Example:
        >>> import mocrograd as mg
        >>> a = mg.tensor([[4.0, 2.0], [2.0, 3.0]])
        >>> mg.linalg.matrix_rank(a)
        tensor(2)
    """
    check_matrices("linalg.matrix_rank", A, square=hermitian)
    s = svdvals(Mirrored.run(A.detach()) if hermitian else A.detach())
    if 0 in s._shape:
        return zeros(*A._shape[:-2], dtype=dtypes.int64, device=A.device)
    least = tol if tol is not None else _threshold(A, s, atol, rtol)
    if isinstance(least, Tensor) and least._shape:
        least = least.unsqueeze(-1)
    return sum_of(s > least, -1)


def _threshold(a: Tensor, s: Tensor, atol: Any, rtol: Any) -> Any:
    """Return max(atol, rtol S[0])."""
    if rtol is None:
        large = atol is not None and (isinstance(atol, Tensor) or atol > 0)
        rtol = 0.0 if large else float(np.finfo(a.dtype.numpy).eps) * max(a._shape[-2:])
    return (rtol * s[..., 0]).clamp(min=0.0 if atol is None else atol)


# --------------------------------------------------------------------------------------- eigenvalues


class Eigh(Function):
    """Symmetric or Hermitian x = V diag(L) V^H."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, uplo: Any) -> tuple[Tensor, Tensor]:
        """Decompose on the host."""
        values, vectors = on_host("linalg.eigh", _NO_CONVERGENCE, lambda a: tuple(np.linalg.eigh(_finite(a), uplo)), x)
        ctx.save_for_backward(values, vectors)
        return values, vectors

    @staticmethod
    def backward(ctx: Any, grad_values: Any, grad_vectors: Any) -> tuple[Tensor, None]:
        """Compute the Hermitian part of V (diag(gL) + V^H gV / E) V^H, where E[i, j] is L[j] - L[i] off the diagonal.

        Raises:
            RuntimeError: The function depends on how complex vectors are turned.
        """
        values, vectors = ctx.saved_tensors
        core: Any = 0
        if grad_values is not None:
            core = diagonal_matrices(grad_values)
        if grad_vectors is not None:
            product = matmul(vectors.mH, grad_vectors)
            if product.dtype.is_complex:
                check_phases("linalg_eigh_backward: The eigenvectors", product)
            slopes = over_gaps(product, values)
            core = core + (slopes + slopes.mH) * 0.5
        return matmul(matmul(vectors, to_dtype(core, vectors.dtype)), vectors.mH), None


def eigh(A: Tensor, UPLO: str = "L") -> EighResult:
    """Return eigenvalues, the least first, and orthonormal eigenvectors, as columns, of Hermitian matrices.

    Real ones are Hermitian when they are symmetric.

    Args:
        A: (..., n, n), of which only one triangle is looked at.
        UPLO: Which one: "L" or "U".

    Raises:
        LinAlgError: It does not converge, as for nan.
        RuntimeError: A is not square, or of integers; UPLO is another word.

    Example:
        >>> import mocrograd as mg
        >>> a = mg.tensor([[4.0, 2.0], [2.0, 3.0]])
        >>> values, vectors = mg.linalg.eigh(a)
        >>> bool(mg.allclose(a @ vectors, vectors * values, atol=1e-5))
        True
    """
    if isinstance(A, Tensor) and A.dtype.kind < 2:
        raise NotImplementedError(f'"linalg.eigh" not implemented for {A.dtype.name}, expected a floating point tensor')
    check_matrices("linalg.eigh", A)
    if not isinstance(UPLO, str) or UPLO.upper() not in ("L", "U"):
        raise RuntimeError(f"linalg.eigh: Expected UPLO argument to be 'L' or 'U', but got {UPLO}")
    return EighResult(*Eigh.run(A, UPLO.upper()))


def eigvalsh(A: Tensor, UPLO: str = "L") -> Tensor:
    """Return the eigenvalues of symmetric or Hermitian matrices, the least first; the arguments are those of `eigh`.

    Example:
        >>> import mocrograd as mg
        >>> a = mg.tensor([[4.0, 2.0], [2.0, 3.0]])
        >>> mg.linalg.eigvalsh(a)
        tensor([1.4384, 5.5616])
    """
    return eigh(A, UPLO).eigenvalues


# ------------------------------------------------------------------------------------- least squares


class Mirrored(Function):
    """Symmetric matrices of the lower triangles of x, which alone is read of what is said to be symmetric."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """Put the conjugates of what is below the diagonal above it; the diagonal is real."""
        lower = triangle(x.detach(), False, -1)
        middle = real_part(diagonal(x.detach(), 0, -2, -1))
        return lower + lower.mH + to_dtype(diagonal_matrices(middle), x.dtype)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        """Return the gradient with regard to a symmetric matrix."""
        return grad


class Pinv(Function):
    """The pseudoinverse of x."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, threshold: Any) -> Tensor:
        """Invert the singular values above a threshold for each matrix."""
        problem = "The algorithm failed to converge because the input matrix has non-finite values."
        (y,) = on_host("linalg.pinv", problem, _pseudoinverse, x, threshold)
        ctx.save_for_backward(x, y)
        return y

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        """Compute the derivative of Golub and Pereyra, for matrices of constant rank."""
        x, y = ctx.saved_tensors
        g, yt = grad.mH, y.mH
        if x._shape[-2] <= x._shape[-1]:
            k = matmul(g, y)
            kyt = matmul(k, yt)
            dx = kyt - matmul(y, k).mH - matmul(matmul(x, y), kyt) + matmul(matmul(yt, y), g - matmul(k, x))
        else:
            k = matmul(y, g)
            ytk = matmul(yt, k)
            dx = ytk - matmul(k, y).mH + matmul(matmul(g - matmul(x, k), y), yt) - matmul(matmul(ytk, y), x)
        return dx, None


def _pseudoinverse(x: Any, threshold: Any) -> Any:
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    inverted = np.divide(1, s, out=np.zeros_like(s), where=s > threshold[..., None])
    return (np.swapaxes(vh, -1, -2).conj() * inverted[..., None, :]) @ np.swapaxes(u, -1, -2).conj()


def pinv(A: Tensor, rcond: Any = None, *, atol: Any = None, rtol: Any = None, hermitian: bool = False) -> Tensor:
    """Return the pseudoinverses of matrices (..., m, n), as (..., n, m).

    Args:
        A: The matrices.
        rcond: Another name for rtol.
        atol: Singular values up to this count as 0; 0 by default.
        rtol: The same, per largest singular value; max(m, n) times the dtype's step at 1 by default, 0 with `atol`.
        hermitian: Whether A is symmetric, so that its lower triangle alone is read.

    Raises:
        LinAlgError: The decomposition does not converge, as for nan.
        RuntimeError: A has no matrices, or is of integers.

    Example:
        >>> import mocrograd as mg
        >>> a = mg.tensor([[4.0, 2.0], [2.0, 3.0]])
        >>> mg.linalg.pinv(a)
        tensor([[ 0.3750, -0.2500],
                [-0.2500,  0.5000]])
    """
    check_matrices("linalg.pinv", A, square=hermitian and getattr(A, "_size", 1) > 0)
    if not A._size:
        return A.mT.clone()
    A = Mirrored.run(A) if hermitian else A
    threshold = _threshold(A, svdvals(A.detach()), atol, rcond if rtol is None else rtol)
    return Pinv.run(A, to_dtype(threshold.detach(), A.dtype.to_real()))


@method
def pinverse(input: Tensor, rcond: float = 1e-15) -> Tensor:
    """Return the pseudoinverse; singular values up to `rcond` times the largest count as 0.

    Example:
        >>> import mocrograd as mg
        >>> A = mg.tensor([[1.0, 0.0], [0.0, 2.0], [0.0, 0.0]])
        >>> mg.pinverse(A)
        tensor([[1.0000, 0.0000, 0.0000],
                [0.0000, 0.5000, 0.0000]])
    """
    return pinv(input, rcond)


def lstsq(A: Tensor, B: Tensor, rcond: Any = None, *, driver: Any = None) -> LstsqResult:
    """Return the least-squares solutions of A X = B.

    Args:
        A: (..., m, n).
        B: (..., m, k), or vectors (..., m) with the batch of A.
        rcond: Singular values up to this times the largest count as 0.
        driver: "gelsy", "gelsd", "gelss" or "gels", which only decides what is returned.

    Returns:
        solution (..., n, k); residuals (..., k), the sums of squares, where m > n and all ranks are full, else empty,
        as for "gelsy", the default; rank (...), empty for "gels"; singular_values, empty but for "gelsd" and "gelss".

    Raises:
        RuntimeError: Shapes, dtypes or driver do not fit.

    Example:
        >>> import mocrograd as mg
        >>> a, b = mg.tensor([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]]), mg.tensor([[1.0], [3.0], [5.0]])
        >>> [round(number, 3) for number in mg.linalg.lstsq(a, b).solution.flatten().tolist()]
        [1.0, 2.0]
    """
    check_matrices("linalg.lstsq", A, square=False)
    check_operands("linalg.lstsq", A, B)
    if driver not in (None, "gels", "gelsy", "gelsd", "gelss"):
        raise RuntimeError(
            f"linalg.lstsq: parameter `driver` should be one of (gels, gelsy, gelsd, gelss), got {driver!r}"
        )
    vector = len(B._shape) == len(A._shape) - 1 and B._shape == A._shape[:-1]
    right = B.unsqueeze(-1) if vector else B
    if len(right._shape) != len(A._shape) or right._shape[:-1] != A._shape[:-1]:
        raise RuntimeError(
            f"linalg.lstsq: input.size(-2) should match other.size(-2), got {list(A._shape)} and {list(B._shape)}"
        )
    m, n = A._shape[-2:]
    solution = matmul(pinv(A, rcond), right)
    rank = matrix_rank(A, rtol=rcond)
    nothing = empty(0, dtype=A.dtype.to_real(), device=A.device)
    residuals = real_part(solution).reshape(-1).narrow(0, 0, 0)
    if driver not in (None, "gelsy") and m > n and bool((rank == n).all()):
        difference = matmul(A, solution) - right
        residuals = sum_of(real_part(difference * conjugated(difference)), -2)
    values = svdvals(A.detach()) if driver in ("gelsd", "gelss") else nothing
    if vector:
        solution = solution.squeeze(-1)
    return LstsqResult(solution, residuals, to_dtype(nothing, dtypes.int64) if driver == "gels" else rank, values)


for _node, _name in (
    (Inverse, "InvEx"), (Det, "Det"), (Slogdet, "Slogdet"), (Solve, "SolveEx"), (SolveTriangular, "SolveTriangular"),
    (Cholesky, "CholeskyEx"), (QR, "Qr"), (SVD, "Svd"), (Eigh, "Eigh"), (Pinv, "Pinv"),
):  # fmt: skip
    _node.torch_name = "Linalg" + _name
