"""Functions by whose names torch reaches its kernels: what functions of layers compute, with all arguments given.

Modes are numbers here, statistics are results, and defaults are few.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from mocrograd import ops
from mocrograd.nn import functional as F
from mocrograd.ops import embedding as tables
from mocrograd.ops import normalization as norm
from mocrograd.ops import padding
from mocrograd.ops._arguments import checked, integer
from mocrograd.ops.norms import matrix_norm, vector_norm
from mocrograd.ops.recurrent import run_step
from mocrograd.tensor import Tensor
from mocrograd.types import Ints

_SAMPLING = ("bilinear", "nearest", "bicubic")
_OUTSIDE = ("zeros", "border", "reflection")
_BAGS = ("sum", "mean", "max")


def _choice(name: str, argument: str, number: Any, names: tuple[str, ...]) -> str:
    """Return what a number stands for.

    Raises:
        TypeError: It is no integer.
        RuntimeError: It stands for nothing.
    """
    at = integer(name, argument, number)
    if not 0 <= at < len(names):
        what = ", ".join(f"{i} ({word})" for i, word in enumerate(names))
        raise RuntimeError(f"{name}(): {argument} must be one of {what}, got {at}")
    return names[at]


# ------------------------------------------------------------------------------ images and sampling


@checked
def constant_pad_nd(input: Tensor, pad: Ints, value: float = 0) -> Tensor:
    """Return a tensor with a constant frame; see nn.functional.pad.

    Args:
        input: Any shape.
        pad: Elements before and behind, the last dimension's first; negative ones cut off.
        value: What the frame holds.
    """
    return padding.pad(input, pad, "constant", value)


@checked
def grid_sampler(
    input: Tensor, grid: Tensor, interpolation_mode: int, padding_mode: int, align_corners: bool
) -> Tensor:
    """Sample images, or volumes, at points; see nn.functional.grid_sample.

    Args:
        input: (batch, channels, height, width), or with a depth before the height.
        grid: The points: (batch, *, *, 2), or (batch, *, *, *, 3).
        interpolation_mode: 0 for bilinear, 1 for nearest, 2 for bicubic.
        padding_mode: 0 for zeros, 1 for the border, 2 for the reflection.
        align_corners: Whether -1 and 1 are the middles of the outermost elements.
    """
    how = _choice("grid_sampler", "interpolation_mode", interpolation_mode, _SAMPLING)
    outside = _choice("grid_sampler", "padding_mode", padding_mode, _OUTSIDE)
    return F.grid_sample(input, grid, how, outside, bool(align_corners))


def _sampler_of(ndim: int) -> Any:
    name = f"grid_sampler_{ndim}d"

    def function(
        input: Tensor, grid: Tensor, interpolation_mode: int, padding_mode: int, align_corners: bool
    ) -> Tensor:
        if input.ndim != ndim + 2:
            raise RuntimeError(f"{name}(): expected {ndim + 2}D input and grid, got sizes {list(input.shape)}")
        return grid_sampler(input, grid, interpolation_mode, padding_mode, align_corners)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = (grid_sampler.__doc__ or "").replace("images, or volumes,", {2: "images", 3: "volumes"}[ndim])
    return checked(function)


grid_sampler_2d, grid_sampler_3d = _sampler_of(2), _sampler_of(3)


@checked
def affine_grid_generator(theta: Tensor, size: Sequence[int], align_corners: bool) -> Tensor:
    """Return the points of an affine map; see nn.functional.affine_grid.

    Args:
        theta: (batch, 2, 3), or (batch, 3, 4).
        size: The sizes of the images, (batch, channels, height, width), or with a depth.
        align_corners: Whether -1 and 1 are the middles of the outermost elements.
    """
    return F.affine_grid(theta, size, bool(align_corners))


channel_shuffle = native_channel_shuffle = F.channel_shuffle


@checked
def conv_tbc(input: Tensor, weight: Tensor, bias: Tensor, pad: int = 0) -> Tensor:
    """Return the convolution of signals whose time comes first and channels last.

    Args:
        input: (time, batch, channels).
        weight: (window, channels, filters).
        bias: (filters,).
        pad: Zeros at either end.

    Returns:
        (time + 2 pad - window + 1, batch, filters).

    Raises:
        RuntimeError: Numbers of dimensions or sizes do not fit.
    """
    if input.ndim != 3 or weight.ndim != 3 or bias.ndim != 1:
        raise RuntimeError(
            "conv_tbc(): expected input and weight of 3 dimensions and bias of 1, got "
            f"{list(input.shape)}, {list(weight.shape)} and {list(bias.shape)}"
        )
    result: Tensor = ops.conv1d(input.permute(1, 2, 0), weight.permute(2, 1, 0), bias, padding=pad)
    return result.permute(2, 0, 1)


@checked
def convolution(
    input: Tensor, weight: Tensor, bias: Tensor | None, stride: Ints, padding: Ints, dilation: Ints, transposed: bool,
    output_padding: Ints, groups: int,
) -> Tensor:  # fmt: skip
    """Return a convolution, or a transposed one, of as many dimensions as the filters have.

    Args:
        input: (batch, channels, *sizes), of one to three sizes.
        weight: (filters, channels / groups, *window), or the first two the other way round where it is transposed.
        bias: (filters,), or None.
        stride: From window to window.
        padding: Zeros at both ends of each size.
        dilation: From element to element of a window.
        transposed: Whether to return the transposed convolution.
        output_padding: Elements added at one end of a transposed one.
        groups: The number of groups of channels.

    Raises:
        RuntimeError: Sizes do not fit.
    """
    ndim = weight.ndim - 2
    if ndim not in (1, 2, 3):
        raise RuntimeError(f"convolution(): expected filters of 3 to 5 dimensions, got {list(weight.shape)}")
    if transposed:
        function = (ops.conv_transpose1d, ops.conv_transpose2d, ops.conv_transpose3d)[ndim - 1]
        result: Tensor = function(input, weight, bias, stride, padding, output_padding, groups, dilation)
    else:
        result = (ops.conv1d, ops.conv2d, ops.conv3d)[ndim - 1](input, weight, bias, stride, padding, dilation, groups)
    return result


# ------------------------------------------------------------------------------------ normalization


def _statistics(x: Tensor, dims: Any, eps: float) -> tuple[Tensor, Tensor]:
    """Return means and reciprocal deviations, which take no gradient."""
    with_dims = x.detach()
    mean = with_dims.mean(dims, keepdim=True)
    return mean, (with_dims.var(dims, correction=0, keepdim=True) + eps).rsqrt()


@checked
def native_layer_norm(
    input: Tensor, normalized_shape: Ints, weight: Tensor | None, bias: Tensor | None, eps: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Normalise over the last dimensions, and return the statistics too; see nn.functional.layer_norm.

    Args:
        input: (*, *normalized_shape).
        normalized_shape: The sizes of the last dimensions.
        weight: Of that shape, or None.
        bias: Of that shape, or None.
        eps: What is added to the variance.

    Returns:
        The result, and the mean and 1 over the deviation of each row, which take no gradient.
    """
    sizes = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
    out = norm.layer_norm(input, sizes, weight, bias, eps)
    return out, *_statistics(input, tuple(range(input.ndim - len(sizes), input.ndim)), eps)


