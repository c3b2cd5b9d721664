"""The loss of connectionist temporal classification, in a kernel forward and one back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mocrograd import dtypes
from mocrograd.autograd import Function
from mocrograd.backend import call, recording
from mocrograd.ops.cast import to_dtype
from mocrograd.ops.creation import tensor
from mocrograd.tensor import Tensor, fresh


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
        """Compute the losses, and keep what paths lead where."""
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
        ctx.options = alpha, skip, labels, losses.detach(), longest, zero_infinity
        ctx.save_for_backward(x, input_lengths, target_lengths)
        return losses

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Compute the gradient, which cannot be differentiated again."""
        return CTCBackward.apply(grad, *ctx.saved_tensors, *ctx.options), None, None, None, None, None, None


class CTCBackward(Function):
    """The gradient of the losses."""

    @staticmethod
    def forward(
        ctx: Any,
        grad: Tensor,
        x: Tensor,
        input_lengths: Tensor,
        target_lengths: Tensor,
        alpha: Tensor,
        skip: Tensor,
        labels: Tensor,
        losses: Tensor,
        longest: int,
        zero_infinity: bool,
    ) -> Tensor:
        """Follow the paths from their ends."""
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
        """Refuse.

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
        given = tensor(numbers, dtype=dtypes.int64)
    elif values.dtype.kind != 1:
        raise RuntimeError(f"{what} must be integral, got {values.dtype.name}")
    else:
        given = to_dtype(values, dtypes.int64).contiguous().reshape(-1)
    if given._size != batch:
        raise RuntimeError(f"{what} must be of size batch_size: expected {batch}, got {given._size}")
    return given, numbers


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
        _check(labels, inputs or [], given or [], steps, classes, longest)
    device = log_probs.device
    operands = [x if x.device is device else x.to(device) for x in (labels, of_inputs, of_targets)]
    try:
        return CTC.run(log_probs.contiguous(), *operands, longest, blank, bool(zero_infinity))
    except (IndexError, RuntimeError):
        _check(labels, of_inputs.tolist(), of_targets.tolist(), steps, classes, longest)
        raise


def _check(labels: Tensor, inputs: list[int], given: list[int], steps: int, classes: int, longest: int) -> None:
    """Raise for what the kernel finds too, with the reason."""
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
