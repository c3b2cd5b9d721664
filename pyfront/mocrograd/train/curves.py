"""Curves over epochs as a drawing in SVG."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from mocrograd.notebook import escape

_COLOURS = ("#4c8bf5", "#e8743b", "#19a979", "#b34fc5")
"""They stand out from white and from black."""
_WIDTH, _HEIGHT = 480, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 12, 24, 28
_MOST = 500
"""Points of a curve; of more epochs some are left out."""


def curves(series: Mapping[str, Sequence[float]]) -> str:
    """Return curves over epochs as SVG, with a legend; what is not finite is a gap.

    Args:
        series: Values of every epoch, by name. Where they differ by a factor of 50 and all are positive, the axis is
            logarithmic.
    """
    finite = [value for values in series.values() for value in values if math.isfinite(value)] or [0.0]
    low, high = min(finite), max(finite)
    logarithmic = low > 0 and high / low > 50
    scale = math.log10 if logarithmic else float
    bottom, top = scale(low), scale(high)
    if bottom == top:
        around = abs(bottom) / 2 or 0.5
        bottom, top = bottom - around, top + around
    count = max(len(values) for values in series.values())

    def x(epoch: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * (epoch / (count - 1) if count > 1 else 0.5)

    def y(value: float) -> float:
        return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * (scale(value) - bottom) / (top - bottom)

    parts = []
    for i in range(5):
        at = bottom + (top - bottom) * i / 4
        parts.append(_tick(f"{10**at if logarithmic else at:.3g}", y(10**at if logarithmic else at)))
    for epoch in sorted({0, (count - 1) // 2, count - 1}):
        parts.append(f'<text x="{x(epoch):.1f}" y="{_HEIGHT - 8}" text-anchor="middle">{epoch}</text>')
    for i, (name, values) in enumerate(series.items()):
        colour = _COLOURS[i % len(_COLOURS)]
        for piece in _pieces(values):
            points = " ".join(f"{x(epoch):.1f},{y(value):.1f}" for epoch, value in piece)
            if len(piece) == 1:
                cx, cy = points.split(",")
                parts.append(f'<circle cx="{cx}" cy="{cy}" r="3" fill="{colour}"/>')
            else:
                parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        legend = _LEFT + 150 * i
        parts.append(f'<rect x="{legend}" y="8" width="14" height="3" fill="{colour}"/>')
        parts.append(f'<text x="{legend + 20}" y="13">{escape(name)}</text>')
    width = max(_WIDTH, _LEFT + 150 * len(series))
    label = escape(", ".join(series)).replace('"', "&quot;")
    return (
        f'<svg viewBox="0 0 {width} {_HEIGHT}" width="{width}" height="{_HEIGHT}" role="img" '
        f'aria-label="{label} over epochs" font-size="11" '
        f'font-family="sans-serif" fill="currentColor">{"".join(parts)}</svg>'
    )


def _tick(label: str, y: float) -> str:
    line = f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="currentColor" opacity=".2"/>'
    return f'{line}<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{label}</text>'


def _pieces(values: Sequence[float]) -> list[list[tuple[int, float]]]:
    """Return the stretches of finite values, with their epochs."""
    step = math.ceil(len(values) / _MOST)
    pieces: list[list[tuple[int, float]]] = [[]]
    for epoch in sorted({*range(0, len(values), step), len(values) - 1} - {-1}):
        if math.isfinite(values[epoch]):
            pieces[-1].append((epoch, values[epoch]))
        elif pieces[-1]:
            pieces.append([])
    return [piece for piece in pieces if piece]
