"""Convolutions of one, two and three dimensions, and transposed ones: what is recorded, and what users call."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NoReturn

from mocrograd.autograd import Function
from mocrograd.layout import Shape, is_in_format
from mocrograd.ops import _of_integers
from mocrograd.ops._convolve import Options, out_sizes
from mocrograd.ops._convolve_last import convolve, convolve_input, convolve_weight
from mocrograd.ops._image_layout import format_of, laid, shows_last
from mocrograd.ops._reduction import Sum
from mocrograd.ops.cast import in_format_of, on_one_device
from mocrograd.ops.views import expand, reshape, unsqueeze
from mocrograd.tensor import Tensor
from mocrograd.types import Ints

__all__ = ["conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d"]


# --------------------------------------------------------------------------------- the operations


def _bias_gradient(grad: Tensor) -> Tensor:
    """Return the sums over images and positions: first along rows of memory, then the few numbers that are left.

    What is rounded goes through one kernel, or the sums of rows would be rounded too.
    """
    if grad.dtype.wide is not None:
        return Sum.run(grad, (0, *range(2, len(grad._shape))), False, 1)
    rows = Sum.run(grad, tuple(range(2, len(grad._shape))), False, 1)
    total: Tensor = Sum.run(rows, (0,), False, 1)
    return total


class Conv(Function):
    """y = x * w + bias: its first positions; all, unless images are the result of a transposed convolution."""

    torch_name = "Convolution"

    options: Options
    image: Shape

    @staticmethod
    def forward(ctx: Any, x: Tensor, w: Tensor, bias: Tensor | None, options: Options, positions: Shape) -> Tensor:
        """Run the convolution."""
        ctx.options, ctx.image = options, x._shape[2:]
        if ctx.edges:
            ctx.save_for_backward(x if ctx.edges[1] else None, w)
        return convolve(x, w, bias, options, positions)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Compute the gradients of images, filters and bias."""
        x, w = ctx.saved_tensors
        wants_x, wants_w, wants_bias, *_ = ctx.wanted
        grad = laid(grad, ctx.options.last)
        dx = ConvInput.run(grad, w, None, ctx.options, ctx.image) if wants_x else None
        dw = ConvWeight.run(x, grad, ctx.options, w._shape[2:]) if wants_w else None
        return dx, dw, _bias_gradient(grad) if wants_bias else None, None, None


class ConvInput(Function):
    """dx = dy *T w + bias: a transposed convolution."""

    torch_name = "Convolution"

    options: Options
    image: Shape

    @staticmethod
    def forward(ctx: Any, dy: Tensor, w: Tensor, bias: Tensor | None, options: Options, image: Shape) -> Tensor:
        """Convolve dy, spread by the stride, with the flipped filters."""
        ctx.options, ctx.image = options, dy._shape[2:]
        if ctx.edges:
            ctx.save_for_backward(dy if ctx.edges[1] else None, w)
        return convolve_input(dy, w, bias, options, image)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Convolve the gradient, which takes the role of the images."""
        dy, w = ctx.saved_tensors
        wants_dy, wants_w, wants_bias, *_ = ctx.wanted
        grad = laid(grad, ctx.options.last)
        ddy = Conv.run(grad, w, None, ctx.options, ctx.image) if wants_dy else None
        dw = ConvWeight.run(grad, dy, ctx.options, w._shape[2:]) if wants_w else None
        return ddy, dw, _bias_gradient(grad) if wants_bias else None, None, None


class ConvWeight(Function):
    """dw = x *T dy."""

    options: Options

    @staticmethod
    def forward(ctx: Any, x: Tensor, dy: Tensor, options: Options, window: Shape) -> Tensor:
        """Add up products of pixels and gradients."""
        ctx.options = options
        ctx.save_for_backward(x, dy)
        return convolve_weight(x, dy, options, window)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Convolve with the gradient, which takes the role of the filters."""
        x, dy = ctx.saved_tensors
        wants_x, wants_dy, *_ = ctx.wanted
        grad = laid(grad, ctx.options.last)
        dx = ConvInput.run(dy, grad, None, ctx.options, x._shape[2:]) if wants_x else None
        ddy = Conv.run(x, grad, None, ctx.options, dy._shape[2:]) if wants_dy else None
        return dx, ddy, None, None


# -------------------------------------------------------------------------------------- the functions


