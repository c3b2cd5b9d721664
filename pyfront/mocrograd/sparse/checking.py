"""Checks of gradients by differences, for functions of sparse tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mocrograd import layout, ops
from mocrograd.sparse.graph import build, dense_of, distinct, entries
from mocrograd.sparse.layouts import like_layout
from mocrograd.sparse.tensor import SparseTensor
from mocrograd.tensor import Tensor


def as_sparse_gradcheck(gradcheck: Callable[..., Any]) -> Callable[..., Any]:
    """Return a form of `gradcheck` or `gradgradcheck` that takes sparse inputs.

    The function is checked as one of the entries' values. With `masked=False`, the default, positions without entries
    become entries of value 0 first.

    Args:
        gradcheck: `autograd.gradcheck` or `autograd.gradgradcheck`.

    Example:
        >>> import mocrograd as mg
        >>> check = mg.sparse.as_sparse_gradcheck(mg.autograd.gradcheck)
        >>> check(mg.sparse.sum, mg.eye(2, dtype=mg.float64).to_sparse().requires_grad_())
        True
    """

    def check(func: Callable[..., Any], inputs: Any, *args: Any, masked: bool = False, **options: Any) -> Any:
        given = tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,)
        patterns = [_pattern(x, masked) if isinstance(x, SparseTensor) else None for x in given]
        leaves = tuple([x if p is None else _leaf(p, x.requires_grad) for x, p in zip(given, patterns)])

        def of_values(*values: Any) -> Any:
            made = [
                v if p is None else build(v, p.layout, p._index, p._shape, p._merged) for v, p in zip(values, patterns)
            ]
            result = func(*made)
            return tuple(map(_dense, result)) if isinstance(result, (tuple, list)) else _dense(result)

        return gradcheck(of_values, leaves, *args, **options)

    return check


def _pattern(x: SparseTensor, masked: bool) -> SparseTensor:
    """Return a tensor whose entries can be changed one by one: with all positions, unless only its own count."""
    x = distinct(x.detach())
    if masked:
        return x
    flags = ops.ones(x._shape[: len(x._batch) + x.sparse_dim()], device=x.device)
    index = flags.nonzero().t().contiguous()
    dims = flags._shape
    values = dense_of(x).reshape(flags._size, *x._shape[len(dims) :])
    return like_layout(build(values, layout.sparse_coo, (index,), x._shape, True), x)


def _leaf(x: SparseTensor, requires_grad: bool) -> Tensor:
    return entries(x).detach().clone().requires_grad_(requires_grad)


def _dense(x: Any) -> Any:
    return dense_of(x) if isinstance(x, SparseTensor) else x
