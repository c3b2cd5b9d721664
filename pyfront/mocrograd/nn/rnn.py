"""Recurrent layers over sequences, and cells that take one step."""

from __future__ import annotations

import math
import numbers
import warnings
from typing import Any

from mocrograd import ops
from mocrograd.nn import init
from mocrograd.nn.module import Module
from mocrograd.nn.parameter import Parameter
from mocrograd.nn.utils.rnn import PackedSequence, padded_indices
from mocrograd.ops.recurrent import GATES, run_layers, run_step
from mocrograd.tensor import Tensor
from mocrograd.types import Device, Dtype

__all__ = [
    "GRU",
    "LSTM",
    "RNN",
    "GRUCell",
    "LSTMCell",
    "RNNBase",
    "RNNCell",
    "RNNCellBase",
]


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
        self, input_size: int, hidden_size: int, bias: bool, num_chunks: int, device: Device = None, dtype: Dtype = None
    ) -> None:
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
        ends = run_step(cell, x, h, c, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)
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
        device: Device = None, dtype: Dtype = None,
    ) -> None:  # fmt: skip
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
        self, input_size: int, hidden_size: int, bias: bool = True, device: Device = None, dtype: Dtype = None
    ) -> None:
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
        self, input_size: int, hidden_size: int, bias: bool = True, device: Device = None, dtype: Dtype = None
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 3, device, dtype)

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """Return the next state from an input (batch, input_size) and the state, zeros by default.

        Raises:
            RuntimeError: Sizes do not fit.
            ValueError: Input or state have neither one nor two dimensions.
        """
        return self._run("gru", input, hx)[0]


