"""Layers that put a frame around signals, images and volumes."""

from __future__ import annotations

from mocrograd.nn import functional as F
from mocrograd.nn.module import Module
from mocrograd.tensor import Tensor
from mocrograd.types import Ints

__all__ = [
    "CircularPad1d",
    "CircularPad2d",
    "CircularPad3d",
    "ConstantPad1d",
    "ConstantPad2d",
    "ConstantPad3d",
    "ReflectionPad1d",
    "ReflectionPad2d",
    "ReflectionPad3d",
    "ReplicationPad1d",
    "ReplicationPad2d",
    "ReplicationPad3d",
    "ZeroPad1d",
    "ZeroPad2d",
    "ZeroPad3d",
]


class _Frame(Module):
    """What frames of all modes share."""

    ndim: int
    mode = "constant"
    value = 0.0

    def __init__(self, padding: Ints) -> None:
        super().__init__()
        self.padding = tuple(padding) if isinstance(padding, (tuple, list)) else (padding,) * (2 * self.ndim)

    def forward(self, input: Tensor) -> Tensor:
        """Put the frame around.

        Raises:
            ValueError: The frame is circular, and the input has another number of dimensions.
        """
        if self.mode == "circular" and input.ndim not in (self.ndim + 1, self.ndim + 2):
            raise ValueError(f"expected {self.ndim + 1}D or {self.ndim + 2}D input (got {input.ndim}D input)")
        return F.pad(input, self.padding, self.mode, self.value)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ZeroPad1d(_Frame):
    """Puts a frame around signals: zeros.

    Args:
        padding: Elements before and behind: one number or a pair; negative ones cut off.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(1.0, 4).reshape(1, 1, 3)
        >>> mg.nn.ZeroPad1d((2, 1))(x)
        tensor([[[0., 0., 1., 2., 3., 0.]]])
    """

    ndim = 1


class ZeroPad2d(_Frame):
    """Puts a frame around images: zeros.

    Args:
        padding: Pixels left, right, above, below: one number or four; negative ones cut off.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(1.0, 5).reshape(1, 1, 2, 2)
        >>> mg.nn.ZeroPad2d(1)(x)[0, 0]
        tensor([[0., 0., 0., 0.],
                [0., 1., 2., 0.],
                [0., 3., 4., 0.],
                [0., 0., 0., 0.]])
    """

    ndim = 2


class ZeroPad3d(_Frame):
    """Puts a frame around volumes: zeros.

    Args:
        padding: Pixels left, right, above, below, in front, behind: one number or six; negative ones cut off.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.ones(1, 1, 2, 2, 2)
        >>> mg.nn.ZeroPad3d(1)(x).shape
        mocrograd.Size([1, 1, 4, 4, 4])
    """

    ndim = 3


class ReflectionPad1d(_Frame):
    """Puts a frame around signals: their reflection, without the edge itself.

    Args:
        padding: Elements before and behind: one number or a pair; negative ones cut off.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(1.0, 4).reshape(1, 1, 3)
        >>> mg.nn.ReflectionPad1d((2, 1))(x)
        tensor([[[3., 2., 1., 2., 3., 2.]]])
    """

    ndim = 1
    mode = "reflect"


class ReflectionPad2d(_Frame):
    """Puts a frame around images: their reflection, without the edge itself.

    Args:
        padding: Pixels left, right, above, below: one number or four; negative ones cut off.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(1.0, 5).reshape(1, 1, 2, 2)
        >>> mg.nn.ReflectionPad2d(1)(x)[0, 0]
        tensor([[4., 3., 4., 3.],
                [2., 1., 2., 1.],
                [4., 3., 4., 3.],
                [2., 1., 2., 1.]])
    """

    ndim = 2
    mode = "reflect"


class ReflectionPad3d(_Frame):
    """Puts a frame around volumes: their reflection, without the edge itself.

    Args:
        padding: Pixels left, right, above, below, in front, behind: one number or six; negative ones cut off.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.ones(1, 1, 2, 2, 2)
        >>> mg.nn.ReflectionPad3d(1)(x).shape
        mocrograd.Size([1, 1, 4, 4, 4])
    """

    ndim = 3
    mode = "reflect"


