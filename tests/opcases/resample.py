"""Rows of interpolation and of pixels rearranged."""

from __future__ import annotations

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
row("interpolate area", lambda m, x: m.nn.functional.interpolate(x, 2, mode="area"),
    lambda x: np.stack([x[..., :3].mean(-1), x[..., 2:].mean(-1)], -1), [(1, 3, 5)], terms=lambda x: 4)  # fmt: skip
row("pixel_shuffle", lambda m, x: m.nn.functional.pixel_shuffle(x, 2),
    lambda x: np.einsum("nchwab->nchawb", x.reshape(x.shape[0], -1, 2, 2, *x.shape[2:]).transpose(0, 1, 4, 5, 2, 3))
    .reshape(x.shape[0], -1, 2 * x.shape[2], 2 * x.shape[3]), [(1, 4, 2, 3), (2, 8, 3, 2)])  # fmt: skip
row("pixel_unshuffle", lambda m, x: m.nn.functional.pixel_unshuffle(x, 2),
    lambda x: np.einsum("nchawb->ncabhw", x.reshape(*x.shape[:2], x.shape[2] // 2, 2, x.shape[3] // 2, 2))
    .reshape(x.shape[0], -1, x.shape[2] // 2, x.shape[3] // 2), [(1, 1, 4, 6), (2, 3, 2, 4)])  # fmt: skip
for _mode, _sizes in (
    ("Reflection", (2, 1, 1, 0)),
    ("Replication", (3, 1, 0, 4)),
    ("Circular", (2, 0, 1, 3)),
    ("Zero", (1, -1, 2, 0)),
):
    row(
        f"{_mode}Pad2d {_sizes}", lambda m, x, n=_mode, s=_sizes: getattr(m.nn, f"{n}Pad2d")(s)(x),
        lambda x, n=_mode, s=_sizes: np.pad(
            x, [(0, 0)] * (x.ndim - 2) + [(s[2], s[3]), (s[0], max(s[1], 0))],
            mode={"Reflection": "reflect", "Replication": "edge", "Circular": "wrap", "Zero": "constant"}[n],
        )[..., : x.shape[-1] + s[0] + s[1]],
        [(1, 1, 3, 4), (2, 3, 7, 17)],
    )  # fmt: skip
row("ConstantPad1d", lambda m, x: m.nn.ConstantPad1d((2, 1), 1.5)(x),
    lambda x: np.pad(x, [(0, 0), (0, 0), (2, 1)], constant_values=1.5), [(1, 2, 3), (2, 1, 33)])  # fmt: skip
row("ReplicationPad3d", lambda m, x: m.nn.ReplicationPad3d(1)(x),
    lambda x: np.pad(x, [(0, 0), (0, 0), (1, 1), (1, 1), (1, 1)], mode="edge"), [(1, 1, 2, 1, 3)])  # fmt: skip
