"""Activations with bounds, kinks and slopes."""

from __future__ import annotations

from typing import Any

from mocrograd import ops
from mocrograd.nn import functional as F
from mocrograd.nn.module import Module
from mocrograd.nn.parameter import Parameter
from mocrograd.tensor import Tensor


class Threshold(Module):
    """Replaces elements that are not above a threshold.

    Args:
        threshold: The threshold.
        value: The replacement.
        inplace: Whether the input takes the result over.

    Shape:
        - input, output: any, the same
    """

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        """Remember the options."""
        super().__init__()
        self.threshold = threshold
        self.value = value
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """Compute the function of each element."""
        return F.threshold(input, self.threshold, self.value, self.inplace)

    def extra_repr(self) -> str:
        """Show the options."""
        return f"threshold={self.threshold}, value={self.value}{', inplace=True' if self.inplace else ''}"


class RReLU(Module):
    """Computes x where it is positive, a x elsewhere, with random slopes a in training.

    Args:
        lower: The least slope.
        upper: The largest slope.
        inplace: Whether the input takes the result over.

    Shape:
        - input, output: any, the same
    """

    def __init__(self, lower: float = 1.0 / 8, upper: float = 1.0 / 3, inplace: bool = False) -> None:
        """Remember the options."""
        super().__init__()
        self.lower = lower
        self.upper = upper
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """Compute the function of each element."""
        return F.rrelu(input, self.lower, self.upper, self.training, self.inplace)

    def extra_repr(self) -> str:
        """Show the options."""
        return f"lower={self.lower}, upper={self.upper}{', inplace=True' if self.inplace else ''}"


class Hardtanh(Module):
    """Computes min(max(x, min_val), max_val).

    Args:
        min_val: The least value.
        max_val: The largest value.
        inplace: Whether the input takes the result over.

    Shape:
        - input, output: any, the same
    """

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> None:
        """Remember the options."""
        super().__init__()
        if not max_val > min_val:
            raise AssertionError(f"max_val must be larger than min_val, but got {max_val} and {min_val}")
        self.min_val = min_val
        self.max_val = max_val
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """Compute the function of each element."""
        return F.hardtanh(input, self.min_val, self.max_val, self.inplace)

    def extra_repr(self) -> str:
        """Show the options."""
        return f"min_val={self.min_val}, max_val={self.max_val}{', inplace=True' if self.inplace else ''}"


class ReLU6(Hardtanh):
    """Computes min(max(x, 0), 6).

    Args:
        inplace: Whether the input takes the result over.

    Shape:
        - input, output: any, the same
    """

    def __init__(self, inplace: bool = False) -> None:
        """Remember the options."""
        super().__init__(0.0, 6.0, inplace)

    def forward(self, input: Tensor) -> Tensor:
        """Compute the function of each element."""
        return F.relu6(input, self.inplace)

    def extra_repr(self) -> str:
        """Show the options."""
        return "inplace=True" if self.inplace else ""


class Hardsigmoid(Module):
    """Computes relu6(x + 3) / 6.

    Args:
        inplace: Whether the input takes the result over.

    Shape:
        - input, output: any, the same
    """

    def __init__(self, inplace: bool = False) -> None:
        """Remember the options."""
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """Compute the function of each element."""
        return F.hardsigmoid(input, self.inplace)


class Hardswish(Module):
    """Computes x relu6(x + 3) / 6.

    Args:
        inplace: Whether the input takes the result over.

    Shape:
        - input, output: any, the same
    """

    def __init__(self, inplace: bool = False) -> None:
        """Remember the options."""
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """Compute the function of each element."""
        return F.hardswish(input, self.inplace)


class Hardshrink(Module):
    """Computes x, and 0 where |x| <= lambd.

    Args:
        lambd: The bound.

    Shape:
        - input, output: any, the same
    """

    def __init__(self, lambd: float = 0.5) -> None:
        """Remember the options."""
        super().__init__()
        self.lambd = lambd

    def forward(self, input: Tensor) -> Tensor:
        """Compute the function of each element."""
        return F.hardshrink(input, self.lambd)

    def extra_repr(self) -> str:
        """Show the options."""
        return f"{self.lambd}"


class Softshrink(Module):
    """Moves x towards 0 by lambd, but not beyond.

    Args:
        lambd: How far.

    Shape:
        - input, output: any, the same
    """

    def __init__(self, lambd: float = 0.5) -> None:
        """Remember the options."""
        super().__init__()
        self.lambd = lambd

    def forward(self, input: Tensor) -> Tensor:
        """Compute the function of each element."""
        return F.softshrink(input, self.lambd)

    def extra_repr(self) -> str:
        """Show the options."""
        return str(self.lambd)


class Softsign(Module):
    """Computes x / (1 + |x|).

    Shape:
        - input, output: any, the same
    """

    def forward(self, input: Tensor) -> Tensor:
        """Compute the function of each element."""
        return F.softsign(input)


class Tanhshrink(Module):
    """Computes x - tanh(x).

    Shape:
        - input, output: any, the same
    """

    def forward(self, input: Tensor) -> Tensor:
        """Compute the function of each element."""
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
    """

    def __init__(self, num_parameters: int = 1, init: float = 0.25, device: Any = None, dtype: Any = None) -> None:
        """Make the slopes."""
        super().__init__()
        self.num_parameters, self.init = num_parameters, init
        self.weight = Parameter(ops.empty(num_parameters, device=device, dtype=dtype))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set all slopes to the first value."""
        self.weight.data.fill_(self.init)

    def forward(self, input: Tensor) -> Tensor:
        """Compute the function of each element."""
        return F.prelu(input, self.weight)

    def extra_repr(self) -> str:
        """Show the number of slopes."""
        return f"num_parameters={self.num_parameters}"
