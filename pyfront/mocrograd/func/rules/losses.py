"""Rules of losses of classes: losses of all rows, then the mean or the sum of each sample's."""

from __future__ import annotations

import math
from typing import Any

from mocrograd import ops
from mocrograd.func.batched import Job, dense, raw_view
from mocrograd.layout import contiguous_strides
from mocrograd.ops.compare import Where
from mocrograd.ops.loss import CrossEntropy, NLLLoss
from mocrograd.ops.views import View
from mocrograd.tensor import Tensor

_MEAN, _SUM = 1, 2


def _rows(x: Tensor) -> Tensor:
    """Return all samples' rows as rows."""
    x, shape = dense(x), (x._shape[0] * x._shape[1], *x._shape[2:])
    strides = contiguous_strides(shape)
    return View.run(x, shape, strides) if x.requires_grad else raw_view(x, shape, strides, x._size)


def _cross_entropy(job: Job) -> Any:
    x, target = job.whole(0), job.whole(1)
    reduction, ignore_index, smoothing = job.args[2:]
    classes = _rows(target)
    losses = job.call(_rows(x), classes, 0, ignore_index, smoothing)
    if x._shape[1] == 1 and reduction == _MEAN:
        return Where.run(ops.ne(classes, ignore_index), losses, math.nan)
    losses = losses.reshape(x._shape[:2])
    if reduction == _MEAN:
        return losses.sum(1) / (target != ignore_index).sum(1).to(x.dtype)
    return losses.sum(1) if reduction == _SUM else losses


def _nll_loss(job: Job) -> Any:
    x, target = job.whole(0), job.whole(1)
    weight, reduction, ignore_index = job.args[2:]
    if job.mapped[2]:
        return NotImplemented
    losses = job.call(_rows(x), _rows(target), weight, 0, ignore_index).reshape(x._shape[:2])
    if reduction != _MEAN:
        return losses.sum(1) if reduction == _SUM else losses
    counted = target != ignore_index
    if weight is None:
        return losses.sum(1) / counted.sum(1).to(x.dtype)
    factors = ops.where(counted, weight[ops.where(counted, target, 0)], 0.0)
    return losses.sum(1) / factors.sum(1)


RULES = {CrossEntropy: _cross_entropy, NLLLoss: _nll_loss}
