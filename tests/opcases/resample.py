"""Rows of resampling images."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from opcases.table import row


def _weights(n: int, m: int, scale: float, mode: str, align: bool) -> Any:
    """Return the matrix (m, n) that interpolates along one dimension."""
    matrix = np.zeros((m, n))
    for i in range(m):
        if n == m:
            matrix[i, i] = 1
            continue
        if mode.startswith("nearest"):
            middle = 0.5 if mode == "nearest-exact" else 0.0
            matrix[i, min(int(np.float32(i + middle) * np.float32(scale)), n - 1)] = 1
            continue
        at = i * scale if align else (i + 0.5) * scale - 0.5
        if mode != "bicubic":
            at = max(at, 0.0)
        whole = int(np.floor(at))
        for tap in range(whole - 1, whole + 3) if mode == "bicubic" else (whole, whole + 1):
            x = abs(at - tap)
            if mode != "bicubic":
                weight = max(1 - x, 0.0)
            elif x <= 1:
                weight = (1.25 * x - 2.25) * x * x + 1
            else:
                weight = ((-0.75 * x + 3.75) * x - 6) * x + 3
            matrix[i, min(max(tap, 0), n - 1)] += weight
    return matrix


def _interpolated(x: Any, mode: str, align_corners: bool | None = None, **size: Any) -> Any:
    ndim = x.ndim - 2
    for d in range(2, x.ndim):
        n = x.shape[d]
        if "size" in size:
            m = size["size"][d - 2] if isinstance(size["size"], tuple) else size["size"]
            scale = n / m
        else:
            m, scale = int(n * size["scale_factor"]), 1 / size["scale_factor"]
        if align_corners:
            scale = (n - 1) / (m - 1) if m > 1 else 0.0
        x = np.moveaxis(np.moveaxis(x, d, -1) @ _weights(n, m, scale, mode, bool(align_corners)).T, -1, d)
    assert ndim in (1, 2, 3)
    return x


for _mode, _options, _cases in (
    ("nearest", {"scale_factor": 2}, ((1, 2, 3), (1, 1, 2, 3), (1, 1, 2, 2, 3))), ("nearest", {"size": 5}, ((2, 2, 7),)),
    ("nearest-exact", {"size": (3, 8)}, ((1, 2, 4, 3),)), ("linear", {"size": 7}, ((1, 2, 4), (2, 3, 17))),
    ("nearest", {"size": 600}, ((2, 1, 290),)), ("linear", {"size": 520}, ((1, 2, 260), (1, 1, 1040))),
    ("bilinear", {"scale_factor": 1.7}, ((1, 2, 3, 4), (2, 3, 7, 5))),
    ("bilinear", {"size": (5, 3), "align_corners": True}, ((1, 2, 3, 4), (2, 3, 7, 9))),
    ("trilinear", {"scale_factor": 2}, ((1, 1, 2, 3, 2),)), ("bicubic", {"size": (5, 7)}, ((1, 2, 3, 4), (1, 1, 9, 8))),
    ("bicubic", {"scale_factor": 2, "align_corners": True}, ((1, 2, 3, 4),)),
):  # fmt: skip
    row(
        " ".join(["interpolate", _mode, *(f"{k}={v}".replace(" ", "") for k, v in _options.items())]),
        lambda m, x, o=_options, mode=_mode: m.nn.functional.interpolate(x, mode=mode, **o),
        lambda x, o=_options, mode=_mode: _interpolated(x, mode, **o), _cases, terms=lambda *shapes: 64,
    )  # fmt: skip


def _smoothed(x: Any, sizes: tuple[int, int], reach: int, height: Any, align: bool = False) -> Any:
    """Return images resized with a filter that is as wide as `reach` pixels of the result."""
    for d, new in zip((2, 3), sizes):
        old = x.shape[d]
        scale = (old - 1) / (new - 1) if align else old / new
        wide = max(scale, 1.0)
        matrix = np.zeros((new, old))
        for i in range(new):
            at = scale * (i + 0.5)
            for tap in range(max(int(at - reach * wide + 0.5), 0), min(int(at + reach * wide + 0.5), old)):
                matrix[i, tap] = height(abs((tap - at + 0.5) / wide))
        matrix /= matrix.sum(1, keepdims=True)
        x = np.moveaxis(np.moveaxis(x, d, -1) @ matrix.T, -1, d)
    return x


def _keys(x: float) -> float:
    return (1.5 * x - 2.5) * x * x + 1 if x < 1 else -0.5 * (x - 1) * max(2 - x, 0) ** 2


def _bytes(x: Any, sizes: tuple[int, int], matrix: Any) -> Any:
    """Return images of bytes resized, the width first, and rounded after each side."""
    for d in (3, 2):
        wide = np.moveaxis(np.moveaxis(x, d, -1) @ matrix(x.shape[d], sizes[d - 2]).T, -1, d)
        x = np.clip(np.floor(wide + 0.5), 0, 255)
    return x.astype(np.uint8)


def _halved(n: int, m: int) -> Any:
    """Return the matrix (m, n) of a triangle as wide as the pixels of the result."""
    at = (np.arange(m)[:, None] + 0.5) * n / m - 0.5
    matrix = np.maximum(1 - np.abs(np.arange(n) - at) * m / n, 0)
    return matrix / matrix.sum(1, keepdims=True)


_OF_BYTES = {"dtypes": ("uint8",), "ranges": ((0, 255),), "differentiable": False}
for _mode in ("bilinear", "bicubic"):
    row(f"interpolate {_mode} of bytes", lambda m, x, o=_mode: m.nn.functional.interpolate(x, (8, 6), mode=o),
        lambda x, o=_mode: _bytes(x, (8, 6), lambda n, new: _weights(n, new, n / new, o, False)),
        [(1, 2, 4, 3), (2, 3, 4, 3)], **_OF_BYTES)  # fmt: skip
row("interpolate antialias bilinear of bytes",
    lambda m, x: m.nn.functional.interpolate(x, (4, 3), mode="bilinear", antialias=True),
    lambda x: _bytes(x, (4, 3), _halved), [(1, 2, 8, 6), (2, 3, 8, 6)], **_OF_BYTES)  # fmt: skip
row("interpolate antialias bilinear",
    lambda m, x: m.nn.functional.interpolate(x, (3, 9), mode="bilinear", antialias=True),
    lambda x: _smoothed(x, (3, 9), 1, lambda d: max(1 - d, 0)), [(1, 2, 7, 5), (2, 1, 3, 20)], terms=lambda x: 64)  # fmt: skip
row("interpolate antialias bicubic align_corners",
    lambda m, x: m.nn.functional.interpolate(x, (4, 3), mode="bicubic", antialias=True, align_corners=True),
    lambda x: _smoothed(x, (4, 3), 2, _keys, True), [(1, 2, 7, 9), (1, 1, 4, 8)], terms=lambda x: 64)  # fmt: skip
row("interpolate area", lambda m, x: m.nn.functional.interpolate(x, 2, mode="area"),
    lambda x: np.stack([x[..., :3].mean(-1), x[..., 2:].mean(-1)], -1), [(1, 3, 5)], terms=lambda x: 4)  # fmt: skip
row("pixel_shuffle", lambda m, x: m.nn.functional.pixel_shuffle(x, 2),
    lambda x: np.einsum("nchwab->nchawb", x.reshape(x.shape[0], -1, 2, 2, *x.shape[2:]).transpose(0, 1, 4, 5, 2, 3))
    .reshape(x.shape[0], -1, 2 * x.shape[2], 2 * x.shape[3]), [(1, 4, 2, 3), (2, 8, 3, 2)])  # fmt: skip
row("pixel_unshuffle", lambda m, x: m.nn.functional.pixel_unshuffle(x, 2),
    lambda x: np.einsum("nchawb->ncabhw", x.reshape(*x.shape[:2], x.shape[2] // 2, 2, x.shape[3] // 2, 2))
    .reshape(x.shape[0], -1, x.shape[2] // 2, x.shape[3] // 2), [(1, 1, 4, 6), (2, 3, 2, 4)])  # fmt: skip


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
row("channel_shuffle", lambda m, x: m.nn.functional.channel_shuffle(x, 2),
    lambda x: x.reshape(x.shape[0], 2, -1, *x.shape[2:]).swapaxes(1, 2).reshape(x.shape), [(1, 4, 3), (2, 6, 2, 3)])  # fmt: skip
