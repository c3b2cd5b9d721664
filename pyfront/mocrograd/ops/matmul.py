"""Matrix products, and those that are added to a tensor; batch dimensions broadcast.

Gradients are products too: da = dy b^T, db = a^T dy.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from mocrograd import backend, dtypes
from mocrograd.autograd import Function, mode
from mocrograd.autograd.function import called, shows
from mocrograd.backend import REDUCE_BLOCK, call
from mocrograd.layout import Shape, broadcast_shapes, contiguous_strides, expand_strides, layout_words
from mocrograd.ops import arithmetic
from mocrograd.ops._inplace import before
from mocrograd.ops._narrow import computed_wide, retried_wide
from mocrograd.ops._outputs import deliver
from mocrograd.ops._pointwise import conjugated
from mocrograd.ops._reduction import Sum, sum_to
from mocrograd.ops.cast import to_dtype
from mocrograd.ops.views import reshape
from mocrograd.tensor import Tensor, fresh, method
from mocrograd.types import Number

__all__ = [
    "addbmm",
    "addmm",
    "addmv",
    "addr",
    "baddbmm",
    "bmm",
    "dot",
    "ger",
    "linear",
    "matmul",
    "mm",
    "mv",
    "outer",
    "vdot",
]

_KEYS = dtypes.KernelNames("matmul.forward.{}")
_LINEAR_KEYS = dtypes.KernelNames("linear.backward.{}")


@lru_cache(maxsize=8192)
def _batch(shape_a: Shape, strides_a: Shape, shape_b: Shape, strides_b: Shape) -> tuple[Shape, int, Shape]:
    """Return shape, size and words of the batch dimensions of a product."""
    batch = broadcast_shapes(shape_a, shape_b)
    own = contiguous_strides(batch)
    a, b = expand_strides(shape_a, strides_a, batch), expand_strides(shape_b, strides_b, batch)
    words = layout_words(batch, own, a, b)  # merged so that the result's batch is contiguous too
    ndim = words[0]
    return batch, math.prod(batch), (*words[: 1 + ndim], *words[1 + 2 * ndim :])


_NO_BATCH = (1, 1, 0, 0)


@retried_wide
def product(
    a: Tensor,
    b: Tensor,
    bias: Tensor | None = None,
    a_transposed: bool = False,
    b_transposed: bool = False,
    alpha: Number = 1,
) -> Tensor:
    """Return alpha a b (+ bias), unrecorded, of at least two dimensions; operands may be given transposed."""
    shape: Shape
    words: Shape
    m, k = a._shape[-2:]
    a_row, a_column = a._strides[-2:]
    n = b._shape[-1]
    b_row, b_column = b._strides[-2:]
    if a_transposed:
        m, k, a_row, a_column = k, m, a_column, a_row
    if b_transposed:
        n, b_row, b_column = b._shape[-2], b_column, b_row
    if len(a._shape) == 2 and len(b._shape) == 2:
        shape, size, words = (m, n), m * n, _NO_BATCH
    else:
        batch, batches, words = _batch(a._shape[:-2], a._strides[:-2], b._shape[:-2], b._strides[:-2])
        shape, size = (*batch, m, n), batches * m * n
    device, dtype = a.device, a.dtype
    kernel = device.table[_KEYS[dtype]]
    out = fresh(shape, size, dtype, device)
    if size:
        call(  # added to nothing, no activation
            kernel, size * k, out.address, a.address, b.address,
            0 if bias is None else bias.address, m, n, k, a_row, a_column, b_row, b_column, 0, 0,
            alpha if dtype.is_floating_point else int(alpha), words, device.context,
        )  # fmt: skip
    return out


class MatMul(Function):
    """y = a b, over the last two dimensions.

    A direct call's operands are matrices, or b is a vector; `kept` is then the shape of a.
    """

    shapes: tuple[Shape, Shape] | None = None  # None after a direct call

    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor) -> Tensor:
        """Run the product kernel."""
        if ctx.edges:
            ctx.save_for_backward(a if ctx.edges[1] else None, b if ctx.edges[0] else None)
        ctx.shapes = a._shape, b._shape
        return product(a, b)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """Multiply the gradient with the other operand, transposed."""
        a, b = ctx.saved_tensors
        wants_a, wants_b = ctx.wanted
        if ctx.kept is not None:
            return MatMul._of_vector(grad, a, b, len(ctx.kept))
        if mode.grad:
            da = MatMul.run(grad, b.mT) if wants_a else None
            db = MatMul.run(a.mT, grad) if wants_b else None
        else:
            da = product(grad, b, b_transposed=True) if wants_a else None
            db = product(a, grad, a_transposed=True) if wants_b else None
        if ctx.shapes is None:
            return da, db
        return (
            None if da is None else sum_to(da, ctx.shapes[0]),
            None if db is None else sum_to(db, ctx.shapes[1]),
        )

    @staticmethod
    def _of_vector(grad: Tensor, a: Tensor | None, b: Tensor | None, rank: int) -> tuple[Tensor | None, Tensor | None]:
        """Return the gradients of a product with a vector b, of those operands whose other one is given."""
        if rank == 1:
            return None if b is None else b * grad, None if a is None else a * grad
        da = None if b is None else grad.unsqueeze(1) * b
        return da, None if a is None else matmul(a.mT, grad)

    def _kind(self) -> str:
        if self.kept is not None:
            return "Dot" if len(self.kept) == 1 else "Mv"
        return "Bmm" if any(x is not None and len(x._shape) > 2 for x in self._saved or ()) else "Mm"


class Linear(Function):
    """y = x w^T + bias; forward for x of two dimensions, backward for any, which a direct call may have had."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """Multiply and add in one kernel; keep x, which may be large, only for the gradient of the weight."""
        if ctx.edges:
            ctx.save_for_backward(x if ctx.edges[1] else None, weight)
        return product(x, weight, bias, b_transposed=True)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Compute dx = dy w, dw = dy^T x, dbias = the column sums of dy."""
        x, weight = ctx.saved_tensors
        to_x, to_weight, to_bias = ctx.wanted
        wants = to_x, to_weight, to_bias
        if not mode.grad:
            grads: tuple[Tensor | None, ...] | None = backend.linear_backward(_LINEAR_KEYS, grad, x, weight, *wants)
            if grads is not None:
                return grads
        if len(grad._shape) == 2:
            return Linear._of_rows(grad, x, weight, *wants)
        before = grad._shape[:-1]
        rows = math.prod(before)
        x = x if x is None else x.reshape(rows, x._shape[-1])
        dx, dw, db = Linear._of_rows(grad.reshape(rows, grad._shape[-1]), x, weight, *wants)
        return None if dx is None else dx.reshape(*before, weight._shape[1]), dw, db

    @staticmethod
    def _of_rows(grad: Tensor, x: Tensor | None, weight: Tensor, *wants: bool) -> tuple[Tensor | None, ...]:
        """Compute the gradients that are wanted, for x of two dimensions."""
        if not mode.grad and _fits_one_kernel(grad, weight):
            return _linear_gradients(grad.contiguous(), x, weight, *wants)
        dx = MatMul.run(grad, weight) if wants[0] else None
        dw = MatMul.run(grad.mT, x) if wants[1] else None
        return dx, dw, Sum.run(grad, (0,), False, 1) if wants[2] else None

    def _kind(self) -> str:
        return "Mm" if self.edges[2] is None else "Addmm"


