"""Layers that change the shape alone."""

from __future__ import annotations

from mocrograd.nn.module import Module
from mocrograd.tensor import Tensor

__all__ = [
    "Flatten",
    "Unflatten",
]


class Flatten(Module):
    """Joins a range of axes into one; by default all but the first, the batch.

    Args:
        start_dim: First axis of the range.
        end_dim: Last axis of the range.

    Shape:
        - input: (N, *)
        - output: (N, product of *) with the defaults

    Example:
        >>> import mocrograd as mg
        >>> mg.nn.Flatten()(mg.ones(2, 3, 4)).shape
        mocrograd.Size([2, 12])
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim = start_dim
        self.end_dim = end_dim

    def forward(self, input: Tensor) -> Tensor:
        return input.flatten(self.start_dim, self.end_dim)

    def extra_repr(self) -> str:
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Unflatten(Module):
    """Cuts one axis into several.

    Args:
        dim: The axis.
        unflattened_size: The sizes it becomes; one of them may be -1.

    Shape:
        - input: (*, S, *)
        - output: (*, U_1, ..., U_n, *)

    Raises:
        TypeError: The sizes are no tuple or list of integers.

    Example:
        >>> import mocrograd as mg
        >>> mg.nn.Unflatten(1, (2, 5, 5))(mg.ones(2, 50)).shape
        mocrograd.Size([2, 2, 5, 5])
    """

    def __init__(self, dim: int, unflattened_size: tuple[int, ...] | list[int]) -> None:
        super().__init__()
        if not isinstance(unflattened_size, (tuple, list)):
            raise TypeError(
                f"unflattened_size must be a tuple of ints, but found type {type(unflattened_size).__name__}"
            )
        for position, size in enumerate(unflattened_size):
            if not isinstance(size, int):
                raise TypeError(
                    f"unflattened_size must be tuple of ints, but found element of type {type(size).__name__} at "
                    f"pos {position}"
                )
        self.dim = dim
        self.unflattened_size = unflattened_size

    def forward(self, input: Tensor) -> Tensor:
        return input.unflatten(self.dim, self.unflattened_size)

    def extra_repr(self) -> str:
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"
