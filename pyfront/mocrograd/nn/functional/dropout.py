"""Dropout as functions."""

from __future__ import annotations

import math
import warnings

from mocrograd.nn.functional._options import check_probability
from mocrograd.ops._arguments import checked
from mocrograd.ops._outputs import deliver_in_place
from mocrograd.ops.random import kept, kept_like
from mocrograd.tensor import Tensor

__all__ = [
    "alpha_dropout",
    "dropout",
    "dropout1d",
    "dropout2d",
    "dropout3d",
    "feature_alpha_dropout",
]

_SATURATION = 1.7580993408473766
"""How far below zero SELU saturates."""


def drop(
    name: str, input: Tensor, p: float, training: bool, inplace: bool, axes: int | None, alpha: bool = False
) -> Tensor:
    """Drop elements, or whole slices that the first `axes` axes count."""
    if not training or p == 0 or not input._size:
        return input
    if input._sparse:
        raise NotImplementedError(
            f"{name}: expected a dense tensor, got one of layout {input.layout}: use to_dense(), or dropout of values()"
        )
    axes = input.ndim if axes is None else axes
    out: Tensor
    if p == 1:
        out = input * False  # of the input's dtype; nan stays
    elif input.ndim < axes:
        raise RuntimeError(f"{name}: Feature dropout requires at least 2 dimensions in the input, got {input.ndim}")
    elif not input.dtype.is_floating_point:
        raise RuntimeError(f"{name}: result type Float can't be cast to the desired output type {input.dtype.name}")
    else:
        shape = input._shape[:axes] + (1,) * (input.ndim - axes)
        if alpha:
            scale = 1 / math.sqrt((_SATURATION * _SATURATION * p + 1) * (1 - p))
            mask = kept(shape, p, scale, input.dtype, input.device) if axes < input.ndim else kept_like(input, p, scale)
            out = input * mask + (mask + (p - 1) * scale) * _SATURATION
        elif axes < input.ndim:
            out = input * kept(shape, p, 1 / (1 - p), input.dtype, input.device)
        else:
            out = input * kept_like(input, p, 1 / (1 - p))
    return deliver_in_place(name + "_", input, out) if inplace else out


@checked
def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Zero each element with probability p and scale the others by 1 / (1 - p).

    Args:
        input: Any shape.
        p: Probability that an element is zeroed.
        training: False returns the input.
        inplace: Whether the input takes the result over.

    Returns:
        The shape of the input.

    Raises:
        ValueError: `p` is not in [0, 1].
        RuntimeError: The elements are integers.
        NotImplementedError: The input is sparse.

    Example:
        >>> import mocrograd as mg
        >>> sorted(set(mg.nn.functional.dropout(mg.ones(1000)).tolist()))
        [0.0, 2.0]
        >>> mg.nn.functional.dropout(mg.ones(3), training=False)
        tensor([1., 1., 1.])
    """
    check_probability(p)
    return drop("dropout", input, p, training, inplace, None)


@checked
def alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """Set each element with probability p to where SELU saturates; mean 0 and variance 1 of the input are kept.

    Args:
        input: Any shape.
        p: Probability that an element is dropped.
        training: False returns the input.
        inplace: Whether the input takes the result over.

    Returns:
        The shape of the input.

    Raises:
        ValueError: `p` is not in [0, 1].
        RuntimeError: The elements are integers.

    Example:
        >>> import mocrograd as mg
        >>> mg.nn.functional.alpha_dropout(mg.ones(3), training=False)
        tensor([1., 1., 1.])
    """
    check_probability(p)
    return drop("alpha_dropout", input, p, training, inplace, None, True)


@checked
def dropout1d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Zero each channel with probability p and scale the others by 1 / (1 - p).

    Args:
        input: (N, C, L) or (C, L).
        p: Probability that a channel is zeroed.
        training: False returns the input.
        inplace: Whether the input takes the result over.

    Returns:
        The shape of the input.

    Raises:
        ValueError: `p` is not in [0, 1].
        RuntimeError: The input has another number of dimensions.

    Example:
        >>> import mocrograd as mg
        >>> channels = mg.nn.functional.dropout1d(mg.ones(100, 8, 2)).flatten(2)
        >>> bool((channels == channels[..., :1]).all())
        True
    """
    check_probability(p)
    if input.ndim not in (2, 3):
        raise RuntimeError(f"dropout1d: Expected 2D or 3D input, but received a {input.ndim}D input")
    return drop("dropout1d", input, p, training, inplace, input.ndim - 1)


@checked
def dropout2d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Zero each channel with probability p and scale the others by 1 / (1 - p).

    Args:
        input: (N, C, H, W); an input (N, C, L) drops its channels with a warning, as in torch.
        p: Probability that a channel is zeroed.
        training: False returns the input.
        inplace: Whether the input takes the result over.

    Returns:
        The shape of the input.

    Raises:
        ValueError: `p` is not in [0, 1].

    Example:
        >>> import mocrograd as mg
        >>> channels = mg.nn.functional.dropout2d(mg.ones(100, 8, 2, 2)).flatten(2)
        >>> bool((channels == channels[..., :1]).all())
        True
    """
    check_probability(p)
    if input.ndim != 4:
        warnings.warn(
            f"dropout2d: expected an input of 4 dimensions, received {input.ndim}; the first two count the channels",
            stacklevel=2,
        )
    return drop("dropout2d", input, p, training, inplace, 2)


@checked
def dropout3d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Zero each channel with probability p and scale the others by 1 / (1 - p).

    Args:
        input: (N, C, D, H, W) or (C, D, H, W).
        p: Probability that a channel is zeroed.
        training: False returns the input.
        inplace: Whether the input takes the result over.

    Returns:
        The shape of the input.

    Raises:
        ValueError: `p` is not in [0, 1].

    Example:
        >>> import mocrograd as mg
        >>> channels = mg.nn.functional.dropout3d(mg.ones(100, 8, 2, 2, 2)).flatten(2)
        >>> bool((channels == channels[..., :1]).all())
        True
    """
    check_probability(p)
    if input.ndim not in (4, 5):
        warnings.warn(
            f"dropout3d: expected an input of 4 or 5 dimensions, received {input.ndim}; the first counts the channels",
            stacklevel=2,
        )
    return drop("dropout3d", input, p, training, inplace, 2 if input.ndim == 5 else 1)


@checked
def feature_alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """Set each channel with probability p to where SELU saturates; mean 0 and variance 1 of the input are kept.

    Args:
        input: (N, C, *).
        p: Probability that a channel is dropped.
        training: False returns the input.
        inplace: Whether the input takes the result over.

    Returns:
        The shape of the input.

    Raises:
        ValueError: `p` is not in [0, 1].
        RuntimeError: The input has less than two dimensions, or its elements are integers.

    Example:
        >>> import mocrograd as mg
        >>> mg.nn.functional.feature_alpha_dropout(mg.ones(1, 3, 1), training=False).flatten()
        tensor([1., 1., 1.])
    """
    check_probability(p)
    return drop("feature_alpha_dropout", input, p, training, inplace, 2, True)
