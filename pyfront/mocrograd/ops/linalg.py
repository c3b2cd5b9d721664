"""Linear systems: inverse, determinant, solution and Cholesky factor, computed by NumPy on the host.

The gradients are products and solutions of systems again, so they can be differentiated further.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from mocrograd.autograd import Function, mode
from mocrograd.backend import recording
from mocrograd.layout import broadcast_shapes, normalize_dim
from mocrograd.ops._arguments import integer, takes_out
from mocrograd.ops._determinants import cofactors, determinants, logarithms, minors
from mocrograd.ops._narrow import computed_wide
from mocrograd.ops._parts import imaginary_part
from mocrograd.ops._pointwise import conjugated
from mocrograd.ops._reduction import sum_to
from mocrograd.ops.arithmetic import exp, log
from mocrograd.ops.compare import where
from mocrograd.ops.creation import eye, from_host
from mocrograd.ops.diagonals import diagonal
from mocrograd.ops.matmul import check_operands, matmul
from mocrograd.ops.reduce import sum as sum_of
from mocrograd.ops.views import reshape
from mocrograd.shown import result_of
from mocrograd.tensor import Tensor, method

__all__ = [
    "cholesky",
    "cholesky_inverse",
    "cholesky_solve",
    "det",
    "inverse",
    "logdet",
    "matrix_exp",
    "matrix_power",
    "slogdet",
    "triangular_solve",
]

Array = np.ndarray[Any, Any]


class LinAlgError(RuntimeError):
    """A matrix lacks the properties that a computation needs: it is singular, or not positive-definite.

    Example:
        >>> import mocrograd as mg
        >>> issubclass(mg.linalg.LinAlgError, RuntimeError)
        True
    """


def check_matrices(name: str, x: Any, square: bool = True) -> None:
    """Raise unless a tensor holds matrices of floating-point or complex numbers.

    Raises:
        TypeError: It is no tensor.
        RuntimeError: It has fewer than two dimensions, is of integers, or the matrices are not square.
    """
    if not isinstance(x, Tensor):
        raise TypeError(f"{name}(): argument 'A' must be Tensor, not {type(x).__name__}")
    if len(x._shape) < 2:
        raise RuntimeError(f"{name}: The input tensor A must have at least 2 dimensions, but got {list(x._shape)}")
    if square and x._shape[-1] != x._shape[-2]:
        raise RuntimeError(
            f"{name}: A must be batches of square matrices, but they are {x._shape[-2]} by {x._shape[-1]} matrices"
        )
    if x.dtype.kind < 2:
        raise RuntimeError(f"{name}: Expected a floating point or complex tensor as input. Got {x.dtype.name}")


def on_host(name: str, problem: str, function: Callable[..., Any], *tensors: Tensor) -> tuple[Tensor, ...]:
    """Return what a function of NumPy arrays makes of tensors, as tensors on their device.

    Args:
        name: The operation, for messages.
        problem: What is said where the function finds a matrix that it cannot work on.
        function: (*arrays) -> an array or a tuple of them.
        *tensors: Its arguments.

    Raises:
        LinAlgError: NumPy raised the error of that name.
        RuntimeError: A tensor has 16 bits.
    """
    if any(x.dtype.wide is not None and x.dtype.kind == 2 for x in tensors):
        raise RuntimeError(f"{name}: Low precision dtypes not supported. Got {tensors[0].dtype.name}")
    recording.cannot_replay(f"{name}() computes on the host")
    device = tensors[0].device
    try:
        with np.errstate(all="ignore"):
            results = function(*[x.detach().to("cpu")._as_numpy() for x in tensors])
    except np.linalg.LinAlgError as error:
        raise LinAlgError(f"{name}: {problem} ({error})") from None
    given = results if isinstance(results, tuple) else (results,)
    return tuple([from_host(np.asarray(a), device, False) for a in given])


def triangle(x: Tensor, upper: bool, diagonal: int = 0) -> Tensor:
    """Return matrices with zeros in the other triangle.

    Args:
        x: (..., m, n).
        upper: Which triangle to keep.
        diagonal: The first (upper) or last (lower) diagonal to keep, 0 for the main one.
    """
    rows, columns = x._shape[-2:]
    ones = np.ones((rows, columns), dtype=bool)
    mask = np.triu(ones, diagonal) if upper else np.tril(ones, diagonal)
    return where(from_host(mask, x.device, False), x, 0.0)


# ------------------------------------------------------------------------------ inverse, determinant


class Inverse(Function):
    """y = the inverse of x."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """Invert on the host."""
        problem = "The inversion could not be completed because the input matrix is singular."
        (y,) = on_host("linalg.inv", problem, np.linalg.inv, x)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        """Compute -y^H g y^H."""
        (y,) = ctx.saved_tensors
        adjoint = y.mH
        return -matmul(matmul(adjoint, grad), adjoint)


class Det(Function):
    """y = the determinant of x."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """Compute the determinant on the host."""
        (y,) = on_host("linalg.det", "", determinants, x)
        ctx.save_for_backward(x)
        return y

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        """Multiply the gradient with the cofactors."""
        (x,) = ctx.saved_tensors
        return grad[..., None, None] * Cofactors.run(x)


class Cofactors(Function):
    """The derivatives of the determinant, conjugated, which singular matrices have too.

    x = U S V gives conj(det(U V)) U cof(S) V.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """Compute the cofactors by the singular value decomposition."""
        (y,) = on_host("linalg.det", "", cofactors, x)
        ctx.save_for_backward(x)
        return y

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        """Compute the second derivative of the determinant; by the inverse where that is to be differentiated again."""
        (x,) = ctx.saved_tensors
        if not mode.grad:
            return on_host("linalg.det", "", minors, x, grad)[0]
        y = Inverse.run(x).mT
        inner = sum_of(y * grad, (-2, -1), True) * y - matmul(matmul(y, grad.mT), y)
        return conjugated(Det.run(x)[..., None, None] * inner)


