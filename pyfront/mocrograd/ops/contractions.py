"""Products of tensors of any rank, of more than two, and by index notation (`einsum`)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

from mocrograd import dtypes
from mocrograd.autograd import mode
from mocrograd.autograd.function import shows
from mocrograd.backend import cpu
from mocrograd.layout import Shape, broadcast_shapes, normalize_dim
from mocrograd.ops import arithmetic
from mocrograd.ops._arguments import takes_out
from mocrograd.ops._narrow import computed_wide
from mocrograd.ops._outputs import deliver
from mocrograd.ops._reduction import reduce_kernel, reduction
from mocrograd.ops.cast import to_dtype
from mocrograd.ops.diagonals import diagonal
from mocrograd.ops.indexing import __getitem__ as take_part
from mocrograd.ops.matmul import check_operands, check_rank, matmul
from mocrograd.ops.rearrange import roll
from mocrograd.ops.reduce import sum as sum_of
from mocrograd.ops.views import expand, permute, reshape, transpose
from mocrograd.tensor import Tensor, method

__all__ = [
    "chain_matmul",
    "cross",
    "einsum",
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

    Example:
        >>> import mocrograd as mg
        >>> mg.inner(mg.tensor([[1.0, 2.0], [3.0, 4.0]]), mg.tensor([10.0, 1.0]))
        tensor([12., 34.])
    """
    if not input._shape or not other._shape:
        product: Tensor = arithmetic.mul(input, other, out=out)
        return product
    check_operands("inner", input, other)
    if input._shape[-1] != other._shape[-1]:
        raise RuntimeError(
            f"inner() the last dimension must match on both input tensors but got shapes {list(input._shape)} and "
            f"{list(other._shape)}"
        )
    result = tensordot(input, other, dims=([-1], [-1]))
    return result if out is None else deliver("inner", out, result, exact=True)


@takes_out()
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

    Example:
        >>> import mocrograd as mg
        >>> mg.tensordot(mg.ones(2, 3), mg.ones(3, 4), dims=1).shape
        mocrograd.Size([2, 4])
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
            a = to_dtype(sum_of(a, d, keepdim=True), a.dtype)
        elif a._shape[d] == 1:
            b = to_dtype(sum_of(b, e, keepdim=True), b.dtype)
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
@takes_out(cast=True)
def kron(input: Tensor, other: Tensor) -> Tensor:
    """Return the Kronecker product: every element of `input` times all of `other`, side by side.

    Returns:
        Each size is the product of the two sizes; missing dimensions count as 1, at the front.

    Example:
        >>> import mocrograd as mg
        >>> mg.kron(mg.tensor([1, 2]), mg.tensor([1, 10]))
        tensor([ 1, 10,  2, 20])
    """
    ndim = max(len(input._shape), len(other._shape))
    a = (1,) * (ndim - len(input._shape)) + input._shape
    b = (1,) * (ndim - len(other._shape)) + other._shape
    spaced_a = reshape(input, [n for pair in zip(a, (1,) * ndim) for n in pair])
    spaced_b = reshape(other, [n for pair in zip((1,) * ndim, b) for n in pair])
    return reshape(arithmetic.mul(spaced_a, spaced_b), [m * n for m, n in zip(a, b)])


@computed_wide
@shows("LinalgCross")
def linalg_cross(input: Tensor, other: Tensor, *, dim: int = -1) -> Tensor:
    """Return the cross products of vectors of three elements, which lie along a dimension.

    Raises:
        RuntimeError: The ranks differ, or the dimension has not three elements.

    Example:
        >>> import mocrograd as mg
        >>> mg.linalg.cross(mg.tensor([1.0, 0.0, 0.0]), mg.tensor([0.0, 1.0, 0.0]))
        tensor([0., 0., 1.])
    """
    check_operands("linalg.cross", input, other)
    if len(input._shape) != len(other._shape):
        raise RuntimeError(
            "linalg.cross: inputs must have the same number of dimensions, got "
            f"{len(input._shape)} and {len(other._shape)}"
        )
    axis = normalize_dim(dim, len(input._shape))
    if not input._shape or input._shape[axis] != 3 or other._shape[axis] != 3:
        raise RuntimeError(
            f"linalg.cross: inputs dimension {dim} must have length 3, got {list(input._shape)} and "
            f"{list(other._shape)}"
        )
    shape = broadcast_shapes(input._shape, other._shape)
    a, b = expand(input, shape), expand(other, shape)
    return _ahead(a * _ahead(b, axis) - _ahead(a, axis) * b, axis)


