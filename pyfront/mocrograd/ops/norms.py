"""Norms of vectors and matrices."""

from __future__ import annotations

import math
from typing import Any

from mocrograd.autograd import Function
from mocrograd.autograd.function import shows
from mocrograd.dtypes import promote
from mocrograd.errors import NoKernel
from mocrograd.layout import Shape, normalize_dim
from mocrograd.ops._arguments import takes_out
from mocrograd.ops._narrow import computed_wide
from mocrograd.ops._outputs import in_place_of
from mocrograd.ops._reduction import Reduction, as_tensor, dims_of, reduce_kernel, reduction
from mocrograd.ops.cast import to_dtype
from mocrograd.ops.decompositions import svdvals
from mocrograd.ops.joining import cat
from mocrograd.ops.linalg import LinAlgError, check_matrices, inv
from mocrograd.ops.reduce import amax, amin, sum
from mocrograd.tensor import Tensor, method
from mocrograd.types import Dtype, Ints, Number

__all__ = ["dist", "norm", "renorm"]


class Norm(Function):
    """y = (sum |x|^p)^(1/p), dx = dy sign(x) (|x| / y)^(p - 1)."""

    torch_name = "LinalgVectorNorm"

    reduction: Reduction
    p: float

    @staticmethod
    def forward(ctx: Any, x: Tensor, p: float, dims: Shape, keepdim: bool) -> Tensor:
        """Add up the powers and take the root."""
        ctx.reduction, ctx.p = reduction(x._shape, x._strides, dims, keepdim), p
        if x.dtype.wide is not None and p not in (1, 2):  # powers leave the range of 16 bits
            raise NoKernel(f"vector_norm: {p}-norms of {x.dtype.name}")
        if p == 1:
            out = reduce_kernel("sum_of_magnitudes", x, ctx.reduction)
        elif p == 2:
            out = reduce_kernel("sum_of_squares", x, ctx.reduction).sqrt_()
        else:
            out = sum(x.detach().abs().pow(p), dims, keepdim).pow_(1 / p)
        ctx.save_for_backward(x, out)
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Distribute the gradient; a norm of 0 and elements of 0 get none."""
        x, y = ctx.saved_tensors
        p = ctx.p
        grad, y = grad.reshape(ctx.reduction.kept), y.reshape(ctx.reduction.kept)
        if p == 1:
            return x.sign() * grad, None, None, None
        grad, y = grad.masked_fill(y == 0, 0.0), y.masked_fill(y == 0, 1.0)
        if p == 2:
            return x * (grad / y), None, None, None
        power = x.masked_fill(x == 0, 1.0).abs().pow(p - 1)
        return grad * y.pow(1 - p) * x.sign() * power, None, None, None


class Count(Function):
    """y = the number of x that are not 0, which has no gradient."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, dims: Shape, keepdim: bool) -> Tensor:
        """Count the elements that are not 0."""
        return sum(to_dtype(x.detach() != 0, x.dtype), dims, keepdim)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[None, None, None]:
        """Return no gradient."""
        return None, None, None


def _floating(name: str, input: Any, dtype: Any) -> Tensor:
    x = as_tensor(name, input)
    if x.dtype.kind < 2:
        raise RuntimeError(f"{name}: Expected a floating point or complex tensor as input. Got {x.dtype.name}")
    if dtype is not None and x.dtype.is_complex and not dtype.is_complex:
        raise RuntimeError(f"{name}: dtype should be complex for complex inputs, but got {dtype.name}")
    if dtype is None:
        return x
    if dtype.kind < 2:
        raise RuntimeError(f"{name}: dtype should be floating point or complex, but got {dtype.name}")
    if dtype.is_complex and not x.dtype.is_complex:
        raise RuntimeError(f"{name}: dtype should be real for real inputs, but got {dtype.name}")
    if promote(x.dtype, dtype) is not dtype:
        raise RuntimeError(
            f"{name}: the dtype of the input ({x.dtype.name}) should be convertible without narrowing to the "
            f"specified dtype ({dtype.name})"
        )
    return to_dtype(x, dtype)


