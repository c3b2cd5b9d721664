"""Time the most used functions on 4 x 4 float32 against torch, with and without gradients being recorded.

Both libraries take turns in one process, with one thread each; times are medians of the turns.
`bench_small.py triu where` times the calls with these words alone.
"""

from __future__ import annotations

import statistics
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

CALLS = """
m.zeros(4, 4); m.ones(4, 4); m.full((4, 4), 2.0); m.empty(4, 4); m.eye(4); m.arange(4); m.linspace(0, 1, 4)
m.tensor([1.0, 2.0]); m.zeros_like(x); m.meshgrid(v, v, indexing="ij")
m.rand(4, 4); m.randn(4, 4); m.randint(0, 9, (4, 4)); m.randperm(4); m.rand_like(x); m.randn_like(x); m.bernoulli(p)
m.multinomial(p, 2); F.dropout(x, 0.5)
x + y; x + 1.0; x * y; x / y; x ** 2; -x; x.exp(); p.sqrt(); x.abs(); x.floor(); x.round(); x.sign(); m.maximum(x, y)
m.atan2(x, y); x.clamp(0, 1); x.lerp(y, 0.5); x.addcmul(y, y); x == y; x.isnan(); x.isfinite(); mask.logical_not()
mask & mask; m.where(mask, x, y); m.where(mask, x, 0.0); x.masked_fill(mask, 0.0); x.masked_select(mask)
x @ y; x @ v; v.dot(v); m.bmm(cube, cube); m.outer(v, v); m.addmm(v, x, y); m.einsum("ij,jk->ik", x, y)
x.sum(); x.sum(1); x.mean(); x.mean(1); x.max(); x.max(1); x.amax(1); x.argmax(1); x.prod(); x.var(1); x.std(1)
x.norm(); x.logsumexp(1); mask.any(); mask.all(); x.median(); x.kthvalue(2); x.trace()
x.cumsum(1); x.cumprod(1); x.cummax(1); x.sort(); x.argsort(); x.topk(2); t.unique(); t.bincount()
m.searchsorted(w, w)
x.reshape(2, 8); x.view(16); x.flatten(); x.permute(1, 0); x.transpose(0, 1); x.t(); x.movedim(0, 1); x.squeeze()
x.unsqueeze(0); v.expand(4, 4); x.repeat(2, 1); x.tile(2, 1); x.narrow(0, 1, 2); x.select(0, 1); x.unbind(); x.chunk(2)
x.split(2); x.split([1, 3]); x.diagonal(); m.diag(v); x.triu(); x.tril(); x.flip(0); x.roll(1, 0)
m.stack([x, y]); m.cat([x, y]); F.pad(x, (1, 1))
x[1]; x[:, 1:3]; x[mask]; x[k]; x.index_select(0, k); x.gather(1, i); x.scatter(1, i, y); x.scatter_add(1, i, y)
x.index_add(0, k, y[:3]); x.nonzero(); m.take_along_dim(x, i, 1)
x.clone(); x.t().contiguous(); x.detach(); x.double(); x.bool(); w.tolist(); w[0].item()
x.relu(); x.sigmoid(); x.tanh(); F.gelu(x); F.silu(x); F.leaky_relu(x); F.softplus(x); x.softmax(-1); x.log_softmax(-1)
F.linear(x, y, v); F.embedding(t, x); F.layer_norm(x, (4,), v, v); F.batch_norm(x, None, None, training=True)
F.conv2d(image, filters); F.max_pool2d(image, 2); F.avg_pool2d(image, 2); F.interpolate(image, scale_factor=2)
F.normalize(x); F.cosine_similarity(x, y); F.one_hot(t, 4)
F.cross_entropy(x, t); F.nll_loss(x, t); F.mse_loss(x, y); F.l1_loss(x, y); F.smooth_l1_loss(x, y); F.kl_div(x, p)
F.binary_cross_entropy_with_logits(x, p)
"""
"""Expressions of the module m and the tensors of `operands`."""
TURNS = 9
REPEATS = 200


def operands(m: Any) -> dict[str, Any]:
    """Return what the expressions read."""
    m.manual_seed(0)
    x, y = m.randn(4, 4), m.randn(4, 4)
    return {
        "m": m, "F": m.nn.functional, "x": x, "y": y, "p": m.rand(4, 4), "v": m.randn(4), "w": m.arange(4.0),
        "mask": y > 0, "cube": m.randn(4, 4, 4), "image": m.randn(1, 1, 4, 4), "filters": m.randn(1, 1, 3, 3),
        "i": m.tensor([[0, 1, 2, 3]] * 4), "k": m.tensor([0, 2, 1]), "t": m.tensor([0, 1, 2, 3]),
    }  # fmt: skip


def timed(call: Callable[[], Any]) -> float:
    """Return the microseconds of a call."""
    start = time.perf_counter()
    for _ in range(REPEATS):
        call()
    return (time.perf_counter() - start) / REPEATS * 1e6


def main(words: list[str]) -> None:
    """Print a table of the calls, those with the greatest ratio first."""
    import mocrograd
    import torch

    warnings.simplefilter("ignore")
    libraries = torch, mocrograd
    names = [line for line in CALLS.replace("\n", ";").split(";") if line.strip()]
    names = [name.strip() for name in names if not words or any(word in name for word in words)]
    rows = []
    for m in libraries:
        m.set_num_threads(1)
    for records in (False, True):
        scopes = [operands(m) for m in libraries]
        for scope in scopes:
            for leaf in ("x", "v", "image"):
                scope[leaf].requires_grad_(records)
        for name in names:
            calls = [eval(f"lambda: {name}", scope) for scope in scopes]
            turns = [[timed(call) for call in calls] for _ in range(TURNS)]
            theirs, ours = (statistics.median(times) for times in zip(*turns, strict=True))
            rows.append((ours / theirs, f"{name}{', recorded' if records else ''}", theirs, ours))
    print("call".ljust(48), "torch us  mocrograd us  ratio")
    for ratio, name, theirs, ours in sorted(rows, reverse=True):
        print(f"{name:48} {theirs:8.2f} {ours:13.2f} {ratio:6.2f}")
    print(f"{sum(ratio <= 1.5 for ratio, *_ in rows)} of {len(rows)} calls take at most 1.5 of torch's time")


if __name__ == "__main__":
    main(sys.argv[1:])