def _ahead(x: Tensor, dim: int) -> Tensor:
    """Return three elements along a dimension with the first one behind the others."""
    return roll(x, -1, dim)


@method
@takes_out()
@computed_wide
def cross(input: Tensor, other: Tensor, dim: int | None = None) -> Tensor:
    """Return the cross products of vectors of three elements, which lie along a dimension.

    Args:
        input: A tensor.
        other: A tensor of the same rank.
        dim: The dimension; the first one of size 3 by default.

    Raises:
        RuntimeError: The ranks differ, or there is no dimension of three elements.

    Example:
        >>> import mocrograd as mg
        >>> mg.linalg.cross(mg.tensor([1.0, 0.0, 0.0]), mg.tensor([0.0, 1.0, 0.0]))
        tensor([0., 0., 1.])
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
@shows("Trace")
def trace(input: Tensor) -> Tensor:
    """Return the sum of the elements on the diagonal of a matrix.

    Raises:
        RuntimeError: It is no matrix.

    Example:
        >>> import mocrograd as mg
        >>> mg.trace(mg.eye(3))
        tensor(3.)
    """
    check_rank("trace", input=(input, 2))
    if input.dtype is dtypes.bool_:
        raise NotImplementedError('"trace" not implemented for bool')
    dtype = input.dtype
    if dtype.kind == 2 and input._dense and input.device is cpu and not (mode.grad and input.requires_grad):
        rows, columns = input._shape
        return reduce_kernel("sum", input, reduction((min(rows, columns),), (columns + 1,), (0,), False))
    return sum_of(diagonal(input))


# ------------------------------------------------------------------------------- products of several


@computed_wide
def multi_dot(tensors: Sequence[Tensor]) -> Tensor:
    """Return the product of two or more matrices, multiplied in the order that costs least.

    Args:
        tensors: Matrices; the first and the last may be vectors.

    Raises:
        RuntimeError: There are fewer than two, one has another rank, or the sizes do not fit.

    Example:
        >>> import mocrograd as mg
        >>> mg.linalg.multi_dot([mg.ones(2, 3), mg.ones(3, 4), mg.ones(4, 1)])
        tensor([[12.],
                [12.]])
    """
    given = list(tensors)
    if len(given) < 2:
        raise RuntimeError(f"linalg.multi_dot: expected at least 2 tensors but got {len(given)}")
    for i, x in enumerate(given):
        ends = i in (0, len(given) - 1)
        if not isinstance(x, Tensor):
            raise TypeError(f"linalg.multi_dot: expected Tensor as element {i}, got {type(x).__name__}")
        if len(x._shape) != 2 and not (ends and len(x._shape) == 1):
            raise RuntimeError(
                f"linalg.multi_dot: tensor {i} must be {'1D or 2D' if ends else '2D'} but got {len(x._shape)}D"
            )
    drops = len(given[0]._shape) == 1, len(given[-1]._shape) == 1
    if drops[0]:
        given[0] = given[0].reshape(1, -1)
    if drops[1]:
        given[-1] = given[-1].reshape(-1, 1)
    for i, (a, b) in enumerate(pairwise(given)):
        if a._shape[1] != b._shape[0]:
            raise RuntimeError(
                f"linalg.multi_dot: tensors {i} and {i + 1} with shapes {list(a._shape)} and {list(b._shape)} "
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


@takes_out()
@computed_wide
def chain_matmul(*matrices: Tensor) -> Tensor:
    """Return the product of matrices, multiplied in the order that costs least.

    Raises:
        RuntimeError: There is none, one has not two dimensions, or the sizes do not fit.

    Example:
        >>> import mocrograd as mg
        >>> mg.chain_matmul(mg.ones(2, 3), mg.ones(3, 4), mg.ones(4, 1)).shape
        mocrograd.Size([2, 1])
    """
    if len(matrices) == 1 and isinstance(matrices[0], (list, tuple)):
        matrices = tuple(matrices[0])
    if not matrices:
        raise RuntimeError("chain_matmul(): Expected one or more matrices")
    for x in matrices:
        check_rank("chain_matmul", matrix=(x, 2))
    return matrices[0] if len(matrices) == 1 else multi_dot(matrices)


@computed_wide
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


# ----------------------------------------------------------------------------------------- einsum

Term = tuple[int, ...]
"""A number for each dimension: letters are 0 to 51; an ellipsis has 52 for its last one, 53 for the one before."""
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ELLIPSIS = -1
_MOST = 8
"""Operands for which the cheapest order is sought; more are contracted from the left."""


@computed_wide
def einsum(*args: Any) -> Tensor:
    """Return the sum of products of elements over dimensions that are named by letters.

    Args:
        *args: An equation and its operands, as in `einsum("...ij,jk->...ik", a, b)`, or operands that each have a list
            of numbers behind them, and at last, if wanted, the list of the result.
            A letter twice in one operand takes the diagonal; letters that the result lacks are summed over. Without an
            arrow the result has the letters that occur once, in alphabetical order, behind those of the ellipsis.

    Returns:
        The dimensions that the result names.

    Raises:
        ValueError: There is no operand.
        RuntimeError: The equation is malformed, does not fit the operands, or sizes under one letter differ.

    Example:
        >>> import mocrograd as mg
        >>> mg.einsum("ij,j->i", mg.ones(2, 3), mg.arange(3.0))
        tensor([3., 3.])
    """
    terms, out, operands = _parse(args)
    for x in operands:
        check_operands("einsum", operands[0], x)
    first, steps, last = _plan(terms, out, tuple([x._shape for x in operands]))
    parts = [_moved(x, moves) for x, moves in zip(operands, first)]
    for at_left, at_right, left, right, product, shape in steps:
        a, b = _moved(parts[at_left], left), _moved(parts[at_right], right)
        if a.dtype is not b.dtype and max(a.dtype.kind, b.dtype.kind) < 2:  # a sum of narrow integers is one of int64
            a, b = to_dtype(a, dtypes.int64), to_dtype(b, dtypes.int64)
        made = product(a, b)
        for at in sorted((at_left, at_right), reverse=True):
            del parts[at]
        parts.append(made if shape is None else reshape(made, shape))
    return _moved(parts[0], last)


# ------------------------------------------------------------------------------------------ notation


def _parse(args: tuple[Any, ...]) -> tuple[tuple[Term, ...], Term | None, list[Tensor]]:
    """Return the terms of the operands and of the result, with `_ELLIPSIS` in place of "...", and the operands."""
    if len(args) < 2:
        raise ValueError(
            "einsum(): must specify the equation string and at least one operand, or at least one operand and its "
            f"subscripts list, got {len(args)} arguments"
        )
    if isinstance(args[0], Tensor):
        operands, lists = list(args[: len(args) // 2 * 2 : 2]), list(args[1::2])
        listed = [_from_list(item) for item in lists]
        return tuple(listed), _from_list(args[-1]) if len(args) % 2 else None, operands
    equation, *rest = args
    if not isinstance(equation, str):
        raise TypeError(f"einsum(): expected an equation or a Tensor first, got {type(equation).__name__}")
    operands = list(rest[0]) if len(rest) == 1 and isinstance(rest[0], (list, tuple)) else rest
    if not operands:
        raise ValueError("einsum(): must provide at least one operand")
    terms, out = _split(equation)
    if len(terms) != len(operands):
        few = "more" if len(operands) > len(terms) else "fewer"
        raise RuntimeError(
            f"einsum(): {few} operands were provided than specified in the equation '{equation}': expected "
            f"{len(terms)}, got {len(operands)}"
        )
    return terms, out, operands


@lru_cache(maxsize=1024)
def _split(equation: str) -> tuple[tuple[Term, ...], Term | None]:
    left, arrow, right = equation.partition("->")
    terms = tuple([_from_text(text, equation) for text in left.split(",")])
    return terms, _from_text(right, equation) if arrow else None


def _from_text(text: str, equation: str) -> Term:
    before, dots, after = text.replace(" ", "").partition("...")
    for letter in before + after:
        if letter not in _LETTERS:
            raise RuntimeError(
                f"einsum(): invalid subscript given: expected letters [a-zA-Z] and one ellipsis '...' per operand, but "
                f"got '{letter}' in '{equation}'"
            )
    numbers = [_LETTERS.index(letter) for letter in before + after]
    return (*numbers[: len(before)], _ELLIPSIS, *numbers[len(before) :]) if dots else tuple(numbers)


def _from_list(numbers: Any) -> Term:
    if not isinstance(numbers, (list, tuple)):
        raise TypeError(f"einsum(): expected a list of subscripts behind each operand, got {type(numbers).__name__}")
    for n in numbers:
        if n is not Ellipsis and not (isinstance(n, int) and 0 <= n < len(_LETTERS)):
            raise ValueError(f"einsum(): expected subscripts in range [0, {len(_LETTERS)}) or Ellipsis, got {n!r}")
    if list(numbers).count(Ellipsis) > 1:
        raise RuntimeError(f"einsum(): expected one ellipsis at most, got {list(numbers)}")
    return tuple([_ELLIPSIS if n is Ellipsis else int(n) for n in numbers])


@lru_cache(maxsize=1024)
def _resolve(terms: tuple[Term, ...], out: Term | None, ranks: Term) -> tuple[tuple[Term, ...], Term]:
    """Return terms with numbers for the dimensions of ellipses, and the result's term."""
    most = 0
    for i, (term, ndim) in enumerate(zip(terms, ranks)):
        dots = _ELLIPSIS in term
        beside = "even with its ellipsis" if dots else "and no ellipsis was given"
        if len(term) - dots > ndim or (not dots and len(term) != ndim):
            raise RuntimeError(
                f"einsum(): the number of subscripts in the equation ({len(term) - dots}) does not match the number of "
                f"dimensions ({ndim}) for operand {i} {beside}"
            )
        if dots:
            most = max(most, ndim - len(term) + 1)
    full = tuple([_expanded(term, ndim - len(term) + 1) for term, ndim in zip(terms, ranks)])
    if out is None:
        letters = [letter for term in full for letter in term if letter < len(_LETTERS)]
        return full, (*_dots(most), *sorted([letter for letter in set(letters) if letters.count(letter) == 1]))
    result = _expanded(out, most)
    known = {letter for term in full for letter in term}
    for letter in result:
        name = _name(letter)
        if result.count(letter) > 1:
            raise RuntimeError(f"einsum(): output subscript {name} appears more than once in the output")
        if letter not in known:
            raise RuntimeError(
                f"einsum(): output subscript {name} does not appear in the equation for any input operand"
            )
    return full, result