class Slogdet(Function):
    """Sign and logarithm of the magnitude of the determinant of x; the sign of a complex one is a number of size 1."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> tuple[Tensor, Tensor]:
        """Compute sign and logarithm on the host."""
        sign, logabsdet = on_host("linalg.slogdet", "", logarithms, x)
        ctx.save_for_backward(x, sign)
        if not x.dtype.is_complex:
            ctx.mark_non_differentiable(sign)
        return sign, logabsdet

    @staticmethod
    def backward(ctx: Any, grad_sign: Any, grad: Tensor) -> Tensor:
        """Multiply with the inverse, transposed; that of a singular matrix is made of its cofactors over 0.

        The sign turns by the imaginary part of what the logarithm of the determinant gains.
        """
        x, sign = ctx.saved_tensors
        if x.dtype.is_complex and grad_sign is not None:
            turn = imaginary_part(conjugated(grad_sign) * sign) * -1j
            grad = turn if grad is None else grad + turn
        singular = sign == 0
        if not bool(singular.any()):
            return grad[..., None, None] * Inverse.run(x).mH
        singular = singular[..., None, None]
        unit = eye(x._shape[-1], dtype=x.dtype, device=x.device)
        inverse = Inverse.run(where(singular, unit, x)).mH
        return grad[..., None, None] * where(singular, Cofactors.run(x) / 0.0, inverse)


@result_of("linalg_slogdet")
class SlogdetResult(NamedTuple):
    """The result of `slogdet`."""

    sign: Tensor
    logabsdet: Tensor


def inv(A: Tensor) -> Tensor:
    """Return the inverses of square matrices (..., n, n).

    Raises:
        LinAlgError: One is singular.
        RuntimeError: They are not square, or of integers.

    Example:
        >>> import mocrograd as mg
        >>> a = mg.tensor([[4.0, 2.0], [2.0, 3.0]])
        >>> mg.linalg.inv(a)
        tensor([[ 0.3750, -0.2500],
                [-0.2500,  0.5000]])
    """
    check_matrices("linalg.inv", A)
    return Inverse.run(A)


@method
@takes_out()
def inverse(input: Tensor) -> Tensor:
    """Return `linalg.inv(input)`.

    Example:
        >>> import mocrograd as mg
        >>> mg.inverse(mg.tensor([[2.0]]))
        tensor([[0.5000]])
    """
    return inv(input)


@method
@takes_out()
def det(input: Tensor) -> Tensor:
    """Return the determinants of square matrices: (..., n, n) to (...).

    Raises:
        RuntimeError: They are not square, or of integers.

    Example:
        >>> import mocrograd as mg
        >>> a = mg.tensor([[4.0, 2.0], [2.0, 3.0]])
        >>> mg.linalg.det(a)
        tensor(8.)
    """
    check_matrices("linalg.det", input)
    return Det.run(input)


@method
@takes_out()
def slogdet(input: Tensor) -> SlogdetResult:
    """Return sign and logarithm of the magnitude of the determinants of square matrices.

    The sign of a complex determinant is that number divided by its magnitude.

    Raises:
        RuntimeError: They are not square, or of integers.

    Example:
        >>> import mocrograd as mg
        >>> a = mg.tensor([[4.0, 2.0], [2.0, 3.0]])
        >>> sign, logarithm = mg.linalg.slogdet(a)
        >>> sign, logarithm
        (tensor(1.), tensor(2.0794))
    """
    check_matrices("linalg.slogdet", input)
    return SlogdetResult(*Slogdet.run(input))


@method
def logdet(input: Tensor) -> Tensor:
    """Return the logarithms of the determinants of square matrices: nan where one is negative, -inf where it is 0.

    Those of complex matrices are complex, and finite where a determinant is negative.

    Raises:
        RuntimeError: They are not square, or of integers.

    Example:
        >>> import mocrograd as mg
        >>> mg.logdet(mg.tensor([[2.0, 0.0], [0.0, 3.0]])), mg.logdet(mg.tensor([[0.0, 1.0], [1.0, 0.0]]))
        (tensor(1.7918), tensor(nan))
    """
    check_matrices("logdet", input)
    sign, logabsdet = slogdet(input)
    return log(sign) + logabsdet if input.dtype.is_complex else where(sign < 0, float("nan"), logabsdet)


# ------------------------------------------------------------------------------------------ solution


class Solve(Function):
    """y such that a y = b; batches broadcast."""

    shapes: Any

    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor) -> Tensor:
        """Solve on the host."""
        problem = "The solver failed because the input matrix is singular."
        (y,) = on_host("linalg.solve", problem, np.linalg.solve, a, b)
        ctx.save_for_backward(a, y)
        ctx.shapes = a._shape, b._shape
        return y

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """Solve with the adjoint matrix; the matrix gets minus the product of that with y."""
        a, y = ctx.saved_tensors
        db = Solve.run(a.mH, grad)
        da = -matmul(db, y.mH) if ctx.wanted[0] else None
        return None if da is None else sum_to(da, ctx.shapes[0]), sum_to(db, ctx.shapes[1])


class SolveTriangular(Function):
    """y such that a y = b for triangular a; batches broadcast."""

    shapes: Any
    kind: tuple[bool, bool]

    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor, upper: bool, unitriangular: bool) -> Tensor:
        """Solve by substitution."""
        (y,) = on_host("linalg.solve_triangular", "", lambda a, b: substitute(a, b, upper, unitriangular), a, b)
        ctx.save_for_backward(a, y)
        ctx.shapes, ctx.kind = (a._shape, b._shape), (upper, unitriangular)
        return y

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Solve with the adjoint matrix; the triangle gets minus the product of that with y."""
        a, y = ctx.saved_tensors
        upper, unitriangular = ctx.kind
        db = SolveTriangular.run(a.mH, grad, not upper, unitriangular)
        da = None
        if ctx.wanted[0]:
            first = (1 if upper else -1) if unitriangular else 0
            da = sum_to(triangle(-matmul(db, y.mH), upper, first), ctx.shapes[0])
        return da, sum_to(db, ctx.shapes[1]), None, None


