"""Charts of the report and the live page: HTML and SVG without scripts, as wide as their place."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from mocrograd.notebook import escape
from mocrograd.train.curves import curves
from mocrograd.utils.pictures import png

PREFIX = "validation_"
_LEAST_SHARE = 0.002
"""Narrower boxes of a flame chart are left out."""
_BARS = 32
_LOW, _MIDDLE, _HIGH = np.array([76, 139, 245]), np.array([247, 247, 247]), np.array([232, 116, 59])
"""Blue below zero, orange above it."""
_CLASSES = np.array(
    [_LOW, _HIGH, (25, 169, 121), (179, 79, 197), (222, 180, 40), (60, 190, 210), (214, 72, 110), (130, 140, 60),
     (120, 100, 220), (120, 120, 120)]
)  # fmt: skip
"""The colours of classes, which begin again after the tenth."""


def metric_curves(epochs: Sequence[dict[str, float]], rates: Sequence[float] = ()) -> str:
    """Return a chart for each measurement, with what was measured in training and in validation together.

    Args:
        epochs: The measurements of each epoch by name.
        rates: The learning rate of each epoch.
    """
    names = list(dict.fromkeys(name for epoch in epochs for name in epoch if name != "seconds"))
    charts = []
    for name in dict.fromkeys(name.removeprefix(PREFIX) for name in names):
        both = [other for other in (name, PREFIX + name) if other in names]
        charts.append({other: [epoch.get(other, math.nan) for epoch in epochs] for other in both})
    if rates:
        charts.append({"learning rate": list(rates)})
    parts = (f"<figure>{curves({shown(name): values for name, values in chart.items()})}</figure>" for chart in charts)
    return f'<div class="charts">{"".join(parts)}</div>'


def shown(name: str) -> str:
    """Return a measurement's name as people read it."""
    return name.replace("_", " ")


def picture(pixels: np.ndarray, title: str = "") -> str:
    """Return pixels, as `png` takes them, as a picture in the page itself."""
    data = base64.b64encode(png(pixels)).decode()
    return f'<img alt="{_quoted(title)}" title="{_quoted(title)}" src="data:image/png;base64,{data}"/>'


def as_pixels(sample: np.ndarray) -> np.ndarray | None:
    """Return a sample as pixels; None where it is neither a square in one row, nor (height, width), nor (1 or 3, ...).

    Args:
        sample: Numbers of any range.
    """
    if sample.ndim == 1 and (side := math.isqrt(len(sample))) >= 4 and side * side == len(sample):
        sample = sample.reshape(side, side)
    elif sample.ndim == 3 and sample.shape[0] in (1, 3):
        sample = sample.transpose(1, 2, 0)
    if sample.ndim < 2 or sample.ndim > 3 or (sample.ndim == 3 and sample.shape[2] not in (1, 3)) or not sample.size:
        return None
    low, high = float(sample.min()), float(sample.max())
    if not math.isfinite(low) or not math.isfinite(high):
        return None
    return ((sample - low) * (255 / (high - low or 1.0))).astype(np.uint8)


def confusion_table(counts: np.ndarray, classes: Sequence[str]) -> str:
    """Return a confusion matrix as a table, the darker the greater the share of a row.

    Args:
        counts: How many samples of each class (rows) the model took for each class (columns).
        classes: Their names.
    """
    head = "".join(f"<th>{escape(name)}</th>" for name in classes)
    rows = []
    for i, (name, row) in enumerate(zip(classes, counts.tolist())):
        total = max(sum(row), 1)
        cells = []
        for j, count in enumerate(row):
            colour = "25,169,121" if i == j else "232,116,59"
            strength = 0 if count == 0 else 0.12 + 0.4 * (count / total) ** 0.5
            cells.append(f'<td style="background:rgba({colour},{strength:.2f})">{count or "·"}</td>')
        rows.append(f"<tr><th>{escape(name)}</th>{''.join(cells)}<td class='muted'>{row[i] / total:.1%}</td></tr>")
    top = f'<tr><th class="muted">true \\ taken for</th>{head}<th class="muted">right</th></tr>'
    return f'<div class="scroll"><table class="confusion">{top}{"".join(rows)}</table></div>'


def gallery(samples: Iterable[np.ndarray], captions: Iterable[str]) -> str:
    """Return pictures with captions; "" where the samples are no pictures."""
    parts = []
    for sample, caption in zip(samples, captions):
        pixels = as_pixels(sample)
        if pixels is not None:
            parts.append(f"<figure>{picture(pixels, caption)}<figcaption>{escape(caption)}</figcaption></figure>")
    return f'<div class="gallery">{"".join(parts)}</div>' if parts else ""


@dataclass
class Box:
    """A box of a flame chart, as wide as its time; the boxes in it stand below."""

    name: str
    seconds: float = 0.0
    parts: dict[str, Box] = field(default_factory=dict)

    def add(self, seconds: float, *path: str) -> None:
        """Add time to the box and to those below it."""
        self.seconds += seconds
        if path:
            self.parts.setdefault(path[0], Box(path[0])).add(seconds, *path[1:])


