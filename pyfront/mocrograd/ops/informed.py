"""Inverse, solution and Cholesky factor in forms that tell by a number which matrix they could not work on."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from mocrograd.autograd import Function
from mocrograd.ops.compare import where
from mocrograd.ops.creation import eye
from mocrograd.ops.linalg import Cholesky, Inverse, LinAlgError, check_matrices, on_host, solve
from mocrograd.ops.lu import LUFactor, raise_for
from mocrograd.shown import result_of
from mocrograd.tensor import Tensor

__all__: list[str] = []

Array = np.ndarray[Any, Any]


@result_of("linalg_inv_ex")
class InvExResult(NamedTuple):
    """The result of `linalg.inv_ex`."""

    inverse: Tensor
    info: Tensor


@result_of("linalg_solve_ex")
class SolveExResult(NamedTuple):
    """The result of `linalg.solve_ex`."""

    result: Tensor
    info: Tensor


@result_of("linalg_cholesky_ex")
class CholeskyExResult(NamedTuple):
    """The result of `linalg.cholesky_ex`."""

    L: Tensor
    info: Tensor


def _without(a: Tensor, info: Tensor) -> tuple[Tensor, Tensor]:
    """Return which matrices failed, (..., 1, 1), and the matrices with the unit matrix in their place."""
    failed = (info != 0)[..., None, None]
    return failed, where(failed, eye(a._shape[-1], dtype=a.dtype, device=a.device), a)


def inv_ex(A: Tensor, *, check_errors: bool = False) -> InvExResult:
    """Return the inverses of square matrices, and whether each has one.

    Args:
        A: (..., n, n).
        check_errors: Whether to raise where one is singular.

    Returns:
        inverse (..., n, n), nan for singular matrices; info (...), int32: 0, or which element of the diagonal of the
        factor U of A = P L U is the first 0.

    Raises:
        LinAlgError: One is singular, with `check_errors`.
        RuntimeError: They are not square, or of integers.

    Example:
        >>> import mocrograd as mg
        >>> inverse, info = mg.linalg.inv_ex(mg.tensor([[2.0, 0.0], [0.0, 4.0]]))
        >>> inverse, info
        (tensor([[0.5000, 0.0000],
                [0.0000, 0.2500]]), tensor(0, dtype=mocrograd.int32))
        >>> mg.linalg.inv_ex(mg.zeros(1, 1)).info
        tensor(1, dtype=mocrograd.int32)
    """
    check_matrices("linalg.inv_ex", A)
    info = LUFactor.run(A.detach(), None)[2]
    if check_errors:
        raise_for(info, "linalg.inv_ex: The diagonal element {} is zero, the matrix is singular.", LinAlgError)
    failed, regular = _without(A, info)
    return InvExResult(where(failed, float("nan"), Inverse.run(regular)), info)


def solve_ex(A: Tensor, B: Tensor, *, left: bool = True, check_errors: bool = False) -> SolveExResult:
    """Return X such that A X = B, or X A = B, and whether each system has a solution; see `linalg.solve`.

    Args:
        A: (..., n, n).
        B: The right sides, as `linalg.solve` takes them.
        left: On which side of X the matrix stands.
        check_errors: Whether to raise where a matrix is singular.

    Returns:
        result, as of `linalg.solve`, nan for singular matrices; info, as of `linalg.inv_ex`.

    Raises:
        LinAlgError: A matrix is singular, with `check_errors`.
        RuntimeError: A is not square, the sizes do not fit, or dtypes differ.

    Example:
        >>> import mocrograd as mg
        >>> x, info = mg.linalg.solve_ex(mg.tensor([[2.0, 0.0], [0.0, 4.0]]), mg.tensor([2.0, 8.0]))
        >>> x, info
        (tensor([1., 2.]), tensor(0, dtype=mocrograd.int32))
    """
    check_matrices("linalg.solve", A)
    info = LUFactor.run(A.detach(), None)[2]
    if check_errors:
        raise_for(info, "linalg.solve_ex: The solver failed because the input matrix is singular.", LinAlgError)
    failed, regular = _without(A, info)
    result = solve(regular, B, left=left)
    vector = len(result._shape) == len(A._shape) - 1 and (len(B._shape) == 1 or B._shape == A._shape[:-1])
    return SolveExResult(where(failed[..., 0] if vector else failed, float("nan"), result), info)


def _definite(a: Array) -> bool:
    """Return whether all matrices are positive-definite, which those with nan are not."""
    try:
        factor: Array = np.linalg.cholesky(a)
    except np.linalg.LinAlgError:
        return False
    return not np.isnan(factor).any()


def _minor(a: Array) -> int:
    """Return the order of the first leading minor of a matrix that is not positive-definite, 0 where all are."""
    low, high = 0, a.shape[-1] + 1  # `low` is definite, `high` is not, or beyond the matrix
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _definite(a[:middle, :middle]) else (low, middle)
    return high if high <= a.shape[-1] else 0


def _minors(a: Array) -> Array:
    orders = [
        0 if _definite(matrix) else _minor(matrix) for matrix in a.reshape(math.prod(a.shape[:-2]), *a.shape[-2:])
    ]
    return np.array(orders, np.int32).reshape(a.shape[:-2])


class Minors(Function):
    """Which leading minor of symmetric matrices is the first that is not positive."""

    @staticmethod
    def forward(ctx: Any, a: Tensor) -> Tensor:
        """Try on the host."""
        (orders,) = on_host("linalg.cholesky_ex", "", _minors, a)
        ctx.mark_non_differentiable(orders)
        return orders


def cholesky_ex(A: Tensor, *, upper: bool = False, check_errors: bool = False) -> CholeskyExResult:
    """Return the Cholesky factors of symmetric positive-definite matrices, and whether each is one.

    Args:
        A: (..., n, n), of which only one triangle is looked at.
        upper: Whether to return U with U^H U = A, from the upper triangle, in place of L with L L^H = A.
        check_errors: Whether to raise where one is not positive-definite.

    Returns:
        L (..., n, n), nan for matrices that are not positive-definite; info (...), int32: 0, or the order of the first
        leading minor that is not positive-definite.

    Raises:
        LinAlgError: One is not positive-definite, with `check_errors`.
        RuntimeError: They are not square, or of integers.

    Example:
        >>> import mocrograd as mg
        >>> L, info = mg.linalg.cholesky_ex(mg.tensor([[4.0, 2.0], [2.0, 3.0]]))
        >>> L, info
        (tensor([[2.0000, 0.0000],
                [1.0000, 1.4142]]), tensor(0, dtype=mocrograd.int32))
        >>> mg.linalg.cholesky_ex(-mg.eye(2)).info  # the first leading minor is not positive
        tensor(1, dtype=mocrograd.int32)
    """
    check_matrices("linalg.cholesky_ex", A)
    lower = A.mH if upper else A
    info = Minors.run(lower.detach())
    if check_errors:
        text = "linalg.cholesky_ex: The factorization could not be completed because the input is not positive-definite"
        raise_for(info, text + " (the leading minor of order {} is not positive-definite).", LinAlgError)
    failed, definite = _without(lower, info)
    factor = where(failed, float("nan"), Cholesky.run(definite))
    return CholeskyExResult(factor.mH if upper else factor, info)
