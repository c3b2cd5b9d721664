"""Losses that are negative logarithms of likelihoods, as modules."""

from __future__ import annotations

from collections.abc import Sequence

from mocrograd.nn import functional as F
from mocrograd.nn.reduction import Loss
from mocrograd.tensor import Tensor


class PoissonNLLLoss(Loss):
    """Computes exp(input) - target input, or input - target log(input + eps).

    Args:
        log_input: Whether the input is the logarithm of the mean.
        full: Whether Stirling's approximation of log(target!) is added where the target is above 1.
        size_average: Torch's old name of a reduction.
        eps: Added to the input before its logarithm is taken.
        reduce: Torch's old name of a reduction.
        reduction: "mean", "sum" or "none".

    Shape:
        - log_input, target: any, the same
        - output: scalar, or the same with reduction "none"
    """

    def __init__(
        self,
        log_input: bool = True,
        full: bool = False,
        size_average: bool | None = None,
        eps: float = 1e-8,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        """Remember the options."""
        super().__init__(size_average, reduce, reduction)
        self.log_input = log_input
        self.full = full
        self.eps = eps

    def forward(self, log_input: Tensor, target: Tensor) -> Tensor:
        """Return the loss of a batch."""
        return F.poisson_nll_loss(
            log_input, target, log_input=self.log_input, full=self.full, eps=self.eps, reduction=self.reduction
        )


class GaussianNLLLoss(Loss):
    """Computes (log(var) + (input - target)^2 / var) / 2, with a variance of at least `eps`.

    Args:
        full: Whether log(2 pi) / 2 is added.
        eps: The least variance.
        reduction: "mean", "sum" or "none".

    Shape:
        - input, target: any, the same
        - var: the same, with a last dimension less or of size 1, or a number
        - output: scalar, or the same with reduction "none"
    """

    def __init__(self, *, full: bool = False, eps: float = 1e-6, reduction: str = "mean") -> None:
        """Remember the options."""
        super().__init__(reduction=reduction)
        self.full = full
        self.eps = eps

    def forward(self, input: Tensor, target: Tensor, var: Tensor | float) -> Tensor:
        """Return the loss of a batch."""
        return F.gaussian_nll_loss(input, target, var, full=self.full, eps=self.eps, reduction=self.reduction)


class CTCLoss(Loss):
    """Computes minus the logarithm of the probability of label sequences, over all their alignments to the steps.

    Args:
        blank: The class of blanks.
        reduction: "mean" over samples of the losses by target length, "sum" or "none".
        zero_infinity: Whether infinite losses, of targets too long for their input, and their gradients become 0.

    Shape:
        - log_probs: (T, N, C) or (T, C); targets: (N, S), or those of all samples one behind the other, or (S)
        - input_lengths, target_lengths: (N) or (), tensors or tuples
        - output: scalar; with reduction "none" (N) or ()
    """

    def __init__(self, blank: int = 0, reduction: str = "mean", zero_infinity: bool = False) -> None:
        """Remember the options."""
        super().__init__(reduction=reduction)
        self.blank = blank
        self.zero_infinity = zero_infinity

    def forward(
        self,
        log_probs: Tensor,
        targets: Tensor,
        input_lengths: Tensor | Sequence[int],
        target_lengths: Tensor | Sequence[int],
    ) -> Tensor:
        """Return the loss of a batch."""
        return F.ctc_loss(
            log_probs, targets, input_lengths, target_lengths, self.blank, self.reduction, self.zero_infinity
        )
