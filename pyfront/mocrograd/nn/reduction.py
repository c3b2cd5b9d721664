"""What the modules of losses share."""

from __future__ import annotations

from mocrograd.nn.functional.reduction import reduction_of
from mocrograd.nn.module import Module
from mocrograd.tensor import Tensor


class Loss(Module):
    """A loss with a reduction."""

    reduction: str

    def __init__(self, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean") -> None:
        """Remember the reduction.

        Args:
            size_average: Torch's old name of a reduction.
            reduce: Torch's old name of a reduction.
            reduction: "mean", "sum" or "none"; the first call tells whether it is known.
        """
        super().__init__()
        old = size_average is not None or reduce is not None
        self.reduction = reduction_of("mean", size_average, reduce) if old else reduction


class WeightedLoss(Loss):
    """A loss with a reduction and factors."""

    weight: Tensor | None

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        """Remember the reduction and the factors, which are a buffer.

        Args:
            weight: The factors.
            size_average: Torch's old name of a reduction.
            reduce: Torch's old name of a reduction.
            reduction: "mean", "sum" or "none".
        """
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)
