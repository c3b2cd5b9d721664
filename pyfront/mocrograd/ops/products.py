"""Products of vectors, matrices and batches under the names of BLAS."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mocrograd import dtypes
from mocrograd.autograd import Function, mode
from mocrograd.layout import broadcast_shapes
from mocrograd.ops import elementwise
from mocrograd.ops.cast import to_dtype
from mocrograd.ops.inplace import before
from mocrograd.ops.matmul import MatMul, check_operands, matmul, product, shapes_do_not_fit
from mocrograd.ops.movement import reshape
from mocrograd.ops.outputs import deliver
from mocrograd.ops.reduce import sum_to
from mocrograd.tensor import Tensor, method

__all__ = [
    "addbmm",
    "addmm",
    "addmv",
    "addr",
    "baddbmm",
    "dot",
    "ger",
    "mv",
    "outer",
    "vdot",
]


def check_rank(name: str, **tensors: tuple[Tensor, int]) -> None:
    """Raise unless tensors have the number of dimensions that each is given with.

    Raises:
        RuntimeError: One has another number; the message names it.
    """
    for which, (x, ndim) in tensors.items():
        if len(x._shape) != ndim:
            kind = {1: "a vector", 2: "a matrix", 3: "a batch of matrices, 3D,"}[ndim]
            raise RuntimeError(f"{name}: expected {which} to be {kind} but got {len(x._shape)}D of {list(x._shape)}")


# ------------------------------------------------------------------------------------------ vectors


@method
def dot(input: Tensor, tensor: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the inner product of two vectors.

    Raises:
        RuntimeError: One is no vector, or lengths or dtypes differ.
    """
    check_operands("dot", input, tensor)
    if len(input._shape) != 1 or len(tensor._shape) != 1:
        raise RuntimeError(f"dot: 1D tensors expected, but got {len(input._shape)}D and {len(tensor._shape)}D tensors")
    if input._shape != tensor._shape:
        raise RuntimeError(
            f"dot: inconsistent tensor size, expected tensor {list(input._shape)} and src {list(tensor._shape)} to "
            "have the same number of elements"
        )
    result = matmul(input, tensor)
    return result if out is None else deliver("dot", out, result, exact=True)


