"""Products of tensors of any rank, and of more than two."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from mocrograd import dtypes
from mocrograd.layout import broadcast_shapes, normalize_dim
from mocrograd.ops import elementwise
from mocrograd.ops.indexing import __getitem__ as take_part
from mocrograd.ops.joining import cat
from mocrograd.ops.matmul import check_operands, matmul
from mocrograd.ops.movement import expand, reshape, transpose
from mocrograd.ops.outputs import deliver
from mocrograd.ops.products import check_rank
from mocrograd.ops.reduce import sum as sum_of
from mocrograd.tensor import Tensor, method

__all__ = [
    "chain_matmul",
    "cross",
    "inner",
    "kron",
    "tensordot",
    "trace",
]


@method
def inner(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the inner products along the last dimensions: (..., k) and (..., k), each of any rank.

    Returns:
        The dimensions of input but the last, then those of other; the product, where one has no dimension.

    Raises:
        RuntimeError: The last sizes differ.
    """
    if not input._shape or not other._shape:
        product: Tensor = elementwise.mul(input, other, out=out)
        return product
    check_operands("inner", input, other)
    if input._shape[-1] != other._shape[-1]:
        raise RuntimeError(
            f"inner() the last dimension must match on both input tensors but got shapes {list(input._shape)} and "
            f"{list(other._shape)}"
        )
    result = tensordot(input, other, dims=([-1], [-1]))
    return result if out is None else deliver("inner", out, result, exact=True)


def tensordot(a: Tensor, b: Tensor, dims: Any = 2) -> Tensor:
    """Return the sum of the products of two tensors over some of their dimensions.

    Args:
        a: A tensor.
        b: A tensor.
        dims: How many of the last dimensions of `a` and of the first of `b`, or a list of dimensions for each.

    Returns:
        The dimensions of `a` that remain, then those of `b`.

    Raises:
        RuntimeError: The lists differ in length, the sizes do not fit, or dtypes or devices differ.
    """
    if isinstance(dims, Tensor):
        dims = dims.tolist()
    if isinstance(dims, (list, tuple)):
        if len(dims) != 2:
            raise RuntimeError(f"tensordot expects dims to be two lists of dimensions, got {dims}")
        of_a, of_b = [[d] if isinstance(d, int) else list(d) for d in dims]
    elif isinstance(dims, int):
        if dims < 0:
            raise RuntimeError(f"tensordot expects dims >= 0, but got dims={dims}")
        if dims > min(len(a._shape), len(b._shape)):
            raise RuntimeError(
                f"tensordot expects dims <= ndim_a or ndim_b, but got dims={dims} for {list(a._shape)} and "
                f"{list(b._shape)}"
            )
        of_a, of_b = list(range(len(a._shape) - dims, len(a._shape))), list(range(dims))
    else:
        raise RuntimeError(f"tensordot expects dims to be int or tuple[list[int], list[int]], got {dims}")
    if len(of_a) != len(of_b):
        raise RuntimeError(f"tensordot: both dimension lists should have same length, got {of_a} and {of_b}")
    of_a = [normalize_dim(d, len(a._shape)) for d in of_a]
    of_b = [normalize_dim(d, len(b._shape)) for d in of_b]
    for x, named in ((a, of_a), (b, of_b)):
        if len(set(named)) != len(named):
            raise RuntimeError(
                f"tensordot: a dim appears multiple times in the list of dims {named} of {list(x._shape)}"
            )
    for d, e in zip(of_a, of_b):
        if a._shape[d] == b._shape[e]:
            continue
        if b._shape[e] == 1:
            a = sum_of(a, d, keepdim=True)
        elif a._shape[d] == 1:
            b = sum_of(b, e, keepdim=True)
        else:
            raise RuntimeError(
                f"tensordot: contracted dimensions need to match, but first has size {a._shape[d]} in dim {d} and "
                f"second has size {b._shape[e]} in dim {e}"
            )
    check_operands("tensordot", a, b)
    free_a = [d for d in range(len(a._shape)) if d not in of_a]
    free_b = [d for d in range(len(b._shape)) if d not in of_b]
    inner_size = math.prod([a._shape[d] for d in of_a])
    shape = (*[a._shape[d] for d in free_a], *[b._shape[d] for d in free_b])
    rows, columns = math.prod(shape[: len(free_a)]), math.prod(shape[len(free_a) :])
    left = a.permute(*free_a, *of_a).reshape(rows, inner_size)
    right = b.permute(*of_b, *free_b).reshape(inner_size, columns)
    return matmul(left, right).reshape(shape)


