"""Activations as modules."""

from __future__ import annotations

from mocrograd import ops
from mocrograd.nn import functional as F
from mocrograd.nn.module import Module
from mocrograd.nn.parameter import Parameter
from mocrograd.tensor import Tensor
from mocrograd.types import Device, Dtype

__all__ = [
    "CELU",
    "ELU",
    "GELU",
    "GLU",
    "SELU",
    "Hardshrink",
    "Hardsigmoid",
    "Hardswish",
    "Hardtanh",
    "LeakyReLU",
    "LogSigmoid",
    "LogSoftmax",
    "Mish",
    "PReLU",
    "RReLU",
    "ReLU",
    "ReLU6",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softmax2d",
    "Softmin",
    "Softplus",
    "Softshrink",
    "Softsign",
    "Tanh",
    "Tanhshrink",
    "Threshold",
]


class _InPlace(Module):
    """Whether the input is overwritten."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def extra_repr(self) -> str:
        return "inplace=True" if self.inplace else ""


class ReLU(_InPlace):
    """Computes max(x, 0).

    Args:
        inplace: Whether the input takes the result over.

    Shape:
        - input, output: any, the same

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([-2.0, -0.5, 0.0, 0.5, 2.0])
        >>> mg.nn.ReLU()(x)
        tensor([0.0000, 0.0000, 0.0000, 0.5000, 2.0000])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.relu(input, self.inplace)


class Sigmoid(Module):
    """Computes 1 / (1 + exp(-x)).

    Shape:
        - input, output: any, the same

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([-2.0, -0.5, 0.0, 0.5, 2.0])
        >>> mg.nn.Sigmoid()(x)
        tensor([0.1192, 0.3775, 0.5000, 0.6225, 0.8808])
    """

    def forward(self, input: Tensor) -> Tensor:
        return ops.sigmoid(input)


class Tanh(Module):
    """Computes tanh(x).

    Shape:
        - input, output: any, the same

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([-2.0, -0.5, 0.0, 0.5, 2.0])
        >>> mg.nn.Tanh()(x)
        tensor([-0.9640, -0.4621,  0.0000,  0.4621,  0.9640])
    """

    def forward(self, input: Tensor) -> Tensor:
        return ops.tanh(input)


class SiLU(_InPlace):
    """Computes x sigmoid(x).

    Args:
        inplace: Whether the input takes the result over.

    Shape:
        - input, output: any, the same

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([-2.0, -0.5, 0.0, 0.5, 2.0])
        >>> mg.nn.SiLU()(x)
        tensor([-0.2384, -0.1888,  0.0000,  0.3112,  1.7616])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.silu(input, self.inplace)


class Mish(_InPlace):
    """Computes x tanh(softplus(x)).

    Args:
        inplace: Whether the input takes the result over.

    Shape:
        - input, output: any, the same

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([-2.0, -0.5, 0.0, 0.5, 2.0])
        >>> mg.nn.Mish()(x)
        tensor([-0.2525, -0.2207,  0.0000,  0.3752,  1.9440])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.mish(input, self.inplace)


class ELU(Module):
    """Computes x where it is positive, alpha (exp(x) - 1) elsewhere.

    Args:
        alpha: Minus the limit for very negative elements.
        inplace: Whether the input takes the result over.

    Shape:
        - input, output: any, the same

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([-2.0, -0.5, 0.0, 0.5, 2.0])
        >>> mg.nn.ELU()(x)
        tensor([-0.8647, -0.3935,  0.0000,  0.5000,  2.0000])
    """

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha = alpha
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.elu(input, self.alpha, self.inplace)

    def extra_repr(self) -> str:
        return f"alpha={self.alpha}{', inplace=True' if self.inplace else ''}"


class CELU(Module):
    """Computes x where it is positive, alpha (exp(x / alpha) - 1) elsewhere.

    Args:
        alpha: Minus the limit for very negative elements.
        inplace: Whether the input takes the result over.

    Shape:
        - input, output: any, the same

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([-2.0, -0.5, 0.0, 0.5, 2.0])
        >>> mg.nn.CELU()(x)
        tensor([-0.8647, -0.3935,  0.0000,  0.5000,  2.0000])
    """

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha = alpha
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.celu(input, self.alpha, self.inplace)

    def extra_repr(self) -> str:
        return f"alpha={self.alpha}{', inplace=True' if self.inplace else ''}"


