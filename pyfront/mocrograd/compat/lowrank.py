"""Decompositions of matrices of low rank: of their products with a few random vectors. Halko et al. 2009."""

from __future__ import annotations

from mocrograd import ops
from mocrograd.linalg import qr, svd
from mocrograd.ops._arguments import checked
from mocrograd.ops.decompositions import OldSVDResult
from mocrograd.tensor import Tensor


@checked
def svd_lowrank(A: Tensor, q: int | None = 6, niter: int | None = 2, M: Tensor | None = None) -> OldSVDResult:
    """Return U, S and V such that A, or A - M, is close to U diag(S) V^H, found with random numbers.

    Args:
        A: (..., m, n).
        q: The number of singular values, somewhat more than the rank; 6 for None.
        niter: How many times the subspace is improved; 2 for None.
        M: What is subtracted, broadcast to A.

    Returns:
        U (..., m, q), S (..., q) and V (..., n, q).

    Raises:
        RuntimeError: A has no matrices, or is of integers; q is negative or more than a size of the matrices.
    """
    matrices = A if M is None else A - M
    wide = matrices.shape[-2] < matrices.shape[-1]
    tall = matrices.mH if wide else matrices
    count = 6 if q is None else q
    basis = qr(tall @ ops.randn(tall.shape[-1], count, dtype=A.dtype, device=A.device)).Q
    for _ in range(2 if niter is None else niter):
        basis = qr(tall @ qr(tall.mH @ basis).Q).Q
    u, s, vh = svd(basis.mH @ tall, full_matrices=False)
    u, v = basis @ u, vh.mH
    return OldSVDResult(v, s, u) if wide else OldSVDResult(u, s, v)


@checked
def pca_lowrank(A: Tensor, q: int | None = None, center: bool = True, niter: int = 2) -> OldSVDResult:
    """Return U, S and V of `svd_lowrank`, of rows of samples whose mean is subtracted; V has the principal directions.

    Args:
        A: (..., m, n), m samples of n features.
        q: The number of directions; min(6, m, n) by default.
        center: Whether the mean is subtracted.
        niter: How many times the subspace is improved.

    Raises:
        ValueError: q is negative or more than m or n, or niter is negative.
    """
    m, n = A.shape[-2:]
    if q is None:
        q = min(6, m, n)
    if not 0 <= q <= min(m, n):
        raise ValueError(f"q(={q}) must be non-negative integer and not greater than min(m, n)={min(m, n)}")
    if niter < 0:
        raise ValueError(f"niter(={niter}) must be non-negative integer")
    return svd_lowrank(A - A.mean(-2, keepdim=True) if center else A, q, niter)
