"""Padding: of one value, or of the tensor's own elements; and sliding windows as columns."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, NamedTuple

from mocrograd.autograd import Function
from mocrograd.autograd.function import shows
from mocrograd.backend import call
from mocrograd.dtypes import scalar_kind
from mocrograd.layout import Shape
from mocrograd.ops._arguments import integers
from mocrograd.ops._memory import fill
from mocrograd.ops.creation import arange
from mocrograd.ops.resample import frame
from mocrograd.strides import format_strides, memory_words, suggested_format
from mocrograd.tensor import Tensor, fresh_with
from mocrograd.types import Ints

__all__ = []


def pad(input: Tensor, pad: Any, mode: str = "constant", value: float | None = None) -> Tensor:
    """Return a tensor with padding around it.

    Args:
        input: A tensor.
        pad: Elements before and behind, the last dimension's first; negative ones cut off.
        mode: "constant", or where one or two dimensions stay and one to three are framed "reflect", "replicate" or
            "circular".
        value: What a constant frame holds, 0 by default.

    Raises:
        RuntimeError: The sizes are not in pairs, more than the dimensions, cut off more than there is, or ask for more
            than the mode has to give.
        NotImplementedError: There is no such mode, or not for this number of dimensions or this dtype.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([[1.0, 2.0]])
        >>> mg.nn.functional.pad(x, (1, 2))
        tensor([[0., 1., 2., 0., 0.]])
    """
    if not isinstance(pad, (tuple, list)):
        raise TypeError(f"pad(): argument 'pad' must be tuple of ints, not {type(pad).__name__}")
    if value is not None and scalar_kind(value) < 0:
        raise TypeError(f"pad(): argument 'value' must be float, not {type(value).__name__}")
    sizes = integers("pad", "pad", tuple(pad))
    if len(sizes) % 2:
        raise RuntimeError(f"Padding length must be divisible by 2, got {sizes}")
    pairs = len(sizes) // 2
    if pairs > len(input._shape):
        raise RuntimeError(
            f"Padding length should be less than or equal to two times the input dimension but got padding length "
            f"{len(sizes)} and input of dimension {len(input._shape)}"
        )
    if mode == "constant":
        return _constant(input, sizes, 0.0 if value is None else value)
    if value is not None and value != 0:
        raise RuntimeError(f'Padding mode "{mode}" doesn\'t take in value argument')
    if mode not in ("reflect", "replicate", "circular"):
        raise NotImplementedError(f"Unrecognised padding mode {mode}")
    if not 1 <= pairs <= 3 or len(input._shape) not in (pairs + 1, pairs + 2):
        raise NotImplementedError(
            f"{mode} padding: Expected 2, 4 or 6 sizes and one or two dimensions more than they frame, "
            f"got {len(sizes)} sizes and input {list(input._shape)}"
        )
    if mode == "circular":
        input, sizes = _cut(input, sizes)
    else:
        _check_edges(input, sizes, mode)
    if input.dtype.is_floating_point:
        return frame(input, sizes, mode)
    if input.dtype.name == "bool" and mode != "circular":
        raise NotImplementedError(f'"{mode} padding" not implemented for {input.dtype.name}')
    for k in range(pairs):
        input = input.index_select(-1 - k, _sources(input, -1 - k, sizes[2 * k], sizes[2 * k + 1], mode))
    return input


class _Framing(NamedTuple):
    """How a tensor is framed.

    Attributes:
        shape: That of the framed tensor.
        strides: Those of the framed tensor.
        left: How many elements stay.
        cut: Where the first of them lies in the tensor.
        first: Where it lies in the framed one.
        words: Their layout in both.
    """

    shape: Shape
    strides: Shape
    left: int
    cut: int
    first: int
    words: Shape


@lru_cache(maxsize=4096)
def _framing(shape: Shape, strides: Shape, dense: bool, sizes: tuple[tuple[int, int], ...]) -> _Framing:
    """Return how a tensor of a layout is framed."""
    framed = tuple([n + b + e for n, (b, e) in zip(shape, sizes)])
    left = tuple([n + min(b, 0) + min(e, 0) for n, (b, e) in zip(shape, sizes)])
    steps = format_strides(framed, None if dense else suggested_format(shape, strides))
    cut = sum([max(-b, 0) * step for (b, _), step in zip(sizes, strides)])
    first = sum([max(b, 0) * step for (b, _), step in zip(sizes, steps)])
    count = math.prod(left)
    return _Framing(framed, steps, count, cut, first, memory_words(left, steps, strides) if count else ())


class Framed(Function):
    """x with padding of one value, cropped where a size is negative: the inverse of the opposite sizes."""

    torch_name = "ConstantPadNd"

    @staticmethod
    def forward(ctx: Any, x: Tensor, sizes: tuple[tuple[int, int], ...], value: float) -> Tensor:
        """Fill memory with the value, and copy the remaining part of x into it."""
        ctx.kept = sizes
        shape, strides, count, cut, first, words = _framing(x._shape, x._strides, x._dense, sizes)
        dtype, device = x.dtype, x.device
        out = fresh_with(shape, strides, math.prod(shape), dtype, device)
        fill(out, value)
        if count:
            kernel, width = device.table[f"cast.{dtype.name}.{dtype.name}"], dtype.itemsize
            call(kernel, count, out.address + first * width, x.address + cut * width, words, device.context)
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        """Crop the padding of the gradient, and pad with zeros what was cropped."""
        return Framed.run(grad, tuple([(-b, -e) for b, e in ctx.kept]), 0.0), None, None


def _constant(input: Tensor, sizes: Shape, value: float) -> Tensor:
    """Pad any number of dimensions with one value."""
    out: Tensor = Framed.run(input, _around(input._shape, sizes), value)
    return out


@lru_cache(maxsize=4096)
def _around(shape: Shape, sizes: Shape) -> tuple[tuple[int, int], ...]:
    """Return what is before and behind each dimension; RuntimeError where sizes crop more than there is."""
    given = [(sizes[k], sizes[k + 1]) for k in range(len(sizes) - 2, -1, -2)]
    every = ((0, 0),) * (len(shape) - len(given)) + tuple(given)
    for n, (b, e) in zip(shape, every):
        _left(shape, n, b, e)
    return every


def _left(shape: Shape, n: int, before: int, behind: int) -> int:
    """Return how much of n elements negative sizes leave; RuntimeError where they crop more."""
    left = n + min(before, 0) + min(behind, 0)
    if left < 0:
        raise RuntimeError(
            f"padding: sizes ({before}, {behind}) cut off more than the {n} elements of a dimension of input "
            f"{list(shape)}"
        )
    return left


def _cut(input: Tensor, sizes: Shape) -> tuple[Tensor, Shape]:
    """Return what is left of a tensor by negative sizes, and the others: what is left goes round, not the whole."""
    for k in range(len(sizes) // 2):
        n, b, e = input._shape[-1 - k], sizes[2 * k], sizes[2 * k + 1]
        left = _left(input._shape, n, b, e)
        if max(b, e) > left:
            raise RuntimeError(
                f"circular padding: Padding size should be less than the corresponding input dimension, but got: "
                f"padding ({b}, {e}) of input {list(input._shape)}"
            )
        if b < 0 or e < 0:
            input = input.narrow(-1 - k, max(-b, 0), left)
    return input, tuple([max(n, 0) for n in sizes])


def _check_edges(input: Tensor, sizes: Shape, mode: str) -> None:
    """Raise RuntimeError where an image has no edge, or is too small to be reflected, or nothing is left of it."""
    pairs = len(sizes) // 2
    framed = input._shape[-pairs:]
    result = [n + b + e for n, b, e in zip(framed[::-1], sizes[::2], sizes[1::2])][::-1]
    if 0 in input._shape[-pairs - 1 :]:
        raise RuntimeError(
            f"{mode} padding: Expected {pairs + 1}D or {pairs + 2}D input with possibly 0 batch size and other "
            f"non-zero dimensions for input, but got: {list(input._shape)}"
        )
    for n, b, e in zip(framed[::-1], sizes[::2], sizes[1::2]):
        if mode == "reflect" and max(b, e) >= n:
            raise RuntimeError(
                f"{mode} padding: Padding size should be less than the corresponding input dimension, but got: padding "
                f"({b}, {e}) of input {list(input._shape)}"
            )
    if min(result) < 0 or max(result) < 1:
        raise RuntimeError(f"{mode} padding: the output {result} of input {list(input._shape)} is too small")


def _sources(input: Tensor, dim: int, before: int, behind: int, mode: str) -> Tensor:
    """Return the index into a dimension for each element of the result."""
    n = input._shape[dim]
    positions: Tensor = arange(-before, n + behind, device=input.device)
    if mode == "circular":
        return positions.remainder(max(n, 1))
    if mode == "replicate":
        return positions.clamp(0, n - 1)
    back: Tensor = (n - 1) - ((n - 1) - positions.abs()).abs()
    return back


# ----------------------------------------------------------------------------- windows as columns


def _pair(name: str, what: str, value: Any, least: int) -> tuple[int, int]:
    pair = (value, value) if type(value) is int else tuple(value)
    if len(pair) != 2 or any(type(n) is not int or n < least for n in pair):
        raise RuntimeError(f"{name}: {what} must be one or two integers of at least {least}, but got {value}")
    return pair[0], pair[1]


class _Windows:
    """The elements of windows in a padded image: an index per element of a column and per window."""

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
        positions = (rows * self.size[1]).reshape(kernel[0], 1, counts[0], 1) + columns.unsqueeze(1)
        self.index = positions.reshape(-1)


@shows("Im2Col")
def unfold(input: Tensor, kernel_size: Ints, dilation: Ints = 1, padding: Ints = 0, stride: Ints = 1) -> Tensor:
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

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(9.0).reshape(1, 1, 3, 3)
        >>> mg.nn.functional.unfold(x, 2)[0]
        tensor([[0., 1., 3., 4.],
                [1., 2., 4., 5.],
                [3., 4., 6., 7.],
                [4., 5., 7., 8.]])
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


@shows("Col2Im")
def fold(
    input: Tensor, output_size: Ints, kernel_size: Ints, dilation: Ints = 1, padding: Ints = 0, stride: Ints = 1
) -> Tensor:
    """Add windows, given as columns, up to images: the transpose of `unfold`.

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

    Example:
        >>> import mocrograd as mg
        >>> patches = mg.ones(1, 4, 4)
        >>> mg.nn.functional.fold(patches, (3, 3), 2)[0, 0]
        tensor([[1., 2., 1.],
                [2., 4., 2.],
                [1., 2., 1.]])
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
