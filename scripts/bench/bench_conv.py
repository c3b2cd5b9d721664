"""Time convolutions forward and backward on float32 against torch: strides, many channels, small images."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import contest
from bench_layers import Layer, case
from contest import Case


class Shape(NamedTuple):
    """A convolution: channels of images and results, side of the window, stride, padding, side of the image, batch."""

    channels: int
    filters: int
    window: int
    stride: int
    padding: int
    side: int
    batch: int


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


def layer(s: Shape) -> Layer:
    """Return the layer of a shape."""
    positions = ((s.side + 2 * s.padding - s.window) // s.stride + 1) ** 2
    # three products forward and backward
    flops = 3 * 2 * s.batch * positions * s.filters * s.channels * s.window**2

    def build(m: Any) -> Callable[[Any], Any]:
        conv: Callable[[Any], Any] = m.nn.Conv2d(s.channels, s.filters, s.window, s.stride, s.padding)
        return conv

    return Layer((s.batch, s.channels, s.side, s.side), 5, flops, build)


def cases(quick: bool) -> Iterator[Case]:
    """Yield the convolutions."""
    for s in SHAPES[:1] if quick else SHAPES:
        name = f"{s.channels} to {s.filters}, {s.window} x {s.window}, stride {s.stride}, {s.side} x {s.side}"
        yield case(name, layer(s), s.batch)


if __name__ == "__main__":
    contest.main("conv", __doc__, cases)
