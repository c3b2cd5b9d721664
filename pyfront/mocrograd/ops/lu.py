"""Triangular factors of matrices, A = P L U, computed by NumPy on the host, and systems solved by them.

P swaps rows, L is a lower triangle with ones on its diagonal, U an upper one. L and U lie in one matrix, as LAPACK
packs them; row i was swapped with row `pivots[i]`, counted from 1. The gradients are products and triangular systems.
"""

from __future__ import annotations

import math
import warnings
from typing import Any, NamedTuple

import numpy as np

from mocrograd import dtypes
from mocrograd.autograd import Function
from mocrograd.ops._arguments import takes_out
from mocrograd.ops.cast import to_dtype
from mocrograd.ops.creation import arange, empty, from_host
from mocrograd.ops.gathering import take_along_dim
from mocrograd.ops.joining import cat
from mocrograd.ops.linalg import (
    check_matrices,
    on_host,
    solve_triangular,
    substitute,
    triangle,
)
from mocrograd.ops.matmul import check_operands, matmul
from mocrograd.ops.splitting import narrow
from mocrograd.ops.views import reshape
from mocrograd.shown import result_of
from mocrograd.tensor import Tensor, alias, method

__all__ = ["lu_solve", "lu_unpack"]

Array = np.ndarray[Any, Any]
_ZERO = (
    "U[{0},{0}] is zero and using it on lu_solve would result in a division by zero. If you still want to perform the "
    "factorization, consider calling linalg.lu(A, pivot) or linalg.lu_factor_ex(A, pivot)"
)
_WITHIN = "pivots passed to lu_unpack must be between 1 and LU.size(-2) inclusive."
_BLOCK = 32
"""Columns that are factored one by one, before a product takes what they say from the others."""


@result_of("linalg_lu_factor")
class LUFactorResult(NamedTuple):
    """The result of `linalg.lu_factor`."""

    LU: Tensor
    pivots: Tensor


@result_of("linalg_lu_factor_ex")
class LUFactorExResult(NamedTuple):
    """The result of `linalg.lu_factor_ex`."""

    LU: Tensor
    pivots: Tensor
    info: Tensor


@result_of("linalg_lu")
class LUResult(NamedTuple):
    """The result of `linalg.lu` and `lu_unpack`."""

    P: Tensor
    L: Tensor
    U: Tensor


def magnitudes(x: Array) -> Array:
    """Return what LAPACK compares pivots by: of complex numbers |re| + |im|."""
    sizes: Array = np.abs(x.real) + np.abs(x.imag) if x.dtype.kind == "c" else np.abs(x)
    return sizes


def _factor(x: Array) -> tuple[Array, Array, Array]:
    """Return L and U in one matrix, the pivots, and the number of the first 0 on the diagonal of U, 0 for none."""
    m, n = x.shape[-2:]
    k = min(m, n)
    lu = np.array(x).reshape(math.prod(x.shape[:-2]), m, n)
    pivots = np.empty((len(lu), k), np.int32)
    which = np.arange(len(lu))
    for start in range(0, k, _BLOCK):
        stop = min(k, start + _BLOCK)
        for j in range(start, stop):
            row = magnitudes(lu[:, j:, j]).argmax(1) + j
            pivots[:, j] = row + 1
            lu[which, j], lu[which, row] = lu[which, row], lu[which, j].copy()
            divisor = lu[:, j, j, None]
            lu[:, j + 1 :, j] /= np.where(divisor == 0, 1, divisor)
            lu[:, j + 1 :, j + 1 : stop] -= lu[:, j + 1 :, j, None] * lu[:, j, None, j + 1 : stop]
        lu[:, start:stop, stop:] = substitute(lu[:, start:stop, start:stop], lu[:, start:stop, stop:], False, True)
        lu[:, stop:, stop:] -= lu[:, stop:, start:stop] @ lu[:, start:stop, stop:]
    zero = np.diagonal(lu, axis1=1, axis2=2) == 0
    info = np.where(zero.any(1), zero.argmax(1) + 1, 0) if k else np.zeros(len(lu))
    return lu.reshape(x.shape), pivots.reshape(*x.shape[:-2], k), info.astype(np.int32).reshape(x.shape[:-2])


def _permutations(pivots: Array, m: int) -> Array:
    """Return for each row of P^T A which row of A it is."""
    flat = pivots.reshape(math.prod(pivots.shape[:-1]), pivots.shape[-1])
    rows = np.tile(np.arange(m), (len(flat), 1))
    which = np.arange(len(flat))
    for j in range(flat.shape[-1]):
        other = flat[:, j] - 1
        rows[which, j], rows[which, other] = rows[which, other], rows[which, j].copy()
    return rows.reshape(*pivots.shape[:-1], m)


