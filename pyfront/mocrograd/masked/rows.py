"""Softmax and its like, and normalised vectors, of the elements that a mask leaves in."""

from __future__ import annotations

from typing import Any

from mocrograd import dtypes, ops
from mocrograd.masked.reductions import _least, _most, dims_of, filled, norm, parts
from mocrograd.tensor import Tensor


def _rows(name: str, input: Any, dim: int, mask: Any, least: Any) -> tuple[Tensor, int]:
    """Return the elements with what is masked out infinitely far, and the dimension."""
    x, mask = parts(name, input, mask)
    return (x if mask is None else filled(x, mask, least(name, x))), dims_of(dim, x.dim())[0]


def softmax(input: Tensor, dim: int, *, dtype: dtypes.dtype | None = None, mask: Tensor | None = None) -> Tensor:
    """Return softmax of what a mask leaves in: 0 elsewhere, and nan in a row without elements.

    Args:
        input: A tensor, or a `MaskedTensor`.
        dim: The dimension along which results add up to 1.
        dtype: Of the result; the input's where it is not given.
        mask: What is True where an element counts; it broadcasts to the input.

    Example:
        >>> import mocrograd as mg
        >>> mg.masked.softmax(mg.zeros(3), 0, mask=mg.tensor([True, False, True]))
        tensor([0.5000, 0.0000, 0.5000])
    """
    x, d = _rows("softmax", input, dim, mask, _least)
    return x.softmax(d, dtype=dtype or x.dtype)


def log_softmax(input: Tensor, dim: int, *, dtype: dtypes.dtype | None = None, mask: Tensor | None = None) -> Tensor:
    """Return logarithms of softmax of what a mask leaves in, -inf elsewhere; the arguments are those of `softmax`.

    Example:
        >>> import mocrograd as mg
        >>> mg.masked.log_softmax(mg.zeros(3), 0, mask=mg.tensor([True, False, True]))
        tensor([-0.6931,    -inf, -0.6931])
    """
    x, d = _rows("log_softmax", input, dim, mask, _least)
    return x.log_softmax(d, dtype=dtype or x.dtype)


def softmin(input: Tensor, dim: int, *, dtype: dtypes.dtype | None = None, mask: Tensor | None = None) -> Tensor:
    """Return softmax of the negative of what a mask leaves in, 0 elsewhere; the arguments are those of `softmax`.

    Example:
        >>> import mocrograd as mg
        >>> mg.masked.softmin(mg.zeros(3), 0, mask=mg.tensor([True, False, True]))
        tensor([0.5000, 0.0000, 0.5000])
    """
    x, d = _rows("softmin", input, dim, mask, _most)
    return (-x).softmax(d, dtype=dtype or x.dtype)


def normalize(
    input: Tensor, ord: float, dim: int, *, eps: float = 1e-12, dtype: dtypes.dtype | None = None,
    mask: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """Return vectors divided by their norms, of what a mask leaves in; 0 elsewhere.

    Args:
        input: A tensor, or a `MaskedTensor`.
        ord: The order of the norm.
        dim: The dimension that vectors lie along.
        eps: The least divisor.
        dtype: Of the norm.
        mask: What is True where an element counts; it broadcasts to the input.

    Example:
        >>> import mocrograd as mg
        >>> mg.masked.normalize(mg.tensor([3.0, 9.0, 4.0]), 2.0, 0, mask=mg.tensor([True, False, True]))
        tensor([0.6000, 0.0000, 0.8000])
    """
    x, mask = parts("normalize", input, mask)
    length = norm(x, ord, dim, keepdim=True, dtype=dtype or x.dtype, mask=mask)
    return filled(x, mask, 0) / length.maximum(ops.full((), eps, dtype=length.dtype, device=length.device))