def vector_norm(
    x: Tensor, ord: float = 2, dim: Ints | None = None, keepdim: bool = False, *, dtype: Dtype = None
) -> Tensor:
    """Return (sum |x|^ord)^(1/ord) over dimensions, all by default.

    Args:
        x: A floating tensor.
        ord: Any number; 0 counts what is not zero, inf and -inf are the largest and the smallest magnitude.
        dim: A dimension or a tuple of them.
        keepdim: Whether reduced dimensions stay, with size 1.
        dtype: The dtype to convert to first.

    Raises:
        RuntimeError: The dtype is not a floating one, or narrower than that of x.

    Example:
        >>> import mocrograd as mg
        >>> mg.linalg.vector_norm(mg.tensor([3.0, 4.0]))
        tensor(5.)
    """
    x = _floating("linalg.vector_norm", x, dtype)
    x = x.abs() if x.dtype.is_complex else x
    if isinstance(ord, bool) or not isinstance(ord, (int, float)):
        raise TypeError(f"linalg.vector_norm(): argument 'ord' must be Number, not {type(ord).__name__}")
    dims = dims_of(x, dim)
    if (ord < 0 or ord == math.inf) and 0 in [x._shape[d] for d in dims]:
        raise RuntimeError(
            f"linalg.vector_norm cannot compute the {ord} norm on an empty tensor because the operation does not have "
            f"an identity, got {list(x._shape)} and dims {dims}"
        )
    if ord == 0:
        return Count.run(x, dims, keepdim)
    if math.isinf(ord):
        return (amax if ord > 0 else amin)(x.abs(), dims, keepdim)
    return Norm.run(x, float(ord), dims, keepdim)


def _extreme(ord: float, x: Tensor, dim: int, keepdim: bool = False) -> Tensor:
    """Return the largest magnitudes along a dimension, 0 where there is none, or the smallest."""
    if ord > 0 and not x._shape[dim]:
        return sum(x.detach(), dim, keepdim)
    return (amax if ord > 0 else amin)(x, dim, keepdim)


def matrix_norm(
    A: Tensor, ord: Any = "fro", dim: Ints = (-2, -1), keepdim: bool = False, *, dtype: Dtype = None
) -> Tensor:
    """Return a norm of matrices.

    Args:
        A: A floating tensor of two dimensions or more.
        ord: "fro" (the root of the sum of squares), 1 or -1 (the largest or smallest sum of magnitudes of a column),
            inf or -inf (of a row), 2 or -2 (the largest or smallest singular value), "nuc" (their sum).
        dim: The two dimensions of the matrices.
        keepdim: Whether they stay, with size 1.
        dtype: The dtype to convert to first.

    Raises:
        RuntimeError: There are fewer than two dimensions, or the norm is unknown.

    Example:
        >>> import mocrograd as mg
        >>> a = mg.tensor([[4.0, 2.0], [2.0, 3.0]])
        >>> mg.linalg.matrix_norm(a)
        tensor(5.7446)
    """
    x = _floating("linalg.matrix_norm", A, dtype)
    if len(x._shape) < 2:
        raise RuntimeError(
            f"linalg.matrix_norm: The input tensor A must have at least 2 dimensions, got {len(x._shape)}"
        )
    if not isinstance(dim, (tuple, list)) or len(dim) != 2:
        raise RuntimeError(f"linalg.matrix_norm: dim must be a 2-tuple, got {dim}")
    if len(dims_of(x, dim)) != 2:
        raise RuntimeError(f"linalg.matrix_norm: dims must be different, got {dim}")
    if ord == "fro":
        return vector_norm(x, 2, dim, keepdim)
    if (isinstance(ord, str) and ord != "nuc") or (ord != "nuc" and abs(ord) not in (1, 2, math.inf)):
        raise RuntimeError(f"linalg.matrix_norm: Order {ord} not supported.")
    rows, columns = (d % len(x._shape) for d in dim)
    if ord in ("nuc", 2, -2):
        rest = [d for d in range(len(x._shape)) if d not in (rows, columns)]
        values = svdvals(x.permute(*rest, rows, columns))
        value = sum(values, -1) if ord == "nuc" else _extreme(ord, values, -1)
        return value.reshape([1 if d in (rows, columns) else n for d, n in enumerate(x._shape)]) if keepdim else value
    inner, outer = (rows, columns) if abs(ord) == 1 else (columns, rows)
    sums = vector_norm(x, 1, inner, True)
    out = _extreme(ord, sums, outer, True)
    return out if keepdim else out.squeeze(inner).squeeze(outer if outer < inner else outer - 1)