_MATMUL = MatMul, _KEYS
_LINEAR = Linear, _KEYS, _LINEAR_KEYS
"""What direct calls need: the node, and the names of the kernels forward and backward."""


def _fits_one_kernel(grad: Tensor, weight: Tensor) -> bool:
    """Return whether there is something to multiply, and the column sums need no scratch."""
    (m, n), k = grad._shape, weight._shape[1]
    return m * n * k > 0 and (n > 1 or m <= REDUCE_BLOCK)


@retried_wide
def _linear_gradients(
    grad: Tensor, x: Tensor | None, weight: Tensor, wants_x: bool, wants_weight: bool, wants_bias: bool
) -> tuple[Tensor | None, ...]:
    """Run the kernel that computes the three gradients of a linear layer, or those of them that are wanted."""
    (m, n), k = grad._shape, weight._shape[1]
    device, dtype = grad.device, grad.dtype
    dx = fresh((m, k), m * k, dtype, device) if wants_x else None
    dw = fresh(weight._shape, weight._size, dtype, device) if wants_weight else None
    db = fresh((n,), n, dtype, device) if wants_bias else None
    call(
        device.table[_LINEAR_KEYS[dtype]], 2 * m * n * k,
        dx.address if dx is not None else 0,
        dw.address if dw is not None else 0,
        db.address if db is not None else 0,
        grad.address, 0 if x is None else x.address, weight.address, m, n, k,
        (k, 1) if x is None else x._strides, weight._strides, device.context,
    )  # fmt: skip
    return dx, dw, db