def _dots(count: int) -> Term:
    return tuple(range(len(_LETTERS) + count - 1, len(_LETTERS) - 1, -1))


def _expanded(term: Term, count: int) -> Term:
    if _ELLIPSIS not in term:
        return term
    i = term.index(_ELLIPSIS)
    return (*term[:i], *_dots(count), *term[i + 1 :])


def _name(letter: int) -> str:
    return _LETTERS[letter] if letter < len(_LETTERS) else f"dimension {len(_LETTERS) - letter - 1} of the ellipsis"


# ------------------------------------------------------------------------------------------ operands

Moves = tuple[tuple[Callable[[Tensor, Any], Tensor], Any], ...]
"""What an operand goes through: functions, and what they take besides."""


class _Sketch:
    """An operand as it is planned: of its tensor the shape is known.

    Attributes:
        shape: The shape.
        term: The letter of each dimension.
    """

    def __init__(self, shape: Shape, term: Term) -> None:
        self.shape, self.term = shape, term
        self._moves: list[Any] = []

    def take_moves(self) -> Moves:
        """Return the moves that were planned since the last time."""
        moves, self._moves = tuple(self._moves), []
        return moves

    def _move(self, function: Callable[[Tensor, Any], Tensor], argument: Any, shape: Sequence[int]) -> None:
        self._moves.append((function, argument))
        self.shape = tuple(shape)

    def permute(self, order: list[int]) -> None:
        """Put dimensions into another order."""
        if order != list(range(len(order))):
            self._move(permute, tuple(order), [self.shape[d] for d in order])
            self.term = tuple([self.term[d] for d in order])

    def reshape(self, shape: Sequence[int]) -> None:
        """Change the shape, and leave the letters to the caller."""
        if tuple(shape) != self.shape:
            self._move(reshape, tuple(shape), shape)

    def sum_out(self, needed: set[int]) -> None:
        """Sum over the letters that nothing else needs."""
        gone = tuple([d for d, letter in enumerate(self.term) if letter not in needed])
        if gone:
            self._move(_summed, gone, [n for d, n in enumerate(self.shape) if d not in gone])
            self.term = tuple([letter for letter in self.term if letter in needed])

    def drop_repeats(self) -> None:
        """Take diagonals of the dimensions under one letter."""
        while len(set(self.term)) != len(self.term):
            letter = next(n for n in self.term if self.term.count(n) > 1)
            first = self.term.index(letter)
            second = self.term.index(letter, first + 1)
            if self.shape[first] != self.shape[second]:
                raise RuntimeError(
                    f"einsum(): subscript {_name(letter)} is repeated for an operand but the sizes don't match, "
                    f"{self.shape[second]} != {self.shape[first]}"
                )
            rest = [d for d in range(len(self.term)) if d not in (first, second)]
            self.permute([*rest, first, second])
            self._move(lambda x, _: diagonal_of(x), None, self.shape[:-1])
            self.term = self.term[:-1]

    def squeeze(self, sizes: dict[int, int]) -> None:
        """Drop dimensions whose letters have another size: they broadcast."""
        keep = [d for d, letter in enumerate(self.term) if self.shape[d] == sizes[letter]]
        if len(keep) < len(self.term):
            self.reshape([self.shape[d] for d in keep])
            self.term = tuple([self.term[d] for d in keep])

    def group(self, *groups: list[int]) -> None:
        """Become (*batch, first, second): a dimension for each letter of the batch, one for each other group."""
        self.permute([self.term.index(letter) for group in groups for letter in group])
        batch, first, _ = [len(group) for group in groups]
        rows, columns = self.shape[batch : batch + first], self.shape[batch + first :]
        self.reshape([*self.shape[:batch], math.prod(rows), math.prod(columns)])

    def spread(self, letters: Sequence[int]) -> None:
        """Get a dimension for each letter, of size 1 where it lacks the letter."""
        self.permute([self.term.index(letter) for letter in letters if letter in self.term])
        sizes = iter(self.shape)
        self.reshape([next(sizes) if letter in self.term else 1 for letter in letters])


