"""Time convolutions forward and backward on float32 against torch: strides, many channels, small images, layouts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import contest
from bench_layers import Layer, case
from contest import Case


class Shape(NamedTuple):
    """A convolution: channels of images and results, side of the window, stride, padding, side of the image, batch.

    Attributes:
        groups: Groups of channels that do not see each other.
    """

    channels: int
    filters: int
    window: int
    stride: int
    padding: int
    side: int
    batch: int
    groups: int = 1


SHAPES = (
    Shape(16, 32, 3, 2, 1, 8, 2),
    Shape(64, 64, 3, 1, 1, 32, 8),
    Shape(64, 64, 3, 1, 1, 8, 32),
    Shape(512, 512, 3, 1, 1, 7, 4),
    Shape(512, 512, 1, 1, 0, 7, 4),
    Shape(64, 128, 4, 2, 1, 16, 16),
    Shape(128, 256, 4, 2, 1, 8, 16),
    Shape(256, 512, 3, 2, 1, 14, 4),
)
LAYOUTS = (
    Shape(64, 64, 3, 1, 1, 16, 32),
    Shape(64, 128, 3, 2, 1, 28, 16),
    Shape(512, 512, 3, 1, 1, 7, 4),
    Shape(256, 64, 1, 1, 0, 14, 16),
    Shape(96, 96, 3, 1, 1, 28, 8, 96),
    Shape(96, 96, 3, 2, 1, 28, 8, 96),
    Shape(3, 64, 3, 1, 1, 32, 32),
)
"""Those that are timed row-major and with channels side by side (`channels_last`)."""


def layer(s: Shape, last: bool = False) -> Layer:
    """Return the layer of a shape."""
    positions = ((s.side + 2 * s.padding - s.window) // s.stride + 1) ** 2
    # three products forward and backward
    flops = 3 * 2 * s.batch * positions * s.filters * s.channels // s.groups * s.window**2

    def build(m: Any) -> Callable[[Any], Any]:
        conv = m.nn.Conv2d(s.channels, s.filters, s.window, s.stride, s.padding, groups=s.groups)
        laid: Callable[[Any], Any] = conv.to(memory_format=m.channels_last) if last else conv
        return laid

    return Layer((s.batch, s.channels, s.side, s.side), 5, flops, build, last)


def cases(quick: bool) -> Iterator[Case]:
    """Yield the convolutions."""
    for s in SHAPES[:1] if quick else SHAPES:
        yield case(_name(s), layer(s), s.batch)
    for s in LAYOUTS[:1] if quick else LAYOUTS:
        for last in (False, True):
            yield case(f"{_name(s)}, {'channels_last' if last else 'row-major'}", layer(s, last), s.batch)


def _name(s: Shape) -> str:
    groups = f", {s.groups} groups" if s.groups > 1 else ""
    return f"{s.channels} to {s.filters}, {s.window} x {s.window}, stride {s.stride}, {s.side} x {s.side}{groups}"


if __name__ == "__main__":
    contest.main("conv", __doc__, cases)
