"""Linear layers."""

from __future__ import annotations

import math
from typing import Any

from mocrograd import ops
from mocrograd.nn import functional as F
from mocrograd.nn import init
from mocrograd.nn.module import Module
from mocrograd.nn.parameter import Parameter
from mocrograd.tensor import Tensor
from mocrograd.types import Device, Dtype

__all__ = [
    "Bilinear",
    "Identity",
    "Linear",
]


class Identity(Module):
    """Returns its input; constructor arguments are ignored, so that it can stand for any layer.

    Example:
        >>> import mocrograd as mg
        >>> mg.nn.Identity()(mg.ones(2))
        tensor([1., 1.])
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take and ignore any arguments."""
        super().__init__()

    def forward(self, input: Tensor) -> Tensor:
        return input


class Linear(Module):
    """Computes `y = x W^T + b`.

    Weight and bias start uniform in +-1/sqrt(in_features), as in torch.

    Args:
        in_features: Length of an input vector.
        out_features: Length of an output vector.
        bias: Whether to add a bias.
        device: Where the parameters live.
        dtype: Type of the parameters; float32 by default.

    Shape:
        - input: (*, in_features)
        - output: (*, out_features)
        - weight: (out_features, in_features); bias: (out_features)

    Example:
        >>> import mocrograd as mg
        >>> mg.nn.Linear(20, 30)(mg.ones(128, 20)).shape
        mocrograd.Size([128, 30])
    """

    weight: Parameter
    bias: Any  # a Parameter, or None in a layer without bias

    def __init__(
        self, in_features: int, out_features: int, bias: bool = True, device: Device = None, dtype: Dtype = None
    ) -> None:
        super().__init__()
        self.in_features = in_features
        self.out_features = out_features
        self.weight = Parameter(ops.empty(out_features, in_features, device=device, dtype=dtype))
        if bias:
            self.bias = Parameter(ops.empty(out_features, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weight and bias anew."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            bound = 1 / math.sqrt(self.in_features) if self.in_features > 0 else 0
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input: Tensor) -> Tensor:
        return ops.linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"


class NonDynamicallyQuantizableLinear(Linear):
    """A linear layer under the name that torch gives the last one of an attention."""


class Bilinear(Module):
    """Computes `y = x1^T A x2 + b` with a matrix A for each output.

    Weight and bias start uniform in +-1/sqrt(in1_features), as in torch.

    Args:
        in1_features: Length of a first vector.
        in2_features: Length of a second vector.
        out_features: Length of an output vector.
        bias: Whether to add a bias.
        device: Where the parameters live.
        dtype: Type of the parameters; float32 by default.

    Shape:
        - input1: (*, in1_features); input2: (*, in2_features), with the same leading sizes
        - output: (*, out_features)
        - weight: (out_features, in1_features, in2_features); bias: (out_features)

    Raises:
        ValueError: `in1_features` is not positive.

    Example:
        >>> import mocrograd as mg
        >>> mg.nn.Bilinear(20, 30, 40)(mg.ones(8, 20), mg.ones(8, 30)).shape
        mocrograd.Size([8, 40])
    """

    weight: Parameter
    bias: Any  # a Parameter, or None in a layer without bias

    def __init__(
        self, in1_features: int, in2_features: int, out_features: int, bias: bool = True, device: Device = None,
        dtype: Dtype = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.in1_features = in1_features
        self.in2_features = in2_features
        self.out_features = out_features
        self.weight = Parameter(ops.empty(out_features, in1_features, in2_features, device=device, dtype=dtype))
        if bias:
            self.bias = Parameter(ops.empty(out_features, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weight and bias anew."""
        if self.in1_features <= 0:
            raise ValueError(f"in1_features must be > 0, but got (in1_features={self.in1_features})")
        bound = 1 / math.sqrt(self.in1_features)
        init.uniform_(self.weight, -bound, bound)
        if self.bias is not None:
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input1: Tensor, input2: Tensor) -> Tensor:
        return F.bilinear(input1, input2, self.weight, self.bias)

    def extra_repr(self) -> str:
        return (
            f"in1_features={self.in1_features}, in2_features={self.in2_features}, out_features={self.out_features}, "
            f"bias={self.bias is not None}"
        )
