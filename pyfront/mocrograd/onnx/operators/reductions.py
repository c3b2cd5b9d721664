"""Reductions over axes, and the indices of extremes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mocrograd import ops
from mocrograd.onnx.operators.registry import Form, host, operator
from mocrograd.tensor import Tensor


def _product(x: Tensor, dims: list[int], keep: bool) -> Tensor:
    for dim in sorted(dims, reverse=True):
        x = ops.prod(x, dim, keep, dtype=x.dtype)
    return x


def _sum(x: Tensor, dims: list[int], keep: bool) -> Tensor:
    return ops.sum(x, dims, keep, dtype=x.dtype)


def _extreme(function: Callable[..., Tensor], least: bool) -> Callable[..., Tensor]:
    def reduce(x: Tensor, dims: list[int], keep: bool) -> Tensor:
        if x.dtype.kind == 0:
            return (ops.all if least else ops.any)(x, dims, keep)
        if not all(x.shape[d] for d in dims):
            # The extreme of nothing is the other end of what there is.
            ends = (-np.inf, np.inf) if x.dtype.is_floating_point else x.dtype.limits
            shape = [1 if d in dims else n for d, n in enumerate(x.shape)]
            made = ops.full(shape, ends[least], dtype=x.dtype, device=x.device)
            return made if keep else ops.squeeze(made, tuple(dims))
        return function(x, dims, keep)

    return reduce


_FUNCTIONS: dict[str, Callable[[Tensor, list[int], bool], Tensor]] = {
    "ReduceSum": _sum,
    "ReduceMean": lambda x, dims, keep: ops.mean(x, dims, keep, dtype=x.dtype),
    "ReduceMax": _extreme(ops.amax, False),
    "ReduceMin": _extreme(ops.amin, True),
    "ReduceProd": _product,
    "ReduceL1": lambda x, dims, keep: _sum(ops.abs(x), dims, keep),
    "ReduceL2": lambda x, dims, keep: ops.sqrt(_sum(x * x, dims, keep)).to(x.dtype),
    "ReduceSumSquare": lambda x, dims, keep: _sum(x * x, dims, keep),
    "ReduceLogSum": lambda x, dims, keep: ops.log(_sum(x, dims, keep)).to(x.dtype),
    "ReduceLogSumExp": lambda x, dims, keep: ops.logsumexp(x, dims, keep),
}
_BARE: dict[str, Callable[[Tensor], Tensor]] = {
    "ReduceL1": ops.abs, "ReduceL2": ops.abs, "ReduceSumSquare": ops.square, "ReduceLogSum": ops.log,
}  # fmt: skip
"""What is left of a reduction over no axes at all, where that is not the tensor itself."""
_HOST: dict[str, Callable[..., Any]] = {
    "ReduceSum": np.sum, "ReduceMax": np.max, "ReduceMin": np.min, "ReduceProd": np.prod, "ReduceMean": np.mean,
}  # fmt: skip


def _axes_are_input(node: Any) -> bool:
    return bool(node.opset >= (13 if node.kind == "ReduceSum" else 18))


def _axes(node: Any) -> tuple[Callable[..., list[int]], bool]:
    """Return what gives the axes of a rank and an input, and whether dimensions are kept."""
    keep = bool(node.attribute("keepdims", 1))
    from_input = _axes_are_input(node)
    fixed = None if from_input else node.attribute("axes", None)
    noop = bool(node.attribute("noop_with_empty_axes", 0)) if from_input else False

    def axes(rank: int, given: Any = None) -> list[int]:
        chosen = fixed if given is None else given.tolist()
        if not chosen:
            return [] if noop else list(range(rank))
        if not all(-rank <= a < rank for a in chosen):
            raise IndexError(f"expected axes in [{-rank}, {rank}), got {chosen}")
        return sorted({a % rank for a in chosen})

    return axes, keep


@operator(*_FUNCTIONS, numbers=(1,))
def _reduce(node: Any) -> Form:
    kind = node.kind
    function, bare = _FUNCTIONS[kind], _BARE.get(kind, lambda x: x)
    axes, keep = _axes(node)

    def reduce(x: Tensor, given: Any = None) -> Tensor:
        dims = axes(x.ndim, given)
        if not dims:
            return bare(x)
        return function(x, dims, keep)

    return reduce


@host(*_HOST)
def _reduce_host(node: Any) -> Form:
    function = _HOST[node.kind]
    axes, keep = _axes(node)

    def reduce(x: Any, given: Any = None) -> Any:
        return np.asarray(function(x, axis=tuple(axes(x.ndim, given)), keepdims=keep), dtype=x.dtype)

    return reduce


@operator("ArgMax", "ArgMin")
def _arg_extreme(node: Any) -> Form:
    function = ops.argmax if node.kind == "ArgMax" else ops.argmin
    axis, keep, last = (
        node.attribute("axis", 0),
        bool(node.attribute("keepdims", 1)),
        node.attribute("select_last_index", 0),
    )

    def find(x: Tensor) -> Tensor:
        if not last:
            return function(x, axis, keep)
        return x.shape[axis] - 1 - function(ops.flip(x, axis), axis, keep)

    return find
