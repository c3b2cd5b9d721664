"""Eigenvalues and eigenvectors of matrices that need not be Hermitian, found by NumPy on the host; they are complex."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from mocrograd.autograd import Function
from mocrograd.ops._parts import real_part
from mocrograd.ops._pointwise import conjugated
from mocrograd.ops.decompositions import check_phases, diagonal_matrices, over_gaps
from mocrograd.ops.diagonals import diagonal
from mocrograd.ops.linalg import check_matrices, on_host, solve
from mocrograd.ops.matmul import matmul
from mocrograd.shown import result_of
from mocrograd.tensor import Tensor

__all__: list[str] = []

Array = np.ndarray[Any, Any]


@result_of("linalg_eig")
class EigResult(NamedTuple):
    """The result of `linalg.eig`."""

    eigenvalues: Tensor
    eigenvectors: Tensor


def _decompose(x: Array) -> tuple[Array, Array]:
    if not np.isfinite(x).all():
        raise RuntimeError("torch.linalg.eig: input tensor should not contain infs or NaNs.")
    values, vectors = np.linalg.eig(x)
    kind = np.result_type(x.dtype, np.complex64)
    return values.astype(kind), vectors.astype(kind)


class Eig(Function):
    """x = V diag(L) V^-1, with columns of length 1."""

    torch_name = "LinalgEig"

    real: bool

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> tuple[Tensor, Tensor]:
        """Decompose on the host."""
        problem = "The algorithm failed to converge because the input matrix is ill-conditioned."
        values, vectors = on_host("linalg.eig", problem, _decompose, x)
        ctx.save_for_backward(values, vectors)
        ctx.real = not x.dtype.is_complex
        return values, vectors

    @staticmethod
    def backward(ctx: Any, grad_values: Any, grad_vectors: Any) -> Tensor:
        """Compute V^-H (diag(gL) + (V^H gV - V^H V diag(re(V^H gV))) / E) V^H, where E[i, j] is conj(L[j] - L[i]).

        What is subtracted keeps the columns' length. Source: M. B. Giles, Collected matrix derivative results for
        forward and reverse mode algorithmic differentiation, 2008, with that term.

        Raises:
            RuntimeError: The function depends on how the vectors are turned.
        """
        values, vectors = ctx.saved_tensors
        adjoint = vectors.mH
        core: Any = 0 if grad_values is None else diagonal_matrices(grad_values)
        if grad_vectors is not None:
            product = matmul(adjoint, grad_vectors)
            check_phases("linalg_eig_backward: The eigenvectors", product)
            lengths = real_part(diagonal(product, 0, -2, -1))
            product = product - matmul(adjoint, vectors * lengths[..., None, :])
            core = core + over_gaps(product, conjugated(values))
        dx = solve(adjoint, matmul(core, adjoint))
        return real_part(dx) if ctx.real else dx


def eig(A: Tensor) -> EigResult:
    """Return eigenvalues and eigenvectors of square matrices: A = V diag(L) V^-1.

    Eigenvectors are determined up to factors of size 1. A function that depends on those has no gradient, and raises
    where it is asked for. The gradient of vectors is inf or nan where eigenvalues are equal.

    Args:
        A: (..., n, n).

    Returns:
        eigenvalues (..., n), in no order, and eigenvectors (..., n, n), as columns of length 1. Both are complex, also
        of real A.

    Raises:
        LinAlgError: It does not converge.
        RuntimeError: A is not square, of integers, or not finite.

    Example:
        >>> import mocrograd as mg
        >>> values, vectors = mg.linalg.eig(mg.tensor([[0.0, 1.0], [-1.0, 0.0]]))
        >>> values
        tensor([0.+1.j, 0.-1.j])
    """
    check_matrices("linalg.eig", A)
    return EigResult(*Eig.run(A))


def eigvals(A: Tensor) -> Tensor:
    """Return the eigenvalues of square matrices (..., n, n), in no order; see `linalg.eig`.

    Raises:
        LinAlgError: They are not found.
        RuntimeError: A is not square, of integers, or not finite.

    Example:
        >>> import mocrograd as mg
        >>> mg.linalg.eigvals(mg.tensor([[0.0, 1.0], [-1.0, 0.0]]))
        tensor([0.+1.j, 0.-1.j])
    """
    check_matrices("linalg.eigvals", A)
    values: Tensor = Eig.run(A)[0]
    return values