def norm_of(
    A: Tensor, ord: Any = None, dim: Ints | None = None, keepdim: bool = False, *, dtype: Dtype = None
) -> Tensor:
    """Return the norm of a vector or of matrices.

    Args:
        A: A floating tensor.
        ord: None for the root of the sum of squares; else as of `matrix_norm` where there are two dimensions, and as of
            `vector_norm` otherwise.
        dim: A dimension or two, all by default.
        keepdim: Whether they stay, with size 1.
        dtype: The dtype to convert to first.

    Raises:
        RuntimeError: The norm does not fit the number of dimensions.

    Example:
        >>> import mocrograd as mg
        >>> A = mg.tensor([[3.0, 0.0], [0.0, 4.0]])
        >>> mg.linalg.norm(A), mg.linalg.norm(A, 2), mg.linalg.norm(A, dim=1)
        (tensor(5.), tensor(4.), tensor([3., 4.]))
    """
    if isinstance(dim, (tuple, list)) and len(dim) not in (1, 2):
        raise RuntimeError(f"linalg.norm: If dim is specified, it must be of length 1 or 2. Got {list(dim)}")
    if ord is None:
        return vector_norm(A, 2, dim, keepdim, dtype=dtype)
    x = _floating("linalg.norm", A, dtype)
    if dim is None and len(x._shape) not in (1, 2):
        raise RuntimeError(
            f"linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got {len(x._shape)}D."
        )
    matrix = isinstance(ord, str) or (
        len(x._shape) == 2 if dim is None else isinstance(dim, (tuple, list)) and len(dim) == 2
    )
    if matrix:
        return matrix_norm(x, ord, (-2, -1) if dim is None else dim, keepdim)
    return vector_norm(x, ord, dim, keepdim)


norm_of.__name__ = norm_of.__qualname__ = "norm"


@method
@takes_out()
def norm(
    input: Tensor, p: Number | str | None = "fro", dim: Ints | None = None, keepdim: bool = False, dtype: Dtype = None
) -> Tensor:
    """Return (sum |input|^p)^(1/p) over dimensions, all by default.

    Args:
        input: A floating tensor.
        p: A number, or "fro" for 2.
        dim: A dimension or a tuple of them.
        keepdim: Whether reduced dimensions stay, with size 1.
        dtype: The dtype to convert to first.

    Raises:
        RuntimeError: The dtype is not a floating one.

    Example:
        >>> import mocrograd as mg
        >>> a = mg.tensor([[4.0, 2.0], [2.0, 3.0]])
        >>> mg.linalg.norm(a)
        tensor(5.7446)
    """
    x = _floating("norm()", input, dtype)
    if p == "nuc":
        return matrix_norm(x, p, (-2, -1) if dim is None else dim, keepdim)
    if p is None or p == "fro":
        p = 2
    if isinstance(p, str):
        raise RuntimeError(f"norm(): only valid string values are 'fro' and 'nuc', found {p}")
    return vector_norm(x, p, dim, keepdim)


