"""Recurrent layers: one direction of one layer is one kernel call for all time steps forward, and one backward."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from mocrograd.autograd import Function, grad, mode
from mocrograd.backend import call
from mocrograd.layout import Shape, contiguous_strides
from mocrograd.ops._arguments import checked
from mocrograd.ops._narrow import computed, computed_wide
from mocrograd.ops._reduction import Sum
from mocrograd.ops.arithmetic import relu, sigmoid, tanh
from mocrograd.ops.cast import to_dtype
from mocrograd.ops.joining import cat, stack
from mocrograd.ops.matmul import linear, product
from mocrograd.ops.random import kept
from mocrograd.ops.splitting import chunk, unbind
from mocrograd.tensor import Tensor, fresh, view_of

__all__ = ["gru", "lstm", "rnn_relu", "rnn_tanh"]

GATES = {"lstm": 4, "gru": 3, "rnn_tanh": 1, "rnn_relu": 1}
"""Blocks of rows of a cell's weights."""
Result = tuple[Tensor, ...]


def _step(cell: str, gates: Tensor, h: Tensor, c: Any, w_hh: Tensor, b_hh: Any, w_hr: Any) -> tuple[Tensor, Any]:
    """Return the next state, from what the input gives to the gates, in operations."""
    sums = linear(h, w_hh, b_hh)
    if cell == "gru":
        (ir, iz, inew), (hr, hz, hnew) = chunk(gates, 3, -1), chunk(sums, 3, -1)
        r, z = sigmoid(ir + hr), sigmoid(iz + hz)
        n = tanh(inew + r * hnew)
        return n + z * (h - n), None
    if cell == "lstm":
        i, f, g, o = chunk(gates + sums, 4, -1)
        c = sigmoid(f) * c + sigmoid(i) * tanh(g)
        h = sigmoid(o) * tanh(c)
        return h if w_hr is None else linear(h, w_hr), c
    return (tanh if cell == "rnn_tanh" else relu)(gates + sums), None


@computed_wide
def composed(
    cell: str, reverse: bool, sizes: Tensor | None, x: Tensor, h: Tensor, c: Tensor | None,
    w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None, b_hh: Tensor | None, w_hr: Tensor | None = None,
) -> Result:  # fmt: skip
    """Run one direction of one recurrent layer in operations, which can be differentiated any number of times.

    Args:
        cell: The kind of layer, a key of `GATES`.
        reverse: Whether time runs from the last step to the first.
        sizes: How many rows each step has, descending, where sequences have different lengths: rows keep their state
            in steps that they lack. (time,) of int64, or None.
        x: (time, batch, input).
        h: (batch, hidden), or (batch, projected).
        c: (batch, hidden) of an LSTM.
        w_ih: (gates * hidden, input).
        w_hh: (gates * hidden, hidden), or (gates * hidden, projected).
        b_ih: (gates * hidden), or None.
        b_hh: (gates * hidden), or None.
        w_hr: The projection of an LSTM's output, (projected, hidden), or None.

    Returns:
        The states (time, batch, hidden), the last one, and of an LSTM the last cell state.
    """
    steps = list(enumerate(unbind(linear(x, w_ih, b_ih), 0)))
    counts = None if sizes is None else sizes.tolist()
    outs: list[Any] = [None] * len(steps)
    for t, gates in reversed(steps) if reverse else steps:
        new, c_new = _step(cell, gates, h, c, w_hh, b_hh, w_hr)
        if counts is not None and counts[t] < h._shape[0]:
            new = cat([new[: counts[t]], h[counts[t] :]])
            c_new = None if c is None else cat([c_new[: counts[t]], c[counts[t] :]])
        outs[t] = h = new
        c = c_new
    return (stack(outs), h) if c is None else (stack(outs), h, c)