def sizes_of(name: str, what: str, value: Any, ndim: int, least: int) -> Shape:
    """Return an option as one number per dimension.

    Raises:
        TypeError: It is neither an integer nor a sequence of them.
        RuntimeError: There are too many or too few, or one is too small.
    """
    if type(value) is int and value >= least:
        return (value,) * ndim
    if type(value) is tuple and len(value) == ndim and all(type(v) is int and v >= least for v in value):
        return value
    values = tuple(value) if isinstance(value, (tuple, list)) else (value,)
    if any(isinstance(v, bool) or not hasattr(v, "__index__") for v in values):
        raise TypeError(f"{name}(): argument '{what}' must be tuple of ints, not {value!r}")
    sizes = tuple([v.__index__() for v in values])
    sizes = sizes * ndim if len(sizes) == 1 else sizes
    if len(sizes) != ndim:
        raise RuntimeError(f"{name}: expected {what} to be a single integer value or {ndim} values, got {value!r}")
    if min(sizes) < least:
        raise RuntimeError(f"{name}: {what} must be at least {least}, got {value!r}")
    return sizes


def _operands(
    name: str, ndim: int, input: Any, weight: Any, bias: Any, channels: int
) -> tuple[Any, Any, Any, bool, bool]:
    """Check tensors; return them as kernels take them, whether the input had a batch, and whether channels lie last."""
    for what, x in (("input", input), ("weight", weight), ("bias", bias)):
        if not isinstance(x, Tensor) and (x is not None or what != "bias"):
            raise TypeError(f"{name}(): argument '{what}' must be Tensor, not {type(x).__name__}")
    if len(weight._shape) != ndim + 2:
        raise RuntimeError(f"{name}: expected a weight of {ndim + 2} dimensions, got {list(weight._shape)}")
    batched = len(input._shape) == ndim + 2
    if not batched and len(input._shape) != ndim + 1:
        raise RuntimeError(
            f"Expected {ndim + 1}D (unbatched) or {ndim + 2}D (batched) input to {name}, but got input of size: "
            f"{list(input._shape)}"
        )
    for x in (weight, bias):
        if x is None:
            continue
        if x.dtype is not input.dtype:
            raise RuntimeError(
                f"{name}: Input type ({input.dtype.name}) and weight or bias type ({x.dtype.name}) should be the same"
            )
        on_one_device(name, input, x)
    if input.dtype.kind == 0:
        raise NotImplementedError(f'"{name}" not implemented for {input.dtype.name}')
    if bias is not None:
        if bias._shape != (channels,):
            raise RuntimeError(
                f"{name}: given weight of size {list(weight._shape)}, expected bias to be 1-dimensional with "
                f"{channels} elements, but got bias of size {list(bias._shape)} instead"
            )
        bias = bias.contiguous()
    if batched and input.dtype.kind > 1 and shows_last(input, weight):
        whole = is_in_format(weight._shape, weight._strides, format_of(ndim + 2))
        return laid(input, True), weight if whole else weight.contiguous(), bias, batched, True
    x = input if batched else unsqueeze(input, 0)
    return x.contiguous(), weight.contiguous(), bias, batched, False


def _check_groups(name: str, groups: Any, filters: int) -> int:
    if isinstance(groups, bool) or not hasattr(groups, "__index__"):
        raise TypeError(f"{name}(): argument 'groups' must be int, not {type(groups).__name__}")
    if groups <= 0:
        raise RuntimeError(f"{name}: non-positive groups is not supported, got {groups}")
    if filters % groups or filters < groups:
        raise RuntimeError(
            f"{name}: expected weight to be at least {groups} at dimension 0 and divisible by {groups}, got {filters}"
        )
    return int(groups)