class SELU(_InPlace):
    """Computes scale times an ELU, chosen so that mean 0 and variance 1 are kept. Klambauer et al. 2017.

    Args:
        inplace: Whether the input takes the result over.

    Shape:
        - input, output: any, the same

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([-2.0, -0.5, 0.0, 0.5, 2.0])
        >>> mg.nn.SELU()(x)
        tensor([-1.5202, -0.6918,  0.0000,  0.5254,  2.1014])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.selu(input, self.inplace)


class GLU(Module):
    """Computes a sigmoid(b), of the two halves a and b along an axis, which the output has half as long.

    Args:
        dim: The axis.

    Shape:
        - input, output: any, the same

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([[1.0, 2.0, 0.0, -1.0]])
        >>> mg.nn.GLU()(x)
        tensor([[0.5000, 0.5379]])
    """

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        return F.glu(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class GELU(Module):
    """Computes x times the share of the normal distribution below x.

    Args:
        approximate: "none", or "tanh" for a faster approximation.

    Shape:
        - input, output: any, the same

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([-2.0, -0.5, 0.0, 0.5, 2.0])
        >>> mg.nn.GELU()(x)
        tensor([-0.0455, -0.1543,  0.0000,  0.3457,  1.9545])
    """

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self.approximate = approximate

    def forward(self, input: Tensor) -> Tensor:
        return F.gelu(input, self.approximate)

    def extra_repr(self) -> str:
        return f"approximate={self.approximate!r}"


class LeakyReLU(Module):
    """Computes x where it is positive, negative_slope x elsewhere.

    Args:
        negative_slope: The slope below 0.
        inplace: Whether the input takes the result over.

    Shape:
        - input, output: any, the same

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([-2.0, -0.5, 0.0, 0.5, 2.0])
        >>> mg.nn.LeakyReLU(0.1)(x)
        tensor([-0.2000, -0.0500,  0.0000,  0.5000,  2.0000])
    """

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        super().__init__()
        self.negative_slope = negative_slope
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.leaky_relu(input, self.negative_slope, self.inplace)

    def extra_repr(self) -> str:
        return f"negative_slope={self.negative_slope}{', inplace=True' if self.inplace else ''}"


class LogSigmoid(Module):
    """Computes log(sigmoid(x)), without overflow.

    Shape:
        - input, output: any, the same

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([-2.0, -0.5, 0.0, 0.5, 2.0])
        >>> mg.nn.LogSigmoid()(x)
        tensor([-2.1269, -0.9741, -0.6931, -0.4741, -0.1269])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.logsigmoid(input)


class Softplus(Module):
    """Computes log(1 + exp(beta x)) / beta, and x where beta x is above a threshold.

    Args:
        beta: How sharply the line bends.
        threshold: Where the two no longer differ.

    Shape:
        - input, output: any, the same

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([-2.0, -0.5, 0.0, 0.5, 2.0])
        >>> mg.nn.Softplus()(x)
        tensor([0.1269, 0.4741, 0.6931, 0.9741, 2.1269])
    """

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta = beta
        self.threshold = threshold

    def forward(self, input: Tensor) -> Tensor:
        return F.softplus(input, self.beta, self.threshold)

    def extra_repr(self) -> str:
        return f"beta={self.beta}, threshold={self.threshold}"