class Rows(Function):
    """Which row of A each row of P^T A is, and which of P^T A each one of A, for pivots."""

    @staticmethod
    def forward(ctx: Any, pivots: Tensor, m: int, problem: str) -> tuple[Tensor, Tensor]:
        """Follow the swaps on the host.

        Raises:
            RuntimeError: A pivot is no row.
        """

        def follow(given: Array) -> tuple[Array, Array]:
            if given.size and not 1 <= given.min() <= given.max() <= m:
                raise RuntimeError(f"{problem} Did you properly pass the result of lu_factor?")
            rows = _permutations(given, m)
            return rows, np.argsort(rows, -1)

        rows, positions = on_host("linalg.lu_solve", "", follow, pivots)
        ctx.mark_non_differentiable(rows, positions)
        return rows, positions


def _permuted(x: Tensor, rows: Tensor) -> Tensor:
    """Return matrices with their rows in another order; batches broadcast."""
    depth = max(len(x._shape), len(rows._shape) + 1)
    index = reshape(rows, (*(1,) * (depth - 1 - len(rows._shape)), *rows._shape, 1))
    x = reshape(x, (*(1,) * (depth - len(x._shape)), *x._shape))
    return take_along_dim(x, index, -2)


class LUFactor(Function):
    """L and U in one matrix, such that x = P L U."""

    torch_name = "LinalgLuFactorEx"

    @staticmethod
    def forward(ctx: Any, x: Tensor, name: str | None) -> tuple[Tensor, Tensor, Tensor]:
        """Factor on the host.

        Raises:
            RuntimeError: U has a 0 on its diagonal, and a name is given for the message.
        """
        lu, pivots, info = on_host("linalg.lu_factor", "", _factor, x)
        if name is not None:
            raise_for(info, f"{name}: {_ZERO}", RuntimeError)
        ctx.save_for_backward(lu, pivots)
        ctx.mark_non_differentiable(pivots, info)
        return lu, pivots, info

    @staticmethod
    def backward(ctx: Any, grad: Tensor, *none: Any) -> tuple[Tensor, None]:
        """Compute P L^-H (tril(L^H gL, -1) + triu(gU U^H)) U^-H, after what the rows or columns beyond the square say.

        Rows below it are L2 = A2 U^-1, columns beside it U2 = L^-1 A2: their gradients are those of such systems.
        """
        lu, pivots = ctx.saved_tensors
        m, n = lu._shape[-2:]
        k = min(m, n)
        square = narrow(narrow(lu, -2, 0, k), -1, 0, k)
        inner = narrow(narrow(grad, -2, 0, k), -1, 0, k)
        lower, upper = triangle(inner, False, -1), triangle(inner, True)
        beyond: list[Tensor] = []
        if m > k:
            below = solve_triangular(square.mH, narrow(grad, -2, k, m - k), upper=False, left=False)
            upper = upper - triangle(matmul(narrow(lu, -2, k, m - k).mH, below), True)
            beyond = [below]
        elif n > k:
            beside = solve_triangular(square.mH, narrow(grad, -1, k, n - k), upper=True, unitriangular=True)
            lower = lower - triangle(matmul(beside, narrow(lu, -1, k, n - k).mH), False, -1)
            beyond = [beside]
        own = _unit_lower(square)
        core = triangle(matmul(own.mH, lower), False, -1) + triangle(matmul(upper, triangle(square, True).mH), True)
        core = solve_triangular(square.mH, core, upper=True, unitriangular=True)
        core = solve_triangular(square.mH, core, upper=False, left=False)
        whole = cat([core, *beyond], -2 if m > k else -1)
        return _permuted(whole, Rows.run(pivots, m, _WITHIN)[1]), None


def _unit_lower(x: Tensor) -> Tensor:
    """Return the part of matrices below the diagonal, with ones on it."""
    m, n = x._shape[-2:]
    return triangle(x, False, -1) + from_host(np.eye(m, n, dtype=x.dtype.numpy), x.device, False)


def _check(name: str, A: Any, pivot: bool, square: bool = False) -> None:
    check_matrices(name, A, square)
    if not pivot:
        raise RuntimeError(f"{name}: LU without pivoting is not implemented on the CPU; expected pivot=True")


