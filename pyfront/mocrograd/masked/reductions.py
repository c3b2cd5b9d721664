"""Reductions and running sums of the elements that a mask leaves in.

A masked-out element is replaced by the identity of the operation, such as 0 in a sum, so that it changes no result; its
gradient is 0.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from mocrograd import dtypes, ops
from mocrograd.ops._arguments import checked
from mocrograd.ops.norms import vector_norm
from mocrograd.ops.properties import iinfo
from mocrograd.tensor import Tensor

Dims = int | Sequence[int] | None


def parts(name: str, input: Any, mask: Any) -> tuple[Tensor, Any]:
    """Return the elements and the mask, which is that of a `MaskedTensor` where the input is one.

    Raises:
        TypeError: The input or the mask is no tensor.
        NotImplementedError: One of them is sparse.
    """
    own = getattr(input, "get_mask", None)
    if own is not None:
        input, mask = input.get_data(), own()
    for which, x in (("input", input), ("mask", mask)):
        if not isinstance(x, Tensor) and (which == "input" or x is not None):
            raise TypeError(f"masked.{name}(): argument '{which}' must be Tensor, not {type(x).__name__}")
        if x is not None and x._sparse:
            raise NotImplementedError(f"masked.{name}: expected dense tensors, got a sparse {which}: use to_dense()")
    return input, None if mask is None else fitted(name, input, mask)


def fitted(name: str, x: Tensor, mask: Tensor) -> Tensor:
    """Return a mask as bools of a tensor's shape.

    Raises:
        IndexError: The mask has more dimensions.
        RuntimeError: It does not broadcast.
    """
    if mask.dim() > x.dim():
        raise IndexError(
            f"masked.{name}: expected a mask that broadcasts to the input, got one of {mask.dim()} dimensions for an "
            f"input of {x.dim()}"
        )
    return mask.to(dtypes.bool_).broadcast_to(x.shape)


def filled(x: Tensor, mask: Any, identity: float) -> Tensor:
    """Return a tensor with an identity in place of what is masked out."""
    return x if mask is None else ops.where(mask, x, ops.full((), identity, dtype=x.dtype, device=x.device))


def dims_of(dim: Dims, rank: int) -> tuple[int, ...]:
    """Return dimensions counted from the front in ascending order: all of them for None and for an empty tuple.

    Raises:
        RuntimeError: One is given twice.
        IndexError: There is no such dimension.
    """
    if dim is None or (not isinstance(dim, int) and not len(dim)):
        return tuple(range(rank))
    most, found = max(rank, 1), []
    for d in (dim,) if isinstance(dim, int) else dim:
        if d in found:
            raise RuntimeError(f"dim={d} appears multiple times in the list of dims")
        if not -most <= d < most:
            raise IndexError(f"Dimension out of range (expected to be in range of [{-most}, {most - 1}], but got {d})")
        found.append(d % most)
    return tuple(sorted(found))


def _least(name: str, x: Tensor) -> float:
    """Return what no element is less than.

    Raises:
        NotImplementedError: Elements are bools.
        TypeError: They are complex.
    """
    if x.dtype.is_complex or x.dtype is dtypes.bool_:
        kind = TypeError if x.dtype.is_complex else NotImplementedError
        raise kind(f"masked.{name}: expected numbers that are ordered, got a mask with elements of {x.dtype}")
    return -math.inf if x.dtype.is_floating_point else iinfo(x.dtype).min


def _most(name: str, x: Tensor) -> float:
    return -_least(name, x) if x.dtype.is_floating_point else (_least(name, x), iinfo(x.dtype).max)[1]


def _summed(x: Tensor, dtype: Any) -> Any:
    """Return the dtype of a sum: that of narrow integers is int64."""
    return dtype or (dtypes.int64 if x.dtype.kind < 2 else x.dtype)


@checked
def sum(
    input: Tensor, dim: Dims = None, *, keepdim: bool = False, dtype: dtypes.dtype | None = None,
    mask: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """Return sums of what a mask leaves in, 0 where that is nothing.

    Args:
        input: A tensor, or a `MaskedTensor`, whose own mask counts.
        dim: One dimension or several; None for all.
        keepdim: Whether they stay, with size 1.
        dtype: Of the result; int64 for narrower integers where it is not given.
        mask: What is True where an element counts; it broadcasts to the input.

    Example:
        >>> import mocrograd as mg
        >>> mg.masked.sum(mg.tensor([[1.0, 2.0], [3.0, 4.0]]), 1, mask=mg.tensor([True, False]))
        tensor([1., 3.])
    """
    x, mask = parts("sum", input, mask)
    dims = dims_of(dim, x.dim())
    return filled(x, mask, 0).sum(dims, bool(keepdim), dtype=_summed(x, dtype))


@checked
def prod(
    input: Tensor, dim: Dims = None, *, keepdim: bool = False, dtype: dtypes.dtype | None = None,
    mask: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """Return products of what a mask leaves in, 1 where that is nothing; the arguments are those of `sum`.

    Example:
        >>> import mocrograd as mg
        >>> mg.masked.prod(mg.tensor([2.0, 3.0, 4.0]), mask=mg.tensor([True, False, True]))
        tensor(8.)
    """
    x, mask = parts("prod", input, mask)
    result = filled(x, mask, 1).to(_summed(x, dtype))
    for d in reversed(dims_of(dim, x.dim())):
        result = result.prod(d, bool(keepdim))
    return result


@checked
def cumsum(input: Tensor, dim: int, *, dtype: dtypes.dtype | None = None, mask: Tensor | None = None) -> Tensor:
    """Return running sums along a dimension, to which what is masked out adds nothing.

    Args:
        input: A tensor, or a `MaskedTensor`.
        dim: The dimension.
        dtype: Of the result; the input's where it is not given.
        mask: What is True where an element counts; it broadcasts to the input.

    Example:
        >>> import mocrograd as mg
        >>> mg.masked.cumsum(mg.tensor([1.0, 2.0, 3.0]), 0, mask=mg.tensor([True, False, True]))
        tensor([1., 1., 4.])
    """
    x, mask = parts("cumsum", input, mask)
    return filled(x, mask, 0).cumsum(dims_of(dim, x.dim())[0], dtype=dtype or x.dtype)


@checked
def cumprod(input: Tensor, dim: int, *, dtype: dtypes.dtype | None = None, mask: Tensor | None = None) -> Tensor:
    """Return running products along a dimension, to which what is masked out adds nothing; as `cumsum`.

    Example:
        >>> import mocrograd as mg
        >>> mg.masked.cumprod(mg.tensor([2.0, 3.0, 4.0]), 0, mask=mg.tensor([True, False, True]))
        tensor([2., 2., 8.])
    """
    x, mask = parts("cumprod", input, mask)
    return filled(x, mask, 1).cumprod(dims_of(dim, x.dim())[0], dtype=dtype or x.dtype)


@checked
def amax(
    input: Tensor, dim: Dims = None, *, keepdim: bool = False, dtype: dtypes.dtype | None = None,
    mask: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """Return the greatest elements that a mask leaves in, the least number of the dtype where that is nothing.

    The arguments are those of `sum`; the result has the input's dtype unless another one is given.

    Raises:
        NotImplementedError: There is a mask, and elements are bools.
        TypeError: They are complex.

    Example:
        >>> import mocrograd as mg
        >>> mg.masked.amax(mg.tensor([1.0, 5.0, 3.0]), mask=mg.tensor([True, False, True]))
        tensor(3.)
    """
    x, mask = parts("amax", input, mask)
    filled_ = x if mask is None else filled(x, mask, _least("amax", x))
    return filled_.amax(dims_of(dim, x.dim()), bool(keepdim)).to(dtype or x.dtype)


@checked
def amin(
    input: Tensor, dim: Dims = None, *, keepdim: bool = False, dtype: dtypes.dtype | None = None,
    mask: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """Return the least elements that a mask leaves in, the greatest number of the dtype where that is nothing.

    Arguments and errors are those of `amax`.

    Example:
        >>> import mocrograd as mg
        >>> mg.masked.amin(mg.tensor([1.0, 5.0, 3.0]), mask=mg.tensor([False, True, True]))
        tensor(3.)
    """
    x, mask = parts("amin", input, mask)
    filled_ = x if mask is None else filled(x, mask, _most("amin", x))
    return filled_.amin(dims_of(dim, x.dim()), bool(keepdim)).to(dtype or x.dtype)


@checked
def argmax(
    input: Tensor, dim: int | None = None, *, keepdim: bool = False, dtype: dtypes.dtype | None = None,
    mask: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """Return where the greatest element is that a mask leaves in, in the input's dtype unless another one is given.

    Args:
        input: A tensor, or a `MaskedTensor`.
        dim: The dimension; None for the position in the flattened tensor.
        keepdim: Whether it stays, with size 1.
        dtype: Of the result.
        mask: What is True where an element counts; it broadcasts to the input.

    Raises:
        NotImplementedError: There is a mask, and elements are bools.
        TypeError: They are complex.

    Example:
        >>> import mocrograd as mg
        >>> mg.masked.argmax(mg.tensor([1.0, 5.0, 3.0]), mask=mg.tensor([True, False, True]), dtype=mg.int64)
        tensor(2)
    """
    x, mask = parts("argmax", input, mask)
    filled_ = x if mask is None else filled(x, mask, _least("argmax", x))
    return filled_.argmax(dim, bool(keepdim)).to(dtype or x.dtype)


@checked
def argmin(
    input: Tensor, dim: int | None = None, *, keepdim: bool = False, dtype: dtypes.dtype | None = None,
    mask: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """Return where the least element is that a mask leaves in; arguments and errors are those of `argmax`.

    Example:
        >>> import mocrograd as mg
        >>> mg.masked.argmin(mg.tensor([1.0, 5.0, 3.0]), mask=mg.tensor([False, True, True]), dtype=mg.int64)
        tensor(2)
    """
    x, mask = parts("argmin", input, mask)
    filled_ = x if mask is None else filled(x, mask, _most("argmin", x))
    return filled_.argmin(dim, bool(keepdim)).to(dtype or x.dtype)


@checked
def median(
    input: Tensor, dim: int = -1, *, keepdim: bool = False, dtype: dtypes.dtype | None = None,
    mask: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """Return medians along a dimension of what a mask leaves in, the lower one of two, nan where that is nothing.

    Args:
        input: A tensor, or a `MaskedTensor`.
        dim: The dimension.
        keepdim: Whether it stays, with size 1.
        dtype: Of medians of integers.
        mask: What is True where an element counts; it broadcasts to the input.

    Raises:
        ValueError: Elements are integers, and a row is masked out.

    Example:
        >>> import mocrograd as mg
        >>> mg.masked.median(mg.tensor([1.0, 9.0, 3.0, 5.0]), mask=mg.tensor([True, False, True, True]))
        tensor(3.)
    """
    x, mask = parts("median", input, mask)
    d = dims_of(dim, x.dim())[0]
    floating = x.dtype.is_floating_point
    result: Tensor = filled(x if floating else x.float(), mask, math.nan).nanmedian(d, keepdim).values
    if floating:
        return result
    if bool(result.isnan().any()):
        raise ValueError("masked median expects no fully masked out rows if dtype is not floating point")
    return result.to(dtype or x.dtype)


@checked
def logsumexp(
    input: Tensor, dim: Dims = None, *, keepdim: bool = False, dtype: dtypes.dtype | None = None,
    mask: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """Return logarithms of sums of exponentials of what a mask leaves in, -inf where that is nothing.

    The arguments are those of `sum`; the result has the input's dtype unless another one is given.

    Example:
        >>> import mocrograd as mg
        >>> mg.masked.logsumexp(mg.tensor([0.0, 9.0, 0.0]), mask=mg.tensor([True, False, True]))
        tensor(0.6931)
    """
    x, mask = parts("logsumexp", input, mask)
    filled_ = x
    if mask is not None:
        filled_ = filled(x, mask, -math.inf if x.dtype.is_complex else _least("logsumexp", x))
    return filled_.logsumexp(dims_of(dim, x.dim()), keepdim).to(dtype or x.dtype)


@checked
def logaddexp(
    input: Tensor, other: Tensor, *, dtype: dtypes.dtype | None = None, input_mask: Tensor | None = None,
    other_mask: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """Return log(exp(input) + exp(other)), in which what is masked out counts as -inf.

    Args:
        input: A tensor, or a `MaskedTensor`.
        other: Another one.
        dtype: Of the result; that of `input` where it is not given.
        input_mask: What is True where an element of `input` counts.
        other_mask: The same of `other`.

    Raises:
        NotImplementedError: There is a mask, and elements are bools.
        TypeError: They are complex.

    Example:
        >>> import mocrograd as mg
        >>> mask = mg.tensor([True, False])
        >>> mg.masked.logaddexp(mg.zeros(2), mg.zeros(2), input_mask=mask)
        tensor([0.6931, 0.0000])
    """
    both = []
    for x, mask in ((input, input_mask), (other, other_mask)):
        x, mask = parts("logaddexp", x, mask)
        both.append(x if mask is None else filled(x, mask, _least("logaddexp", x)))
    return both[0].logaddexp(both[1]).to(dtype or input.dtype)


@checked
def norm(
    input: Tensor, ord: float = 2.0, dim: Dims = None, *, keepdim: bool = False,
    dtype: dtypes.dtype | None = None, mask: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """Return norms of the vectors of what a mask leaves in, 0 where that is nothing (inf for the order -inf).

    Args:
        input: A tensor, or a `MaskedTensor`.
        ord: The order.
        dim: One dimension or several; None for all.
        keepdim: Whether they stay, with size 1.
        dtype: Of the result.
        mask: What is True where an element counts; it broadcasts to the input.

    Raises:
        TypeError: The order is None.

    Example:
        >>> import mocrograd as mg
        >>> mg.masked.norm(mg.tensor([3.0, 9.0, 4.0]), mask=mg.tensor([True, False, True]))
        tensor(5.)
    """
    x, mask = parts("norm", input, mask)
    if ord is None:
        raise TypeError("masked.norm(): argument 'ord' must be a number, not NoneType")
    filled_ = filled(x, mask, math.inf if ord == -math.inf else 0)
    return vector_norm(filled_, ord, dims_of(dim, x.dim()), bool(keepdim), dtype=dtype)


@checked
def mean(
    input: Tensor, dim: Dims = None, *, keepdim: bool = False, dtype: dtypes.dtype | None = None,
    mask: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """Return means of what a mask leaves in, nan where that is nothing; the arguments are those of `sum`.

    Raises:
        ValueError: The dtype, or the input's, is one of integers.

    Example:
        >>> import mocrograd as mg
        >>> mg.masked.mean(mg.tensor([1.0, 9.0, 3.0]), mask=mg.tensor([True, False, True]))
        tensor(2.)
    """
    x, mask = parts("mean", input, mask)
    source, kind = ("Input", x.dtype) if dtype is None else ("Optional", dtype)
    if kind.kind < 2:
        raise ValueError(
            f"mean(): Could not infer output dtype. {source} dtype must be either a floating point or complex dtype. "
            f"Got: {kind}"
        )
    return sum(x, dim, keepdim=keepdim, dtype=kind, mask=mask) / _count(x, dim, keepdim, mask)


def _count(x: Tensor, dim: Dims, keepdim: bool, mask: Any) -> Tensor:
    """Return how many elements count for each result."""
    ones = ops.ones((), dtype=dtypes.bool_, device=x.device).expand(x.shape) if mask is None else mask
    return ones.sum(dims_of(dim, x.dim()), bool(keepdim))


def _spread(name: str, x: Any, dim: Dims, keepdim: bool, dtype: Any, mask: Any, by: tuple[Any, Any]) -> Tensor:
    """Return variances, whose divisor is lessened by a correction.

    Raises:
        AssertionError: The correction is given twice.
    """
    unbiased, correction = by
    if unbiased is not None and correction is not None:
        raise AssertionError("Only one of unbiased and correction may be given")
    less = float(correction) if correction is not None else 1.0 if unbiased is None or unbiased else 0.0
    x, mask = parts(name, x, mask)
    kind = dtype or (x.dtype if x.dtype.kind >= 2 else dtypes.float32)
    computed = kind if kind.kind >= 2 else dtypes.float32
    count = _count(x, dim, True, mask)
    away = x - sum(x, dim, keepdim=True, dtype=kind, mask=mask) / count
    total = sum(away * away.conj(), dim, keepdim=keepdim, dtype=computed, mask=mask)
    count = count if keepdim else count.reshape(total.shape)
    if less:
        count = (count.to(computed.to_real() if computed.is_complex else computed) - less).clamp(min=0)
    return (total / count).to(kind)


@checked
def var(
    input: Tensor, dim: Dims = None, unbiased: bool | None = None, *, correction: float | None = None,
    keepdim: bool = False, dtype: dtypes.dtype | None = None, mask: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """Return variances of what a mask leaves in, nan where that is nothing.

    Args:
        input: A tensor, or a `MaskedTensor`.
        dim: One dimension or several; None for all.
        unbiased: Whether the divisor is the count less 1, which it is by default.
        correction: What the count is lessened by instead.
        keepdim: Whether dimensions stay, with size 1.
        dtype: Of the result; float32 for integers where it is not given.
        mask: What is True where an element counts; it broadcasts to the input.

    Raises:
        AssertionError: Both `unbiased` and `correction` are given.

    Example:
        >>> import mocrograd as mg
        >>> mg.masked.var(mg.tensor([1.0, 9.0, 3.0]), mask=mg.tensor([True, False, True]))
        tensor(2.)
    """
    return _spread("var", input, dim, keepdim, dtype, mask, (unbiased, correction))


@checked
def std(
    input: Tensor, dim: Dims = None, unbiased: bool | None = None, *, correction: float | None = None,
    keepdim: bool = False, dtype: dtypes.dtype | None = None, mask: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """Return standard deviations of what a mask leaves in; arguments and errors are those of `var`.

    Example:
        >>> import mocrograd as mg
        >>> mg.masked.std(mg.tensor([1.0, 9.0, 3.0]), 0, False, mask=mg.tensor([True, False, True]))
        tensor(1.)
    """
    return _spread("std", input, dim, keepdim, dtype, mask, (unbiased, correction)).sqrt()
