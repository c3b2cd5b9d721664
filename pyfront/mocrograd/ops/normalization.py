"""Normalisation: of rows (layer, group, instance, root mean square) and of channels over a batch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from mocrograd import backend, dtypes
from mocrograd.autograd import Function, mode
from mocrograd.autograd.function import called
from mocrograd.backend import call
from mocrograd.dtypes import KernelNames
from mocrograd.layout import Shape
from mocrograd.ops._memory import move
from mocrograd.ops._narrow import computed
from mocrograd.ops._reduction import Sum
from mocrograd.ops.cast import in_format_of, on_one_device, rearranged, to_dtype
from mocrograd.strides import suggested_format
from mocrograd.tensor import Tensor, fresh, fresh_with
from mocrograd.types import Ints

__all__: list[str] = []

_BLOCKS = 64
"""Blocks of rows whose shares of a weight's gradient are added up in order."""
_LEAST_ROWS = 8


class Rows(NamedTuple):
    """How a tensor is made of rows, and where their weights are.

    Attributes:
        rows: The number of rows.
        columns: Elements of a row.
        span: Neighbouring columns that share a weight; 0 where each column has its own.
        period: Rows whose weights differ.
        centred: Whether the mean is subtracted.
        eps: What is added to the variance.
    """

    rows: int
    columns: int
    span: int
    period: int
    centred: bool
    eps: float

    def unfolded(self) -> Shape:
        """Return the shape (repetitions, period, weights, span) that tells elements of different weights apart."""
        span = self.span or 1
        return self.rows // self.period, self.period, self.columns // span, span


def _address(x: Tensor | None) -> int:
    return 0 if x is None else x.address


def _computed(x: Tensor | None) -> Tensor | None:
    return None if x is None else computed(x)


def _narrow(x: Tensor, *weights: Tensor | None) -> int:
    """Return 1 where weights have 16 bits, as x does, else 0."""
    return int(x.dtype.wide is not None and any(w is not None and w.dtype is x.dtype for w in weights))


def _dtypes(*operands: Tensor | None) -> tuple[Any, ...]:
    return tuple([None if x is None else x.dtype for x in operands])


def _given(
    grads: Sequence[Tensor | None], shapes: Sequence[Shape], dtypes: Sequence[Any], wants: Sequence[bool]
) -> list[Tensor | None]:
    """Return the gradients that are wanted, in the shapes and dtypes of their operands."""
    found = zip(grads, shapes, dtypes, wants)
    return [None if g is None or not wanted else to_dtype(g.reshape(s), d) for g, s, d, wanted in found]


