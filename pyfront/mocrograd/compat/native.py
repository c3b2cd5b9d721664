"""Functions by whose names torch reaches its kernels: what functions of layers compute, with all arguments given.

Modes are numbers here, statistics are results, and defaults are few.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from mocrograd import dtypes, ops
from mocrograd.autograd import no_grad
from mocrograd.layout import sparse_coo
from mocrograd.nn import functional as F
from mocrograd.ops import embedding as tables
from mocrograd.ops import normalization as norm
from mocrograd.ops import padding
from mocrograd.ops._arguments import checked, integer
from mocrograd.ops.norms import matrix_norm, vector_norm
from mocrograd.ops.recurrent import run_step
from mocrograd.ops.segments import padded
from mocrograd.tensor import Tensor
from mocrograd.types import Dtype, Ints

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
def batch_norm_update_stats(
    input: Tensor, running_mean: Tensor | None, running_var: Tensor | None, momentum: float
) -> tuple[Tensor, Tensor]:
    """Return mean and variance of each channel of a batch, and move running statistics towards them, in place.

    Args:
        input: (batch, channels, ...).
        running_mean: (channels,), or None.
        running_var: (channels,), or None; it moves towards the variance of one degree of freedom less.
        momentum: The share of the batch in the running statistics.

    Returns:
        The mean and the variance of each channel.

    Raises:
        RuntimeError: There are no elements, or running statistics are of another size, or of another dtype than the
            input or, where that is narrow, than float32.
        IndexError: There are no channels.
        NotImplementedError: The input is no real float.
    """
    name, kind = "batch_norm_update_stats", input.dtype
    if input.ndim < 2:
        raise IndexError(f"{name}(): expected an input of 2 dimensions or more, got {input.ndim}")
    if not kind.is_floating_point:
        raise NotImplementedError(f'"{name}" not implemented for {kind.name}')
    if not input.numel():
        raise RuntimeError(f"input tensor must have at least one element, but got input_sizes = {list(input.shape)}")
    result = next((x.dtype for x in (running_mean, running_var) if x is not None), kind)
    if result is not kind and (kind.wide is None or result is not dtypes.float32):
        raise RuntimeError(f"{name}(): expected running statistics of {kind.name}, got {result.name}")
    for what, x in (("running_mean", running_mean), ("running_var", running_var)):
        if x is not None and (tuple(x.shape) != (input.shape[1],) or x.dtype is not result):
            raise RuntimeError(
                f"{name}(): expected {what} of {input.shape[1]} elements of {result.name}, got {list(x.shape)} of "
                f"{x.dtype.name}"
            )
    dims, count = (0, *range(2, input.ndim)), input.numel() // input.shape[1]
    wide = input.to(kind.wide or kind)
    mean, var = wide.mean(dims), wide.var(dims, correction=0)
    with no_grad():
        for running, now in (running_mean, mean), (running_var, var * (count / (count - 1) if count > 1 else math.nan)):
            if running is not None:
                running.copy_((1 - momentum) * running + momentum * now)
    return mean.to(result), var.to(result)


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
    if v.dtype.kind < 2:
        raise RuntimeError(
            f"norm(): input dtype should be either floating point or complex. Got {v.dtype.name} instead."
        )
    if dim == -1:
        return vector_norm(v, pow)
    kept = dim + v.ndim if dim < 0 else dim
    if not 0 <= kept < v.ndim:
        raise IndexError(f"norm_except_dim(): expected dim in [{-v.ndim}, {v.ndim - 1}], got {dim}")
    if v.shape[kept] == 0:
        raise RuntimeError(f"norm_except_dim(): expected the dimension that stays not to be empty, got {list(v.shape)}")
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


@checked
def native_norm(
    input: Tensor, p: float | None = 2, dim: Ints = (), keepdim: bool = False, dtype: Dtype = None
) -> Tensor:
    """Return the norm of the values of a sparse tensor in coordinates.

    Args:
        input: A sparse tensor.
        p: Which norm; None for 2.
        dim: All dimensions, or none, which means the same.
        keepdim: False.
        dtype: None.

    Raises:
        NotImplementedError: The tensor is of another layout.
        RuntimeError: Some dimensions are asked for, they are to be kept, or a dtype is given.
    """
    if input.layout is not sparse_coo:
        raise NotImplementedError(f"native_norm() is of sparse tensors in coordinates, got {input.layout}; use norm()")
    if dtype is not None:
        raise RuntimeError("native_norm(): expected no dtype, the norm of a sparse tensor has the tensor's")
    if isinstance(p, complex):
        raise RuntimeError(f"native_norm(): Expected a non-complex scalar as the order of norm, got {p}")
    if input.dtype.kind < 2:
        raise RuntimeError(
            f"norm(): input dtype should be either floating point or complex. Got {input.dtype} instead."
        )
    found: Tensor = input.norm(2 if p is None else p, dim, keepdim)
    return found


# ---------------------------------------------------------------------------------------- recurrent


def _cell(
    cell: str, input: Tensor, states: Sequence[Tensor], w_ih: Tensor, w_hh: Tensor, *biases: Tensor | None
) -> tuple[Tensor, ...]:
    """Run a step of a cell, whose sizes are checked."""
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
    for what, w, shape in zip(("w_ih", "w_hh", "b_ih", "b_hh"), (w_ih, w_hh, *biases), shapes):
        if w is not None and tuple(w.shape) != shape:
            raise RuntimeError(f"{name}: expected {what} to have shape {shape}, got {list(w.shape)}")
    single = input.ndim == 1
    x, *hidden = [s.unsqueeze(0) if single else s for s in (input, *states)]
    ends = run_step(cell, x, hidden[0], hidden[1] if len(hidden) > 1 else None, w_ih, w_hh, *biases)
    return tuple([end.squeeze(0) if single else end for end in ends])


def _cell_of(cell: str) -> Any:
    def function(
        input: Tensor, hx: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None, b_hh: Tensor | None = None
    ) -> Tensor:
        return _cell(cell, input, (hx,), w_ih, w_hh, b_ih, b_hh)[0]

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
    h, c = _cell("lstm", input, hx, w_ih, w_hh, b_ih, b_hh)
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


def _check_bags(
    weight: Tensor, indices: Tensor, offsets: Tensor, per_sample_weights: Tensor | None, padding_idx: int | None
) -> None:
    """Check what `nn.functional.embedding_bag` takes otherwise, or has other exceptions for.

    Raises:
        RuntimeError: Dimensions, dtypes, numbers of elements or the padding do not fit.
    """
    for what, x, ndim in (("weight", weight, 2), ("indices", indices, 1), ("offsets", offsets, 1)):
        if x.ndim != ndim:
            raise RuntimeError(f"embedding_bag(): {what} has to be a {ndim}D Tensor, but got {list(x.shape)}")
    if not weight.is_floating_point():
        raise RuntimeError(f"embedding_bag(): expected a weight of real floats, got {weight.dtype.name}")
    if offsets.dtype not in (dtypes.int64, dtypes.int32):
        raise RuntimeError(f"embedding_bag(): expected offsets of dtype int64 or int32, got {offsets.dtype.name}")
    factors = per_sample_weights
    if factors is not None and (tuple(factors.shape) != tuple(indices.shape) or factors.dtype is not weight.dtype):
        raise RuntimeError(
            f"embedding_bag(): expected per_sample_weights of {list(indices.shape)} and {weight.dtype.name}, got "
            f"{list(factors.shape)} and {factors.dtype.name}"
        )
    rows = weight.shape[0]
    if padding_idx is not None and not -rows <= padding_idx < rows:
        raise RuntimeError(
            f"padding_idx must be within the number of embeddings, {-rows} through {rows - 1}, but got {padding_idx}"
        )


def _first_greatest(weight: Tensor, indices: Tensor, counted: Tensor, ends: Any) -> Tensor:
    """Return for each bag and column the row of the table that the maximum is of, 0 for empty bags."""
    starts, lengths = ends[:-1], ends[1:] - ends[:-1]
    columns = weight.shape[1]
    if not lengths.max(initial=0):
        return indices.new_zeros((len(lengths), columns))
    rows = weight.index_select(0, indices).masked_fill(~counted.unsqueeze(1), -math.inf)
    bags = padded(rows, starts, lengths, -math.inf)[0]
    there = padded(counted.unsqueeze(1).to(dtypes.int64), starts, lengths, 0)[0]
    numbers = padded(indices.unsqueeze(1), starts, lengths, 0)[0].expand(bags.shape)
    greatest = bags.argmax(1, keepdim=True)
    return numbers.gather(1, greatest).squeeze(1) * (there.sum(1) > 0)


@checked
def embedding_bag(
    weight: Tensor, indices: Tensor, offsets: Tensor, scale_grad_by_freq: bool = False, mode: int = 0,
    sparse: bool = False, per_sample_weights: Tensor | None = None, include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:  # fmt: skip
    """Return the sum, mean or maximum of the rows of each bag, and which they are; see nn.functional.embedding_bag.

    Args:
        weight: The table, (rows, columns).
        indices: All bags one behind the other, int64 or int32.
        offsets: Where each bag starts.
        scale_grad_by_freq: Whether the gradient of a row is divided by how often it is named; maxima do not heed it.
        mode: 0 for the sum, 1 for the mean, 2 for the maximum.
        sparse: Whether the gradient of the table is sparse; not of maxima.
        per_sample_weights: A factor for each index, for sums.
        include_last_offset: Whether the last offset is where the last bag ends.
        padding_idx: A row that counts for nothing.

    Returns:
        The result, (bags, columns). The bag of each index, which is left out for sums of float32 and narrower numbers
        without padding. The number of indices in each bag, zeros for sums. The rows that maxima are of, (bags,
        columns); otherwise as the third.

    Raises:
        RuntimeError: Sizes, dtypes, the mode or offsets do not fit, an index names no row, or the gradient of maxima
            is to be sparse.
    """
    how = _choice("embedding_bag", "mode", mode, _BAGS)
    _check_bags(weight, indices, offsets, per_sample_weights, padding_idx)
    if per_sample_weights is not None and how != "sum":
        raise RuntimeError(f"embedding_bag: per_sample_weights only supported with mode 0 (sum), got {mode} ({how})")
    if sparse and how == "max":
        raise RuntimeError("embedding_bag: expected mode 0 (sum) or 1 (mean) with sparse gradients, got 2 (max)")
    out = tables.embedding_bag(
        indices, weight, offsets, mode=how, scale_grad_by_freq=bool(scale_grad_by_freq) and how != "max",
        sparse=sparse, per_sample_weights=per_sample_weights, include_last_offset=include_last_offset,
        padding_idx=padding_idx,
    )  # fmt: skip
    kind = ops.promote_types(indices.dtype, offsets.dtype)
    indices = indices.detach().to(dtypes.int64)
    ends = tables.starts_of(indices, offsets, include_last_offset)
    assert ends is not None
    bags = len(ends) - 1
    which = ops.tensor(np.repeat(np.arange(bags), np.diff(ends)), dtype=kind, device=indices.device)
    if how == "sum":
        sizes = which.new_zeros(bags)
        plain = padding_idx is None and weight.dtype is not dtypes.float64 and weight.stride(1) == 1
        plain = plain and (per_sample_weights is None or per_sample_weights.stride(0) == 1)
        return out, which[:0] if plain else which, sizes, sizes.clone()
    counted = indices != (-1 if padding_idx is None else padding_idx % weight.shape[0])
    inside = counted[: int(ends[-1])].to(kind)
    sizes = which.new_zeros(bags).index_add(0, which, inside)
    if how == "mean":
        return out, which, sizes, sizes.clone()
    return out, which, sizes, _first_greatest(weight.detach(), indices, counted, ends).to(kind)
