"""From the strokes of a pen to an image like those of the digits."""

from __future__ import annotations

from typing import Any

import numpy as np

from mocrograd.train.server import Refused

_MOST_POINTS = 4000
_FINE = 32
"""Height and width of the bitmap; blocks of 4 x 4 of its dots make a pixel."""
_PEN = 3.0
"""The pen's radius, in dots of the bitmap: as much ink as the digits have."""
_LEAST = 0.02
"""The size of a drawing, of the canvas, that is not enlarged any more."""


def strokes_of(request: dict[str, Any]) -> list[np.ndarray]:
    """Return the strokes of a request: lists of points [x, y] in [0, 1], y downwards.

    Raises:
        Refused: They are something else, or too many.
    """
    given = request.get("strokes")
    if not isinstance(given, list) or not all(isinstance(stroke, list) for stroke in given):
        raise Refused("a drawing must be a list of strokes")
    if sum(map(len, given)) > _MOST_POINTS:
        raise Refused(f"a drawing may have {_MOST_POINTS:,} points: clear it")
    for point in (point for stroke in given for point in stroke):
        if not isinstance(point, list) or len(point) != 2 or not all(_is_inside(number) for number in point):
            raise Refused("the points of a drawing must be pairs of numbers from 0 to 1")
    return [np.array(stroke, np.float64) for stroke in given if stroke]


def _is_inside(number: Any) -> bool:
    return isinstance(number, (int, float)) and not isinstance(number, bool) and 0 <= number <= 1


def image(strokes: list[np.ndarray]) -> np.ndarray:
    """Draw strokes as the digits were made: enlarged to the whole height, 32 x 32 dots, of which 4 x 4 make a pixel.

    Args:
        strokes: Arrays of points, (N, 2), in [0, 1], at least one.

    Returns:
        (64), float32 in [0, 1]: rows of 8 x 8 pixels one after the other.
    """
    points = np.concatenate(strokes)
    low, high = points.min(0), points.max(0)
    size = max(float((high - low).max()), _LEAST)
    scale = (_FINE - 2 * _PEN) / size
    middle = (low + high) / 2
    y, x = np.mgrid[:_FINE, :_FINE] + 0.5
    dots = np.stack([x, y], -1).reshape(-1, 2)
    nearest = np.full(len(dots), np.inf)
    for stroke in strokes:
        line = (stroke - middle) * scale + _FINE / 2
        ends = line[1:] if len(line) > 1 else line
        for start, end in zip(line, ends):
            nearest = np.minimum(nearest, _distance(dots, start, end))
    ink = (nearest <= _PEN).reshape(8, 4, 8, 4)
    pixels: np.ndarray = ink.mean((1, 3)).astype(np.float32).reshape(-1)
    return pixels


def _distance(dots: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Return the distance of each dot from the line between two points."""
    way = end - start
    length = float(way @ way)
    share = np.clip((dots - start) @ way / length, 0, 1)[:, None] if length else 0.0
    distance: np.ndarray = np.hypot(*(dots - start - share * way).T)
    return distance
