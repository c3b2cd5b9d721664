"""Rows of sampling at any places, of pooling by norms and its way back, and of channels mixed."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from opcases.pool import largest, windows
from opcases.table import row


def _bounded(at: float, n: int, padding_mode: str, align: bool) -> float:
    if padding_mode == "zeros":
        return at
    if padding_mode == "reflection":
        low, span = (0.0, n - 1) if align else (-0.5, n)
        turns, rest = divmod(abs(at - low), span) if span else (0, 0.0)
        at = low + (span - rest if turns % 2 else rest)
    return min(max(at, 0.0), n - 1)


def _shares(at: float, mode: str) -> list[tuple[int, float]]:
    low = int(np.floor(at))
    if mode == "bilinear":
        return [(low, low + 1 - at), (low + 1, at - low)]
    taps = []
    for tap in range(low - 1, low + 3):
        x = abs(at - tap)
        near, far = (1.25 * x - 2.25) * x * x + 1, ((-0.75 * x + 3.75) * x - 6) * x + 3
        taps.append((tap, near if x <= 1 else far))
    return taps


def _sampled(x: Any, grid: Any, mode: str, padding_mode: str, align: bool) -> Any:
    """Return an image's values at places, one by one."""
    sizes = x.shape[2:]
    out = np.zeros((*x.shape[:2], *grid.shape[1:-1]))
    for place in np.ndindex(*grid.shape[:-1]):
        axes = []
        for n, g in zip(sizes, grid[place][::-1]):
            at = (g + 1) / 2 * (n - 1) if align else ((g + 1) * n - 1) / 2
            cubic = mode == "bicubic"
            taps = _shares(at if cubic else _bounded(at, n, padding_mode, align), mode)
            axes.append([(_bounded(t, n, padding_mode, align) if cubic else t, s) for t, s in taps])
        for corner in product(*axes):
            if all(0 <= tap < n for (tap, _), n in zip(corner, sizes)):
                value = x[(place[0], slice(None), *[int(tap) for tap, _ in corner])]
                out[(place[0], slice(None), *place[1:])] += value * np.prod([share for _, share in corner])
    return out


_IMAGES = (((1, 2, 3, 4), (1, 2, 3, 2)), ((2, 1, 5, 2), (2, 1, 4, 2)))
for _mode, _padding, _align, _cases in (
    ("bilinear", "zeros", False, (*_IMAGES, ((1, 2, 2, 3, 2), (1, 1, 2, 2, 3)))), ("bilinear", "border", True, _IMAGES),
    ("bilinear", "reflection", False, _IMAGES), ("bicubic", "zeros", True, _IMAGES), ("bicubic", "reflection", True, _IMAGES),
):  # fmt: skip
    row(
        f"grid_sample {_mode} {_padding} {_align}",
        lambda m, x, g, o=(_mode, _padding, _align): m.nn.functional.grid_sample(x, g, *o),
        lambda x, g, o=(_mode, _padding, _align): _sampled(x, g, *o), _cases, ranges=((-2.0, 2.0), (-1.3, 1.3)),
        terms=lambda *shapes: 64,
    )  # fmt: skip


def _affine(theta: Any, size: tuple[int, ...], align: bool) -> Any:
    axes = []
    for n in size[2:]:
        line = np.linspace(-1, 1, n) if n > 1 else np.zeros(1)
        axes.append(line if align else line * (n - 1) / n)
    places = np.stack([*np.meshgrid(*axes, indexing="ij")[::-1], np.ones(size[2:])], -1)
    return np.einsum("...k,njk->n...j", places, theta)


for _size, _align in (((2, 1, 3, 4), False), ((2, 1, 2, 4), True), ((1, 2, 2, 3, 2), False)):
    row(
        f"affine_grid {len(_size) - 2}D {_align}",
        lambda m, t, s=_size, a=_align: m.nn.functional.affine_grid(t, s, a),
        lambda t, s=_size, a=_align: _affine(t, s, a), ((_size[0], len(_size) - 2, len(_size) - 1),),
        terms=lambda *shapes: 4,
    )  # fmt: skip


def _norms(x: Any, ndim: int, p: float, kernel_size: int, **options: Any) -> Any:
    spans = windows(x.shape[-ndim:], kernel_size, **options)
    out = np.zeros((*x.shape[:-ndim], *[len(s) for s in spans]))
    for place in np.ndindex(*out.shape[-ndim:]):
        part = x[(..., *np.ix_(*[list(spans[d][j]) for d, j in enumerate(place)]))]
        out[(..., *place)] = (part**p).reshape(*x.shape[:-ndim], -1).sum(-1) ** (1 / p)
    return out


for _ndim, _p, _options, _cases in (
    (1, 2.0, {}, ((1, 2, 7), (3, 9))), (2, 3.0, {"stride": 1}, ((1, 2, 4, 3), (2, 5, 6))), (3, 1.0, {}, ((1, 1, 2, 4, 5),)),
):  # fmt: skip
    row(
        f"lp_pool{_ndim}d {_p} {_options}".replace(" {}", ""),
        lambda m, x, n=_ndim, p=_p, o=_options: getattr(m.nn.functional, f"lp_pool{n}d")(x, p, 2, **o),
        lambda x, n=_ndim, p=_p, o=_options: _norms(x, n, p, 2, **o), _cases, ranges=((0.2, 2.0),),
        terms=lambda *shapes: 8,
    )  # fmt: skip


def _put_back(x: Any, ndim: int) -> Any:
    values, places = largest(x, windows(x.shape[-ndim:], 2))
    flat = np.zeros((*x.shape[:-ndim], int(np.prod(x.shape[-ndim:]))))
    np.put_along_axis(flat, places.reshape(*flat.shape[:-1], -1), values.reshape(*flat.shape[:-1], -1), -1)
    return flat.reshape(x.shape)


for _ndim, _cases in ((1, ((1, 2, 7), (3, 8))), (2, ((1, 2, 4, 5), (2, 3, 6))), (3, ((1, 1, 2, 4, 5),))):

    def _there_and_back(m: Any, x: Any, n: int = _ndim) -> Any:
        f = m.nn.functional
        values, places = getattr(f, f"max_pool{n}d")(x, 2, return_indices=True)
        return getattr(f, f"max_unpool{n}d")(values, places, 2, output_size=x.shape[-n:])

    row(f"max_unpool{_ndim}d", _there_and_back, lambda x, n=_ndim: _put_back(x, n), _cases)
row("channel_shuffle", lambda m, x: m.nn.functional.channel_shuffle(x, 2),
    lambda x: x.reshape(x.shape[0], 2, -1, *x.shape[2:]).swapaxes(1, 2).reshape(x.shape), [(1, 4, 3), (2, 6, 2, 3)])  # fmt: skip


def _linear_cross_entropy(x: Any, w: Any, b: Any, t: Any) -> Any:
    logits = x @ w.T + b
    logits = logits - logits.max(1, keepdims=True)
    losses = np.log(np.exp(logits).sum(1)) - logits[np.arange(len(t)), t]
    return losses.mean()


row("linear_cross_entropy", lambda m, x, w, b, t: m.nn.functional.linear_cross_entropy(x, w, t, linear_bias=b),
    _linear_cross_entropy, [((2, 3), (4, 3), (4,), (2,)), ((7, 5), (4, 5), (4,), (7,))],
    ranges=((-2.0, 2.0), (-2.0, 2.0), (-2.0, 2.0), (0, 3, "int64")), result="float", terms=lambda *shapes: 32)  # fmt: skip