def substitute(a: Array, b: Array, upper: bool, unitriangular: bool) -> Array:
    """Solve a triangular system row by row; a 0 on the diagonal gives inf or nan."""
    batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    y = np.array(np.broadcast_to(b, (*batch, *b.shape[-2:])))
    n = a.shape[-1]
    for i in range(n - 1, -1, -1) if upper else range(n):
        known = slice(i + 1, n) if upper else slice(0, i)
        y[..., i, :] -= (a[..., i, None, known] @ y[..., known, :])[..., 0, :]
        if not unitriangular:
            y[..., i, :] /= a[..., i, i, None]
    return y


def solve(A: Tensor, B: Tensor, *, left: bool = True) -> Tensor:
    """Return X such that A X = B, or X A = B.

    Args:
        A: (..., n, n).
        B: (..., n, k), or (..., k, n) where `left` is False; batches broadcast. Or vectors: (n,), or (..., n) with
            exactly the batch of A.
        left: On which side of X the matrix stands.

    Returns:
        The shape of B, with the batch that both broadcast to.

    Raises:
        LinAlgError: A matrix is singular.
        RuntimeError: A is not square, the sizes do not fit, or dtypes differ.

    Example:
        >>> import mocrograd as mg
        >>> a = mg.tensor([[4.0, 2.0], [2.0, 3.0]])
        >>> mg.linalg.solve(a, mg.tensor([8.0, 8.0]))
        tensor([1., 2.])
    """
    check_matrices("linalg.solve", A)
    check_operands("linalg.solve", A, B)
    vector = len(B._shape) == 1 or B._shape == A._shape[:-1]
    if vector and not left:
        raise RuntimeError("linalg.solve: Vector broadcasting of the left hand side is not supported for left=False.")
    right = B.unsqueeze(-1) if vector else B
    _check_sides("linalg.solve", A, right, left)
    if not left:
        return Solve.run(A.mT, _as_deep(right.mT, A)).mT
    out = Solve.run(A, _as_deep(right, A))
    return out.squeeze(-1) if vector else out


