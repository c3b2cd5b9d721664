"""The windows that a convolution sees as columns."""

from __future__ import annotations

from typing import Any

from mocrograd.layout import Shape
from mocrograd.ops.creation import arange
from mocrograd.ops.padding import pad
from mocrograd.tensor import Tensor


def _pair(name: str, what: str, value: Any, least: int) -> tuple[int, int]:
    pair = (value, value) if type(value) is int else tuple(value)
    if len(pair) != 2 or any(type(n) is not int or n < least for n in pair):
        raise RuntimeError(f"{name}: {what} must be one or two integers of at least {least}, but got {value}")
    return pair[0], pair[1]


class _Windows:
    """Where the elements of windows lie in a framed image: an index per element of a column and per window."""

    def __init__(
        self, name: str, image: Shape, kernel_size: Any, dilation: Any, padding: Any, stride: Any, device: Any
    ) -> None:
        kernel, step = _pair(name, "kernel_size", kernel_size, 1), _pair(name, "stride", stride, 1)
        apart, self.frame = _pair(name, "dilation", dilation, 1), _pair(name, "padding", padding, 0)
        self.size = (image[0] + 2 * self.frame[0], image[1] + 2 * self.frame[1])
        counts = [(n - a * (k - 1) - 1) // s + 1 for n, k, s, a in zip(self.size, kernel, step, apart)]
        if min(counts) < 1:
            raise RuntimeError(
                f"{name}: Given input with spatial size {list(image)}, kernel_size={kernel}, dilation={apart}, "
                f"padding={self.frame}, stride={step}, calculated shape of the array of sliding blocks as {counts}, "
                "but its components must be at least one."
            )
        self.elements, self.count = kernel[0] * kernel[1], counts[0] * counts[1]
        rows, columns = [
            (arange(k, device=device) * a).unsqueeze(1) + arange(c, device=device) * s
            for k, a, c, s in zip(kernel, apart, counts, step)
        ]
        places = (rows * self.size[1]).reshape(kernel[0], 1, counts[0], 1) + columns.unsqueeze(1)
        self.index = places.reshape(-1)


def unfold(input: Tensor, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Tensor:
    """Return the windows of images as columns.

    Args:
        input: (batch, channels, height, width), or without the batch.
        kernel_size: Height and width of a window, or one for both.
        dilation: Distance of a window's elements.
        padding: Zeros around the images.
        stride: Distance of the windows.

    Returns:
        (batch, channels * elements of a window, windows).

    Raises:
        RuntimeError: The sizes do not fit.
    """
    if len(input._shape) not in (3, 4):
        raise RuntimeError(f"unfold: Expected 3D or 4D (batch mode) tensor, got {list(input._shape)}")
    if 0 in input._shape[-3:]:
        raise RuntimeError(
            "Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, "
            f"but got: {list(input._shape)}"
        )
    x = input if len(input._shape) == 4 else input.unsqueeze(0)
    w = _Windows("unfold", x._shape[2:], kernel_size, dilation, padding, stride, x.device)
    framed = pad(x, (w.frame[1], w.frame[1], w.frame[0], w.frame[0])) if any(w.frame) else x
    n, channels = x._shape[:2]
    out = framed.reshape(n, channels, w.size[0] * w.size[1]).index_select(2, w.index)
    out = out.reshape(n, channels * w.elements, w.count)
    return out if len(input._shape) == 4 else out.squeeze(0)


def fold(
    input: Tensor, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
) -> Tensor:
    """Add windows, given as columns, up to images: what `unfold` is the transpose of.

    Args:
        input: (batch, channels * elements of a window, windows), or without the batch.
        output_size: Height and width of the images, or one for both.
        kernel_size: Height and width of a window, or one for both.
        dilation: Distance of a window's elements.
        padding: How much of the frame around the images is dropped.
        stride: Distance of the windows.

    Returns:
        (batch, channels, height, width).

    Raises:
        RuntimeError: The sizes do not fit.
    """
    if len(input._shape) not in (2, 3):
        raise RuntimeError(f"fold: Expected 2D or 3D (batch mode) tensor for input, got {list(input._shape)}")
    if 0 in input._shape[-2:]:
        raise RuntimeError(
            "Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero dimensions for "
            f"input, but got: {list(input._shape)}"
        )
    x = input if len(input._shape) == 3 else input.unsqueeze(0)
    image = _pair("fold", "output_size", output_size, 1)
    w = _Windows("fold", image, kernel_size, dilation, padding, stride, x.device)
    n, rows, count = x._shape
    if rows % w.elements or count != w.count:
        raise RuntimeError(
            f"fold: Expected size of input's dimension 1 to be divisible by the product of kernel_size "
            f"({w.elements}) and dimension 2 to be {w.count}, but got {list(input._shape)}"
        )
    channels = rows // w.elements
    base = x.new_zeros((n, channels, w.size[0] * w.size[1]))
    whole = base.index_add(2, w.index, x.reshape(n, channels, w.elements * count))
    whole = whole.reshape(n, channels, *w.size)
    out = whole[:, :, w.frame[0] : w.frame[0] + image[0], w.frame[1] : w.frame[1] + image[1]]
    return out if len(input._shape) == 3 else out.squeeze(0)