@method
def kron(input: Tensor, other: Tensor) -> Tensor:
    """Return the Kronecker product: every element of `input` times all of `other`, side by side.

    Returns:
        Each size is the product of the two sizes; missing dimensions count as 1, at the front.
    """
    ndim = max(len(input._shape), len(other._shape))
    a = (1,) * (ndim - len(input._shape)) + input._shape
    b = (1,) * (ndim - len(other._shape)) + other._shape
    spaced_a = reshape(input, [n for pair in zip(a, (1,) * ndim) for n in pair])
    spaced_b = reshape(other, [n for pair in zip((1,) * ndim, b) for n in pair])
    return reshape(elementwise.mul(spaced_a, spaced_b), [m * n for m, n in zip(a, b)])


def linalg_cross(input: Tensor, other: Tensor, *, dim: int = -1) -> Tensor:
    """Return the cross products of vectors of three elements, which lie along a dimension.

    Raises:
        RuntimeError: The ranks differ, or the dimension has not three elements.
    """
    check_operands("linalg.cross", input, other)
    if len(input._shape) != len(other._shape):
        raise RuntimeError(
            "linalg.cross: inputs must have the same number of dimensions, got "
            f"{len(input._shape)} and {len(other._shape)}"
        )
    place = normalize_dim(dim, len(input._shape))
    if not input._shape or input._shape[place] != 3 or other._shape[place] != 3:
        raise RuntimeError(
            f"linalg.cross: inputs dimension {dim} must have length 3, got {list(input._shape)} and "
            f"{list(other._shape)}"
        )
    shape = broadcast_shapes(input._shape, other._shape)
    a, b = expand(input, shape), expand(other, shape)
    return _ahead(a * _ahead(b, place) - _ahead(a, place) * b, place)


def _ahead(x: Tensor, dim: int) -> Tensor:
    """Return three elements along a dimension with the first one behind the others."""
    return cat([x.narrow(dim, 1, 2), x.narrow(dim, 0, 1)], dim)


@method
def cross(input: Tensor, other: Tensor, dim: int | None = None) -> Tensor:
    """Return the cross products of vectors of three elements, which lie along a dimension.

    Args:
        input: A tensor.
        other: A tensor of the same rank.
        dim: The dimension; the first one of size 3 by default.

    Raises:
        RuntimeError: The ranks differ, or there is no dimension of three elements.
    """
    if dim is None:
        dim = next((d for d, n in enumerate(input._shape) if n == 3), None)
        if dim is None:
            raise RuntimeError(f"no dimension of size 3 in input: {list(input._shape)}")
    return linalg_cross(input, other, dim=dim)


def diagonal_of(x: Tensor) -> Tensor:
    """Return the diagonals of square matrices in the last two dimensions, a view where strides allow it."""
    n = x._shape[-1]
    return take_part(reshape(x, (*x._shape[:-2], n * n)), (..., slice(None, None, n + 1)))


@method
def trace(input: Tensor) -> Tensor:
    """Return the sum of the elements on the diagonal of a matrix.

    Raises:
        RuntimeError: It is no matrix.
    """
    check_rank("trace", input=(input, 2))
    if input.dtype is dtypes.bool_:
        raise NotImplementedError('"trace" not implemented for bool')
    n = min(input._shape)
    return sum_of(diagonal_of(take_part(input, (slice(n), slice(n)))))


# ------------------------------------------------------------------------------- products of several


