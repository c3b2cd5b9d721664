"""Random numbers, of the library's generator."""

from __future__ import annotations

import warnings
from typing import Any

from mocrograd import dtypes, ops
from mocrograd.onnx.operators.registry import Form, operator
from mocrograd.tensor import Tensor


def warn_of_seed(node: Any) -> None:
    """Say that a node's own seed has no effect.

    Warns:
        UserWarning: The node has one.
    """
    if node.attribute("seed", None) is not None:
        warnings.warn(f"{node}: the attribute seed has no effect; mocrograd.seed sets it", UserWarning, stacklevel=2)


@operator("RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike")
def _random(node: Any) -> Form:
    warn_of_seed(node)
    dtype = node.dtype("dtype", None)
    if "Normal" in node.kind:
        shift, scale = node.attribute("mean", 0.0), node.attribute("scale", 1.0)
        function = ops.randn
    else:
        shift, high = node.attribute("low", 0.0), node.attribute("high", 1.0)
        scale, function = high - shift, ops.rand
    if node.kind.endswith("Like"):
        return lambda x: function(*x.shape, dtype=dtype or x.dtype, device=x.device) * scale + shift
    shape = node.attribute("shape")
    return lambda: function(*shape, dtype=dtype or dtypes.float32, device=node.mode.device) * scale + shift


@operator("Bernoulli")
def _bernoulli(node: Any) -> Form:
    warn_of_seed(node)
    dtype = node.dtype("dtype", None)

    def run(x: Tensor) -> Tensor:
        return ops.bernoulli(x).to(dtype or x.dtype)

    return run


@operator("Multinomial")
def _multinomial(node: Any) -> Form:
    warn_of_seed(node)
    count, dtype = node.attribute("sample_size", 1), node.dtype("dtype", dtypes.int32)
    return lambda x: ops.multinomial(ops.softmax(x, -1), count, replacement=True).to(dtype)
