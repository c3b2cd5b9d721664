"""Dropout layers."""

from __future__ import annotations

from mocrograd.nn import functional as F
from mocrograd.nn.module import Module
from mocrograd.tensor import Tensor


class Dropout(Module):
    """Zeroes each element with probability p during training and scales the others by 1 / (1 - p).

    Args:
        p: Probability that an element is zeroed.
        inplace: False; overwriting the input is not supported.

    Shape:
        - input, output: any, the same

    Raises:
        ValueError: `p` is not in [0, 1].
    """

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        """Check and remember the probability."""
        super().__init__()
        F.refuse("Dropout", inplace=inplace)
        F.check_probability(p)
        self.p = p

    def forward(self, input: Tensor) -> Tensor:
        """Drop elements in training mode; return the input in evaluation mode."""
        return F.dropout(input, self.p, self.training)

    def extra_repr(self) -> str:
        """Show the probability."""
        return f"p={self.p}, inplace=False"
