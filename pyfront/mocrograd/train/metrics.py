"""Measures of a model that are means of batches, and the L2 term that keeps its parameters small."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mocrograd.autograd import Function
from mocrograd.tensor import Tensor
from mocrograd.train.classification import AUROC as AUROC
from mocrograd.train.classification import F1 as F1
from mocrograd.train.classification import Accuracy as Accuracy
from mocrograd.train.classification import ConfusionMatrix as ConfusionMatrix
from mocrograd.train.classification import Precision as Precision
from mocrograd.train.classification import Recall as Recall
from mocrograd.train.classification import TopK as TopK
from mocrograd.train.metric import Metric as Metric
from mocrograd.train.regression import MAE as MAE
from mocrograd.train.regression import R2 as R2
from mocrograd.train.regression import RMSE as RMSE
from mocrograd.train.regression import Perplexity as Perplexity


def accuracy(output: Tensor, target: Tensor) -> float:
    """Return the share of rows whose greatest output stands at the target class.

    Args:
        output: Scores, (N, C).
        target: Class indices, (N), int64.

    Returns:
        A number in [0, 1]; nan for no rows.

    Example:
        >>> import mocrograd as mg
        >>> mg.train.accuracy(mg.tensor([[2.0, 1.0], [0.0, 1.0]]), mg.tensor([0, 0]))
        0.5
    """
    rows = len(target)
    return int((output.argmax(-1) == target).sum().item()) / rows if rows else float("nan")


class _L2(Function):
    """The penalty as one node: composed of products and sums, it would read them three times more."""

    @staticmethod
    def forward(ctx: Any, factor: float, *parameters: Tensor) -> Tensor:
        ctx.factor = factor
        ctx.save_for_backward(*parameters)
        total = parameters[0].square().sum()
        for parameter in parameters[1:]:
            total = total + parameter.square().sum()
        return total * factor

    @staticmethod
    def backward(ctx: Any, grad_out: Tensor) -> tuple[Tensor | None, ...]:
        scale = grad_out * (2 * ctx.factor)
        return (None, *[parameter * scale for parameter in ctx.saved_tensors])


def l2_penalty(parameters: Iterable[Tensor], factor: float) -> Tensor:
    """Compute factor * sum(p^2) over all elements of all parameters.

    Args:
        parameters: At least one tensor.
        factor: Weight of the term in the loss.

    Returns:
        A scalar that backward goes through: the gradient of p is 2 * factor * p.

    Example:
        >>> import mocrograd as mg
        >>> mg.train.l2_penalty([mg.tensor([1.0, 2.0])], 0.1)
        tensor(0.5000)
    """
    return _L2.apply(factor, *parameters)
