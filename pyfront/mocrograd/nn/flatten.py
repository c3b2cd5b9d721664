"""Layers that change the shape alone."""

from __future__ import annotations

from mocrograd.nn.module import Module
from mocrograd.tensor import Tensor


class Flatten(Module):
    """Joins a range of axes into one; by default all but the first, the batch.

    Args:
        start_dim: First axis of the range.
        end_dim: Last axis of the range.

    Shape:
        - input: (N, *)
        - output: (N, product of *) with the defaults
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        """Remember the range."""
        super().__init__()
        self.start_dim = start_dim
        self.end_dim = end_dim

    def forward(self, input: Tensor) -> Tensor:
        """Join the axes."""
        return input.flatten(self.start_dim, self.end_dim)

    def extra_repr(self) -> str:
        """Show the range."""
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"