def multi_dot(tensors: Sequence[Tensor]) -> Tensor:
    """Return the product of two or more matrices, multiplied in the order that costs least.

    Args:
        tensors: Matrices; the first and the last may be vectors.

    Raises:
        RuntimeError: There are fewer than two, one has another rank, or the sizes do not fit.
    """
    given = list(tensors)
    if len(given) < 2:
        raise RuntimeError(f"linalg.multi_dot: expected at least 2 tensors but got {len(given)}")
    for place, x in enumerate(given):
        ends = place in (0, len(given) - 1)
        if not isinstance(x, Tensor):
            raise TypeError(f"linalg.multi_dot: expected Tensor as element {place}, got {type(x).__name__}")
        if len(x._shape) != 2 and not (ends and len(x._shape) == 1):
            raise RuntimeError(
                f"linalg.multi_dot: tensor {place} must be {'1D or 2D' if ends else '2D'} but got {len(x._shape)}D"
            )
    drops = len(given[0]._shape) == 1, len(given[-1]._shape) == 1
    if drops[0]:
        given[0] = given[0].reshape(1, -1)
    if drops[1]:
        given[-1] = given[-1].reshape(-1, 1)
    for place, (a, b) in enumerate(pairwise(given)):
        if a._shape[1] != b._shape[0]:
            raise RuntimeError(
                f"linalg.multi_dot: tensors {place} and {place + 1} with shapes {list(a._shape)} and {list(b._shape)} "
                "cannot be multiplied"
            )
    splits = _cheapest_splits([given[0]._shape[0], *[x._shape[1] for x in given]])

    def of(first: int, last: int) -> Tensor:
        if first == last:
            return given[first]
        middle = splits[first, last]
        return matmul(of(first, middle), of(middle + 1, last))

    out = of(0, len(given) - 1)
    if drops[0]:
        out = out.squeeze(0)
    return out.squeeze(-1) if drops[1] else out


def _cheapest_splits(sizes: list[int]) -> dict[tuple[int, int], int]:
    """Return behind which matrix each run of a chain is divided; matrix i is (sizes[i], sizes[i + 1])."""
    count = len(sizes) - 1
    cost = {(i, i): 0 for i in range(count)}
    splits = {}
    for length in range(1, count):
        for first in range(count - length):
            last = first + length
            ends = sizes[first] * sizes[last + 1]
            cost[first, last], splits[first, last] = min(
                (cost[first, k] + cost[k + 1, last] + ends * sizes[k + 1], k) for k in range(first, last)
            )
    return splits


def chain_matmul(*matrices: Tensor) -> Tensor:
    """Return the product of matrices, multiplied in the order that costs least.

    Raises:
        RuntimeError: There is none, one has not two dimensions, or the sizes do not fit.
    """
    if len(matrices) == 1 and isinstance(matrices[0], (list, tuple)):
        matrices = tuple(matrices[0])
    if not matrices:
        raise RuntimeError("chain_matmul(): Expected one or more matrices")
    for x in matrices:
        check_rank("chain_matmul", matrix=(x, 2))
    return matrices[0] if len(matrices) == 1 else multi_dot(matrices)


def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Return input1 weight[o] input2 (+ bias[o]) for each output o.

    Args:
        input1: (..., in1).
        input2: (..., in2), with the same leading sizes.
        weight: (out, in1, in2).
        bias: (out,), or None.

    Returns:
        (..., out).

    Raises:
        RuntimeError: Sizes do not fit, or dtypes or devices differ.
    """
    check_operands("bilinear", input1, input2)
    check_operands("bilinear", input1, weight)
    check_rank("bilinear", weight=(weight, 3))
    if input1._shape[:-1] != input2._shape[:-1] or not input1._shape:
        raise RuntimeError(
            f"bilinear(): input batch dimensions do not match: got {list(input1._shape)} and {list(input2._shape)}"
        )
    outputs, in1, in2 = weight._shape
    if (input1._shape[-1], input2._shape[-1]) != (in1, in2):
        raise RuntimeError(
            f"bilinear(): input1 and input2 must have {in1} and {in2} features by the weight of shape "
            f"{list(weight._shape)}, but got {input1._shape[-1]} and {input2._shape[-1]}"
        )
    if bias is not None and bias._shape != (outputs,):
        raise RuntimeError(f"bilinear(): bias has shape {list(bias._shape)}, expected [{outputs}]")
    rows = math.prod(input1._shape[:-1])
    x, y = input1.reshape(rows, in1), input2.reshape(rows, in2)
    half = matmul(x, transpose(weight, 0, 1).reshape(in1, outputs * in2)).reshape(rows, outputs, in2)
    out = matmul(half, y.reshape(rows, in2, 1)).reshape(*input1._shape[:-1], outputs)
    return out if bias is None else out + bias
