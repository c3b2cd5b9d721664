"""Normalisation, softmax and dropout."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from mocrograd import dtypes, ops
from mocrograd.nn import functional
from mocrograd.onnx.operators.random import warn_of_seed
from mocrograd.onnx.operators.registry import Form, operator
from mocrograd.tensor import Tensor


@operator("BatchNormalization")
def _batch_normalization(node: Any) -> Form:
    eps, momentum = node.attribute("epsilon", 1e-5), node.attribute("momentum", 0.9)
    trains = bool(node.attribute("training_mode", 0)) if node.opset >= 14 else False
    if node.opset < 9 and node.attribute("spatial", 1) != 1:
        raise node.unsupported("the attribute spatial is 0; supported is 1")
    if any(node.wanted(i) for i in range(3 if trains else 1, 5)):
        raise node.unsupported("outputs of running statistics are supported with training_mode alone")

    def run(x: Tensor, scale: Tensor, bias: Tensor, mean: Tensor, var: Tensor) -> Any:
        if not trains:
            training = node.mode.training
            return functional.batch_norm(x, mean, var, scale, bias, training, 1 - momentum, eps)
        # What ONNX returns of the variance is that of the batch, not corrected for its size.
        y = functional.batch_norm(x, None, None, scale, bias, True, 0.0, eps)
        if not node.wanted(1) and not node.wanted(2):
            return y
        found, batch = ops.var_mean(x, [d for d in range(x.ndim) if d != 1], correction=0)
        return y, mean * momentum + batch * (1 - momentum), var * momentum + found * (1 - momentum)

    return run


@operator("InstanceNormalization")
def _instance_normalization(node: Any) -> Form:
    eps = node.attribute("epsilon", 1e-5)
    return lambda x, scale, bias: functional.instance_norm(x, weight=scale, bias=bias, eps=eps)


@operator("LayerNormalization")
def _layer_normalization(node: Any) -> Form:
    axis, eps = node.attribute("axis", -1), node.attribute("epsilon", 1e-5)
    _check_stash(node)
    statistics = node.wanted(1) or node.wanted(2)

    def run(x: Tensor, scale: Tensor, bias: Tensor | None = None) -> Any:
        dims = list(range(axis % x.ndim, x.ndim))
        shape = tuple(x.shape[d] for d in dims)
        if tuple(scale.shape) == shape and (bias is None or tuple(bias.shape) == shape):
            y = functional.layer_norm(x, shape, scale, bias, eps)
        else:
            y = functional.layer_norm(x, shape, None, None, eps) * scale
            y = y if bias is None else y + bias
        if not statistics:
            return y
        var, mean = ops.var_mean(x, dims, correction=0, keepdim=True)
        return y, mean, ops.rsqrt(var + eps)

    return run


@operator("RMSNormalization")
def _rms_normalization(node: Any) -> Form:
    axis, eps = node.attribute("axis", -1), node.attribute("epsilon", 1e-5)
    _check_stash(node)

    def run(x: Tensor, scale: Tensor) -> Tensor:
        shape = list(x.shape[axis % x.ndim :])
        return functional.rms_norm(x, shape, None, eps) * scale

    return run


def _check_stash(node: Any) -> None:
    if node.attribute("stash_type", 1) not in (1, 11):
        raise node.unsupported("the attribute stash_type names a dtype other than float32 and float64")


@operator("GroupNormalization")
def _group_normalization(node: Any) -> Form:
    groups, eps = node.attribute("num_groups"), node.attribute("epsilon", 1e-5)
    by_channel = node.opset >= 21
    if by_channel:
        _check_stash(node)

    def run(x: Tensor, scale: Tensor, bias: Tensor) -> Tensor:
        if not by_channel:
            each = x.shape[1] // groups
            scale, bias = ops.repeat_interleave(scale, each), ops.repeat_interleave(bias, each)
        return functional.group_norm(x, groups, scale, bias, eps)

    return run


@operator("LRN")
def _local_response_normalization(node: Any) -> Form:
    size, bias = node.attribute("size"), node.attribute("bias", 1.0)
    alpha, beta = node.attribute("alpha", 1e-4), node.attribute("beta", 0.75)

    def run(x: Tensor) -> Tensor:
        if size % 2:
            return functional.local_response_norm(x, size, alpha, beta, bias)
        squares = ops.unsqueeze(ops.flatten(x * x, 2), 1)
        squares = functional.pad(squares, [0, 0, (size - 1) // 2, size - 1 - (size - 1) // 2])
        sums = functional.avg_pool2d(squares, [size, 1], stride=1)
        return x / ops.pow(ops.reshape(sums, x.shape) * alpha + bias, beta)

    return run


@operator("LpNormalization")
def _lp_normalization(node: Any) -> Form:
    axis, p = node.attribute("axis", -1), node.attribute("p", 2)

    def run(x: Tensor) -> Tensor:
        norm = ops.sum(ops.abs(x), axis, True) if p == 1 else ops.sqrt(ops.sum(x * x, axis, True))
        return ops.where(norm == 0, ops.zeros_like(x), x / ops.where(norm == 0, ops.ones_like(norm), norm))

    return run


@operator("MeanVarianceNormalization")
def _mean_variance_normalization(node: Any) -> Form:
    axes = node.attribute("axes", [0, 2, 3])

    def run(x: Tensor) -> Tensor:
        var, mean = ops.var_mean(x, axes, correction=0, keepdim=True)
        return (x - mean) / (ops.sqrt(var) + 1e-9)

    return run


def _along(node: Any, function: Callable[[Tensor, int], Tensor]) -> Form:
    """Return a function along an axis; before opset 13, along all dimensions from the axis on, as one."""
    if node.opset >= 13:
        axis = node.attribute("axis", -1)
        return lambda x: function(x, axis)
    axis = node.attribute("axis", 1)

    def run(x: Tensor) -> Tensor:
        dim = axis % max(x.ndim, 1)
        if dim == x.ndim - 1:
            return function(x, dim)
        flat = ops.reshape(x, [math.prod(x.shape[:dim]), math.prod(x.shape[dim:])])
        return ops.reshape(function(flat, 1), x.shape)

    return run


@operator("Softmax")
def _softmax(node: Any) -> Form:
    return _along(node, functional.softmax)


@operator("LogSoftmax")
def _log_softmax(node: Any) -> Form:
    return _along(node, functional.log_softmax)


@operator("Hardmax")
def _hardmax(node: Any) -> Form:
    def hardmax(x: Tensor, dim: int) -> Tensor:
        first = ops.argmax(x, dim, True)
        return ops.scatter(ops.zeros_like(x), dim, first, ops.ones_like(first, dtype=x.dtype))

    return _along(node, hardmax)


@operator("Dropout", numbers=(1, 2))
def _dropout(node: Any) -> Form:
    fixed = node.attribute("ratio", 0.5) if node.opset < 12 else 0.5
    if node.opset >= 12:
        warn_of_seed(node)

    def run(x: Tensor, ratio: Any = None, trains: Any = None) -> Any:
        active = node.mode.training or (trains is not None and bool(trains.item()))
        p = fixed if ratio is None else float(ratio.item())
        if not node.wanted(1):
            return functional.dropout(x, p, active)
        if not active:
            return x, ops.ones_like(x, dtype=dtypes.bool_)
        kept = functional.dropout(ops.ones_like(x), p, True)
        return x * kept, kept != 0

    return run
