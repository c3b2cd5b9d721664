"""Losses of class scores, of probabilities and of sequences (CTC).

Cross-entropy is one kernel forward and one backward, neither of which stores the softmax.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from mocrograd import backend, dtypes
from mocrograd.autograd import Function, mode
from mocrograd.autograd.function import called
from mocrograd.backend import call, recording, said_of_values
from mocrograd.ops._narrow import computed, computed_wide, row_kernel
from mocrograd.ops.arithmetic import log, squared_difference
from mocrograd.ops.cast import on_one_device, to_dtype
from mocrograd.ops.creation import tensor
from mocrograd.ops.indexing import index_select
from mocrograd.ops.softmax import log_softmax
from mocrograd.ops.transcendental import log1p
from mocrograd.tensor import Tensor, fresh

__all__ = ["cross_entropy", "mse_loss", "nll_loss"]

_CROSS_ENTROPY = dtypes.KernelNames("cross_entropy.forward.{}")
_CROSS_ENTROPY_BACKWARD = dtypes.KernelNames("cross_entropy.backward.{}")
REDUCTIONS = {"none": 0, "mean": 1, "sum": 2}


def _check(
    name: str, input: Any, target: Any, weight: Any, reduction: str, ignore_index: int
) -> tuple[Tensor, Tensor, Tensor | None, int]:
    """Return scores (rows, classes), targets (rows,), the classes' weights and the reduction's number.

    Raises:
        ValueError: Shapes or the reduction do not fit.
        RuntimeError: The target is neither int64 nor uint8, the weights do not fit, or the devices differ.
    """
    shape = input._shape
    if not input.dtype.is_floating_point:
        raise NotImplementedError(f'"{name}" not implemented for {input.dtype.name}')
    if not shape:
        raise ValueError(f"{name}: Expected 1 or more dimensions (got 0): (classes,), (batch, classes) or more")
    expected = shape[:1] + shape[2:] if len(shape) > 1 else ()
    if target._shape != expected and (len(shape) > 1 or target._shape != (1,)):
        if target._shape[:1] != shape[:1]:
            batches = [s[0] if s[dims:] else 1 for s, dims in ((shape, 1), (target._shape, 0))]
            raise ValueError(
                f"Expected input batch_size ({batches[0]}) to match target batch_size ({batches[1]}): "
                f"{name} got input {list(shape)} and target {list(target._shape)}"
            )
        raise RuntimeError(f"{name}: Expected target size {list(expected)}, got {list(target._shape)}")
    if target.dtype not in (dtypes.int64, dtypes.uint8):
        raise RuntimeError(f"{name}: expected target dtype to be Long or Byte, but got {target.dtype.name}")
    target = to_dtype(target, dtypes.int64)
    on_one_device(name, input, target)
    if weight is not None:
        classes = shape[1] if len(shape) > 1 else shape[0]
        check_class_weights(name, weight, classes)
        if weight.dtype is not input.dtype:
            raise RuntimeError(f"{name}: expected a weight of dtype {input.dtype.name} but found {weight.dtype.name}")
        if weight.requires_grad and mode.grad:
            raise RuntimeError(f"{name} is not differentiable with respect to argument 'weight': it requires grad")
        weight = weight.contiguous()
        on_one_device(name, input, weight)
    if len(shape) == 1:
        input, target = input.reshape(1, -1), target.reshape(1)
    elif len(shape) > 2:
        rows = math.prod(expected)
        input = input.reshape(shape[0], shape[1], rows // shape[0] if shape[0] else 0).transpose(1, 2)
        input, target = input.reshape(rows, shape[1]), target.reshape(rows)
    return input.contiguous(), target.contiguous(), weight, REDUCTIONS[reduction]


def check_class_weights(name: str, weight: Tensor, classes: int) -> None:
    """Check that there is a weight for each class.

    Raises:
        RuntimeError: There is not.
    """
    if weight._shape != (classes,):
        raise RuntimeError(
            f"{name}: weight tensor should be defined either for all {classes} classes or no classes "
            f"but got weight tensor of shape: {list(weight._shape)}"
        )


def _check_classes(target: Tensor, classes: int, ignore_index: int) -> None:
    """Raise for a class outside the range: the kernel detects it; this names the class."""
    for value in target.tolist():
        if value != ignore_index and not 0 <= value < classes:
            raise IndexError(f"Target {value} is out of bounds.")


def _result(reduction: int, total: Tensor, losses: Tensor) -> Tensor:
    return losses if reduction == 0 else total


class CrossEntropy(Function):
    """-log softmax(x)[target] per row, with smoothing; its mean or sum over the rows that count."""

    torch_name = "NllLoss"

    @staticmethod
    def forward(ctx: Any, x: Tensor, target: Tensor, reduction: int, ignore_index: int, smoothing: float) -> Tensor:
        """Compute losses and the logarithm of each row's sum."""
        rows, columns = x._shape
        device, dtype = x.device, x.dtype.wide or x.dtype
        kernel = row_kernel("cross_entropy.forward", x, columns)
        total = fresh((), 1, dtype, device)
        side = fresh((2 * rows + 1,), 2 * rows + 1, dtype, device)  # losses, log-sums, count
        losses, itemsize = side.address, dtype.itemsize
        lse, count = losses + rows * itemsize, losses + 2 * rows * itemsize
        try:
            call(
                kernel, 4 * x._size, total.address, losses, lse,
                count, x.address, target.address, rows, columns, ignore_index, reduction, smoothing, device.context,
            )  # fmt: skip
        except IndexError:
            _check_classes(target, columns, ignore_index)
            raise
        ctx.save_for_backward(x, target)
        ctx.kept = side, reduction, ignore_index, smoothing
        return to_dtype(side.detach()[:rows].clone() if reduction == 0 else total, x.dtype)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Compute dx = dy (softmax(x) - (1 - e) onehot - e / classes)."""
        x, target = ctx.saved_tensors
        side, reduction, ignore_index, smoothing = ctx.kept
        if mode.grad:
            gradient = _composed_gradient(x, target, grad, reduction, ignore_index, smoothing)
            return gradient, None, None, None, None
        rows, columns = x._shape
        dx = fresh(x._shape, x._size, x.dtype, x.device)
        if x._size:
            grad = computed(grad.contiguous())
            losses, itemsize, device = side.address, side.dtype.itemsize, x.device
            lse, count = losses + rows * itemsize, losses + 2 * rows * itemsize
            call(
                device.table[_CROSS_ENTROPY_BACKWARD[x.dtype]], 4 * x._size, dx.address, x.address,
                lse, count, target.address, grad.address,
                int(reduction == 0), rows, columns, ignore_index, reduction, smoothing, device.context,
            )  # fmt: skip
        return dx, None, None, None, None


_DIRECT = CrossEntropy, _CROSS_ENTROPY, _CROSS_ENTROPY_BACKWARD
"""What the direct call needs: the node, and the names of its kernels forward and backward."""


@computed_wide
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
    """-w[target] x[target] per row; its mean or sum over the rows that count."""

    torch_name = "NllLoss"

    options: tuple[int, int]

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, target: Tensor, weight: Tensor | None, reduction: int, ignore_index: int
    ) -> Tensor:
        """Gather the targets' elements."""
        rows, columns = x._shape
        device, dtype = x.device, x.dtype.wide or x.dtype
        total = fresh((), 1, dtype, device)
        losses = fresh((rows,), rows, dtype, device)
        count = fresh((1,), 1, dtype, device)
        try:
            call(
                device.table[f"nll_loss.forward.{x.dtype.name}"], x._size, total.address, losses.address,
                count.address, x.address, target.address, weight.address if weight is not None else 0,
                rows, columns, ignore_index, reduction, device.context,
            )  # fmt: skip
        except IndexError:
            _check_classes(target, columns, ignore_index)
            raise
        ctx.options = reduction, ignore_index
        ctx.count, ctx.shape = count, x._shape
        ctx.save_for_backward(target, weight)
        return to_dtype(_result(reduction, total, losses), x.dtype)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Compute dx = -dy w at the target, 0 elsewhere."""
        target, weight = ctx.saved_tensors
        reduction, ignore_index = ctx.options
        rows, columns = ctx.shape
        kind = grad.dtype
        grad = to_dtype(grad, kind.wide or kind)
        if mode.grad:
            from mocrograd.ops.creation import arange

            onehot = (target.reshape(rows, 1) == arange(columns, device=grad.device)).to(grad.dtype)
            counted = (target != ignore_index).reshape(rows, 1).to(grad.dtype)
            grad = grad / ctx.count.reshape(()) if reduction == 1 else grad
            onehot = onehot * counted if weight is None else onehot * counted * to_dtype(weight, grad.dtype)
            dx = -onehot * (grad.reshape(rows, 1) if reduction == 0 else grad)
            return to_dtype(dx, kind), None, None, None, None
        grad = grad.contiguous()
        dx = fresh(ctx.shape, rows * columns, kind, grad.device)
        if dx._size:
            call(
                grad.device.table[f"nll_loss.backward.{kind.name}"], dx._size, dx.address,
                ctx.count.address, target.address, grad.address, weight.address if weight is not None else 0,
                int(reduction == 0), rows, columns, ignore_index, reduction, grad.device.context,
            )  # fmt: skip
        return dx, None, None, None, None


def _shaped(losses: Tensor, input: Tensor, reduction: str) -> Tensor:
    """Return losses in the shape of an input without its classes."""
    shape = input._shape
    return (
        losses if reduction != "none" or len(shape) == 2 else losses.reshape(shape[:1] + shape[2:] if shape[1:] else ())
    )


def _require_tensors(name: str, **arguments: Any) -> None:
    for what, x in arguments.items():
        if not isinstance(x, Tensor) and not (x is None and what == "weight"):
            raise TypeError(f"{name}(): argument '{what}' must be Tensor, not {type(x).__name__}")


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    *,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """Return the cross-entropy between scores and classes, or probabilities of classes.

    Args:
        input: Scores: (classes,), (batch, classes) or (batch, classes, ...).
        target: Classes, int64 or uint8, of the input's shape without the classes; or probabilities of the input's
            shape.
        weight: A factor for each class; a mean over classes is weighted by those of the targets.
        ignore_index: The class whose rows do not count.
        reduction: "mean" or "sum" over the rows that count, or "none".
        label_smoothing: The share of the target that is spread over all classes, at most 1; none where it is
            negative.

    Raises:
        IndexError: A class is out of range.
        ValueError: The shapes do not fit, or an option is out of range.
        RuntimeError: The target is neither int64 nor uint8, or an option does not fit the target.

    Example:
        >>> import mocrograd as mg
        >>> scores = mg.tensor([[2.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
        >>> mg.cross_entropy(scores, mg.tensor([0, 2]), reduction="none")
        tensor([0.2395, 1.0986])
    """
    if weight is None:
        number = REDUCTIONS.get(reduction)
        loss: Tensor | None = backend.cross_entropy(_DIRECT, input, target, number, ignore_index, label_smoothing)
        if loss is not None:
            return loss
    if not (isinstance(input, Tensor) and isinstance(target, Tensor)) or weight is not None:
        _require_tensors("cross_entropy", input=input, target=target, weight=weight)
    if reduction not in REDUCTIONS:
        raise ValueError(f"{reduction} is not a valid value for reduction")
    if label_smoothing > 1.0:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")
    smoothing = max(float(label_smoothing), 0.0)
    if input._shape == target._shape:
        _check_probabilities(input, target, ignore_index)
        return _of_probabilities(input, target, weight, reduction, smoothing)
    if not input._shape:
        raise IndexError("cross_entropy: expected (classes,), (batch, classes) or (batch, classes, ...), got []")
    if smoothing > 0 and len(input._shape) == 1 and target._shape:
        raise RuntimeError(f"cross_entropy: expected a target [] to smooth, got {list(target._shape)}")
    if weight is not None:
        return _weighted_cross_entropy(input, target, weight, ignore_index, reduction, smoothing)
    x, classes, _, number = _check("cross_entropy", input, target, None, reduction, ignore_index)
    return _shaped(CrossEntropy.run(x, classes, number, ignore_index, smoothing), input, reduction)


def _per_class(weight: Tensor, input: Tensor) -> Tensor:
    """Return weights that broadcast along the classes of an input."""
    return weight.reshape((-1,) + (1,) * (len(input._shape) - 2)) if len(input._shape) > 1 else weight


def _check_probabilities(input: Tensor, target: Tensor, ignore_index: int) -> None:
    """Check a target of the input's shape.

    Raises:
        RuntimeError: It is not floating, or there is a class to ignore.
        IndexError: There are no classes.
    """
    if not target.dtype.is_floating_point:
        raise RuntimeError(f"Expected floating point type for target with class probabilities, got {target.dtype.name}")
    if ignore_index >= 0:
        raise RuntimeError(f"ignore_index is not supported for floating point target, got {ignore_index}")
    if not input._shape:
        raise IndexError("cross_entropy: expected (classes,), (batch, classes) or (batch, classes, ...), got []")
    if not input.dtype.is_floating_point:
        raise NotImplementedError(f'"cross_entropy" not implemented for {input.dtype.name}')


@computed_wide
def _of_probabilities(input: Tensor, target: Tensor, weight: Tensor | None, reduction: str, smoothing: float) -> Tensor:
    """Return the cross-entropy between scores and probabilities."""
    dim = 1 if len(input._shape) > 1 else 0
    classes = input._shape[dim]
    logs = log_softmax(input, dim)
    if smoothing > 0:
        target = target * (1 - smoothing) + smoothing / max(classes, 1)
    terms = logs * target
    if weight is not None:
        check_class_weights("cross_entropy", weight, classes)
        terms = terms * _per_class(weight, input)
    if reduction == "none":
        return -terms.sum(dim)
    sum = -terms.sum()
    return sum / (input._size // classes if input._size else math.nan) if reduction == "mean" else sum


@computed_wide
def _weighted_cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor, ignore_index: int, reduction: str, smoothing: float
) -> Tensor:
    """Return the cross-entropy between scores and weighted classes."""
    dim = 1 if len(input._shape) > 1 else 0
    logs = log_softmax(input, dim)
    losses = nll_loss(logs, target, weight, ignore_index=ignore_index, reduction=reduction)
    if smoothing == 0:
        return losses
    ignored = target == ignore_index
    spread = -(logs * _per_class(weight, input)).sum(dim).masked_fill(ignored, 0.0)
    if reduction != "none":
        spread = spread.sum()
    if reduction == "mean":
        counted = index_select(weight, 0, to_dtype(target, dtypes.int64).masked_fill(ignored, 0).reshape(-1))
        spread = spread / counted.masked_fill(ignored.reshape(-1), 0.0).sum()
    return losses * (1 - smoothing) + spread * (smoothing / max(input._shape[dim], 1))


def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    *,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> Tensor:
    """Return the negative log-likelihood of classes, given log-probabilities; arguments as `cross_entropy`.

    Example:
        >>> import mocrograd as mg
        >>> log_probabilities = mg.log_softmax(mg.tensor([[2.0, 0.0, 0.0]]), 1)
        >>> mg.nll_loss(log_probabilities, mg.tensor([0]))
        tensor(0.2395)
    """
    _require_tensors("nll_loss", input=input, target=target, weight=weight)
    if reduction not in REDUCTIONS:
        raise ValueError(f"{reduction} is not a valid value for reduction")
    x, classes, factors, number = _check("nll_loss", input, target, weight, reduction, ignore_index)
    return _shaped(NLLLoss.run(x, classes, factors, number, ignore_index), input, reduction)


def mse_loss(input: Tensor, target: Tensor, *, reduction: str = "mean") -> Tensor:
    """Return the squared difference, its mean or its sum.

    Raises:
        ValueError: The reduction is unknown.

    Example:
        >>> import mocrograd as mg
        >>> mg.ops.mse_loss(mg.tensor([1.0, 2.0]), mg.tensor([1.0, 4.0]))
        tensor(2.)
    """
    if reduction not in REDUCTIONS:
        raise ValueError(f"{reduction} is not a valid value for reduction")
    squared: Tensor = squared_difference(input, target)
    losses = squared if reduction == "none" else squared.mean() if reduction == "mean" else squared.sum()
    return called("MseLoss", losses)


# ------------------------------------------------------------------------ losses of probabilities

LEAST_PRODUCT = 1e-12
"""No divisor in the gradient of a binary cross-entropy is less."""


class _CrossEntropySlope(Function):
    """(p - t) / (p (1 - p)), by no divisor less than the least one, which is a constant to derivatives."""

    @staticmethod
    def forward(ctx: Any, p: Tensor, target: Tensor) -> Tensor:
        """Compute the quotient."""
        ctx.save_for_backward(p, target)
        return (p - target) / (p * (1 - p)).clamp(min=LEAST_PRODUCT)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor]:
        """Compute dy (p^2 - 2 p t + t) / (p (1 - p))^2, and -dy / (p (1 - p))."""
        p, target = ctx.saved_tensors
        scaled = grad / (p * (1 - p)).clamp(min=LEAST_PRODUCT)
        return scaled * (p * p - p * target * 2 + target) / (p * (1 - p)).clamp(min=LEAST_PRODUCT), -scaled


class BinaryCrossEntropy(Function):
    """-(t log p + (1 - t) log(1 - p)) per element, of contiguous tensors of one shape."""

    @staticmethod
    def forward(ctx: Any, p: Tensor, target: Tensor) -> Tensor:
        """Compute the losses.

        Raises:
            RuntimeError: A probability is not between 0 and 1.
        """
        device = p.device
        out = fresh(p._shape, p._size, p.dtype, device)
        ctx.save_for_backward(p, target)
        if not p._size:
            return out
        wrong = "all elements of input should be between 0 and 1"
        kernel = device.table[f"binary_cross_entropy.forward.{p.dtype.name}"]
        addresses = out.address, p.address, target.address
        try:
            call(kernel, 8 * p._size, *addresses, p._size, device.context)
        except RuntimeError as error:
            raise said_of_values(error, RuntimeError(wrong)) from None
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """Compute dp = dy (p - t) / (p (1 - p)), and dt = dy (log(1 - p) - log p)."""
        p, target = ctx.saved_tensors
        dp = dt = None
        if ctx.wanted[1]:
            dt = grad * (log1p(-p) - log(p))
        if ctx.wanted[0] and mode.grad:
            dp = grad * _CrossEntropySlope.run(p, target)
        elif ctx.wanted[0]:
            grad = grad.contiguous()
            dp = fresh(p._shape, p._size, p.dtype, p.device)
            if p._size:
                call(
                    p.device.table[f"binary_cross_entropy.backward.{p.dtype.name}"], 4 * p._size, dp.address, p.address,
                    target.address, grad.address, p._size, p.device.context,
                )  # fmt: skip
        return dp, dt


class Variance(Function):
    """max(v, least) of a contiguous tensor; the gradient is that of v."""

    @staticmethod
    def forward(ctx: Any, v: Tensor, least: float) -> Tensor:
        """Compute the maxima.

        Raises:
            ValueError: An element is negative.
        """
        device = v.device
        out = fresh(v._shape, v._size, v.dtype, device)
        if not v._size:
            return out
        wrong = "var has negative entry/entries: expected 0 or more"
        kernel = device.table[f"variance.forward.{v.dtype.name}"]
        addresses = out.address, v.address
        try:
            call(kernel, v._size, *addresses, v._size, least, device.context)
        except RuntimeError as error:
            raise said_of_values(error, ValueError(wrong)) from None
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        """Return the gradient."""
        return grad, None


# ---------------------------------------------------------- connectionist temporal classification


class CTC(Function):
    """Minus the logarithm of the probability of each sample's labels, from (steps, batch, classes)."""

    options: tuple[Any, ...]

    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        targets: Tensor,
        input_lengths: Tensor,
        target_lengths: Tensor,
        longest: int,
        blank: int,
        zero_infinity: bool,
    ) -> Tensor:
        """Compute the losses, and save the sums over paths."""
        (steps, batch, classes), device = x._shape, x.device
        width = 2 * longest + 3
        losses = fresh((batch,), batch, x.dtype, device)
        alpha = fresh((batch * steps * width,), batch * steps * width, x.dtype, device)
        skip = fresh((batch * width,), batch * width, x.dtype, device)
        labels = fresh((batch * width,), batch * width, dtypes.int64, device)
        joined = targets._shape[0] if len(targets._shape) == 1 else -1
        call(
            device.table[f"ctc_loss.forward.{x.dtype.name}"], 16 * alpha._size, losses.address, alpha.address,
            skip.address, labels.address, x.address, targets.address, input_lengths.address, target_lengths.address,
            steps, batch, classes, longest, blank, joined, device.context,
        )  # fmt: skip
        ctx.options = alpha, skip, labels, longest, zero_infinity
        ctx.save_for_backward(x, input_lengths, target_lengths, losses)
        return losses

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Compute the gradient, which cannot be differentiated again."""
        *operands, losses = ctx.saved_tensors
        return CTCBackward.apply(grad, *operands, losses.detach(), *ctx.options), None, None, None, None, None, None


class CTCBackward(Function):
    """The gradient of the losses."""

    @staticmethod
    def forward(
        ctx: Any,
        grad: Tensor,
        x: Tensor,
        input_lengths: Tensor,
        target_lengths: Tensor,
        losses: Tensor,
        alpha: Tensor,
        skip: Tensor,
        labels: Tensor,
        longest: int,
        zero_infinity: bool,
    ) -> Tensor:
        """Compute the gradient from the sums over paths that start at each step."""
        (steps, batch, classes), device = x._shape, x.device
        grad = grad.contiguous()
        dx = fresh(x._shape, x._size, x.dtype, device)
        scratch = fresh((2 * skip._size,), 2 * skip._size, x.dtype, device)
        call(
            device.table[f"ctc_loss.backward.{x.dtype.name}"], 16 * alpha._size, dx.address, scratch.address,
            alpha.address, skip.address, labels.address, x.address, losses.address, grad.address, input_lengths.address,
            target_lengths.address, steps, batch, classes, longest, 1, int(zero_infinity), device.context,
        )  # fmt: skip
        return dx

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> Any:
        """Raise: there is no second derivative.

        Raises:
            RuntimeError: Always.
        """
        raise RuntimeError("ctc_loss: the derivative of its gradient is not implemented")


def _lengths(what: str, values: Any, batch: int) -> tuple[Tensor, list[int] | None]:
    """Return lengths as a tensor, and as numbers where they are not in a tensor.

    Raises:
        RuntimeError: There are not as many as samples, or they are no integers.
    """
    numbers = None
    if not isinstance(values, Tensor):
        numbers = [int(n) for n in values]
        given = tensor(numbers, dtype=dtypes.int64, device=backend.cpu)
    elif values.dtype.kind != 1:
        raise RuntimeError(f"{what} must be integral, got {values.dtype.name}")
    else:
        given = to_dtype(values, dtypes.int64).contiguous().reshape(-1)
    if given._size != batch:
        raise RuntimeError(f"{what} must be of size batch_size: expected {batch}, got {given._size}")
    return given, numbers


@computed_wide
def ctc_loss(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: Tensor | Sequence[int],
    target_lengths: Tensor | Sequence[int],
    blank: int = 0,
    zero_infinity: bool = False,
) -> Tensor:
    """Return the loss of each sample.

    Args:
        log_probs: Logarithms of probabilities, (steps, batch, classes).
        targets: Labels, (batch, longest), or those of all samples one behind the other.
        input_lengths: How many steps of each sample count.
        target_lengths: How many labels each sample has.
        blank: The class of blanks.
        zero_infinity: Whether the gradients of infinite losses are 0 instead of nan.

    Returns:
        (batch).

    Raises:
        RuntimeError: Shapes, dtypes or lengths do not fit.
        IndexError: A label is out of range.
    """
    if not log_probs.dtype.is_floating_point:
        raise NotImplementedError(f'"ctc_loss" not implemented for {log_probs.dtype.name}')
    if len(log_probs._shape) != 3:
        raise RuntimeError(f"ctc_loss: expected log_probs (steps, batch, classes), got {list(log_probs._shape)}")
    if not log_probs._size:
        raise RuntimeError(f"log_probs tensor must not be empty, got {list(log_probs._shape)}")
    steps, batch, classes = log_probs._shape
    if not 0 <= blank < classes:
        raise RuntimeError(f"blank must be in label range: expected 0 <= blank < {classes}, got {blank}")
    rank = len(targets._shape)
    if rank not in (1, 2) or (rank == 2 and targets._shape[0] != batch):
        raise RuntimeError(
            f"ctc_loss: expected targets ({batch}, labels) or (labels of all samples), got {list(targets._shape)}"
        )
    if isinstance(input_lengths, Tensor) is not isinstance(target_lengths, Tensor):
        raise TypeError("ctc_loss(): expected both lengths as tensors or both as tuples of ints")
    of_inputs, inputs = _lengths("input_lengths", input_lengths, batch)
    of_targets, given = _lengths("target_lengths", target_lengths, batch)
    on_device = bool(log_probs.device.handle)
    if given is None and (rank == 1 or on_device):
        recording.cannot_replay("ctc_loss reads the lengths of its targets on the host")
        inputs, given = of_inputs.tolist(), of_targets.tolist()
    labels = to_dtype(targets, dtypes.int64).contiguous()
    longest = targets._shape[1] if rank == 2 else max([0, *(given or [])])
    if on_device:
        _check_lengths(labels, inputs or [], given or [], steps, classes, longest)
    device = log_probs.device
    operands = [x if x.device is device else x.to(device) for x in (labels, of_inputs, of_targets)]
    try:
        return CTC.run(log_probs.contiguous(), *operands, longest, blank, bool(zero_infinity))
    except (IndexError, RuntimeError):
        _check_lengths(labels, of_inputs.tolist(), of_targets.tolist(), steps, classes, longest)
        raise


def _check_lengths(labels: Tensor, inputs: list[int], given: list[int], steps: int, classes: int, longest: int) -> None:
    """Raise, with the reason, for what the kernel detects too."""
    for what, values, most in (("input_lengths", inputs, steps), ("target_lengths", given, longest)):
        for value in values:
            if not 0 <= value <= most:
                raise RuntimeError(f"Expected {what} to have values from 0 to {most}, but got value {value}")
    if len(labels._shape) == 1:
        if sum(given) != labels._size:
            raise RuntimeError(f"ctc_loss: expected targets of size {sum(given)}, got {labels._size}")
        used = labels.tolist()
    else:
        used = [label for row, count in zip(labels.tolist(), given) for label in row[:count]]
    for label in used:
        if not 0 <= label < classes:
            raise IndexError(f"ctc_loss: label {label} is out of range: expected 0 <= label < {classes}")
