"""Frames around tensors, and the windows that a convolution sees as columns."""

from __future__ import annotations

from typing import Any

from mocrograd.layout import Shape
from mocrograd.ops.creation import arange
from mocrograd.ops.resample import frame
from mocrograd.tensor import Tensor


def pad(input: Tensor, pad: Any, mode: str = "constant", value: float | None = None) -> Tensor:
    """Return a tensor with a frame around it.

    Args:
        input: A tensor.
        pad: Elements before and behind, the last dimension's first; negative ones cut off.
        mode: "constant", or for floats and up to three dimensions "reflect", "replicate" or "circular".
        value: What a constant frame holds, 0 by default.

    Raises:
        RuntimeError: The sizes are not in pairs, more than the dimensions, or leave a negative size.
        NotImplementedError: There is no such mode.
    """
    sizes = tuple(pad)
    if any(type(n) is not int for n in sizes):
        raise TypeError(f"pad(): argument 'pad' must be tuple of ints, not {sizes}")
    if len(sizes) % 2:
        raise RuntimeError("Padding length must be divisible by 2")
    if len(sizes) // 2 > len(input._shape):
        raise RuntimeError(
            f"Padding length should be less than or equal to two times the input dimension but got padding length "
            f"{len(sizes)} and input of dimension {len(input._shape)}"
        )
    if mode == "constant":
        return _constant(input, sizes, 0.0 if value is None else value)
    if value is not None and value != 0:
        raise ValueError(f'Padding mode "{mode}" doesn\'t take in value argument')
    if mode not in ("reflect", "replicate", "circular"):
        raise NotImplementedError(f"Unrecognised padding mode {mode}")
    return frame(input, sizes, mode)


def _constant(input: Tensor, sizes: Shape, value: float) -> Tensor:
    """Frame any number of dimensions with one value."""
    inner, place = [], []
    shape = list(input._shape)
    before, behind = sizes[::2], sizes[1::2]
    for d, n in enumerate(input._shape):
        k = len(shape) - 1 - d
        b, e = (before[k], behind[k]) if k < len(before) else (0, 0)
        shape[d] = n + b + e
        if shape[d] < 0:
            raise RuntimeError(
                f"The input size {n}, plus negative padding {b} and {e} resulted in a negative output size, which is "
                f"invalid. Check dimension {d} of your input."
            )
        inner.append(slice(min(max(-b, 0), n), max(n - max(-e, 0), 0)))
        place.append(slice(max(b, 0), shape[d] - max(e, 0)))
    out: Tensor = input.new_full(tuple(shape), value)
    if input._size and out._size:
        out[tuple(place)] = input[tuple(inner)]
    return out


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