@checked
def native_group_norm(
    input: Tensor, weight: Tensor | None, bias: Tensor | None, N: int, C: int, HxW: int, group: int, eps: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Normalise groups of channels, and return the statistics too; see nn.functional.group_norm.

    Args:
        input: (N, C, *), HxW elements in each channel.
        weight: (C,), or None.
        bias: (C,), or None.
        N: The size of the batch.
        C: The number of channels.
        HxW: The number of elements of a channel.
        group: The number of groups.
        eps: What is added to the variance.

    Returns:
        The result, and the mean and 1 over the deviation of each group (N, group), which take no gradient.

    Raises:
        RuntimeError: The sizes are not those of the input.
    """
    if input.ndim < 2 or tuple(input.shape[:2]) != (N, C) or math.prod(input.shape[2:]) != HxW:
        raise RuntimeError(
            f"native_group_norm(): expected input ({N}, {C}, *) with {HxW} elements a channel, got {list(input.shape)}"
        )
    out = norm.group_norm(input, group, weight, bias, eps)
    mean, scale = _statistics(input.reshape(N, group, C // group * HxW), 2, eps)
    return out, mean.squeeze(2), scale.squeeze(2)


@checked
def native_batch_norm(
    input: Tensor, weight: Tensor | None, bias: Tensor | None, running_mean: Tensor | None, running_var: Tensor | None,
    training: bool, momentum: float, eps: float,
) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
    """Normalise channels, and return the statistics of the batch too; see nn.functional.batch_norm.

    Args:
        input: (batch, channels, ...).
        weight: (channels,), or None.
        bias: (channels,), or None.
        running_mean: (channels,), or None.
        running_var: (channels,), or None.
        training: Whether the batch's statistics count.
        momentum: The share of the batch in the running statistics.
        eps: What is added to the variance.

    Returns:
        The result, and the mean and 1 over the deviation of each channel, without elements where it is not training.
    """
    out = norm.batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps)
    if not training:
        return out, input.new_empty(0), input.new_empty(0)
    mean, scale = _statistics(input, (0, *range(2, input.ndim)), eps)
    return out, mean.reshape(-1), scale.reshape(-1)


@checked
def native_dropout(input: Tensor, p: float, train: bool | None) -> tuple[Tensor, Tensor]:
    """Drop elements, and return which ones stay too; see nn.functional.dropout.

    Args:
        input: Any shape.
        p: Probability that an element is dropped.
        train: False returns the input.

    Returns:
        The result, and a bool for each element.
    """
    ones = F.dropout(ops.ones_like(input.detach()), p, train is not False)
    return input * ones, ones != 0


# -------------------------------------------------------------------------------------------- norms


@checked
def norm_except_dim(v: Tensor, pow: int = 2, dim: int = 0) -> Tensor:
    """Return the norm over all dimensions but one.

    Args:
        v: A tensor of floats.
        pow: Which norm.
        dim: The dimension that stays; -1 for none.

    Returns:
        A tensor of as many dimensions, of size 1 except for the one that stays; a number where none does.
    """
    if dim == -1:
        return vector_norm(v, pow)
    kept = dim + v.ndim if dim < 0 else dim
    if not 0 <= kept < v.ndim:
        raise IndexError(f"norm_except_dim(): expected dim in [{-v.ndim}, {v.ndim - 1}], got {dim}")
    others = tuple([d for d in range(v.ndim) if d != kept])
    return vector_norm(v, pow, others, keepdim=True) if others else v.abs()


@checked
def frobenius_norm(input: Tensor, dim: Ints, keepdim: bool = False) -> Tensor:
    """Return the root of the sum of squares over one or two dimensions.

    Args:
        input: A tensor of floats.
        dim: The dimensions.
        keepdim: Whether reduced dimensions stay, with size 1.

    Raises:
        RuntimeError: There are more than two dimensions.
    """
    dims = (dim,) if isinstance(dim, int) else tuple(dim)
    if len(dims) > 2:
        raise RuntimeError(f"Expected at most 2 dimensions, but got {len(dims)} dimensions instead.")
    return vector_norm(input, 2, dims or None, keepdim)


@checked
def nuclear_norm(input: Tensor, dim: Any = None, keepdim: bool = False) -> Tensor:
    """Return the sum of the singular values of matrices.

    Args:
        input: A matrix, or with `dim` a tensor of matrices.
        dim: The two dimensions of the matrices.
        keepdim: Whether reduced dimensions stay, with size 1.

    Raises:
        RuntimeError: There are not two dimensions.
    """
    if isinstance(dim, bool):
        dim, keepdim = None, dim
    if dim is None and input.ndim != 2:
        raise RuntimeError(
            f"Expected a tensor with 2 dimensions, but got a tensor with {input.ndim} dimensions instead."
        )
    dims = (-2, -1) if dim is None else (dim,) if isinstance(dim, int) else tuple(dim)
    if len(dims) != 2:
        raise RuntimeError(f"nuclear norm requires a 'dim' argument of size 2, got {len(dims)}")
    return matrix_norm(input, "nuc", (dims[0], dims[1]), keepdim)


# ---------------------------------------------------------------------------------------- recurrent


def _cell(cell: str, input: Tensor, states: Sequence[Tensor], weights: Sequence[Tensor | None]) -> tuple[Tensor, ...]:
    """Run a step of a cell, whose sizes are checked."""
    w_ih, w_hh = weights[:2]
    assert w_ih is not None
    assert w_hh is not None
    name = f"{cell}_cell"
    for what, x, features in (("input", input, w_ih.shape[-1]), *(("hidden", s, w_hh.shape[-1]) for s in states)):
        if x.ndim not in (1, 2):
            raise RuntimeError(f"{name}: Expected {what} to be 1D or 2D, got {x.ndim}D instead")
        if x.shape[-1] != features:
            raise RuntimeError(f"{what} has inconsistent {what}_size: got {x.shape[-1]} expected {features}")
        if x.shape[:-1] != input.shape[:-1]:
            raise RuntimeError(f"{name}: expected {what} to have the batch of the input, got {list(x.shape)}")
        if x.dtype is not w_ih.dtype:
            raise RuntimeError(f"{name}: expected {what} to have dtype {w_ih.dtype}, got {x.dtype}")
    rows = {"gru": 3, "lstm": 4}.get(cell, 1) * states[0].shape[-1]
    shapes = (rows, input.shape[-1]), (rows, states[0].shape[-1]), (rows,), (rows,)
    for what, w, shape in zip(("w_ih", "w_hh", "b_ih", "b_hh"), weights, shapes):
        if w is not None and tuple(w.shape) != shape:
            raise RuntimeError(f"{name}: expected {what} to have shape {shape}, got {list(w.shape)}")
    single = input.ndim == 1
    x, *hidden = [s.unsqueeze(0) if single else s for s in (input, *states)]
    ends = run_step(cell, x, hidden[0], hidden[1] if len(hidden) > 1 else None, *weights)
    return tuple([end.squeeze(0) if single else end for end in ends])


def _cell_of(cell: str) -> Any:
    def function(
        input: Tensor, hx: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None, b_hh: Tensor | None = None
    ) -> Tensor:
        return _cell(cell, input, (hx,), (w_ih, w_hh, b_ih, b_hh))[0]

    function.__name__ = function.__qualname__ = f"{cell}_cell"
    function.__doc__ = f"""Return the next state of a cell of kind {cell}; see nn.{cell.partition("_")[0].upper()}Cell.

    Args:
        input: (batch, features), or (features,).
        hx: The state, (batch, hidden), or (hidden,).
        w_ih: The weights of the input.
        w_hh: The weights of the state.
        b_ih: The bias of the input, or None.
        b_hh: The bias of the state, or None.

    Raises:
        RuntimeError: Sizes or dtypes do not fit.
    """
    return checked(function)


gru_cell, rnn_relu_cell, rnn_tanh_cell = _cell_of("gru"), _cell_of("rnn_relu"), _cell_of("rnn_tanh")


@checked
def lstm_cell(
    input: Tensor, hx: Sequence[Tensor], w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None,
    b_hh: Tensor | None = None,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """Return the next state and cell state of long short-term memory; see nn.LSTMCell.

    Args:
        input: (batch, features), or (features,).
        hx: State and cell state, each (batch, hidden), or (hidden,).
        w_ih: The weights of the input.
        w_hh: The weights of the state.
        b_ih: The bias of the input, or None.
        b_hh: The bias of the state, or None.

    Raises:
        RuntimeError: Sizes or dtypes do not fit, or there are not two states.
    """
    if not isinstance(hx, (tuple, list)) or len(hx) != 2:
        raise RuntimeError("lstm_cell expects two hidden states")
    h, c = _cell("lstm", input, hx, (w_ih, w_hh, b_ih, b_hh))
    return h, c


# ------------------------------------------------------------------------------------------- tables


@checked
def embedding_renorm_(input: Tensor, indices: Tensor, max_norm: float, norm_type: float) -> Tensor:
    """Scale down the rows of a table that are named and have too large a norm, in place.

    Args:
        input: The table, (rows, columns).
        indices: int64 or int32.
        max_norm: The greatest norm.
        norm_type: Which norm that is.

    Returns:
        The table.
    """
    with_rows = input.detach()
    tables.embedding(indices, with_rows, max_norm=max_norm, norm_type=norm_type)
    return input
