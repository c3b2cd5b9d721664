"""Losses. Cross-entropy is one kernel forward and one back, which never forms the softmax in memory."""

from __future__ import annotations

from typing import Any

from mocrograd import dtypes
from mocrograd.autograd import Function, mode
from mocrograd.backend import call
from mocrograd.ops.cast import on_one_device, to_dtype
from mocrograd.tensor import Tensor, fresh

_CROSS_ENTROPY = {d: f"cross_entropy.forward.{d.name}" for d in dtypes.ALL}
_CROSS_ENTROPY_BACKWARD = {d: f"cross_entropy.backward.{d.name}" for d in dtypes.ALL}
REDUCTIONS = {"none": 0, "mean": 1, "sum": 2}


def _check(name: str, input: Any, target: Any, reduction: str, ignore_index: int) -> tuple[Tensor, Tensor, int]:
    """Return scores (rows, classes), targets (rows,) and the reduction's number.

    Raises:
        ValueError: Shapes or the reduction do not fit.
        RuntimeError: The target is neither int64 nor uint8, or the devices differ.
    """
    for what, x in (("input", input), ("target", target)):
        if not isinstance(x, Tensor):
            raise TypeError(f"{name}(): argument '{what}' must be Tensor, not {type(x).__name__}")
    if reduction not in REDUCTIONS:
        raise ValueError(f"{reduction} is not a valid value for reduction")
    if not input.dtype.is_floating_point:
        raise NotImplementedError(f'"{name}" not implemented for {input.dtype.name}')
    shape = input._shape
    if not shape:
        raise RuntimeError(
            f"{name}: expected an input of (classes,), (batch, classes) or (batch, classes, ...), got []"
        )
    expected = shape[:1] + shape[2:] if len(shape) > 1 else ()
    if target._shape != expected:
        if target._shape[:1] != shape[:1] and len(shape) > 1 and target._shape:
            raise ValueError(
                f"Expected input batch_size ({shape[0]}) to match target batch_size ({target._shape[0]}): "
                f"{name} got input {list(shape)} and target {list(target._shape)}"
            )
        raise RuntimeError(f"{name}: Expected target size {list(expected)}, got {list(target._shape)}")
    if target.dtype not in (dtypes.int64, dtypes.uint8):
        raise RuntimeError(f"{name}: expected target dtype to be Long or Byte, but got {target.dtype.name}")
    target = to_dtype(target, dtypes.int64)
    on_one_device(name, input, target)
    if len(shape) == 1:
        input, target = input.reshape(1, -1), target.reshape(1)
    elif len(shape) > 2:
        input = input.reshape(shape[0], shape[1], -1).transpose(1, 2).reshape(-1, shape[1])
        target = target.reshape(-1)
    if input.device.handle:
        _check_classes(target, input._shape[1], ignore_index)
    return input.contiguous(), target.contiguous(), REDUCTIONS[reduction]


def _check_classes(target: Tensor, classes: int, ignore_index: int) -> None:
    """Raise for a class outside the range. On the host the kernel finds out; this names the class."""
    for value in target.tolist():
        if value != ignore_index and not 0 <= value < classes:
            raise IndexError(f"Target {value} is out of bounds.")


def _result(reduction: int, total: Tensor, losses: Tensor) -> Tensor:
    return losses if reduction == 0 else total