def _summed(x: Tensor, dims: Shape) -> Tensor:
    return sum_of(x, dims)


def _moved(x: Tensor, moves: Moves) -> Tensor:
    for function, argument in moves:
        x = function(x, argument)
    return x


def _sizes(parts: Sequence[_Sketch]) -> dict[int, int]:
    """Return the size of each letter; where sizes differ the others are 1."""
    sizes: dict[int, int] = {}
    for part in parts:
        for letter, size in zip(part.term, part.shape):
            if sizes.get(letter, 1) == 1:
                sizes[letter] = size
    return sizes


def _check_sizes(parts: Sequence[_Sketch]) -> None:
    sizes = _sizes(parts)
    for i, part in enumerate(parts):
        for letter, size in zip(part.term, part.shape):
            if size not in (1, sizes[letter]):
                raise RuntimeError(
                    f"einsum(): subscript {_name(letter)} has size {size} for operand {i} which does not broadcast "
                    f"with previously seen size {sizes[letter]}"
                )


def _cheapest(terms: tuple[Term, ...], result: Term, sizes: dict[int, int]) -> list[tuple[int, int]]:
    """Return which two of the list of operands to contract next; their product comes last in the list.

    Each set of operands has a least cost, that of the best two sets that it can be divided into and of their product.
    """
    count = len(terms)
    if count < 3:
        return [(0, 1)] * (count - 1)
    if count > _MOST:
        return [(0, 1), *[(0, count - 2 - i) for i in range(count - 2)]]
    everything = (1 << count) - 1
    within = [{n for i in range(count) if chosen >> i & 1 for n in terms[i]} for chosen in range(everything + 1)]
    kept = [within[s] & (set(result) | within[everything ^ s]) for s in range(everything + 1)]
    cost = [0] * (everything + 1)
    halves = [0] * (everything + 1)
    for chosen in range(1, everything + 1):
        if not chosen & (chosen - 1):
            continue
        cost[chosen] = -1
        part = (chosen - 1) & chosen
        while part:
            rest = chosen ^ part
            total = cost[part] + cost[rest] + math.prod([sizes[n] for n in kept[part] | kept[rest]])
            if cost[chosen] < 0 or total < cost[chosen]:
                cost[chosen], halves[chosen] = total, part
            part = (part - 1) & chosen
    present = [1 << i for i in range(count)]
    steps = []

    def divide(chosen: int) -> None:
        if not chosen & (chosen - 1):
            return
        divide(halves[chosen])
        divide(chosen ^ halves[chosen])
        first, second = sorted((present.index(halves[chosen]), present.index(chosen ^ halves[chosen])))
        steps.append((first, second))
        del present[second], present[first]
        present.append(chosen)

    divide(everything)
    return steps


