"""Reductions of nested tensors, and softmax: within rows, along dimensions that are alike, or over everything."""

from __future__ import annotations

import math
from typing import Any

from mocrograd import dtypes
from mocrograd.nested.nestedtensor import NestedTensor, made, padded, repacked
from mocrograd.nested.shapes import dim_of
from mocrograd.ops.properties import iinfo
from mocrograd.tensor import Tensor
from mocrograd.wrapping import bare, name_of

_LEAST, _GREATEST = {"amax", "max", "argmax"}, {"amin", "min", "argmin"}
_REDUCING = _LEAST | _GREATEST | {"all", "any", "mean", "prod", "sum"}
_SOFTMAX = {"softmax", "log_softmax"}


def _identity(name: str, x: Tensor) -> Any:
    """Return what changes no result of a reduction."""
    if name in ("all", "prod"):
        return 1
    if name not in _LEAST | _GREATEST:
        return 0
    if x.dtype.is_floating_point:
        return -math.inf if name in _LEAST else math.inf
    if x.dtype is dtypes.bool_:
        return name in _GREATEST
    return iinfo(x.dtype).min if name in _LEAST else iinfo(x.dtype).max


def _reduce(function: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Reduce over everything, over positions of rows, or along dimensions that are alike.

    Raises:
        RuntimeError: Dimensions of both kinds are given, or the first one without the ragged one.
    """
    options = dict(options)
    x, *rest = args if args else (options.pop("input"),)
    dim = rest.pop(0) if rest else options.pop("dim", None)
    keepdim = rest.pop(0) if rest else options.pop("keepdim", False)
    name = name_of(function)
    if isinstance(dim, Tensor):  # maximum and minimum of two tensors
        raise RuntimeError(f"{name}(): expected a dimension for a NestedTensor: use maximum() or minimum()")
    if dim is None:
        return bare(function, (x._elements,), options)
    dims = sorted({dim_of(x, d, name) for d in ((dim,) if isinstance(dim, int) else dim)})
    one = isinstance(dim, int)

    def run(values: Tensor, along: list[int]) -> Any:
        return bare(function, (values, along[0] if one else tuple(along), keepdim), options)

    if 0 in dims:
        if x._at not in dims:
            what = "reducing along the batch dimension but not the ragged dimension is not supported for nested tensors"
            raise RuntimeError(f"{name}(): {what}")
        result = run(x._elements, [d - 1 for d in dims[1:]])
        return result.unsqueeze(0) if keepdim else result
    if x._at in dims:
        if len(dims) > 1:
            raise RuntimeError(
                f"{name}(): reducing along a ragged and non-batch dimension is not supported for nested tensors"
            )
        return _over_positions(name, x, keepdim, run)
    result = run(x._elements, [d - 1 for d in dims])
    at = x._at if keepdim else x._at - sum(d < x._at for d in dims)
    return made(result, x._size_of, at) if isinstance(result, Tensor) else _pairs(result, x, at)


def _pairs(result: Any, x: NestedTensor, at: int) -> Any:
    return type(result)(*(made(part, x._size_of, at) for part in result))


def _over_positions(name: str, x: NestedTensor, keepdim: bool, run: Any) -> Any:
    wide = padded(x, _identity(name, x._elements))
    if name != "mean":
        return run(wide, [x._at])
    sizes = x._size_of.offsets.diff().reshape(-1, *(1,) * (wide.dim() - 1 - (not keepdim)))
    return wide.sum(x._at, keepdim) / sizes


def _softmax(function: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    options = dict(options)
    x, *rest = args if args else (options.pop("input"),)
    dim = rest.pop(0) if rest else options.pop("dim")
    d = dim_of(x, dim, name_of(function))
    if d == 0:
        raise RuntimeError(f"{name_of(function)}(): not supported for NestedTensor on dim=0")
    if d != x._at:
        return x._like(bare(function, (x._elements, d - 1), options))
    return repacked(bare(function, (padded(x, -math.inf), d), options), x._size_of, d)


FORMS: dict[str, Any] = {**dict.fromkeys(_REDUCING, _reduce), **dict.fromkeys(_SOFTMAX, _softmax)}