def _as_deep(b: Tensor, a: Tensor) -> Tensor:
    """Return b with at least as many dimensions as a: NumPy takes fewer for vectors."""
    return reshape(b, (*(1,) * (len(a._shape) - len(b._shape)), *b._shape))


def _check_sides(name: str, a: Tensor, b: Tensor, left: bool) -> None:
    if b._shape[-2 if left else -1] != a._shape[-1]:
        raise RuntimeError(
            f"{name}: Incompatible shapes of A and B for the equation {'AX = B' if left else 'XA = B'}: "
            f"{list(a._shape)} and {list(b._shape)}"
        )
    broadcast_shapes(a._shape[:-2], b._shape[:-2])


def solve_triangular(A: Tensor, B: Tensor, *, upper: bool, left: bool = True, unitriangular: bool = False) -> Tensor:
    """Return X such that A X = B, or X A = B, for triangular A.

    Args:
        A: (..., n, n), of which only one triangle is looked at.
        B: (..., n, k), or (..., k, n) where `left` is False; batches broadcast.
        upper: Which triangle that is.
        left: On which side of X the matrix stands.
        unitriangular: Whether the diagonal is taken to be 1.

    Returns:
        The shape of B, with the batch that both broadcast to. A 0 on the diagonal gives inf or nan.

    Raises:
        RuntimeError: A is not square, the sizes do not fit, or dtypes differ.

    Example:
        >>> import mocrograd as mg
        >>> a = mg.tensor([[2.0, 0.0], [1.0, 4.0]])
        >>> mg.linalg.solve_triangular(a, mg.tensor([[2.0], [9.0]]), upper=False)
        tensor([[1.],
                [2.]])
    """
    name = "linalg.solve_triangular"
    check_matrices(name, A)
    check_matrices(name, B, square=False)
    check_operands(name, A, B)
    _check_sides(name, A, B, left)
    if left:
        return SolveTriangular.run(A, B, upper, unitriangular)
    return SolveTriangular.run(A.mT, B.mT, not upper, unitriangular).mT


