"""Dropout as a function."""

from __future__ import annotations

from mocrograd import ops
from mocrograd.nn.functional.options import check_probability, refuse
from mocrograd.tensor import Tensor


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Zero each element with probability p and scale the others by 1 / (1 - p).

    Args:
        input: Any shape.
        p: Probability that an element is zeroed.
        training: False returns the input.
        inplace: Not supported.

    Returns:
        The shape of the input.

    Raises:
        ValueError: `p` is not in [0, 1].
    """
    check_probability(p)
    refuse("dropout", inplace=inplace)
    if not training or p == 0.0:
        return input
    if p == 1.0:
        return input * 0.0
    kept = (ops.rand_like(input) >= p).to(input.dtype)
    return input * (kept * (1.0 / (1.0 - p)))