def _padding(name: str, padding: Any, window: Shape, stride: Shape, dilation: Shape) -> tuple[Shape, Shape]:
    """Return the padding before and behind, per dimension."""
    if padding == "valid":
        return (0,) * len(window), (0,) * len(window)
    if padding == "same":
        if any(s != 1 for s in stride):
            raise RuntimeError("padding='same' is not supported for strided convolutions")
        both = [d * (k - 1) for d, k in zip(dilation, window)]
        return tuple([n // 2 for n in both]), tuple([n - n // 2 for n in both])
    if isinstance(padding, str):
        raise RuntimeError(f"{name}: Invalid padding string: '{padding}', expected 'same' or 'valid'")
    sizes = sizes_of(name, "padding", padding, len(window), 0)
    return sizes, sizes


@lru_cache(maxsize=4096)
def _windows(image: Shape, weight: Shape, options: Options) -> Shape | None:
    """Return the positions of windows in images (batch, channels, ...); None where the sizes do not fit."""
    positions = out_sizes(image[2:], weight[2:], options)
    empty = 0 in image[2:] and 0 not in image[:2]
    fits = image[1] == weight[1] * options.groups and 0 not in weight[2:] and min(positions) > 0 and not empty
    return positions if fits else None


def _refuse(name: str, input: Shape, image: Shape, weight: Shape, options: Options, padding: Any) -> NoReturn:
    """Raise RuntimeError where `_windows` finds none."""
    if image[1] != weight[1] * options.groups:
        raise RuntimeError(
            f"Given groups={options.groups}, weight of size {list(weight)}, expected input{list(input)} to have "
            f"{weight[1] * options.groups} channels, but got {image[1]} channels instead"
        )
    if 0 in weight[2:] or min(out_sizes(image[2:], weight[2:], options)) <= 0:
        raise RuntimeError(
            f"{name}: the kernel {list(weight[2:])} does not fit into the padded input: input {list(input)}, weight "
            f"{list(weight)}, stride {list(options.stride)}, padding {padding}, dilation {list(options.dilation)}"
        )
    raise RuntimeError(
        f"{name}: Only zero batch or zero channel inputs are supported, but got input shape: {list(input)}"
    )


@lru_cache(maxsize=4096)
def _options(name: str, window: Shape, stride: Any, padding: Any, dilation: Any, groups: Any, filters: int) -> Options:
    """Return the options of a convolution."""
    groups = _check_groups(name, groups, filters)
    stride = sizes_of(name, "stride", stride, len(window), 1)
    dilation = sizes_of(name, "dilation", dilation, len(window), 1)
    return Options(stride, *_padding(name, padding, window, stride, dilation), dilation, groups)


def _conv(
    ndim: int, input: Any, weight: Any, bias: Any, stride: Any, padding: Any, dilation: Any, groups: Any
) -> Tensor:
    name = f"conv{ndim}d"
    filters = weight._shape[0] if isinstance(weight, Tensor) and weight._shape else 0
    x, w, b, batched, last = _operands(name, ndim, input, weight, bias, filters)
    plain = type(stride) is type(padding) is type(dilation) is type(groups) is int
    find = _options if plain else _options.__wrapped__  # what is kept would also be found for True and 1.0
    options = find(name, w._shape[2:], stride, padding, dilation, groups, filters)
    positions = _windows(x._shape, w._shape, options)
    if positions is None:
        _refuse(name, input._shape, x._shape, w._shape, options, padding)
    if not w._size:  # sums over no channel
        out = expand(reshape(x.sum() + w.sum(), (1,) * (ndim + 2)), x._shape[0], filters, *positions)
        out = out.clone() if b is None else out + reshape(b, -1, *(1,) * ndim)
    elif x.dtype.kind == 1:
        out = _of_integers.convolve(x, w, b, options, positions)
    else:
        out = Conv.run(x, w, b, options._replace(last=True) if last else options, positions)
    return in_format_of(out, input, weight) if batched else reshape(out, out._shape[1:])


def conv1d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Ints = 1, padding: Ints = 0, dilation: Ints = 1,
    groups: int = 1,
) -> Tensor:  # fmt: skip
    """Return the convolution of signals with filters.

    Args:
        input: (batch, channels, length) or (channels, length).
        weight: (filters, channels / groups, window).
        bias: (filters,), or None.
        stride: The step between windows.
        padding: Zeros at either end; or "valid" for none, or "same" for as many as keep the length.
        dilation: The step between the elements of a window.
        groups: Groups of channels that do not see each other.

    Returns:
        (batch, filters, positions).

    Raises:
        RuntimeError: Sizes, dtypes or devices do not fit.

    Example:
        >>> import mocrograd as mg
        >>> x, weight = mg.ones(1, 2, 8), mg.ones(4, 2, 3)
        >>> mg.nn.functional.conv1d(x, weight, padding=1).shape
        mocrograd.Size([1, 4, 8])
    """
    return _conv(1, input, weight, bias, stride, padding, dilation, groups)


def conv2d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Ints = 1, padding: Ints = 0, dilation: Ints = 1,
    groups: int = 1,
) -> Tensor:  # fmt: skip
    """Return the convolution of images (batch, channels, height, width) with filters; see `conv1d`.

    Example:
        >>> import mocrograd as mg
        >>> x, weight = mg.ones(1, 2, 8, 8), mg.ones(4, 2, 3, 3)
        >>> mg.nn.functional.conv2d(x, weight, padding=1).shape
        mocrograd.Size([1, 4, 8, 8])
    """
    return _conv(2, input, weight, bias, stride, padding, dilation, groups)


def conv3d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Ints = 1, padding: Ints = 0, dilation: Ints = 1,
    groups: int = 1,
) -> Tensor:  # fmt: skip
    """Return the convolution of volumes (batch, channels, depth, height, width) with filters; see `conv1d`.

    Example:
        >>> import mocrograd as mg
        >>> x, weight = mg.ones(1, 2, 8, 8, 8), mg.ones(4, 2, 3, 3, 3)
        >>> mg.nn.functional.conv3d(x, weight, padding=1).shape
        mocrograd.Size([1, 4, 8, 8, 8])
    """
    return _conv(3, input, weight, bias, stride, padding, dilation, groups)