class TriangularSolveResult(NamedTuple):
    """The result of `triangular_solve`."""

    solution: Tensor
    cloned_coefficient: Tensor


@method
@takes_out()
def triangular_solve(
    b: Tensor, A: Tensor, upper: bool = True, transpose: bool = False, unitriangular: bool = False
) -> TriangularSolveResult:
    """Return X such that A X = b, or A^T X = b, for triangular A, and a copy of A.

    Args:
        b: (..., n, k).
        A: (..., n, n), of which only one triangle is looked at; batches broadcast.
        upper: Which triangle that is.
        transpose: Whether to solve with the transpose of A.
        unitriangular: Whether the diagonal is taken to be 1.

    Raises:
        RuntimeError: A is not square, the sizes do not fit, or dtypes differ.

    Example:
        >>> import mocrograd as mg
        >>> mg.triangular_solve(mg.tensor([[4.0], [8.0]]), mg.tensor([[2.0, 1.0], [0.0, 4.0]])).solution
        tensor([[1.],
                [2.]])
    """
    check_matrices("triangular_solve", A)
    matrix = A.mT if transpose else A
    x = solve_triangular(matrix, b, upper=upper != transpose, unitriangular=unitriangular)
    return TriangularSolveResult(x, A.clone())


# ------------------------------------------------------------------------------------------ Cholesky


class Cholesky(Function):
    """The lower triangle y such that x = y y^H."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """Factor on the host."""
        problem = "The factorization could not be completed because the input is not positive-definite."
        (y,) = on_host("linalg.cholesky", problem, np.linalg.cholesky, x)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        """Compute the Hermitian part of y^-H p y^-1, where p is the lower triangle of y^H g with half its diagonal."""
        (y,) = ctx.saved_tensors
        p = matmul(y.mH, grad)
        p = (triangle(p, False) + triangle(p, False, -1)) * 0.5
        half = solve_triangular(y, solve_triangular(y.mH, p, upper=True), upper=False, left=False)
        return (half + half.mH) * 0.5


@method
@takes_out()
def cholesky(input: Tensor, upper: bool = False) -> Tensor:
    """Return the Cholesky factors of symmetric positive-definite matrices, or of Hermitian ones.

    Args:
        input: (..., n, n), of which only one triangle is looked at.
        upper: Whether to return U with U^H U = input, from the upper triangle, in place of L with L L^H = input.

    Raises:
        LinAlgError: A matrix is not positive-definite.
        RuntimeError: They are not square, or of integers.

    Example:
        >>> import mocrograd as mg
        >>> a = mg.tensor([[4.0, 2.0], [2.0, 3.0]])
        >>> mg.linalg.cholesky(a)
        tensor([[2.0000, 0.0000],
                [1.0000, 1.4142]])
    """
    check_matrices("linalg.cholesky", input)
    return Cholesky.run(input.mH).mH if upper else Cholesky.run(input)


def linalg_cholesky(input: Tensor, *, upper: bool = False) -> Tensor:
    """Return the Cholesky factors of symmetric positive-definite matrices; see `cholesky`.

    Example:
        >>> import mocrograd as mg
        >>> mg.linalg.cholesky(mg.tensor([[4.0, 2.0], [2.0, 2.0]]))
        tensor([[2., 0.],
                [1., 1.]])
    """
    return cholesky(input, upper)


# --------------------------------------------------------------------------------------------- power


@method
@takes_out()
@computed_wide
def matrix_power(input: Tensor, n: int) -> Tensor:
    """Return the n-th power of square matrices, that of the inverse where n is negative.

    Raises:
        LinAlgError: n is negative and a matrix singular.
        RuntimeError: They are not square.

    Example:
        >>> import mocrograd as mg
        >>> a = mg.tensor([[1.0, 1.0], [0.0, 1.0]])
        >>> mg.linalg.matrix_power(a, 3)
        tensor([[1., 3.],
                [0., 1.]])
    """
    if len(input._shape) < 2 or input._shape[-1] != input._shape[-2]:
        raise RuntimeError(
            f"linalg.matrix_power: A must be batches of square matrices, but got a tensor of shape {list(input._shape)}"
        )
    n = integer("matrix_power", "n", n)
    if n == 0:
        return input.clone().fill_(0) + eye(input._shape[-1], dtype=input.dtype, device=input.device)
    square, rest = (inv(input), -n) if n < 0 else (input, n)
    out: Tensor | None = None
    while rest:
        if rest & 1:
            out = square if out is None else matmul(out, square)
        rest >>= 1
        square = matmul(square, square) if rest else square
    return out.clone() if out is input else out  # type: ignore[return-value]


# ----------------------------------------------------------------------------------- more systems

_TERMS = 18
"""Of the series of the exponential, which reaches float64's precision for norms up to 1."""