@method
def vdot(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the inner product of two vectors, as `dot` does for real numbers.

    Raises:
        RuntimeError: One is no vector, or lengths or dtypes differ.
    """
    return dot(input, other, out=out)


@method
def mv(input: Tensor, vec: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the product of a matrix and a vector.

    Raises:
        RuntimeError: The ranks are others, or the sizes do not fit.
    """
    check_operands("mv", input, vec)
    check_rank("mv", input=(input, 2), vec=(vec, 1))
    result = matmul(input, vec)
    return result if out is None else deliver("mv", out, result, exact=True)


@method
def outer(input: Tensor, vec2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return all products of an element of one vector with one of the other: (n,) and (m,) to (n, m).

    Raises:
        RuntimeError: One is no vector.
    """
    check_rank("outer", self=(input, 1), vec2=(vec2, 1))
    result: Tensor = elementwise.mul(reshape(input, input._size, 1), vec2, out=out)
    return result


@method
def ger(input: Tensor, vec2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return `outer(input, vec2)`."""
    return outer(input, vec2, out=out)


# ------------------------------------------------------------------------------- products plus more


class AddMM(Function):
    """y = beta x + alpha a b; x broadcasts."""

    shape: Any
    factors: tuple[Any, Any]

    @staticmethod
    def forward(ctx: Any, x: Tensor, a: Tensor, b: Tensor, beta: Any, alpha: Any) -> Tensor:
        """Multiply, with what is the same for all rows as a bias, and add what is not."""
        ctx.save_for_backward(a, b)
        ctx.shape, ctx.factors = x._shape, (beta, alpha)
        row = (b._shape[-1],)
        if beta == 1 and x._size == b._shape[-1] and x._shape[-1:] == row and len(a._shape) == 2:
            return product(a, b, reshape(x, row).contiguous(), alpha=alpha)
        out = product(a, b, alpha=alpha)
        if beta == 0:
            return out
        return out.add_(x if beta == 1 else x * beta)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Scale the gradient; multiply it with the other operand, transposed."""
        a, b = ctx.saved_tensors
        beta, alpha = ctx.factors
        wants_x, wants_a, wants_b = [edge is not None for edge in ctx.edges[:3]]
        dx = da = db = None
        if wants_x:
            dx = sum_to(grad if beta == 1 else grad * beta, ctx.shape)
        if mode.grad:
            scaled = grad if alpha == 1 else grad * alpha
            da = MatMul.run(scaled, b.mT) if wants_a else None
            db = MatMul.run(a.mT, scaled) if wants_b else None
        else:
            da = product(grad, b, b_transposed=True, alpha=alpha) if wants_a else None
            db = product(a, grad, a_transposed=True, alpha=alpha) if wants_b else None
        return dx, da, db, None, None


def _add_product(name: str, input: Tensor, a: Tensor, b: Tensor, beta: Any, alpha: Any) -> Tensor:
    """Return beta input + alpha a b for matrices or batches of them, whose ranks are checked.

    Raises:
        RuntimeError: Sizes do not fit, dtypes differ, or a factor of integers is no integer.
    """
    check_operands(name, a, b)
    check_operands(name, input, a)
    if a._shape[-1] != b._shape[-2]:
        raise shapes_do_not_fit(name, a, b)
    shape = (*a._shape[:-1], b._shape[-1])
    if len(input._shape) > len(shape) or broadcast_shapes(input._shape, shape) != shape:
        raise RuntimeError(f"{name}: input of shape {list(input._shape)} must be broadcastable to {list(shape)}")
    dtype = a.dtype
    for factor, value in (("beta", beta), ("alpha", alpha)):
        kind = dtypes.scalar_kind(value)
        if kind < 0:
            raise TypeError(f"{name}(): argument '{factor}' must be Number, not {type(value).__name__}")
        if kind == 2 and not dtype.is_floating_point:
            raise RuntimeError(
                f"{name}: For integral input tensors, argument {factor} must not be a floating point number, "
                f"got {value}"
            )
    if dtype is dtypes.bool_:
        raise NotImplementedError(f'"{name}" not implemented for bool')
    if dtype.computes is not dtype:
        wide = [to_dtype(x, dtypes.int64) for x in (input, a, b)]
        return to_dtype(_add_product(name, *wide, beta, alpha), dtype)  # type: ignore[call-arg]
    out: Tensor = AddMM.apply(input, a, b, beta, alpha)
    return out


@method
def addmm(
    input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: Any = 1, alpha: Any = 1, out: Tensor | None = None
) -> Tensor:
    """Return beta input + alpha mat1 mat2.

    Args:
        input: What is added; it broadcasts to (n, m). With beta 0 its values do not matter, nan neither.
        mat1: (n, k).
        mat2: (k, m).
        beta: A factor.
        alpha: A factor.
        out: Where the result is written.

    Raises:
        RuntimeError: Sizes do not fit, dtypes or devices differ, or a factor of integers is no integer.
    """
    check_rank("addmm", mat1=(mat1, 2), mat2=(mat2, 2))
    result = _add_product("addmm", input, mat1, mat2, beta, alpha)
    return result if out is None else deliver("addmm", out, result, exact=True)


@method
def addmv(
    input: Tensor, mat: Tensor, vec: Tensor, *, beta: Any = 1, alpha: Any = 1, out: Tensor | None = None
) -> Tensor:
    """Return beta input + alpha mat vec; the arguments are those of `addmm`, for a vector.

    Raises:
        RuntimeError: Sizes do not fit, dtypes or devices differ, or a factor of integers is no integer.
    """
    check_rank("addmv", mat=(mat, 2), vec=(vec, 1))
    if len(input._shape) > 1:
        raise RuntimeError(f"addmv: expected input to be a vector or a scalar, got {list(input._shape)}")
    if mat._shape[1] != vec._shape[0]:
        raise shapes_do_not_fit("addmv", mat, vec)
    result = _add_product("addmv", input.reshape(-1, 1), mat, vec.reshape(-1, 1), beta, alpha).squeeze(1)
    return result if out is None else deliver("addmv", out, result, exact=True)


@method
def addr(
    input: Tensor, vec1: Tensor, vec2: Tensor, *, beta: Any = 1, alpha: Any = 1, out: Tensor | None = None
) -> Tensor:
    """Return beta input + alpha vec1 vec2^T.

    Args:
        input: What is added; it broadcasts to (n, m). With beta 0 its values do not matter, nan neither.
        vec1: (n,).
        vec2: (m,).
        beta: A factor.
        alpha: A factor.
        out: Where the result is written.

    Raises:
        RuntimeError: One is no vector, or the input does not broadcast.
    """
    check_rank("addr", vec1=(vec1, 1), vec2=(vec2, 1))
    shape = (vec1._size, vec2._size)
    if len(input._shape) > 2 or broadcast_shapes(input._shape, shape) != shape:
        raise RuntimeError(f"addr: input of shape {list(input._shape)} must be broadcastable to {list(shape)}")
    for x in (input, vec1, vec2):
        for factor in (beta, alpha):
            if not x.dtype.is_floating_point and dtypes.scalar_kind(factor) == 2:
                raise RuntimeError(
                    f"addr: For integral input tensors, beta and alpha must not be floating point numbers, got {factor}"
                )
    scaled = vec1 if alpha == 1 else elementwise.mul(vec1, alpha)
    if beta == 0:
        return outer(scaled, vec2, out=out)
    summed: Tensor = elementwise.add(input if beta == 1 else elementwise.mul(input, beta), outer(scaled, vec2), out=out)
    return summed


@method
def baddbmm(
    input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Any = 1, alpha: Any = 1, out: Tensor | None = None
) -> Tensor:
    """Return beta input + alpha batch1 batch2, matrix by matrix.

    Args:
        input: What is added; it broadcasts to (b, n, m). With beta 0 its values do not matter, nan neither.
        batch1: (b, n, k).
        batch2: (b, k, m).
        beta: A factor.
        alpha: A factor.
        out: Where the result is written.

    Raises:
        RuntimeError: Sizes do not fit, dtypes or devices differ, or a factor of integers is no integer.
    """
    _check_batches("baddbmm", batch1, batch2)
    result = _add_product("baddbmm", input, batch1, batch2, beta, alpha)
    return result if out is None else deliver("baddbmm", out, result, exact=True)


@method
def addbmm(
    input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Any = 1, alpha: Any = 1, out: Tensor | None = None
) -> Tensor:
    """Return beta input + alpha times the sum of all products batch1[i] batch2[i].

    Args:
        input: What is added; it broadcasts to (n, m). With beta 0 its values do not matter, nan neither.
        batch1: (b, n, k).
        batch2: (b, k, m).
        beta: A factor.
        alpha: A factor.
        out: Where the result is written.

    Raises:
        RuntimeError: Sizes do not fit, dtypes or devices differ, or a factor of integers is no integer.
    """
    _check_batches("addbmm", batch1, batch2)
    b, n, k = batch1._shape
    if k != batch2._shape[1]:
        raise shapes_do_not_fit("addbmm", batch1, batch2)
    wide, high = batch1.permute(1, 0, 2).reshape(n, b * k), batch2.reshape(b * k, batch2._shape[2])
    # the sum over the batch is one over more columns
    result = _add_product("addbmm", input, wide, high, beta, alpha)
    return result if out is None else deliver("addbmm", out, result, exact=True)


def _check_batches(name: str, batch1: Tensor, batch2: Tensor) -> None:
    check_rank(name, batch1=(batch1, 3), batch2=(batch2, 3))
    if batch1._shape[0] != batch2._shape[0]:
        raise RuntimeError(
            f"{name}: batch1 and batch2 must have same number of batches, got {batch1._shape[0]} and {batch2._shape[0]}"
        )


def _in_place(function: Callable[..., Tensor]) -> None:
    """Make the in-place method of a function that adds a product to its input."""

    def method_in_place(input: Tensor, a: Tensor, b: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
        out = function(*before(input, a, b), beta=beta, alpha=alpha)
        if out._shape != input._shape:
            raise RuntimeError(
                f"{function.__name__}_: output with shape {list(input._shape)} doesn't match the broadcast shape "
                f"{list(out._shape)}"
            )
        return input.copy_(out)

    method_in_place.__name__ = method_in_place.__qualname__ = function.__name__ + "_"
    method_in_place.__doc__ = (
        f"Replace the elements by what `{function.__name__}` returns, and return the tensor itself."
    )
    method(method_in_place)


for _function in (addmm, addmv, addr, baddbmm, addbmm):
    _in_place(_function)
