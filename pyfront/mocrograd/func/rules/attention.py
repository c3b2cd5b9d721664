"""Rules of attention and of recurrent layers: samples are more batches."""

from __future__ import annotations

from typing import Any

from mocrograd.func.batched import Job
from mocrograd.ops import attention, recurrent
from mocrograd.ops.attention import Attention, SelfAttention, weight_dropout
from mocrograd.ops.recurrent import Recurrent
from mocrograd.tensor import Tensor


def _joined(x: Tensor) -> Tensor:
    return x.reshape(x._shape[0] * x._shape[1], *x._shape[2:])


def _attention(job: Job) -> Any:
    mask, causal, scale, *drops = job.args[3:]
    drop = drops[0] if drops else None
    if drop is not None:
        job.level.check_randomness()
        if job.level.randomness == "same":
            return NotImplemented
    q, k, v = [job.whole(i) for i in range(3)]
    shape = q._shape[:2]
    if job.mapped[3]:
        mask = _joined(mask.expand(*shape, *mask._shape[2:]))
    elif mask is not None and mask._shape[0] != 1:
        mask = _joined(job.whole(3))
    q, k, v = [_joined(x) for x in (q, k, v)]
    out = job.call(q, k, v, mask, causal, scale, None if drop is None else weight_dropout(drop.p, q, k))
    return out.reshape(*shape, *out._shape[1:])


def _self_attention(x: Tensor, heads: int, batch_first: bool, mask: Any, causal: bool, scale: float, p: float) -> Any:
    """Compute self-attention by attention, for which there is a rule."""
    parts = (part.reshape(*part._shape[:2], heads, -1) for part in x.chunk(3, -1))
    q, k, v = (part.permute((0, 2, 1, 3) if batch_first else (1, 2, 0, 3)) for part in parts)
    out = Attention.run(q, k, v, mask, causal, scale, weight_dropout(p, q, k))
    return out.permute((0, 2, 1, 3) if batch_first else (2, 0, 1, 3)).flatten(-2)


def _recurrent(job: Job) -> Any:
    cell, reverse, sizes, *_ = job.args
    if sizes is not None or any(job.mapped[6:]):
        return NotImplemented
    x = job.whole(3).movedim(0, 1)
    steps, _, batch, features = x._shape
    states = [None if job.args[i] is None else _joined(job.whole(i)) for i in (4, 5)]
    found = job.call(cell, reverse, None, x.reshape(steps, -1, features), *states, *job.args[6:])
    out = found[0].reshape(steps, job.size, batch, -1).movedim(1, 0)
    return (out, *[end.reshape(job.size, batch, -1) for end in found[1:]])


def _recurrent_by_steps(cell: str, reverse: bool, sizes: Any, x: Tensor, h: Any, c: Any, *weights: Any) -> Any:
    """Compute a recurrent layer by operations of one step."""
    shape = x._shape[1], weights[1]._shape[-1]
    h = x.new_zeros(shape) if h is None else h
    c = x.new_zeros(shape) if c is None and cell == "lstm" else c
    return recurrent.composed(cell, reverse, sizes, x, h, c, *weights)


def _never(job: Job) -> Any:
    return NotImplemented


RULES = {Attention: _attention, SelfAttention: _never, Recurrent: _recurrent}
COMPOSED = {Attention: attention.composed, SelfAttention: _self_attention, Recurrent: _recurrent_by_steps}
