"""Rows of padding and of windows."""

from __future__ import annotations

import numpy as np

from opcases.table import ALL, ARITHMETIC, NUMBERS, row

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
PLACES = ((2, 3, 4, 5), (1, 2, 5, 3))
row("pad", lambda m, x: m.nn.functional.pad(x, (1, 2)), lambda x: np.pad(x, [(0, 0)] * (x.ndim - 1) + [(1, 2)]),
    ((3, 5), (7,), (2, 3, 4)), ALL)  # fmt: skip
row("pad value", lambda m, x: m.nn.functional.pad(x, (0, 1, 2, 0), value=3.0),
    lambda x: np.pad(x, [(0, 0)] * (x.ndim - 2) + [(2, 0), (0, 1)], constant_values=3), ((3, 5), (2, 3, 4)), NUMBERS)  # fmt: skip
row("pad cuts", lambda m, x: m.nn.functional.pad(x, (-1, 2, 1, -1)), lambda x: np.pad(x[:-1, 1:], [(1, 0), (0, 2)]),
    ((3, 5), (4, 4)), NUMBERS)  # fmt: skip
for _mode, _numpy in (("reflect", "reflect"), ("replicate", "edge"), ("circular", "wrap")):
    row(f"pad {_mode}", lambda m, x, k=_mode: m.nn.functional.pad(x, (1, 2, 2, 1), mode=k),
        lambda x, k=_numpy: np.pad(x, [(0, 0), (0, 0), (2, 1), (1, 2)], mode=k), PLACES)  # fmt: skip


def _framed(x: np.ndarray, sizes: tuple[int, ...], mode: str) -> np.ndarray:
    """Return a frame of sizes of both signs: a circular one goes round what is left, the others reach into what is cut."""
    for k in range(len(sizes) // 2):
        n, before, behind = x.shape[-1 - k], sizes[2 * k], sizes[2 * k + 1]
        i = np.arange(-before, n + behind)
        if mode == "circular":
            first, left = max(-before, 0), n + min(before, 0) + min(behind, 0)
            i = first + (i - first) % left
        elif mode == "replicate":
            i = i.clip(0, n - 1)
        else:
            i = (n - 1) - np.abs((n - 1) - np.abs(i))
        x = np.take(x, i, -1 - k)
    return x


_MIXED = {"1d": (-1, 1), "2d": (-1, 1, -2, 1), "3d": (2, -1, -1, 1, -2, -1)}
for _mode in ("reflect", "replicate", "circular"):
    for (_name, _sizes), _shape in zip(_MIXED.items(), ((2, 4), (3, 4, 4), (2, 5, 3, 4)), strict=True):
        row(f"pad {_mode} {_name} of both signs", lambda m, x, s=_sizes, k=_mode: m.nn.functional.pad(x, s, k),
            lambda x, s=_sizes, k=_mode: _framed(x, s, k), (_shape, (2, *_shape), (0, *_shape)),
            ALL if _mode == "circular" else ARITHMETIC)  # fmt: skip
row("pad of all dimensions", lambda m, x: m.nn.functional.pad(x, (1, -1, 0, 2) + (1, 1) * (x.ndim - 2)),
    lambda x: np.pad(x[..., :-1], [(1, 1)] * (x.ndim - 2) + [(0, 2), (1, 0)]), ((3, 4), (2, 1, 2, 3), (0, 3), (1, 2, 1, 2, 3)),
    ALL)  # fmt: skip


def _columns(x: np.ndarray, k: tuple[int, int], s: int, p: int, d: int) -> np.ndarray:
    x = np.pad(x, [(0, 0), (0, 0), (p, p), (p, p)])
    h, w = ((x.shape[2 + i] - d * (k[i] - 1) - 1) // s + 1 for i in range(2))
    parts = [
        x[:, :, i * d : i * d + s * (h - 1) + 1 : s, j * d : j * d + s * (w - 1) + 1 : s].reshape(*x.shape[:2], -1)
        for i in range(k[0])
        for j in range(k[1])
    ]
    return np.stack(parts, 2).reshape(x.shape[0], -1, h * w)


row("unfold", lambda m, x: m.nn.functional.unfold(x, 2), lambda x: _columns(x, (2, 2), 1, 0, 1), PLACES)
row("unfold options", lambda m, x: m.nn.functional.unfold(x, (2, 3), dilation=1, padding=1, stride=2),
    lambda x: _columns(x, (2, 3), 2, 1, 1), PLACES)  # fmt: skip
row("fold", lambda m, x: m.nn.functional.fold(m.nn.functional.unfold(x, 2, stride=1), x.shape[2:], 2),
    lambda x: x * _columns_count(x), PLACES)  # fmt: skip


def _columns_count(x: np.ndarray) -> np.ndarray:
    count = np.zeros(x.shape[2:])
    for i in range(2):
        for j in range(2):
            count[i : x.shape[2] - 1 + i, j : x.shape[3] - 1 + j] += 1
    return count