# --------------------------------------------------------------------------------------- the plan

_Step = tuple[int, int, Moves, Moves, Callable[[Tensor, Tensor], Tensor], Shape | None]
"""Which operands are the left and the right one, their moves, their product, and its shape where it changes."""


@lru_cache(maxsize=1024)
def _plan(
    terms: tuple[Term, ...], out: Term | None, shapes: tuple[Shape, ...]
) -> tuple[tuple[Moves, ...], tuple[_Step, ...], Moves]:
    """Return the moves of each operand, the products, and the moves of the last one; it depends on shapes alone."""
    named, result = _resolve(terms, out, tuple([len(shape) for shape in shapes]))
    parts = [_Sketch(shape, term) for shape, term in zip(shapes, named)]
    for part in parts:
        part.drop_repeats()
    _check_sizes(parts)
    first = tuple([part.take_moves() for part in parts])
    steps = []
    for i, j in _cheapest(tuple([part.term for part in parts]), result, _sizes(parts)):
        b, a = parts.pop(j), parts.pop(i)
        needed = {*result, *[letter for part in parts for letter in part.term]}
        swapped, product, shape, made = _contract(a, b, needed, result)
        left, right = ((j, b), (i, a)) if swapped else ((i, a), (j, b))
        steps.append((left[0], right[0], left[1].take_moves(), right[1].take_moves(), product, shape))
        parts.append(made)
    (part,) = parts
    part.sum_out(set(result))
    part.permute([part.term.index(letter) for letter in result])
    return first, tuple(steps), part.take_moves()