class RowNorm(Function):
    """y = (x - mean) / sqrt(var + eps) weight + bias, per row.

    It keeps how x is made of rows, a tuple, the dtypes of the operands, and the rows' means and reciprocal deviations.
    """

    torch_name = "NativeLayerNorm"

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor | None, bias: Tensor | None, rows: Rows) -> Tensor:
        """Normalise the rows."""
        kernel, dtype = x.device.table[f"row_norm.forward.{x.dtype.name}"], x.dtype.wide or x.dtype
        out = fresh(x._shape, x._size, x.dtype, x.device)
        mean, rstd = [fresh((rows.rows,), rows.rows, dtype, x.device) for _ in range(2)]
        ctx.kept = rows, _dtypes(x, weight, bias), mean, rstd
        ctx.save_for_backward(x, weight)
        if x._size:
            call(
                kernel, 4 * x._size, out.address, mean.address,
                rstd.address, x.address, _address(weight), _address(bias), rows.rows, rows.columns, rows.span,
                rows.period, int(rows.centred), _narrow(x, weight, bias), float(rows.eps), x.device.context,
            )  # fmt: skip
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Compute the gradients of input, weight and bias."""
        x, weight = ctx.saved_tensors
        wants = ctx.wanted[:3]
        given, dtypes, mean, rstd = ctx.kept
        rows = Rows(*given)
        grad = grad.contiguous()
        if not x._size:  # nothing was normalised; without a weight there is one bias for each channel
            like = x.new_zeros(x._shape[1] if len(x._shape) > 1 else 1) if weight is None else weight * 0
            return *[zero if wanted else None for zero, wanted in zip((x * 0, like, like), wants)], None
        if mode.grad:
            shape = rows.unfolded()
            moved = None if weight is None else weight.reshape(shape[1], shape[2], 1)
            found = _composed(x.reshape(shape), grad.reshape(shape), moved, (2, 3), (0, 3), rows.centred, rows.eps)
            shapes = (x._shape, *[(-1,) if weight is None else weight._shape] * 2)
            return *_given(found, shapes, dtypes, wants), None
        dx = fresh(x._shape, x._size, x.dtype, x.device) if wants[0] else None
        block = 1 if rows.span else max(-(-rows.rows // _BLOCKS), _LEAST_ROWS)
        blocks = rows.rows // rows.period if rows.span else -(-rows.rows // block)
        count = rows.columns // (rows.span or 1) * rows.period
        dtype, like = x.dtype.wide or x.dtype, (count,) if weight is None else weight._shape
        sums = [fresh((blocks, count), blocks * count, dtype, x.device) if wanted else None for wanted in wants[1:]]
        call(
            x.device.table[f"row_norm.backward.{x.dtype.name}"], 6 * x._size, _address(dx), _address(sums[0]),
            _address(sums[1]), grad.address, x.address, mean.address, rstd.address, _address(weight), rows.rows,
            rows.columns, rows.span, rows.period, int(rows.centred), _narrow(x, weight), block, x.device.context,
        )  # fmt: skip
        totals = [None if s is None else Sum.run(s, (0,), False, 1) for s in sums]
        return *_given((dx, *totals), (x._shape, like, like), dtypes, wants), None


_ROW_NORM = RowNorm, KernelNames("row_norm.forward.{}", 2)
"""What the direct call needs: the node, and the names of the kernels."""


def _composed(
    x: Tensor, grad: Tensor, weight: Tensor | None, over: Shape, kept: Shape, centred: bool, eps: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the gradients of a normalisation in operations that can be differentiated again.

    Args:
        x: The input.
        grad: The gradient of the output.
        weight: The weight, which broadcasts to x.
        over: The dimensions that statistics are taken over.
        kept: The dimensions that a weight is repeated along.
        centred: Whether the mean is subtracted.
        eps: What is added to the variance.
    """
    x, grad, weight = _widest(x), _widest(grad), None if weight is None else _widest(weight)
    centre = x - x.mean(over, keepdim=True) if centred else x
    rstd = (centre.square().mean(over, keepdim=True) + eps).sqrt().reciprocal()
    xhat = centre * rstd
    g = grad if weight is None else grad * weight
    dx = g - xhat * (g * xhat).mean(over, keepdim=True)
    if centred:
        dx = dx - g.mean(over, keepdim=True)
    return rstd * dx, (grad * xhat).sum(kept), grad.sum(kept)


def _widest(x: Tensor) -> Tensor:
    """Return a tensor in the dtype that a narrow one is computed in."""
    return to_dtype(x, x.dtype.wide or x.dtype)


def _around_channels(x: Tensor) -> Shape:
    """Return the sizes before the channels, of them, and behind them, in the order that images have in memory."""
    batch, channels, *image = x._shape
    if x.is_contiguous():
        return batch, channels, math.prod(image)
    return batch * math.prod(image), channels, 1


