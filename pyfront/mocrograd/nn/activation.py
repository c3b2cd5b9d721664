"""Activations: functions of each element, or of each row."""

from __future__ import annotations

from mocrograd import ops
from mocrograd.nn import functional as F
from mocrograd.nn.module import Module
from mocrograd.tensor import Tensor


class _InPlace(Module):
    """Whether the input is overwritten."""

    def __init__(self, inplace: bool = False) -> None:
        """Remember the option."""
        super().__init__()
        self.inplace = inplace

    def extra_repr(self) -> str:
        """Show the option."""
        return "inplace=True" if self.inplace else ""


class ReLU(_InPlace):
    """Computes max(x, 0).

    Args:
        inplace: Whether the input takes the result over.

    Shape:
        - input, output: any, the same
    """

    def forward(self, input: Tensor) -> Tensor:
        """Compute the function of each element."""
        return F.relu(input, self.inplace)


class Sigmoid(Module):
    """Computes 1 / (1 + exp(-x)).

    Shape:
        - input, output: any, the same
    """

    def forward(self, input: Tensor) -> Tensor:
        """Compute the function of each element."""
        return ops.sigmoid(input)


class Tanh(Module):
    """Computes tanh(x).

    Shape:
        - input, output: any, the same
    """

    def forward(self, input: Tensor) -> Tensor:
        """Compute the function of each element."""
        return ops.tanh(input)


class SiLU(_InPlace):
    """Computes x sigmoid(x).

    Args:
        inplace: Whether the input takes the result over.

    Shape:
        - input, output: any, the same
    """

    def forward(self, input: Tensor) -> Tensor:
        """Compute the function of each element."""
        return F.silu(input, self.inplace)


class Mish(_InPlace):
    """Computes x tanh(softplus(x)).

    Args:
        inplace: Whether the input takes the result over.

    Shape:
        - input, output: any, the same
    """

    def forward(self, input: Tensor) -> Tensor:
        """Compute the function of each element."""
        return F.mish(input, self.inplace)


class ELU(Module):
    """Computes x where it is positive, alpha (exp(x) - 1) elsewhere.

    Args:
        alpha: Minus the limit for very negative elements.
        inplace: Whether the input takes the result over.

    Shape:
        - input, output: any, the same
    """

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        """Remember the options."""
        super().__init__()
        self.alpha = alpha
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """Compute the function of each element."""
        return F.elu(input, self.alpha, self.inplace)

    def extra_repr(self) -> str:
        """Show the options."""
        return f"alpha={self.alpha}{', inplace=True' if self.inplace else ''}"


class CELU(Module):
    """Computes x where it is positive, alpha (exp(x / alpha) - 1) elsewhere.

    Args:
        alpha: Minus the limit for very negative elements.
        inplace: Whether the input takes the result over.

    Shape:
        - input, output: any, the same
    """

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        """Remember the options."""
        super().__init__()
        self.alpha = alpha
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """Compute the function of each element."""
        return F.celu(input, self.alpha, self.inplace)

    def extra_repr(self) -> str:
        """Show the options."""
        return f"alpha={self.alpha}{', inplace=True' if self.inplace else ''}"


class SELU(_InPlace):
    """Computes scale times an ELU, chosen so that mean 0 and variance 1 are kept. Klambauer et al. 2017.

    Args:
        inplace: Whether the input takes the result over.

    Shape:
        - input, output: any, the same
    """

    def forward(self, input: Tensor) -> Tensor:
        """Compute the function of each element."""
        return F.selu(input, self.inplace)


class GLU(Module):
    """Computes a sigmoid(b), of the two halves a and b along an axis, which the output has half as long.

    Args:
        dim: The axis.

    Shape:
        - input, output: any, the same
    """

    def __init__(self, dim: int = -1) -> None:
        """Remember the options."""
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """Compute the function of each element."""
        return F.glu(input, self.dim)

    def extra_repr(self) -> str:
        """Show the options."""
        return f"dim={self.dim}"


