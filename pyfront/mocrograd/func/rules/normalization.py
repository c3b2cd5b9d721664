"""Rules of normalisations: samples are more rows, or more channels; weights of samples are multiplied afterwards."""

from __future__ import annotations

from typing import Any

from mocrograd.func.batched import Job
from mocrograd.ops.normalization import ChannelNorm, RowNorm
from mocrograd.tensor import Tensor


def _row_norm(job: Job) -> Any:
    x, weight, bias, rows = job.args
    if not job.mapped[0]:
        x = job.whole(0)
    if not x._size:
        return NotImplemented
    more = rows._replace(rows=rows.rows * job.size)
    if not job.mapped[1] and not job.mapped[2]:
        return job.call(x.contiguous(), weight, bias, more)
    out = job.call(x.contiguous(), None, None, more)
    _, period, weights, _ = shape = rows.unfolded()
    out = out.reshape(job.size, *shape)

    def moved(i: int) -> Tensor:
        w: Tensor = job.whole(i)
        return w.reshape(job.size, 1, period, weights, 1)

    out = out if weight is None else out * moved(1)
    out = out if bias is None else out + moved(2)
    return out.reshape(x._shape)


def _per_channel(x: Any, job: Job, i: int) -> Any:
    """Return a number for each channel of each sample."""
    if x is None:
        return None
    if not job.mapped[i]:
        x = x.expand(job.size, *x._shape)
    return x.reshape(-1)


def _channel_norm(job: Job) -> Any:
    _, weight, bias, mean, var, counter, trained, momentum, eps = job.args
    x = job.whole(0)
    if not x._size:
        return NotImplemented
    if not trained and not any(job.mapped[1:6]):
        out = job.call(
            x.reshape(-1, *x._shape[2:]).contiguous(), weight, bias, mean, var, counter, trained, momentum, eps
        )
        return out.reshape(x._shape)
    if trained and mean is not None and not job.mapped[3]:
        raise RuntimeError(
            "Batch norm got a batched tensor as input while the running_mean or running_var, which will be updated in "
            "place, were not batched."
        )
    if mean is not None:
        mean, var = job.whole(3), job.whole(4)
    flat = x.transpose(0, 1)
    flat = flat.reshape(flat._shape[0], -1, *flat._shape[3:]).contiguous()
    statistics = [None if s is None else s.reshape(-1).contiguous() for s in (mean, var)]
    counter = counter if counter is None or not counter._shape else counter[0]
    weights = [
        None if w is None else w.contiguous() for w in (_per_channel(weight, job, 1), _per_channel(bias, job, 2))
    ]
    out = job.call(flat, *weights, *statistics, counter, trained, momentum, eps)
    if trained and mean is not None:
        for own, new in zip((mean, var), statistics):
            if new is not None and new.address != own.address:
                own.copy_(new.reshape(own._shape))
    return out.reshape(x._shape[1], job.size, -1, *x._shape[3:]).transpose(0, 1)


RULES = {RowNorm: _row_norm, ChannelNorm: _channel_norm}