@method
@shows("Dist")
def dist(input: Tensor, other: Tensor, p: float = 2) -> Tensor:
    """Return the norm of the difference of two tensors that broadcast.

    Example:
        >>> import mocrograd as mg
        >>> mg.dist(mg.tensor([0.0, 0.0]), mg.tensor([3.0, 4.0]))
        tensor(5.)
    """
    return vector_norm(input - other, p)


@method
@takes_out()
@computed_wide
@shows("Renorm")
def renorm(input: Tensor, p: float, dim: int, maxnorm: float) -> Tensor:
    """Return a tensor whose slices along a dimension are scaled down where their norm is too large.

    Args:
        input: A floating tensor of two dimensions or more.
        p: Which norm, above 0.
        dim: The dimension that counts the slices.
        maxnorm: The largest norm.

    Raises:
        RuntimeError: p is not positive, the largest norm is negative, or there are too few dimensions.

    Example:
        >>> import mocrograd as mg
        >>> mg.renorm(mg.tensor([[3.0, 4.0], [0.3, 0.4]]), 2, 0, 1.0)
        tensor([[0.6000, 0.8000],
                [0.3000, 0.4000]])
    """
    x = as_tensor("renorm", input)
    for what, value in (("p", p), ("maxnorm", maxnorm)):
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise TypeError(f"renorm(): argument '{what}' must be Number, not {type(value).__name__}")
    if p <= 0:
        raise RuntimeError(f"renorm: non-positive-norm not supported, got {p}")
    if maxnorm < 0:
        raise RuntimeError(f"renorm: expected maxnorm to be >= 0 but got {maxnorm}")
    if len(x._shape) < 2:
        raise RuntimeError(f"renorm: input needs at least 2 dimensions, got {len(x._shape)} dimensions")
    dim = normalize_dim(dim, len(x._shape))
    norms = vector_norm(x, p, [d for d in range(len(x._shape)) if d != dim], True)
    return x * ((norms + 1e-7).reciprocal() * maxnorm).masked_fill(~(norms > maxnorm), 1.0)


in_place_of(renorm)


def cond(A: Tensor, p: Number | None = None) -> Tensor:
    """Return condition numbers: the norm of a matrix times that of its inverse.

    Args:
        A: (..., m, n); square but for the norms None, 2 and -2.
        p: None for the ratio of the singular values, or a norm of `linalg.matrix_norm`.

    Returns:
        One number per matrix; inf where it is singular.

    Raises:
        RuntimeError: The matrices are not square, of integers, or the norm is unknown.

    Example:
        >>> import mocrograd as mg
        >>> a = mg.tensor([[4.0, 2.0], [2.0, 3.0]])
        >>> round(mg.linalg.cond(a).item(), 2)
        3.87
    """
    check_matrices("linalg.cond", A, square=p not in (None, 2, -2))
    if p not in (None, "fro", "nuc", 1, -1, 2, -2, math.inf, -math.inf):
        raise RuntimeError(f"linalg.cond got an invalid norm type: {p}")
    if p in (None, 2, -2):
        if not A._size:
            return A.new_zeros(A._shape[:-2], dtype=A.dtype.to_real())
        values = svdvals(A)
        largest, smallest = values.select(-1, 0), values.select(-1, -1)
        return smallest / largest if p == -2 else largest / smallest
    if not A._size:
        return A.new_zeros(A._shape[:-2], dtype=A.dtype.to_real())
    try:
        inverse = inv(A)
    except LinAlgError:
        if len(A._shape) > 2:  # one by one: others may have inverses
            flat = A.flatten(0, -3)
            each = [cond(flat.select(0, i), p).reshape(1) for i in range(len(flat))]
            return cat(each).reshape(A._shape[:-2])
        return A.new_full((), math.inf, dtype=A.dtype.to_real())
    return matrix_norm(A, p) * matrix_norm(inverse, p)
