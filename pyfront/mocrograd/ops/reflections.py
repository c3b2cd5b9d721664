"""Orthogonal matrices as products of Householder reflections, the form in which LAPACK keeps the Q of A = Q R.

Column i of a matrix holds the vector v of reflection i, I - tau[i] v v^H, below the diagonal; v is 1 on it and 0 above.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from mocrograd.autograd import Function
from mocrograd.ops._arguments import takes_out
from mocrograd.ops._narrow import computed_wide
from mocrograd.ops._pointwise import conjugated
from mocrograd.ops.compare import where
from mocrograd.ops.creation import from_host
from mocrograd.ops.linalg import check_matrices, on_host, triangle
from mocrograd.ops.matmul import check_operands, matmul
from mocrograd.ops.splitting import narrow
from mocrograd.shown import result_of
from mocrograd.tensor import Tensor, method

__all__ = ["geqrf", "orgqr", "ormqr"]


@result_of("geqrf")
class GeqrfResult(NamedTuple):
    """The result of `geqrf`."""

    a: Tensor
    tau: Tensor


def _raw(x: np.ndarray[Any, Any]) -> tuple[Any, Any]:
    if not x.size:
        return x.copy(), np.empty((*x.shape[:-2], min(x.shape[-2:])), x.dtype)
    packed, tau = np.linalg.qr(x, "raw")
    return np.ascontiguousarray(np.swapaxes(packed, -1, -2)), tau


class Geqrf(Function):
    """Q and R in one matrix, and the factors of Q's reflections; they have no gradient."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> tuple[Tensor, Tensor]:
        """Factor on the host."""
        packed, tau = on_host("geqrf", "", _raw, x)
        return packed, tau

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Tensor:
        """Refuse.

        Raises:
            RuntimeError: Always.
        """
        raise RuntimeError("derivative for geqrf is not implemented; linalg.qr has one")


@method
@takes_out()
def geqrf(input: Tensor) -> GeqrfResult:
    """Return the factors Q and R of matrices in LAPACK's form; without gradients, which `linalg.qr` has.

    Args:
        input: (..., m, n).

    Returns:
        a (..., m, n): R from the diagonal on, below it the vectors of Q's reflections; tau (..., min(m, n)).

    Raises:
        RuntimeError: The input has no matrices, or is of integers.

    Example:
        >>> import mocrograd as mg
        >>> A = mg.tensor([[3.0, 1.0], [4.0, 2.0]])
        >>> reflections, tau = mg.geqrf(A)
        >>> mg.orgqr(reflections, tau) @ reflections.triu()
        tensor([[3.0000, 1.0000],
                [4.0000, 2.0000]])
    """
    check_matrices("geqrf", input, square=False)
    return GeqrfResult(*Geqrf.run(input))


def _vectors(a: Tensor) -> Tensor:
    """Return the vectors of reflections as columns: below the diagonal of a, with ones on it."""
    m, n = a._shape[-2:]
    return triangle(a, False, -1) + from_host(np.eye(m, n, dtype=a.dtype.numpy), a.device, False)


def _reflect(vectors: Tensor, tau: Tensor, x: Tensor, backward: bool) -> Tensor:
    """Return H_1 H_2 ... H_k x; with `backward` the adjoint product, which has the other order and conj(tau)."""
    k = tau._shape[-1]
    tau = conjugated(tau) if backward else tau
    for i in range(k) if backward else range(k - 1, -1, -1):
        v = narrow(vectors, -1, i, 1)
        x = x - narrow(tau, -1, i, 1)[..., None] * matmul(v, matmul(v.mH, x))
    return x


def _check(name: str, a: Any, tau: Any) -> None:
    check_matrices(name, a, square=False)
    check_operands(name, a, tau)
    if a._shape[-2] < a._shape[-1]:
        raise RuntimeError(
            f"{name}: input.shape[-2] must be greater than or equal to input.shape[-1], got {list(a._shape)}"
        )
    if not tau._shape or tau._shape[:-1] != a._shape[:-2] or tau._shape[-1] > a._shape[-1]:
        raise RuntimeError(
            f"{name}: input.shape[-1] must be greater than or equal to tau.shape[-1], and batches must be equal, got "
            f"input {list(a._shape)} and tau {list(tau._shape)}"
        )


