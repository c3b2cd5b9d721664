"""Symmetric matrices that need not be definite: A = L D L^T by the pivoting of Bunch and Kaufman, on the host.

Of complex matrices those are factored that equal their transpose, and Hermitian ones, whose form is A = L D L^H.

D has blocks of one or two rows. D and L lie in one lower triangle, as LAPACK packs them: a pivot k > 0 says that its
row was swapped with row k, counted from 1; two equal ones, -k, that they belong to a block of two whose second row was.
Source: J. R. Bunch and L. Kaufman, Some stable methods for calculating inertia and solving symmetric linear systems,
Mathematics of Computation 31, 1977.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from mocrograd.autograd import Function
from mocrograd.layout import broadcast_shapes
from mocrograd.ops._pointwise import conjugated
from mocrograd.ops._reduction import sum_to
from mocrograd.ops.linalg import check_matrices, on_host
from mocrograd.ops.lu import magnitudes, raise_for
from mocrograd.ops.matmul import check_operands
from mocrograd.shown import result_of
from mocrograd.tensor import Tensor

__all__: list[str] = []

Array = np.ndarray[Any, Any]
_ALPHA = (1 + math.sqrt(17)) / 8
"""How small an element of the diagonal may be beside its column; this one lets elements grow least."""
_SINGULAR = "linalg.ldl_factor: D[{0},{0}] is zero, so that linalg.ldl_solve would divide by zero"


@result_of("linalg_ldl_factor")
class LDLResult(NamedTuple):
    """The result of `linalg.ldl_factor`."""

    LD: Tensor
    pivots: Tensor


@result_of("linalg_ldl_factor_ex")
class LDLExResult(NamedTuple):
    """The result of `linalg.ldl_factor_ex`."""

    LD: Tensor
    pivots: Tensor
    info: Tensor


def _mirrored(x: Array, hermitian: bool) -> Array:
    """Return what stands at the other side of the diagonal."""
    return x.conj() if hermitian else x


def _block(a: Array, k: int, hermitian: bool) -> Array:
    """Return the block of two rows from row k on."""
    return np.array([[a[k, k], _mirrored(a[k + 1, k], hermitian)], [a[k + 1, k], a[k + 1, k + 1]]])


def _choose(a: Array, k: int) -> tuple[int, int]:
    """Return which row to swap, and whether a block of one or of two rows comes next; (-1, 1) for a column of zeros."""
    own = magnitudes(a[k, k])
    if k + 1 == len(a):
        return (k if own else -1), 1
    row = k + 1 + int(magnitudes(a[k + 1 :, k]).argmax())
    most = magnitudes(a[row, k])
    if max(own, most) == 0:
        return -1, 1
    if not own < _ALPHA * most:
        return k, 1
    across = max(magnitudes(a[row, k:row]).max(), magnitudes(a[row + 1 :, row]).max(initial=0))
    if own >= _ALPHA * most * (most / across):
        return k, 1
    return row, 1 if magnitudes(a[row, row]) >= _ALPHA * across else 2


def _swap(a: Array, k: int, i: int, j: int, hermitian: bool) -> None:
    """Swap rows and columns i < j of the lower triangle from k on."""
    a[j + 1 :, [i, j]] = a[j + 1 :, [j, i]]
    column, row = a[i + 1 : j, i].copy(), a[j, i + 1 : j].copy()
    a[i + 1 : j, i], a[j, i + 1 : j] = _mirrored(row, hermitian), _mirrored(column, hermitian)
    a[j, i] = _mirrored(a[j, i], hermitian)
    a[i, i], a[j, j] = a[j, j], a[i, i]
    a[[i, j], k:i] = a[[j, i], k:i]


def _factor_one(a: Array, pivots: Array, hermitian: bool) -> int:
    """Factor a lower triangle in place; return the number of the first block of zeros, 0 for none."""
    k, info = 0, 0
    while k < len(a):
        row, step = _choose(a, k)
        if row < 0:
            row, info = k, info or k + 1
        last = k + step - 1
        if row != last:
            _swap(a, k, last, row, hermitian)
        below = slice(k + step, None)
        if step == 1:
            pivots[k] = row + 1
            if a[k, k] != 0:
                column = a[below, k] / a[k, k]
                a[below, below] -= np.tril(np.outer(column, _mirrored(a[below, k], hermitian)))
                a[below, k] = column
        else:
            pivots[k : k + 2] = -(row + 1)
            columns = np.linalg.solve(_block(a, k, hermitian).T, a[below, k : k + 2].T).T
            a[below, below] -= np.tril(columns @ _mirrored(a[below, k : k + 2], hermitian).T)
            a[below, k : k + 2] = columns
        if hermitian:
            _drop_imaginary(a)
        k += step
    return info


def _drop_imaginary(a: Array) -> None:
    """Make the diagonal real, which rounding need not leave so."""
    np.fill_diagonal(a, a.diagonal().real.copy())


def _factor(x: Array, hermitian: bool) -> tuple[Array, Array, Array]:
    n = x.shape[-1]
    hermitian = hermitian and x.dtype.kind == "c"
    flat = np.tril(x).reshape(math.prod(x.shape[:-2]), n, n)
    pivots = np.zeros((len(flat), n), np.int32)
    if hermitian:
        for a in flat:
            _drop_imaginary(a)
    info = np.array([_factor_one(a, p, hermitian) for a, p in zip(flat, pivots)], np.int32)
    return flat.reshape(x.shape), pivots.reshape(x.shape[:-1]), info.reshape(x.shape[:-2])


def _solve_one(a: Array, pivots: Array, b: Array, hermitian: bool) -> None:
    """Solve A x = b in place: by L and D from the first block on, then by L^T or L^H from the last one on."""
    n, k = len(a), 0
    starts = []
    while k < n:
        step = 1 if pivots[k] > 0 else 2
        starts.append((k, step))
        last, row = k + step - 1, abs(int(pivots[k])) - 1
        b[[last, row]] = b[[row, last]]
        own, below = slice(k, k + step), slice(k + step, None)
        b[below] -= a[below, own] @ b[own]
        if step == 1:
            b[k] /= a[k, k]
        else:
            b[own] = np.linalg.solve(_block(a, k, hermitian), b[own])
        k += step
    for k, step in reversed(starts):
        last, row = k + step - 1, abs(int(pivots[k])) - 1
        own, below = slice(k, k + step), slice(k + step, None)
        b[own] -= _mirrored(a[below, own], hermitian).T @ b[below]
        b[[last, row]] = b[[row, last]]


def _solve(ld: Array, pivots: Array, b: Array, hermitian: bool) -> Array:
    batch = np.broadcast_shapes(ld.shape[:-2], b.shape[:-2])
    n = ld.shape[-1]
    _check_pivots(pivots, n)
    x = np.array(np.broadcast_to(b, (*batch, *b.shape[-2:])), order="C")
    count = math.prod(batch)
    factors = np.broadcast_to(ld, (*batch, n, n)).reshape(count, n, n)
    rows = np.broadcast_to(pivots, (*batch, n)).reshape(count, n)
    for a, p, one in zip(factors, rows, x.reshape(count, *b.shape[-2:])):
        _solve_one(a, p, one, hermitian)
    return x


class LDLFactor(Function):
    """L and D in one matrix, such that x = L D L^T, or L D L^H; it has no gradient."""

    torch_name = "LinalgLdlFactorEx"

    @staticmethod
    def forward(ctx: Any, x: Tensor, hermitian: bool, checks: bool) -> tuple[Tensor, Tensor, Tensor]:
        """Factor on the host.

        Raises:
            RuntimeError: D has a block of zeros, with `checks`.
        """
        ld, pivots, info = on_host("linalg.ldl_factor", "", lambda a: _factor(a, hermitian), x)
        if checks:
            raise_for(info, _SINGULAR, RuntimeError)
        ctx.mark_non_differentiable(pivots, info)
        return ld, pivots, info

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Tensor:
        """Refuse.

        Raises:
            RuntimeError: Always.
        """
        raise RuntimeError("derivative for linalg.ldl_factor is not implemented; linalg.solve has one")


class LDLSolve(Function):
    """y such that a y = b, for symmetric or Hermitian a that is given by its factors."""

    torch_name = "LinalgLdlSolve"

    shape: Any
    hermitian: bool

    @staticmethod
    def forward(ctx: Any, ld: Tensor, pivots: Tensor, b: Tensor, hermitian: bool) -> Tensor:
        """Solve by substitution."""
        problem = "The solver failed because the input matrix is singular."
        (y,) = on_host("linalg.ldl_solve", problem, lambda *x: _solve(x[0], x[1], x[2], hermitian), ld, pivots, b)
        ctx.save_for_backward(ld, pivots)
        ctx.shape, ctx.hermitian = b._shape, hermitian
        return y

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[None, None, Tensor, None]:
        """Solve with the same matrix, which is its own transpose; its adjoint conjugates what stands around it.

        Raises:
            RuntimeError: The gradient of the factors is asked for.
        """
        if ctx.wanted[0]:
            raise RuntimeError("derivative for the factors of linalg.ldl_solve is not implemented")
        ld, pivots = ctx.saved_tensors
        if ctx.hermitian:
            return None, None, sum_to(LDLSolve.run(ld, pivots, grad, True), ctx.shape), None
        found = conjugated(LDLSolve.run(ld, pivots, conjugated(grad), False))
        return None, None, sum_to(found, ctx.shape), None


def ldl_factor_ex(A: Tensor, *, hermitian: bool = False, check_errors: bool = False) -> LDLExResult:
    """Return factors L and D of symmetric matrices, and whether systems can be solved by them; without gradients.

    Args:
        A: (..., n, n), of which only the lower triangle is looked at.
        hermitian: Whether A is Hermitian, which real matrices are when they are symmetric; otherwise it is symmetric.
        check_errors: Whether to raise where D has a block of zeros.

    Returns:
        LD (..., n, n), a lower triangle; pivots (..., n), int32; info (...), int32: 0, or the number of the first
        block of zeros.

    Raises:
        RuntimeError: A is not square, or of integers; a block of zeros with `check_errors`.

    Example:
        >>> import mocrograd as mg
        >>> LD, pivots, info = mg.linalg.ldl_factor_ex(mg.tensor([[4.0, 2.0], [2.0, 3.0]]))
        >>> LD, info
        (tensor([[4.0000, 0.0000],
                [0.5000, 2.0000]]), tensor(0, dtype=mocrograd.int32))
    """
    check_matrices("linalg.ldl_factor_ex", A)
    return LDLExResult(*LDLFactor.run(A, bool(hermitian), check_errors))


def ldl_factor(A: Tensor, *, hermitian: bool = False) -> LDLResult:
    """Return factors L and D of symmetric matrices, for `linalg.ldl_solve`; see `linalg.ldl_factor_ex`.

    Raises:
        RuntimeError: D has a block of zeros; A is not square, or of integers.

    Example:
        >>> import mocrograd as mg
        >>> A, b = mg.tensor([[0.0, 2.0], [2.0, 1.0]]), mg.tensor([[2.0], [3.0]])  # symmetric, not positive definite
        >>> x = mg.linalg.ldl_solve(*mg.linalg.ldl_factor(A), b)
        >>> A @ x
        tensor([[2.],
                [3.]])
    """
    ld, pivots, _ = ldl_factor_ex(A, hermitian=hermitian, check_errors=True)
    return LDLResult(ld, pivots)


def ldl_solve(LD: Tensor, pivots: Tensor, B: Tensor, *, hermitian: bool = False) -> Tensor:
    """Return X such that A X = B, of symmetric A that are given by what `linalg.ldl_factor` returned.

    Args:
        LD: (..., n, n), which gets no gradient.
        pivots: (..., n), integers.
        B: (..., n, k); batches broadcast.
        hermitian: As of `linalg.ldl_factor`.

    Raises:
        RuntimeError: LD is not square, the sizes do not fit, dtypes differ, or the pivots are no rows.
        LinAlgError: A matrix is singular.

    Example:
        >>> import mocrograd as mg
        >>> A, b = mg.tensor([[4.0, 2.0], [2.0, 3.0]]), mg.tensor([[2.0], [5.0]])
        >>> LD, pivots = mg.linalg.ldl_factor(A)
        >>> A @ mg.linalg.ldl_solve(LD, pivots, b)
        tensor([[2.],
                [5.]])
    """
    name = "linalg.ldl_solve"
    check_matrices(name, LD)
    check_matrices(name, B, square=False)
    check_operands(name, LD, B)
    n = LD._shape[-1]
    if B._shape[-2] != n:
        raise RuntimeError(
            f"Incompatible matrix sizes for {name}: each A matrix is {n} by {n} but each b matrix is {B._shape[-2]} by "
            f"{B._shape[-1]}"
        )
    if not isinstance(pivots, Tensor) or pivots.dtype.is_floating_point or pivots.dtype.name == "bool":
        got = pivots.dtype.name if isinstance(pivots, Tensor) else type(pivots).__name__
        raise RuntimeError(f"{name}: Expected pivots to be integers. Got {got}")
    if pivots._shape != LD._shape[:-1]:
        raise RuntimeError(
            f"{name}: Expected LD.shape[:-1] and pivots.shape to be the same, but got pivots with shape "
            f"{list(pivots._shape)} instead"
        )
    broadcast_shapes(LD._shape[:-2], B._shape[:-2])
    return LDLSolve.run(LD, pivots, B, bool(hermitian))


def _check_pivots(pivots: Array, n: int) -> None:
    """Raise unless all pivots are rows, and the negative ones pairs."""
    expected = "Pivots given to ldl_solve must all satisfy |pivot| <= LD.size(-2), and negative ones be pairs."
    for row in pivots.reshape(-1, n).tolist() if n else []:
        k = 0
        while k < n:
            paired = row[k] > 0 or (k + 1 < n and row[k + 1] == row[k])
            if not (1 <= abs(row[k]) <= n and paired):
                raise RuntimeError(f"{expected} Did you properly pass the result of ldl_factor?")
            k += 1 if row[k] > 0 else 2