class ReplicationPad1d(_Frame):
    """Puts a frame around signals: copies of their edge.

    Args:
        padding: Elements before and behind: one number or a pair; negative ones cut off.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(1.0, 4).reshape(1, 1, 3)
        >>> mg.nn.ReplicationPad1d((2, 1))(x)
        tensor([[[1., 1., 1., 2., 3., 3.]]])
    """

    ndim = 1
    mode = "replicate"


class ReplicationPad2d(_Frame):
    """Puts a frame around images: copies of their edge.

    Args:
        padding: Pixels left, right, above, below: one number or four; negative ones cut off.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(1.0, 5).reshape(1, 1, 2, 2)
        >>> mg.nn.ReplicationPad2d(1)(x)[0, 0]
        tensor([[1., 1., 2., 2.],
                [1., 1., 2., 2.],
                [3., 3., 4., 4.],
                [3., 3., 4., 4.]])
    """

    ndim = 2
    mode = "replicate"


class ReplicationPad3d(_Frame):
    """Puts a frame around volumes: copies of their edge.

    Args:
        padding: Pixels left, right, above, below, in front, behind: one number or six; negative ones cut off.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.ones(1, 1, 2, 2, 2)
        >>> mg.nn.ReplicationPad3d(1)(x).shape
        mocrograd.Size([1, 1, 4, 4, 4])
    """

    ndim = 3
    mode = "replicate"


class CircularPad1d(_Frame):
    """Puts a frame around signals: what lies at the opposite edge.

    Args:
        padding: Elements before and behind: one number or a pair; negative ones cut off.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(1.0, 4).reshape(1, 1, 3)
        >>> mg.nn.CircularPad1d((2, 1))(x)
        tensor([[[2., 3., 1., 2., 3., 1.]]])
    """

    ndim = 1
    mode = "circular"


class CircularPad2d(_Frame):
    """Puts a frame around images: what lies at the opposite edge.

    Args:
        padding: Pixels left, right, above, below: one number or four; negative ones cut off.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(1.0, 5).reshape(1, 1, 2, 2)
        >>> mg.nn.CircularPad2d(1)(x)[0, 0]
        tensor([[4., 3., 4., 3.],
                [2., 1., 2., 1.],
                [4., 3., 4., 3.],
                [2., 1., 2., 1.]])
    """

    ndim = 2
    mode = "circular"


class CircularPad3d(_Frame):
    """Puts a frame around volumes: what lies at the opposite edge.

    Args:
        padding: Pixels left, right, above, below, in front, behind: one number or six; negative ones cut off.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.ones(1, 1, 2, 2, 2)
        >>> mg.nn.CircularPad3d(1)(x).shape
        mocrograd.Size([1, 1, 4, 4, 4])
    """

    ndim = 3
    mode = "circular"


class ConstantPad1d(_Frame):
    """Puts a frame of one value around signals.

    Args:
        padding: Elements before and behind: one number or a pair; negative ones cut off.
        value: The value.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(1.0, 4).reshape(1, 1, 3)
        >>> mg.nn.ConstantPad1d((2, 1), 7.0)(x)
        tensor([[[7., 7., 1., 2., 3., 7.]]])
    """

    ndim = 1

    def __init__(self, padding: Ints, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class ConstantPad2d(_Frame):
    """Puts a frame of one value around images.

    Args:
        padding: Pixels left, right, above, below: one number or four; negative ones cut off.
        value: The value.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(1.0, 5).reshape(1, 1, 2, 2)
        >>> mg.nn.ConstantPad2d(1, 7.0)(x)[0, 0]
        tensor([[7., 7., 7., 7.],
                [7., 1., 2., 7.],
                [7., 3., 4., 7.],
                [7., 7., 7., 7.]])
    """

    ndim = 2

    def __init__(self, padding: Ints, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class ConstantPad3d(_Frame):
    """Puts a frame of one value around volumes.

    Args:
        padding: Pixels left, right, above, below, in front, behind: one number or six; negative ones cut off.
        value: The value.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.ones(1, 1, 2, 2, 2)
        >>> mg.nn.ConstantPad3d(1, 7.0)(x).shape
        mocrograd.Size([1, 1, 4, 4, 4])
    """

    ndim = 3

    def __init__(self, padding: Ints, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"