@method
@computed_wide
def matrix_exp(input: Tensor) -> Tensor:
    """Return the exponentials of square matrices: by a series, of a matrix halved until its norm is at most 1.

    Args:
        input: (..., n, n).

    Raises:
        RuntimeError: The matrices are not square, or of integers.

    Example:
        >>> import mocrograd as mg
        >>> a = mg.tensor([[0.0, 1.0], [0.0, 0.0]])
        >>> mg.linalg.matrix_exp(a)
        tensor([[1., 1.],
                [0., 1.]])
    """
    check_matrices("linalg.matrix_exp", input)
    n = input._shape[-1]
    if n == 1:
        return exp(input)
    one = eye(n, dtype=input.dtype, device=input.device)
    if not input._size:
        return input * 1
    size = float(input.detach().abs().sum(-2).max().item())  # the 1-norm
    halvings = math.ceil(math.log2(size)) if 1 < size < math.inf else 0
    scaled = input * 2.0**-halvings
    power = one + scaled / _TERMS  # the series from its end: 1 + x (1 + x / 2 (1 + x / 3 (...)))
    for k in range(_TERMS - 1, 0, -1):
        power = one + matmul(scaled, power) / k
    for _ in range(halvings):
        power = matmul(power, power)
    return power


@method
@takes_out()
def cholesky_solve(input: Tensor, L: Tensor, upper: bool = False) -> Tensor:
    """Return X such that A X = input, of matrices A that are given by their Cholesky factors.

    Args:
        input: (..., n, k).
        L: (..., n, n), the factors.
        upper: Whether they are upper triangles U with U^H U = A, in place of L with L L^H = A.

    Raises:
        RuntimeError: The sizes do not fit, or dtypes differ.

    Example:
        >>> import mocrograd as mg
        >>> mg.cholesky_solve(mg.tensor([[8.0]]), mg.linalg.cholesky(mg.tensor([[4.0]])))  # 8 / 4
        tensor([[2.]])
    """
    check_matrices("cholesky_solve", L)
    check_matrices("cholesky_solve", input, square=False)
    check_operands("cholesky_solve", input, L)
    if input._shape[-2] != L._shape[-1]:
        raise RuntimeError(
            f"cholesky_solve: Incompatible matrix sizes: factor {list(L._shape)}, input {list(input._shape)}"
        )
    first, second = (L.mH, L) if upper else (L, L.mH)
    return solve_triangular(second, solve_triangular(first, input, upper=False), upper=True)