class GELU(Module):
    """Computes x times the share of the normal distribution below x.

    Args:
        approximate: "none", or "tanh" for a faster approximation.

    Shape:
        - input, output: any, the same
    """

    def __init__(self, approximate: str = "none") -> None:
        """Remember the options."""
        super().__init__()
        self.approximate = approximate

    def forward(self, input: Tensor) -> Tensor:
        """Compute the function of each element."""
        return F.gelu(input, self.approximate)

    def extra_repr(self) -> str:
        """Show the options."""
        return f"approximate={self.approximate!r}"


class LeakyReLU(Module):
    """Computes x where it is positive, negative_slope x elsewhere.

    Args:
        negative_slope: The slope below 0.
        inplace: Whether the input takes the result over.

    Shape:
        - input, output: any, the same
    """

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        """Remember the options."""
        super().__init__()
        self.negative_slope = negative_slope
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """Compute the function of each element."""
        return F.leaky_relu(input, self.negative_slope, self.inplace)

    def extra_repr(self) -> str:
        """Show the options."""
        return f"negative_slope={self.negative_slope}{', inplace=True' if self.inplace else ''}"


class LogSigmoid(Module):
    """Computes log(sigmoid(x)), without overflow.

    Shape:
        - input, output: any, the same
    """

    def forward(self, input: Tensor) -> Tensor:
        """Compute the function of each element."""
        return F.logsigmoid(input)


class Softplus(Module):
    """Computes log(1 + exp(beta x)) / beta, and x where beta x is above a threshold.

    Args:
        beta: How sharply the line bends.
        threshold: Where the two no longer differ.

    Shape:
        - input, output: any, the same
    """

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        """Remember the options."""
        super().__init__()
        self.beta = beta
        self.threshold = threshold

    def forward(self, input: Tensor) -> Tensor:
        """Compute the function of each element."""
        return F.softplus(input, self.beta, self.threshold)

    def extra_repr(self) -> str:
        """Show the options."""
        return f"beta={self.beta}, threshold={self.threshold}"


class Softmin(Module):
    """Computes exp(-x) / sum(exp(-x)) along one axis.

    Args:
        dim: The axis.

    Shape:
        - input, output: any, the same
    """

    def __init__(self, dim: int | None = None) -> None:
        """Remember the options."""
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """Compute the function of each element."""
        return F.softmin(input, self.dim)

    def extra_repr(self) -> str:
        """Show the options."""
        return f"dim={self.dim}"


class Softmax(Module):
    """Computes exp(x) / sum(exp(x)) along one axis.

    Args:
        dim: The axis along which the output sums to one.

    Shape:
        - input, output: any, the same
    """

    def __init__(self, dim: int | None = None) -> None:
        """Remember the options."""
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """Compute the function of each element."""
        return F.softmax(input, self.dim)

    def extra_repr(self) -> str:
        """Show the options."""
        return f"dim={self.dim}"


class Softmax2d(Module):
    """Computes exp(x) / sum(exp(x)) over the channels of images.

    Shape:
        - input, output: (N, C, H, W) or (C, H, W), the same
    """

    def forward(self, input: Tensor) -> Tensor:
        """Normalise over the channels."""
        if input.ndim not in (3, 4):
            raise ValueError(f"Softmax2d: expected input to be 3D or 4D, got {input.ndim}D instead")
        return F.softmax(input, -3)


class LogSoftmax(Module):
    """Computes log(softmax(x)) along one axis, without overflow.

    Args:
        dim: The axis along which the exponentials of the output sum to one.

    Shape:
        - input, output: any, the same
    """

    def __init__(self, dim: int | None = None) -> None:
        """Remember the options."""
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """Compute the function of each element."""
        return F.log_softmax(input, self.dim)

    def extra_repr(self) -> str:
        """Show the options."""
        return f"dim={self.dim}"
