"""Batch normalisation in evaluation mode folded into the layer before it."""

from __future__ import annotations

import copy
from typing import Any, TypeVar

from mocrograd import ops
from mocrograd.nn.linear import Linear
from mocrograd.nn.module import Module
from mocrograd.nn.parameter import Parameter
from mocrograd.tensor import Tensor

Layer = TypeVar("Layer", bound=Module)


def _copy(layer: Layer, bn: Module) -> Layer:
    if layer.training or bn.training:
        raise AssertionError("Fusion only for eval!")
    if bn.running_mean is None or bn.running_var is None:  # type: ignore[attr-defined]
        raise AssertionError("bn.running_mean and bn.running_var must not be None")
    return copy.deepcopy(layer)


def fuse_conv_bn_eval(conv: Layer, bn: Any, transpose: bool = False) -> Layer:
    """Return a convolution that computes what a convolution and the batch normalisation after it do.

    Args:
        conv: The convolution, in evaluation mode.
        bn: The normalisation, in evaluation mode.
        transpose: Whether the convolution is a transposed one.

    Raises:
        AssertionError: One is in training mode, or the normalisation has no running statistics.

    Example:
        >>> import mocrograd as mg
        >>> conv, norm = mg.nn.Conv2d(1, 2, 3).eval(), mg.nn.BatchNorm2d(2).eval()
        >>> x = mg.rand(1, 1, 5, 5)
        >>> fused = mg.nn.utils.fuse_conv_bn_eval(conv, norm)
        >>> bool(mg.allclose(fused(x), norm(conv(x)), atol=1e-5))
        True
    """
    fused: Any = _copy(conv, bn)
    fused.weight, fused.bias = fuse_conv_bn_weights(
        fused.weight, fused.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias, transpose
    )
    layer: Layer = fused
    return layer


def fuse_conv_bn_weights(
    conv_w: Tensor, conv_b: Tensor | None, bn_rm: Tensor, bn_rv: Tensor, bn_eps: float, bn_w: Tensor | None,
    bn_b: Tensor | None, transpose: bool = False,
) -> tuple[Parameter, Parameter]:  # fmt: skip
    """Return weight and bias of a convolution with a batch normalisation folded in.

    Args:
        conv_w: The convolution's weight.
        conv_b: Its bias, or None.
        bn_rm: The running mean.
        bn_rv: The running variance.
        bn_eps: What is added to the variance.
        bn_w: The normalisation's weight, or None.
        bn_b: Its bias, or None.
        transpose: Whether the convolution is a transposed one.

    Example:
        >>> import mocrograd as mg
        >>> conv, norm = mg.nn.Conv2d(1, 1, 1, bias=False), mg.nn.BatchNorm2d(1)
        >>> statistics = norm.running_mean, norm.running_var, norm.eps, norm.weight, norm.bias
        >>> weight, bias = mg.nn.utils.fuse_conv_bn_weights(conv.weight, conv.bias, *statistics)
        >>> x = mg.randn(2, 1, 3, 3)
        >>> mg.allclose(mg.nn.functional.conv2d(x, weight, bias), norm.eval()(conv(x)), atol=1e-5)
        True
    """
    shape = [1] * conv_w.ndim
    shape[1 if transpose else 0] = -1
    scale = (bn_rv + bn_eps).rsqrt() if bn_w is None else bn_w * (bn_rv + bn_eps).rsqrt()
    return _fused(conv_w, conv_b, bn_rm, scale, scale.reshape(shape), bn_b)


def _fused(
    weight: Tensor, bias: Tensor | None, mean: Tensor, scale: Tensor, shaped: Tensor, shift: Tensor | None
) -> tuple[Parameter, Parameter]:
    before = ops.zeros_like(mean) if bias is None else bias
    after = (before - mean) * scale
    after = (after if shift is None else after + shift).to(dtype=(weight if bias is None else bias).dtype)
    product = (weight * shaped).to(dtype=weight.dtype)
    return (
        Parameter(product.detach(), weight.requires_grad),
        Parameter(after.detach(), before.requires_grad),
    )


def fuse_linear_bn_eval(linear: Linear, bn: Any) -> Linear:
    """Return a linear layer that computes what a linear layer and the batch normalisation after it do.

    Args:
        linear: The layer, in evaluation mode.
        bn: The normalisation, in evaluation mode.

    Raises:
        AssertionError: One is in training mode, the normalisation has no running statistics, or the sizes differ.

    Example:
        >>> import mocrograd as mg
        >>> from mocrograd import nn
        >>> linear, norm = nn.Linear(3, 2).eval(), nn.BatchNorm1d(2).eval()
        >>> x = mg.randn(4, 3)
        >>> mg.allclose(nn.utils.fuse_linear_bn_eval(linear, norm)(x), norm(linear(x)), atol=1e-6)
        True
    """
    fused = _copy(linear, bn)
    if bn.num_features not in (linear.out_features, 1):
        raise AssertionError(
            "To fuse, linear.out_features == bn.num_features or bn.num_features == 1, got "
            f"linear.out_features={linear.out_features} and bn.num_features={bn.num_features}"
        )
    fused.weight, fused.bias = fuse_linear_bn_weights(
        fused.weight, fused.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias
    )
    return fused


def fuse_linear_bn_weights(
    linear_w: Tensor, linear_b: Tensor | None, bn_rm: Tensor, bn_rv: Tensor, bn_eps: float, bn_w: Tensor, bn_b: Tensor
) -> tuple[Parameter, Parameter]:
    """Return weight and bias of a linear layer with a batch normalisation folded in.

    Args:
        linear_w: The layer's weight.
        linear_b: Its bias, or None.
        bn_rm: The running mean.
        bn_rv: The running variance.
        bn_eps: What is added to the variance.
        bn_w: The normalisation's weight.
        bn_b: Its bias.

    Example:
        >>> import mocrograd as mg
        >>> linear, norm = mg.nn.Linear(3, 2), mg.nn.BatchNorm1d(2)
        >>> statistics = norm.running_mean, norm.running_var, norm.eps, norm.weight, norm.bias
        >>> weight, bias = mg.nn.utils.fuse_linear_bn_weights(linear.weight, linear.bias, *statistics)
        >>> x = mg.randn(4, 3)
        >>> mg.allclose(mg.nn.functional.linear(x, weight, bias), norm.eval()(linear(x)), atol=1e-5)
        True
    """
    scale = bn_w * (bn_rv + bn_eps).rsqrt()
    return _fused(linear_w, linear_b, bn_rm, scale, scale.unsqueeze(-1), bn_b)