class Softmin(Module):
    """Computes exp(-x) / sum(exp(-x)) along one axis.

    Args:
        dim: The axis.

    Shape:
        - input, output: any, the same

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([[1.0, 2.0, 3.0]])
        >>> mg.nn.Softmin(dim=1)(x)
        tensor([[0.6652, 0.2447, 0.0900]])
    """

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        return F.softmin(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class Softmax(Module):
    """Computes exp(x) / sum(exp(x)) along one axis.

    Args:
        dim: The axis along which the output sums to one.

    Shape:
        - input, output: any, the same

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([[1.0, 2.0, 3.0]])
        >>> mg.nn.Softmax(dim=1)(x)
        tensor([[0.0900, 0.2447, 0.6652]])
    """

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        return F.softmax(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class Softmax2d(Module):
    """Computes exp(x) / sum(exp(x)) over the channels of images.

    Shape:
        - input, output: (N, C, H, W) or (C, H, W), the same

    Example:
        >>> import mocrograd as mg
        >>> x = mg.ones(1, 4, 2, 2)
        >>> mg.nn.Softmax2d()(x)[0, :, 0, 0]
        tensor([0.2500, 0.2500, 0.2500, 0.2500])
    """

    def forward(self, input: Tensor) -> Tensor:
        if input.ndim not in (3, 4):
            raise ValueError(f"Softmax2d: expected input to be 3D or 4D, got {input.ndim}D instead")
        return F.softmax(input, -3)


class LogSoftmax(Module):
    """Computes log(softmax(x)) along one axis, without overflow.

    Args:
        dim: The axis along which the exponentials of the output sum to one.

    Shape:
        - input, output: any, the same

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([[1.0, 2.0, 3.0]])
        >>> mg.nn.LogSoftmax(dim=1)(x)
        tensor([[-2.4076, -1.4076, -0.4076]])
    """

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        return F.log_softmax(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class Threshold(Module):
    """Replaces elements that are not above a threshold.

    Args:
        threshold: The threshold.
        value: The replacement.
        inplace: Whether the input takes the result over.

    Shape:
        - input, output: any, the same

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([-2.0, -0.5, 0.0, 0.5, 2.0])
        >>> mg.nn.Threshold(0.1, 20.0)(x)
        tensor([20.0000, 20.0000, 20.0000,  0.5000,  2.0000])
    """

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        super().__init__()
        self.threshold = threshold
        self.value = value
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.threshold(input, self.threshold, self.value, self.inplace)

    def extra_repr(self) -> str:
        return f"threshold={self.threshold}, value={self.value}{', inplace=True' if self.inplace else ''}"


class RReLU(Module):
    """Computes x where it is positive, a x elsewhere, with random slopes a in training.

    Args:
        lower: The least slope.
        upper: The largest slope.
        inplace: Whether the input takes the result over.

    Shape:
        - input, output: any, the same

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([-2.0, -0.5, 0.0, 0.5, 2.0])
        >>> layer = mg.nn.RReLU(0.1, 0.3).eval()
        >>> layer(x)
        tensor([-0.4000, -0.1000,  0.0000,  0.5000,  2.0000])
    """

    def __init__(self, lower: float = 1.0 / 8, upper: float = 1.0 / 3, inplace: bool = False) -> None:
        super().__init__()
        self.lower = lower
        self.upper = upper
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.rrelu(input, self.lower, self.upper, self.training, self.inplace)

    def extra_repr(self) -> str:
        return f"lower={self.lower}, upper={self.upper}{', inplace=True' if self.inplace else ''}"


class Hardtanh(Module):
    """Computes min(max(x, min_val), max_val).

    Args:
        min_val: The least value.
        max_val: The largest value.
        inplace: Whether the input takes the result over.

    Shape:
        - input, output: any, the same

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([-2.0, -0.5, 0.0, 0.5, 2.0])
        >>> mg.nn.Hardtanh()(x)
        tensor([-1.0000, -0.5000,  0.0000,  0.5000,  1.0000])
    """

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        if not max_val > min_val:
            raise AssertionError(f"max_val must be larger than min_val, but got {max_val} and {min_val}")
        self.min_val = min_val
        self.max_val = max_val
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.hardtanh(input, self.min_val, self.max_val, self.inplace)

    def extra_repr(self) -> str:
        return f"min_val={self.min_val}, max_val={self.max_val}{', inplace=True' if self.inplace else ''}"


class ReLU6(Hardtanh):
    """Computes min(max(x, 0), 6).

    Args:
        inplace: Whether the input takes the result over.

    Shape:
        - input, output: any, the same

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([-2.0, -0.5, 0.0, 0.5, 2.0])
        >>> mg.nn.ReLU6()(x)
        tensor([0.0000, 0.0000, 0.0000, 0.5000, 2.0000])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(0.0, 6.0, inplace)

    def forward(self, input: Tensor) -> Tensor:
        return F.relu6(input, self.inplace)

    def extra_repr(self) -> str:
        return "inplace=True" if self.inplace else ""


class Hardsigmoid(Module):
    """Computes relu6(x + 3) / 6.

    Args:
        inplace: Whether the input takes the result over.

    Shape:
        - input, output: any, the same

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([-2.0, -0.5, 0.0, 0.5, 2.0])
        >>> mg.nn.Hardsigmoid()(x)
        tensor([0.1667, 0.4167, 0.5000, 0.5833, 0.8333])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.hardsigmoid(input, self.inplace)


class Hardswish(Module):
    """Computes x relu6(x + 3) / 6.

    Args:
        inplace: Whether the input takes the result over.

    Shape:
        - input, output: any, the same

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([-2.0, -0.5, 0.0, 0.5, 2.0])
        >>> mg.nn.Hardswish()(x)
        tensor([-0.3333, -0.2083,  0.0000,  0.2917,  1.6667])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.hardswish(input, self.inplace)


class Hardshrink(Module):
    """Computes x, and 0 where |x| <= lambd.

    Args:
        lambd: The bound.

    Shape:
        - input, output: any, the same

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([-2.0, -0.5, 0.0, 0.5, 2.0])
        >>> mg.nn.Hardshrink()(x)
        tensor([-2.,  0.,  0.,  0.,  2.])
    """

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def forward(self, input: Tensor) -> Tensor:
        return F.hardshrink(input, self.lambd)

    def extra_repr(self) -> str:
        return f"{self.lambd}"


class Softshrink(Module):
    """Moves x towards 0 by lambd, but not beyond.

    Args:
        lambd: How far.

    Shape:
        - input, output: any, the same

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([-2.0, -0.5, 0.0, 0.5, 2.0])
        >>> mg.nn.Softshrink()(x)
        tensor([-1.5000, -0.0000,  0.0000,  0.0000,  1.5000])
    """

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def forward(self, input: Tensor) -> Tensor:
        return F.softshrink(input, self.lambd)

    def extra_repr(self) -> str:
        return str(self.lambd)


class Softsign(Module):
    """Computes x / (1 + |x|).

    Shape:
        - input, output: any, the same

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([-2.0, -0.5, 0.0, 0.5, 2.0])
        >>> mg.nn.Softsign()(x)
        tensor([-0.6667, -0.3333,  0.0000,  0.3333,  0.6667])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.softsign(input)


class Tanhshrink(Module):
    """Computes x - tanh(x).

    Shape:
        - input, output: any, the same

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([-2.0, -0.5, 0.0, 0.5, 2.0])
        >>> mg.nn.Tanhshrink()(x)
        tensor([-1.0360, -0.0379,  0.0000,  0.0379,  1.0360])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.tanhshrink(input)


class PReLU(Module):
    """Computes x where it is positive, w x elsewhere, with learnt slopes w.

    Args:
        num_parameters: 1, or the number of channels.
        init: The slopes at first.
        device: Where they are.
        dtype: Their type.

    Shape:
        - input, output: (N, C, *), or any with one slope
        - weight: (num_parameters)

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([-2.0, -0.5, 0.0, 0.5, 2.0])
        >>> mg.nn.PReLU(init=0.1)(x).detach()
        tensor([-0.2000, -0.0500,  0.0000,  0.5000,  2.0000])
    """

    def __init__(self, num_parameters: int = 1, init: float = 0.25, device: Device = None, dtype: Dtype = None) -> None:
        super().__init__()
        self.num_parameters, self.init = num_parameters, init
        self.weight = Parameter(ops.empty(num_parameters, device=device, dtype=dtype))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set all slopes to the first value."""
        self.weight.data.fill_(self.init)

    def forward(self, input: Tensor) -> Tensor:
        return F.prelu(input, self.weight)

    def extra_repr(self) -> str:
        return f"num_parameters={self.num_parameters}"