def raise_for(info: Tensor, text: str, kind: type[Exception]) -> None:
    """Raise where a matrix could not be worked on; `text` has a place for the number of the diagonal's element."""
    found = info.detach().to("cpu").numpy().reshape(-1)
    wrong = np.flatnonzero(found)
    if wrong.size:
        batch = f"(Batch element {wrong[0]}): " if info._shape else ""
        raise kind(batch + text.format(found[wrong[0]]))


def lu_factor_ex(A: Tensor, *, pivot: bool = True, check_errors: bool = False) -> LUFactorExResult:
    """Return triangular factors of matrices, and whether systems can be solved by them.

    Args:
        A: (..., m, n).
        pivot: True: rows are swapped, so that the largest element of a column is divided by.
        check_errors: Whether to raise where U has a 0 on its diagonal.

    Returns:
        LU (..., m, n), L below the diagonal, U from it on; pivots (..., min(m, n)), int32, from 1; info (...), int32:
        0, or which element of U's diagonal is the first 0.

    Raises:
        RuntimeError: A has no matrices, or is of integers; `pivot` is False; a 0 on the diagonal with `check_errors`.

    Example:
        >>> import mocrograd as mg
        >>> LU, pivots, info = mg.linalg.lu_factor_ex(mg.tensor([[1.0, 2.0], [3.0, 4.0]]))
        >>> pivots, info
        (tensor([2, 2], dtype=mocrograd.int32), tensor(0, dtype=mocrograd.int32))
    """
    _check("linalg.lu_factor", A, pivot)
    return LUFactorExResult(*LUFactor.run(A, "linalg.lu_factor_ex" if check_errors else None))


def lu_factor(A: Tensor, *, pivot: bool = True) -> LUFactorResult:
    """Return triangular factors of matrices, for `linalg.lu_solve`; see `linalg.lu_factor_ex`.

    Raises:
        RuntimeError: U has a 0 on its diagonal; A has no matrices, or is of integers; `pivot` is False.

    Example:
        >>> import mocrograd as mg
        >>> a = mg.tensor([[4.0, 2.0], [2.0, 3.0]])
        >>> lu, pivots = mg.linalg.lu_factor(a)
        >>> mg.linalg.lu_solve(lu, pivots, mg.tensor([[8.0], [8.0]]))
        tensor([[1.],
                [2.]])
    """
    _check("linalg.lu_factor", A, pivot)
    lu, pivots, _ = LUFactor.run(A, "linalg.lu_factor")
    return LUFactorResult(lu, pivots)


def lu(A: Tensor, *, pivot: bool = True) -> LUResult:
    """Return P, L and U such that A = P L U.

    Args:
        A: (..., m, n).
        pivot: True: rows are swapped, so that the largest element of a column is divided by.

    Returns:
        P (..., m, m), a permutation; L (..., m, k), lower with ones on the diagonal; U (..., k, n), upper, for
        k = min(m, n).

    Raises:
        RuntimeError: A has no matrices, or is of integers; `pivot` is False.

    Example:
        >>> import mocrograd as mg
        >>> a = mg.tensor([[4.0, 2.0], [2.0, 3.0]])
        >>> p, l, u = mg.linalg.lu(a)
        >>> bool(mg.allclose(p @ l @ u, a))
        True
    """
    _check("linalg.lu", A, pivot)
    factors, pivots, _ = LUFactor.run(A, None)
    return lu_unpack(factors, pivots)


def _lu(self: Tensor, pivot: bool = True, get_infos: bool = False) -> Any:
    """Return `linalg.lu_factor(self)`, or `linalg.lu_factor_ex(self)` where `get_infos` is True; deprecated."""
    warnings.warn("Tensor.lu is deprecated in favor of linalg.lu_factor and linalg.lu_factor_ex", stacklevel=2)
    return lu_factor_ex(self, pivot=pivot) if get_infos else lu_factor(self, pivot=pivot)


alias("lu", _lu)