def flame(root: Box) -> str:
    """Return a flame chart: the whole time above, what it consists of below."""
    levels: list[list[str]] = []
    _flames(root, 0.0, 0, root.seconds or 1.0, levels, "0")
    rows = "".join(f'<div class="level">{"".join(level)}</div>' for level in levels)
    return f'<div class="flame">{rows}</div>'


def _flames(box: Box, start: float, depth: int, whole: float, levels: list[list[str]], hue: str) -> None:
    share = box.seconds / whole
    if share < _LEAST_SHARE:
        return
    if depth == len(levels):
        levels.append([])
    label = f"{box.name}: {duration(box.seconds)}, {share:.1%}"
    levels[depth].append(
        f'<span class="hue{hue}" style="left:{100 * start:.3f}%;width:{100 * share:.3f}%" '
        f'title="{_quoted(label)}">{escape(label)}</span>'
    )
    for i, part in enumerate(sorted(box.parts.values(), key=lambda part: -part.seconds)):
        _flames(part, start, depth + 1, whole, levels, str(i % 5) if depth == 0 else hue)
        start += part.seconds / whole


def bars(values: np.ndarray, title: str) -> str:
    """Return a histogram of numbers, with the least and the greatest, mean and standard deviation."""
    finite = values[np.isfinite(values)]
    counts, limits = np.histogram(finite, _BARS) if finite.size else (np.zeros(_BARS, int), np.zeros(2))
    most = max(int(counts.max()), 1)
    shapes = "".join(
        f'<rect x="{10 * i}" y="{100 - 100 * count / most:.1f}" width="9" height="{100 * count / most:.1f}"/>'
        for i, count in enumerate(counts.tolist())
    )
    middle = f"{finite.mean():.2g} ± {finite.std():.2g}" if finite.size else "nothing is finite"
    ends = f'<div class="ends"><span>{limits[0]:.2g}</span><span>{middle}</span><span>{limits[-1]:.2g}</span></div>'
    drawn = f'role="img" aria-label="how often values occur in {_quoted(title)}"'
    drawing = f'<svg viewBox="0 0 {10 * _BARS} 100" preserveAspectRatio="none" class="bars" {drawn}>{shapes}</svg>'
    return f"<figure><figcaption>{escape(title)}</figcaption>{drawing}{ends}</figure>"


def coloured(values: np.ndarray) -> np.ndarray:
    """Return numbers as colours, (..., 3), uint8: blue below zero, orange above, full at the greatest magnitude."""
    finite = np.nan_to_num(values.astype(np.float64))
    share = (finite / (np.abs(finite).max() if finite.size and finite.any() else 1.0))[..., None]
    return (_MIDDLE + np.abs(share) * (np.where(share < 0, _LOW, _HIGH) - _MIDDLE)).astype(np.uint8)


def boundary(shares: np.ndarray, points: np.ndarray, targets: np.ndarray, corners: tuple[float, ...]) -> str:
    """Return the plane in the colours of a model's classes, with points of the data on it.

    Args:
        shares: How much the model gives each class on a grid, (height, width, C), rows from the greatest y down.
        points: Points of the data, (N, 2).
        targets: Their classes, (N).
        corners: The least and greatest x, the least and greatest y.
    """
    left, right, low, high = corners
    x = (points[:, 0] - left) / (right - left) * 300
    y = (high - points[:, 1]) / (high - low) * 300
    dots = "".join(
        f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3" fill="{_hex(_CLASSES[int(target) % len(_CLASSES)] // 2)}"/>'
        for a, b, target in zip(x.tolist(), y.tolist(), targets.tolist())
    )
    data = base64.b64encode(png(class_colours(shares))).decode()
    plane = (
        f'<image href="data:image/png;base64,{data}" width="300" height="300" preserveAspectRatio="none" '
        'class="plane"/>'
    )
    label = "the plane in the colours of the classes"
    return f'<svg viewBox="0 0 300 300" class="boundary" role="img" aria-label="{label}">{plane}{dots}</svg>'


def class_colours(shares: np.ndarray) -> np.ndarray:
    """Return the colours of classes, (..., 3), uint8: the surer the fuller, pale where classes are equal.

    Args:
        shares: How much each class gets, (..., C), of 1 in all.
    """
    given = np.nan_to_num(shares.astype(np.float64))
    count = given.shape[-1]
    colours = _CLASSES[np.arange(count) % len(_CLASSES)]
    sure = (given.max(-1, keepdims=True) - 1 / count) * count / max(count - 1, 1)
    return (_MIDDLE + np.clip(sure, 0, 1) * (given @ colours - _MIDDLE)).astype(np.uint8)


def _hex(colour: np.ndarray) -> str:
    return "#" + bytes(colour.astype(np.uint8).tolist()).hex()


def duration(seconds: float) -> str:
    """Put a time into a few characters: 1.2 ms."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e9:.0f} ns"


def _quoted(text: str) -> str:
    """Return text as HTML in an attribute."""
    return escape(text).replace('"', "&quot;")
