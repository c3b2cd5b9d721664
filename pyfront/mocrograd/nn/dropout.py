"""Dropout layers."""

from __future__ import annotations

from mocrograd.nn import functional as F
from mocrograd.nn.functional._options import check_probability
from mocrograd.nn.module import Module
from mocrograd.tensor import Tensor

__all__ = [
    "AlphaDropout",
    "Dropout",
    "Dropout1d",
    "Dropout2d",
    "Dropout3d",
    "FeatureAlphaDropout",
]


class _Dropout(Module):
    """A probability, and whether the input is overwritten."""

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        check_probability(p)
        self.p = p
        self.inplace = inplace

    def extra_repr(self) -> str:
        return f"p={self.p}, inplace={self.inplace}"


class Dropout(_Dropout):
    """Zeroes each element during training with probability p and scales the others by 1 / (1 - p).

    Args:
        p: Probability that an element is dropped.
        inplace: Whether the input takes the result over.

    Shape:
        - input, output: any, the same

    Raises:
        ValueError: `p` is not in [0, 1].

    Example:
        >>> import mocrograd as mg
        >>> layer = mg.nn.Dropout(0.5)
        >>> sorted(set(layer(mg.ones(1000)).tolist()))
        [0.0, 2.0]
        >>> layer.eval()(mg.ones(3))
        tensor([1., 1., 1.])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.dropout(input, self.p, self.training, self.inplace)


class Dropout1d(_Dropout):
    """Zeroes each channel during training with probability p and scales the others by 1 / (1 - p).

    Args:
        p: Probability that a channel is dropped.
        inplace: Whether the input takes the result over.

    Shape:
        - input, output: (N, C, L) or (C, L), the same

    Raises:
        ValueError: `p` is not in [0, 1].

    Example:
        >>> import mocrograd as mg
        >>> layer = mg.nn.Dropout1d(0.5)
        >>> channels = layer(mg.ones(100, 8, 2)).flatten(2)
        >>> bool((channels == channels[..., :1]).all())
        True
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.dropout1d(input, self.p, self.training, self.inplace)


class Dropout2d(_Dropout):
    """Zeroes each channel during training with probability p and scales the others by 1 / (1 - p).

    Args:
        p: Probability that a channel is dropped.
        inplace: Whether the input takes the result over.

    Shape:
        - input, output: (N, C, H, W), or (N, C, L) with a warning, the same

    Raises:
        ValueError: `p` is not in [0, 1].

    Example:
        >>> import mocrograd as mg
        >>> layer = mg.nn.Dropout2d(0.5)
        >>> channels = layer(mg.ones(100, 8, 2, 2)).flatten(2)
        >>> bool((channels == channels[..., :1]).all())
        True
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.dropout2d(input, self.p, self.training, self.inplace)


class Dropout3d(_Dropout):
    """Zeroes each channel during training with probability p and scales the others by 1 / (1 - p).

    Args:
        p: Probability that a channel is dropped.
        inplace: Whether the input takes the result over.

    Shape:
        - input, output: (N, C, D, H, W) or (C, D, H, W), the same

    Raises:
        ValueError: `p` is not in [0, 1].

    Example:
        >>> import mocrograd as mg
        >>> layer = mg.nn.Dropout3d(0.5)
        >>> channels = layer(mg.ones(100, 8, 2, 2, 2)).flatten(2)
        >>> bool((channels == channels[..., :1]).all())
        True
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.dropout3d(input, self.p, self.training, self.inplace)


class AlphaDropout(_Dropout):
    """Sets each element during training with probability p to where SELU saturates; mean 0 and variance 1 are kept.

    Args:
        p: Probability that an element is dropped.
        inplace: Whether the input takes the result over.

    Shape:
        - input, output: any, the same

    Raises:
        ValueError: `p` is not in [0, 1].

    Example:
        >>> import mocrograd as mg
        >>> layer = mg.nn.AlphaDropout(0.2)
        >>> layer(mg.randn(4, 8)).shape
        mocrograd.Size([4, 8])
        >>> layer.eval()(mg.ones(3))
        tensor([1., 1., 1.])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.alpha_dropout(input, self.p, self.training, self.inplace)


class FeatureAlphaDropout(_Dropout):
    """Sets each channel during training with probability p to where SELU saturates; mean 0 and variance 1 are kept.

    Args:
        p: Probability that a channel is dropped.
        inplace: Whether the input takes the result over.

    Shape:
        - input, output: (N, C, *), the same

    Raises:
        ValueError: `p` is not in [0, 1].

    Example:
        >>> import mocrograd as mg
        >>> layer = mg.nn.FeatureAlphaDropout(0.2)
        >>> layer(mg.randn(4, 8, 2)).shape
        mocrograd.Size([4, 8, 2])
        >>> layer.eval()(mg.ones(1, 3, 1)).flatten()
        tensor([1., 1., 1.])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.feature_alpha_dropout(input, self.p, self.training, self.inplace)