def _transposed(
    ndim: int, input: Any, weight: Any, bias: Any, stride: Any, padding: Any, output_padding: Any, groups: Any,
    dilation: Any,
) -> Tensor:  # fmt: skip
    name = f"conv_transpose{ndim}d"
    shape = weight._shape if isinstance(weight, Tensor) else ()
    count = groups if type(groups) is int else 1
    x, w, b, batched, last = _operands(name, ndim, input, weight, bias, shape[1] * count if len(shape) > 1 else 0)
    groups = _check_groups(name, groups, w._shape[0])
    stride = sizes_of(name, "stride", stride, ndim, 1)
    dilation = sizes_of(name, "dilation", dilation, ndim, 1)
    padding = sizes_of(name, "padding", padding, ndim, 0)
    extra = sizes_of(name, "output_padding", output_padding, ndim, 0)
    if x._shape[1] != w._shape[0]:
        raise RuntimeError(
            f"Given transposed=1, weight of size {list(w._shape)}, expected input{list(input._shape)} to have "
            f"{w._shape[0]} channels, but got {x._shape[1]} channels instead"
        )
    if any(e >= max(s, d) for e, s, d in zip(extra, stride, dilation)):
        raise RuntimeError(
            f"output padding must be smaller than either stride or dilation, but got output_padding: {extra}, stride: "
            f"{stride}, dilation: {dilation}"
        )
    window = w._shape[2:]
    image = tuple([
        (n - 1) * s - 2 * p + d * (k - 1) + e + 1
        for n, s, p, d, k, e in zip(x._shape[2:], stride, padding, dilation, window, extra)
    ])  # fmt: skip
    if not w._size or min(x._shape[2:]) < 1 or min(image) < 1:
        raise RuntimeError(
            f"{name}: Calculated output size {list(image)} is too small: input {list(input._shape)}, weight "
            f"{list(w._shape)}, stride {list(stride)}, padding {list(padding)}"
        )
    options = Options(stride, padding, padding, dilation, groups, last)
    run = _of_integers.convolve_transposed if x.dtype.kind == 1 else ConvInput.run
    out = run(x, w, b, options, image)
    return in_format_of(out, input, weight) if batched else reshape(out, out._shape[1:])


def conv_transpose1d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Ints = 1, padding: Ints = 0,
    output_padding: Ints = 0, groups: int = 1, dilation: Ints = 1,
) -> Tensor:  # fmt: skip
    """Return the transposed convolution of signals: what `conv1d` computes as the gradient of its input.

    Args:
        input: (batch, channels, length) or (channels, length).
        weight: (channels, filters / groups, window).
        bias: (filters,), or None.
        stride: The step between the windows that elements of the input are spread to.
        padding: Elements that are cut off at either end.
        output_padding: Elements that are added at the end.
        groups: Groups of channels that do not see each other.
        dilation: The step between the elements of a window.

    Returns:
        (batch, filters, length).

    Raises:
        RuntimeError: Sizes, dtypes or devices do not fit.

    Example:
        >>> import mocrograd as mg
        >>> x, weight = mg.ones(1, 2, 8), mg.ones(2, 4, 3)
        >>> mg.nn.functional.conv_transpose1d(x, weight, stride=2).shape
        mocrograd.Size([1, 4, 17])
    """
    return _transposed(1, input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose2d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Ints = 1, padding: Ints = 0,
    output_padding: Ints = 0, groups: int = 1, dilation: Ints = 1,
) -> Tensor:  # fmt: skip
    """Return the transposed convolution of images (batch, channels, height, width); see `conv_transpose1d`.

    Example:
        >>> import mocrograd as mg
        >>> x, weight = mg.ones(1, 2, 8, 8), mg.ones(2, 4, 3, 3)
        >>> mg.nn.functional.conv_transpose2d(x, weight, stride=2).shape
        mocrograd.Size([1, 4, 17, 17])
    """
    return _transposed(2, input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose3d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Ints = 1, padding: Ints = 0,
    output_padding: Ints = 0, groups: int = 1, dilation: Ints = 1,
) -> Tensor:  # fmt: skip
    """Return the transposed convolution of volumes; see `conv_transpose1d`.

    Example:
        >>> import mocrograd as mg
        >>> x, weight = mg.ones(1, 2, 8, 8, 8), mg.ones(2, 4, 3, 3, 3)
        >>> mg.nn.functional.conv_transpose3d(x, weight, stride=2).shape
        mocrograd.Size([1, 4, 17, 17, 17])
    """
    return _transposed(3, input, weight, bias, stride, padding, output_padding, groups, dilation)