@method
@takes_out()
def cholesky_inverse(input: Tensor, upper: bool = False) -> Tensor:
    """Return the inverses of matrices that are given by their Cholesky factors; see `cholesky_solve`.

    Args:
        input: (..., n, n), the factors.
        upper: Whether they are upper triangles.

    Raises:
        RuntimeError: The factors are not square, or of integers.
        LinAlgError: A diagonal element is 0, unless a compiled step is recorded: the result then is infinite.

    Example:
        >>> import mocrograd as mg
        >>> mg.cholesky_inverse(mg.linalg.cholesky(mg.tensor([[4.0]])))
        tensor([[0.2500]])
    """
    check_matrices("cholesky_inverse", input)
    if recording.active is None and mode.vmap is None and bool((input.detach().diagonal(0, -2, -1) == 0).any()):
        raise LinAlgError("cholesky_inverse: a diagonal element is zero, so the matrix is singular")
    return cholesky_solve(eye(input._shape[-1], dtype=input.dtype, device=input.device), input, upper)


def linalg_diagonal(A: Tensor, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """Return a view of the diagonals of matrices; see `diagonal`."""
    return diagonal(A, offset, dim1, dim2)


@computed_wide
def vecdot(x: Tensor, y: Tensor, *, dim: int = -1) -> Tensor:
    """Return inner products along a dimension, of complex numbers those of x conjugated; the operands broadcast.

    Args:
        x: A floating or complex tensor.
        y: A tensor of the same dtype.
        dim: The dimension.

    Raises:
        RuntimeError: The elements are integers, or the shapes do not broadcast.

    Example:
        >>> import mocrograd as mg
        >>> mg.linalg.vecdot(mg.tensor([1.0, 2.0]), mg.tensor([3.0, 4.0]))
        tensor(11.)
    """
    check_operands("linalg.vecdot", x, y)
    if x.dtype.kind < 2:
        raise RuntimeError(f"linalg.vecdot: Expected a floating point or complex tensor as input. Got {x.dtype.name}")
    return sum_of(conjugated(x) * y, dim)


def tensorinv(A: Tensor, ind: int = 2) -> Tensor:
    """Return the inverse of a tensor that maps its last dimensions to its first ones.

    Args:
        A: Its first `ind` sizes have the product of the others.
        ind: How many dimensions come first.

    Raises:
        RuntimeError: `ind` is not positive or more than the dimensions, or the products differ.
        LinAlgError: There is no inverse.

    Example:
        >>> import mocrograd as mg
        >>> mg.linalg.tensorinv(mg.eye(6).reshape(2, 3, 6), ind=2).shape
        mocrograd.Size([6, 2, 3])
    """
    if integer("linalg.tensorinv", "ind", ind) <= 0:
        raise RuntimeError(f"Expected a strictly positive integer for 'ind', but got {ind}")
    if ind > len(A._shape):
        raise RuntimeError(f"linalg.tensorinv: Expected 'ind' of at most {len(A._shape)} dimensions, but got {ind}")
    first, rest = A._shape[:ind], A._shape[ind:]
    if math.prod(first) != math.prod(rest):
        raise RuntimeError(
            f"linalg.tensorinv: Expected the sizes {list(first)} and {list(rest)} to have the same product"
        )
    return inv(A.reshape(math.prod(first), math.prod(rest))).reshape(*rest, *first)


def tensorsolve(A: Tensor, B: Tensor, dims: Sequence[int] | None = None) -> Tensor:
    """Return X such that tensordot(A, X, X.ndim) = B.

    Args:
        A: Its first sizes are those of B, the product of the others is theirs.
        B: A tensor.
        dims: Dimensions of A that are moved to the end first.

    Raises:
        RuntimeError: The products differ.
        LinAlgError: There is no solution.

    Example:
        >>> import mocrograd as mg
        >>> mg.linalg.tensorsolve(mg.eye(6).reshape(2, 3, 6), mg.ones(2, 3))
        tensor([1., 1., 1., 1., 1., 1.])
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