class ChannelNorm(Function):
    """y = (x - mean) / sqrt(var + eps) weight + bias, per channel, with statistics of the batch or running ones."""

    torch_name = "NativeBatchNorm"

    options: tuple[bool, float]
    dtypes: tuple[Any, ...]
    mean: Tensor
    rstd: Tensor

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor | None, bias: Tensor | None, running_mean: Tensor | None,
        running_var: Tensor | None, counter: Tensor | None, trained: bool, momentum: float, eps: float,
    ) -> Tensor:  # fmt: skip
        """Normalise the channels, with running statistics and the counter of batches, where there are any."""
        out = fresh_with(x._shape, x._strides, x._size, x.dtype, x.device)
        channels, dtype = x._shape[1], x.dtype.wide or x.dtype
        ctx.options, ctx.dtypes = (trained, eps), _dtypes(x, weight, bias)
        ctx.mean = fresh((channels,), channels, dtype, x.device)
        ctx.rstd = fresh((channels,), channels, dtype, x.device)
        ctx.save_for_backward(x, weight)
        if x._size:
            name = "channel_norm" if trained else "channel_apply"
            given = running_mean, running_var
            weight, bias, running_mean, running_var = map(_computed, (weight, bias, *given))
            call(
                x.device.table[f"{name}.forward.{x.dtype.name}"], 4 * x._size, out.address, ctx.mean.address,
                ctx.rstd.address, x.address, *[_address(r) for r in (weight, bias, running_mean, running_var, counter)],
                *_around_channels(x), float(eps), float(momentum), x.device.context,
            )  # fmt: skip
            for running, moved in zip(given, (running_mean, running_var)):
                if trained and running is not None and moved is not None and running is not moved:
                    move(running, to_dtype(moved, running.dtype))
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Compute the gradients of input, weight and bias."""
        x, weight = ctx.saved_tensors
        wants = ctx.wanted[:3]
        trained, eps = ctx.options
        channels = x._shape[1]
        shapes = (x._shape, (channels,), (channels,))
        if mode.grad or not x._size:
            shape = x._shape[0], channels, math.prod(x._shape[2:])
            moved = None if weight is None else weight.reshape(channels, 1)
            if trained:
                found = _composed(x.reshape(shape), grad.reshape(shape), moved, (0, 2), (0, 2), True, eps)
            else:
                g, rstd = _widest(grad.reshape(shape)), ctx.rstd.reshape(channels, 1)
                xhat = (_widest(x.reshape(shape)) - ctx.mean.reshape(channels, 1)) * rstd
                found = (g if moved is None else g * moved) * rstd, (g * xhat).sum((0, 2)), g.sum((0, 2))
            return *_given(found, shapes, ctx.dtypes, wants), *[None] * 6
        dtype, weight = x.dtype.wide or x.dtype, _computed(weight)
        grad = grad if grad._strides == x._strides else rearranged(grad, x._strides)
        dx = fresh_with(x._shape, x._strides, x._size, x.dtype, x.device) if wants[0] else None
        dw, db = [fresh((channels,), channels, dtype, x.device) if wanted else None for wanted in wants[1:]]
        call(
            x.device.table[f"channel_norm.backward.{x.dtype.name}"], 6 * x._size, _address(dx), _address(dw),
            _address(db), grad.address, x.address, ctx.mean.address, ctx.rstd.address, _address(weight),
            *_around_channels(x), int(trained), x.device.context,
        )  # fmt: skip
        return *_given((dx, dw, db), shapes, ctx.dtypes, wants), *[None] * 6


# -------------------------------------------------------------------------------------- the functions


def _operands(
    name: str, input: Any, *others: Tensor | None, keeps_format: bool = False, complex_too: bool = False
) -> tuple[Any, ...]:  # fmt: skip
    """Check types, dtypes and devices; return all contiguous, images perhaps in their format."""
    if not isinstance(input, Tensor):
        raise TypeError(f"{name}(): argument 'input' must be Tensor, not {type(input).__name__}")
    if not (input.dtype.is_floating_point or (complex_too and input.dtype.is_complex)):
        raise NotImplementedError(f'"{name}" not implemented for {input.dtype.name}')
    given = [x for x in others if x is not None]
    for x in given:
        if x.dtype is not given[0].dtype or (x.dtype is not input.dtype and x.dtype is not input.dtype.wide):
            raise RuntimeError(f"{name}: expected all tensors to have dtype {input.dtype.name}, got {x.dtype.name}")
        on_one_device(name, input, x)
    wanted = None
    if keeps_format and not input._dense and mode.vmap is None:
        wanted = suggested_format(input._shape, input._strides)
    return input.contiguous(wanted), *[None if x is None else x.contiguous() for x in others]


def _of_shape(name: str, what: str, x: Tensor | None, shape: Shape) -> None:
    if x is not None and x._shape != shape:
        raise RuntimeError(f"{name}: expected {what} of shape {list(shape)}, but got {list(x._shape)}")


def _row_shape(name: str, x: Tensor, normalized_shape: Any) -> Shape:
    """Return the sizes of the dimensions that are normalised.

    Raises:
        RuntimeError: There are none, or they are not the last ones of the input.
    """
    shape = tuple(normalized_shape) if isinstance(normalized_shape, (tuple, list)) else (normalized_shape,)
    if not shape:
        raise RuntimeError(f"{name}: Expected normalized_shape to be at least 1-dimensional, but got {list(shape)}")
    if x._shape[-len(shape) :] != shape:
        raise RuntimeError(
            f"{name}: Given normalized_shape={list(shape)}, expected input with shape [*, "
            f"{', '.join(map(str, shape))}], but got input of size {list(x._shape)}"
        )
    return shape


def _row_norm(
    name: str, input: Tensor, normalized_shape: Any, weight: Tensor | None, bias: Tensor | None, eps: float,
    centred: bool,
) -> Tensor:  # fmt: skip
    found: Tensor | None = backend.row_norm(_ROW_NORM, input, normalized_shape, weight, bias, eps, centred)
    if found is not None:
        return found
    x, w, b = _operands(name, input, weight, bias)
    shape = _row_shape(name, x, normalized_shape)
    _of_shape(name, "weight", w, shape)
    _of_shape(name, "bias", b, shape)
    columns = math.prod(shape)
    rows = x._size // columns if columns else 0
    out: Tensor = RowNorm.run(x, w, b, Rows(rows, columns, 0, 1, centred, eps))
    return out


def layer_norm(
    input: Tensor,
    normalized_shape: Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """Return the input with the mean 0 and the variance 1 over its last dimensions, times a weight plus a bias.

    Args:
        input: (..., *normalized_shape).
        normalized_shape: The sizes of those dimensions.
        weight: normalized_shape, or None.
        bias: normalized_shape, or None.
        eps: What is added to the variance.

    Raises:
        RuntimeError: Shapes, dtypes or devices do not fit.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([[1.0, 3.0], [10.0, 30.0]])
        >>> mg.nn.functional.layer_norm(x, (2,))
        tensor([[-1.0000,  1.0000],
                [-1.0000,  1.0000]])
    """
    if weight is None and bias is not None:
        _of_shape("layer_norm", "bias", bias, tuple(normalized_shape))
        out = _row_norm("layer_norm", input, normalized_shape, None, None, eps, True) + bias
        return to_dtype(out, input.dtype) if bias.dtype is input.dtype.wide else out
    return _row_norm("layer_norm", input, normalized_shape, weight, bias, eps, True)


def _complex_rms_norm(input: Tensor, normalized_shape: Any, weight: Tensor | None, eps: float) -> Tensor:
    """Divide by the root of the mean of squares, which are complex numbers themselves."""
    shape = _row_shape("rms_norm", input, normalized_shape)
    x, w = _operands("rms_norm", input, weight, complex_too=True)
    _of_shape("rms_norm", "weight", w, shape)
    out = x * ((x * x).mean(tuple(range(-len(shape), 0)), keepdim=True) + eps).rsqrt()
    return in_format_of(out if w is None else out * w, input)


def rms_norm(input: Tensor, normalized_shape: Ints, weight: Tensor | None = None, eps: float | None = None) -> Tensor:
    """Return the input divided by the root mean square over its last dimensions, times a weight.

    Args:
        input: (..., *normalized_shape).
        normalized_shape: The sizes of those dimensions.
        weight: normalized_shape, or None.
        eps: What is added to the mean square; the dtype's smallest step by default.

    Raises:
        RuntimeError: Shapes, dtypes or devices do not fit.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([[3.0, 4.0]])
        >>> mg.nn.functional.rms_norm(x, (2,))
        tensor([[0.8485, 1.1314]])
    """
    dtype = input.dtype if isinstance(input, Tensor) else dtypes.float32
    if eps is None:
        eps = 2.0**-52 if dtype.to_real() is dtypes.float64 else 2.0**-23
    if dtype.is_complex:
        return _complex_rms_norm(input, normalized_shape, weight, eps)
    return in_format_of(_row_norm("rms_norm", input, normalized_shape, weight, None, eps, False), input)


def group_norm(
    input: Tensor, num_groups: int, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5
) -> Tensor:
    """Return the input with the mean 0 and the variance 1 over each group of channels of each sample.

    Args:
        input: (batch, channels, ...).
        num_groups: The number of groups, which divides the channels.
        weight: (channels,), or None.
        bias: (channels,), or None.
        eps: What is added to the variance.

    Raises:
        RuntimeError: Shapes, dtypes or devices do not fit.
        ValueError: Each group is one value, whose variance is unknown.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(8.0).reshape(1, 4, 2)
        >>> mg.nn.functional.group_norm(x, 2)[0]
        tensor([[-1.3416, -0.4472],
                [ 0.4472,  1.3416],
                [-1.3416, -0.4472],
                [ 0.4472,  1.3416]])
    """
    x, w, b = _operands("group_norm", input, weight, bias)
    if len(x._shape) < 2:
        raise RuntimeError(f"group_norm: Expected at least 2 dimensions for input tensor but received {len(x._shape)}")
    channels = x._shape[1]
    if num_groups > 0 and math.prod((x._shape[0] * channels // num_groups, *x._shape[2:])) == 1:
        raise ValueError(
            f"group_norm: Expected more than 1 value per channel when training, got input size {list(x._shape)}"
        )
    if num_groups <= 0 or channels % num_groups:
        raise RuntimeError(
            "group_norm: Expected number of channels in input to be divisible by num_groups, but got input of shape "
            f"{list(x._shape)} and num_groups={num_groups}"
        )
    _of_shape("group_norm", "weight", w, (channels,))
    _of_shape("group_norm", "bias", b, (channels,))
    span = math.prod(x._shape[2:])
    columns = channels // num_groups * span
    rows = Rows(x._shape[0] * num_groups, columns, span, num_groups, True, eps)
    out: Tensor = called("NativeGroupNorm", RowNorm.run(x, w, b, rows))
    return in_format_of(out, input)


def batch_norm(
    input: Tensor, running_mean: Tensor | None, running_var: Tensor | None, weight: Tensor | None = None,
    bias: Tensor | None = None, training: bool = False, momentum: float = 0.1, eps: float = 1e-5,
    counter: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """Return the input with each channel normalised, by the batch's statistics or by running ones.

    Args:
        input: (batch, channels, ...).
        running_mean: (channels,), which training moves towards the batch's mean; or None.
        running_var: (channels,), which training moves towards the batch's unbiased variance; or None.
        weight: (channels,), or None.
        bias: (channels,), or None.
        training: Whether the batch's statistics count.
        momentum: How far the running statistics move.
        eps: What is added to the variance.
        counter: How many batches there were, one int64; the momentum is 1 / counter then.

    Raises:
        RuntimeError: Shapes, dtypes or devices do not fit, or running statistics are missing.
    """
    x, w, b, mean, var = _operands("batch_norm", input, weight, bias, running_mean, running_var, keeps_format=True)
    if len(x._shape) < 2 and x._shape != (0,):
        raise RuntimeError(f"batch_norm: Expected at least 2 dimensions for input tensor but received {len(x._shape)}")
    channels = x._shape[1] if len(x._shape) > 1 else 0
    if not training and (mean is None or var is None):
        raise RuntimeError("batch_norm: Expected running_mean and running_var to be defined when training=False")
    _check_channels("batch_norm", channels, running_mean=mean, running_var=var, weight=w, bias=b)
    if len(x._shape) < 2:
        return x.clone()
    if training:
        for stat in (mean, var):
            if stat is not None:
                stat._changed()
    out: Tensor = ChannelNorm.run(x, w, b, mean, var, counter, bool(training), momentum, eps)
    if training:
        for stat, moved in ((running_mean, mean), (running_var, var)):
            if stat is not None and stat is not moved:  # the kernel has moved a copy of strided ones
                stat.copy_(moved)
    return out


def instance_norm(
    input: Tensor, running_mean: Tensor | None = None, running_var: Tensor | None = None,
    weight: Tensor | None = None, bias: Tensor | None = None, use_input_stats: bool = True, momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:  # fmt: skip
    """Normalise each channel of each sample; nn.functional.instance_norm, whose arguments these are, checks first."""
    if not use_input_stats:
        return batch_norm(input, running_mean, running_var, weight, bias, False, momentum, eps)
    x, w, b, mean, var = _operands("instance_norm", input, weight, bias, running_mean, running_var)
    if len(x._shape) < 3:
        raise RuntimeError(f"instance_norm: Expected at least 3 dimensions for input but received {len(x._shape)}")
    channels, span = x._shape[1], math.prod(x._shape[2:])
    _check_channels("instance_norm", channels, running_mean=mean, running_var=var, weight=w, bias=b)
    if running_mean is not None and running_var is not None:
        _move_running(x.detach(), running_mean, running_var, momentum)
    out: Tensor = RowNorm.run(x, w, b, Rows(x._shape[0] * channels, span, span, channels, True, eps))
    return out


def _check_channels(name: str, channels: int, **operands: Tensor | None) -> None:
    """Check that operands have an element for each channel, and that running statistics want no gradient."""
    for what, t in operands.items():
        if t is None:
            continue
        if t._size != channels:
            raise RuntimeError(f"{name}: {what} should contain {channels} elements not {t._size}")
        if t.requires_grad and what.startswith("running") and mode.grad:
            raise RuntimeError(f"{name} is not differentiable with respect to argument '{what}': it requires grad")


def _move_running(x: Tensor, running_mean: Tensor, running_var: Tensor, momentum: float) -> None:
    """Move running statistics towards those of the samples, averaged over the batch."""
    three = x.reshape(*x._shape[:2], math.prod(x._shape[2:]))
    for running, now in ((running_mean, three.mean((0, 2))), (running_var, three.var(2).mean(0))):
        running.mul_(1 - momentum).add_(now * momentum)
