"""The loss of connectionist temporal classification."""

from __future__ import annotations

from collections.abc import Sequence

from mocrograd import dtypes, ops
from mocrograd.nn.functional.reduction import reduced, reduction_of
from mocrograd.ops.cast import to_dtype
from mocrograd.ops.loss import ctc_loss as _ctc_loss
from mocrograd.tensor import Tensor


def ctc_loss(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: Tensor | Sequence[int],
    target_lengths: Tensor | Sequence[int],
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Tensor:
    """Compute minus the logarithm of the probability of label sequences, over all their alignments to the steps.

    Args:
        log_probs: Results of `log_softmax`, (T, N, C) or (T, C).
        targets: Labels, (N, S), or those of all samples one behind the other; (S) where there is one sample.
        input_lengths: How many of the T steps of each sample count, (N).
        target_lengths: How many labels each sample has, (N).
        blank: The class of blanks.
        reduction: "mean" over samples of the losses by target length, "sum" or "none".
        zero_infinity: Whether infinite losses, of targets too long for their input, and their gradients become 0.

    Returns:
        A scalar; with reduction "none" (N), or () where there is one sample without a dimension.

    Raises:
        RuntimeError: Shapes, dtypes or lengths do not fit.
        IndexError: A label is out of range.
        ValueError: The reduction is unknown.
        TypeError: One of the lengths is a tensor and the other is not.
    """
    reduction = reduction_of(reduction)
    single = log_probs.ndim == 2
    losses = _ctc_loss(
        log_probs.unsqueeze(1) if single else log_probs,
        targets.unsqueeze(0) if single and targets.ndim == 1 else targets,
        input_lengths, target_lengths, blank, zero_infinity,
    )  # fmt: skip
    if zero_infinity:
        losses = ops.where(losses == float("inf"), 0.0, losses)
    if reduction == "mean":
        given = target_lengths if isinstance(target_lengths, Tensor) else ops.tensor(list(target_lengths))
        given = to_dtype(given.reshape(-1), dtypes.int64).to(losses.device)
        losses = losses / to_dtype(given.clamp(min=1), losses.dtype)
    return losses.squeeze(0) if single and reduction == "none" else reduced(losses, reduction)
