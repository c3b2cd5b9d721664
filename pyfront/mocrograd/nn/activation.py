"""Activations: functions of each element, or of each row, without parameters."""

from __future__ import annotations

from mocrograd import ops
from mocrograd.nn import functional as F
from mocrograd.nn.module import Module
from mocrograd.tensor import Tensor


class ReLU(Module):
    """Computes max(x, 0).

    Args:
        inplace: False; overwriting the input is not supported.

    Shape:
        - input, output: any, the same
    """

    def __init__(self, inplace: bool = False) -> None:
        """Check that no in-place form is asked for."""
        super().__init__()
        F.refuse("ReLU", inplace=inplace)

    def forward(self, input: Tensor) -> Tensor:
        """Cut off below zero."""
        return ops.relu(input)


class Tanh(Module):
    """Computes tanh(x).

    Shape:
        - input, output: any, the same
    """

    def forward(self, input: Tensor) -> Tensor:
        """Squash each element into (-1, 1)."""
        return ops.tanh(input)


class Sigmoid(Module):
    """Computes 1 / (1 + exp(-x)).

    Shape:
        - input, output: any, the same
    """

    def forward(self, input: Tensor) -> Tensor:
        """Squash each element into (0, 1)."""
        return ops.sigmoid(input)


class Softmax(Module):
    """Computes exp(x) / sum(exp(x)) along one axis.

    Args:
        dim: The axis along which the output sums to one.

    Shape:
        - input, output: any, the same
    """

    def __init__(self, dim: int | None = None) -> None:
        """Remember the axis."""
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """Normalise along the axis."""
        return F.softmax(input, self.dim)

    def extra_repr(self) -> str:
        """Show the axis."""
        return f"dim={self.dim}"


class LogSoftmax(Module):
    """Computes log(softmax(x)) along one axis, without overflow.

    Args:
        dim: The axis along which the exponentials of the output sum to one.

    Shape:
        - input, output: any, the same
    """

    def __init__(self, dim: int | None = None) -> None:
        """Remember the axis."""
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """Normalise along the axis, in logarithms."""
        return F.log_softmax(input, self.dim)

    def extra_repr(self) -> str:
        """Show the axis."""
        return f"dim={self.dim}"