def check_operands(name: str, a: Any, b: Any) -> None:
    """Raise unless both are tensors of one dtype on one device."""
    if isinstance(a, Tensor) and isinstance(b, Tensor) and a.dtype is b.dtype and a.device is b.device:
        return
    for x in (a, b):
        if not isinstance(x, Tensor):
            raise TypeError(f"{name}(): expected Tensor, got {type(x).__name__}")
    if a.dtype is not b.dtype:
        raise RuntimeError(
            f"{name}: expected m1 and m2 to have the same dtype, but got: {a.dtype.name} != {b.dtype.name}"
        )
    raise RuntimeError(
        f"{name}: Expected all tensors to be on the same device, but found at least two devices, "
        f"{a.device} and {b.device}!"
    )


def shapes_do_not_fit(name: str, a: Tensor, b: Tensor) -> RuntimeError:
    """Return the error for two operands whose sizes do not fit."""
    shapes = ["x".join(map(str, t._shape)) or "scalar" for t in (a, b)]
    return RuntimeError(f"{name}: mat1 and mat2 shapes cannot be multiplied ({shapes[0]} and {shapes[1]})")


@method
def matmul(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the matrix product, by torch's rules for one, two and more dimensions.

    Args:
        input: (k,), (m, k) or (..., m, k).
        other: (k,), (k, n) or (..., k, n), of the same dtype.
        out: Where the result is written.

    Returns:
        (..., m, n), without the dimension that a vector lacks.

    Raises:
        RuntimeError: The sizes do not fit, the batch dimensions do not broadcast, or dtypes or devices differ.

    Example:
        >>> import mocrograd as mg
        >>> mg.matmul(mg.ones(2, 3), mg.ones(3, 2))
        tensor([[3., 3.],
                [3., 3.]])
    """
    if out is not None:
        return deliver("matmul", out, matmul(input, other), exact=True)
    out = backend.matmul(_MATMUL, input, other, None)
    if out is not None:
        return out
    a, b = input, other
    check_operands("matmul", a, b)
    if not a._shape or not b._shape:
        raise RuntimeError("both arguments to matmul need to be at least 1D, but they are "
                           f"{len(a._shape)}D and {len(b._shape)}D")  # fmt: skip
    if a._shape[-1] != b._shape[-2 if len(b._shape) > 1 else 0]:
        raise shapes_do_not_fit("matmul", a, b)
    if a.dtype is dtypes.bool_ and a._size and b._size:
        raise NotImplementedError('"matmul" not implemented for bool')
    if a.dtype.computes is not a.dtype:
        return to_dtype(matmul(to_dtype(a, dtypes.int64), to_dtype(b, dtypes.int64)), a.dtype)
    drop_row, drop_column = len(a._shape) == 1, len(b._shape) == 1
    vectors = drop_row or drop_column
    if drop_row:
        a = a.unsqueeze(0)
    if drop_column:
        b = b.unsqueeze(1)
    if len(a._shape) > 2 and len(b._shape) == 2:  # one product of more rows
        out = MatMul.run(a.reshape(math.prod(a._shape[:-1]), a._shape[-1]), b).reshape(*a._shape[:-1], b._shape[-1])
    else:
        out = backend.matmul(_MATMUL, a, b, None) if vectors else None
        out = MatMul.run(a, b) if out is None else out
    if drop_row and drop_column:
        return called("Dot", out.reshape(()))
    if drop_row:
        out = out.squeeze(-2)
    return called("Mv", out.squeeze(-1)) if drop_column else out


@method
def mm(input: Tensor, mat2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the product of two matrices.

    Raises:
        RuntimeError: One is no matrix, or the sizes do not fit.

    Example:
        >>> import mocrograd as mg
        >>> mg.mm(mg.eye(2), mg.ones(2, 2))
        tensor([[1., 1.],
                [1., 1.]])
    """
    check_operands("mm", input, mat2)
    for which, x in (("self", input), ("mat2", mat2)):
        if len(x._shape) != 2:
            raise RuntimeError(f"mm: {which} must be a matrix, got {len(x._shape)} dimensions")
    result = matmul(input, mat2)
    return result if out is None else deliver("mm", out, result, exact=True)


@method
def bmm(input: Tensor, mat2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the products of two batches of matrices, (b, m, k) and (b, k, n).

    Raises:
        RuntimeError: One has not three dimensions, or the sizes do not fit.

    Example:
        >>> import mocrograd as mg
        >>> mg.bmm(mg.ones(4, 2, 3), mg.ones(4, 3, 2)).shape
        mocrograd.Size([4, 2, 2])
    """
    a, b = input, mat2
    check_operands("bmm", a, b)
    if len(a._shape) != 3 or len(b._shape) != 3 or a._shape[0] != b._shape[0]:
        raise RuntimeError(
            f"bmm: batch1 and batch2 must be 3D tensors of one batch size, got {list(a._shape)} and {list(b._shape)}"
        )
    result = matmul(a, b)
    return result if out is None else deliver("bmm", out, result, exact=True)


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Return input weight^T + bias.

    Args:
        input: (..., in_features).
        weight: (out_features, in_features), or without a bias (in_features,), for one number.
        bias: (out_features,), or None.

    Returns:
        (..., out_features).

    Raises:
        RuntimeError: The sizes do not fit, or dtypes or devices differ.

    Example:
        >>> import mocrograd as mg
        >>> weight, bias = mg.tensor([[1.0, 2.0], [0.0, -1.0]]), mg.tensor([0.5, 0.0])
        >>> mg.ops.linear(mg.tensor([[1.0, 1.0]]), weight, bias)
        tensor([[ 3.5000, -1.0000]])
    """
    out: Tensor | None = backend.linear(_LINEAR, input, weight, bias)
    return _general_linear(input, weight, bias) if out is None else out


def _general_linear(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """Do what `linear` does for inputs of any rank, dtype and device, and check them."""
    check_operands("linear", x, weight)
    if len(weight._shape) == 1 and bias is None:
        return matmul(x, weight)
    if len(weight._shape) != 2 or not x._shape or x._shape[-1] != weight._shape[1]:
        shapes = ["x".join(map(str, s)) for s in (x._shape, weight._shape[::-1])]
        raise RuntimeError(f"linear: mat1 and mat2 shapes cannot be multiplied ({shapes[0]} and {shapes[1]})")
    if bias is not None:
        check_operands("linear", x, bias)
        if bias._shape != weight._shape[:1]:
            raise RuntimeError(f"linear: bias has shape {list(bias._shape)}, expected [{weight._shape[0]}]")
        if not bias._dense:
            bias = bias.contiguous()
    if x.dtype.kind == 1 and x.dtype is not dtypes.int64:  # sums in int64 wrap around where the dtype does
        wide = [None if t is None else to_dtype(t, dtypes.int64) for t in (x, weight, bias)]
        return to_dtype(_general_linear(*wide), x.dtype)  # type: ignore[arg-type]
    if len(x._shape) == 2:
        return Linear.run(x, weight, bias)
    rows = x.reshape(math.prod(x._shape[:-1]), x._shape[-1])
    return Linear.run(rows, weight, bias).reshape(*x._shape[:-1], weight._shape[0])


# ------------------------------------------------------------------------------ added to a tensor


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

    Example:
        >>> import mocrograd as mg
        >>> mg.dot(mg.tensor([1.0, 2.0]), mg.tensor([3.0, 4.0]))
        tensor(11.)
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
@shows("Vdot")
def vdot(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the inner product of two vectors, of which the first is conjugated where it is complex.

    Raises:
        RuntimeError: One is no vector, or lengths or dtypes differ.

    Example:
        >>> import mocrograd as mg
        >>> mg.vdot(mg.tensor([1j, 2 + 0j]), mg.tensor([1j, 1 + 0j]))
        tensor(3.+0.j)
    """
    return dot(conjugated(input) if isinstance(input, Tensor) else input, other, out=out)


@method
def mv(input: Tensor, vec: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the product of a matrix and a vector.

    Raises:
        RuntimeError: The ranks are others, or the sizes do not fit.

    Example:
        >>> import mocrograd as mg
        >>> mg.mv(mg.ones(2, 3), mg.ones(3))
        tensor([3., 3.])
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

    Example:
        >>> import mocrograd as mg
        >>> mg.outer(mg.tensor([1, 2]), mg.tensor([3, 4]))
        tensor([[3, 4],
                [6, 8]])
    """
    check_rank("outer", self=(input, 1), vec2=(vec2, 1))
    result: Tensor = arithmetic.mul(reshape(input, input._size, 1), vec2, out=out)
    return result


@method
def ger(input: Tensor, vec2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return `outer(input, vec2)`.

    Example:
        >>> import mocrograd as mg
        >>> mg.ger(mg.tensor([1.0, 2.0]), mg.tensor([3.0, 4.0]))
        tensor([[3., 4.],
                [6., 8.]])
    """
    return outer(input, vec2, out=out)


# ------------------------------------------------------------------------------- products plus more


class AddMM(Function):
    """y = beta x + alpha a b; x broadcasts."""

    torch_name = "Addmm"

    shape: Any
    factors: tuple[Any, Any]

    @staticmethod
    def forward(ctx: Any, x: Tensor, a: Tensor, b: Tensor, beta: Any, alpha: Any) -> Tensor:
        """Multiply, with a term that is the same for all rows as bias, and add any other term."""
        if ctx.edges:
            ctx.save_for_backward(a if ctx.edges[2] else None, b if ctx.edges[1] else None)
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
        wants_x, wants_a, wants_b = ctx.wanted[:3]
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
        if kind >= 2 and dtype.kind < kind:
            raise RuntimeError(
                f"{name}: For integral input tensors, argument {factor} must not be a floating point number, "
                f"got {value}"
            )
    if dtype is dtypes.bool_ and a._size and b._size:
        raise NotImplementedError(f'"{name}" not implemented for bool')
    if dtype.computes is not dtype:
        wide = [to_dtype(x, dtypes.int64) for x in (input, a, b)]
        return to_dtype(_add_product(name, *wide, beta, alpha), dtype)  # type: ignore[call-arg]
    out: Tensor = AddMM.apply(input, a, b, beta, alpha)
    return out


@method
@computed_wide
def addmm(
    input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: Number = 1, alpha: Number = 1, out: Tensor | None = None
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

    Example:
        >>> import mocrograd as mg
        >>> mg.addmm(mg.ones(2, 2), mg.eye(2), mg.eye(2))
        tensor([[2., 1.],
                [1., 2.]])
    """
    check_rank("addmm", mat1=(mat1, 2), mat2=(mat2, 2))
    result = _add_product("addmm", input, mat1, mat2, beta, alpha)
    return result if out is None else deliver("addmm", out, result, exact=True)


@method
@computed_wide
@shows("Addmv")
def addmv(
    input: Tensor, mat: Tensor, vec: Tensor, *, beta: Number = 1, alpha: Number = 1, out: Tensor | None = None
) -> Tensor:
    """Return beta input + alpha mat vec; the arguments are those of `addmm`, for a vector.

    Raises:
        RuntimeError: Sizes do not fit, dtypes or devices differ, or a factor of integers is no integer.

    Example:
        >>> import mocrograd as mg
        >>> matrix = mg.tensor([[1.0, 2.0], [3.0, 4.0]])
        >>> mg.addmv(mg.tensor([10.0, 20.0]), matrix, mg.tensor([1.0, 1.0]), beta=0.5)
        tensor([ 8., 17.])
    """
    check_rank("addmv", mat=(mat, 2), vec=(vec, 1))
    if len(input._shape) > 1:
        raise RuntimeError(f"addmv: expected input to be a vector or a scalar, got {list(input._shape)}")
    if mat._shape[1] != vec._shape[0]:
        raise shapes_do_not_fit("addmv", mat, vec)
    result = _add_product("addmv", input.reshape(-1, 1), mat, vec.reshape(-1, 1), beta, alpha).squeeze(1)
    return result if out is None else deliver("addmv", out, result, exact=True)


@method
@computed_wide
@shows("Addr")
def addr(
    input: Tensor, vec1: Tensor, vec2: Tensor, *, beta: Number = 1, alpha: Number = 1, out: Tensor | None = None
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

    Example:
        >>> import mocrograd as mg
        >>> mg.addr(mg.zeros(2, 3), mg.tensor([1.0, 2.0]), mg.tensor([1.0, 10.0, 100.0]))
        tensor([[  1.,  10., 100.],
                [  2.,  20., 200.]])
    """
    check_rank("addr", vec1=(vec1, 1), vec2=(vec2, 1))
    shape = (vec1._size, vec2._size)
    if len(input._shape) > 2 or broadcast_shapes(input._shape, shape) != shape:
        raise RuntimeError(f"addr: input of shape {list(input._shape)} must be broadcastable to {list(shape)}")
    for x in (input, vec1, vec2):
        for factor in (beta, alpha):
            if x.dtype.kind < dtypes.scalar_kind(factor) >= 2:
                raise RuntimeError(
                    f"addr: For integral input tensors, beta and alpha must not be floating point numbers, got {factor}"
                )
    if input.dtype is vec1.dtype is vec2.dtype is dtypes.bool_:
        alpha, beta = bool(alpha), bool(beta)
    scaled = vec1 if alpha == 1 else arithmetic.mul(vec1, alpha)
    if beta == 0:
        return outer(scaled, vec2, out=out)
    summed: Tensor = arithmetic.add(input if beta == 1 else arithmetic.mul(input, beta), outer(scaled, vec2), out=out)
    return summed


@method
@computed_wide
@shows("Baddbmm")
def baddbmm(
    input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Number = 1, alpha: Number = 1, out: Tensor | None = None
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

    Example:
        >>> import mocrograd as mg
        >>> mg.baddbmm(mg.ones(4, 2, 2), mg.ones(4, 2, 3), mg.ones(4, 3, 2)).shape
        mocrograd.Size([4, 2, 2])
    """
    _check_batches("baddbmm", batch1, batch2)
    result = _add_product("baddbmm", input, batch1, batch2, beta, alpha)
    return result if out is None else deliver("baddbmm", out, result, exact=True)


@method
@computed_wide
@shows("Addbmm")
def addbmm(
    input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Number = 1, alpha: Number = 1, out: Tensor | None = None
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

    Example:
        >>> import mocrograd as mg
        >>> batches = mg.ones(3, 2, 2)
        >>> mg.addbmm(mg.zeros(2, 2), batches, batches)
        tensor([[6., 6.],
                [6., 6.]])
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

    def method_in_place(input: Tensor, a: Tensor, b: Tensor, *, beta: Number = 1, alpha: Number = 1) -> Tensor:
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
