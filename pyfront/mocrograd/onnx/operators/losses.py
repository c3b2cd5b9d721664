"""Losses."""

from __future__ import annotations

from typing import Any

from mocrograd import dtypes, ops
from mocrograd.nn import functional
from mocrograd.onnx.operators.registry import Form, operator
from mocrograd.tensor import Tensor

_IGNORE_NOTHING = -(2**31)


def _options(node: Any) -> tuple[str, int]:
    reduction = node.choice("reduction", "mean", "none", "sum", "mean")
    return reduction, node.attribute("ignore_index", _IGNORE_NOTHING)


@operator("NegativeLogLikelihoodLoss")
def _negative_log_likelihood(node: Any) -> Form:
    reduction, ignored = _options(node)

    def run(x: Tensor, target: Tensor, weight: Tensor | None = None) -> Tensor:
        return functional.nll_loss(x, target.to(dtypes.int64), weight, ignore_index=ignored, reduction=reduction)

    return run


@operator("SoftmaxCrossEntropyLoss")
def _softmax_cross_entropy(node: Any) -> Form:
    reduction, ignored = _options(node)

    def run(x: Tensor, target: Tensor, weight: Tensor | None = None) -> Any:
        logs = ops.log_softmax(x, 1)
        loss = functional.nll_loss(logs, target.to(dtypes.int64), weight, ignore_index=ignored, reduction=reduction)
        return (loss, logs) if node.wanted(1) else loss

    return run