@computed_wide
def householder_product(A: Tensor, tau: Tensor) -> Tensor:
    """Return the first n columns of products of Householder reflections: the Q of what `geqrf` returned.

    Args:
        A: (..., m, n), m at least n: below the diagonal of column i the vector of reflection i.
        tau: (..., k), k at most n: the factors.

    Returns:
        (..., m, n), with orthonormal columns where A and tau are those of `geqrf`.

    Raises:
        RuntimeError: The shapes do not fit, dtypes differ, or A is of integers.

    Example:
        >>> import mocrograd as mg
        >>> A = mg.tensor([[3.0, 1.0], [4.0, 2.0]])
        >>> Q = mg.linalg.householder_product(*mg.geqrf(A))
        >>> mg.allclose(Q.T @ Q, mg.eye(2), atol=1e-6)
        True
    """
    _check("linalg.householder_product", A, tau)
    m, n = A._shape[-2:]
    one = from_host(np.eye(m, n, dtype=A.dtype.numpy), A.device, False)
    if not tau._shape[-1]:  # a result that depends on A, if only by gradients of 0
        return where(from_host(np.zeros((m, n), bool), A.device, False), A, one)
    return _reflect(_vectors(A), tau, one.expand(*A._shape), False)


@method
@takes_out()
def orgqr(input: Tensor, tau: Tensor) -> Tensor:
    """Return `linalg.householder_product(input, tau)`.

    Example:
        >>> import mocrograd as mg
        >>> A = mg.tensor([[3.0, 1.0], [4.0, 2.0]])
        >>> Q = mg.orgqr(*mg.geqrf(A))
        >>> mg.allclose(Q.T @ Q, mg.eye(2), atol=1e-6)
        True
    """
    return householder_product(input, tau)


@method
@takes_out()
@computed_wide
def ormqr(input: Tensor, tau: Tensor, other: Tensor, left: bool = True, transpose: bool = False) -> Tensor:
    """Return products of other matrices with the whole orthogonal matrices that Householder reflections make.

    Args:
        input: (..., m, k): below the diagonal of column i the vector of reflection i.
        tau: (..., min(m, k)): the factors.
        other: (..., m, n), or (..., n, m) where `left` is False.
        left: Whether Q stands to the left of `other`.
        transpose: Whether to multiply by Q^H.

    Returns:
        The shape of `other`.

    Raises:
        RuntimeError: The shapes do not fit, dtypes differ, or the input is of integers.

    Example:
        >>> import mocrograd as mg
        >>> A, b = mg.tensor([[3.0, 1.0], [4.0, 2.0]]), mg.tensor([[5.0], [5.0]])
        >>> reflections, tau = mg.geqrf(A)
        >>> mg.ormqr(reflections, tau, b, transpose=True)  # Q^T b
        tensor([[-7.],
                [-1.]])
    """
    check_matrices("ormqr", input, square=False)
    check_matrices("ormqr", other, square=False)
    check_operands("ormqr", input, tau)
    check_operands("ormqr", input, other)
    m = input._shape[-2]
    if other._shape[-2 if left else -1] != m:
        raise RuntimeError(
            f"torch.ormqr: other.shape[{-2 if left else -1}] must be equal to input.shape[-2], got "
            f"{other._shape[-2 if left else -1]} and {m}"
        )
    k = min(m, input._shape[-1])
    if tau._shape != (*input._shape[:-2], k) or other._shape[:-2] != input._shape[:-2]:
        raise RuntimeError(
            f"torch.ormqr: tau.shape[-1] must be equal to min(other.shape[-2], input.shape[-1]), and batches must be "
            f"equal, got input {list(input._shape)}, tau {list(tau._shape)} and other {list(other._shape)}"
        )
    vectors = _vectors(narrow(input, -1, 0, k))
    if left:
        return _reflect(vectors, tau, other, transpose)
    return _reflect(vectors, tau, other.mH, not transpose).mH