@takes_out()
def lu_unpack(LU_data: Tensor, LU_pivots: Tensor, unpack_data: bool = True, unpack_pivots: bool = True) -> LUResult:
    """Return P, L and U of what `linalg.lu_factor` returned.

    Args:
        LU_data: (..., m, n).
        LU_pivots: (..., min(m, n)), int32.
        unpack_data: Whether to make L and U; they are empty otherwise.
        unpack_pivots: Whether to make P; it is empty otherwise.

    Raises:
        RuntimeError: LU_data has no matrices, or the pivots are not of int32 or no rows.

    Example:
        >>> import mocrograd as mg
        >>> A = mg.tensor([[1.0, 2.0], [3.0, 4.0]])
        >>> P, L, U = mg.lu_unpack(*mg.linalg.lu_factor(A))
        >>> P @ L @ U
        tensor([[1., 2.],
                [3., 4.]])
    """
    check_matrices("lu_unpack", LU_data, square=False)
    none = empty(0, dtype=LU_data.dtype, device=LU_data.device)
    m, n = LU_data._shape[-2:]
    k = min(m, n)
    permutation = lower = upper = none
    if unpack_pivots:
        if LU_pivots.dtype is not dtypes.int32:
            raise RuntimeError(f"lu_unpack: expected LU_pivots of dtype int32, got {LU_pivots.dtype.name}")
        rows, _ = Rows.run(LU_pivots.detach(), m, _WITHIN)
        permutation = to_dtype(arange(m, device=LU_data.device)[:, None] == rows[..., None, :], LU_data.dtype)
    if unpack_data:
        lower, upper = _unit_lower(narrow(LU_data, -1, 0, k)), triangle(narrow(LU_data, -2, 0, k), True)
    return LUResult(permutation, lower, upper)


def linalg_lu_solve(LU: Tensor, pivots: Tensor, B: Tensor, *, left: bool = True, adjoint: bool = False) -> Tensor:
    """Return X such that A X = B, of matrices A that are given by what `linalg.lu_factor` returned.

    Args:
        LU: (..., n, n).
        pivots: (..., n), int32.
        B: (..., n, k), or (..., k, n) where `left` is False; batches broadcast.
        left: On which side of X the matrix stands.
        adjoint: Whether to solve with the transpose of A, conjugated where it is complex.

    Raises:
        RuntimeError: LU is not square, the sizes do not fit, dtypes differ, or the pivots are not of int32 or no rows.

    Example:
        >>> import mocrograd as mg
        >>> lu, pivots = mg.linalg.lu_factor(mg.tensor([[4.0, 2.0], [2.0, 3.0]]))
        >>> mg.linalg.lu_solve(lu, pivots, mg.tensor([[8.0], [8.0]]))
        tensor([[1.],
                [2.]])
    """
    name = "linalg.lu_solve"
    check_matrices(name, LU)
    check_matrices(name, B, square=False)
    check_operands(name, LU, B)
    n = LU._shape[-1]
    if not isinstance(pivots, Tensor) or pivots.dtype is not dtypes.int32:
        got = pivots.dtype.name if isinstance(pivots, Tensor) else type(pivots).__name__
        raise RuntimeError(f"{name}: pivots should be a Tensor of scalar type int32, got {got}")
    if pivots._shape != LU._shape[:-1]:
        raise RuntimeError(
            f"{name}: Number of pivots per batch should be same as the dimension of the matrix: expected "
            f"{list(LU._shape[:-1])}, got {list(pivots._shape)}"
        )
    if B._shape[-2 if left else -1] != n:
        raise RuntimeError(
            f"{name}: Incompatible shapes of A and B for the equation {'AX = B' if left else 'XA = B'} "
            f"({n}x{n} and {B._shape[-2]}x{B._shape[-1]})"
        )
    problem = "Pivots given to lu_solve must all be smaller or equal to LU.size(-2)."
    rows, positions = Rows.run(pivots.detach(), n, problem)
    b = B if left else B.mH
    if adjoint == left:  # A^H X = B, or X A = B, which is A^H X^H = B^H
        x = solve_triangular(LU.mH, b, upper=False)
        x = _permuted(solve_triangular(LU.mH, x, upper=True, unitriangular=True), positions)
    else:
        x = solve_triangular(LU, _permuted(b, rows), upper=False, unitriangular=True)
        x = solve_triangular(LU, x, upper=True)
    return x if left else x.mH


@method
@takes_out()
def lu_solve(b: Tensor, LU_data: Tensor, LU_pivots: Tensor) -> Tensor:
    """Return `linalg.lu_solve(LU_data, LU_pivots, b)`.

    Example:
        >>> import mocrograd as mg
        >>> a = mg.tensor([[4.0, 2.0], [2.0, 3.0]])
        >>> lu, pivots = mg.linalg.lu_factor(a)
        >>> mg.lu_solve(mg.tensor([[8.0], [8.0]]), lu, pivots)
        tensor([[1.],
                [2.]])
    """
    return linalg_lu_solve(LU_data, LU_pivots, b)
