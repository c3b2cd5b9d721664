"""Recurrent cells: single steps of RNN, LSTM and GRU."""

from __future__ import annotations

import math
from typing import Any

from mocrograd import ops
from mocrograd.nn import init
from mocrograd.nn.module import Module
from mocrograd.nn.parameter import Parameter
from mocrograd.ops.recurrent import Recurrent
from mocrograd.tensor import Tensor


class RNNCellBase(Module):
    """What cells have in common: weights (chunks * hidden_size, *), biases, and the checks of inputs.

    Args:
        input_size: Features of the input.
        hidden_size: Features of the state.
        bias: Whether there are biases.
        num_chunks: Blocks of rows of the weights.
        device: Where the parameters live.
        dtype: Type of the parameters; float32 by default.
    """

    bias_ih: Any
    bias_hh: Any

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool, num_chunks: int, device: Any = None, dtype: Any = None
    ) -> None:
        """Make and initialise the parameters."""
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias
        rows = num_chunks * hidden_size
        self.weight_ih = Parameter(ops.empty(rows, input_size, device=device, dtype=dtype))
        self.weight_hh = Parameter(ops.empty(rows, hidden_size, device=device, dtype=dtype))
        for name in ("bias_ih", "bias_hh"):
            self.register_parameter(name, Parameter(ops.empty(rows, device=device, dtype=dtype)) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw all parameters anew, uniform in +-1/sqrt(hidden_size)."""
        bound = 1.0 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    def extra_repr(self) -> str:
        """Show the sizes, and the options that are not at their defaults."""
        text = f"{self.input_size}, {self.hidden_size}"
        return text if self.bias else f"{text}, bias=False"

    def _run(self, cell: str, input: Tensor, *states: Tensor | None) -> tuple[Tensor, ...]:
        """Run one step and return the new states."""
        name = type(self).__name__
        for what, x, features in (
            ("input", input, self.input_size), *(("hidden", s, self.hidden_size) for s in states)
        ):  # fmt: skip
            if x is None:
                continue
            if x.ndim not in (1, 2):
                raise ValueError(f"{name}: Expected {what} to be 1D or 2D, got {x.ndim}D instead")
            if x._shape[-1] != features:
                raise RuntimeError(f"{what} has inconsistent {what}_size: got {x._shape[-1]}, expected {features}")
            if x.ndim != input.ndim:
                raise RuntimeError(
                    f"{name}: expected {what} to have the {input.ndim} dimensions of the input, got {list(x._shape)}"
                )
            if x.ndim == 2 and len(x) != len(input):
                raise RuntimeError(f"Input batch size {len(input)} doesn't match hidden batch size {len(x)}")
            if x.dtype is not self.weight_ih.dtype:
                raise RuntimeError(f"{name}: expected {what} to have dtype {self.weight_ih.dtype}, got {x.dtype}")
        single = input.ndim == 1
        h, c = ((s.unsqueeze(0) if single and s is not None else s) for s in (*states, None)[:2])
        x = input.unsqueeze(0) if single else input
        _, *ends = Recurrent.run(
            cell, False, None, x.unsqueeze(0), h, c, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh
        )
        return tuple([end.squeeze(0) if single else end for end in ends])


class RNNCell(RNNCellBase):
    """One step h' = tanh(W_ih x + b_ih + W_hh h + b_hh), or relu.

    Args:
        input_size: Features of the input.
        hidden_size: Features of the state.
        bias: Whether there are biases.
        nonlinearity: "tanh" or "relu".
        device: Where the parameters live.
        dtype: Type of the parameters; float32 by default.

    Example:
        >>> import mocrograd as mg
        >>> mg.nn.RNNCell(10, 20)(mg.ones(3, 10)).shape
        mocrograd.Size([3, 20])
    """

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, nonlinearity: str = "tanh",
        device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        """Make and initialise the parameters."""
        super().__init__(input_size, hidden_size, bias, 1, device, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """Return the next state from an input (batch, input_size) and the state, zeros by default.

        Raises:
            RuntimeError: Sizes do not fit, or the nonlinearity is unknown.
            ValueError: Input or state have neither one nor two dimensions.
        """
        if self.nonlinearity not in ("tanh", "relu"):
            raise RuntimeError(f"Unknown nonlinearity: {self.nonlinearity}")
        return self._run(f"rnn_{self.nonlinearity}", input, hx)[0]

    def extra_repr(self) -> str:
        """Show the sizes, and the options that are not at their defaults."""
        end = "" if self.nonlinearity == "tanh" else f", nonlinearity={self.nonlinearity}"
        return super().extra_repr() + end


class LSTMCell(RNNCellBase):
    """One step of long short-term memory.

    Args:
        input_size: Features of the input.
        hidden_size: Features of the state.
        bias: Whether there are biases.
        device: Where the parameters live.
        dtype: Type of the parameters; float32 by default.

    Example:
        >>> import mocrograd as mg
        >>> h, c = mg.nn.LSTMCell(10, 20)(mg.ones(3, 10))
        >>> c.shape
        mocrograd.Size([3, 20])
    """

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        """Make and initialise the parameters."""
        super().__init__(input_size, hidden_size, bias, 4, device, dtype)

    def forward(self, input: Tensor, hx: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, ...]:
        """Return the next state and cell state from an input (batch, input_size) and both, zeros by default.

        Raises:
            RuntimeError: Sizes do not fit.
            ValueError: Input or states have neither one nor two dimensions.
        """
        return self._run("lstm", input, *((None, None) if hx is None else hx))


class GRUCell(RNNCellBase):
    """One step of a gated recurrent unit.

    Args:
        input_size: Features of the input.
        hidden_size: Features of the state.
        bias: Whether there are biases.
        device: Where the parameters live.
        dtype: Type of the parameters; float32 by default.

    Example:
        >>> import mocrograd as mg
        >>> mg.nn.GRUCell(10, 20)(mg.ones(3, 10)).shape
        mocrograd.Size([3, 20])
    """

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        """Make and initialise the parameters."""
        super().__init__(input_size, hidden_size, bias, 3, device, dtype)

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """Return the next state from an input (batch, input_size) and the state, zeros by default.

        Raises:
            RuntimeError: Sizes do not fit.
            ValueError: Input or state have neither one nor two dimensions.
        """
        return self._run("gru", input, hx)[0]