class CrossEntropy(Function):
    """-log softmax(x)[target] per row, with smoothing; its mean or sum over the rows that count."""

    options: tuple[Any, ...]

    @staticmethod
    def forward(ctx: Any, x: Tensor, target: Tensor, reduction: int, ignore_index: int, smoothing: float) -> Tensor:
        """Compute losses and the logarithm of each row's sum."""
        rows, columns = x._shape
        device = x.device
        total = fresh((), 1, x.dtype, device)
        side = fresh((2 * rows + 1,), 2 * rows + 1, x.dtype, device)  # losses, log-sums, count
        losses, itemsize = side.address, x.dtype.itemsize
        lse, count = losses + rows * itemsize, losses + 2 * rows * itemsize
        ctx.options = reduction, ignore_index, smoothing
        try:
            call(
                device.table[_CROSS_ENTROPY[x.dtype]], 4 * x._size, total.address, losses, lse,
                count, x.address, target.address, rows, columns, ignore_index, reduction, smoothing, device.context,
            )  # fmt: skip
        except IndexError:
            _check_classes(target, columns, ignore_index)
            raise
        ctx.save_for_backward(x, target)
        ctx.side = side
        return side.detach()[:rows].clone() if reduction == 0 else total

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Compute dx = dy (softmax(x) - (1 - e) onehot - e / classes)."""
        x, target = ctx.saved_tensors
        if mode.grad:
            return _composed_gradient(x, target, grad, *ctx.options), None, None, None, None
        reduction, ignore_index, smoothing = ctx.options
        rows, columns = x._shape
        dx = fresh(x._shape, x._size, x.dtype, x.device)
        if x._size:
            grad = grad.contiguous()
            side, itemsize, device = ctx.side.address, x.dtype.itemsize, x.device
            call(
                device.table[_CROSS_ENTROPY_BACKWARD[x.dtype]], 4 * x._size, dx.address, x.address,
                side + rows * itemsize, side + 2 * rows * itemsize, target.address, grad.address,
                int(reduction == 0), rows, columns, ignore_index, reduction, smoothing, device.context,
            )  # fmt: skip
        return dx, None, None, None, None


def _composed_gradient(
    x: Tensor, target: Tensor, grad: Tensor, reduction: int, ignore_index: int, smoothing: float
) -> Tensor:
    """Return the gradient of cross-entropy in operations that can be differentiated again."""
    from mocrograd.ops.creation import arange

    rows, columns = x._shape
    counted = (target != ignore_index).reshape(rows, 1).to(x.dtype)
    onehot = (target.reshape(rows, 1) == arange(columns, device=x.device)).to(x.dtype)
    dx = x.softmax(-1) - onehot * (1 - smoothing) - smoothing / columns
    if reduction == 1:
        grad = grad / counted.sum()
    return dx * counted * (grad.reshape(rows, 1) if reduction == 0 else grad)


class NLLLoss(Function):
    """-x[target] per row; its mean or sum over the rows that count."""

    options: tuple[int, int]

    @staticmethod
    def forward(ctx: Any, x: Tensor, target: Tensor, reduction: int, ignore_index: int) -> Tensor:
        """Pick the targets' elements."""
        rows, columns = x._shape
        device = x.device
        total = fresh((), 1, x.dtype, device)
        losses = fresh((rows,), rows, x.dtype, device)
        count = fresh((1,), 1, x.dtype, device)
        try:
            call(
                device.table[f"nll_loss.forward.{x.dtype.name}"], x._size, total.address, losses.address,
                count.address, x.address, target.address, rows, columns, ignore_index, reduction, device.context,
            )  # fmt: skip
        except IndexError:
            _check_classes(target, columns, ignore_index)
            raise
        ctx.options = reduction, ignore_index
        ctx.count, ctx.shape = count, x._shape
        ctx.save_for_backward(target)
        return _result(reduction, total, losses)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Compute dx = -dy at the target, 0 elsewhere."""
        (target,) = ctx.saved_tensors
        reduction, ignore_index = ctx.options
        rows, columns = ctx.shape
        if mode.grad:
            from mocrograd.ops.creation import arange

            onehot = (target.reshape(rows, 1) == arange(columns, device=grad.device)).to(grad.dtype)
            counted = (target != ignore_index).reshape(rows, 1).to(grad.dtype)
            grad = grad / ctx.count.reshape(()) if reduction == 1 else grad
            return -(onehot * counted) * (grad.reshape(rows, 1) if reduction == 0 else grad), None, None, None
        grad = grad.contiguous()
        dx = fresh(ctx.shape, rows * columns, grad.dtype, grad.device)
        if dx._size:
            call(
                grad.device.table[f"nll_loss.backward.{grad.dtype.name}"], dx._size, dx.address,
                ctx.count.address, target.address, grad.address, int(reduction == 0), rows, columns,
                ignore_index, reduction, grad.device.context,
            )  # fmt: skip
        return dx, None, None, None


def _shaped(out: Tensor, target: Tensor, reduction: str) -> Tensor:
    return out.reshape(target._shape) if reduction == "none" else out


def cross_entropy(
    input: Tensor,
    target: Tensor,
    *,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """Return the cross-entropy of scores against classes.

    Args:
        input: Scores (classes,), (batch, classes) or (batch, classes, ...).
        target: The classes, int64 or uint8, of the input's shape without the classes.
        ignore_index: The class whose rows do not count.
        reduction: "mean" or "sum" over the rows that count, or "none".
        label_smoothing: The share of the target that is spread over all classes, from 0 to 1.

    Raises:
        IndexError: A class is out of range.
        ValueError: The shapes do not fit, or an option is out of range.
        RuntimeError: The target is neither int64 nor uint8.
    """
    if not 0.0 <= label_smoothing <= 1.0:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")
    x, classes, number = _check("cross_entropy", input, target, reduction, ignore_index)
    out = CrossEntropy.run(x, classes, number, ignore_index, float(label_smoothing))
    return _shaped(out, target, reduction)


def nll_loss(input: Tensor, target: Tensor, *, ignore_index: int = -100, reduction: str = "mean") -> Tensor:
    """Return the negative log-likelihood of classes, given log-probabilities; arguments as `cross_entropy`."""
    x, classes, number = _check("nll_loss", input, target, reduction, ignore_index)
    return _shaped(NLLLoss.run(x, classes, number, ignore_index), target, reduction)


def mse_loss(input: Tensor, target: Tensor, *, reduction: str = "mean") -> Tensor:
    """Return the squared difference, its mean or its sum.

    Raises:
        ValueError: The reduction is unknown.
    """
    if reduction not in REDUCTIONS:
        raise ValueError(f"{reduction} is not a valid value for reduction")
    squared = (input - target).square()
    return squared if reduction == "none" else squared.mean() if reduction == "mean" else squared.sum()