class Recurrent(Function):
    """One direction of a layer over all time steps; the kernels are in mojo_kernels/recurrent.mojo.

    Shapes and dtypes have been checked; arguments and results are those of `composed`; a state may be None
    for zeros. Of a narrow dtype the steps and the gates are wide, and results are rounded once.
    """

    cell: str
    reverse: bool
    sizes: Tensor | None

    @staticmethod
    def forward(
        ctx: Any, cell: str, reverse: bool, sizes: Tensor | None, x: Tensor, h: Tensor | None, c: Tensor | None,
        w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None, b_hh: Tensor | None,
    ) -> Result:  # fmt: skip
        """Multiply the input for all steps at once, then run through the steps."""
        ctx.cell, ctx.reverse, ctx.sizes, narrow = cell, reverse, sizes, x.dtype
        given = (x, h, c, w_ih, w_hh, b_ih, b_hh)
        x, w_ih, w_hh = computed(x), computed(w_ih), computed(w_hh)
        h, c, b_ih, b_hh = (None if t is None else computed(t) for t in (h, c, b_ih, b_hh))
        steps, batch, features = x._shape
        hidden = w_hh._shape[1]
        dtype, device = x.dtype, x.device
        gru, lstm = cell == "gru", cell == "lstm"
        bias = b_ih if gru or b_ih is None else b_ih.detach() + b_hh.detach()  # type: ignore[union-attr]
        dense = x.detach().contiguous()
        flat = view_of(dense, (steps * batch, features), (features, 1), 0, x._size)
        gates = product(flat, w_ih, bias if bias is None else bias.detach().contiguous(), b_transposed=True)
        turned = w_hh.detach().t().contiguous()
        size = batch * hidden
        hs = fresh((steps + 1, batch, hidden), (steps + 1) * size, dtype, device)
        hn = fresh((batch, hidden), size, dtype, device)
        cs = fresh(hs._shape, hs._size, dtype, device) if lstm else None
        cn = fresh((batch, hidden), size, dtype, device) if lstm else None
        sums = fresh(gates._shape, gates._size, dtype, device) if gru else None
        start = [None if s is None else s.detach().contiguous() for s in (h, c)]
        recurrent = b_hh.detach().contiguous() if gru and b_hh is not None else None
        operands = (hs, hn, cs, cn, gates, sums, *start, turned, recurrent, sizes)
        if size:
            call(
                device.table[f"{cell}.forward.{dtype.name}"], 2 * gates._size * hidden,
                *[0 if t is None else t.address for t in operands],
                steps, batch, hidden, int(reverse), device.context,
            )  # fmt: skip
        rounded = to_dtype(hs, narrow)
        hn, cn = to_dtype(hn, narrow), None if cn is None else to_dtype(cn, narrow)
        ctx.kept = (flat, hs, cs, gates, sums, rounded)
        out = view_of(rounded, (steps, batch, hidden), contiguous_strides((steps, batch, hidden)),
                      0 if reverse else size, steps * size)  # fmt: skip
        if cn is None:  # torch lets users overwrite the states of all layers but LSTM's, so those are a copy
            ctx.save_for_backward(*given, None)
            return out.clone(), hn
        ctx.save_for_backward(*given, out)
        return out, hn, cn

    @staticmethod
    def backward(ctx: Any, *grads: Tensor | None) -> tuple[Tensor | None, ...]:
        """Run through the steps in reverse; the gradients of input and weights are products over all steps."""
        x, _, _, w_ih, w_hh, _, _, _ = ctx.saved_tensors
        if mode.grad:
            return Recurrent._recorded(ctx, grads)
        flat, hs, cs, gates, sums, states = ctx.kept
        steps, batch, hidden = hs._shape[0] - 1, hs._shape[1], hs._shape[2]
        dtype, device = hs.dtype, hs.device
        dgates = fresh(gates._shape, gates._size, dtype, device)
        dsums = None if sums is None else fresh(sums._shape, sums._size, dtype, device)
        dh = fresh((batch, hidden), batch * hidden, dtype, device)
        dc = None if cs is None else fresh(dh._shape, dh._size, dtype, device)
        upstream = [None if g is None else computed(g).contiguous() for g in (*grads, None)[:3]]
        operands = (dgates, dsums, dh, dc, hs, cs, gates, sums, computed(w_hh).contiguous(), *upstream, ctx.sizes)
        if dh._size:
            call(
                device.table[f"{ctx.cell}.backward.{dtype.name}"], 2 * gates._size * hidden,
                *[0 if t is None else t.address for t in operands],
                steps, batch, hidden, int(ctx.reverse), device.context,
            )  # fmt: skip
        rows, size = steps * batch, batch * hidden
        dsums = dgates if dsums is None else dsums
        wants = ctx.wanted[3:]
        db_ih = Sum.run(dgates, (0,), False, 1) if wants[5] or (wants[6] and dsums is dgates) else None
        db_hh = db_ih if dsums is dgates else Sum.run(dsums, (0,), False, 1) if wants[6] else None
        if x.dtype is not dtype and f"matmul.forward.{x.dtype.name}" in device.table:
            same = dsums is dgates
            dgates = to_dtype(dgates, x.dtype)
            dsums = dgates if same else to_dtype(dsums, x.dtype)
            flat = view_of(x.detach().contiguous(), flat._shape, flat._strides, 0, x._size)
        else:
            w_ih, states = computed(w_ih), hs
        old = view_of(states, (rows, hidden), (hidden, 1), size if ctx.reverse else 0, rows * hidden)
        found = (
            product(dgates, w_ih).reshape(x._shape) if wants[0] else None,
            dh if wants[1] else None,
            dc if wants[2] else None,
            product(dgates, flat, a_transposed=True) if wants[3] else None,
            product(dsums, old, a_transposed=True) if wants[4] else None,
            db_ih if wants[5] else None,
            db_hh if wants[6] else None,
        )
        return (None, None, None, *[None if t is None else to_dtype(t, x.dtype) for t in found])

    @staticmethod
    def _recorded(ctx: Any, grads: tuple[Tensor | None, ...]) -> tuple[Tensor | None, ...]:
        x, h, c, *weights, _ = ctx.saved_tensors
        states = _begun(ctx.cell, x, h, c, weights[1])
        outs = composed(ctx.cell, ctx.reverse, ctx.sizes, x, *states, *weights)
        pairs = [(out, g) for out, g in zip(outs, grads) if g is not None]
        inputs = [t for t, want in zip((x, h, c, *weights), ctx.wanted[3:]) if want]
        found = iter(grad([p[0] for p in pairs], inputs, [p[1] for p in pairs], create_graph=True, allow_unused=True))
        return (None, None, None, *[next(found) if want else None for want in ctx.wanted[3:]])