class RNNBase(Module):
    """What recurrent layers have in common: their parameters, and running through layers and directions.

    Args:
        mode: "RNN_TANH", "RNN_RELU", "LSTM" or "GRU".
        input_size: Features of the input.
        hidden_size: Features of the state.
        num_layers: Layers, each of which reads the states of the one before.
        bias: Whether there are biases.
        batch_first: Whether input and output are (batch, time, features) instead of (time, batch, features).
        dropout: Probability that an output of a layer but the last is zeroed, in training.
        bidirectional: Whether each layer runs in both directions of time.
        proj_size: Features that an LSTM's output is projected to; 0 for no projection.
        device: Where the parameters live.
        dtype: Type of the parameters; float32 by default.
    """

    def __init__(
        self, mode: str, input_size: int, hidden_size: int, num_layers: int = 1, bias: bool = True,
        batch_first: bool = False, dropout: float = 0.0, bidirectional: bool = False, proj_size: int = 0,
        device: Device = None, dtype: Dtype = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.mode = mode
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = float(dropout)
        self.bidirectional = bidirectional
        self.proj_size = proj_size
        self._check_sizes(dropout)
        self._cell = mode.lower()
        rows = GATES[self._cell] * hidden_size
        features = proj_size or hidden_size
        self._all_weights: list[list[str]] = []
        for layer in range(num_layers):
            inputs = input_size if layer == 0 else features * (2 if bidirectional else 1)
            for end in ("", "_reverse") if bidirectional else ("",):
                shapes: dict[str, tuple[int, ...]] = {
                    f"weight_ih_l{layer}{end}": (rows, inputs), f"weight_hh_l{layer}{end}": (rows, features)
                }  # fmt: skip
                if bias:
                    shapes |= {f"bias_ih_l{layer}{end}": (rows,), f"bias_hh_l{layer}{end}": (rows,)}
                if proj_size:
                    shapes[f"weight_hr_l{layer}{end}"] = (proj_size, hidden_size)
                for name, shape in shapes.items():
                    setattr(self, name, Parameter(ops.empty(*shape, device=device, dtype=dtype)))
                self._all_weights.append(list(shapes))
        self.reset_parameters()

    def _check_sizes(self, dropout: Any) -> None:
        if not isinstance(dropout, numbers.Number) or isinstance(dropout, bool) or not 0 <= self.dropout <= 1:
            raise ValueError(
                "dropout should be a number in range [0, 1] representing the probability of an element being "
                f"zeroed, got {dropout!r}"
            )
        if self.dropout > 0 and self.num_layers == 1:
            warnings.warn(
                "dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects "
                f"num_layers greater than 1, but got dropout={dropout} and num_layers={self.num_layers}",
                stacklevel=4,
            )
        for name in ("bias", "batch_first"):
            if not isinstance(getattr(self, name), bool):
                raise TypeError(f"{name} should be of type bool, got: {type(getattr(self, name)).__name__}")
        for name in ("input_size", "hidden_size", "num_layers", "proj_size"):
            value = getattr(self, name)
            if not isinstance(value, int):
                raise TypeError(f"{name} should be of type int, got: {type(value).__name__}")
            if value < 0 or (value == 0 and name != "proj_size"):
                raise ValueError(f"{name} must be greater than zero, got {value}")
        if self.proj_size >= self.hidden_size:
            raise ValueError(f"proj_size has to be smaller than hidden_size, got {self.proj_size}")

    def reset_parameters(self) -> None:
        """Draw all parameters anew, uniform in +-1/sqrt(hidden_size)."""
        bound = 1.0 / math.sqrt(self.hidden_size)
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    def flatten_parameters(self) -> None:
        """Do nothing: parameters need not lie in one piece."""

    @property
    def all_weights(self) -> list[list[Parameter]]:
        """The parameters of each layer and direction."""
        return [[getattr(self, name) for name in names] for names in self._all_weights]

    def extra_repr(self) -> str:
        text = f"{self.input_size}, {self.hidden_size}"
        defaults = {"proj_size": 0, "num_layers": 1, "bias": True, "batch_first": False, "dropout": 0.0,
                    "bidirectional": False}  # fmt: skip
        for name, default in defaults.items():
            if getattr(self, name) != default:
                text += f", {name}={getattr(self, name)}"
        return text

    # ----------------------------------------------------------------------------------- running

    def forward(self, input: Any, hx: Any = None) -> tuple[Any, Any]:
        """Run through time.

        Args:
            input: (time, batch, input_size), with `batch_first` (batch, time, input_size), (time, input_size) for one
                sequence, or a PackedSequence.
            hx: The first states, (layers * directions, batch, hidden_size), without the batch for one sequence; for
                an LSTM a pair of states and cell states. Zeros by default.

        Returns:
            The last layer's states, like the input but for the number of features, and the last states, like `hx`.

        Raises:
            ValueError: The input has neither two nor three dimensions.
            RuntimeError: Sizes do not fit.
        """
        packed = isinstance(input, PackedSequence)
        batched, sizes, indices = True, None, None
        if packed:
            data, sizes, order, unorder = input
            forth, back = (ops.tensor(i, device=data.device) for i in padded_indices(sizes)[::-1])
            self._check_features(data)
            x = ops.index_select(data, 0, forth).reshape(sizes._size, -1, data._shape[-1])
            indices, sizes = back, sizes.to(device=data.device).contiguous()
        else:
            x, batched = self._timed(input)
        states = self._states(hx, x, batched)
        if packed and order is not None:
            states = [s if s is None else ops.index_select(s, 1, order) for s in states]
        out: Any
        rate = self.dropout if self.training else 0.0
        out, *last = run_layers(self._cell, x, states, self.all_weights, self.bias, self.bidirectional, rate, sizes)
        if indices is not None:
            data = ops.index_select(out.reshape(-1, out._shape[-1]), 0, indices)
            if unorder is not None:
                last = [ops.index_select(s, 1, unorder) for s in last]
            out = PackedSequence(data, input.batch_sizes, order, unorder)
        elif not batched:
            out, last = out.squeeze(1), [s.squeeze(1) for s in last]
        elif self.batch_first:
            out = out.transpose(0, 1)
        return out, tuple(last) if self.mode == "LSTM" else last[0]

    def _timed(self, input: Tensor) -> tuple[Tensor, bool]:
        """Return the input as (time, batch, features), and whether it has a batch."""
        if input.ndim not in (2, 3):
            raise ValueError(f"{type(self).__name__}: Expected input to be 2D or 3D, got {input.ndim}D instead")
        self._check_features(input)
        batched = input.ndim == 3
        x = input.unsqueeze(1) if not batched else input.transpose(0, 1) if self.batch_first else input
        if x._shape[0] == 0:
            raise RuntimeError("Expected sequence length to be larger than 0 in RNN")
        return x, batched

    def _check_features(self, x: Tensor) -> None:
        if x._shape[-1] != self.input_size:
            raise RuntimeError(
                f"input.size(-1) must be equal to input_size. Expected {self.input_size}, got {x._shape[-1]}"
            )
        weight: Tensor = getattr(self, self._all_weights[0][0])
        if x.dtype is not weight.dtype:
            raise ValueError(
                f"RNN input dtype ({x.dtype}) does not match weight dtype ({weight.dtype}). "
                f"Convert input: input.to({weight.dtype}), or convert model: model.to({x.dtype})"
            )

    def _states(self, hx: Any, x: Tensor, batched: bool) -> list[Tensor | None]:
        """Return the first states and cell states, with a batch dimension; None for zeros."""
        if hx is None:
            return [None, None]
        lstm = self.mode == "LSTM"
        if lstm and not (isinstance(hx, (tuple, list)) and len(hx) == 2):
            raise TypeError(f"LSTM: Expected hx to be a pair of tensors, got {type(hx).__name__}")
        pair = list(hx) if lstm else [hx]
        for state in pair:
            if state.ndim != (3 if batched else 2):
                kind = "batched 3-D" if batched else "unbatched 2-D"
                raise RuntimeError(
                    f"For {kind} input, hx{' and cx' * lstm} should also be {3 if batched else 2}-D but got "
                    f"{', '.join(f'{s.ndim}-D' for s in pair)} tensor{'s' * lstm}"
                )
        if not batched:
            pair = [state.unsqueeze(1) for state in pair]
        count = self.num_layers * (2 if self.bidirectional else 1)
        for number, (state, features) in enumerate(zip(pair, (self.proj_size or self.hidden_size, self.hidden_size))):
            wanted = (count, x._shape[1], features)
            if state._shape != wanted:
                which = "hidden" + (f"[{number}]" if lstm else "")
                raise RuntimeError(f"Expected {which} size {wanted}, got {list(state._shape)}")
            if state.dtype is not x.dtype:
                raise RuntimeError(f"Expected hx to have the dtype of the input, {x.dtype}, got {state.dtype}")
        return pair if lstm else [*pair, None]


class RNN(RNNBase):
    """Layers of h' = tanh(W_ih x + b_ih + W_hh h + b_hh), or relu.

    Args:
        input_size: Features of the input.
        hidden_size: Features of the state.
        num_layers: Layers, each of which reads the states of the one before.
        nonlinearity: "tanh" or "relu".
        bias: Whether there are biases.
        batch_first: Whether input and output are (batch, time, features).
        dropout: Probability that an output of a layer but the last is zeroed, in training.
        bidirectional: Whether each layer runs in both directions of time.
        device: Where the parameters live.
        dtype: Type of the parameters; float32 by default.

    Raises:
        ValueError: The nonlinearity is neither of the two, a size or probability is out of range, or a
            projection is asked for.

    Example:
        >>> import mocrograd as mg
        >>> out, h = mg.nn.RNN(10, 20, 2)(mg.ones(5, 3, 10))
        >>> out.shape, h.shape
        (mocrograd.Size([5, 3, 20]), mocrograd.Size([2, 3, 20]))
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if "proj_size" in kwargs:
            raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")
        nonlinearity = args[3] if len(args) > 3 else kwargs.pop("nonlinearity", "tanh")
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'.")
        super().__init__(f"RNN_{nonlinearity.upper()}", *args[:3], *args[4:], **kwargs)
        self.nonlinearity = nonlinearity


class LSTM(RNNBase):
    """Layers of long short-term memory.

    i, f, o = sigmoid, g = tanh of W_ih x + b_ih + W_hh h + b_hh; c' = f c + i g; h' = o tanh(c').

    Args:
        input_size: Features of the input.
        hidden_size: Features of the state.
        num_layers: Layers, each of which reads the states of the one before.
        bias: Whether there are biases.
        batch_first: Whether input and output are (batch, time, features).
        dropout: Probability that an output of a layer but the last is zeroed, in training.
        bidirectional: Whether each layer runs in both directions of time.
        proj_size: Features that h' is projected to; 0 for no projection.
        device: Where the parameters live.
        dtype: Type of the parameters; float32 by default.

    Raises:
        ValueError: A size or probability is out of range.

    Example:
        >>> import mocrograd as mg
        >>> out, (h, c) = mg.nn.LSTM(10, 20)(mg.ones(5, 3, 10))
        >>> out.shape, c.shape
        (mocrograd.Size([5, 3, 20]), mocrograd.Size([1, 3, 20]))
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__("LSTM", *args, **kwargs)


class GRU(RNNBase):
    """Layers of gated recurrent units.

    r, z = sigmoid of W_ih x + b_ih + W_hh h + b_hh, n = tanh(W_in x + b_in + r (W_hn h + b_hn)); h' = (1 - z) n + z h.

    Args:
        input_size: Features of the input.
        hidden_size: Features of the state.
        num_layers: Layers, each of which reads the states of the one before.
        bias: Whether there are biases.
        batch_first: Whether input and output are (batch, time, features).
        dropout: Probability that an output of a layer but the last is zeroed, in training.
        bidirectional: Whether each layer runs in both directions of time.
        device: Where the parameters live.
        dtype: Type of the parameters; float32 by default.

    Raises:
        ValueError: A size or probability is out of range, or a projection is asked for.

    Example:
        >>> import mocrograd as mg
        >>> out, h = mg.nn.GRU(10, 20, bidirectional=True)(mg.ones(5, 3, 10))
        >>> out.shape, h.shape
        (mocrograd.Size([5, 3, 40]), mocrograd.Size([2, 3, 20]))
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if "proj_size" in kwargs:
            raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")
        super().__init__("GRU", *args, **kwargs)