def _contract(
    a: _Sketch, b: _Sketch, needed: set[int], result: Term
) -> tuple[bool, Callable[[Tensor, Tensor], Tensor], Shape | None, _Sketch]:
    """Plan the product of two operands, summed over the letters that nothing else needs.

    Returns:
        Whether the operands change places, the function that multiplies them, the shape of the product where it is
        another one, and the product.
    """
    sizes = _sizes((a, b))
    for x, y in ((a, b), (b, a)):
        x.sum_out(needed | set(y.term))
    for x in (a, b):
        x.squeeze(sizes)  # a size that broadcasts is no dimension of the product
    for x, y in ((a, b), (b, a)):
        x.sum_out(needed | set(y.term))
    of_a, of_b = a.term, b.term
    # so that the result comes out in the order that is wanted
    swapped = bool((result and result[-1] in of_a and result[-1] not in of_b) or (of_a and not of_b))
    x, y = (b, a) if swapped else (a, b)
    of_x, of_y = x.term, y.term
    shared = [letter for letter in of_x if letter in of_y]
    batch = [letter for letter in shared if letter in needed]
    if result:
        batch.sort(key=lambda letter: result.index(letter) if letter in result else -1)
    longer = of_x if math.prod(x.shape) >= math.prod(y.shape) else of_y
    summed = [letter for letter in longer if letter in shared and letter not in needed]
    rows = [letter for letter in of_x if letter not in of_y]
    columns = [letter for letter in of_y if letter not in of_x]
    term = (*batch, *rows, *columns)
    shape = tuple([sizes[letter] for letter in term])
    made = _Sketch(shape, term)
    if not summed:
        for z in (x, y):
            z.spread(term)
        return swapped, arithmetic.mul, None, made
    x.group(batch, rows, summed)
    y.group(batch, summed, columns)
    multiplied = (*x.shape[:-1], y.shape[-1])
    return swapped, matmul, None if multiplied == shape else shape, made