def run_step(cell: str, x: Tensor, h: Tensor | None, c: Tensor | None, *parameters: Any) -> list[Tensor]:
    """Run one step of a cell.

    Args:
        cell: "lstm", "gru", "rnn_tanh" or "rnn_relu".
        x: The input, (batch, features).
        h: The states, (batch, hidden), None for zeros.
        c: The cell states of an LSTM.
        parameters: The weights of the input and of the state, and the biases of both.

    Returns:
        The new states, and the new cell states of an LSTM.
    """
    x = x.unsqueeze(0)
    if x.dtype.is_complex:
        w_ih, w_hh, *biases = parameters
        _, *ends = composed(cell, False, None, x, *_begun(cell, x, h, c, w_hh), w_ih, w_hh, *biases)
    else:
        _, *ends = Recurrent.run(cell, False, None, x, h, c, *parameters)
    return ends


def _begun(cell: str, x: Tensor, h: Any, c: Any, w_hh: Any) -> tuple[Tensor, Tensor | None]:
    """Return the first states, zeros where none are given."""
    h = x.new_zeros(x._shape[1], w_hh._shape[1]) if h is None else h
    return h, x.new_zeros(x._shape[1], w_hh._shape[0] // 4) if c is None and cell == "lstm" else c


def run_layers(
    cell: str, x: Tensor, states: Sequence[Tensor | None], weights: Sequence[Sequence[Tensor]], has_biases: bool,
    bidirectional: bool, dropout: float = 0.0, sizes: Tensor | None = None,
) -> Result:  # fmt: skip
    """Run through layers and directions.

    Args:
        cell: The kind of layer, a key of `GATES`.
        x: (time, batch, input).
        states: The first states and, of an LSTM, cell states, (layers * directions, batch, *); None for zeros.
        weights: For each layer and direction w_ih, w_hh, with biases b_ih and b_hh, with a projection w_hr.
        has_biases: Whether there are biases.
        bidirectional: Whether each layer runs in both directions.
        dropout: Probability that an output of a layer but the last is zeroed.
        sizes: As in `composed`.

    Returns:
        The last layer's states, the last states of all layers and directions, and of an LSTM the last cell states.
    """
    directions = 2 if bidirectional else 1
    last: list[list[Tensor]] = [[] for _ in range(2 if cell == "lstm" else 1)]
    outs: list[Tensor] = []
    for number, given in enumerate(weights):
        h, c = (None if s is None else s[number] for s in (*states, None)[:2])
        w_ih, w_hh = given[:2]
        b_ih, b_hh = given[2:4] if has_biases else (None, None)
        reverse = number % directions == 1
        projection = given[-1] if len(given) == (5 if has_biases else 3) else None
        if projection is not None or x.dtype.is_complex:  # the kernels have no form for these
            out, *ends = composed(
                cell, reverse, sizes, x, *_begun(cell, x, h, c, w_hh), w_ih, w_hh, b_ih, b_hh, projection
            )
        else:
            out, *ends = Recurrent.run(cell, reverse, sizes, x, h, c, w_ih, w_hh, b_ih, b_hh)
        outs.append(out)
        for ended, end in zip(last, ends):
            ended.append(end)
        if len(outs) == directions:
            x = cat(outs, -1) if bidirectional else out
            outs = []
            if dropout and number < len(weights) - 1:
                x = x * kept(x._shape, dropout, 1 / (1 - dropout) if dropout < 1 else 0.0, x.dtype, x.device)
    return (x, *[s[0].unsqueeze(0) if len(s) == 1 else stack(s) for s in last])


def _function(cell: str) -> Callable[..., Result]:
    def run(
        input: Tensor, hx: Any, params: Sequence[Tensor], has_biases: bool, num_layers: int, dropout: float,
        train: bool, bidirectional: bool, batch_first: bool,
    ) -> Result:  # fmt: skip
        """Run recurrent layers.

        Args:
            input: (time, batch, input), or (batch, time, input) with `batch_first`.
            hx: The first states, (layers * directions, batch, hidden); of an LSTM a pair of states and cell states.
            params: For each layer and direction w_ih and w_hh, with biases b_ih and b_hh too.
            has_biases: Whether there are biases.
            num_layers: The number of layers.
            dropout: Probability that an output of a layer but the last is zeroed, in training.
            train: Whether this is training.
            bidirectional: Whether each layer runs in both directions.
            batch_first: Whether the batch is the first dimension.

        Returns:
            The last layer's states, the last states, and of an LSTM the last cell states.

        Raises:
            RuntimeError: The number of parameters, a shape or a dtype does not fit.

        Example:
            >>> import mocrograd as mg
            >>> weights = list(mg.nn.GRU(input_size=3, hidden_size=4).parameters())
            >>> x, state = mg.ones(5, 2, 3), mg.zeros(1, 2, 4)
            >>> out, state = mg.gru(x, state, weights, True, 1, 0.0, False, False, False)
            >>> out.shape, state.shape
            (mocrograd.Size([5, 2, 4]), mocrograd.Size([1, 2, 4]))
        """
        states = tuple(hx) if cell == "lstm" else (hx,)
        count = num_layers * (2 if bidirectional else 1)
        each = 4 if has_biases else 2
        if len(params) != count * each or len(states) != (2 if cell == "lstm" else 1):
            raise RuntimeError(
                f"{cell}: expected {count * each} parameters and {2 if cell == 'lstm' else 1} states, "
                f"got {len(params)} and {len(states)}"
            )
        x = input.transpose(0, 1) if batch_first and len(input._shape) == 3 else input
        weights = [tuple(params[i : i + each]) for i in range(0, len(params), each)]
        _check(cell, x, states, weights, bidirectional)
        out, *last = run_layers(cell, x, states, weights, has_biases, bidirectional, dropout if train else 0.0)
        return (out.transpose(0, 1) if batch_first else out, *last)

    run.__name__ = run.__qualname__ = cell
    return checked(run)


def _check(
    cell: str, x: Tensor, states: Sequence[Tensor], weights: Sequence[Sequence[Tensor]], bidirectional: bool
) -> None:
    """Raise unless all shapes and dtypes fit."""
    if len(x._shape) != 3 or not x._shape[0]:
        raise RuntimeError(
            f"{cell}: expected an input of three dimensions with at least one step, got {list(x._shape)}"
        )
    if not x.dtype.is_floating_point:
        raise RuntimeError(f"{cell}: expected a floating dtype, got {x.dtype.name}")
    hidden = states[0]._shape[-1] if states[0]._shape else 0
    wanted: list[tuple[Tensor, Shape]] = [(state, (len(weights), x._shape[1], hidden)) for state in states]
    rows = GATES[cell] * hidden
    for number, given in enumerate(weights):
        directions = 2 if bidirectional else 1
        inputs = x._shape[2] if number < directions else directions * hidden
        wanted += zip(given, ((rows, inputs), (rows, hidden), (rows,), (rows,)))
    for tensor, shape in wanted:
        if tensor._shape != shape or tensor.dtype is not x.dtype or tensor.device is not x.device:
            raise RuntimeError(
                f"{cell}: expected a state or parameter of shape {list(shape)}, {x.dtype.name} on {x.device}, "
                f"got {list(tensor._shape)}, {tensor.dtype.name} on {tensor.device}"
            )


lstm, gru, rnn_tanh, rnn_relu = (_function(cell) for cell in GATES)
